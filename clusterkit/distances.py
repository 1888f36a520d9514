"""Exact Euclidean distances at the price of float32: certified bounds, and nearest neighbours.

A float32 matrix product gives all squared distances at once, as |a|² + |b|² − 2a·b, but it loses
every digit of a small one. So the product is never trusted as a distance. It is turned into a
*lower bound* that holds whatever the rounding did, the bound rules out almost every pair, and the
few pairs that remain are measured in float64. What comes out is exact; only the speed depends on
the bounds. That is why they can be kept as 16-bit levels, in half the memory of float32.

The squared bound is ``(1 − c)(|a|² + |b|²) − 2 a·b`` with ``c`` from the standard error analysis of
an inner product of length d, which holds for any order of summation, hence for any BLAS
(N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed. 2002, section 3.1).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from clusterkit.compiled import compiled

# Half the gap between 1 and the next float32: the largest relative error of one rounding.
_UNIT_ROUNDOFF = 2.0**-24
# Roundings beside those of the product itself: centring, scaling, the norms, their sum, the root.
_OTHER_ROUNDINGS = 32
# Levels to a unit of scaled distance: rows have norm 1 at the most, so none is farther than 2.
LEVELS = np.float32(32000)
_HIGHEST_LEVEL = 65535
# Squares below are taken as this, which is level 0: what underflows stays below it.
_SMALLEST_SQUARE = np.float32(1e-30)
# A Python 2 would turn the arithmetic of the kernels into float64.
_TWO = np.float32(2)
# Entries tested together before one is looked at alone: a whole number of SIMD registers.
_CHUNK = 64
# A square of the matrix of this side is written transposed while it is still in the L1 cache.
_TILE = 64
# Rows of one matrix product: wide enough for BLAS to run at full speed, small beside the matrix.
_PANEL_ROWS = 512
# Candidates beyond the k asked for, so that the k-th is nearly always certified at the first try.
_SPARE_CANDIDATES = 8


@dataclass(frozen=True)
class Rows:
    """The rows of an embedding, ready both to be measured exactly and to be bounded.

    Attributes
    ----------
    exact : ndarray, shape (n, d), float64
        The rows as given. Constraints that alter distances belong beside `measure_distance`,
        which is the only reader of these values, and in `compute_bounds`, for the same pairs.
    scaled : ndarray, shape (n, d), float32
        Centred rows times `scale`, so that the longest has norm 1.
    squared_norms : ndarray, shape (n,), float32
        Of the scaled rows, lessened by the error that a bound has to allow for.
    scale : float
        A bound is in levels: distance × scale × LEVELS.
    """

    exact: np.ndarray
    scaled: np.ndarray
    squared_norms: np.ndarray
    scale: float

    def __len__(self) -> int:
        return len(self.exact)


def prepare_rows(embeddings: np.ndarray) -> Rows:
    """Centre and scale the rows: bounds are tight where norms are small beside distances.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), finite

    Returns
    -------
    Rows
    """
    exact = np.ascontiguousarray(embeddings, dtype=np.float64)
    if exact.size == 0:
        return Rows(exact, exact.astype(np.float32), np.zeros(len(exact), np.float32), 1.0)
    # Scaling first keeps the norms finite for rows near the float limits; by a power of two it is
    # exact, and so is a later subtraction up to one rounding: nothing is lost to a large offset.
    largest = 2.0 ** np.frexp(np.abs(exact).max())[1]
    scaled = exact / largest
    scaled -= scaled.mean(axis=0)
    longest = float(np.sqrt(np.einsum("ij,ij->i", scaled, scaled).max())) or 1.0
    scaled /= longest
    single = scaled.astype(np.float32)
    norms = np.einsum("ij,ij->i", single, single, dtype=np.float64)
    roundings = (exact.shape[1] + _OTHER_ROUNDINGS) * _UNIT_ROUNDOFF
    lessened = (norms * (1.0 - roundings / (1.0 - roundings))).astype(np.float32)
    return Rows(exact, single, lessened, 1.0 / (largest * longest))


@compiled
def measure_distance(exact: np.ndarray, i: int, j: int) -> float:
    """Euclidean distance of two rows in float64.

    The terms are added one after the other, as the metrics of scikit-learn and hdbscan do, so that
    equal distances there are equal here, to the last bit.
    """
    total = 0.0
    for c in range(exact.shape[1]):
        difference = exact[i, c] - exact[j, c]
        total += difference * difference
    return np.sqrt(total)


@compiled
def _write_levels(
    levels: np.ndarray, products: np.ndarray, own_norm: np.float32, norms: np.ndarray
) -> None:
    for j in range(levels.size):
        square = own_norm + norms[j] - _TWO * products[j]
        if square < _SMALLEST_SQUARE:
            square = _SMALLEST_SQUARE
        levels[j] = np.uint16(np.int32(np.sqrt(square) * LEVELS))


@compiled
def _finish_rows(
    bounds: np.ndarray,
    products: np.ndarray,
    norms: np.ndarray,
    nodes: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Write bounds from products, for rows `first` to `last` of the block of `nodes`."""
    for r in range(first, last):
        _write_levels(bounds[r], products[r], norms[nodes[r]], norms)


