"""The condensed tree: the passes over arrays that `clusterkit.cuts` is made of.

Nodes of a linkage tree are numbered upwards and condensed clusters downwards, so every pass is a
plain loop over one of them. A condensed tree is four arrays: for each row the cluster it falls out
of and the lambda (1/distance) where it does, for each cluster its parent and the lambda of its
birth. Cluster 0 is the root and holds all rows.
"""

from __future__ import annotations

import numpy as np

from clusterkit.compiled import compiled

_NOISE = -1
_ROOT = 0
_INSIDE = -1.0


@compiled
def cut_tree(
    linkage: np.ndarray,
    n: int,
    min_cluster_size: int,
    leaves_only: bool,
    epsilon: float,
    allow_single: bool,
    join_ties: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All four steps; returns labels, probabilities, stabilities, persistences and sizes."""
    row_clusters, row_lambdas, parents, births = condense_tree(
        linkage, n, min_cluster_size, join_ties
    )
    stabilities, deaths, tallest = measure_stability(row_clusters, row_lambdas, parents, births)
    if leaves_only:
        selected = _select_leaves(parents)
    else:
        selected = _select_stable(parents, stabilities, allow_single and n > 1)
    if epsilon > 0.0:
        selected = _merge_below(selected, parents, births, epsilon, allow_single)
    if selected[_ROOT]:
        _drop_from_root(row_clusters, row_lambdas, deaths[_ROOT], epsilon)
    return _label(row_clusters, row_lambdas, parents, stabilities, deaths, selected, tallest)


@compiled
def condense_tree(
    linkage: np.ndarray, n: int, min_cluster_size: int, join_ties: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Which condensed cluster each row falls out of, at which lambda; each cluster's origin.

    Lambda is 1/distance. Clusters are numbered from the root, 0, so that parents come first.
    """
    # A real split makes at least two clusters of min_cluster_size rows each.
    most = 2 * (n // min_cluster_size) + 1
    parents = np.full(most, _NOISE, dtype=np.int32)
    births = np.zeros(most, dtype=np.float64)
    clusters = 1
    node_clusters = np.zeros(max(2 * n - 1, 1), dtype=np.int32)
    # Not negative once the node is out of its cluster.
    node_lambdas = np.full(max(2 * n - 1, 1), _INSIDE)
    done = np.zeros(max(2 * n - 1, 1), dtype=np.bool_)
    parts = np.empty(n + 1, dtype=np.int32)
    for i in range(n - 2, -1, -1):
        node = n + i
        if done[node]:
            continue
        cluster = node_clusters[node]
        if node_lambdas[node] >= 0.0:
            for side in range(2):
                child = int(linkage[i, side])
                node_clusters[child] = cluster
                node_lambdas[child] = node_lambdas[node]
            continue
        # The parts the node falls into: two, or more where joins at one distance are undone at once
        # (always at distance zero: parting identical rows would be parting them by row number).
        distance = linkage[i, 2]
        at_once = join_ties or distance == 0.0
        count = 1
        parts[0] = node
        position = 0
        while position < count:
            part = parts[position]
            if part == node or (at_once and part >= n and linkage[part - n, 2] == distance):
                done[part] = True
                parts[position] = int(linkage[part - n, 0])
                parts[count] = int(linkage[part - n, 1])
                count += 1
            else:
                position += 1
        living = 0
        for part in parts[:count]:
            living += _count_rows(linkage, n, part) >= min_cluster_size
        height = 1.0 / distance if distance > 0.0 else np.inf
        for part in parts[:count]:
            node_clusters[part] = cluster
            if _count_rows(linkage, n, part) < min_cluster_size:
                node_lambdas[part] = height
            elif living > 1:
                node_clusters[part] = clusters
                parents[clusters] = cluster
                births[clusters] = height
                clusters += 1
    return node_clusters[:n].copy(), node_lambdas[:n].copy(), parents[:clusters], births[:clusters]


@compiled
def _count_rows(linkage: np.ndarray, n: int, node: int) -> int:
    return 1 if node < n else int(linkage[node - n, 3])


@compiled
def measure_stability(
    row_clusters: np.ndarray, row_lambdas: np.ndarray, parents: np.ndarray, births: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float]:
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


@compiled
def _select_leaves(parents: np.ndarray) -> np.ndarray:
    selected = np.ones(parents.size, dtype=np.bool_)
    for cluster in range(1, parents.size):
        selected[parents[cluster]] = False
    # A tree without a split has no leaf but the root, which leaf never selects.
    selected[_ROOT] = False
    return selected


@compiled
def _select_stable(parents: np.ndarray, stabilities: np.ndarray, allow_single: bool) -> np.ndarray:
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


@compiled
def _merge_below(
    selected: np.ndarray,
    parents: np.ndarray,
    births: np.ndarray,
    epsilon: float,
    allow_single: bool,
) -> np.ndarray:
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


@compiled
def _drop_from_root(
    row_clusters: np.ndarray, row_lambdas: np.ndarray, root_death: float, epsilon: float
) -> None:
    """Leave as noise what falls out of a single cluster before its densest part appears."""
    least = 1.0 / epsilon if epsilon > 0.0 else root_death
    for row in range(row_clusters.size):
        if row_lambdas[row] < least:
            row_clusters[row] = _NOISE


@compiled
def _label(
    row_clusters: np.ndarray,
    row_lambdas: np.ndarray,
    parents: np.ndarray,
    stabilities: np.ndarray,
    deaths: np.ndarray,
    selected: np.ndarray,
    tallest: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
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
