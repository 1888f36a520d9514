"""What a film knows: frames of one scene are often one character, and never two at one moment.

Nobody tells us which frames of a scene show the same character, but the distances do: pairs from
one scene are a mixture of same and different, pairs from different scenes are nearly all
different, and comparing the two says how likely a pair at a given distance is the same
(`calibrate_likeness`). With those soft pairs

1. `learn_metric` turns down the directions in which one character varies within a scene (pose,
   crop, light) and so turns up those that tell characters apart: relevant component analysis
   (Bar-Hillel, Hertz, Shental and Weinshall, Learning a Mahalanobis metric from equivalence
   constraints, JMLR 2005), with soft instead of given pairs;
2. `steady_rows` pulls a frame a little towards its likely companions;
3. `join_noise` lets noise frames join the character that their nearest neighbours agree on.

Everything is relative to the distances of the show at hand: no constant knows an encoder or a
style. Where the names carry no scenes, nothing changes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.isotonic import IsotonicRegression
from sklearn.utils.extmath import randomized_svd

from clusterkit.hierarchy import Hierarchy

COMPANIONS = 40
"""Following frames of its scene that a frame is paired with: long scenes must not cost squares."""

LEAST_PAIRS = 200
"""Pairs below which nothing is learnt: a calibration from fewer is chance."""

LEARNT_AXES = 64
"""Principal axes in which the metric is learnt; 128 were no better on any set."""

LEAST_SHRINKAGE = 0.2
"""Share of the spread within scenes that is taken to be equal in all directions, at least."""

NEGLIGIBLE = 0.02
"""Pairs less likely than this to be one character teach nothing."""

STEADYING = 0.1
"""How far a frame with many companions is pulled: a tenth of the way. More fuses twins."""

LEAST_DIFFERENT = 0.02
"""Share of the pairs of a scene that show two characters, at least: with a share of 0, where scenes
hold one character each, every pair would be the same one, however far apart."""

RANDOM_PAIRS = 200_000
PAIRS_AT_ONCE = 4096
"""Pairs measured in one go: their rows stay in the processor's cache. All at once are a gigabyte of
copies, and took eight times the processor time."""

SEED = 0

JOIN_LIKENESS = 0.5
"""Neighbours count as witnesses from even odds."""

JOIN_WITNESSES = 3.0
"""Sum of likeness that a noise frame needs from one character: three sure neighbours."""

JOIN_AGREEMENT = 0.8
"""Share of all witnesses that must speak for the same character."""


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


@dataclass(frozen=True)
class FilmRows:
    """What the hierarchy is built on.

    Attributes
    ----------
    rows : ndarray, shape (n, d), float32
        Unit rows.
    likeness : Likeness or None
        None where the names carried too few scenes to learn from: the rows are as they were.
    """

    rows: np.ndarray
    likeness: Likeness | None


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
        return FilmRows(embeddings, None)
    scenes = number_scenes(frames)
    weights = calibrate_likeness(embeddings, first, second, scenes)[1]
    axes = _project(embeddings, min(LEARNT_AXES, *embeddings.shape))
    # Twice: what the first pass learnt calibrates the pairs of the second.
    learnt = learn_metric(axes, first, second, weights)
    weights = calibrate_likeness(learnt, first, second, scenes)[1]
    learnt = learn_metric(axes, first, second, weights)
    joined = np.hstack(
        [np.sqrt(temporal_weight) * learnt, np.sqrt(1 - temporal_weight) * embeddings]
    ).astype(np.float32)
    likeness, weights = calibrate_likeness(joined, first, second, scenes)
    return FilmRows(steady_rows(joined, first, second, weights), likeness)


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
    scenes = number_scenes(frames)
    moment = (
        frames["frame"].astype("Float64").fillna(frames["seconds"]).to_numpy(float, na_value=np.nan)
    )
    order = np.lexsort((moment, scenes))
    order = order[scenes[order] >= 0]
    first, second = [], []
    for step in range(1, min(COMPANIONS, len(order) - 1) + 1):
        earlier, later = order[:-step], order[step:]
        together = (scenes[earlier] == scenes[later]) & (moment[earlier] != moment[later])
        first.append(earlier[together])
        second.append(later[together])
    if not first:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(first), np.concatenate(second)


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
    within = _measure_pairs(rows, first, second)
    rng = np.random.default_rng(SEED)
    one, other = rng.integers(len(rows), size=(2, RANDOM_PAIRS))
    apart = scenes[one] != scenes[other]
    between = _measure_pairs(rows, one[apart], other[apart])
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


def _measure_pairs(rows: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Euclidean distances of pairs of unit rows."""
    cosine = np.empty(len(first))
    for start in range(0, len(first), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        cosine[some] = np.einsum("ij,ij->i", rows[first[some]], rows[second[some]])
    return np.sqrt(np.maximum(0, 2 - 2 * cosine))


def _project(embeddings: np.ndarray, count: int) -> np.ndarray:
    """Coordinates on the first `count` principal axes: (n, count), float32."""
    centred = embeddings - embeddings.mean(axis=0)
    left, values, _ = randomized_svd(centred, count, random_state=SEED)
    return (left * values).astype(np.float32)


def learn_metric(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Whiten the spread between frames that are likely one character (relevant component analysis).

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Centred.
    first, second : ndarray, shape (n_pairs,)
    weights : ndarray, shape (n_pairs,)
        How likely each pair is one character.

    Returns
    -------
    ndarray, shape (n, d), float32
        Unit rows. The fewer witnesses there are for the number of axes, the more the spread is
        taken to be the same in all directions.
    """
    dimensions = rows.shape[1]
    likely = weights > NEGLIGIBLE
    if not likely.any():
        return _scale_to_unit(rows)
    steps = (rows[first[likely]] - rows[second[likely]]).astype(np.float64)
    steps *= np.sqrt(weights[likely])[:, None]
    spread = steps.T @ steps / (2 * weights[likely].sum())
    support = np.bincount(first, weights, len(rows)) + np.bincount(second, weights, len(rows))
    witnesses = (support / (1 + support)).sum()
    shrinkage = max(LEAST_SHRINKAGE, dimensions / (dimensions + witnesses))
    even = np.trace(spread) / dimensions * np.eye(dimensions)
    spread = (1 - shrinkage) * spread + shrinkage * even
    values, vectors = np.linalg.eigh(spread)
    values = np.maximum(values, np.finfo(np.float64).tiny)
    return _scale_to_unit(rows @ (vectors / np.sqrt(values)))


def _scale_to_unit(rows: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def steady_rows(
    rows: np.ndarray, first: np.ndarray, second: np.ndarray, weights: np.ndarray
) -> np.ndarray:
    """Pull every frame a little towards the mean of its likely companions.

    Returns
    -------
    ndarray, shape (n, d), float32
        Unit rows; a frame without likely companions stays where it is.
    """
    size = len(rows)
    ends = (np.concatenate([first, second]), np.concatenate([second, first]))
    graph = sparse.csr_matrix((np.concatenate([weights, weights]), ends), (size, size))
    support = np.asarray(graph.sum(axis=1)).ravel()
    companions = (graph @ rows) / np.maximum(support, NEGLIGIBLE)[:, None]
    pull = (STEADYING * support / (1 + support))[:, None]
    return _scale_to_unit((1 - pull) * rows + pull * companions)


def join_noise(
    hierarchy: Hierarchy, labels: np.ndarray, likeness: Likeness
) -> tuple[np.ndarray, np.ndarray]:
    """Let noise frames join the character that their nearest neighbours agree on.

    A neighbour that is in a cluster speaks for it with its likeness, from even odds on. A frame
    joins where one character has `JOIN_WITNESSES` and `JOIN_AGREEMENT` of all that is said.

    Parameters
    ----------
    hierarchy : Hierarchy
        Its neighbours are asked.
    labels : ndarray, shape (n,), int
        -1 for noise.
    likeness : Likeness

    Returns
    -------
    labels : ndarray, shape (n,), int32
    support : ndarray, shape (n,), float32
        For frames that joined, the likeness that spoke for their character as a share of all their
        neighbours, 0 to 1: lower than the membership of most frames. 0 for all others.
    """
    joined = labels.astype(np.int32)
    support = np.zeros(len(labels), np.float32)
    noise = np.flatnonzero(labels < 0)
    n_clusters = int(labels.max(initial=-1)) + 1
    if not len(noise) or not n_clusters:
        return joined, support
    said = likeness(hierarchy.neighbour_distances[noise])
    names = labels[hierarchy.neighbours[noise]]
    heard = (said >= JOIN_LIKENESS) & (names >= 0)
    votes = np.zeros((len(noise), n_clusters))
    rows = np.broadcast_to(np.arange(len(noise))[:, None], names.shape)
    np.add.at(votes, (rows[heard], names[heard]), said[heard])
    best, total = votes.max(axis=1), votes.sum(axis=1)
    sure = (best >= JOIN_WITNESSES) & (best >= JOIN_AGREEMENT * total)
    joined[noise[sure]] = votes.argmax(axis=1)[sure]
    support[noise[sure]] = best[sure] / names.shape[1]
    return joined, support
