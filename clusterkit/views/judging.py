"""From what the network saw of the frames of one character to opinions on the view of each.

A side of one character may look like the front of another: what tells them is how a frame differs
from the others of its character. So one head hears both, what was seen in a frame and how far that
is from the mean of its character. But a mean misleads where a character is seen from one side only,
so a head that knows of no other frame is heard as much.
"""

from __future__ import annotations

import numpy as np

from clusterkit.refining.groups import sum_groups
from clusterkit.views.knowledge import ViewWeights


def judge_sides(seen: np.ndarray, own: np.ndarray, weights: ViewWeights) -> np.ndarray:
    """Judge frames alone and beside the others of their character, and average both opinions.

    Parameters
    ----------
    seen : ndarray, shape (n, 3 + k)
        As `ViewMeter` measured it: logarithms of the probabilities that the frame alone gives to
        front, side and back, then the numbers that are held against the character's others.
    own : ndarray, shape (n,), int
        Character of each frame, 0 and up, none left out.
    weights : ViewWeights

    Returns
    -------
    ndarray, shape (n, 3), float64
        Logarithms of the probabilities of front, side and back.
    """
    alone, numbers = np.split(np.asarray(seen, np.float64), [3], axis=1)
    means = sum_groups(numbers, own, own.max() + 1).sums / np.bincount(own)[:, None]
    heard = np.hstack([numbers, numbers - means[own]])
    hidden = np.maximum(heard @ weights.beside_weight.T + weights.beside_bias, 0)
    beside = normalise_logarithms(hidden @ weights.verdict_weight.T + weights.verdict_bias)
    return normalise_logarithms((alone + beside) / 2)


def normalise_logarithms(values: np.ndarray) -> np.ndarray:
    """Shift rows so that their exponentials add up to one."""
    values = values - values.max(axis=1, keepdims=True)
    logarithms: np.ndarray = values - np.log(np.exp(values).sum(axis=1, keepdims=True))
    return logarithms
