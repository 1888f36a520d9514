"""kohya-ss sd-scripts: `N_name` folders, a dataset TOML, and how both are read.

The rules are those of sd-scripts' `library/config_util.py` and `library/train_util.py`: a folder
counts if its name begins with an integer of at least 1 and an underscore; it is not entered
deeper; captions have the image's stem; keys that the schema does not know stop the run.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w

from clusterkit.datasets.captions import make_slug
from clusterkit.datasets.items import (
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

TRAIN, REGULAR, CONFIG = "train", "reg", "dataset.toml"
CAPTION_EXTENSION = ".txt"
IMAGE_EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
BUCKET_STEP = 64
LEAST_BUCKET, BATCH_SIZE = 256, 2
FACE_PARTS = 5
"""The last four of so many '_' parts of a file name are read as a face box."""

# What the schema of sd-scripts knows, of what matters here.
_SUBSET_ASCENDABLE = {
    "color_aug": bool, "flip_aug": bool, "num_repeats": int, "random_crop": bool,
    "shuffle_caption": bool, "keep_tokens": int, "keep_tokens_separator": str,
    "secondary_separator": str, "enable_wildcard": bool, "token_warmup_min": int,
    "token_warmup_step": (int, float), "caption_prefix": str, "caption_suffix": str,
    "custom_attributes": dict, "caption_extension": str, "class_tokens": str, "cache_info": bool,
    "caption_dropout_rate": (int, float), "caption_dropout_every_n_epochs": int,
    "caption_tag_dropout_rate": (int, float), "face_crop_aug_range": list,
    "resize_interpolation": str,
}  # fmt: skip
_SUBSET_ONLY = {"image_dir": str, "is_reg": bool, "alpha_mask": bool}
_DATASET_ASCENDABLE = {
    "batch_size": int, "bucket_no_upscale": bool, "bucket_reso_steps": int, "enable_bucket": bool,
    "max_bucket_reso": int, "min_bucket_reso": int, "network_multiplier": (int, float),
    "resolution": (int, list), "resize_interpolation": str,
}  # fmt: skip
_GENERAL = {**_SUBSET_ASCENDABLE, **_DATASET_ASCENDABLE}


def place_items(items: Sequence[Item], options: ExportOptions) -> list[list[str]]:
    """Where every image goes, a list of places for each."""
    repeats = balance_repeats(count_images(items), options.repeats)
    return [[f"{_name_folder(item, repeats, options)}/{item.name}"] for item in items]


def write_texts(
    items: Sequence[Item], places: Sequence[Sequence[str]], sizes: Sequence[tuple[int, int]],
    options: ExportOptions, root: str,
) -> dict[str, str]:  # fmt: skip
    """Captions and the dataset TOML, by place."""
    texts = {
        str(Path(place).with_name(item.stem + CAPTION_EXTENSION).as_posix()): item.caption
        for item, (place, *_) in zip(items, places, strict=True)
    }
    repeats = balance_repeats(count_images(items), options.repeats)
    subsets: list[dict[str, Any]] = []
    seen: set[str] = set()
    for item, (place, *_) in zip(items, places, strict=True):
        folder = place.rpartition("/")[0]
        if folder in seen:
            continue
        seen.add(folder)
        subset: dict[str, Any] = {
            "image_dir": f"{root}/{folder}",
            "class_tokens": item.trigger,
            "num_repeats": 1 if item.is_regular else repeats[item.slug],
        }
        if item.is_regular:
            subset["is_reg"] = True
        if options.background == "transparent":
            subset["alpha_mask"] = True
        subsets.append(subset)
    # An image below one bucket step would get a bucket of size 0 where nothing may be enlarged.
    smallest = min((min(size) for size in sizes), default=BUCKET_STEP)
    side = max(BUCKET_STEP, options.max_side // BUCKET_STEP * BUCKET_STEP)
    config = {
        "general": {
            "caption_extension": CAPTION_EXTENSION,
            "shuffle_caption": True,
            "keep_tokens": 1,
        },
        "datasets": [
            {
                "resolution": [side, side],
                "batch_size": BATCH_SIZE,
                "enable_bucket": True,
                "min_bucket_reso": min(LEAST_BUCKET, side),
                "max_bucket_reso": 2 * side,
                "bucket_reso_steps": BUCKET_STEP,
                "bucket_no_upscale": smallest >= BUCKET_STEP,
                "subsets": subsets,
            }
        ],
    }
    return {**texts, CONFIG: tomli_w.dumps(config)}


def describe_use(root: str, has_regular: bool) -> str:
    """What to pass to the trainer."""
    regular = f" --reg_data_dir {root}/{REGULAR}" if has_regular else ""
    return (
        f"either  --dataset_config {root}/{CONFIG}  (masks included)\n"
        f"or      --train_data_dir {root}/{TRAIN}{regular} --caption_extension .txt"
    )


def read_folders(folder: Path) -> Readings:
    """Find images as `--train_data_dir train --reg_data_dir reg` does."""
    found = Readings()
    for parent, is_regular in ((TRAIN, False), (REGULAR, True)):
        if not (folder / parent).is_dir():
            if not is_regular:
                found.problems.append(f"{parent} is missing")
            continue
        for entry in sorted((folder / parent).iterdir()):
            place = f"{parent}/{entry.name}"
            number, separator, tokens = entry.name.partition("_")
            try:
                repeats = int(number)
            except ValueError:
                repeats = 0
            if not entry.is_dir():
                found.problems.append(f"{place} is a file among the folders")
            elif repeats < 1 or not separator:
                found.problems.append(f"{place} is passed over: its name is no N_name with N ≥ 1")
            else:
                _read_images(entry, folder, tokens, repeats, is_regular, found)
    return found


def read_config(folder: Path, root: str) -> Readings:
    """Find images as `--dataset_config dataset.toml` does; the folder's prefix is not parsed."""
    found = Readings()
    text = read_text(folder / CONFIG, CONFIG, found.problems)
    if text is None:
        return found
    try:
        config = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found.problems.append(f"{CONFIG} is no TOML: {error}")
        return found
    found.problems += check_config(config)
    if found.problems:
        return found
    general = config.get("general", {})
    for dataset in config["datasets"]:
        for subset in dataset["subsets"]:
            # A key is looked up in the subset, then the data set, then in general.
            merged = {**general, **dataset, **subset}
            images = localise(subset["image_dir"], root, folder)
            if merged.get("caption_extension", ".caption") != CAPTION_EXTENSION:
                found.problems.append(f"{CONFIG}: captions end in .txt, it says otherwise")
            if not images.is_dir():
                found.problems.append(f"{CONFIG}: image_dir {subset['image_dir']} is missing")
                continue
            tokens, repeats = merged.get("class_tokens", ""), merged.get("num_repeats", 1)
            _read_images(images, folder, tokens, repeats, subset.get("is_reg", False), found)
    return found


