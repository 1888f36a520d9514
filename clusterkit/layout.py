"""UMAP from neighbours that are known already: the same algorithm, without a second search.

McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection for Dimension
Reduction" (2018). What makes this worth having beside umap-learn: the hierarchy has found exact
neighbours, so that only the graph and its layout are left; the kernels are compiled once and kept;
and a few hundred frames take a fraction of a second, where importing umap-learn alone takes longer.
"""

from __future__ import annotations

import numpy as np

from clusterkit.compiled import compiled

# 1 / (1 + a x^2b) fitted to UMAP's defaults min_dist 0.1 and spread 1, as umap-learn fits it.
_CURVE_A = 1.57694346
_CURVE_B = 0.89506088

_NEGATIVE_SAMPLES = 5
"""Rows pushed away for each one pulled near."""

_LONGEST_STEP = 4.0
_LEAST_DISTANCE = 1e-3
_BISECTIONS = 64
_START_EXTENT = 10.0
"""Half the width of the starting layout; the forces are made for distances of about one."""

_MANY_ROWS = 10_000
_EPOCHS_FEW, _EPOCHS_MANY = 500, 200
"""Rounds for up to, and for more than, that many rows: as umap-learn."""


def lay_out_neighbours(
    neighbours: np.ndarray, distances: np.ndarray, start: np.ndarray, *, seed: int = 0
) -> np.ndarray:
    """Lay rows out in the plane so that neighbours stay neighbours.

    Parameters
    ----------
    neighbours : ndarray, shape (n, k), int32
        The nearest rows, nearest first, the row itself left out.
    distances : ndarray, shape (n, k), float32
    start : ndarray, shape (n, 2), float32
        Where each row begins, such as its principal components; only the shape matters.
    seed : int
        The same seed gives the same layout, on any number of cores.

    Returns
    -------
    ndarray, shape (n, 2), float32
    """
    n = len(neighbours)
    if n < 4 or not neighbours.shape[1]:  # too few to have a shape
        return start.astype(np.float32)
    weights = _weigh_neighbours(distances.astype(np.float64))
    heads, tails, shared = _share_weights(neighbours, weights)
    epochs = _EPOCHS_FEW if n <= _MANY_ROWS else _EPOCHS_MANY
    kept = shared >= shared.max() / epochs  # weaker ones would never have a turn
    heads, tails, shared = heads[kept], tails[kept], shared[kept]
    extent = max(float(np.abs(start).max()), 1e-12)  # all rows may be equal
    jitter = np.random.default_rng(seed).normal(scale=1e-4, size=start.shape)
    points = start.astype(np.float64) * (_START_EXTENT / extent) + jitter
    _relax(points, heads, tails, shared.max() / shared, epochs, seed)
    return points.astype(np.float32)


def _share_weights(
    neighbours: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Take the fuzzy union of both directions, a + b − ab, as edges in row order."""
    n, k = neighbours.shape
    heads, tails = np.repeat(np.arange(n), k), neighbours.ravel().astype(np.int64)
    keys = np.concatenate([heads * n + tails, tails * n + heads])
    both = np.concatenate([weights.ravel(), weights.ravel()])
    order = np.argsort(keys, kind="stable")
    keys, both = keys[order], both[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    missing = np.multiply.reduceat(1 - both, first)  # (1 − a)(1 − b)
    return keys[first] // n, keys[first] % n, 1 - missing


@compiled
def _weigh_neighbours(distances):  # type: ignore[no-untyped-def]
    """How strongly each row holds each neighbour: 1 for the nearest; all together log2(k + 1)."""
    n, k = distances.shape
    target = np.log2(k + 1)
    weights = np.empty((n, k))
    overall = distances.mean()
    for row in range(n):
        nearest = 0.0
        for at in range(k):
            if distances[row, at] > 0:
                nearest = distances[row, at]
                break
        low, high, width = 0.0, np.inf, 1.0
        for _ in range(_BISECTIONS):
            total = 0.0
            for at in range(k):
                total += np.exp(-max(distances[row, at] - nearest, 0.0) / width)
            if abs(total - target) < 1e-5:
                break
            if total > target:
                high = width
                width = (low + high) / 2
            else:
                low = width
                width = width * 2 if high == np.inf else (low + high) / 2
        width = max(width, 1e-3 * overall, 1e-12)
        for at in range(k):
            weights[row, at] = np.exp(-max(distances[row, at] - nearest, 0.0) / width)
    return weights


@compiled
def _clip(step):  # type: ignore[no-untyped-def]
    return max(-_LONGEST_STEP, min(_LONGEST_STEP, step))


@compiled
def _relax(points, heads, tails, period, epochs, seed):  # type: ignore[no-untyped-def]
    """Stochastic gradient descent: each edge pulls every `period` rounds, and pushes strangers."""
    n = len(points)
    state = np.uint64(seed * 2654435761 + 88172645463325252)
    due = period.copy()
    push_period = period / _NEGATIVE_SAMPLES
    push_due = push_period.copy()
    for epoch in range(epochs):
        rate = 1.0 - epoch / epochs
        for edge in range(len(heads)):
            if due[edge] > epoch:
                continue
            i, j = heads[edge], tails[edge]
            x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            square = x * x + y * y
            if square > 0:
                power = square**_CURVE_B
                force = -2 * _CURVE_A * _CURVE_B * power / (square * (_CURVE_A * power + 1))
                step_x, step_y = rate * _clip(force * x), rate * _clip(force * y)
                points[i, 0] += step_x
                points[i, 1] += step_y
                points[j, 0] -= step_x
                points[j, 1] -= step_y
            due[edge] += period[edge]
            pushes = int((epoch - push_due[edge]) / push_period[edge])
            for _ in range(pushes):
                # Marsaglia's xorshift: numba's own generator would differ between versions.
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                other = int(state % np.uint64(n))
                if other == i:
                    continue
                x, y = points[i, 0] - points[other, 0], points[i, 1] - points[other, 1]
                square = x * x + y * y
                if square > 0:
                    force = (
                        2
                        * _CURVE_B
                        / ((_LEAST_DISTANCE + square) * (_CURVE_A * square**_CURVE_B + 1))
                    )
                    points[i, 0] += rate * _clip(force * x)
                    points[i, 1] += rate * _clip(force * y)
            if pushes > 0:
                push_due[edge] += pushes * push_period[edge]
