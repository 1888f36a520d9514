"""Build a result folder aside and swap it in whole: a kill leaves the old result or the new one.

Two ways, the first wherever it is possible:

- *Exchange.* The new folder is built beside the old one, what a person added is hard-linked into
  it (one file under two names, so nothing is copied and open files stay the same files), and the
  system exchanges the two folders in one step. The cache stays the same folder, moved over by a
  second exchange, because a database may be open in it. Then the old folder is swept.
- *Journal* (see `journal.py`), where the folder is a mount point or nothing can be exchanged.

Whatever a kill leaves behind is finished or removed by `recover_folder` at the next run.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from clusterkit.folders.exchange import can_exchange, exchange_folders, flush_folder
from clusterkit.folders.journal import (
    commit_journal,
    find_place,
    finish_journal,
    remove_stale_staging,
)
from clusterkit.folders.locking import LOCK_NAME
from clusterkit.folders.naming import shorten_name
from clusterkit.folders.ownership import STAGING_PREFIX, Owners, Survey, load_owners, survey_folder
from clusterkit.store import CACHE_FOLDER

logger = logging.getLogger(__name__)

STAGED_NAME = "staged"
"""Marks the cache folder of a new tree, until the real one takes its place: where it was staged."""

MARK_BYTES = 4
LONGEST_NAME_KEPT = 180
"""Bytes of a result folder's name that its staging folder repeats."""

Build = Callable[[Path, Owners], None]
Describe = Callable[[Path, tuple[str, ...]], None]


class _CannotExchangeError(Exception):
    """The folder, or a file of a person in it, must stay where it is."""


def replace_content(folder: Path, build: Build, describe: Describe) -> tuple[str, ...]:
    """Replace what clusterkit wrote in a result folder; keep everything else.

    Call it while holding the folder, after `recover_folder`.

    Parameters
    ----------
    folder : path
        Resolved; holds a `.clusterkit` folder.
    build : callable
        Given an empty folder and what the last run wrote, writes the new result. May be called
        twice.
    describe : callable
        Given the same folder and what was kept, adds what depends on that.

    Returns
    -------
    tuple of str
        Where in the new folder the files and links are that clusterkit did not write.

    Raises
    ------
    OSError
        Disk full, no permission. The folder is as it was.
    """
    mark = secrets.token_hex(MARK_BYTES)
    name = STAGING_PREFIX + mark
    # Tried through the cache, which must be exchanged as well.
    if can_exchange(folder, _name_sibling(folder, "new", mark), folder / CACHE_FOLDER / name):
        try:
            return _replace_by_exchange(folder, mark, build, describe)
        except _CannotExchangeError as reason:
            logger.info("%s is replaced file by file: %s", folder, reason)
    return _replace_by_journal(folder, folder / name, build, describe)


def recover_folder(folder: Path) -> None:
    """Finish or remove what killed runs left behind. Call it while holding the folder."""
    finish_journal(folder)
    remove_stale_staging(folder)
    try:
        siblings = sorted(os.listdir(folder.parent))
    except OSError:
        return  # a parent that cannot be listed holds nothing of ours
    for kind in ("new", "old"):
        pattern = re.compile(re.escape(_name_sibling(folder, kind, "").name) + r"([0-9a-f]{8})")
        for match in filter(None, map(pattern.fullmatch, siblings)):
            sibling, mark = folder.parent / match.group(), match.group(1)
            if sibling.is_symlink() or not sibling.is_dir():
                continue
            if kind == "new" and not _is_swapped(folder, mark):
                _remove_tree(sibling)
            else:
                _finish_exchange(folder, sibling, mark)


def _replace_by_exchange(
    folder: Path, mark: str, build: Build, describe: Describe
) -> tuple[str, ...]:
    fresh = _name_sibling(folder, "new", mark)
    owners = load_owners(folder)
    try:
        fresh.mkdir()
        cache = fresh / CACHE_FOLDER
        cache.mkdir()
        (cache / STAGED_NAME).write_text(mark, encoding="ascii")
        # The same lock under both names: at no moment can another run take the folder for free.
        _link(folder / CACHE_FOLDER / LOCK_NAME, cache / LOCK_NAME)
        build(fresh, owners)
        kept = _carry_over(folder, fresh, survey_folder(folder, owners))
        describe(fresh, kept)
        _copy_attributes(folder, fresh)
        _flush_tree(fresh)
        try:
            exchange_folders(folder, fresh)
        except OSError as error:  # such as another user's folder in a shared place
            raise _CannotExchangeError(str(error)) from None
    except BaseException:
        if not _is_swapped(folder, mark):
            _remove_tree(fresh)
            raise
        _finish_exchange(folder, fresh, mark)
        raise
    return (*kept, *_finish_exchange(folder, fresh, mark))