@compiled
def _finish_panel(
    bounds: np.ndarray, products: np.ndarray, norms: np.ndarray, start: int, first: int, last: int
) -> None:
    """Write columns `first` to `last` of a panel as bounds, and their mirror image.

    `products` holds the columns from `start` on of the rows from `start` on. A row of the mirror
    image gets all its entries before the next one: scattered writes cost more than the product.
    """
    stop = start + products.shape[0]
    for left in range(first, last, _TILE):
        right = min(left + _TILE, last)
        for top in range(start, stop, _TILE):
            bottom = min(top + _TILE, stop)
            for i in range(top, bottom):
                own = products[i - start, left - start : right - start]
                _write_levels(bounds[i, left:right], own, norms[i], norms[left:right])
            for j in range(left, right):
                for i in range(top, bottom):
                    bounds[j, i] = bounds[i, j]


def run_in_threads(work: Callable[[int, int], None], start: int, stop: int) -> None:
    """Call `work(first, last)` on equal shares of a range, one a core; it must release the GIL."""
    workers = min(os.cpu_count() or 1, max(stop - start, 1))
    edges = np.linspace(start, stop, workers + 1).astype(int)
    if workers == 1:
        work(start, stop)
        return
    with ThreadPoolExecutor(workers) as pool:
        for done in [pool.submit(work, a, b) for a, b in pairwise(edges)]:
            done.result()


def compute_bounds(rows: Rows, nodes: np.ndarray, out: np.ndarray) -> None:
    """Lower bounds of the distances from some rows to all rows.

    Parameters
    ----------
    rows : Rows
    nodes : ndarray, shape (b,), int32
        Which rows.
    out : ndarray, shape (≥ b, n), uint16
        Where the bounds go, in levels.
    """
    for start in range(0, len(nodes), _PANEL_ROWS):
        panel = nodes[start : start + _PANEL_ROWS]
        products = rows.scaled[panel] @ rows.scaled.T
        finish = partial(_finish_rows, out[start:], products, rows.squared_norms, panel)
        run_in_threads(finish, 0, len(panel))


def compute_all_bounds(rows: Rows, report: Callable[[float], None]) -> np.ndarray:
    """Lower bounds of all distances, in levels: shape (n, n), uint16, symmetric.

    Only the upper half is multiplied. `report` is called with the share done.
    """
    n = len(rows)
    bounds = np.empty((n, n), dtype=np.uint16)
    room = np.empty(min(_PANEL_ROWS, n) * n, dtype=np.float32)
    for start in range(0, n, _PANEL_ROWS):
        stop = min(start + _PANEL_ROWS, n)
        products = room[: (stop - start) * (n - start)].reshape(stop - start, n - start)
        np.matmul(rows.scaled[start:stop], rows.scaled[start:].T, out=products)
        finish = partial(_finish_panel, bounds, products, rows.squared_norms, start)
        run_in_threads(finish, start, n)
        report(1.0 - (1.0 - stop / n) ** 2)
    return bounds


@compiled
def find_level(distance: float, scale: float) -> np.uint16:
    """Return a level that the bound of any smaller distance is certain to stay under."""
    # The widening covers the rounding of the product and of the scale itself.
    level = distance * scale * float(LEVELS) * (1.0 + 1e-9) + 1.0
    return np.uint16(min(level, _HIGHEST_LEVEL))


