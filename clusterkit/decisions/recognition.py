"""New episodes: new frames that are close enough to a known character get its name.

The clustering of the grown folder comes first: a frame in a cluster that a named character owns is
that character (`characters`, rule 3). For the other frames that no decision mentions, noise and
clusters that nobody knows, the rule is: a frame is *recognised* if it fits a named character at
least as well as `RECOGNISED_FIT`, and `CLEARLY` better than any other. A cluster that nobody knows
is recognised as a whole, by the mean fit of its frames: so are new looks. Whatever is left but fits
well enough to be asked about (`questions.LEAST_FIT`) is to confirm; clusters that are neither are
perhaps new characters. Who a person said a frame is not, it is never recognised as.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from clusterkit.clustering import Clustering, rank_labels
from clusterkit.decisions.characters import Characters, join_identities
from clusterkit.decisions.identities import resolve_identities
from clusterkit.decisions.kinds import Decision
from clusterkit.decisions.questions import LEAST_FIT
from clusterkit.decisions.resemblance import Resemblance

RECOGNISED_FIT = 0.6
"""Fit from which a frame is recognised: `benchmarks/new_episodes.py` measures what it does."""

CLEARLY = 1.3
"""How much better the best fit must be than the second."""


@dataclass(frozen=True)
class Recognition:
    """What became of new frames.

    Attributes
    ----------
    clustering : Clustering
        With the recognised frames in the clusters of their characters.
    n_recognised : int
        New frames that are in a named character.
    n_to_confirm : int
        New frames that resemble a named character, not closely enough.
    n_new_characters : int
        Clusters of new frames that resemble nobody known.
    """

    clustering: Clustering
    n_recognised: int = 0
    n_to_confirm: int = 0
    n_new_characters: int = 0

    def describe(self) -> str:
        """Say it in a line; nothing where no frame is new."""
        parts = [f"{self.n_recognised:,} recognised"]
        if self.n_to_confirm:
            parts.append(f"{self.n_to_confirm:,} to confirm")
        if self.n_new_characters:
            plural = "" if self.n_new_characters == 1 else "s"
            parts.append(f"{self.n_new_characters:,} new character{plural}?")
        return ", ".join(parts)


def recognise_frames(
    clustering: Clustering,
    digests: Sequence[str | None],
    decisions: Sequence[Decision],
    resemblance: Resemblance,
    is_added: np.ndarray,
) -> Recognition:
    """Recognise named characters in the frames that no decision mentions.

    Parameters
    ----------
    clustering : Clustering
        Of all frames, before any decision.
    digests : sequence of str or None
        Of each frame.
    decisions : sequence of Decision
    resemblance : Resemblance
    is_added : ndarray, shape (n,), bool
        Frames that were not there before. They are counted; the rule does not know them, so that
        the same frames and decisions give the same characters.
    """
    identities = resolve_identities(decisions)
    characters = join_identities(clustering, digests, identities)
    labels = characters.labels
    usable = clustering.selected & ~characters.rejected & resemblance.usable
    known = np.array([digest in identities.owner for digest in digests], dtype=bool) & usable
    # A character without a cluster of its own has no place where a frame could join it.
    numbers = [number for number in sorted(characters.named) if number < clustering.n_clusters]
    members = {n: rows for n in numbers if len(rows := np.flatnonzero(known & (labels == n)))}
    is_named = np.isin(labels, sorted(characters.named))
    rows = np.flatnonzero(usable & ~known & ~is_named)
    joined, certainty = clustering.labels.copy(), clustering.probabilities.copy()
    n_to_confirm = n_new_characters = 0
    if members and len(rows):
        fits = _find_fits(rows, members, resemblance, characters)
        for group in _group(rows, labels):
            place, fit, is_clear = _choose(fits[:, group].mean(axis=1))
            if fit >= RECOGNISED_FIT and is_clear:
                joined[rows[group]] = list(members)[place]
                certainty[rows[group]] = np.minimum(1, fits[place, group])
            elif fit >= LEAST_FIT:
                n_to_confirm += int(is_added[rows[group]].sum())
            else:
                number = labels[rows[group[0]]]
                n_new_characters += number >= 0 and is_added[labels == number].all()
    recognised = is_added & (is_named | (joined != clustering.labels))
    return Recognition(
        replace(clustering, labels=rank_labels(joined), probabilities=certainty),
        int(recognised.sum()), n_to_confirm, int(n_new_characters),
    )  # fmt: skip


def _find_fits(
    rows: np.ndarray,
    members: dict[int, np.ndarray],
    resemblance: Resemblance,
    characters: Characters,
) -> np.ndarray:
    """How well each frame fits each character, shape (n_characters, n_rows); 0 where refused."""
    yardstick = resemblance.find_yardstick(members.values())
    fits = np.array([resemblance.find_fit(rows, some, yardstick) for some in members.values()])
    place_of = {number: place for place, number in enumerate(members)}
    for column, row in enumerate(rows.tolist()):
        for number in characters.refused.get(row, ()):
            if number in place_of:
                fits[place_of[number], column] = 0
    for pair in characters.apart:
        for number, other in (pair, pair[::-1]):
            if number in place_of:
                fits[place_of[number], characters.labels[rows] == other] = 0
    return fits


def _choose(fits: np.ndarray) -> tuple[int, float, bool]:
    """The best of some fits, its height, and whether it is clear of the second."""
    order = np.argsort(-fits, kind="stable")
    second = fits[order[1]] if len(order) > 1 else 0.0
    return int(order[0]), float(fits[order[0]]), bool(fits[order[0]] >= CLEARLY * second)


def _group(rows: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Places in `rows`: each frame of noise alone, the frames of a cluster together."""
    own = labels[rows]
    alone = [np.array([place]) for place in np.flatnonzero(own < 0)]
    return [*alone, *(np.flatnonzero(own == number) for number in np.unique(own[own >= 0]))]
