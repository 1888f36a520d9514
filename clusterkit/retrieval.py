"""How often a frame's nearest neighbours show the same character: embeddings without clustering.

A clustering hangs on its settings; whether neighbours are right does not. Across views, frames that
show the character from the same side do not count as neighbours: what remains is what an encoder
knows of a character, not of a picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

BLOCK_ROWS = 512
"""Rows held against all others at once: 20,000 frames take 40 MB."""


@dataclass(frozen=True)
class Retrieval:
    """Mean over the frames that have something to find; None where there is none.

    Attributes
    ----------
    nearest_right : float
        Share of frames whose nearest neighbour is of their identity (recall at 1).
    r_precision : float
        Of a frame's R nearest neighbours, R being how many others its identity has, the share that
        is of that identity (Manning, Raghavan and Schütze, Introduction to Information Retrieval,
        2008, section 8.4).
    nearest_right_across, r_precision_across : float
        The same among frames of other views only.
    n_queries, n_queries_across : int
        Frames that had something to find.
    """

    nearest_right: float | None
    r_precision: float | None
    nearest_right_across: float | None
    r_precision_across: float | None
    n_queries: int
    n_queries_across: int


def score_retrieval(
    embeddings: np.ndarray, identities: np.ndarray, views: np.ndarray | None = None
) -> Retrieval:
    """Ask every frame for its neighbours.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows.
    identities : ndarray, shape (n,), int
        One-offs have a number of their own each: they ask nothing, and are there to be mistaken.
    views : ndarray, shape (n,), object, optional
        Words such as 'front'; None or '' where unknown, which is across from nothing.
    """
    plain: list[tuple[bool, float]] = []
    across: list[tuple[bool, float]] = []
    known = np.zeros(len(identities), bool)
    if views is not None:
        known = np.array([bool(view) for view in views], bool)
    for first in range(0, len(embeddings), BLOCK_ROWS):
        block = slice(first, first + BLOCK_ROWS)
        likeness = embeddings[block] @ embeddings.T
        for offset, row in enumerate(likeness):
            query = first + offset
            row[query] = -np.inf
            same = identities == identities[query]
            same[query] = False
            plain += _ask(row, same)
            if known[query] and views is not None:
                others = known & (views != views[query])
                across += _ask(np.where(others, row, -np.inf), same & others)
    return Retrieval(
        nearest_right=_average([right for right, _ in plain]),
        r_precision=_average([precision for _, precision in plain]),
        nearest_right_across=_average([right for right, _ in across]),
        r_precision_across=_average([precision for _, precision in across]),
        n_queries=len(plain),
        n_queries_across=len(across),
    )


def _ask(likeness: np.ndarray, same: np.ndarray) -> list[tuple[bool, float]]:
    """Whether the nearest is right, and the R-precision; nothing where there is nothing to find."""
    count = int(same.sum())
    if not count:
        return []
    nearest = np.argpartition(-likeness, count - 1)[:count]
    return [(bool(same[np.argmax(likeness)]), float(same[nearest].mean()))]


def _average(values: list[bool] | list[float]) -> float | None:
    return float(np.mean(values)) if values else None
