"""Lay embeddings out in two dimensions, to look at; clusters are never found in a projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_SMALL_MATRIX = 64
"""Rows up to which all eigenvectors are found as fast as two."""


@dataclass(frozen=True)
class Projection:
    """Positions in the plane.

    Attributes
    ----------
    points : ndarray, shape (n, 2), float32
        NaN where a row had no embedding.
    axis_labels : tuple of str
        What the two axes are.
    """

    points: np.ndarray
    axis_labels: tuple[str, str]


def project_pca(embeddings: np.ndarray) -> Projection:
    """Principal component analysis to two axes (Pearson 1901), exact and deterministic.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Rows with NaN are left out of the axes and have no position.

    Returns
    -------
    Projection
        The axes name the share of the variance that each explains. The sign of an axis is fixed by
        its largest loading, so the same rows give the same picture.
    """
    points = np.full((len(embeddings), 2), np.nan, np.float32)
    usable = np.isfinite(embeddings).all(axis=1)
    rows = embeddings[usable].astype(np.float64)
    if not len(rows):
        return Projection(points, ("PC 1", "PC 2"))
    centred = rows - rows.mean(axis=0)
    values, axes = _find_axes(centred)
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])
    points[usable, : axes.shape[1]] = centred @ axes
    points[usable, axes.shape[1] :] = 0  # one-dimensional embeddings lie on a line
    total = max(float((centred**2).sum()), np.finfo(float).tiny)
    shares = [*(100 * np.maximum(values, 0) / total), 0.0, 0.0]
    return Projection(points, (f"PC 1 ({shares[0]:.0f} %)", f"PC 2 ({shares[1]:.0f} %)"))


def project_umap(
    neighbours: np.ndarray, distances: np.ndarray, start: Projection, *, seed: int = 0
) -> Projection:
    """UMAP to two axes, from neighbours that a hierarchy has found (see `clusterkit.layout`).

    Parameters
    ----------
    neighbours : ndarray, shape (m, k), int32
        Of the rows that have a position in `start`, numbered among themselves.
    distances : ndarray, shape (m, k), float32
    start : Projection
        Where each row begins: the PCA of the same rows.
    seed : int
        The same seed gives the same picture.

    Returns
    -------
    Projection
        Distances within it mean little: near is alike, far is only not alike.
    """
    from clusterkit.layout import lay_out_neighbours  # compiles: nobody else should wait for it

    placed = np.isfinite(start.points).all(axis=1)
    points = np.full_like(start.points, np.nan)
    points[placed] = lay_out_neighbours(neighbours, distances, start.points[placed], seed=seed)
    return Projection(points, ("UMAP 1", "UMAP 2"))


def _find_axes(centred: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the two largest eigenvalues of the scatter matrix, their unit vectors as columns.

    Only these two, by Lanczos' method, and of fewer rows than columns from the smaller matrix of
    the products of rows: all 1,566 of a wide encoder would take ten seconds.
    """
    n, d = centred.shape
    if d <= n:
        return _find_largest(centred.T @ centred)
    values, mixtures = _find_largest(centred @ centred.T)
    axes = centred.T @ mixtures
    lengths = np.linalg.norm(axes, axis=0)
    return values, axes / np.where(lengths > 0, lengths, 1)


def _find_largest(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    from scipy.sparse.linalg import ArpackError, eigsh

    if len(matrix) > _SMALL_MATRIX:
        # A fixed start, for the same picture each time.
        start = np.random.default_rng(0).normal(size=len(matrix))
        try:
            values, vectors = eigsh(matrix, k=2, v0=start)
        except ArpackError:  # all rows are equal, or nearly
            pass
        else:
            order = np.argsort(-values)
            return values[order], vectors[:, order]
    values, vectors = np.linalg.eigh(matrix)
    return values[::-1][:2], vectors[:, ::-1][:, :2]
