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

IMAGES, MASKS, CONFIG = "images", "masks", "datasets.yaml"
RESOLUTIONS = (512, 768, 1024)
CAPTION_DROPOUT = 0.05
KEPT_APART = "_controls"

_KNOWN: dict[str, Any] = {
    "folder_path": str, "caption_ext": str, "caption_dropout_rate": (int, float),
    "shuffle_tokens": bool, "keep_tokens": int, "resolution": (int, list), "num_repeats": int,
    "is_reg": bool, "flip_x": bool, "trigger_word": str, "default_caption": str,
    "cache_latents_to_disk": bool, "alpha_mask": bool, "mask_path": str, "invert_mask": bool,
    "mask_min_value": (int, float),
}  # fmt: skip


def place_items(items: Sequence[Item], options: ExportOptions) -> list[list[str]]:
    """Where every image goes, a list of places for each."""
    del options
    return [[f"{IMAGES}/{item.slug}/{item.name}"] for item in items]


def place_mask(item: Item) -> str:
    """Where the mask of an image goes: outside every folder that is walked."""
    return f"{MASKS}/{item.slug}/{item.stem}.png"


def write_texts(
    items: Sequence[Item], places: Sequence[Sequence[str]], sizes: Sequence[tuple[int, int]],
    options: ExportOptions, root: str,
) -> dict[str, str]:  # fmt: skip
    """Captions and the YAML, by place."""
    del sizes
    texts = {
        f"{place.rpartition('/')[0]}/{item.stem}.txt": item.caption
        for item, (place, *_) in zip(items, places, strict=True)
    }
    repeats = balance_repeats(count_images(items), options.repeats)
    triggers = {item.slug: item.trigger for item in items}
    fitting = [side for side in RESOLUTIONS if side <= options.max_side]
    datasets = []
    for slug in repeats:
        dataset = {
            "folder_path": f"{root}/{IMAGES}/{slug}",
            "caption_ext": "txt",
            "caption_dropout_rate": CAPTION_DROPOUT,
            "shuffle_tokens": False,
            "resolution": fitting or [options.max_side],
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


def describe_use(root: str) -> str:
    """What to do with the YAML."""
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
        if key not in _KNOWN:
            problems.append(f"{CONFIG}: the key {key} is unknown")
        elif not isinstance(value, _KNOWN[key]):
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
    """All images below a folder, hidden folders and `_controls` excluded."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n != KEPT_APART)
        for name in sorted(names):
            if Path(name).suffix.lower() in IMAGES_OF_ALL and not name.startswith("."):
                yield Path(parent) / name


def inject_trigger(caption: str, trigger: str) -> str:
    """The caption as it is trained: placeholders filled, the trigger in front where it is missing.

    >>> inject_trigger("[trigger], back view", "mai"), inject_trigger("back view", "mai")
    ('mai, back view', 'mai, back view')
    """
    filled = caption.replace("[trigger]", trigger).replace("[name]", trigger)
    return f"{trigger}, {filled}" if trigger and trigger not in filled else filled
