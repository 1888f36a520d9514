"""Lay embeddings out in two dimensions, to look at; clusters are never found in a projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    covariance = centred.T @ centred
    values, vectors = np.linalg.eigh(covariance)
    axes = vectors[:, ::-1][:, :2]
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), range(axes.shape[1])])
    points[usable, : axes.shape[1]] = centred @ axes
    points[usable, axes.shape[1] :] = 0  # one-dimensional embeddings lie on a line
    total = max(float(values.sum()), np.finfo(float).tiny)
    shares = [*(100 * np.maximum(values[::-1], 0) / total), 0.0, 0.0]
    return Projection(points, (f"PC 1 ({shares[0]:.0f} %)", f"PC 2 ({shares[1]:.0f} %)"))
