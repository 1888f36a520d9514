"""The second stage: fragments of one character (front and back, two outfits) become one cluster.

Looks alone do not tell fragments of one character from two characters who look alike: among eighty
characters there are always some whose clusters are more alike than the fragments of another. What
tells them apart is the film: where a character is, both its fragments are, scene after scene, far
more often than chance puts two characters together. (Friends share scenes as well, so looks must
agree; and two frames of one moment are a veto.)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import hypergeom

from clusterkit.refining.evidence import Evidence
from clusterkit.refining.groups import compare_groups, find_typical, renumber, sum_groups
from clusterkit.refining.splitting import RIVALRY

LEAST_ALIKE = 0.4
"""`compare_groups`, in the embeddings as well as in what the scenes taught, of two fragments."""

LEAST_SHARED = 3
"""Scenes that both fragments are in, at least: two are soon met by chance."""

MOST_CHANCE = 0.01
"""Chance that any of all the pairs that look alike shares so many scenes, were every cluster spread
over the scenes independently (Bonferroni's bound): among eighty characters hundreds of pairs look
alike, and each is one more chance for two friends to be taken for one."""


@dataclass(frozen=True)
class Join:
    """Two clusters that became one.

    Attributes
    ----------
    sizes : tuple of int
        Frames of both, larger first.
    shared : int
        Scenes that both are in.
    alike : float
        As from `compare_groups`, by the most doubtful witness.
    row : int
        Any row of the joined cluster: its number changes, its rows do not.
    is_said : bool
        Whether a person said so.
    """

    sizes: tuple[int, int]
    shared: int
    alike: float
    row: int
    is_said: bool = False


def join_fragments(
    labels: np.ndarray, evidence: Evidence, *, by_scenes: bool = True
) -> tuple[np.ndarray, tuple[Join, ...]]:
    """Join clusters that look alike and share their scenes; and those that a person linked.

    The pair that is most alike is joined first, and all is compared again.

    Parameters
    ----------
    labels : ndarray, shape (n,), int
    evidence : Evidence
    by_scenes : bool
        Whether scenes join clusters; a person does in any case.

    Returns
    -------
    labels : ndarray, shape (n,), int32
    joins : tuple of Join
    """
    labels, joins = renumber(labels), []
    count = int(labels.max(initial=-1)) + 1
    constraints = evidence.constraints
    if count < 2 or (evidence.scenes.max(initial=-1) < 0 and not constraints.linked):
        return labels, ()
    groups = [sum_groups(rows, labels, count) for rows in evidence.witnesses]
    n_scenes = int(evidence.scenes.max(initial=-1)) + 1
    typical = [find_typical(each, ~np.eye(count, dtype=bool)) for each in groups]
    while count > 1:
        alike = np.minimum.reduce(
            [compare_groups(each, usual) for each, usual in zip(groups, typical, strict=True)]
        )
        shared, chance = count_shared_scenes(
            labels, evidence.scenes, n_scenes, alike >= LEAST_ALIKE
        )
        n_asked = np.count_nonzero(np.triu(alike >= LEAST_ALIKE, 1))
        likely = (alike >= LEAST_ALIKE) & (shared >= LEAST_SHARED)
        likely &= chance * n_asked <= MOST_CHANCE
        likely &= evidence.rivals.tally(labels, count) < RIVALRY
        likely &= by_scenes
        said = constraints.find_linked(labels, count)
        likely |= said
        likely &= ~constraints.find_parted(labels, count)
        np.fill_diagonal(likely, False)
        if not likely.any():
            break
        best = np.argmax(np.where(likely, alike, -np.inf))
        one, other = sorted(int(index) for index in np.unravel_index(best, alike.shape))
        if not likely[one, other]:  # linked by a person, however unlike
            one, other = (int(index) for index in np.argwhere(np.triu(likely))[0])
        sizes = sorted((int(groups[0].sizes[one]), int(groups[0].sizes[other])), reverse=True)
        joins.append(
            Join((sizes[0], sizes[1]), int(shared[one, other]), float(alike[one, other]),
                 int(np.flatnonzero(labels == one)[0]), bool(said[one, other]))
        )  # fmt: skip
        labels[labels == other] = one
        labels[labels > other] -= 1
        groups = [each.join(one, other) for each in groups]
        count -= 1
    return labels, tuple(joins)


def count_shared_scenes(
    labels: np.ndarray, scenes: np.ndarray, n_scenes: int, asked: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Count the scenes that two clusters share, and tell the chance of as many.

    Parameters
    ----------
    labels, scenes : ndarray, shape (n,), int
        -1 for neither.
    n_scenes : int
        Scenes of the show, those without any of these rows included.
    asked : ndarray, shape (k, k), bool
        The pairs whose chance is wanted.

    Returns
    -------
    shared : ndarray, shape (k, k), int64
    chance : ndarray, shape (k, k), float64
        1 where it was not asked, or where fewer than `LEAST_SHARED` are shared.
    """
    count = len(asked)
    chance = np.ones((count, count))
    known = (labels >= 0) & (scenes >= 0)
    if not n_scenes or not known.any():
        return np.zeros((count, count), np.int64), chance
    names, columns = np.unique(scenes[known], return_inverse=True)
    there = np.zeros((count, len(names)), np.int64)
    there[labels[known], columns] = 1
    shared = there @ there.T
    many = there.sum(axis=1)
    one, other = np.nonzero(asked & (shared >= LEAST_SHARED))
    # Of all scenes, those of one cluster drawn without looking at the other's.
    chance[one, other] = hypergeom.sf(shared[one, other] - 1, n_scenes, many[one], many[other])
    return shared, chance
