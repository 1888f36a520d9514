"""Build an export aside and put it in place whole: a kill leaves the old folder or the new one.

A folder that is being built carries a mark, and is removed as it stands once nobody builds it any
more. Without the mark it is complete, or an old export that was replaced: that is swept file by
file, by its manifest, and what nobody knows is kept.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from clusterkit.datasets.manifest import (
    BUILDING,
    MANIFEST,
    Survey,
    digest_file,
    list_files,
    survey_export,
)
from clusterkit.errors import OutputError
from clusterkit.folders.exchange import exchange_folders, flush_file_system, flush_folder
from clusterkit.folders.naming import shorten_name
from clusterkit.folders.output_folder import SYSTEM_FILES
from clusterkit.store import CACHE_FOLDER

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

logger = logging.getLogger(__name__)

LONGEST_NAME_KEPT = 180
MARK_BYTES = 4


def check_destination(dest: Path, result: Path, source: Path, *, replace: bool) -> Survey | None:
    """Decide, before any slow work, whether an export may go to `dest`.

    Parameters
    ----------
    dest, result, source : path
        Resolved: where to, the result folder, and the folder with the frames.
    replace : bool
        An earlier export there may be replaced.

    Returns
    -------
    Survey or None
        What is there; None where nothing is.

    Raises
    ------
    OutputError
    """
    for folder, what in ((result, "result folder"), (source, "folder with the frames")):
        if dest == folder or folder.is_relative_to(dest):
            raise OutputError(f"{dest} is or holds the {what}; choose another DEST")
    if dest.is_relative_to(source) or dest.is_relative_to(result / CACHE_FOLDER):
        raise OutputError(f"{dest} lies inside the folder with the frames; choose another DEST")
    if not os.path.lexists(dest):
        return None
    if not dest.is_dir():
        raise OutputError(f"{dest} is a file; choose a folder")
    if _is_empty(dest):
        return Survey((), tuple(list_files(dest)))
    if not replace:
        raise OutputError(
            f"{dest} exists and is not empty; choose another DEST, or --replace an earlier export"
        )
    return survey_export(dest)


def _is_empty(folder: Path) -> bool:
    return not set(os.listdir(folder)) - SYSTEM_FILES


@contextlib.contextmanager
def stage_export(dest: Path) -> Iterator[Path]:
    """A folder beside `dest` to build in; it is gone afterwards unless it was put in place.

    Raises
    ------
    OutputError
        The folder around `dest` cannot be written, or the disk is full.
    """
    stem = shorten_name(f".{dest.name}", "", LONGEST_NAME_KEPT)
    staging = dest.parent / f"{stem}.clusterkit-export-{secrets.token_hex(MARK_BYTES)}"
    try:
        dest.parent.mkdir(parents=True, exist_ok=True)
        _remove_stale(dest, stem)
        staging.mkdir()
        (staging / BUILDING).touch()
        # The lock says that this folder is being written; the system drops it with the process.
        with _hold(staging):
            yield staging
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        advice = "free some space, or choose another DEST" if full else "choose another DEST"
        raise OutputError(f"cannot write {dest}: {error.strerror or error}; {advice}") from None
    finally:
        if staging.exists():
            _remove(staging, dest)


def carry_over(dest: Path, staging: Path) -> Survey:
    """Give the new folder every file of a person: an edited file stands in for ours.

    A file is linked, so that nothing is copied and open files stay the same files. A caption
    follows its image where that has moved to another folder: names are those of one image alone.

    Returns
    -------
    Survey
        Of `dest` as it is now: captions may have been edited while images were written.
    """
    survey = Survey((), tuple(list_files(dest))) if _is_empty(dest) else survey_export(dest)
    written = {Path(place).name: place for place in list_files(staging) if place.endswith(".txt")}
    for place in survey.theirs:
        name = Path(place).name
        moved = not (staging / place).exists()
        target = staging / (written.get(name, place) if moved else place)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.unlink(missing_ok=True)
        except OSError:
            raise OutputError(
                f"{dest / place} was not written by an export and is in the way; move it elsewhere"
            ) from None
        try:
            os.link(dest / place, target, follow_symlinks=False)
        except OSError:  # a file system without hard links
            shutil.copy2(dest / place, target, follow_symlinks=False)
    return survey


def publish(staging: Path, dest: Path, survey: Survey | None) -> None:
    """Put the finished folder in place, in one step of the system.

    What is removed of an earlier export is what its manifest calls ours, and second names of what
    was carried over; anything that appeared or changed since is kept, and said.
    """
    (staging / BUILDING).unlink()
    flush_file_system(staging)
    flush_folder(staging)
    if survey is None or not survey.ours:
        with contextlib.suppress(FileNotFoundError):
            for name in survey.theirs if survey else ():
                (dest / name).unlink()  # linked into the new folder
        staging.rename(dest)  # replaces an empty folder, refuses any other
        flush_folder(dest.parent)
        return
    try:
        exchange_folders(staging, dest)
    except OSError as error:
        raise OutputError(
            f"{dest} cannot be replaced as a whole here ({error.strerror}); choose a new DEST"
        ) from None
    flush_folder(dest.parent)
    _remove(staging, dest)


def _remove(folder: Path, dest: Path) -> None:
    """Remove a folder beside `dest` that is no longer needed; the export is done, so nothing fails.

    What does not work now is tried again by the next export.
    """
    try:
        if (folder / BUILDING).exists():
            shutil.rmtree(folder, ignore_errors=True)
        else:
            _sweep(folder, dest)
    except OSError as error:
        logger.warning("%s could not be removed, the next export will: %s", folder, error)


def _sweep(old: Path, dest: Path) -> None:
    """Remove what the manifest lists, unchanged, and what `dest` has as well; keep the rest."""
    try:
        survey = survey_export(old)
    except OutputError:  # the manifest goes last: all that was ours is gone
        survey = Survey((), tuple(list_files(old)))
    present = _list_inodes(dest) if survey.theirs else set()
    for place in survey.theirs:
        status = os.lstat(old / place)
        if (status.st_dev, status.st_ino) in present or _is_copied(old / place, dest / place):
            (old / place).unlink(missing_ok=True)
    for place in sorted(survey.ours, key=MANIFEST.__eq__):
        (old / place).unlink(missing_ok=True)
    for parent, _, _ in os.walk(old, topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(parent)  # noqa: PTH106 - refuses a folder that still holds something
    if old.exists():
        kept = dest.parent / old.name.lstrip(".").replace("export-", "kept-")
        old.rename(kept)
        logger.warning("files that appeared in %s during an export are now in %s", dest, kept)


def _list_inodes(folder: Path) -> set[tuple[int, int]]:
    found = set()
    for place in list_files(folder):
        status = os.lstat(folder / place)
        found.add((status.st_dev, status.st_ino))
    return found


def _is_copied(file: Path, copy: Path) -> bool:
    """Whether a file was carried over where the file system has no hard links."""
    if file.is_symlink() or not (file.is_file() and copy.is_file()):
        return False
    return digest_file(file) == digest_file(copy)


def _remove_stale(dest: Path, stem: str) -> None:
    """Remove what killed exports to the same place left, but nothing that one is writing now."""
    pattern = re.compile(re.escape(stem) + r"\.clusterkit-export-[0-9a-f]{8}")
    for name in os.listdir(dest.parent):
        folder = dest.parent / name
        if not pattern.fullmatch(name) or folder.is_symlink() or not folder.is_dir():
            continue
        with contextlib.suppress(BlockingIOError), _hold(folder):
            _remove(folder, dest)


@contextlib.contextmanager
def _hold(folder: Path) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        if fcntl is not None:  # Windows opens no folders
            descriptor = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
