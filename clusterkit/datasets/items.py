"""What every layout shares: the images of an export, and what a trainer finds of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

IMAGES_OF_ALL = frozenset({".png", ".jpg", ".jpeg", ".webp"})
"""Endings that all three trainers take for images."""

MASKS = "masks"
"""Where masks are that are files of their own: outside every folder that a trainer walks."""


@dataclass(frozen=True)
class Item:
    """One image of an export.

    Attributes
    ----------
    stem : str
        File name without its ending; unique in the export, and new where the image is.
    extension : str
    caption, character, trigger, slug : str
        `slug` is the character's name in paths.
    is_regular : bool
        It belongs to the regularisation set.
    """

    stem: str
    extension: str
    caption: str
    character: str
    trigger: str
    slug: str
    is_regular: bool = False

    @property
    def name(self) -> str:
        """The file name."""
        return self.stem + self.extension


def place_mask(item: Item) -> str:
    """Where the mask of an image goes."""
    return f"{MASKS}/{item.slug}/{item.stem}.png"


@dataclass(frozen=True)
class Reading:
    """One image as a trainer finds it.

    Attributes
    ----------
    place : str
        Relative to the export, `/` between parts.
    caption : str or None
        What the trainer reads for it; None where the layout has no captions.
    repeats : int
    group : str
        The subset, data set or folder it is in.
    is_regular : bool
    """

    place: str
    caption: str | None
    repeats: int
    group: str
    is_regular: bool = False


@dataclass
class Readings:
    """All that a trainer finds, and what stopped it."""

    images: list[Reading] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def balance_repeats(counts: dict[str, int], repeats: int) -> dict[str, int]:
    """Repeats for each character so that images times repeats come out about the same.

    Parameters
    ----------
    counts : dict
        Images of each character.
    repeats : int
        Of the one with the most images.

    Examples
    --------
    >>> balance_repeats({"a": 30, "b": 12}, 10)
    {'a': 10, 'b': 25}
    """
    target = repeats * max(counts.values(), default=0)
    return {name: max(1, round(target / count)) for name, count in counts.items() if count}


def count_images(items: Iterable[Item]) -> dict[str, int]:
    """Images of each character, by slug, in order; the regularisation set is not counted."""
    counts: dict[str, int] = {}
    for item in items:
        if not item.is_regular:
            counts[item.slug] = counts.get(item.slug, 0) + 1
    return counts


def read_text(file: Path, place: str, problems: list[str]) -> str | None:
    """A text file as UTF-8; says what is wrong otherwise."""
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        problems.append(f"{place} is missing")
    except UnicodeDecodeError:
        problems.append(f"{place} is not UTF-8")
    except OSError as error:
        problems.append(f"{place} cannot be read: {error.strerror}")
    return None


def localise(path: Any, root: str, folder: Path) -> Path:
    """Where a path of a configuration is now: below `root` it will be, below `folder` it is."""
    return (
        folder / str(path)[len(root) :].lstrip("/\\") if str(path).startswith(root) else Path(path)
    )


def place_of(file: Path, folder: Path) -> str:
    """Relative name of a file, `/` between parts."""
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else str(file)
