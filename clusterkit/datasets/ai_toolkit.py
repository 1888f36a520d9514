"""ai-toolkit: one folder a character, captions beside the images, a YAML, masks elsewhere.

It walks a folder to any depth but for hidden folders and `_controls`, reads the whole caption file,
and puts the trigger in front where the caption lacks it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

from clusterkit.datasets.items import (
    IMAGES_OF_ALL,
    MASKS,
    Item,
    Reading,
    Readings,
    balance_repeats,
    count_images,
    localise,
    place_of,
    read_text,
)
from clusterkit.datasets.options import ExportOptions

IMAGES, CONFIG = "images", "datasets.yaml"
RESOLUTIONS = (512, 768, 1024)
CAPTION_DROPOUT = 0.05
KEPT_APART = "_controls"

_TYPES: dict[str, Any] = {
    "folder_path": str, "caption_ext": str, "caption_dropout_rate": (int, float),
    "shuffle_tokens": bool, "keep_tokens": int, "resolution": (int, list), "num_repeats": int,
    "is_reg": bool, "flip_x": bool, "trigger_word": str, "default_caption": str,
    "cache_latents_to_disk": bool, "alpha_mask": bool, "mask_path": str, "invert_mask": bool,
    "mask_min_value": (int, float),
}  # fmt: skip
_OTHERS = frozenset({
    "augmentations", "augments", "batch_size", "bucket_tolerance", "buckets",
    "cache_clip_vision_to_disk", "cache_latents", "cache_latents_num_workers",
    "cache_tensors_to_disk", "cache_text_embeddings", "caption_type", "clip_image_augmentations",
    "clip_image_from_same_folder", "clip_image_path", "clip_image_shuffle_augmentations",
    "control_from_same_folder", "control_path", "control_path_1", "control_path_2",
    "control_path_3", "control_transparent_color", "controls", "dataset_path", "debug",
    "diff_output_preservation", "diff_output_preservation_class", "extra_values", "fast_image_size",
    "flip_y", "full_size_control_images", "guidance_type", "inpaint_path",
    "load_image_when_caching_latents", "loss_multiplier", "network_weight",
    "num_controls_from_same_folder", "num_frames", "num_workers", "prefetch_factor", "prior_reg",
    "random_crop", "random_scale", "random_triggers", "random_triggers_max", "replacements",
    "replay_transforms", "scale", "shuffle_augmentations", "square_crop", "standardize_images",
    "token_dropout_rate", "type", "unconditional_path", "use_short_captions",
})  # fmt: skip
"""Further keys of `DatasetConfig` that a person may add. A misspelt one is passed over silently."""


def place_items(items: Sequence[Item], options: ExportOptions) -> list[list[str]]:
    """Where every image goes, a list of places for each."""
    del options
    return [[f"{IMAGES}/{item.slug}/{item.name}"] for item in items]


def write_texts(
    items: Sequence[Item], places: Sequence[Sequence[str]], sizes: Sequence[tuple[int, int]],
    options: ExportOptions, root: str,
) -> dict[str, str]:  # fmt: skip
    """Captions and the YAML, by place."""
    texts = {
        f"{place.rpartition('/')[0]}/{item.stem}.txt": item.caption
        for item, (place, *_) in zip(items, places, strict=True)
    }
    repeats = balance_repeats(count_images(items), options.repeats)
    triggers = {item.slug: item.trigger for item in items}
    resolutions = choose_resolutions(sizes)
    datasets = []
    for slug in repeats:
        dataset = {
            "folder_path": f"{root}/{IMAGES}/{slug}",
            "caption_ext": "txt",
            "caption_dropout_rate": CAPTION_DROPOUT,
            "shuffle_tokens": False,
            "resolution": resolutions,
            "num_repeats": repeats[slug],
            "trigger_word": triggers[slug],
            "cache_latents_to_disk": True,
        }
        if options.background == "transparent":
            dataset["alpha_mask"] = True
        else:
            dataset["mask_path"] = f"{root}/{MASKS}/{slug}"
        datasets.append(dataset)
    head = "# Put this under config: process: - of your job.\n"
    body = yaml.safe_dump({"datasets": datasets}, allow_unicode=True, sort_keys=False, width=1000)
    return {**texts, CONFIG: head + body}


def choose_resolutions(sizes: Sequence[tuple[int, int]]) -> list[int]:
    """Sides to train at: those that half of the images reach.

    Nothing is enlarged there: a side above the images' own would train on the same pixels again.

    >>> choose_resolutions([(400, 900)] * 3), choose_resolutions([(1024, 1024)])
    ([512, 768], [512, 768, 1024])
    """
    areas = sorted(width * height for width, height in sizes)
    typical = areas[len(areas) // 2] if areas else 0
    lower = (0, *RESOLUTIONS)
    return [side for below, side in zip(lower, RESOLUTIONS, strict=False) if typical > below**2] \
        or [RESOLUTIONS[0]]  # fmt: skip


def describe_use(
    items: Sequence[Item], sizes: Sequence[tuple[int, int]], options: ExportOptions, root: str
) -> str:
    """What to do with the YAML."""
    del items, sizes, options
    return f"copy the block `datasets:` of {root}/{CONFIG} into the process of your job"


def read_config(folder: Path, root: str) -> Readings:
    """Find images as a job with this YAML does."""
    found = Readings()
    text = read_text(folder / CONFIG, CONFIG, found.problems)
    if text is None:
        return found
    try:
        datasets = yaml.safe_load(text)["datasets"]
        for dataset in datasets:
            found.problems += _check_keys(dataset)
    except (yaml.YAMLError, TypeError, KeyError, AttributeError):
        found.problems.append(f"{CONFIG} is no YAML with a list of datasets")
        return found
    if not found.problems:
        for dataset in datasets:
            _read_dataset(dataset, folder, root, found)
    return found


def _check_keys(dataset: dict[str, Any]) -> list[str]:
    problems = []
    for key, value in dataset.items():
        if key in _OTHERS:
            continue
        if key not in _TYPES:
            problems.append(f"{CONFIG}: the key {key} is unknown, and passed over")
        elif not isinstance(value, _TYPES[key]):
            problems.append(f"{CONFIG}: {key} has the wrong type")
    if "folder_path" not in dataset:
        problems.append(f"{CONFIG}: a data set without folder_path")
    return problems


def _read_dataset(dataset: dict[str, Any], folder: Path, root: str, found: Readings) -> None:
    images = localise(dataset["folder_path"], root, folder)
    if not images.is_dir():
        found.problems.append(f"{CONFIG}: folder_path {dataset['folder_path']} is missing")
        return
    masks = localise(dataset["mask_path"], root, folder) if "mask_path" in dataset else None
    if masks is not None and masks.is_relative_to(images):
        found.problems.append(f"{place_of(masks, folder)} lies in the walked folder")
    for file in walk_images(images):
        place = place_of(file, folder)
        stem = os.path.splitext(file.name)[0]
        caption_file = file.with_name(f"{stem}.{dataset.get('caption_ext', 'txt')}")
        text = read_text(caption_file, place_of(caption_file, folder), found.problems)
        trigger = dataset.get("trigger_word", "")
        caption = inject_trigger(text or "", trigger)
        if not (text or "").strip():
            found.problems.append(f"{place} has an empty caption")
        if dataset.get("alpha_mask"):
            with Image.open(file) as image:
                if image.mode != "RGBA":
                    found.problems.append(f"{place} is {image.mode}; alpha_mask needs RGBA")
        if masks is not None and not (masks / f"{stem}.png").is_file():
            found.problems.append(f"{place} has no mask in {place_of(masks, folder)}")
        group = place_of(images, folder)
        found.images.append(
            Reading(
                place, caption, dataset.get("num_repeats", 1), group, bool(dataset.get("is_reg"))
            )
        )


def walk_images(folder: Path) -> Iterator[Path]:
    """All images below a folder but in hidden folders; those directly in a `_controls` are not."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if os.path.basename(parent) == KEPT_APART:
            continue
        for name in sorted(names):
            if Path(name).suffix.lower() in IMAGES_OF_ALL and not name.startswith("."):
                yield Path(parent) / name


def inject_trigger(caption: str, trigger: str) -> str:
    """The caption as it is trained: placeholders filled, the trigger in front where it is missing.

    >>> inject_trigger("[trigger], back view", "mai"), inject_trigger("back view", "mai")
    ('mai, back view', 'mai back view')
    """
    filled = caption.replace("[trigger]", trigger).replace("[name]", trigger)
    return f"{trigger} {filled}" if trigger.strip() and trigger not in filled else filled