def check_config(config: dict[str, Any]) -> list[str]:
    """Hold a dataset TOML against the schema: an unknown key or a wrong type stops the trainer."""
    problems = [f"{CONFIG}: unknown table [{key}]" for key in config
                if key not in ("general", "datasets")]  # fmt: skip
    problems += _check_keys(config.get("general", {}), _GENERAL, "[general]")
    if not config.get("datasets"):
        return [*problems, f"{CONFIG}: it has no [[datasets]]"]
    for dataset in config["datasets"]:
        own = {key: value for key, value in dataset.items() if key != "subsets"}
        problems += _check_keys(own, _GENERAL, "[[datasets]]")
        if not dataset.get("subsets"):
            problems.append(f"{CONFIG}: a data set without [[datasets.subsets]]")
        for subset in dataset.get("subsets", []):
            problems += _check_keys(
                subset, {**_SUBSET_ASCENDABLE, **_SUBSET_ONLY}, "[[datasets.subsets]]"
            )
            if "image_dir" not in subset:
                problems.append(f"{CONFIG}: a subset without image_dir")
    return problems


def _check_keys(table: dict[str, Any], known: dict[str, Any], where: str) -> list[str]:
    problems = []
    for key, value in table.items():
        if key not in known:
            problems.append(f"{CONFIG}: {where} has the key {key}, which the trainer refuses")
        elif not isinstance(value, known[key]) or (
            isinstance(value, bool) and known[key] is not bool
        ):
            problems.append(f"{CONFIG}: {where} {key} has the wrong type")
    return problems


def _read_images(
    images: Path, folder: Path, tokens: str, repeats: int, is_regular: bool, found: Readings
) -> None:
    for file in sorted(images.iterdir()):
        place = place_of(file, folder)
        stem, extension = os.path.splitext(file.name)
        if extension.lower() not in IMAGE_EXTENSIONS:
            continue
        if len(stem.split("_")) >= FACE_PARTS:
            found.problems.append(f"{place}: its '_' parts are read as a face box")
        caption_file = images / (stem + CAPTION_EXTENSION)
        caption = tokens
        if caption_file.exists():
            text = read_text(caption_file, place_of(caption_file, folder), found.problems)
            if text is None:
                continue
            # The first line counts; a file without one stops the trainer.
            caption = (text.splitlines() or [""])[0].strip()
        if not caption:
            found.problems.append(f"{place} has an empty caption")
        group = place_of(images, folder)
        found.images.append(Reading(place, caption, repeats, group, is_regular))


def _name_folder(item: Item, repeats: dict[str, int], options: ExportOptions) -> str:
    if item.is_regular:
        return f"{REGULAR}/1_{make_slug(options.class_word)}"
    return f"{TRAIN}/{repeats[item.slug]}_{item.slug}"
