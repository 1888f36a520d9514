"""The HDBSCAN* hierarchy, built once; `clusterkit.cuts` cuts it as often as a slider moves.

Campello, Moulavi and Sander (2013) define the hierarchy as single linkage under the mutual
reachability distance, ``max(core(a), core(b), distance(a, b))``. Here it is exact:

1. `clusterkit.distances` bounds all distances from below with one float32 matrix product;
2. core distances come from exact nearest neighbours, found through those bounds;
3. `clusterkit.spanning` grows the minimum spanning tree, measuring in float64 only the pairs whose
   bound beats the best edge so far, and joins its edges into the single linkage tree.

Every weight is a float64 distance and edges are taken in the order the hdbscan package takes them,
so the tree is the one of ``hdbscan.HDBSCAN(algorithm="prims_kdtree")``, ties included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clusterkit.distances import compute_all_bounds, find_neighbours, prepare_rows
from clusterkit.errors import InputError, SettingsError
from clusterkit.spanning import link_edges, span_tree

# What UMAP and the galleries of similar frames ask for; core distances rarely need more.
_MIN_NEIGHBOURS = 15
# The rest is left to the notebook, the encoder and the system.
_SHARE_OF_AVAILABLE_MEMORY = 0.5
_BYTES_PER_BOUND = 2
# Rows of bounds held at once when all of them do not fit: with fewer the matrix product is slow,
# with more the guess of which rows come next gets worse and nothing gets faster.
_MIN_BLOCK_ROWS = 64
_MAX_BLOCK_ROWS = 512


@dataclass(frozen=True)
class Hierarchy:
    """Everything a cut needs; a new `min_cluster_size` never goes back to the embeddings.

    Attributes
    ----------
    single_linkage : ndarray, shape (n − 1, 4), float64
        As in `scipy.cluster.hierarchy`: left, right, mutual reachability distance, size. Row i
        makes node n + i.
    core_distances : ndarray, shape (n,), float64
        Distance to the `min_samples`-th nearest other row.
    min_samples : int
        As used: at the most n − 1, at the least 1.
    neighbours : ndarray, shape (n, k), int32
        The nearest rows, nearest first, the row itself left out; k = max(15, min_samples), or
        n − 1 where that is less.
    neighbour_distances : ndarray, shape (n, k), float32
    """

    single_linkage: np.ndarray
    core_distances: np.ndarray
    min_samples: int
    neighbours: np.ndarray
    neighbour_distances: np.ndarray

    def __len__(self) -> int:
        return len(self.core_distances)


def build_hierarchy(
    embeddings: np.ndarray,
    *,
    min_samples: int = 5,
    memory_limit: int | None = None,
    progress: Callable[[float], None] | None = None,
) -> Hierarchy:
    """Build the exact HDBSCAN* hierarchy of the rows under Euclidean distance.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), real
        Finite; unit rows are usual and not required.
    min_samples : int
        The core distance of a row is the distance to its `min_samples`-th nearest *other* row.
        This is what every algorithm of the hdbscan package computes, though its documentation says
        that the row counts itself. As there, a value of n or more means n − 1.
    memory_limit : int, optional
        Bytes that pairwise bounds may take. All of them take 2 n²; with less, they are computed in
        blocks, some of them more than once, with the same result. Half of the memory that is
        available now, by default.
    progress : callable, optional
        Called now and then with the share done, 0 to 1.

    Returns
    -------
    Hierarchy

    Raises
    ------
    InputError
        If the embeddings are not a finite two-dimensional array of numbers.
    SettingsError
        If `min_samples` or `memory_limit` is not a whole number of at least 1.

    References
    ----------
    Campello, Moulavi, Sander: "Density-Based Clustering Based on Hierarchical Density Estimates",
    PAKDD 2013. McInnes, Healy: "Accelerated Hierarchical Density Based Clustering", ICDMW 2017.

    Examples
    --------
    >>> hierarchy = build_hierarchy(np.array([[0.0], [1.0], [3.0]]), min_samples=1)
    >>> hierarchy.single_linkage[:, 2]
    array([1., 2.])
    """
    rows = prepare_rows(check_embeddings(embeddings))
    n = len(rows)
    samples = max(1, min(check_whole_number("min_samples", min_samples), n - 1))
    k = max(0, min(max(samples, _MIN_NEIGHBOURS), n - 1))
    block_rows = _plan_block_rows(n, memory_limit)
    report = progress or (lambda share: None)

    # The shares are what the three parts take of the time, roughly.
    bounds = None
    if block_rows >= n:
        bounds = compute_all_bounds(rows, lambda share: report(0.6 * share))
    indices, distances = find_neighbours(
        rows, k, bounds, min(block_rows, _MAX_BLOCK_ROWS), lambda share: report(0.6 + 0.2 * share)
    )
    core = distances[:, samples - 1].copy() if k else np.zeros(n)
    neighbours = (indices, distances)
    edges = span_tree(
        rows, core, neighbours, bounds, block_rows, lambda share: report(0.8 + 0.2 * share)
    )
    return Hierarchy(
        single_linkage=link_edges(*edges),
        core_distances=core,
        min_samples=samples,
        neighbours=indices,
        neighbour_distances=distances.astype(np.float32),
    )


def check_embeddings(embeddings: np.ndarray) -> np.ndarray:
    """Return the embeddings as an array, or raise an InputError that says what is wrong."""
    values = np.asarray(embeddings)
    if values.ndim != 2:
        raise InputError(f"embeddings must have shape (n, d); got shape {values.shape}")
    if values.dtype.kind not in "fiu":
        raise InputError(f"embeddings must be real numbers; got dtype {values.dtype}")
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if bad.size:
        raise InputError(
            f"{bad.size} of {len(values)} embeddings hold NaN or infinity, the first in row "
            f"{bad[0]}: leave those rows out, or measure their images again"
        )
    return values


def check_whole_number(name: str, value: int, least: int = 1) -> int:
    """Return the value as an int, or raise a SettingsError that names the setting."""
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or value < least:
        raise SettingsError(f"{name} must be a whole number of at least {least}; got {value!r}")
    return int(value)


def _plan_block_rows(n: int, memory_limit: int | None) -> int:
    """How many rows of bounds to hold at once: n if they fit, else what does fit."""
    if memory_limit is None:
        memory_limit = int(_available_memory() * _SHARE_OF_AVAILABLE_MEMORY)
    else:
        memory_limit = check_whole_number("memory_limit", memory_limit)
    fitting = memory_limit // max(_BYTES_PER_BOUND * n, 1)
    return n if fitting >= n else max(_MIN_BLOCK_ROWS, min(fitting, _MAX_BLOCK_ROWS))


def _available_memory() -> float:
    """Bytes this process may still take: of the machine, and of its container if it has one."""
    import psutil

    available = float(psutil.virtual_memory().available)
    group = Path("/sys/fs/cgroup")
    try:
        limit = float((group / "memory.max").read_text())
        used = float((group / "memory.current").read_text())
    except (OSError, ValueError):  # no container, another system, or the word "max"
        return available
    return min(available, max(limit - used, 0.0))
