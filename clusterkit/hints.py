"""What a curve or a clustering says, in words, with what to do about it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

MUCH_NOISE = 0.3
"""Share of noise from which most people would rather lower a setting than sort by hand."""

SWALLOWING = 0.5
"""Share of all clustered frames in one cluster from which it probably holds several characters."""

MANY_CLUSTERS = 40
"""More characters than one show usually has on screen."""

TINY_FACTOR = 2
"""A cluster is tiny below this many times min_cluster_size."""

TINY_SHARE = 0.6
"""Share of the clusters that are tiny from which the size is probably too small."""

CLIFF = 0.4
"""Share of the clusters that a step to the next size loses, from which it counts as a cliff."""


def describe_clusters(
    sizes: list[int],
    n_noise: int,
    min_cluster_size: int,
    n_below: Mapping[str, int] | None = None,
) -> list[str]:
    """Say what stands out in one clustering; often nothing.

    Parameters
    ----------
    sizes : list of int
        Frames of each cluster, largest first.
    n_noise : int
    min_cluster_size : int
    n_below : mapping of str to int, optional
        Frames that each quality rule rejects, by the name of its threshold.

    Examples
    --------
    >>> describe_clusters([30, 28, 25], 4, 10)
    []
    >>> describe_clusters([90, 12], 4, 10)
    ['the largest cluster holds 88 % of all clustered frames: it may have swallowed others']
    """
    clustered = sum(sizes)
    taking_part = clustered + n_noise
    hints = []
    if not taking_part:
        strictest = max(n_below, key=lambda name: n_below[name], default="") if n_below else ""
        which = f"{strictest}, which rejects {n_below[strictest]:,}" if n_below else "a threshold"
        return [f"no frame passes the quality rules: lower {which}"]
    if not sizes:
        return ["everything is noise: try a smaller min cluster size or min samples"]
    if n_noise > MUCH_NOISE * taking_part:
        hints.append(
            f"{n_noise / taking_part:.0%} of the frames are noise: "
            "try a smaller min cluster size or min samples"
        )
    if len(sizes) > 1 and sizes[0] > SWALLOWING * clustered:
        share = round(100 * sizes[0] / clustered)
        hints.append(
            f"the largest cluster holds {share} % of all clustered frames: "
            "it may have swallowed others"
        )
    tiny = sum(size < TINY_FACTOR * min_cluster_size for size in sizes)
    if len(sizes) > MANY_CLUSTERS or (len(sizes) > 8 and tiny > TINY_SHARE * len(sizes)):
        hints.append(
            f"{len(sizes)} clusters, {tiny} of them smaller than "
            f"{TINY_FACTOR * min_cluster_size} frames: "
            "a larger min cluster size joins or drops them"
        )
    return hints


def describe_curve(curve: pd.DataFrame, min_cluster_size: int) -> list[str]:
    """Say what lies beside the current value on the curve: a plateau, or a cliff ahead.

    Parameters
    ----------
    curve : DataFrame
        As `sweep_cuts` returns it, sizes ascending.
    min_cluster_size : int
    """
    if curve.empty:
        return []
    sizes = curve["min_cluster_size"].to_numpy()
    clusters = curve["n_clusters"].to_numpy()
    at = int(abs(sizes - min_cluster_size).argmin())
    here = int(clusters[at])
    hints = []
    same = clusters == here
    first = last = at
    while first > 0 and same[first - 1]:
        first -= 1
    while last + 1 < len(same) and same[last + 1]:
        last += 1
    if here and sizes[last] >= 1.5 * sizes[first] and last > first:
        hints.append(f"stable: {here} clusters for any size from {sizes[first]} to {sizes[last]}")
    ahead = clusters[at + 1 : at + 4]
    if here >= 3 and len(ahead) and ahead.min() <= (1 - CLIFF) * here:
        step = int((ahead <= (1 - CLIFF) * here).argmax())
        hints.append(
            f"a cliff ahead: only {int(ahead[step])} of {here} clusters are left "
            f"at {sizes[at + 1 + step]}"
        )
    return hints
