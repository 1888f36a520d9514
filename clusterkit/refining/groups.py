"""How alike groups of frames are, on a scale that is the show's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

_LEAST_SPREAD = 1e-6


@dataclass(frozen=True)
class Groups:
    """Groups of unit rows, known by their sums: average linkage needs no more.

    Attributes
    ----------
    sums : ndarray, shape (k, d), float32
    sizes : ndarray, shape (k,), float64
    """

    sums: np.ndarray
    sizes: np.ndarray

    def measure_between(self) -> np.ndarray:
        """Mean cosine of the pairs of two groups: (k, k)."""
        means = self.sums / np.maximum(self.sizes, 1)[:, None]
        between: np.ndarray = means @ means.T
        return between

    def measure_within(self) -> np.ndarray:
        """Mean cosine of the pairs of one group, a row with itself left out: (k,)."""
        lengths = np.einsum("ij,ij->i", self.sums, self.sums)
        pairs = np.maximum(self.sizes * (self.sizes - 1), 1)
        within: np.ndarray = (lengths - self.sizes) / pairs
        return within

    def join(self, one: int, other: int) -> Groups:
        """One group of two, in the place of the first."""
        sums, sizes = self.sums.copy(), self.sizes.copy()
        sums[one] += sums[other]
        sizes[one] += sizes[other]
        return Groups(np.delete(sums, other, axis=0), np.delete(sizes, other))


def sum_groups(rows: np.ndarray, labels: np.ndarray, count: int) -> Groups:
    """Sum the rows of each label from 0 to count - 1; -1 is no group."""
    members = np.flatnonzero(labels >= 0)
    members = members[np.argsort(labels[members], kind="stable")]
    sizes = np.bincount(labels[members], minlength=count)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    chosen = sparse.csr_matrix(
        (np.ones(len(members), np.float32), members, starts), (count, len(labels))
    )
    return Groups(chosen @ rows, sizes.astype(float))


def find_typical(groups: Groups, apart: np.ndarray) -> float:
    """Find how alike two groups usually are: the median mean cosine of the pairs in `apart`."""
    between = groups.measure_between()[apart]
    return float(np.median(between)) if len(between) else 0.0


def compare_groups(groups: Groups, typical: float) -> np.ndarray:
    """Tell how alike groups are, on a scale that no encoder or style changes.

    Parameters
    ----------
    groups : Groups
    typical : float
        As from `find_typical`.

    Returns
    -------
    ndarray, shape (k, k), float64
        0 where two groups are as alike as any two characters of this show, 1 where they are as
        alike as the frames of one group: (between - typical) / (within - typical), in mean
        cosines, `within` being the mean of both. The diagonal is minus infinity.
    """
    within = groups.measure_within()
    own = (within[:, None] + within[None, :]) / 2
    alike: np.ndarray = (groups.measure_between() - typical) / np.maximum(
        own - typical, _LEAST_SPREAD
    )
    np.fill_diagonal(alike, -np.inf)
    return alike


def renumber(labels: np.ndarray) -> np.ndarray:
    """Close the gaps in the numbers of groups; -1 stays."""
    names = np.unique(labels[labels >= 0])
    closed = np.full(len(labels), -1, np.int32)
    closed[labels >= 0] = np.searchsorted(names, labels[labels >= 0])
    return closed
