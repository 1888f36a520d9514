"""How likely two frames at a distance are one character, learnt from which frames share a scene.

Nobody tells us which frames of a scene show the same character, but the distances do: pairs from
one scene are a mixture of same and different, pairs from different scenes are nearly all
different, and comparing the two says how likely a pair at a given distance is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.isotonic import IsotonicRegression

LEAST_DIFFERENT = 0.02
"""Share of the pairs of a scene that show two characters, at least: with a share of 0, where scenes
hold one character each, every pair would be the same one, however far apart."""

RANDOM_PAIRS = 200_000
PAIRS_AT_ONCE = 4096
"""Pairs measured in one go: their rows stay in the processor's cache. All at once are a gigabyte of
copies, and took eight times the processor time."""

SEED = 0


@dataclass(frozen=True)
class Likeness:
    """How likely two frames at a distance show one character.

    Attributes
    ----------
    distances : ndarray, shape (k,), float64
        Increasing.
    probabilities : ndarray, shape (k,), float64
        Falling with distance, 0 to 1.
    """

    distances: np.ndarray
    probabilities: np.ndarray

    def __call__(self, distances: np.ndarray) -> np.ndarray:
        """Probability at each distance, the same shape."""
        return np.interp(distances, self.distances, self.probabilities)


def calibrate_likeness(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, scenes: np.ndarray
) -> tuple[Likeness, np.ndarray]:
    """Learn how likely a pair of one scene is one character, from its distance.

    With f_s the density of distances within scenes and f_a that between scenes, whose pairs are
    nearly all different, f_s = p f_same + (1 - p) f_a. The far half of f_a, where no same pair
    lies, gives 1 - p; isotonic regression of 'within' against 'between' gives the ratio f_a / f_s;
    so P(same | distance) = 1 - (1 - p) f_a / f_s.

    Returns
    -------
    likeness : Likeness
    weights : ndarray, shape (n_pairs,), float64
        The probability of each given pair.
    """
    within = measure_pairs(rows, first, second)
    rng = np.random.default_rng(SEED)
    one, other = rng.integers(len(rows), size=(2, RANDOM_PAIRS))
    apart = scenes[one] != scenes[other]
    between = measure_pairs(rows, one[apart], other[apart])
    if not len(between):  # a single scene: there is nothing to compare with
        return Likeness(np.array([0.0]), np.array([0.0])), np.zeros(len(within))
    regression = IsotonicRegression(increasing=False, out_of_bounds="clip").fit(
        np.concatenate([within, between]),
        np.repeat([1.0, 0.0], [len(within), len(between)]),
        np.repeat([1 / len(within), 1 / len(between)], [len(within), len(between)]),
    )
    middle = np.quantile(between, 0.5)
    different = float((within >= middle).mean() / (between >= middle).mean())
    different = float(np.clip(different, LEAST_DIFFERENT, 1))
    odds = np.clip(regression.y_thresholds_, 1e-6, 1 - 1e-9)
    likeness = Likeness(regression.X_thresholds_, np.clip(1 - different * (1 - odds) / odds, 0, 1))
    return likeness, likeness(within)


def measure_pairs(rows: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Euclidean distances of pairs of unit rows."""
    cosine = np.empty(len(first))
    for start in range(0, len(first), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        cosine[some] = np.einsum("ij,ij->i", rows[first[some]], rows[second[some]])
    return np.sqrt(np.maximum(0, 2 - 2 * cosine))
