"""diffusers: `train/metadata.jsonl` for the text-to-image scripts, image folders for DreamBooth.

`train_text_to_image_lora.py` loads `train/**` with the `imagefolder` builder of the datasets
library; `train_dreambooth_lora.py` opens every entry of its folder as an image.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from clusterkit.datasets.items import (
    IMAGES_OF_ALL,
    Item,
    Reading,
    Readings,
    balance_repeats,
    count_images,
    place_of,
    read_text,
)
from clusterkit.datasets.options import ExportOptions

TRAIN, METADATA, DREAMBOOTH = "train", "train/metadata.jsonl", "dreambooth"

_SPLIT = re.compile(
    r"(?:^|[-._ 0-9])(train|training|valid|validation|val|dev|test|testing|eval|evaluation)"
    r"(?:$|[-._ 0-9])", re.IGNORECASE
)  # fmt: skip
"""Words of a folder's name by which the datasets library takes it for a split of its own."""


def place_items(items: Sequence[Item], options: ExportOptions) -> list[list[str]]:
    """Where every image goes: once beside its caption, once into its DreamBooth folder."""
    del options
    return [
        [f"{TRAIN}/{item.name}", f"{DREAMBOOTH}/{name_concept(item.slug)}/{item.name}"]
        for item in items
    ]


def name_concept(slug: str) -> str:
    """The DreamBooth folder of a character; never one that reads as a split.

    >>> name_concept("mai"), name_concept("test-girl")
    ('mai', 'concepttestgirl')
    """
    return "concept" + re.sub(r"[-._ 0-9]", "", slug) if _SPLIT.search(slug) else slug


def write_texts(
    items: Sequence[Item], places: Sequence[Sequence[str]], sizes: Sequence[tuple[int, int]],
    options: ExportOptions, root: str,
) -> dict[str, str]:  # fmt: skip
    """The metadata, by place."""
    del places, sizes, options, root
    lines = [
        json.dumps({"file_name": item.name, "text": item.caption}, ensure_ascii=False)
        for item in items
    ]
    return {METADATA: "\n".join(lines) + "\n"}


def describe_use(
    items: Sequence[Item], sizes: Sequence[tuple[int, int]], options: ExportOptions, root: str
) -> str:
    """What to pass to the scripts."""
    del sizes, options
    repeats = balance_repeats(count_images(items), 1)
    triggers = {item.slug: item.trigger for item in items}
    captioned = f"{shlex.quote(f'{root}/{TRAIN}')} --caption_column text"
    # The scripts ask for a prompt even where every image has its own.
    prompt = shlex.quote(next(iter(triggers.values()), ""))
    lines = ["text to image:", f"  --train_data_dir {captioned}",
             "DreamBooth, with captions:",
             f"  --dataset_name {captioned} --instance_prompt {prompt}",
             "DreamBooth, one character a run:"]  # fmt: skip
    lines += [
        f"  --instance_data_dir {shlex.quote(f'{root}/{DREAMBOOTH}/{name_concept(slug)}')} "
        f"--instance_prompt {shlex.quote(triggers[slug])} --repeats {count}"
        for slug, count in repeats.items()
    ]
    return "\n".join(lines)


def read_metadata(folder: Path) -> Readings:
    """Find images as the imagefolder builder does: all below `train`, each with its line."""
    found = Readings()
    text = read_text(folder / METADATA, METADATA, found.problems)
    if text is None:
        return found
    captions: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            entry = json.loads(line)
            name, caption = entry["file_name"], entry["text"]
        except (ValueError, TypeError, KeyError):
            found.problems.append(f"{METADATA} line {number}: no JSON with file_name and text")
            continue
        if name in captions:
            found.problems.append(f"{METADATA} line {number}: {name} is listed twice")
        elif not (folder / TRAIN / str(name)).is_file():
            found.problems.append(f"{TRAIN}/{name} is listed in {METADATA} and missing")
        elif not isinstance(caption, str) or not caption.strip():
            found.problems.append(f"{TRAIN}/{name} has an empty caption")
        captions[name] = caption
    for file in sorted((folder / TRAIN).rglob("*")):
        place = place_of(file, folder)
        if file.suffix.lower() not in IMAGES_OF_ALL or not file.is_file():
            continue
        name = file.relative_to(folder / TRAIN).as_posix()
        if name not in captions:
            found.problems.append(f"{place} has no line in {METADATA}")
        else:
            found.images.append(Reading(place, captions[name], 1, TRAIN))
    return found


def read_dreambooth(folder: Path) -> Readings:
    """Find images as `--instance_data_dir` does, for each folder: every entry is opened."""
    found = Readings()
    parent = folder / DREAMBOOTH
    if not parent.is_dir():
        found.problems.append(f"{DREAMBOOTH} is missing")
        return found
    for concept in sorted(parent.iterdir()):
        group = f"{DREAMBOOTH}/{concept.name}"
        if not concept.is_dir():
            found.problems.append(f"{group} is a file among the folders")
            continue
        if _SPLIT.search(concept.name):
            found.problems.append(f"{group}: its name is that of a split of the data")
        for file in sorted(concept.iterdir()):
            place = place_of(file, folder)
            if file.suffix.lower() in IMAGES_OF_ALL and file.is_file():
                found.images.append(Reading(place, None, 1, group))
            else:
                found.problems.append(f"{place} is no image, and DreamBooth opens everything")
    return found
