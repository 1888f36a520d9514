"""Decide, before any slow work, whether a folder may hold a result, and make it ours."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from clusterkit.errors import InputError, OutputError
from clusterkit.folders.ownership import STAGING
from clusterkit.result_files import load_summary
from clusterkit.store import CACHE_FOLDER

SYSTEM_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini", "lost+found"})
"""What systems put into folders by themselves: a folder that holds nothing else is empty."""

# https://bford.info/cachedir/ - backup programs pass over folders with this file.
_TAG_NAME = "CACHEDIR.TAG"
_TAG = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Made by clusterkit. Deleting this folder costs time, nothing else.\n"
)


def resolve_folder(folder: str | os.PathLike[str]) -> Path:
    """Follow the links in a path; raises OutputError where they go in a circle."""
    try:
        return Path(folder).resolve()
    except (OSError, RuntimeError) as error:  # a loop of links
        raise OutputError(f"cannot use {os.fspath(folder)}: {error}") from None


def check_apart(source: Path, folder: Path) -> None:
    """Refuse an output that is, holds or lies in the input; both paths are resolved.

    Compared by identity, not by name: bind mounts and case-blind disks give one folder several.

    Raises
    ------
    OutputError
    """
    if _is_same(source, folder):
        raise OutputError(f"the output folder is the input folder {source}; choose another one")
    if any(_is_same(source, parent) for parent in folder.parents):
        raise OutputError(
            f"the output folder {folder} lies inside the input; choose one outside it"
        )
    if any(_is_same(folder, parent) for parent in source.parents):
        raise OutputError(
            f"the input {source} lies inside the output folder; choose another output"
        )


def _is_same(first: Path, second: Path) -> bool:
    try:
        return first.samefile(second)
    except OSError:
        return first == second


def claim_folder(folder: Path) -> None:
    """Make a folder ours if it is new or empty; refuse one that clusterkit did not make.

    Raises
    ------
    OutputError
        It is a file, cannot be written, or holds what clusterkit did not make.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"the output {folder} is a file; choose a folder")
    with explain_failure(folder):
        folder.mkdir(parents=True, exist_ok=True)
        names = {name for name in os.listdir(folder) if not STAGING.fullmatch(name)}
        cache = folder / CACHE_FOLDER
        # A cache alone is what a run leaves that was killed before it wrote any result.
        if names - SYSTEM_FILES - {CACHE_FOLDER} and not _is_made_by_us(folder):
            raise OutputError(
                f"{folder} is not empty and was not made by clusterkit; choose another folder"
            )
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
        cache.mkdir(exist_ok=True)
        if not (cache / _TAG_NAME).exists():
            (cache / _TAG_NAME).write_text(_TAG, encoding="ascii")


def _is_made_by_us(folder: Path) -> bool:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if (folder / CACHE_FOLDER / _TAG_NAME).read_text(encoding="ascii") == _TAG:
            return True
    with contextlib.suppress(InputError):
        load_summary(folder)
        return True
    return False


@contextlib.contextmanager
def explain_failure(folder: Path) -> Iterator[None]:
    """Turn what the system says into one line that tells what to do."""
    try:
        yield
    except OSError as error:
        where = error.filename2 or error.filename or folder
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            message = f"the disk is full: {folder} is as it was; free some space and run again"
        elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            message = f"cannot write {where}: {error.strerror}; choose another output folder"
        else:
            message = f"cannot write {where}: {error.strerror or error}"
        raise OutputError(message) from error
