"""A distance in which one character varies less: learnt from frames that are likely the same one.

`learn_metric` turns down the directions in which one character varies (pose, crop, light) and so
turns up those that tell characters apart: relevant component analysis (Bar-Hillel, Hertz, Shental
and Weinshall, Learning a Mahalanobis metric from equivalence constraints, JMLR 2005). How one
character varies is told by groups (`spread_of_groups`) or by pairs that are more or less likely one
character (`spread_of_pairs`). `mix_rows` lets what was learnt count beside what was there, and
`steady_rows` pulls a frame a little towards its likely companions.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn.utils.extmath import randomized_svd

LEARNT_AXES = 64
"""Principal axes in which the metric is learnt; 128 were no better on any set."""

LEAST_SHRINKAGE = 0.2
"""Share of the spread within characters that is taken to be equal in all directions, at least."""

NEGLIGIBLE = 0.02
"""Pairs less likely than this to be one character teach nothing."""

STEADYING = 0.05
"""How far a frame with many companions is pulled: a twentieth of the way. More fuses twins."""

SEED = 0


@dataclass(frozen=True)
class Spread:
    """How frames of one character differ.

    Attributes
    ----------
    covariance : ndarray, shape (d, d), float64
        Of a frame about its character's mean.
    n_witnesses : float
        How many independent frames told it; 0 where nothing did.
    """

    covariance: np.ndarray
    n_witnesses: float


def project_rows(embeddings: np.ndarray, count: int = LEARNT_AXES) -> np.ndarray:
    """Coordinates on the first `count` principal axes, or as many as there are, float32."""
    count = min(count, *embeddings.shape)
    centred = embeddings - embeddings.mean(axis=0)
    left, values, _ = randomized_svd(centred, count, random_state=SEED)
    return (left * values).astype(np.float32)


def spread_of_groups(rows: np.ndarray, labels: np.ndarray) -> Spread:
    """Pool the spread within groups, each taken to be of one character.

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
    labels : ndarray, shape (n,), int
        From 0 on; -1 is no group.
    """
    inside = labels >= 0
    names, places = np.unique(labels[inside], return_inverse=True)
    members = rows[inside].astype(np.float64)
    means = np.zeros((len(names), rows.shape[1]))
    np.add.at(means, places, members)
    means /= np.bincount(places, minlength=len(names))[:, None]
    steps = members - means[places]
    n_free = len(places) - len(names)  # a group's mean takes one of its frames
    return Spread(steps.T @ steps / max(1, n_free), float(n_free))


def spread_of_pairs(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> Spread:
    """Pool the spread of pairs, each counting as likely as it is one character.

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
    first, second : ndarray, shape (n_pairs,)
    weights : ndarray, shape (n_pairs,)
        How likely each pair is one character.
    """
    likely = weights > NEGLIGIBLE
    steps = (rows[first[likely]] - rows[second[likely]]).astype(np.float64)
    steps *= np.sqrt(weights[likely])[:, None]
    total = max(2 * float(weights[likely].sum()), np.finfo(np.float64).tiny)
    support = np.bincount(first, weights, len(rows)) + np.bincount(second, weights, len(rows))
    n_witnesses = float((support / (1 + support)).sum()) if likely.any() else 0.0
    return Spread(steps.T @ steps / total, n_witnesses)


def learn_metric(rows: np.ndarray, spread: Spread) -> np.ndarray:
    """Whiten the spread within characters (relevant component analysis).

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Centred.
    spread : Spread
        In the same axes.

    Returns
    -------
    ndarray, shape (n, d), float32
        Unit rows. The fewer witnesses there are for the number of axes, the more the spread is
        taken to be the same in all directions.
    """
    if not spread.n_witnesses:
        return scale_to_unit(rows)
    dimensions = rows.shape[1]
    shrinkage = max(LEAST_SHRINKAGE, dimensions / (dimensions + spread.n_witnesses))
    even = np.trace(spread.covariance) / dimensions * np.eye(dimensions)
    values, vectors = np.linalg.eigh((1 - shrinkage) * spread.covariance + shrinkage * even)
    values = np.maximum(values, np.finfo(np.float64).tiny)
    return scale_to_unit(rows @ (vectors / np.sqrt(values)))


def mix_rows(rows: np.ndarray, learnt: np.ndarray, weight: float) -> np.ndarray:
    """Put unit rows side by side, so that a squared distance is the weighted mean of both.

    Parameters
    ----------
    rows, learnt : ndarray, shape (n, d), (n, k), float32
    weight : float
        Share of what was learnt, 0 to 1.

    Returns
    -------
    ndarray, shape (n, k + d), float32
        Unit rows.
    """
    return np.hstack([np.sqrt(weight) * learnt, np.sqrt(1 - weight) * rows]).astype(np.float32)


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
