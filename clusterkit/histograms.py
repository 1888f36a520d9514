"""The histogram of each quality metric, where its cut lies, and the frames on both sides of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from clusterkit.colouring import read_metric
from clusterkit.settings import QualityThresholds

N_BINS = 32
NEAR_FRAMES = 4
"""Frames shown on each side of a cut."""

SHOWN_SHARE = 0.9
"""A slider ends at this quantile of its metric: who cuts off more wants another film."""


@dataclass(frozen=True)
class Metric:
    """One quality rule as a view shows it.

    Attributes
    ----------
    name : {"size", "blur", "coverage"}
    setting : str
        Name of the threshold: min_size, min_blur, min_coverage.
    upper : float
        Where slider and histogram end; both begin at 0.
    step : float
        Of the slider.
    counts : ndarray, shape (N_BINS,), int
        Frames in equal bins from 0 to `upper`; those beyond are in the last one.
    cut : float
        The threshold.
    n_below : int
        Frames that this rule rejects.
    below, above : tuple of int
        Rows of the frames nearest to the cut: the best of the rejected, the worst of the kept;
        nearest first.
    """

    name: str
    setting: str
    upper: float
    step: float
    counts: np.ndarray
    cut: float
    n_below: int
    below: tuple[int, ...]
    above: tuple[int, ...]


def tabulate_metrics(
    quality: pd.DataFrame, thresholds: QualityThresholds, uppers: dict[str, float]
) -> tuple[Metric, ...]:
    """Describe all three rules at these thresholds.

    Parameters
    ----------
    quality : DataFrame
    thresholds : QualityThresholds
    uppers : dict
        Ends of the sliders by metric name, where they are known: they do not move with a cut
        unless the cut lies beyond.
    """
    cuts = {"size": thresholds.min_size, "blur": thresholds.min_blur,
            "coverage": thresholds.min_coverage}  # fmt: skip
    return tuple(
        _describe(quality, name, float(cut), uppers.get(name)) for name, cut in cuts.items()
    )


def _describe(quality: pd.DataFrame, name: str, cut: float, upper: float | None) -> Metric:
    values = read_metric(quality, name)
    known = np.flatnonzero(np.isfinite(values))
    step = {"size": 1.0, "blur": 1.0, "coverage": 0.005}[name]
    if upper is None:
        typical = float(np.quantile(values[known], SHOWN_SHARE)) if len(known) else 0.0
        upper = _round_up(max(typical, 2 * cut, 10 * step), step)
        upper = min(upper, 1.0) if name == "coverage" else upper
    upper = max(upper, cut)
    counts, _ = np.histogram(np.minimum(values[known], upper), bins=N_BINS, range=(0, upper))
    order = known[np.argsort(values[known], kind="stable")]
    # As `judge_quality` has it: a size may equal its threshold, the others must exceed it.
    side: Literal["left", "right"] = "left" if name == "size" else "right"
    at = int(np.searchsorted(values[order], cut, side=side))
    return Metric(
        name=name,
        setting=f"min_{name}",
        upper=upper,
        step=step,
        counts=counts,
        cut=cut,
        n_below=at,
        below=tuple(int(row) for row in order[max(0, at - NEAR_FRAMES) : at][::-1]),
        above=tuple(int(row) for row in order[at : at + NEAR_FRAMES]),
    )


def _round_up(value: float, step: float) -> float:
    """To two leading digits, and to whole steps."""
    magnitude = 10.0 ** (np.floor(np.log10(value)) - 1)
    rounded = np.ceil(value / magnitude) * magnitude
    return float(np.ceil(round(rounded / step, 6)) * step)
