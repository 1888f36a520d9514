"""The HDBSCAN* hierarchy, built once; `clusterkit.cuts` cuts it as often as a slider moves.

Campello, Moulavi and Sander (2013) define the hierarchy as single linkage under the mutual
reachability distance, ``max(core(a), core(b), distance(a, b))``. Here it is exact:

1. `clusterkit.distances` bounds all squared distances from below with one float32 matrix product;
2. core distances come from exact nearest neighbours, found through those bounds;
3. Prim's algorithm grows the minimum spanning tree, reading one row of bounds a step and measuring
   in float64 only the pairs whose bound beats the best edge so far;
4. its edges in ascending order, joined by union-find, are the single linkage tree.

Every weight is a float64 distance and edges are taken in the order the hdbscan package takes them,
so the tree is the one of ``hdbscan.HDBSCAN(algorithm="prims_kdtree")``, ties included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit

from clusterkit.distances import (
    Rows,
    compute_all_bounds,
    compute_bounds,
    find_neighbours,
    measure_distance,
    prepare_rows,
    round_up_square,
)
from clusterkit.errors import InputError, SettingsError

# What UMAP and the galleries of similar frames ask for; core distances rarely need more.
_MIN_NEIGHBOURS = 15
# The rest is left to the notebook, the encoder and the system.
_SHARE_OF_AVAILABLE_MEMORY = 0.5
_BYTES_PER_BOUND = 4
# Rows of bounds held at once when all of them do not fit: below, BLAS is slow; above, no faster.
_MIN_BLOCK_ROWS = 64
_MAX_BLOCK_ROWS = 2048
# Steps of Prim's algorithm between two reports of progress.
_STEPS_PER_REPORT = 1000
# Entries of a Prim step summarised by one minimum, so that few are read again to find the next.
_GROUP = 64
_NO_SLOT = -1


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
        Bytes that pairwise bounds may take. All of them take 4 n²; with less, they are computed in
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
    edges = _span_tree(rows, core, bounds, block_rows, lambda share: report(0.8 + 0.2 * share))
    return Hierarchy(
        single_linkage=_link_edges(*edges, n),
        core_distances=core,
        min_samples=samples,
        neighbours=indices,
        neighbour_distances=distances.astype(np.float32),
    )


def check_embeddings(embeddings: np.ndarray) -> np.ndarray:
    """The embeddings as an array, or an InputError that says what is wrong with them."""
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
    """The value as an int, or a SettingsError that names the setting."""
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


def _span_tree(
    rows: Rows,
    core: np.ndarray,
    bounds: np.ndarray | None,
    block_rows: int,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Minimum spanning tree under mutual reachability, by Prim's algorithm from row 0.

    Returns
    -------
    sources, targets : ndarray, shape (n − 1,), int32
    weights : ndarray, shape (n − 1,), float64
        In the order the edges were found.
    """
    n = len(rows)
    edges = max(n - 1, 0)
    sources = np.empty(edges, dtype=np.int32)
    targets = np.empty(edges, dtype=np.int32)
    weights = np.empty(edges, dtype=np.float64)
    if n < 2:
        return sources, targets, weights
    current = np.full(n, np.inf)
    ceilings = np.full(n, np.inf, dtype=np.float32)
    ceilings[0] = -1.0
    nearest = np.zeros(n, dtype=np.int32)
    group_minima = np.full(-(-n // _GROUP), np.inf)
    slots = np.arange(n, dtype=np.int32)
    if bounds is None:
        slots[:] = _NO_SLOT
        bounds = np.empty((block_rows, n), dtype=np.float32)
    node, step = 0, 0
    while step < edges:
        if slots[node] == _NO_SLOT:
            _load_block(rows, node, current, slots, bounds)
        node, step = _grow_tree(
            bounds, slots, rows.exact, rows.scale, core, node, step,
            min(step + _STEPS_PER_REPORT, edges),
            current, ceilings, nearest, group_minima, sources, targets, weights,
        )  # fmt: skip
        report(step / edges)
    return sources, targets, weights


def _load_block(
    rows: Rows, node: int, current: np.ndarray, slots: np.ndarray, block: np.ndarray
) -> None:
    """Replace the rows at hand by that of `node` and those Prim's algorithm will want next.

    It takes the row nearest to the tree, so those now near are wanted soon.
    """
    others = len(block) - 1
    candidates = np.argpartition(current, min(others, len(current) - 1))[:others]
    nodes = np.union1d(candidates[np.isfinite(current[candidates])], [node]).astype(np.int32)
    compute_bounds(rows, nodes, block)
    slots[:] = _NO_SLOT
    slots[nodes] = np.arange(len(nodes), dtype=np.int32)


@njit(nogil=True, cache=True)
def _any_beaten(row, ceilings, start, stop):
    found = 0
    for j in range(start, stop):
        found |= row[j] < ceilings[j]
    return found != 0


@njit(nogil=True, cache=True)
def _grow_tree(
    bounds, slots, exact, scale, core, node, step, stop,
    current, ceilings, nearest, group_minima, sources, targets, weights,
):  # fmt: skip
    """Add edges `step` to `stop` to the tree, or until a row is wanted that is not at hand.

    `current[j]` is the weight of the best edge from the tree to j, infinite once j is in the tree;
    `nearest[j]` its other end; `ceilings[j]` the bound that a row must stay under to improve it.
    """
    n = current.size
    while step < stop:
        slot = slots[node]
        if slot == _NO_SLOT:
            break
        row = bounds[slot]
        own_core = core[node]
        for group in range(group_minima.size):
            first = group * _GROUP
            last = min(first + _GROUP, n)
            if not _any_beaten(row, ceilings, first, last):
                continue
            for j in range(first, last):
                if not row[j] < ceilings[j]:
                    continue
                floor = max(own_core, core[j])
                if floor >= current[j]:
                    continue
                weight = max(measure_distance(exact, node, j), floor)
                if weight < current[j]:
                    current[j] = weight
                    nearest[j] = node
                    # At its own core distance a row is as near as it will ever be.
                    settled = weight == core[j]
                    ceilings[j] = -1.0 if settled else round_up_square(weight, scale)
                    group_minima[group] = min(group_minima[group], weight)
        best_group = 0
        for group in range(group_minima.size):
            if group_minima[group] < group_minima[best_group]:
                best_group = group
        first = best_group * _GROUP
        last = min(first + _GROUP, n)
        node = first
        for j in range(first, last):
            if current[j] < current[node]:
                node = j
        sources[step] = nearest[node]
        targets[step] = node
        weights[step] = current[node]
        current[node] = np.inf
        ceilings[node] = -1.0
        group_minima[best_group] = np.min(current[first:last])
        step += 1
    return node, step


def _link_edges(
    sources: np.ndarray, targets: np.ndarray, weights: np.ndarray, n: int
) -> np.ndarray:
    """Turn the edges of a spanning tree into a single linkage tree."""
    return _join_edges(sources, targets, weights, np.argsort(weights), n)


@njit(nogil=True, cache=True)
def _join_edges(sources, targets, weights, order, n):
    linkage = np.empty((max(n - 1, 0), 4), dtype=np.float64)
    parents = np.arange(max(2 * n - 1, 0))
    sizes = np.ones(max(2 * n - 1, 0), dtype=np.int64)
    for i in range(n - 1):
        edge = order[i]
        left = _find_root(parents, sources[edge])
        right = _find_root(parents, targets[edge])
        joined = n + i
        parents[left] = joined
        parents[right] = joined
        sizes[joined] = sizes[left] + sizes[right]
        linkage[i, 0] = left
        linkage[i, 1] = right
        linkage[i, 2] = weights[edge]
        linkage[i, 3] = sizes[joined]
    return linkage


@njit(nogil=True, cache=True)
def _find_root(parents, node):
    root = node
    while parents[root] != root:
        root = parents[root]
    while parents[node] != root:
        parents[node], node = root, parents[node]
    return root
