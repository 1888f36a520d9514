"""Put frames into folders: as relative links, or as hard links or copies where links cannot be."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clusterkit.errors import InputError, OutputError
from clusterkit.folders.exchange import flush_file_system
from clusterkit.folders.ownership import Stamp

logger = logging.getLogger(__name__)

SYMLINK, HARDLINK, COPY = LINK_KINDS = ("symlink", "hardlink", "copy")
"""From the one that takes no space and tells where a frame is from to the one always possible."""

_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Placement:
    """What was put where.

    Attributes
    ----------
    kinds : dict
        How many frames were placed as 'symlink', 'hardlink' and 'copy'.
    stamps : dict
        From place to size and time of a file; None for a symbolic link.
    """

    kinds: dict[str, int]
    stamps: dict[str, Stamp | None]

    def find_main_kind(self, copy: bool) -> str:
        """How most frames were placed; what was asked for, where there are none."""
        return max(self.kinds, key=self.kinds.__getitem__, default=COPY if copy else SYMLINK)

    def describe_fallback(self, copy: bool) -> tuple[str, ...]:
        """Say it where links were asked for and could not be had."""
        words = {HARDLINK: "hard links", COPY: "copies"}
        others = [] if copy else [kind for kind in words if self.kinds.get(kind)]
        if not others:
            return ()
        parts = [f"{self.kinds[kind]:,} frames are {words[kind]}" for kind in others]
        return (f"this file system has no symbolic links: {', '.join(parts)}",)


def place_frames(
    stage: Path,
    folder: Path,
    sources: Sequence[str],
    places: Sequence[str],
    *,
    copy: bool,
    earlier: Iterable[str] = (),
) -> Placement:
    """Put every source at its place below `stage`, which is about to become `folder`.

    Parameters
    ----------
    stage : path
        Exists; where files are written now.
    folder : path
        Resolved; where they will be, which is what relative links are relative to.
    sources : sequence of str
    places : sequence of str
        Relative, `/` between parts, as many as sources.
    copy : bool
    earlier : iterable of str
        Places that frames have in `folder` now. What would be written again is taken from there, as
        a second name of the same file: a second run copies nothing twice, and needs no space.

    Raises
    ------
    InputError
        A source has disappeared.
    OutputError
        A source lies in `folder` itself.
    OSError
        Disk full, no permission.
    """
    kinds: Counter[str] = Counter()
    stamps: dict[str, Stamp | None] = {}
    resolve = _ParentResolver(folder)
    usable = [COPY] if copy else list(LINK_KINDS)
    # A frame has the same name in every result, whatever its folder.
    known = {place.rpartition("/")[2]: os.path.join(folder, place) for place in earlier}
    for parent in sorted({place.rpartition("/")[0] for place in places}):
        (stage / parent).mkdir(parents=True, exist_ok=True)
    for source, place in zip(sources, places, strict=True):
        real = resolve(source)
        target = os.path.join(stage, place)
        if not os.path.exists(real):  # noqa: PTH110 - 20,000 Path objects take longer than the links
            raise InputError(f"{source} has disappeared since it was measured; run again")
        parent, _, name = place.rpartition("/")
        link = _make_relative(real, os.path.join(folder, parent)) if SYMLINK in usable else ""
        kind = _reuse(known.get(name), real, link, target, usable[0])
        kind = kind or _place(real, link, target, usable)
        kinds[kind] += 1
        stamps[place] = None if kind == SYMLINK else _stamp(target)
    if kinds[COPY]:
        flush_file_system(stage)
    return Placement(dict(kinds), stamps)


class _ParentResolver:
    """Resolve the folder of a file, each folder once, and keep the file's own name.

    A frame that is a link itself stays one: a link to it follows when the person repoints it.
    """

    def __init__(self, forbidden: Path) -> None:
        self._known: dict[str, str] = {}
        self._forbidden = os.path.join(forbidden, "")

    def __call__(self, file: str) -> str:
        parent, name = os.path.split(file)
        if parent not in self._known:
            real = os.path.realpath(parent)
            if os.path.join(real, "").startswith(self._forbidden):
                raise OutputError(
                    f"{file} lies in the output folder {self._forbidden}; choose another one"
                )
            self._known[parent] = real
        return os.path.join(self._known[parent], name)


def _reuse(known: str | None, source: str, link: str, target: str, kind: str) -> str | None:
    """Give what an earlier run placed a second name, if it is what would be placed now."""
    if known is None:
        return None
    try:
        if kind == SYMLINK:
            same = os.readlink(known) == link  # noqa: PTH115
        else:
            there, status = os.lstat(known), os.stat(source)
            same = (
                kind == COPY
                and stat.S_ISREG(there.st_mode)
                and (there.st_size, there.st_mtime_ns) == (status.st_size, status.st_mtime_ns)
                and not os.path.samestat(there, status)
            )
        if same:
            os.link(known, target, follow_symlinks=False)
            return kind
    except (OSError, NotImplementedError):
        pass  # then it is placed anew
    return None


def _place(source: str, link: str, target: str, usable: list[str]) -> str:
    """Place one file in the first usable way; a way that the file system lacks is struck out."""
    if usable[0] == SYMLINK:
        try:
            os.symlink(link, target)  # noqa: PTH211
        except OSError as error:
            if error.errno in (*_FULL, errno.EEXIST, errno.ENAMETOOLONG, errno.ENOENT):
                raise
            logger.info("no symbolic links at %s: %s", target, error.strerror)
            usable.remove(SYMLINK)
        else:
            return SYMLINK
    if usable[0] == HARDLINK:
        try:
            # Of the file, not of a link to it: some systems would give the link a second name.
            os.link(os.path.realpath(source), target)
        except OSError as error:
            if error.errno in (*_FULL, errno.EEXIST, errno.ENAMETOOLONG):
                raise
            # Sources may lie on several file systems, so that the next one may work: no striking.
        else:
            return HARDLINK
    shutil.copyfile(source, target)
    with contextlib.suppress(OSError):
        status = os.stat(source)
        os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))
    return COPY


def _make_relative(source: str, folder: str) -> str:
    try:
        return os.path.relpath(source, folder)
    except ValueError:  # another drive
        return source


def _stamp(path: str) -> Stamp:
    status = os.lstat(path)
    return status.st_size, status.st_mtime_ns
