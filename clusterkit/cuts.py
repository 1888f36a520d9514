"""Flat clusterings cut from one hierarchy: what runs each time a slider moves.

A cut has four steps, each one pass over arrays (Campello, Moulavi and Sander 2013; McInnes and
Healy 2017; for epsilon, Malzer and Baum 2020):

1. condense: going down the single linkage tree, a split is real only if both sides have at least
   `min_cluster_size` rows, otherwise the smaller side falls out of a cluster that lives on;
2. stability: the sum over the rows of a cluster of 1/distance where they leave it, minus
   1/distance where it was born;
3. select: clusters more stable than all that is selected below them (eom), or the last ones (leaf);
4. label: a row belongs to the selected cluster it fell out of, or fell out below.

The steps are in `clusterkit.condensed`. Labels are those of the hdbscan package, up to their
numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from clusterkit.condensed import cut_tree
from clusterkit.errors import SettingsError
from clusterkit.hierarchy import Hierarchy, check_whole_number
from clusterkit.settings import SelectionMethod

Ties = Literal["ordered", "together"]


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
    min_cluster_size, method, epsilon, allow_single_cluster, ties
        The settings, as given.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    stabilities: np.ndarray
    persistences: np.ndarray
    sizes: np.ndarray
    min_cluster_size: int
    method: SelectionMethod
    epsilon: float
    allow_single_cluster: bool
    ties: Ties

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
    method: SelectionMethod = "eom",
    epsilon: float = 0.0,
    allow_single_cluster: bool = False,
    ties: Ties = "ordered",
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
    ties : {"ordered", "together"}
        Joins at the same distance, which mutual reachability makes common: a row that bridges two
        groups joins both at its core distance. "ordered" undoes one after the other, in the order
        of the hdbscan package, which gives such a row to the one or the other by row number.
        "together" undoes them at once, as the paper has it (Campello et al. 2013, algorithm 1):
        such a row is noise, and the labels are the same for any order of the rows.

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
    check_choice("method", method, get_args(SelectionMethod))
    check_choice("ties", ties, get_args(Ties))
    if not _is_distance(epsilon):
        raise SettingsError(f"epsilon must be a distance of at least 0; got {epsilon!r}")
    labels, probabilities, stabilities, persistences, sizes = cut_tree(
        hierarchy.single_linkage,
        len(hierarchy),
        min_cluster_size,
        method == "leaf",
        float(epsilon),
        bool(allow_single_cluster),
        ties == "together",
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
        ties=ties,
    )


def sweep_cuts(
    hierarchy: Hierarchy, min_cluster_sizes: Iterable[int], **settings: Any
) -> pd.DataFrame:
    """Cut a hierarchy at many sizes: the curve behind a choice of `min_cluster_size`.

    Parameters
    ----------
    hierarchy : Hierarchy
    min_cluster_sizes : iterable of int
    **settings
        The other settings of `cut_hierarchy`.

    Returns
    -------
    DataFrame
        One row a size, in the order given: `min_cluster_size`, `n_clusters`, `n_noise` and
        `n_largest`, the rows of the largest cluster.
    """
    cuts = [
        cut_hierarchy(hierarchy, min_cluster_size=size, **settings) for size in min_cluster_sizes
    ]
    return pd.DataFrame(
        {
            "min_cluster_size": np.array([cut.min_cluster_size for cut in cuts], dtype=np.int64),
            "n_clusters": np.array([cut.n_clusters for cut in cuts], dtype=np.int64),
            "n_noise": np.array([cut.n_noise for cut in cuts], dtype=np.int64),
            "n_largest": np.array([cut.sizes.max(initial=0) for cut in cuts], dtype=np.int64),
        }
    )


def check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise a SettingsError that lists the choices unless the value is one of them."""
    if value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}; got {value!r}")


def _is_distance(value: float) -> bool:
    try:
        return 0.0 <= float(value) < float("inf")
    except (TypeError, ValueError):
        return False
