"""Replace the content of a folder file by file, so that a kill at any moment can be finished.

For folders that cannot be exchanged as a whole: the mount point of a container's volume, a parent
that cannot be written, a file system without an exchange. The new files are staged in a hidden
folder inside; writing the journal is the moment at which the new result exists; every step in it
may be done twice, so that whoever comes next, writer or reader, finishes what a killed run began.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from clusterkit.folders.exchange import flush_file_system, flush_folder
from clusterkit.folders.ownership import STAGING, Survey
from clusterkit.result_files import save_json
from clusterkit.store import CACHE_FOLDER

JOURNAL_NAME = "swap.json"


@dataclass(frozen=True)
class _Journal:
    """The steps that turn the old content into the new, in order.

    Attributes
    ----------
    staging : str
        Name of the folder with the new files.
    asides : list of [str, str]
        Files of a person that make way, and where they go.
    removals : list of str
        Files of ours that the new result does not have.
    moves : list of str
        Files that come from the staging folder.
    folders : list of str
        Folders that are removed if they are empty then.
    """

    staging: str
    asides: list[list[str]]
    removals: list[str]
    moves: list[str]
    folders: list[str]


def commit_journal(
    folder: Path,
    staging: Path,
    survey: Survey,
    describe: Callable[[Path, tuple[str, ...]], None],
) -> tuple[str, ...]:
    """Decide all steps and write them down; from then on the new result is the one that counts.

    Returns
    -------
    tuple of str
        Where the files and links of a person are afterwards.

    Raises
    ------
    OSError
        A folder that the result needs is a mount point or may not be entered. Nothing has changed.
    """
    for place in survey.opaque:
        if os.path.lexists(staging / place):
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(folder / place))
    asides = []
    kept = list(survey.edited)
    for place in survey.theirs:
        chosen = find_place(place, [staging, folder], itself=folder / place)
        kept.append(chosen)
        if chosen != place:
            asides.append([place, chosen])
    describe(staging, tuple(kept))
    edited = set(survey.edited)
    moves = [place for place in _list_files(staging) if place not in edited]
    staged = set(moves)
    removals = [place for place in survey.ours if place not in staged]
    emptied = {place.rpartition("/")[0] for place in (*removals, *(old for old, _ in asides))}
    folders = sorted(
        {part for place in emptied for part in _list_parents(place)} - {""}, reverse=True
    )
    journal = _Journal(staging.name, asides, removals, moves, folders)
    file = folder / CACHE_FOLDER / JOURNAL_NAME
    unfinished = file.with_suffix(".new")
    flush_file_system(staging)
    save_json(unfinished, asdict(journal))
    unfinished.replace(file)
    flush_folder(file.parent)
    return tuple(kept)


def has_journal(folder: Path) -> bool:
    """Whether a result folder is between two results, and must be finished before it is read."""
    return (folder / CACHE_FOLDER / JOURNAL_NAME).exists()


def finish_journal(folder: Path) -> bool:
    """Do the steps of the journal; False where there is none.

    Raises
    ------
    OSError
        A step cannot be done. The journal stays, for the next time.
    """
    file = folder / CACHE_FOLDER / JOURNAL_NAME
    try:
        journal = _Journal(**json.loads(file.read_bytes()))
    except FileNotFoundError:
        return False
    staging = folder / journal.staging
    for old, new in journal.asides:
        if os.path.lexists(folder / old) and not os.path.lexists(folder / new):
            (folder / new).parent.mkdir(parents=True, exist_ok=True)
            (folder / old).rename(folder / new)
    for place in journal.removals:
        (folder / place).unlink(missing_ok=True)
    _remove_empty(folder, journal.folders)
    for place in journal.moves:
        if os.path.lexists(staging / place):
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            _remove_empty(folder, [place])  # a person's empty folder of that name
            (staging / place).replace(folder / place)
    flush_file_system(folder)
    file.unlink()
    shutil.rmtree(staging, ignore_errors=True)
    return True


def remove_stale_staging(folder: Path) -> None:
    """Remove what killed runs had staged but not committed, and what they tried exchanges on."""
    for entry in (*folder.iterdir(), *(folder / CACHE_FOLDER).iterdir()):
        if STAGING.fullmatch(entry.name) and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)


def find_place(
    place: str, roots: Sequence[Path], *, stands_in: bool = False, itself: Path | None = None
) -> str:
    """Find where a person's file can go in a new tree: its own place, or one marked '(kept)'.

    Parameters
    ----------
    place : str
        Relative, `/` between parts.
    roots : sequence of path
        Trees in none of which the place may be taken.
    stands_in : bool
        It may take the place of a file there.
    itself : path, optional
        Where the file is now: its own place is not taken by itself.

    Examples
    --------
    >>> find_place("notes/a.png", [])
    'notes/a.png'
    """
    *parents, name = place.split("/")
    chosen = ""
    for part in parents:
        chosen += _choose(
            part, lambda at: all(_is_folder_or_free(root / at) for root in roots), chosen
        )
        chosen += "/"

    def is_free(at: str) -> bool:
        for root in roots:
            if root / at == itself:
                continue
            taken = os.path.lexists(root / at)
            if taken and not (stands_in and not _is_real_folder(root / at)):
                return False
        return True

    return chosen + _choose(name, is_free, chosen)


def _choose(name: str, is_good: Callable[[str], bool], prefix: str) -> str:
    stem, extension = os.path.splitext(name)
    candidate, number = name, 1
    while not is_good(prefix + candidate):
        label = "(kept)" if number == 1 else f"(kept {number})"
        candidate, number = f"{stem} {label}{extension}", number + 1
    return candidate


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_folder_or_free(path: Path) -> bool:
    return _is_real_folder(path) or not os.path.lexists(path)


def _list_files(folder: Path) -> list[str]:
    """Files and links below a folder, relative; the top level last, the listing among it."""
    found = []
    for parent, folders, names in os.walk(folder, topdown=False):
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]  # noqa: PTH114
        prefix = Path(parent).relative_to(folder)
        found += [(prefix / name).as_posix() for name in sorted(names + links)]
    return found


def _list_parents(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join(parts[: depth + 1]) for depth in range(len(parts))]


def _remove_empty(folder: Path, places: Sequence[str]) -> None:
    for place in places:
        with contextlib.suppress(OSError):
            (folder / place).rmdir()
