"""The minimum spanning tree under mutual reachability, exactly, and the tree its edges make.

Prim's algorithm reads one row of bounds a step. A bound that does not beat the best edge to a row
needs no distance, so nearly all of a step is one vectorised comparison. When the bounds of all rows
do not fit in memory, the rows wanted next are foreseen from the nearest neighbours and computed
together: with few wrong guesses this costs one more matrix product, and the result is the same.

Distances are float64 and equal ones are taken in the order of the hdbscan package (lowest row
first), which makes the tree that of its algorithm "prims_kdtree", to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clusterkit.compiled import compiled
from clusterkit.distances import Rows, compute_bounds, find_level, measure_distance

# Steps of Prim's algorithm between two reports of progress.
_STEPS_PER_REPORT = 1000
# Entries of a step summarised by one minimum, so that few are read again to find the next; also
# tested together before one is looked at alone.
_GROUP = 64
_NO_SLOT = -1


def span_tree(
    rows: Rows,
    core: np.ndarray,
    neighbours: tuple[np.ndarray, np.ndarray],
    bounds: np.ndarray | None,
    block_rows: int,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Grow the minimum spanning tree from row 0.

    Parameters
    ----------
    rows : Rows
    core : ndarray, shape (n,), float64
        Core distances.
    neighbours : indices, shape (n, k), int32, and distances, shape (n, k), float64
        From `find_neighbours`; only what is foreseen depends on them.
    bounds : ndarray, shape (n, n), uint16, or None
        From `compute_all_bounds`; None computes `block_rows` rows at a time, when wanted.
    block_rows : int
    report : callable
        Called with the share done.

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
    ceilings = np.full(n, np.iinfo(np.uint16).max, dtype=np.uint16)
    ceilings[0] = 0
    nearest = np.zeros(n, dtype=np.int32)
    group_minima = np.full(-(-n // _GROUP), np.inf)
    slots = np.arange(n, dtype=np.int32)
    if bounds is None:
        slots[:] = _NO_SLOT
        bounds = np.empty((block_rows, n), dtype=np.uint16)
    node, step = 0, 0
    while step < edges:
        if slots[node] == _NO_SLOT:
            wanted = _foresee_nodes(node, block_rows, current, ceilings, core, *neighbours)
            compute_bounds(rows, wanted, bounds)
            slots[:] = _NO_SLOT
            slots[wanted] = np.arange(len(wanted), dtype=np.int32)
        node, step = _grow_tree(
            bounds, slots, rows.exact, rows.scale, core, node, step,
            min(step + _STEPS_PER_REPORT, edges),
            current, ceilings, nearest, group_minima, sources, targets, weights,
        )  # fmt: skip
        report(step / edges)
    return sources, targets, weights


@compiled
def _foresee_nodes(
    node: int,
    count: int,
    current: np.ndarray,
    ceilings: np.ndarray,
    core: np.ndarray,
    neighbours: np.ndarray,
    neighbour_distances: np.ndarray,
) -> np.ndarray:
    """Guess the nodes that Prim's algorithm visits from `node` on, by what is known already.

    That is the best edges found so far, and those between nearest neighbours.
    """
    n = current.size
    expected = current.copy()
    # Infinite but not yet reached is possible only before the first row has been read.
    visited = np.isinf(current) & (ceilings == 0)
    minima = np.empty(-(-n // _GROUP))
    for group in range(minima.size):
        minima[group] = np.min(expected[group * _GROUP : (group + 1) * _GROUP])
    foreseen = np.empty(count, dtype=np.int32)
    foreseen[0] = node
    found = 1
    while found < count:
        for c in range(neighbours.shape[1]):
            j = neighbours[node, c]
            if not visited[j]:
                weight = max(neighbour_distances[node, c], core[node], core[j])
                expected[j] = min(expected[j], weight)
                minima[j // _GROUP] = min(minima[j // _GROUP], weight)
        group = int(np.argmin(minima))
        if np.isinf(minima[group]):
            break
        first = group * _GROUP
        node = first + int(np.argmin(expected[first : first + _GROUP]))
        visited[node] = True
        expected[node] = np.inf
        minima[group] = np.min(expected[first : first + _GROUP])
        foreseen[found] = node
        found += 1
    return foreseen[:found]


@compiled
def _any_beaten(row: np.ndarray, ceilings: np.ndarray, start: int, stop: int) -> bool:
    found = False
    for j in range(start, stop):
        found |= row[j] < ceilings[j]
    return found


@compiled
def _grow_tree(
    bounds: np.ndarray,
    slots: np.ndarray,
    exact: np.ndarray,
    scale: float,
    core: np.ndarray,
    node: int,
    step: int,
    stop: int,
    current: np.ndarray,
    ceilings: np.ndarray,
    nearest: np.ndarray,
    group_minima: np.ndarray,
    sources: np.ndarray,
    targets: np.ndarray,
    weights: np.ndarray,
) -> tuple[int, int]:
    """Add edges `step` to `stop` to the tree, or until a row is wanted that is not at hand.

    `current[j]` is the weight of the best edge from the tree to j, infinite once j is in the tree;
    `nearest[j]` its other end; `ceilings[j]` the level that a bound must stay under to improve it.
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
                    ceilings[j] = 0 if settled else find_level(weight, scale)
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
        ceilings[node] = 0
        group_minima[best_group] = np.min(current[first:last])
        step += 1
    return node, step


def link_edges(sources: np.ndarray, targets: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Join the edges of a spanning tree, nearest first, into a single linkage tree.

    Parameters
    ----------
    sources, targets : ndarray, shape (n − 1,), int32
    weights : ndarray, shape (n − 1,), float64

    Returns
    -------
    ndarray, shape (n − 1, 4), float64
        Left, right, weight, size; row i makes node n + i.
    """
    # The default sort, because it orders equal weights as the hdbscan package does.
    return _join_edges(sources, targets, weights, np.argsort(weights))


@compiled
def _join_edges(
    sources: np.ndarray, targets: np.ndarray, weights: np.ndarray, order: np.ndarray
) -> np.ndarray:
    n = order.size + 1
    linkage = np.empty((n - 1, 4), dtype=np.float64)
    parents = np.arange(2 * n - 1)
    sizes = np.ones(2 * n - 1, dtype=np.int64)
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


@compiled
def _find_root(parents: np.ndarray, node: int) -> int:
    root = node
    while parents[root] != root:
        root = parents[root]
    while parents[node] != root:
        parents[node], node = root, parents[node]
    return root
