"""The guard against a cluster of several characters.

Excess of mass may take two dense groups for one cluster, where a bridge of frames between them is
nearly as dense as they are; one such cluster can swallow half a cast. But the hierarchy goes on
below it, and its finest clusters (the leaves) can be compared: parts of one character are more
alike than two characters of the show usually are. Leaves are joined again by average linkage as
long as they are; what remains apart is split. Leaves are looked for at half the size of a cluster:
a character of few frames is then seen beside a large one that took it in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterkit.refining.evidence import Evidence
from clusterkit.refining.groups import compare_groups, find_typical, renumber, sum_groups

LEAST_ALIKE = 0.6
"""Two parts of a cluster belong together from here on (`compare_groups`: 0 as alike as any two
characters, 1 as alike as the frames of one part). On twelve films of five kinds of art the mean
noise-aware ARI of the built-in encoder rose from .732 unsplit to .739 at 1/3 and .749 here from
pixels alone, from .733 to .735 and .749 with scenes; beyond it, noise rises faster."""

ENOUGH_LEAVES = 8
"""Leaves from which the median of all their pairs tells how alike two characters are."""

RIVALRY = 1.0
"""Weight of the frames of one moment (how unlike they are) that keeps two groups apart: one sure
pair."""


@dataclass(frozen=True)
class Split:
    """A cluster that was taken apart.

    Attributes
    ----------
    size : int
        Frames of the cluster before.
    parts : tuple of int
        Frames of what it was split into, largest first; the rest lay between and became noise.
    n_small : int
        How many of the parts are smaller than a cluster may be and became noise as well.
    is_crowd : bool
        Whether the parts are alike, and were told apart only by themselves: see `crowds`.
    """

    size: int
    parts: tuple[int, ...]
    n_small: int = 0
    is_crowd: bool = False


def split_fused(
    labels: np.ndarray, leaves: np.ndarray, evidence: Evidence, min_cluster_size: int = 1
) -> tuple[np.ndarray, tuple[Split, ...]]:
    """Split clusters whose leaves are no more alike than two characters usually are.

    Where there are several witnesses (embeddings, and what scenes taught), a part stays if any one
    of them finds it alike. Parts that a person linked stay together; parts that a person parted,
    or that show at one moment, do not.

    Parameters
    ----------
    labels : ndarray, shape (n,), int
        Clusters of a cut, -1 for noise.
    leaves : ndarray, shape (n,), int
        The finest clusters of the same hierarchy, each within one cluster or within none.
    evidence : Evidence
    min_cluster_size : int
        Parts of fewer frames become noise; a cluster that would have none left stays whole.

    Returns
    -------
    labels : ndarray, shape (n,), int32
    splits : tuple of Split
    """
    count = int(leaves.max(initial=-1)) + 1
    parents = np.full(count, -1)
    parents[leaves[leaves >= 0]] = labels[leaves >= 0]
    split, splits = labels.astype(np.int32), []
    if count < 2 or (labels.max(initial=-1) < 1 and count < ENOUGH_LEAVES):
        return split, ()  # nothing to compare to
    # Among many leaves most pairs show two characters, even where one cluster has swallowed them.
    apart = parents[:, None] != parents[None, :]
    if count >= ENOUGH_LEAVES:
        apart = ~np.eye(count, dtype=bool)
    alike = np.full((count, count), -np.inf)
    for rows in evidence.witnesses:
        groups = sum_groups(rows, leaves, count)
        alike = np.maximum(alike, compare_groups(groups, find_typical(groups, apart)))
    alike[evidence.rivals.tally(leaves, count) >= RIVALRY] = -np.inf
    alike[evidence.constraints.find_linked(leaves, count)] = np.inf
    alike[evidence.constraints.find_parted(leaves, count)] = -np.inf
    np.fill_diagonal(alike, -np.inf)
    sizes = np.bincount(leaves[leaves >= 0], minlength=count)
    unused = int(labels.max()) + 1
    for cluster in range(int(labels.max()) + 1):
        inside = np.flatnonzero(parents == cluster)
        parts = _link_average(alike[np.ix_(inside, inside)], sizes[inside])
        if len(parts) < 2:
            continue
        members = np.flatnonzero(split == cluster)
        part_of_leaf = np.full(count + 1, -1)  # the last is for rows in no leaf
        for number, part in enumerate(parts):
            part_of_leaf[inside[part]] = number
        found = _gather(
            part_of_leaf[leaves[members]],
            len(parts),
            evidence.witnesses[0][members],
            min_cluster_size,
        )
        part_sizes = np.bincount(found[found >= 0], minlength=len(parts))
        large = part_sizes >= min_cluster_size
        if not large.any():
            continue
        n_small = int(np.count_nonzero(~large))
        told = tuple(sorted(part_sizes.tolist(), reverse=True))
        splits.append(Split(len(members), told, n_small))
        split[members] = np.where((found >= 0) & large[found], unused + found, -1)
        unused += len(parts)
    return renumber(split), tuple(splits)


def _gather(parts: np.ndarray, count: int, rows: np.ndarray, min_cluster_size: int) -> np.ndarray:
    """Give a part whose core is smaller than a cluster the rows between that are nearest to it."""
    if (np.bincount(parts[parts >= 0], minlength=count) >= min_cluster_size).all():
        return parts
    groups = sum_groups(rows, parts, count)
    directions = groups.sums / np.linalg.norm(groups.sums, axis=1, keepdims=True)
    nearest = np.where(parts >= 0, parts, np.argmax(rows @ directions.T, axis=1))
    found: np.ndarray = np.where(groups.sizes[nearest] < min_cluster_size, nearest, parts)
    return found


def _link_average(alike: np.ndarray, sizes: np.ndarray) -> list[list[int]]:
    """Join what is alike by average linkage, down to `LEAST_ALIKE`; returns groups of indices."""
    groups = [[index] for index in range(len(sizes))]
    alike, weights = alike.copy(), sizes.astype(float)
    while len(groups) > 1:
        one, other = sorted(np.unravel_index(np.argmax(alike), alike.shape))
        if alike[one, other] < LEAST_ALIKE:
            break
        with np.errstate(invalid="ignore"):  # what is parted from one and linked to the other
            mean = weights[one] * alike[one] + weights[other] * alike[other]
            mean = np.nan_to_num(
                mean / (weights[one] + weights[other]), nan=-np.inf, posinf=np.inf, neginf=-np.inf
            )
        alike[one], alike[:, one] = mean, mean
        alike[one, one] = -np.inf
        alike = np.delete(np.delete(alike, other, axis=0), other, axis=1)
        weights[one] += weights[other]
        weights = np.delete(weights, other)
        groups[one] += groups.pop(other)
    return groups
