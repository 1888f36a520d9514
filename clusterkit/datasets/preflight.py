"""Read a finished folder as its trainer will, and hold what it finds against the manifest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from clusterkit.datasets import ai_toolkit, diffusers, kohya
from clusterkit.datasets.items import Readings
from clusterkit.datasets.manifest import load_manifest

CHECK_COLUMNS = ("reader", "group", "images", "captions", "repeats", "weight", "problems")


@dataclass(frozen=True)
class Preflight:
    """What a trainer finds in an exported folder.

    Attributes
    ----------
    table : DataFrame
        One row a folder and reader: reader, group, images, captions, repeats, weight (images times
        repeats), problems (counts).
    problems : tuple of str
        Each names the file; empty where the trainer takes everything as it is.
    """

    table: pd.DataFrame
    problems: tuple[str, ...]


def check_export(folder: str | Path) -> Preflight:
    """Read an exported folder by its trainer's rules.

    Parameters
    ----------
    folder : path
        What `export_dataset` wrote; on any machine.

    Raises
    ------
    InputError
        No export wrote this folder.
    """
    folder = Path(folder)
    manifest = load_manifest(folder)
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    # Two readers find the same images: decoding is the slow part, and is done once.
    faults: dict[str, str | None] = {}
    for reader, read, scope in _list_readers(folder, manifest):
        found = read()
        expected = {
            place: entry for entry in manifest["images"] for place in entry["places"]
            if place.startswith(scope)
        }  # fmt: skip
        trouble = [*found.problems, *_compare(found, expected, folder, faults)]
        problems += trouble
        rows += _count_groups(reader, found, trouble)
    table = pd.DataFrame(rows, columns=list(CHECK_COLUMNS))
    return Preflight(table, tuple(dict.fromkeys(problems)))


def _list_readers(
    folder: Path, manifest: dict[str, Any]
) -> list[tuple[str, Callable[[], Readings], tuple[str, ...]]]:
    """Each reader: what it is called, what it does, and which places it should find."""
    root, kind = manifest["root"], manifest["settings"]["format"]
    if kind == "kohya":
        places = (f"{kohya.TRAIN}/", f"{kohya.REGULAR}/")
        return [
            ("--train_data_dir", lambda: kohya.read_folders(folder), places),
            ("--dataset_config", lambda: kohya.read_config(folder, root), places),
        ]
    if kind == "diffusers":
        return [
            ("metadata.jsonl", lambda: diffusers.read_metadata(folder), (f"{diffusers.TRAIN}/",)),
            ("--instance_data_dir", lambda: diffusers.read_dreambooth(folder),
             (f"{diffusers.DREAMBOOTH}/",)),
        ]  # fmt: skip
    return [("YAML", lambda: ai_toolkit.read_config(folder, root), (f"{ai_toolkit.IMAGES}/",))]


def _compare(
    found: Readings, expected: dict[str, Any], folder: Path, faults: dict[str, str | None]
) -> list[str]:
    problems = []
    seen = {reading.place: reading for reading in found.images}
    problems += [f"{place} is not found by the trainer" for place in expected if place not in seen]
    for place, reading in seen.items():
        entry = expected.get(place)
        if entry is None:
            problems.append(f"{place} is trained on, but was not exported")
            continue
        if place not in faults:
            faults[place] = _find_fault(folder / place, entry["size"])
        fault = faults[place]
        if fault is not None:
            problems.append(f"{place} {fault}")
        if reading.caption is not None and not reading.caption.strip():
            problems.append(f"{place} has an empty caption")
    return problems


def _find_fault(file: Path, size: list[int]) -> str | None:
    try:
        with Image.open(file) as image:
            image.load()
            if list(image.size) != size:
                return f"is {image.size[0]} × {image.size[1]}, not as written"
    except (OSError, SyntaxError, ValueError):
        return "is no readable image"
    return None


def _count_groups(reader: str, found: Readings, trouble: list[str]) -> list[dict[str, Any]]:
    groups: dict[str, list] = {}
    for reading in found.images:
        groups.setdefault(reading.group, []).append(reading)
    rows = []
    for group, readings in groups.items():
        # Trouble begins with the place it is about.
        own = sum(text.startswith((f"{group}/", f"{group} ")) for text in trouble)
        rows.append({
            "reader": reader, "group": group, "images": len(readings),
            "captions": sum(bool(reading.caption) for reading in readings),
            "repeats": readings[0].repeats, "weight": sum(r.repeats for r in readings),
            "problems": own,
        })  # fmt: skip
    rest = len(trouble) - sum(row["problems"] for row in rows)
    if rest > 0:
        rows.append({"reader": reader, "group": "", "images": 0, "captions": 0, "repeats": 0,
                     "weight": 0, "problems": rest})  # fmt: skip
    return rows
