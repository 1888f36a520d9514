"""Flat clusterings cut from one hierarchy: what runs each time a slider moves.

A cut has four steps, each one pass over arrays (Campello, Moulavi and Sander 2013; McInnes and
Healy 2017; for epsilon, Malzer and Baum 2020):

1. condense: going down the single linkage tree, a split is real only if both sides have at least
   `min_cluster_size` rows, otherwise the smaller side falls out of a cluster that lives on;
2. stability: the sum over the rows of a cluster of 1/distance where they leave it, minus
   1/distance where it was born;
3. select: clusters more stable than all that is selected below them (eom), or the last ones (leaf);
4. label: a row belongs to the selected cluster it fell out of, or fell out below.

Nodes of a linkage tree are numbered upwards and condensed clusters downwards, so every pass is a
plain loop. Labels are those of the hdbscan package, up to their numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numba import njit

from clusterkit.errors import SettingsError
from clusterkit.hierarchy import Hierarchy, check_whole_number

Method = Literal["eom", "leaf"]

_METHODS = ("eom", "leaf")
_NOISE = -1
_ROOT = 0


@dataclass(frozen=True)
class Cut:
    """One flat clustering of the rows of a hierarchy.

    Attributes
    ----------
    labels : ndarray, shape (n,), int32
        Cluster of each row, −1 for noise. Numbered as the tree is read from the top, not by size.
    probabilities : ndarray, shape (n,), float32
        Membership: the 1/distance at which a row leaves its cluster over the largest of the
        cluster; 0 for noise.
    stabilities : ndarray, shape (n_clusters,), float64
        What eom maximises. Infinite for clusters that hold `min_samples` + 1 identical rows.
    persistences : ndarray, shape (n_clusters,), float64
        Stability over that of a cluster that would last the whole tree: 0 fleeting to 1 lasting.
    sizes : ndarray, shape (n_clusters,), int32
    min_cluster_size, method, epsilon, allow_single_cluster
        The settings, as given.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    stabilities: np.ndarray
    persistences: np.ndarray
    sizes: np.ndarray
    min_cluster_size: int
    method: Method
    epsilon: float
    allow_single_cluster: bool

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return len(self.sizes)

    @property
    def n_noise(self) -> int:
        """How many rows are in none of them."""
        return len(self.labels) - int(self.sizes.sum())


def cut_hierarchy(
    hierarchy: Hierarchy,
    *,
    min_cluster_size: int = 10,
    method: Method = "eom",
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
) -> Cut:
    """Cut a hierarchy into clusters and noise.

    Parameters
    ----------
    hierarchy : Hierarchy
    min_cluster_size : int
        At least 2. A split that leaves one side smaller is no split. More than half of all rows
        leaves nothing but noise, unless a single cluster is allowed.
    method : {"eom", "leaf"}
        "eom" selects the clusters with the most excess of mass; "leaf" the finest ones.
    epsilon : float
        Distance below which clusters are not split any further; 0 does nothing.
    allow_single_cluster : bool
        Whether eom may select the root, one cluster of all that is dense enough.

    Returns
    -------
    Cut

    Raises
    ------
    SettingsError
        If a setting makes no sense.

    Notes
    -----
    Two deliberate differences from the hdbscan package, both where rows are identical: a group at
    distance zero is never split, and in a cluster that holds such a group the other rows get a
    membership relative to the largest finite 1/distance, where the package gives them 0.

    Examples
    --------
    >>> from clusterkit.hierarchy import build_hierarchy
    >>> rows = np.array([[0.0], [1.0], [2.1], [50.0], [51.0], [52.1]])
    >>> cut_hierarchy(build_hierarchy(rows, min_samples=1), min_cluster_size=3).labels
    array([0, 0, 0, 1, 1, 1], dtype=int32)
    """
    min_cluster_size = check_whole_number("min_cluster_size", min_cluster_size, least=2)
    _check_selection(method, epsilon)
    labels, probabilities, stabilities, persistences, sizes = _cut(
        hierarchy.single_linkage,
        len(hierarchy),
        min_cluster_size,
        method == "leaf",
        float(epsilon),
        bool(allow_single_cluster),
    )
    return Cut(
        labels=labels,
        probabilities=probabilities,
        stabilities=stabilities,
        persistences=persistences,
        sizes=sizes,
        min_cluster_size=min_cluster_size,
        method=method,
        epsilon=float(epsilon),
        allow_single_cluster=bool(allow_single_cluster),
    )


