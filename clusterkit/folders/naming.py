"""Names of frames and folders in a result: safe, unique everywhere, and the same on every run.

A frame's name is its folders and its file name (`episode_001__scene0001_….png`), so it depends on
that frame alone: adding an episode later renames nothing. Prefixing only the names that clash would
read shorter, and would rename yesterday's frames, and orphan their captions, the day they clash.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Sequence

from clusterkit.frames import LAYER_FOLDER

MAX_NAME_BYTES = 255
"""Longest file name that Linux and macOS file systems take, in bytes."""

MAX_EXTENSION_BYTES = 16
"""A longer 'extension' is the end of a sentence with a full stop in it."""

FOLDER_SEPARATOR = "__"

# What hides a folder, or is dropped by Windows; what Windows refuses, and control characters.
_LOOSE_ENDS = re.compile(r"^[\s.]+|[\s.]+$")
_UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u2028\u2029]|[\ud800-\udfff]')
# Marks that turn the order of letters around, so that a name would not be what it looks like.
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
# Windows takes these for devices, in any case and with any extension, in every folder.
_DEVICE = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])(?=\s*(\.|$))",
    re.IGNORECASE,
)


def plan_names(paths: Sequence[str], episodes: Sequence[str | None]) -> list[str]:
    """Give every frame a file name of its own in the result.

    Two names differ in more than case, Unicode normal form or extension: the folders may be copied
    to Windows or macOS, and a caption `name.txt` belongs to one image. A name that is taken or
    longer than 255 bytes ends in a hash of the frame's path.

    Parameters
    ----------
    paths : sequence of str
        Relative to the input, `/` between parts.
    episodes : sequence of str or None
        Prefix of the frames whose path has no folder to tell it.

    Returns
    -------
    list of str
        One an entry, in order.

    Examples
    --------
    >>> plan_names(["episode_001/character/a.png", "episode_002/character/a.png"], [None, None])
    ['episode_001__a.png', 'episode_002__a.png']
    >>> plan_names(["a.png", "b.png"], [None, None])
    ['a.png', 'b.png']
    """
    names = [""] * len(paths)
    taken: set[str] = set()
    clashing: list[tuple[int, str, str]] = []
    # By path, not by row: who keeps the plain name must not depend on the order of the rows.
    for row in sorted(range(len(paths)), key=paths.__getitem__):
        wanted = _join_folders(paths[row], episodes[row])
        stem, extension = _split_extension(wanted)
        key = make_clash_key(stem)
        if key in taken or _count_bytes(wanted) > MAX_NAME_BYTES:
            clashing.append((row, stem, extension))
        else:
            taken.add(key)
            names[row] = wanted
    for row, stem, extension in clashing:
        names[row] = _claim_hashed(stem, extension, paths[row], taken)
    return names


def plan_folder_names(characters: Iterable[str], reserved: Iterable[str] = ()) -> dict[str, str]:
    """Give every character a folder name that any file system takes.

    Parameters
    ----------
    characters : iterable of str
        Names, perhaps typed by people; repeats count once.
    reserved : iterable of str
        Names that no character may have.

    Returns
    -------
    dict
        From character to folder name; different characters have different folders.

    Examples
    --------
    >>> plan_folder_names(["character_000", "Mai / 舞"])
    {'Mai / 舞': 'Mai _ 舞', 'character_000': 'character_000'}
    """
    taken = {make_clash_key(name) for name in reserved}
    folders: dict[str, str] = {}
    # Names that need no change claim first, so that a cleaned one cannot take theirs.
    cleaned = {name: _clean_folder(name) for name in sorted(set(characters))}
    for name in sorted(cleaned, key=lambda name: cleaned[name] != name):
        folder = cleaned[name]
        if make_clash_key(folder) in taken or _count_bytes(folder) > MAX_NAME_BYTES:
            folders[name] = _claim_hashed(folder, "", name, taken)
        else:
            taken.add(make_clash_key(folder))
            folders[name] = folder
    return {name: folders[name] for name in cleaned}


def make_clash_key(name: str) -> str:
    """Make what two names share when some file system takes them for one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def shorten_name(stem: str, ending: str, limit: int = MAX_NAME_BYTES) -> str:
    """Join `stem` and `ending`, the stem cut between characters so that the bytes stay in `limit`.

    >>> shorten_name("舞舞舞", ".png", limit=10)
    '舞舞.png'
    """
    room = limit - _count_bytes(ending)
    while _count_bytes(stem) > room:
        stem = stem[:-1]
    return stem + ending


def _join_folders(path: str, episode: str | None) -> str:
    *folders, name = path.split("/")
    folders = [folder for folder in folders if folder != LAYER_FOLDER]
    if not folders and isinstance(episode, str):
        folders = episode.split("/")
    # A backslash is a letter here and a separator on Windows.
    return FOLDER_SEPARATOR.join([*folders, name]).replace("\\", "_")


def _claim_hashed(stem: str, extension: str, source: str, taken: set[str]) -> str:
    """Take the first free name made of a stem and a hash of where it came from."""
    for attempt in itertools.count():
        text = f"{source}\0{attempt}".encode("utf-8", "surrogatepass")
        mark = "~" + hashlib.blake2b(text, digest_size=4).hexdigest()
        name = shorten_name(stem, mark + extension)
        key = make_clash_key(name.removesuffix(extension))
        if key not in taken:
            taken.add(key)
            return name
    raise AssertionError("unreachable")


def _split_extension(name: str) -> tuple[str, str]:
    stem, extension = os.path.splitext(name)
    return (name, "") if _count_bytes(extension) > MAX_EXTENSION_BYTES else (stem, extension)


def _clean_folder(name: str) -> str:
    """No separators, nothing Windows refuses, not hidden, no spaces or dots that Windows drops."""
    plain = _TURNING.sub("", unicodedata.normalize("NFC", name))
    cleaned = _LOOSE_ENDS.sub("", _UNSAFE.sub("_", plain)) or "character"
    return _DEVICE.sub(r"\g<0>_", cleaned, count=1) if _DEVICE.match(cleaned) else cleaned


def _count_bytes(name: str) -> int:
    """Length on disk; undecodable bytes, which Python holds as lone surrogates, count as one."""
    return len(name.encode("utf-8", "surrogateescape"))
