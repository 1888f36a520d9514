"""What an export wrote, with digests: the one list of files that may be replaced later."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clusterkit.errors import InputError, OutputError
from clusterkit.result_files import save_json

MANIFEST = "manifest.json"
BUILDING = ".clusterkit-building"
"""Marks a folder that is being written; no part of an export."""

MADE_BY = "clusterkit export"
VERSION = 1


@dataclass(frozen=True)
class Survey:
    """The files of an exported folder.

    Attributes
    ----------
    ours : tuple of str
        As the export wrote them; the manifest too.
    theirs : tuple of str
        All others: added, or edited since.
    """

    ours: tuple[str, ...]
    theirs: tuple[str, ...]


def digest_file(file: Path) -> str:
    """BLAKE2b of a file's bytes, 128 bits, as hexadecimal."""
    with open(file, "rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def save_manifest(folder: Path, described: dict[str, Any]) -> None:
    """List every file of a new folder with its digest, and write the manifest last."""
    files = {place: digest_file(folder / place) for place in list_files(folder)}
    save_json(folder / MANIFEST, {"made_by": MADE_BY, "version": VERSION, **described,
                                  "files": files})  # fmt: skip


def load_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of an exported folder.

    Raises
    ------
    InputError
        Missing, damaged, or not made by an export.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        if manifest["made_by"] == MADE_BY and isinstance(manifest["files"], dict):
            return dict(manifest)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise InputError(f"{folder} was not written by clusterkit export: it has no valid {MANIFEST}")


def survey_export(folder: Path) -> Survey:
    """Tell what an export wrote from what a person added or edited.

    Raises
    ------
    OutputError
        No export wrote this folder.
    """
    try:
        files = load_manifest(folder)["files"]
    except InputError as error:
        raise OutputError(f"{error}; choose another DEST") from None
    ours: list[str] = []
    theirs: list[str] = []
    for place in list_files(folder):
        file = folder / place
        written = place == MANIFEST or (
            place in files and not file.is_symlink() and digest_file(file) == files[place]
        )
        (ours if written else theirs).append(place)
    return Survey(tuple(ours), tuple(theirs))


def list_files(folder: Path) -> list[str]:
    """All files and links below a folder, relative, sorted, `/` between parts."""
    found = []
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        prefix = Path(parent).relative_to(folder)
        found += [(prefix / name).as_posix() for name in (*names, *links)]
    return sorted(place for place in found if place != BUILDING)