def sweep_cuts(
    hierarchy: Hierarchy,
    min_cluster_sizes: Iterable[int],
    *,
    method: Method = "eom",
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
) -> pd.DataFrame:
    """Cut a hierarchy at many sizes: the curve behind a choice of `min_cluster_size`.

    Parameters
    ----------
    hierarchy : Hierarchy
    min_cluster_sizes : iterable of int
    method, epsilon, allow_single_cluster
        As for `cut_hierarchy`.

    Returns
    -------
    DataFrame
        One row a size, in the order given: `min_cluster_size`, `n_clusters`, `n_noise` and
        `n_largest`, the rows of the largest cluster.
    """
    cuts = [
        cut_hierarchy(
            hierarchy,
            min_cluster_size=size,
            method=method,
            epsilon=epsilon,
            allow_single_cluster=allow_single_cluster,
        )
        for size in min_cluster_sizes
    ]
    return pd.DataFrame(
        {
            "min_cluster_size": np.array([cut.min_cluster_size for cut in cuts], dtype=np.int64),
            "n_clusters": np.array([cut.n_clusters for cut in cuts], dtype=np.int64),
            "n_noise": np.array([cut.n_noise for cut in cuts], dtype=np.int64),
            "n_largest": np.array([cut.sizes.max(initial=0) for cut in cuts], dtype=np.int64),
        }
    )


def _check_selection(method: str, epsilon: float) -> None:
    if method not in _METHODS:
        raise SettingsError(f"method must be one of {', '.join(_METHODS)}; got {method!r}")
    try:
        sound = 0.0 <= float(epsilon) < float("inf")
    except (TypeError, ValueError):
        sound = False
    if not sound:
        raise SettingsError(f"epsilon must be a distance of at least 0; got {epsilon!r}")


@njit(nogil=True, cache=True)
def _cut(linkage, n, min_cluster_size, leaves_only, epsilon, allow_single):
    row_clusters, row_lambdas, parents, births = _condense(linkage, n, min_cluster_size)
    stabilities, deaths, tallest = _measure_stability(row_clusters, row_lambdas, parents, births)
    if leaves_only:
        selected = _select_leaves(parents)
    else:
        selected = _select_stable(parents, stabilities, allow_single)
    if epsilon > 0.0:
        selected = _merge_below(selected, parents, births, epsilon, allow_single)
    if selected[_ROOT]:
        _drop_from_root(row_clusters, row_lambdas, births, deaths, epsilon)
    return _label(row_clusters, row_lambdas, parents, stabilities, deaths, selected, tallest)


