"""One character laid open: its looks, its least certain frames, and noise that may be of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from clusterkit.decisions.characters import Characters
from clusterkit.decisions.questions import Question
from clusterkit.decisions.resemblance import Resemblance
from clusterkit.labelling.parts import choose_group_count, group_frames, lay_out
from clusterkit.labelling.state import (
    DOUBT_ENTRY,
    NOISE_ENTRY,
    REJECTED_ENTRY,
    Opened,
    Suggestion,
)

SHOWN_DOUBTFUL = 24


class Opener:
    """Lays characters open, and remembers the parts of the last one.

    Parameters
    ----------
    resemblance : Resemblance
    selected : ndarray, shape (n,), bool
        Frames that take part in the clustering.
    views : sequence of (str or None)
        Front, side or back of each frame.
    """

    def __init__(
        self, resemblance: Resemblance, selected: np.ndarray, views: Sequence[str | None]
    ) -> None:
        self._resemblance, self._selected, self._views = resemblance, selected, views
        self._parts: tuple[tuple[bytes, int], np.ndarray, np.ndarray] | None = None

    def open(
        self,
        number: int,
        characters: Characters,
        questions: Sequence[Question],
        n_groups: int | None = None,
    ) -> Opened:
        """Lay a character open, or the noise, what was rejected, what is in doubt.

        Parameters
        ----------
        number : int
            Of the character, `NOISE_ENTRY`, `REJECTED_ENTRY` or `DOUBT_ENTRY`.
        characters : Characters
        questions : sequence of Question
            Open ones: what they ask of noise is suggested.
        n_groups : int, optional
            Looks to part the frames into.
        """
        if number == DOUBT_ENTRY:
            opened = gather_doubts(questions)
        else:
            opened = self._part(number, characters, questions, n_groups)
        return replace(opened, views=tuple(self._views[row] for row in opened.rows))

    def _part(
        self,
        number: int,
        characters: Characters,
        questions: Sequence[Question],
        n_groups: int | None,
    ) -> Opened:
        rows, name = self._list(number, characters)
        # What was thrown out is nobody: it has no looks.
        count = 1 if number == REJECTED_ENTRY else n_groups or choose_group_count(len(rows))
        groups, points = self._lay_out(rows, count)
        is_open = np.ones(len(rows), bool) if number < 0 else ~characters.bound[rows]
        doubtful: tuple[int, ...] = ()
        if number >= 0 and len(rows) > 1:
            order = np.argsort(-self._resemblance.measure(rows, rows), kind="stable")
            doubtful = tuple(rows[order][is_open[order]][:SHOWN_DOUBTFUL].tolist())
        return Opened(
            number, name, tuple(rows.tolist()),
            tuple(tuple(rows[groups == at].tolist()) for at in range(groups.max(initial=-1) + 1)),
            doubtful, points, suggest(number, questions), int(is_open.sum()),
        )  # fmt: skip

    def _list(self, number: int, characters: Characters) -> tuple[np.ndarray, str]:
        if number == REJECTED_ENTRY:
            return np.flatnonzero(characters.rejected), "Rejected by hand"
        if number == NOISE_ENTRY:
            taking_part = self._selected & ~characters.rejected
            return np.flatnonzero(taking_part & (characters.labels < 0)), "Noise"
        return np.flatnonzero(characters.labels == number), characters.names[number]

    def _lay_out(self, rows: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        key = rows.tobytes(), count
        if self._parts is None or self._parts[0] != key:
            vectors = self._resemblance.rows[rows]
            self._parts = key, group_frames(vectors, count), lay_out(vectors)
        return self._parts[1:]


def gather_doubts(questions: Sequence[Question]) -> Opened:
    """Gather the frames that hardly fit their character, of all characters."""
    found: dict[int, list[int]] = {}
    for question in sorted(questions, key=lambda question: question.fit):
        if question.is_doubt:
            found.setdefault(question.source, []).extend(question.rows)
    owners = sorted(found, key=lambda number: (-len(found[number]), number))
    rows = tuple(row for number in owners for row in found[number])
    return Opened(
        DOUBT_ENTRY, "In doubt", rows, tuple(tuple(found[number]) for number in owners), (),
        np.zeros((0, 2), np.float32), (), len(rows), tuple(owners),
    )  # fmt: skip


def suggest(number: int, questions: Sequence[Question]) -> tuple[Suggestion, ...]:
    """Gather what is asked of noise by the character that it may be, the best fits first.

    Parameters
    ----------
    number : int
        The character; `NOISE_ENTRY` for all of them, the one with the most frames first.
    questions : sequence of Question
    """
    found: dict[int, list[int]] = {}
    for question in sorted(questions, key=lambda question: -question.fit):
        if question.source == NOISE_ENTRY and number in (NOISE_ENTRY, question.target):
            found.setdefault(question.target, []).extend(question.rows)
    offers = [Suggestion(target, tuple(rows)) for target, rows in found.items()]
    return tuple(sorted(offers, key=lambda offer: (-len(offer.rows), offer.number)))
