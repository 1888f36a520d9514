"""Which files in a result folder are clusterkit's own, and which a person's.

Only what is known to be our own is ever replaced. Known means: one of the four files that every run
writes, or listed by the run before as the place of a frame and still what that run put there.
"""

from __future__ import annotations

import contextlib
import filecmp
import json
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from clusterkit.errors import InputError
from clusterkit.result_files import (
    FILE_COLUMN,
    OWN_FILES,
    load_assignments,
    load_summary,
    save_json,
)
from clusterkit.store import CACHE_FOLDER

PLACED_NAME = "placed.json"
"""In the cache: what the last run put where. Without it, copies are compared with their frames."""

STAGING_PREFIX = ".clusterkit-staging-"
STAGING = re.compile(re.escape(STAGING_PREFIX) + "[0-9a-f]{8}")
"""Names of the folders in a result folder in which a run prepares the next one."""

Owner = Literal["ours", "edited", "theirs"]

Stamp = tuple[int, int]
"""Size in bytes and time of last change in nanoseconds."""


@dataclass(frozen=True)
class Owners:
    """What the last run wrote into a result folder.

    Attributes
    ----------
    stamps : dict
        From each place of a frame (relative, `/` between parts) to the stamp of the file that was
        put there; None for a symbolic link, or where it is not known.
    sources : dict
        From a place to the frame it was copied from.
    """

    stamps: dict[str, Stamp | None] = field(default_factory=dict)
    sources: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that frames were put in."""
        return frozenset(place.rpartition("/")[0] for place in self.stamps)

    def tell(self, place: str, path: str) -> Owner:
        """Say whose a file is: 'edited' is a frame of ours that a person has changed."""
        if place in OWN_FILES:
            return "ours"
        if place not in self.stamps:
            return "theirs"
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            return "ours"
        if self.stamps[place] == (status.st_size, status.st_mtime_ns):
            return "ours"
        with contextlib.suppress(OSError, KeyError):
            if filecmp.cmp(self.sources[place], path):
                return "ours"
        return "edited"


@dataclass(frozen=True)
class Survey:
    """The files below a result folder by owner, relative, `/` between parts, the cache left out.

    Attributes
    ----------
    ours, edited, theirs : tuple of str
        Files and links; links are never followed.
    empty : tuple of str
        Folders of a person that hold nothing.
    opaque : tuple of str
        Folders that cannot be read or are another file system: what they hold is a person's.
    """

    ours: tuple[str, ...]
    edited: tuple[str, ...]
    theirs: tuple[str, ...]
    empty: tuple[str, ...]
    opaque: tuple[str, ...]


def load_owners(folder: Path, cache: Path | None = None) -> Owners:
    """Learn what the last run wrote, from its listing and from the cache; either may be missing."""
    stamps: dict[str, Stamp | None] = {}
    sources: dict[str, Path] = {}
    with contextlib.suppress(InputError, KeyError):
        table = load_assignments(folder)
        stamps.update(dict.fromkeys(table[FILE_COLUMN].dropna()))
        with contextlib.suppress(InputError):
            input_dir = Path(load_summary(folder)["input_dir"])
            placed = table[FILE_COLUMN].notna()
            pairs = zip(table.loc[placed, FILE_COLUMN], table.loc[placed, "path"], strict=True)
            sources.update({place: input_dir / path for place, path in pairs})
    with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
        remembered = json.loads(((cache or folder / CACHE_FOLDER) / PLACED_NAME).read_bytes())
        for place, stamp in remembered.items():
            stamps[place] = tuple(stamp) if stamp else None
    return Owners(stamps, sources)


def save_placed(folder: Path, stamps: dict[str, Stamp | None]) -> None:
    """Remember what this run put where."""
    file = folder / CACHE_FOLDER / PLACED_NAME
    fresh = file.with_suffix(".new")
    save_json(fresh, stamps)
    fresh.replace(file)


def survey_folder(folder: Path, owners: Owners) -> Survey:
    """Sort everything below a result folder by owner."""
    found: dict[str, list[str]] = {
        kind: [] for kind in ("ours", "edited", "theirs", "empty", "opaque")
    }
    device = os.lstat(folder).st_dev
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            entries = list(_scan(folder, prefix))
        except PermissionError:
            found["opaque"].append(prefix.rstrip("/"))
            continue
        if not entries and prefix and prefix.rstrip("/") not in owners.folders:
            found["empty"].append(prefix.rstrip("/"))
        for entry in entries:
            place = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(FileNotFoundError):  # a person deletes while we look
                    found[owners.tell(place, entry.path)].append(place)
            elif os.lstat(entry.path).st_dev != device:
                found["opaque"].append(place)
            else:
                waiting.append(place + "/")
    # Our own four files last, the listing at the very end: see `OWN_FILES`.
    found["ours"].sort(key=lambda place: OWN_FILES.index(place) if place in OWN_FILES else -1)
    return Survey(**{kind: tuple(places) for kind, places in found.items()})


def _scan(folder: Path, prefix: str) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder / prefix) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if prefix or not (entry.name == CACHE_FOLDER or STAGING.fullmatch(entry.name)):
                yield entry