@njit(nogil=True, cache=True)
def _condense(linkage, n, min_cluster_size):
    """Which condensed cluster each row falls out of, at which lambda; each cluster's origin.

    Lambda is 1/distance. Clusters are numbered from the root, 0, so that parents come first.
    """
    row_clusters = np.zeros(n, dtype=np.int32)
    row_lambdas = np.zeros(n, dtype=np.float64)
    # Each real split needs min_cluster_size rows more, so there are at most this many clusters.
    most = 2 * (n // min_cluster_size) + 1
    parents = np.full(most, _NOISE, dtype=np.int32)
    births = np.zeros(most, dtype=np.float64)
    clusters = 1
    node_clusters = np.zeros(max(2 * n - 1, 1), dtype=np.int32)
    # Not negative once the node is out of its cluster.
    node_lambdas = np.full(max(2 * n - 1, 1), -1.0)
    for i in range(n - 2, -1, -1):
        node = n + i
        left = int(linkage[i, 0])
        right = int(linkage[i, 1])
        distance = linkage[i, 2]
        cluster = node_clusters[node]
        node_clusters[left] = cluster
        node_clusters[right] = cluster
        if node_lambdas[node] >= 0.0:
            node_lambdas[left] = node_lambdas[node]
            node_lambdas[right] = node_lambdas[node]
            continue
        height = 1.0 / distance if distance > 0.0 else np.inf
        left_lives = _count_rows(linkage, n, left) >= min_cluster_size
        right_lives = _count_rows(linkage, n, right) >= min_cluster_size
        if left_lives and right_lives and distance > 0.0:
            for child in (left, right):
                node_clusters[child] = clusters
                parents[clusters] = cluster
                births[clusters] = height
                clusters += 1
            continue
        # Identical rows leave together: splitting them would be splitting by row number.
        if not left_lives or distance == 0.0:
            node_lambdas[left] = height
        if not right_lives or distance == 0.0:
            node_lambdas[right] = height
    for row in range(n):
        row_clusters[row] = node_clusters[row]
        row_lambdas[row] = node_lambdas[row]
    return row_clusters, row_lambdas, parents[:clusters], births[:clusters]


@njit(nogil=True, cache=True)
def _count_rows(linkage, n, node):
    return 1 if node < n else int(linkage[node - n, 3])


@njit(nogil=True, cache=True)
def _measure_stability(row_clusters, row_lambdas, parents, births):
    """Stability of each cluster, the largest lambda at which it loses rows, and that of all."""
    stabilities = np.zeros(parents.size)
    deaths = np.zeros(parents.size)
    sizes = np.zeros(parents.size, dtype=np.int64)
    tallest = 0.0
    for row in range(row_clusters.size):
        cluster = row_clusters[row]
        height = row_lambdas[row]
        stabilities[cluster] += height - births[cluster]
        deaths[cluster] = max(deaths[cluster], height)
        sizes[cluster] += 1
        tallest = max(tallest, height)
    for cluster in range(parents.size - 1, 0, -1):
        parent = parents[cluster]
        stabilities[parent] += (births[cluster] - births[parent]) * sizes[cluster]
        deaths[parent] = max(deaths[parent], births[cluster])
        sizes[parent] += sizes[cluster]
    return stabilities, deaths, tallest


@njit(nogil=True, cache=True)
def _select_leaves(parents):
    selected = np.ones(parents.size, dtype=np.bool_)
    for cluster in range(1, parents.size):
        selected[parents[cluster]] = False
    # A tree without a split has no leaf but the root, which leaf never selects.
    selected[_ROOT] = False
    return selected


@njit(nogil=True, cache=True)
def _select_stable(parents, stabilities, allow_single):
    """Excess of mass: a cluster wins over those below it unless they are more stable together."""
    selected = np.ones(parents.size, dtype=np.bool_)
    below = np.zeros(parents.size)
    for cluster in range(parents.size - 1, -1, -1):
        if cluster == _ROOT and not allow_single:
            selected[cluster] = False
            continue
        if below[cluster] > stabilities[cluster]:
            selected[cluster] = False
        best = max(below[cluster], stabilities[cluster])
        if cluster != _ROOT:
            below[parents[cluster]] += best
    # From the top: whatever lies under a winner is part of it.
    covered = np.zeros(parents.size, dtype=np.bool_)
    for cluster in range(1, parents.size):
        parent = parents[cluster]
        covered[cluster] = covered[parent] or selected[parent]
        selected[cluster] = selected[cluster] and not covered[cluster]
    return selected


@njit(nogil=True, cache=True)
def _merge_below(selected, parents, births, epsilon, allow_single):
    """Replace clusters born at a distance under epsilon by the ancestor born at a larger one."""
    merged = np.zeros(parents.size, dtype=np.bool_)
    if selected[_ROOT]:
        return selected
    for cluster in range(1, parents.size):
        if not selected[cluster]:
            continue
        chosen = cluster
        if 1.0 / births[cluster] < epsilon:
            while parents[chosen] != _ROOT or allow_single:
                chosen = parents[chosen]
                if chosen == _ROOT or 1.0 / births[chosen] > epsilon:
                    break
        merged[chosen] = True
    # The root is a cluster only if it is the only one.
    merged[_ROOT] = merged[_ROOT] and merged.sum() == 1
    return merged


@njit(nogil=True, cache=True)
def _drop_from_root(row_clusters, row_lambdas, births, deaths, epsilon):
    """Leave as noise what falls out of a single cluster before its densest part appears."""
    least = 1.0 / epsilon if epsilon > 0.0 else deaths[_ROOT]
    for row in range(row_clusters.size):
        if row_lambdas[row] < least:
            row_clusters[row] = _NOISE


@njit(nogil=True, cache=True)
def _label(row_clusters, row_lambdas, parents, stabilities, deaths, selected, tallest):
    names = np.full(parents.size, _NOISE, dtype=np.int32)
    owners = np.full(parents.size, _NOISE, dtype=np.int32)
    n_clusters = 0
    for cluster in range(parents.size):
        if selected[cluster]:
            names[cluster] = n_clusters
            owners[cluster] = cluster
            n_clusters += 1
        elif cluster != _ROOT:
            names[cluster] = names[parents[cluster]]
            owners[cluster] = owners[parents[cluster]]

    n = row_clusters.size
    labels = np.full(n, _NOISE, dtype=np.int32)
    probabilities = np.zeros(n, dtype=np.float32)
    sizes = np.zeros(n_clusters, dtype=np.int32)
    # Where identical rows make the largest lambda infinite, the largest finite one takes its place.
    finite_deaths = np.zeros(n_clusters)
    for row in range(n):
        if row_clusters[row] == _NOISE or names[row_clusters[row]] == _NOISE:
            continue
        label = names[row_clusters[row]]
        labels[row] = label
        sizes[label] += 1
        if np.isfinite(row_lambdas[row]):
            finite_deaths[label] = max(finite_deaths[label], row_lambdas[row])
    for row in range(n):
        if labels[row] == _NOISE:
            continue
        death = deaths[owners[row_clusters[row]]]
        if not np.isfinite(death):
            death = finite_deaths[labels[row]]
        lasting = death == 0.0 or row_lambdas[row] >= death
        probabilities[row] = 1.0 if lasting else row_lambdas[row] / death

    chosen = np.empty(n_clusters)
    persistences = np.ones(n_clusters)
    for cluster in range(parents.size):
        if selected[cluster]:
            label = names[cluster]
            chosen[label] = stabilities[cluster]
            if sizes[label] > 0 and tallest > 0.0 and np.isfinite(tallest):
                persistences[label] = stabilities[cluster] / (sizes[label] * tallest)
    return labels, probabilities, chosen, persistences, sizes
