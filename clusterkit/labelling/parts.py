"""The parts of one character: groups of frames that look alike, and a map of them."""

from __future__ import annotations

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.linalg import eigh

from clusterkit.decisions.resemblance import thin_out

MOST_JOINED = 1500
"""Frames that are joined into groups: the time grows with the square. Others join the nearest."""

FRAMES_A_GROUP = 25
FEWEST_GROUPS, MOST_GROUPS = 2, 12
"""Groups to begin with: enough to tell two people apart, few enough to be seen at once."""


def choose_group_count(n_frames: int) -> int:
    """How many groups to show at first."""
    return int(np.clip(n_frames // FRAMES_A_GROUP, FEWEST_GROUPS, MOST_GROUPS))


def group_frames(rows: np.ndarray, count: int) -> np.ndarray:
    """Part frames into groups that look alike, by Ward's method.

    HDBSCAN finds no parts in what it found to be one dense group; a person who sees two people in
    it needs parts all the same.

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Unit rows.
    count : int
        Groups at most.

    Returns
    -------
    ndarray, shape (n,), int32
        0 is the largest group.
    """
    if len(rows) < 2 or count < 2:
        return np.zeros(len(rows), np.int32)
    chosen = thin_out(np.arange(len(rows)), MOST_JOINED)
    joined = fcluster(linkage(rows[chosen].astype(np.float64), "ward"), count, "maxclust") - 1
    centres = np.array([rows[chosen][joined == group].mean(axis=0) for group in np.unique(joined)])
    groups = np.empty(len(rows), np.int32)
    groups[chosen] = np.unique(joined, return_inverse=True)[1]
    rest = np.setdiff1d(np.arange(len(rows)), chosen)
    if len(rest):
        half_squares = (centres**2).sum(axis=1) / 2
        groups[rest] = (rows[rest] @ centres.T - half_squares).argmax(axis=1)
    order = np.argsort(-np.bincount(groups, minlength=len(centres)), kind="stable")
    return np.argsort(order)[groups].astype(np.int32)


def lay_out(rows: np.ndarray) -> np.ndarray:
    """Lay frames out in a square, alike ones together: their two principal axes.

    Returns
    -------
    ndarray, shape (n, 2), float32
        0 to 1.
    """
    if len(rows) < 3:
        return np.full((len(rows), 2), 0.5, np.float32) + np.arange(len(rows))[:, None] / 4
    centred = rows - rows.mean(axis=0)
    # The smaller of the two products has the axes, or at once what the rows are along them.
    is_wide = len(rows) < rows.shape[1]
    product = (centred @ centred.T if is_wide else centred.T @ centred).astype(np.float64)
    last = len(product) - 1
    values, vectors = eigh(product, subset_by_index=(last - 1, last))
    along = vectors * np.sqrt(np.maximum(values, 0)) if is_wide else centred @ vectors
    points = along[:, ::-1]
    low, high = points.min(axis=0), points.max(axis=0)
    return ((points - low) / np.maximum(high - low, np.finfo(np.float32).eps)).astype(np.float32)
