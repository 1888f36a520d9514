"""kohya-ss sd-scripts: `N_name` folders, a dataset TOML, and how both are read.

The rules are those of sd-scripts' `library/config_util.py` and `library/train_util.py`: a folder
counts if its name begins with an integer of at least 1 and an underscore; it is not entered
deeper; captions have the image's stem. Masks are the images' alpha, or a folder of their own.
"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomli_w
from PIL import Image

from clusterkit.datasets.captions import make_slug
from clusterkit.datasets.items import (
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
from clusterkit.datasets.kohya_keys import MASK_FOLDER, check_config
from clusterkit.datasets.options import ExportOptions

TRAIN, REGULAR, CONFIG = "train", "reg", "dataset.toml"
CAPTION_EXTENSION = ".txt"
IMAGE_EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".avif", ".jxl"})
"""The last two are read where plug-ins are installed."""
BUCKET_STEP = 64
LEAST_BUCKET, BATCH_SIZE = 256, 2
FACE_PARTS = 5
"""The last four of so many '_' parts of a file name are read as a face box."""


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
            "num_repeats": 1 if item.is_regular else repeats[item.slug],
        }
        if options.masks_apart:  # such a data set takes neither class_tokens nor alpha_mask
            subset[MASK_FOLDER] = f"{root}/{MASKS}/{item.slug}"
        else:
            subset["class_tokens"] = item.trigger
        if item.is_regular:
            subset["is_reg"] = True
        if options.background == "transparent":
            subset["alpha_mask"] = True
        subsets.append(subset)
    captions = {"caption_extension": CAPTION_EXTENSION, "shuffle_caption": True, "keep_tokens": 1}
    dataset = {"batch_size": BATCH_SIZE, **_plan_buckets(sizes, options), "subsets": subsets}
    config = {"general": captions, "datasets": [dataset]}
    return {**texts, CONFIG: tomli_w.dumps(config)}


def describe_use(
    items: Sequence[Item], sizes: Sequence[tuple[int, int]], options: ExportOptions, root: str
) -> str:
    """What to pass to the trainer: the dataset file, or the folders with all that it says."""
    config = ["--dataset_config", f"{root}/{CONFIG}"]
    config += ["--masked_loss"] if options.masks_apart else []
    folders = ["--train_data_dir", f"{root}/{TRAIN}"]
    if any(item.is_regular for item in items):
        folders += ["--reg_data_dir", f"{root}/{REGULAR}"]
    buckets = _plan_buckets(sizes, options)
    folders += ["--caption_extension", CAPTION_EXTENSION, "--shuffle_caption", "--keep_tokens", "1"]
    # Without buckets the trainer stops at the first image that is not as large as the others.
    for key, value in buckets.items():
        if value is not False:
            shown = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            folders += [f"--{key}"] if value is True else [f"--{key}", shown]
    folders += ["--alpha_mask"] if options.background == "transparent" else []
    return (
        f"with the dataset file:\n  {shlex.join(config)}\n"
        f"or with the folders{', without masks' if options.masks_apart else ''}:\n"
        f"  {shlex.join(folders)}"
    )


def _plan_buckets(
    sizes: Sequence[tuple[int, int]], options: ExportOptions
) -> dict[str, int | bool | list[int]]:
    # An image below one bucket step would get a bucket of size 0 where nothing may be enlarged.
    smallest = min((min(size) for size in sizes), default=BUCKET_STEP)
    side = max(BUCKET_STEP, options.max_side // BUCKET_STEP * BUCKET_STEP)
    return {
        "resolution": [side, side],
        "enable_bucket": True,
        "min_bucket_reso": min(LEAST_BUCKET, side),
        "max_bucket_reso": 2 * side,
        "bucket_reso_steps": BUCKET_STEP,
        "bucket_no_upscale": smallest >= BUCKET_STEP,
    }


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
            elif repeats < 1:
                found.problems.append(f"{place} is passed over: its name is no N_name with N ≥ 1")
            elif not separator:
                found.problems.append(f"{place}: no name follows the repeats")
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
    found.problems += [f"{CONFIG}: {problem}" for problem in check_config(config)]
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
            if repeats < 1:
                found.problems.append(f"{CONFIG}: num_repeats {repeats} passes a subset over")
                continue
            _read_images(images, folder, tokens, repeats, subset.get("is_reg", False), found)
            if MASK_FOLDER in subset:
                _check_masks(images, localise(subset[MASK_FOLDER], root, folder), folder, found)
    return found


def _read_images(
    images: Path, folder: Path, tokens: str, repeats: int, is_regular: bool, found: Readings
) -> None:
    for file in _list_images(images):
        place, stem = place_of(file, folder), file.stem
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


def _check_masks(images: Path, masks: Path, folder: Path, found: Readings) -> None:
    """`--masked_loss` stops at an image without a mask, a mask without an image, another size."""
    wanted = {file.stem: file for file in _list_images(images)}
    given = {file.stem: file for file in (_list_images(masks) if masks.is_dir() else ())}
    for stem, file in wanted.items():
        place = place_of(file, folder)
        if stem not in given:
            found.problems.append(f"{place} has no mask in {place_of(masks, folder)}")
            continue
        with Image.open(file) as image, Image.open(given[stem]) as mask:
            if image.size != mask.size:
                found.problems.append(f"{place_of(given[stem], folder)} is not as large as {place}")
    found.problems += [f"{place_of(given[stem], folder)} is the mask of no image"
                       for stem in given if stem not in wanted]  # fmt: skip


def _list_images(folder: Path) -> list[Path]:
    """Files that the trainer takes for images: endings all small or all large, names not hidden."""
    return sorted(
        file for file in folder.iterdir() if not file.name.startswith(".")
        and file.suffix in IMAGE_EXTENSIONS | {ending.upper() for ending in IMAGE_EXTENSIONS}
    )  # fmt: skip


def _name_folder(item: Item, repeats: dict[str, int], options: ExportOptions) -> str:
    if item.is_regular:
        return f"{REGULAR}/1_{make_slug(options.class_word)}"
    return f"{TRAIN}/{repeats[item.slug]}_{item.slug}"