@compiled
def _insert(keys: np.ndarray, values: np.ndarray, filled: int, key: float, value: int) -> int:
    """Keep the smallest keys in ascending order, the lower value first among equals."""
    size = keys.size
    if filled == size:
        if key > keys[size - 1] or (key == keys[size - 1] and value >= values[size - 1]):
            return filled
        position = size - 1
    else:
        position = filled
        filled += 1
    while position > 0 and (
        keys[position - 1] > key or (keys[position - 1] == key and values[position - 1] > value)
    ):
        keys[position] = keys[position - 1]
        values[position] = values[position - 1]
        position -= 1
    keys[position] = key
    values[position] = value
    return filled


@compiled
def _any_below(row: np.ndarray, start: int, stop: int, limit: np.uint16) -> bool:
    found = False
    for j in range(start, stop):
        found |= row[j] < limit
    return found


@compiled
def _find_neighbours(
    bounds: np.ndarray,
    exact: np.ndarray,
    scale: float,
    nodes: np.ndarray,
    indices: np.ndarray,
    distances: np.ndarray,
    first: int,
    last: int,
) -> None:
    """Exact nearest neighbours of rows `first` to `last` of a panel of bounds."""
    n = exact.shape[0]
    k = indices.shape[1]
    wanted = min(k + _SPARE_CANDIDATES, n - 1)
    guess_keys = np.empty(wanted, dtype=np.uint16)
    guess_nodes = np.empty(wanted, dtype=np.int32)
    best_keys = np.empty(k, dtype=np.float64)
    best_nodes = np.empty(k, dtype=np.int32)
    for r in range(first, last):
        node = nodes[r]
        row = bounds[r]
        # Those of the smallest bounds first: they give a k-th distance close to the true one.
        filled = 0
        limit = np.uint16(_HIGHEST_LEVEL)
        for start in range(0, n, _CHUNK):
            stop = min(start + _CHUNK, n)
            if not _any_below(row, start, stop, limit):
                continue
            for j in range(start, stop):
                if row[j] < limit and j != node:
                    filled = _insert(guess_keys, guess_nodes, filled, row[j], j)
                    if filled == wanted:
                        limit = guess_keys[wanted - 1]
        found = 0
        for c in range(wanted):
            distance = measure_distance(exact, node, guess_nodes[c])
            found = _insert(best_keys, best_nodes, found, distance, int(guess_nodes[c]))
        # Whatever was left out has a bound of at least `limit`: measure what may yet be nearer.
        ceiling = find_level(best_keys[k - 1], scale)
        if wanted < n - 1 and limit < ceiling:
            for start in range(0, n, _CHUNK):
                stop = min(start + _CHUNK, n)
                if not _any_below(row, start, stop, ceiling):
                    continue
                for j in range(start, stop):
                    if row[j] < limit or row[j] >= ceiling or j == node:
                        continue
                    # At the limit itself some were measured and some were not.
                    known = False
                    for c in range(wanted):
                        known |= guess_nodes[c] == j
                    if not known:
                        distance = measure_distance(exact, node, j)
                        _insert(best_keys, best_nodes, k, distance, j)
                        ceiling = find_level(best_keys[k - 1], scale)
        for c in range(k):
            indices[node, c] = best_nodes[c]
            distances[node, c] = best_keys[c]


def find_neighbours(
    rows: Rows,
    k: int,
    bounds: np.ndarray | None,
    block_rows: int,
    report: Callable[[float], None],
) -> tuple[np.ndarray, np.ndarray]:
    """Exact nearest neighbours of every row, itself left out.

    Parameters
    ----------
    rows : Rows
    k : int
        How many, at the most n − 1.
    bounds : ndarray, shape (n, n), uint16, or None
        From `compute_all_bounds`; None computes `block_rows` rows at a time and keeps none.

    Returns
    -------
    indices : ndarray, shape (n, k), int32
        Ascending by distance, then by index.
    distances : ndarray, shape (n, k), float64
    """
    n = len(rows)
    indices = np.empty((n, k), dtype=np.int32)
    distances = np.empty((n, k), dtype=np.float64)
    if k == 0:
        return indices, distances
    block = np.empty((min(block_rows, n), n), dtype=np.uint16) if bounds is None else bounds
    for start in range(0, n, block_rows):
        nodes = np.arange(start, min(start + block_rows, n), dtype=np.int32)
        if bounds is None:
            compute_bounds(rows, nodes, block)
        else:
            block = bounds[start : start + block_rows]
        find = partial(_find_neighbours, block, rows.exact, rows.scale, nodes, indices, distances)
        run_in_threads(find, 0, len(nodes))
        report((start + len(nodes)) / n)
    return indices, distances
