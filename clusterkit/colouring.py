"""What the colours of a scatter mean: one palette and one code a frame, for each way to colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE, REJECTED
from clusterkit.figures import LegendEntry
from clusterkit.palette import CLUSTER_COLOURS, NOISE_COLOUR

COLOURINGS = ("cluster", "status", "episode", "size", "blur", "coverage")
"""What `colour_frames` can colour by; the last three are quality metrics."""

METRIC_STEPS = 16
"""Shades of a metric: more cannot be told apart in small points."""

REJECTED_COLOUR = "#b8a48c"
STATUS_COLOURS = {CLUSTERED: "#2071ff", NOISE: NOISE_COLOUR, REJECTED: "#d22018"}

_N_COLOURS = len(CLUSTER_COLOURS)
NOISE_CODE, REJECTED_CODE = _N_COLOURS, _N_COLOURS + 1


@dataclass(frozen=True)
class Colouring:
    """Attributes: codes, shape (n,), uint8, into palette; and what to say about them."""

    codes: np.ndarray
    palette: tuple[str, ...]
    legend: tuple[LegendEntry, ...]


def keep_colours(
    before: np.ndarray, colours: tuple[int, ...], labels: np.ndarray
) -> tuple[int, ...]:
    """Give each cluster the colour of the one it grew from, so that the eye can follow it.

    Parameters
    ----------
    before : ndarray, shape (n,), int32
        Labels of the clustering on screen, −1 for none; empty for no clustering.
    colours : tuple of int
        Its colour codes, by label.
    labels : ndarray, shape (n,), int32
        Labels of the clustering to come, largest cluster first.

    Returns
    -------
    tuple of int
        Colour codes by new label. No code stands twice while there are colours left.
    """
    n_clusters = int(labels.max(initial=-1)) + 1
    chosen: list[int] = [-1] * n_clusters
    taken: set[int] = set()
    if len(before) and len(colours):
        both = (before >= 0) & (labels >= 0)
        pairs, counts = np.unique(
            labels[both].astype(np.int64) * len(colours) + before[both], return_counts=True
        )
        for pair in pairs[np.argsort(-counts, kind="stable")]:
            label, old = divmod(int(pair), len(colours))
            if chosen[label] < 0 and colours[old] not in taken:
                chosen[label] = colours[old]
                taken.add(colours[old])
    free = iter([code for code in range(_N_COLOURS) if code not in taken])
    return tuple(
        code if code >= 0 else next(free, label % _N_COLOURS) for label, code in enumerate(chosen)
    )


def colour_frames(
    by: str,
    *,
    labels: np.ndarray,
    cluster_colours: tuple[int, ...],
    status: np.ndarray,
    frames: pd.DataFrame,
    quality: pd.DataFrame,
    names: tuple[str, ...],
) -> Colouring:
    """Colour all frames by one of `COLOURINGS`."""
    if by == "cluster":
        return _colour_clusters(labels, cluster_colours, status, names)
    if by == "status":
        order = tuple(STATUS_COLOURS)
        codes = np.full(len(status), len(order), np.uint8)
        for code, name in enumerate(order):
            codes[status == name] = code
        legend = tuple(
            LegendEntry(name, colour, int((status == name).sum()))
            for name, colour in STATUS_COLOURS.items()
        )
        return Colouring(codes, tuple(STATUS_COLOURS.values()), legend)
    if by == "episode":
        episodes = frames["episode"].fillna("no episode").astype(str)
        numbers, found = pd.factorize(episodes)
        colours = [CLUSTER_COLOURS[code % _N_COLOURS] for code in range(len(found))]
        legend = tuple(
            LegendEntry(str(name), colours[code], int((numbers == code).sum()))
            for code, name in enumerate(found)
        )
        return Colouring((numbers % _N_COLOURS).astype(np.uint8), CLUSTER_COLOURS, legend)
    return _colour_metric(read_metric(quality, by))


def read_metric(quality: pd.DataFrame, name: str) -> np.ndarray:
    """Values of the metric behind a quality rule, shape (n,), float64, NaN where unknown.

    Parameters
    ----------
    quality : DataFrame
    name : {"size", "blur", "coverage"}
        The smaller side in pixels, the blur score, the covered share.
    """
    if name == "size":
        sides = quality[["width", "height"]].astype("Float64").min(axis=1)
        return sides.to_numpy(dtype=np.float64, na_value=np.nan)
    column = {"blur": "blur_score", "coverage": "alpha_coverage"}[name]
    return quality[column].to_numpy(np.float64)


def _colour_clusters(
    labels: np.ndarray, colours: tuple[int, ...], status: np.ndarray, names: tuple[str, ...]
) -> Colouring:
    by_label = np.array([*colours, NOISE_CODE], np.uint8)
    codes = by_label[labels]  # −1 is the last entry
    codes[status == REJECTED] = REJECTED_CODE
    sizes = np.bincount(labels[labels >= 0], minlength=len(colours))
    legend = tuple(
        LegendEntry(names[label], CLUSTER_COLOURS[code], int(sizes[label]), label)
        for label, code in enumerate(colours)
    )
    noise = LegendEntry("noise", NOISE_COLOUR, int((status == NOISE).sum()))
    return Colouring(codes, (*CLUSTER_COLOURS, NOISE_COLOUR, REJECTED_COLOUR), (*legend, noise))


def _colour_metric(values: np.ndarray) -> Colouring:
    from bokeh.palettes import viridis

    palette = tuple(viridis(METRIC_STEPS))
    known = values[np.isfinite(values)]
    if not len(known):
        return Colouring(np.zeros(len(values), np.uint8), palette, ())
    # Equal shares of the frames in each shade: metrics are skewed, and most would look the same.
    edges = np.unique(np.quantile(known, np.linspace(0, 1, METRIC_STEPS + 1)[1:-1]))
    codes = np.digitize(np.nan_to_num(values, nan=known.min()), edges).astype(np.uint8)
    marks = np.linspace(0, len(edges), 5).round().astype(int)
    which = np.digitize(codes[np.isfinite(values)], marks) - 1
    legend = tuple(
        LegendEntry(f"from {low:.3g}", palette[code], int((which == place).sum()))
        for place, code in enumerate(marks)
        for low in [known.min() if code == 0 else edges[code - 1]]
    )
    return Colouring(codes, palette, legend)
