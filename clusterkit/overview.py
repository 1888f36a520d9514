"""UMAP of all frames, laid out once from the neighbours the hierarchy knows, and remembered."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
from pathlib import Path

import numpy as np

from clusterkit.clustering import Arrangement
from clusterkit.material import Material
from clusterkit.projection import Projection, project_pca, project_umap
from clusterkit.store import CACHE_FOLDER

logger = logging.getLogger(__name__)

OVERVIEW_VERSION = 1
"""Raise it when the layout changes: what was remembered is then laid out anew."""

WITNESSES = 5
"""Neighbours among the placed frames between which a frame without a place of its own is put."""

_BLOCK_ROWS = 1024
"""Rows compared with all placed ones at a time: 1,024 x 17,000 similarities take 70 MB."""


def lay_out_frames(material: Material, arrangement: Arrangement) -> Projection:
    """Lay out all frames that have a vector, so that alike ones lie together.

    The arranged frames are laid out by UMAP; every other one, which a quality rule left out when
    the view began, lies between those it resembles: it has its place when the rule is loosened.
    The same frames give the same picture, and a second call reads it from the cache.

    Parameters
    ----------
    material : Material
    arrangement : Arrangement
        Of the first view.

    Returns
    -------
    Projection
        NaN where a frame has no vector.
    """
    embeddings = material.measurements.embeddings
    arranged = np.where(arrangement.selected[:, None], embeddings, np.nan)
    start = project_pca(arranged)
    hierarchy = arrangement.hierarchy
    digest = hashlib.blake2b(digest_size=12)
    parts = (hierarchy.neighbours, hierarchy.neighbour_distances, start.points, embeddings)
    for part in parts:
        digest.update(np.ascontiguousarray(part).tobytes())
    name = f"umap-{OVERVIEW_VERSION}-{digest.hexdigest()}.npy"
    file = None if material.output_dir is None else material.output_dir / CACHE_FOLDER / name
    points = _load(file, len(embeddings))
    if points is None:
        laid_out = project_umap(hierarchy.neighbours, hierarchy.neighbour_distances, start)
        points = _place_rest(laid_out.points, embeddings)
        _save(file, points)
    return Projection(points, ("UMAP 1", "UMAP 2"))


def _place_rest(points: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """Put rows that have a vector and no place at the mean of their nearest placed rows."""
    placed = np.flatnonzero(np.isfinite(points[:, 0]))
    usable = np.isfinite(embeddings[:, 0])
    rest = np.flatnonzero(usable & ~np.isfinite(points[:, 0]))
    count = min(WITNESSES, len(placed))
    if not count:
        return points
    points = points.copy()
    known = embeddings[placed]
    for begin in range(0, len(rest), _BLOCK_ROWS):
        rows = rest[begin : begin + _BLOCK_ROWS]
        likeness = embeddings[rows] @ known.T
        nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
        points[rows] = np.median(points[placed[nearest]], axis=1)
    return points


def _load(file: Path | None, n: int) -> np.ndarray | None:
    if file is None or not file.exists():
        return None
    try:
        points = np.load(file, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return points if points.shape == (n, 2) else None


def _save(file: Path | None, points: np.ndarray) -> None:
    """Remember, whole or not at all; a folder that cannot be written is no reason to fail."""
    if file is None:
        return
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(unfinished, "wb") as stream:
            np.save(stream, points)
        unfinished.replace(file)
    except OSError as error:
        logger.warning("could not remember the layout: %s", error)
        with contextlib.suppress(OSError):
            unfinished.unlink()