def _carry_over(folder: Path, fresh: Path, survey: Survey) -> tuple[str, ...]:
    """Give the new tree every file of a person; where a frame has its name, it makes way."""
    if survey.opaque:
        raise _CannotExchangeError(f"{survey.opaque[0]} cannot be moved")
    for place in survey.empty:
        with contextlib.suppress(FileExistsError, NotADirectoryError):
            (fresh / place).mkdir(parents=True)
    kept = []
    for place in (*survey.edited, *survey.theirs):
        stands_in = place in survey.edited
        chosen = find_place(place, [fresh], stands_in=stands_in)
        _make_parents(folder, fresh, chosen)
        if stands_in:
            (fresh / chosen).unlink(missing_ok=True)
        try:
            _link(folder / place, fresh / chosen)
        except FileNotFoundError:
            continue  # deleted by a person while we worked
        kept.append(chosen)
    return tuple(kept)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileNotFoundError:
        raise
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise _CannotExchangeError(f"{source} cannot be hard-linked ({error})") from None


def _make_parents(folder: Path, fresh: Path, place: str) -> None:
    """Make the folders above a carried file, with the permissions that the person gave them."""
    parents = place.split("/")[:-1]
    for depth in range(1, len(parents) + 1):
        below = "/".join(parents[:depth])
        with contextlib.suppress(FileExistsError):
            (fresh / below).mkdir()
            with contextlib.suppress(OSError):
                shutil.copymode(folder / below, fresh / below)


def _finish_exchange(folder: Path, aside: Path, mark: str) -> tuple[str, ...]:
    """After the exchange: give the new folder its cache, then sweep the old one.

    The result is complete and in place, so that nothing here may fail the run: what does not work
    now is tried again by the next one.
    """
    try:
        old = _name_sibling(folder, "old", mark)
        if aside != old:
            aside.rename(old)
        if _is_swapped(folder, mark):
            exchange_folders(folder / CACHE_FOLDER, old / CACHE_FOLDER)
        flush_folder(folder.parent)
        return _sweep(folder, old)
    except OSError as error:
        logger.warning("the replaced result could not be removed, the next run will: %s", error)
        return ()


def _sweep(folder: Path, old: Path) -> tuple[str, ...]:
    """Remove a replaced tree: our own files, and second names of what the new tree holds.

    Anything else was added after the new tree was completed, and is moved there.
    """
    survey = survey_folder(old, load_owners(old, cache=folder / CACHE_FOLDER))
    foreign = (*survey.edited, *survey.theirs)
    present = _list_inodes(folder) if foreign else set()
    current = load_owners(folder)
    rescued = []
    for place in foreign:
        status = os.lstat(old / place)
        if (status.st_dev, status.st_ino) in present:
            (old / place).unlink()
            continue
        # What was saved anew meanwhile (by renaming) replaces what was carried over.
        chosen = find_place(place, [folder], stands_in=place not in current.stamps)
        _make_parents(old, folder, chosen)
        (old / place).replace(folder / chosen)
        rescued.append(chosen)
    for place in survey.ours:
        (old / place).unlink(missing_ok=True)
    _remove_tree(old / CACHE_FOLDER)
    for parent, _, _ in os.walk(old, topdown=False):
        os.rmdir(parent)  # noqa: PTH106 - refuses a folder that still holds something
    return tuple(rescued)


def _list_inodes(folder: Path) -> set[tuple[int, int]]:
    found = set()
    for parent, folders, names in os.walk(folder):
        for name in (*names, *folders):
            status = os.lstat(os.path.join(parent, name))
            found.add((status.st_dev, status.st_ino))
    return found


def _replace_by_journal(
    folder: Path, within: Path, build: Build, describe: Describe
) -> tuple[str, ...]:
    owners = load_owners(folder)
    try:
        within.mkdir()
        build(within, owners)
        survey = survey_folder(folder, owners)
        kept = commit_journal(folder, within, survey, describe)
    except BaseException:
        if not finish_journal(folder):
            _remove_tree(within)
        raise
    finish_journal(folder)
    return kept


def _is_swapped(folder: Path, mark: str) -> bool:
    """Whether `folder` is the tree that was staged under `mark` and still lacks its cache."""
    try:
        staged = folder / CACHE_FOLDER / STAGED_NAME
        return staged.read_text(encoding="ascii") == mark
    except (OSError, ValueError):
        return False


def _name_sibling(folder: Path, kind: str, mark: str) -> Path:
    stem = shorten_name(f".{folder.name}", "", LONGEST_NAME_KEPT)
    return folder.parent / f"{stem}.clusterkit-{kind}-{mark}"


def _copy_attributes(folder: Path, fresh: Path) -> None:
    with contextlib.suppress(OSError):
        status = folder.stat()
        os.chown(fresh, status.st_uid, status.st_gid)
    with contextlib.suppress(OSError):
        shutil.copystat(folder, fresh)
    os.utime(fresh)


def _flush_tree(folder: Path) -> None:
    for parent, _, _ in os.walk(folder):
        flush_folder(Path(parent))


def _remove_tree(folder: Path) -> None:
    """Remove a folder that only we wrote; links in it are removed, never followed."""
    if folder.is_symlink():
        return
    shutil.rmtree(folder, ignore_errors=True)
