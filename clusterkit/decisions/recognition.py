"""New episodes: new frames that are close enough to a known character get its name.

The clustering of the grown folder comes first, then every frame that no decision mentions is held
against the frames that are known of each named character (`resemblance`: 1 is as near as a
character's own frames are to each other). A wrong name is worse than none, so:

- A frame in a cluster that a named character owns (`characters`, rule 3) gets its name if it fits
  at least `LEAST_FIT`, and `CLEARLY` better than any other named character. The frames of one scene
  in one cluster are judged together, by their mean: a turned head is vouched for by the frames
  beside it, a passer-by by nobody. What fails is noise: HDBSCAN's clusters gather passers-by.
- Frames of noise and clusters that nobody knows are *recognised* if they fit a named character at
  least `RECOGNISED_FIT`, and as clearly; a cluster as a whole, by its mean: so are new looks.

Whatever is left but fits well enough to be asked about (`questions.LEAST_FIT`) is to confirm;
clusters that are neither are perhaps new characters. A frame of which a person said who it is not
is mentioned by that decision, so it is never recognised as anybody.
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

CLEARLY = 1.5
"""How much better the best fit must be than the second. It and `LEAST_FIT` were chosen on two sets,
of sprites and of flat avatars; benchmarks/RESULTS.md has them and the others."""


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
    doubted = _find_doubted(np.flatnonzero(usable & ~known & is_named), members, resemblance,
                            characters)  # fmt: skip
    joined[list(doubted)], certainty[list(doubted)] = -1, 0
    n_to_confirm += sum(is_added[row] and fit >= LEAST_FIT for row, fit in doubted.items())
    is_found = joined != clustering.labels
    recognised = is_added & np.where(is_named, ~is_found, is_found)
    return Recognition(
        replace(clustering, labels=rank_labels(joined), probabilities=certainty),
        int(recognised.sum()), n_to_confirm, int(n_new_characters),
    )  # fmt: skip


def _find_doubted(
    rows: np.ndarray,
    members: dict[int, np.ndarray],
    resemblance: Resemblance,
    characters: Characters,
) -> dict[int, float]:
    """Frames of named characters that do not clearly fit them, and how well each one does."""
    rows = rows[np.isin(characters.labels[rows], list(members))]
    if not len(rows):
        return {}
    fits = _find_fits(rows, members, resemblance, characters)
    own = np.searchsorted(list(members), characters.labels[rows])
    scenes = resemblance.scenes[rows]
    alone = np.where(scenes < 0, np.arange(len(rows)), -1)
    keys = np.column_stack([own, scenes, alone])
    doubted: dict[int, float] = {}
    together = np.unique(keys, axis=0, return_inverse=True)[1].ravel()
    for number in range(int(together.max()) + 1):
        group = np.flatnonzero(together == number)
        vouched = fits[own[group], group].mean() >= LEAST_FIT
        for place in group:
            others = np.delete(fits[:, place], own[place])
            fit = float(fits[own[place], place])
            if not vouched or fit < CLEARLY * others.max(initial=0):
                doubted[int(rows[place])] = fit
    return doubted


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
