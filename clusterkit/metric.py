"""A distance in which one character varies less: learnt from pairs that are likely the same one.

`learn_metric` turns down the directions in which one character varies within a scene (pose, crop,
light) and so turns up those that tell characters apart: relevant component analysis (Bar-Hillel,
Hertz, Shental and Weinshall, Learning a Mahalanobis metric from equivalence constraints, JMLR
2005), with soft instead of given pairs. `steady_rows` pulls a frame a little towards its likely
companions.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

LEAST_SHRINKAGE = 0.2
"""Share of the spread within scenes that is taken to be equal in all directions, at least."""

NEGLIGIBLE = 0.02
"""Pairs less likely than this to be one character teach nothing."""

STEADYING = 0.1
"""How far a frame with many companions is pulled: a tenth of the way. More fuses twins."""

SEED = 0


def project_rows(embeddings: np.ndarray, count: int) -> np.ndarray:
    """Coordinates on the first `count` principal axes: (n, count), float32."""
    centred = embeddings - embeddings.mean(axis=0)
    left, values, _ = randomized_svd(centred, count, random_state=SEED)
    return (left * values).astype(np.float32)


def learn_metric(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Whiten the spread between frames that are likely one character (relevant component analysis).

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Centred.
    first, second : ndarray, shape (n_pairs,)
    weights : ndarray, shape (n_pairs,)
        How likely each pair is one character.

    Returns
    -------
    ndarray, shape (n, d), float32
        Unit rows. The fewer witnesses there are for the number of axes, the more the spread is
        taken to be the same in all directions.
    """
    dimensions = rows.shape[1]
    likely = weights > NEGLIGIBLE
    if not likely.any():
        return scale_to_unit(rows)
    steps = (rows[first[likely]] - rows[second[likely]]).astype(np.float64)
    steps *= np.sqrt(weights[likely])[:, None]
    spread = steps.T @ steps / (2 * weights[likely].sum())
    support = np.bincount(first, weights, len(rows)) + np.bincount(second, weights, len(rows))
    witnesses = (support / (1 + support)).sum()
    shrinkage = max(LEAST_SHRINKAGE, dimensions / (dimensions + witnesses))
    even = np.trace(spread) / dimensions * np.eye(dimensions)
    spread = (1 - shrinkage) * spread + shrinkage * even
    values, vectors = np.linalg.eigh(spread)
    values = np.maximum(values, np.finfo(np.float64).tiny)
    return scale_to_unit(rows @ (vectors / np.sqrt(values)))


def scale_to_unit(rows: np.ndarray) -> np.ndarray:
    """Rows of length one; a row of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def steady_rows(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Pull every frame a little towards the mean of its likely companions.

    Returns
    -------
    ndarray, shape (n, d), float32
        Unit rows; a frame without likely companions stays where it is.
    """
    size = len(rows)
    ends = (np.concatenate([first, second]), np.concatenate([second, first]))
    graph = sparse.csr_matrix((np.concatenate([weights, weights]), ends), (size, size))
    support = np.asarray(graph.sum(axis=1)).ravel()
    companions = (graph @ rows) / np.maximum(support, NEGLIGIBLE)[:, None]
    pull = (STEADYING * support / (1 + support))[:, None]
    return scale_to_unit((1 - pull) * rows + pull * companions)
