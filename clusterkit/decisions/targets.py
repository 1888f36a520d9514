"""What a person typed → a character, or frames."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from clusterkit.decisions.characters import Characters, apply_decisions, find_computed
from clusterkit.decisions.identities import fold_name
from clusterkit.decisions.log import DecisionLog
from clusterkit.errors import InputError
from clusterkit.folders.naming import make_clash_key
from clusterkit.result_files import FILE_COLUMN

LISTED_NAMES = 5

Reference = str | int
"""A character: its number, its name, or the name of its folder."""


@dataclass(frozen=True)
class Scene:
    """A result as it is when something is decided about it.

    Attributes
    ----------
    table : DataFrame
        The assignments, with the column file.
    digests : tuple of str or None
        Aligned with the table.
    log : DecisionLog
    input_dir, output_dir : Path
    """

    table: pd.DataFrame
    digests: tuple[str | None, ...]
    log: DecisionLog
    input_dir: Path
    output_dir: Path

    @cached_property
    def characters(self) -> Characters:
        """The characters by the log, which may be newer than the folders."""
        return apply_decisions(find_computed(self.table), self.digests, self.log.decisions)

    def find_name(self, number: int) -> str | None:
        """The name that people gave to a character, or None."""
        characters = self.characters
        return characters.names[number] if number in characters.named else None

    def list_members(self, number: int) -> list[str]:
        """Digests of a character's frames."""
        rows = np.flatnonzero(self.characters.labels == number)
        return sorted({digest for digest in (self.digests[row] for row in rows) if digest})

    def find_character(self, reference: Reference) -> int:
        """Find a character by its name, its folder or its number; a name goes first.

        Raises
        ------
        InputError
            There is none, or several of that name.
        """
        names = self.characters.names
        text = str(reference)
        if isinstance(reference, str):
            wanted = fold_name(text)
            tries = (
                {n for n, name in names.items() if fold_name(name) == wanted},
                {n for n, name in names.items() if self._folders.get(name) == text.rstrip("/")},
                {n for n, name in names.items() if make_clash_key(name) == make_clash_key(text)},
            )
            for found in tries:
                if len(found) == 1:
                    return found.pop()
                if found:
                    several = ", ".join(repr(names[n]) for n in sorted(found))
                    raise InputError(f"{text!r} may be {several}: write it in full")
        if text.isdecimal() and int(text) in names:
            return int(text)
        known = [names[number] for number in sorted(names)]
        more = ", …" if len(known) > LISTED_NAMES else ""
        listed = ", ".join(map(repr, known[:LISTED_NAMES])) + more
        raise InputError(f"no character {text!r}; there are {listed or 'none'}")

    def find_frames(self, references: Iterable[str | os.PathLike[str]]) -> list[str]:
        """Find the digests of frames.

        A frame is given by its path in the input or the result, by its file name if there is only
        one of that name, or by its digest.

        Raises
        ------
        InputError
            A frame is not found, could be several, or could not be read.
        """
        texts = {os.fspath(reference) for reference in references}
        if texts <= self._known:  # as a page gives them: no table of names is needed
            return sorted(texts)
        return sorted({self._find_frame(text) for text in texts})

    def _find_frame(self, text: str) -> str:
        rows: set[int] = set()
        for index in self._indexes:
            for key in self._spell(text):
                rows |= index.get(key, set())
            if rows:
                break
        found = {self.digests[row] for row in rows}
        if not found:
            raise InputError(f"no frame {text!r} in this result")
        if len(found) > 1:
            raise InputError(f"{text!r} may be {len(rows)} frames: give more of its path")
        digest = found.pop()
        if not digest:
            raise InputError(f"the frame {text!r} could not be read, nothing can be decided on it")
        return digest

    def _spell(self, text: str) -> list[str]:
        """The ways in which a path may stand in the table."""
        spelled = [text]
        for base in (self.output_dir, self.input_dir):
            # Not resolved as a whole: a frame in the result is a link to the input.
            place = Path(text).parent.resolve() / Path(text).name
            relative = os.path.relpath(place, base.resolve())
            if not relative.startswith(".."):
                spelled.append(Path(relative).as_posix())
        return spelled

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(digest for digest in self.digests if digest)

    @cached_property
    def _indexes(self) -> tuple[dict[str, set[int]], ...]:
        paths, files, names, digests = {}, {}, {}, {}  # type: ignore[var-annotated]
        places = self.table[FILE_COLUMN] if FILE_COLUMN in self.table else self.table["path"]
        for row, (path, place, digest) in enumerate(
            zip(self.table["path"], places, self.digests, strict=True)
        ):
            paths.setdefault(path, set()).add(row)
            names.setdefault(path.rpartition("/")[2], set()).add(row)
            if isinstance(place, str):
                files.setdefault(place, set()).add(row)
                names.setdefault(place.rpartition("/")[2], set()).add(row)
            if digest:
                digests.setdefault(digest, set()).add(row)
        return paths, files, names, digests

    @cached_property
    def _folders(self) -> dict[str, str]:
        if FILE_COLUMN not in self.table:
            return {}
        placed = self.table[self.table[FILE_COLUMN].notna() & self.table["character"].notna()]
        pairs = zip(placed["character"], placed[FILE_COLUMN], strict=True)
        return {character: place.partition("/")[0] for character, place in pairs}
