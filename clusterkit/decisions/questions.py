"""'Same character?': the questions whose answers would settle most, best first.

Three kinds: whether two characters are one; whether frames of noise, or of a character, are another
one that they fit better; and whether frames that hardly fit their own character belong to it.
Frames of which the same is asked are asked about together: one answer settles all of them.

A question is worth the frames that an answer settles, times how open it is. What was answered is
never asked again: characters that are not the same, strays with who they are not, and frames that a
person put where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from clusterkit.decisions.characters import Characters
from clusterkit.decisions.resemblance import Resemblance, thin_out

Fit = Callable[[np.ndarray, int], np.ndarray]
"""From frames and the number of a character to how well they fit it."""

LEAST_FIT = 0.45
"""Below this, frames are more than twice as far from a character as its own: nobody would ask."""

DOUBTFUL_FIT = 0.45
"""Below this, a frame is asked about in its own character."""

BETTER_FIT = 1.25
"""Frames of a character are asked about where they fit another one this much better."""

MOST_RIVALS = 6
"""Characters that each one is held against, the most alike: asking costs their product."""

MOST_ASKED = 12
"""Frames in one question: what a person takes in at a glance."""

_SAMPLE = 60


@dataclass(frozen=True)
class Question:
    """One question, and what an answer would do.

    Attributes
    ----------
    rows : tuple of int
        The frames that are asked about, the best fit first; of a whole character, a sample.
    source : int
        The character they are in; -1 is noise.
    target : int
        The character that they may be; their own, where they hardly fit it.
    is_whole : bool
        Whether all of `source` is asked about: a yes makes the two characters one.
    fit : float
        How well they fit: 1 is as well as the target's own frames.
    n_settled : int
        Frames that a yes would bring home.
    """

    rows: tuple[int, ...]
    source: int
    target: int
    is_whole: bool
    fit: float
    n_settled: int

    @property
    def is_doubt(self) -> bool:
        """Whether some frames of a character are asked about: they may not belong to it."""
        return self.source >= 0 and not self.is_whole

    @property
    def worth(self) -> float:
        """What an answer may settle: frames, by how likely they are to change hands."""
        likely = 1 - self.fit if self.source == self.target else min(1.0, self.fit)
        return self.n_settled * likely


def find_questions(characters: Characters, resemblance: Resemblance) -> list[Question]:
    """Find what is worth asking about characters as they are now, best first.

    Parameters
    ----------
    characters : Characters
    resemblance : Resemblance
        Over the same frames.
    """
    members, rivals, fit = _compare(characters, resemblance)
    pairs = list(_ask_about_pairs(members, rivals, characters, fit))
    asked = {(question.source, question.target) for question in pairs}
    noise = (characters.labels == -1) & ~characters.rejected & resemblance.usable
    found = [
        *pairs,
        *_ask_about_members(members, rivals, asked, characters, fit),
        *_ask_about_noise(np.flatnonzero(noise), members, characters, fit),
    ]
    return sorted(found, key=lambda question: -question.worth)


def find_pairs(characters: Characters, resemblance: Resemblance) -> list[Question]:
    """Find the questions about two whole characters only, best first; see `find_questions`."""
    members, rivals, fit = _compare(characters, resemblance)
    found = _ask_about_pairs(members, rivals, characters, fit)
    return sorted(found, key=lambda question: -question.worth)


def _compare(
    characters: Characters, resemblance: Resemblance
) -> tuple[dict[int, np.ndarray], dict[int, list[int]], Fit]:
    """The frames of each character, who comes closest to it, and how well frames fit it."""
    labels = np.where(characters.rejected | ~resemblance.usable, -2, characters.labels)
    members = {
        number: rows for number in sorted(characters.names)
        if len(rows := np.flatnonzero(labels == number))
    }  # fmt: skip
    yardstick = resemblance.find_yardstick(members.values())

    def fit(frames: np.ndarray, number: int) -> np.ndarray:
        return resemblance.find_fit(frames, members[number], yardstick)

    return members, _find_rivals(members, resemblance), fit


def _find_rivals(members: dict[int, np.ndarray], resemblance: Resemblance) -> dict[int, list[int]]:
    """The characters that come closest to each one, by the closest of a sample of their frames."""
    numbers = list(members)
    samples = [thin_out(members[number], _SAMPLE) for number in numbers]
    closeness = np.full((len(numbers), len(numbers)), -np.inf)
    for one in range(len(numbers)):
        for other in range(one):
            found = resemblance.find_closeness(samples[one], samples[other])
            closeness[one, other] = closeness[other, one] = found
    order = np.argsort(-closeness, axis=1, kind="stable")[:, : min(MOST_RIVALS, len(numbers) - 1)]
    return {number: [numbers[at] for at in order[place]] for place, number in enumerate(numbers)}


def _ask_about_pairs(
    members: dict[int, np.ndarray],
    rivals: dict[int, list[int]],
    characters: Characters,
    fit: Fit,
) -> Iterator[Question]:
    pairs = {(min(one, other), max(one, other)) for one in rivals for other in rivals[one]}
    for pair in sorted(pairs - characters.apart):
        # The smaller one is asked about; of two of one size, the later one.
        target, source = sorted(pair, key=lambda number: (-len(members[number]), number))
        own, others = (thin_out(members[number], _SAMPLE) for number in (source, target))
        there = fit(own, target)
        mutual = float(np.sqrt(there.mean() * fit(others, source).mean()))
        if mutual >= LEAST_FIT:
            best = own[np.argsort(-there, kind="stable")][:MOST_ASKED]
            yield Question(
                tuple(best.tolist()), source, target, True, mutual, len(members[source])
            )  # fmt: skip


def _ask_about_members(
    members: dict[int, np.ndarray],
    rivals: dict[int, list[int]],
    asked: set[tuple[int, int]],
    characters: Characters,
    fit: Fit,
) -> Iterator[Question]:
    for source, rows in members.items():
        loose = rows[~characters.bound[rows]]
        if not len(loose) or len(rows) < 2:
            continue
        here = fit(loose, source)
        # Two characters that may be one are asked about as a whole first.
        others = [n for n in rivals[source] if not {(source, n), (n, source)} & asked]
        there = np.array([np.zeros(len(loose)), *(fit(loose, number) for number in others)])
        best, height = there.argmax(axis=0), there.max(axis=0)
        elsewhere = (height >= LEAST_FIT) & (height >= BETTER_FIT * here)
        for place, target in enumerate(others, start=1):
            chosen = elsewhere & (best == place)
            yield from _bundle(loose[chosen], height[chosen], source, target)
        doubtful = (here < DOUBTFUL_FIT) & ~elsewhere
        yield from _bundle(loose[doubtful], here[doubtful], source, source)


def _ask_about_noise(
    noise: np.ndarray,
    members: dict[int, np.ndarray],
    characters: Characters,
    fit: Fit,
) -> Iterator[Question]:
    if not len(noise) or not members:
        return
    numbers = list(members)
    fits = np.array([fit(noise, number) for number in numbers])
    for place, row in enumerate(noise.tolist()):
        for number in characters.refused.get(row, ()):
            if number in members:
                fits[numbers.index(number), place] = 0
    best, height = fits.argmax(axis=0), fits.max(axis=0)
    for at, target in enumerate(numbers):
        chosen = (best == at) & (height >= LEAST_FIT)
        yield from _bundle(noise[chosen], height[chosen], -1, target)


def _bundle(rows: np.ndarray, fits: np.ndarray, source: int, target: int) -> Iterator[Question]:
    """Ask about frames together, the best fits first, so that most answers are one for all."""
    order = np.argsort(-fits, kind="stable")
    for begin in range(0, len(order), MOST_ASKED):
        some = order[begin : begin + MOST_ASKED]
        mean = float(fits[some].mean())
        yield Question(tuple(rows[some].tolist()), source, target, False, mean, len(some))
