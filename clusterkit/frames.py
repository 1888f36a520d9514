"""Find the frames under a folder and read what their names say."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from clusterkit.errors import InputError
from clusterkit.images import EXTENSIONS

logger = logging.getLogger(__name__)

FRAME_COLUMNS = ("path", "file", "episode", "scene", "frame", "seconds", "layer")

# Tags may stand in any order or be missing: scene0001_frame000012_t48.50s_character
_SCENE = re.compile(r"(?:^|_)scene(\d+)(?=_|$)", re.IGNORECASE)
_FRAME = re.compile(r"(?:^|_)frame(\d+)(?=_|$)", re.IGNORECASE)
_SECONDS = re.compile(r"(?:^|_)t(\d+(?:\.\d+)?)s(?=_|$)", re.IGNORECASE)
_LAYER = re.compile(r"(?:^|_)t\d+(?:\.\d+)?s_(.+)$", re.IGNORECASE)
_EPISODE = re.compile(r"^(?:episode|ep)[ _-]?\d+", re.IGNORECASE)
_DIGITS = re.compile(r"(\d+)")

LAYER_FOLDER = "character"
"""The folder of an episode that holds the cut-outs; its siblings (background, …) are no frames."""


def find_frames(input_dir: str | os.PathLike[str], *, exclude: Path | None = None) -> pd.DataFrame:
    """List every image under a folder, in natural order, with what its name tells.

    The folder may be a show (`episode_*/character/…`), one episode, a `character` folder, a flat
    folder of images, or anything deeper. Where an episode has a `character` folder, only that one
    is read: the layers beside it (background, …) are not cut-outs. Symbolic links are followed,
    each real folder once. Hidden files and folders are passed over.

    Parameters
    ----------
    input_dir : path
    exclude : Path, optional
        A folder that is never entered (a result folder that lies in the way).

    Returns
    -------
    DataFrame
        One row a frame, in natural order of `path`; the row order that every later table keeps.
        path (str, relative, `/` between parts), file (str, where to open it), episode (str), scene
        (Int64), frame (Int64), seconds (Float64), layer (str); missing where the name does not say.

    Raises
    ------
    InputError
        The folder is missing, is not a folder, cannot be read, or holds no image.
    """
    root = Path(input_dir)
    if not root.exists():
        raise InputError(f"input folder not found: {root}")
    if not root.is_dir():
        raise InputError(f"input is a file, not a folder: {root}")
    if not os.access(root, os.R_OK | os.X_OK):
        raise InputError(f"input folder cannot be read (permission denied): {root}")
    paths = sorted(_walk_images(root, exclude), key=make_natural_key)
    if not paths:
        kinds = " ".join(sorted(extension.lstrip(".") for extension in EXTENSIONS))
        raise InputError(f"no images under {root} (looked for {kinds}, in every folder below)")
    rows = [(path, str(root / path), *parse_name(path)) for path in paths]
    # Plain Python strings: a name of undecodable bytes would break the typed string columns.
    table = pd.DataFrame(rows, columns=list(FRAME_COLUMNS), dtype=object)
    if table["episode"].isna().all():
        table["episode"] = _name_of_own_episode(root)
    return table.astype({"scene": "Int64", "frame": "Int64", "seconds": "Float64"})


def _walk_images(root: Path, exclude: Path | None) -> Iterator[str]:
    """Yield relative paths of images, every real folder entered once."""
    banned = exclude.resolve() if exclude is not None else None
    entered: set[tuple[int, int]] = set()
    waiting = [("", root)]
    while waiting:
        prefix, folder = waiting.pop()
        try:
            identity = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            logger.warning("passed over %s: %s", folder, error.strerror)
            continue
        key = (identity.st_dev, identity.st_ino)
        if key in entered or (banned is not None and folder.resolve() == banned):
            continue
        entered.add(key)
        folders = [e for e in entries if not e.name.startswith(".") and e.is_dir()]
        layer = [e for e in folders if e.name == LAYER_FOLDER]
        for entry in reversed(layer or folders):
            waiting.append((f"{prefix}{entry.name}/", folder / entry.name))
        for entry in entries:
            if entry.name.startswith(".") or Path(entry.name).suffix.lower() not in EXTENSIONS:
                continue
            # A dangling link is a frame that cannot be read; a pipe or a socket is no frame at all.
            if entry.is_file() or (entry.is_symlink() and not entry.is_dir()):
                yield prefix + entry.name


def make_natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A sort key under which frame2 stands before frame10."""
    return tuple(
        (0, int(part), part) if part.isdecimal() else (1, 0, part)
        for part in _DIGITS.split(text)
        if part
    )


def parse_name(path: str) -> tuple[str | None, int | None, int | None, float | None, str | None]:
    """Read (episode, scene, frame, seconds, layer) from a frame's relative path.

    >>> parse_name("episode_001/character/scene0001_frame000012_t48.50s_character.png")
    ('episode_001', 1, 12, 48.5, 'character')
    >>> parse_name("portrait.png")
    (None, None, None, None, None)
    """
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0]
    scene, frame, seconds = _SCENE.search(stem), _FRAME.search(stem), _SECONDS.search(stem)
    layer = _LAYER.search(stem)
    layer_name = layer.group(1) if layer else (LAYER_FOLDER if LAYER_FOLDER in folders else None)
    return (
        _find_episode(folders),
        int(scene.group(1)) if scene else None,
        int(frame.group(1)) if frame else None,
        float(seconds.group(1)) if seconds else None,
        layer_name,
    )


def _find_episode(folders: list[str]) -> str | None:
    """The episode's folder, with the folders above it: two shows may both have an episode_001."""
    for depth, folder in enumerate(folders):
        if _EPISODE.match(folder):
            return "/".join(folders[: depth + 1])
    named = [folder for folder in folders if folder != LAYER_FOLDER]
    return "/".join(named) or None


def _name_of_own_episode(root: Path) -> str | None:
    """The episode that `root` itself is, when one episode's folder was given."""
    for folder in (root.absolute(), root.absolute().parent):
        if _EPISODE.match(folder.name):
            return folder.name
    return None
