"""What a film knows: frames of one scene are often one character, and never two at one moment.

`learn_from_scenes` lets the scenes teach (`clusterkit.likeness`) which pairs of frames are likely
one character, and with those pairs a metric in which characters vary less (`clusterkit.metric`).

Everything is relative to the distances of the show at hand: no constant knows an encoder or a
style. Where the names carry no scenes, nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterkit.likeness import Likeness, calibrate_likeness
from clusterkit.metric import (
    learn_metric,
    mix_rows,
    project_rows,
    spread_of_pairs,
    steady_rows,
)

COMPANIONS = 40
"""Following frames of its scene that a frame is paired with: long scenes must not cost squares."""

LEAST_PAIRS = 200
"""Pairs below which nothing is learnt: a calibration from fewer is chance."""


@dataclass(frozen=True)
class FilmRows:
    """What the hierarchy is built on, and what the names told.

    Attributes
    ----------
    rows : ndarray, shape (n, d), float32
        Unit rows.
    likeness : Likeness or None
        None where the names carried too few scenes to learn from: the rows are as they were.
    scenes : ndarray, shape (n,), int, or None
        As from `number_scenes`; None with the likeness.
    companions : tuple of two ndarray, shape (n_pairs,), or None
        As from `pair_companions`; None with the likeness.
    """

    rows: np.ndarray
    likeness: Likeness | None = None
    scenes: np.ndarray | None = None
    companions: tuple[np.ndarray, np.ndarray] | None = None


def learn_from_scenes(
    embeddings: np.ndarray, frames: pd.DataFrame, temporal_weight: float
) -> FilmRows:
    """Bring what the scenes teach into the distances.

    The squared distance of two frames becomes (1 - w) times that of their embeddings plus w times
    that in the learnt metric, w being `temporal_weight`; then frames are steadied.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows of the selected frames.
    frames : DataFrame
        Aligned: episode, scene, frame, seconds.
    temporal_weight : float
        0 to 1; 0 changes nothing.
    """
    first, second = pair_companions(frames)
    if temporal_weight <= 0 or len(first) < LEAST_PAIRS:
        return FilmRows(embeddings)
    scenes = number_scenes(frames)
    weights = calibrate_likeness(embeddings, first, second, scenes)[1]
    axes = project_rows(embeddings)
    # Twice: what the first pass learnt calibrates the pairs of the second.
    learnt = learn_metric(axes, spread_of_pairs(axes, first, second, weights))
    weights = calibrate_likeness(learnt, first, second, scenes)[1]
    learnt = learn_metric(axes, spread_of_pairs(axes, first, second, weights))
    joined = mix_rows(embeddings, learnt, temporal_weight)
    likeness, weights = calibrate_likeness(joined, first, second, scenes)
    steadied = steady_rows(joined, first, second, weights)
    return FilmRows(steadied, likeness, scenes, (first, second))


def number_scenes(frames: pd.DataFrame) -> np.ndarray:
    """A number for each (episode, scene); -1 where the name tells no scene. Shape (n,), int."""
    names = frames["episode"].astype(str) + "\0" + frames["scene"].astype(str)
    numbers = pd.factorize(names)[0]
    return np.where(frames["scene"].isna(), -1, numbers)


def pair_companions(frames: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pair every frame with those that follow it in its scene.

    Two frames of one moment are never paired: they cannot be one character.

    Returns
    -------
    first, second : ndarray, shape (n_pairs,), int64
        Row numbers.
    """
    scenes, moment, order = _order_by_time(frames)
    first, second = [], []
    for step in range(1, min(COMPANIONS, len(order) - 1) + 1):
        earlier, later = order[:-step], order[step:]
        together = (scenes[earlier] == scenes[later]) & (moment[earlier] != moment[later])
        first.append(earlier[together])
        second.append(later[together])
    if not first:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(first), np.concatenate(second)


def pair_simultaneous(frames: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Pair the frames that were cut out of one moment: they show two characters, or one twice.

    Returns
    -------
    first, second : ndarray, shape (n_pairs,), int64
        Row numbers.
    """
    scenes, moment, order = _order_by_time(frames)
    first, second = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for step in range(1, len(order)):
        earlier, later = order[:-step], order[step:]
        together = (scenes[earlier] == scenes[later]) & (moment[earlier] == moment[later])
        if not together.any():  # nor are any farther apart in the order of time
            break
        first.append(earlier[together])
        second.append(later[together])
    return np.concatenate(first), np.concatenate(second)


def _order_by_time(frames: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scene and moment of every frame, and the frames that have a scene in the order of time."""
    scenes = number_scenes(frames)
    moment = (
        frames["frame"].astype("Float64").fillna(frames["seconds"]).to_numpy(float, na_value=np.nan)
    )
    order = np.lexsort((moment, scenes))
    return scenes, moment, order[scenes[order] >= 0]
