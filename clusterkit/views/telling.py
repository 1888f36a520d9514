"""A view for each frame, told from the other frames of its character.

How detailed a back is, or how symmetric a front, depends on who it is and who drew it. So a frame's
numbers x are taken as those of its character, plus what its view adds, plus chance:

    x = middle of the character + shift of the view + noise

with the shifts and the noise the same for all characters of a show. Views, middles, shifts and
noise are found together by expectation maximisation (Dempster, Laird & Rubin, 1977), from shifts
that were learnt on drawings. A show's own shifts are let in as far as it has frames to tell them.
Where a character's middle lies is tried again from where it would lie had one view been taken for
another: few fronts among many sides are easily mistaken.
Frames of one character that follow within two seconds and look alike are judged together, in every
trial, so that shifts and noise are learnt from what moments agree on.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clusterkit.refining.groups import sum_groups
from clusterkit.sequences import pair_companions
from clusterkit.views.judging import judge_sides
from clusterkit.views.knowledge import ViewWeights
from clusterkit.views.symmetry import SYMMETRY_NAMES

VIEWS = ("front", "side", "back")

SHARES = np.array([0.40, 0.37, 0.23])
"""Shares of the views that are expected, until the show tells otherwise."""
ROUNDS = 20
FEWEST_KNOWN = 200
"""The shifts learnt on drawings count for as many frames at least, and for as many as the show
has."""
FEWEST_SAID = 50
"""Frames that the words' shifts are drawn to nothing by: in a small show they may agree by chance.
"""
LEAST_SPREAD = 1e-6
"""Of words, in logarithms: below it they say the same of all frames but for rounding."""
MIDDLE_FRAMES = 1.0
"""Frames of the average character that each middle is drawn to: a lone frame is no middle."""
NOISE = 0.6
"""Expected variance that no view explains, in units of a number's variance in a character."""
DIAGONAL = 0.3
"""Share of the noise's correlations that is not believed."""
DOUBT = 0.6
"""Power that likelihoods are raised to: the numbers say one thing in several ways."""
HEAD_SAY = 0.75
"""What the heads' own probabilities weigh beside the comparison."""
SOFTENED = 0.5
"""Power that the heads' probabilities are raised to before they are calibrated."""
TRIALS, TRIAL_ROUNDS = 3, 10
"""How often every middle is tried anew, and rounds from each start."""
SHARE_SAY = 0.5
"""How far the views' shares in the show count: rarer views are looked for harder."""
MOMENT_SECONDS = 2.0
"""Frames of a character that are no farther apart may be judged together."""
FRAME_SECONDS = 1 / 24
LEAST_GAIN = 1e-9
"""By how much a start must be more likely than an earlier one: not by rounding alone."""
UNSURE = 0.4
"""Probability below which no view is told."""


@dataclass(frozen=True)
class ToldViews:
    """The view of every frame.

    Attributes
    ----------
    views : ndarray, shape (n,), object
        'front', 'side', 'back', or None where it is not sure, or the frame is of no character.
    probabilities : ndarray, shape (n, 3), float32
        Of `VIEWS`; zero for frames of no character.
    """

    views: np.ndarray
    probabilities: np.ndarray


def gather_numbers(symmetry: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """What is compared between frames.

    Parameters
    ----------
    symmetry : ndarray, shape (n, len(SYMMETRY_NAMES))
    judged : ndarray, shape (n, 3)
        As from `judge_sides`.

    Returns
    -------
    ndarray, shape (n, k), float64
        The geometry, how likely it is a side rather than anything else, and a front rather than a
        back, as logarithms.
    """
    return np.hstack([np.asarray(symmetry, np.float64), contrast_views(judged)])


def contrast_views(judged: np.ndarray) -> np.ndarray:
    """From logarithms of `VIEWS` to two numbers: a side or not, a front or a back; (n, 2)."""
    front, side, back = judged.T
    return np.stack([side - np.logaddexp(front, back), front - back], axis=1)


def compare_views(
    numbers: np.ndarray, characters: np.ndarray, views: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Learn by how much numbers differ by view, where views are known.

    Parameters
    ----------
    numbers : ndarray, shape (n, k)
        As from `gather_numbers`.
    characters : ndarray, shape (n,), int
        0 and up.
    views : ndarray, shape (n,), int
        Places in `VIEWS`.

    Returns
    -------
    shift : ndarray, shape (3, k), float32
    spread : ndarray, shape (k,), float32
        As in `ViewWeights`.
    """
    known = np.eye(len(VIEWS))[views]
    shift = np.zeros((len(VIEWS), numbers.shape[1]))
    for _ in range(ROUNDS):
        middles = _average(numbers - known @ shift, characters)
        shift = known.T @ (numbers - middles[characters]) / known.sum(axis=0)[:, None]
    spread = (numbers - _average(numbers, characters)[characters]).std(axis=0)
    return (shift / spread).astype(np.float32), spread.astype(np.float32)


def tell_views(
    measured: np.ndarray,
    characters: np.ndarray,
    frames: pd.DataFrame,
    weights: ViewWeights,
    said: np.ndarray | None = None,
) -> ToldViews:
    """Tell the view of every frame that belongs to a character.

    Parameters
    ----------
    measured : ndarray, shape (n, dimensions), float32
        As from `ViewMeter`; NaN where a frame was not measured.
    characters : ndarray, shape (n,), int
        -1 for frames of no character.
    frames : DataFrame
        Aligned: episode, scene, frame, seconds.
    weights : ViewWeights
    said : ndarray, shape (n, 3), optional
        What a text tower says of each frame, as logarithms; NaN where it says nothing. Nothing was
        learnt of it beforehand: it counts as far as it agrees with the rest in this show.
    """
    probabilities = np.zeros((len(characters), len(VIEWS)), np.float32)
    views = np.full(len(characters), None, object)
    rows = np.flatnonzero((characters >= 0) & np.isfinite(measured).all(axis=1))
    if not len(rows):
        return ToldViews(views, probabilities)
    symmetry, seen = np.split(measured[rows], [len(SYMMETRY_NAMES)], axis=1)
    own = np.unique(characters[rows], return_inverse=True)[1]
    judged = judge_sides(seen, own, weights)
    numbers = gather_numbers(symmetry, judged)
    if said is not None:
        numbers, weights = _hear(numbers, own, weights, np.asarray(said, np.float64)[rows])
    head = HEAD_SAY / SOFTENED * _calibrate(SOFTENED * judged)
    away, sure, shares = _compare(numbers, own, weights)
    prior = head + np.log(shares**SHARE_SAY / (shares**SHARE_SAY).sum())
    for _ in range(TRIALS):
        shift, noise = _fit(away, sure, weights)
        middles, evidence = _choose_middles(away, own, shift, noise, prior)
        away = away - middles[own]
        evidence = _judge_moments(evidence, away, own, frames.iloc[rows])
        sure = _normalise(evidence)
    found = _normalise(evidence)
    probabilities[rows] = found
    sure = found.max(axis=1) >= UNSURE
    views[rows[sure]] = np.array(VIEWS, object)[found[sure].argmax(axis=1)]
    return ToldViews(views, probabilities)


def _compare(
    numbers: np.ndarray, own: np.ndarray, weights: ViewWeights
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scaled numbers about their character's middle, probabilities (n, 3), shares of the views."""
    n, known = len(numbers), max(FEWEST_KNOWN, len(numbers))
    within = ((numbers - _average(numbers, own)[own]) ** 2).sum(axis=0)
    learnt = weights.spread.astype(np.float64) ** 2
    scaled = numbers / np.sqrt((within + FEWEST_KNOWN * learnt) / (n + FEWEST_KNOWN))
    shift, shares = weights.shift.astype(np.float64), SHARES
    noise = np.eye(scaled.shape[1]) * NOISE
    middles = _average(scaled, own, MIDDLE_FRAMES)
    for _ in range(ROUNDS):
        likely = DOUBT * _measure_likelihood(scaled - middles[own], shift, noise)
        sure = _normalise(likely + np.log(shares))
        middles = _average(scaled - sure @ shift, own, MIDDLE_FRAMES)
        shift, noise = _fit(scaled - middles[own], sure, weights)
        shares = (sure.sum(axis=0) + known * SHARES) / (n + known)
    away = scaled - middles[own]
    likely = DOUBT * _measure_likelihood(away, shift, noise)
    return away, _normalise(likely + np.log(shares)), shares


def _hear(
    numbers: np.ndarray, own: np.ndarray, weights: ViewWeights, said: np.ndarray
) -> tuple[np.ndarray, ViewWeights]:
    """Add what was said to the numbers; no view is expected to differ in it."""
    is_heard = np.isfinite(said).all(axis=1)
    heard = contrast_views(np.where(is_heard[:, None], said, 0))
    heard[~is_heard], count = 0, np.bincount(own, is_heard)[:, None]
    middles = _sum(heard, own) / np.maximum(count, 1)
    away = np.where(is_heard[:, None], heard - middles[own], 0)
    spread = away.std(axis=0)
    spread[spread < LEAST_SPREAD] = 1.0  # it says the same of all frames: zeros stay zeros
    wider = replace(
        weights,
        shift=np.hstack([weights.shift, np.zeros((len(VIEWS), heard.shape[1]), np.float32)]),
        spread=np.append(weights.spread, spread),
    )
    return np.hstack([numbers, away]), wider


def _measure_likelihood(away: np.ndarray, shift: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Logarithm of the likelihood in each view, (n, 3), up to what all views share."""
    # Multiplied out, so that no array of frames × views × numbers is made: this is asked hundreds
    # of times.
    precision = np.linalg.inv(noise)
    own = np.einsum("ni,ni->n", away @ precision, away)
    of_shift = np.einsum("vi,ij,vj->v", shift, precision, shift)
    likely: np.ndarray = away @ (precision @ shift.T) - 0.5 * (own[:, None] + of_shift)
    return likely


def _fit(away: np.ndarray, sure: np.ndarray, weights: ViewWeights) -> tuple[np.ndarray, np.ndarray]:
    """Shift of each view and noise, from what is thought of each frame and what was learnt."""
    n, known = len(away), max(FEWEST_KNOWN, len(away))
    # Of what nothing was learnt, the show alone tells.
    weight = np.where(weights.shift.any(axis=0), known, FEWEST_SAID)
    shift = (sure.T @ away + weight * weights.shift) / (sure.sum(axis=0)[:, None] + weight)
    noise = known * NOISE * np.eye(away.shape[1])
    for view, moved in enumerate(shift):
        left = away - moved
        noise += (sure[:, view, None] * left).T @ left
    noise /= n + known
    return shift, (1 - DIAGONAL) * noise + DIAGONAL * np.diag(np.diag(noise))


def _choose_middles(
    away: np.ndarray, own: np.ndarray, shift: np.ndarray, noise: np.ndarray, prior: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find each character's most likely middle from several starts.

    Parameters
    ----------
    away : ndarray, shape (n, k)
        About the middles as they are.
    own : ndarray, shape (n,), int
    shift, noise : ndarray
    prior : ndarray, shape (n, 3)
        Logarithms: what is known of each frame besides.

    Returns
    -------
    middles : ndarray, shape (n_characters, k)
        To be taken off `away`.
    evidence : ndarray, shape (n, 3)
    """
    count, pairs = own.max() + 1, itertools.permutations(range(len(VIEWS)), 2)
    starts = [np.zeros(away.shape[1]), *(shift[one] - shift[other] for one, other in pairs)]
    best = np.full(count, -np.inf)
    middles = np.zeros((count, away.shape[1]))
    evidence = np.zeros((len(away), len(VIEWS)))
    for start in starts:
        tried = np.tile(start, (count, 1))
        for _ in range(TRIAL_ROUNDS):
            found = DOUBT * _measure_likelihood(away - tried[own], shift, noise) + prior
            tried = _sum(away - _normalise(found) @ shift, own)
            tried /= np.bincount(own)[:, None] + MIDDLE_FRAMES
        found = DOUBT * _measure_likelihood(away - tried[own], shift, noise) + prior
        total = np.bincount(own, np.logaddexp.reduce(found, axis=1), count)
        better = total > best + LEAST_GAIN
        best[better], middles[better] = total[better], tried[better]
        evidence[better[own]] = found[better[own]]
    return middles, evidence


def _sum(values: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Sum of each character, (n_characters, k)."""
    return sum_groups(values, own, own.max() + 1).sums


def _average(values: np.ndarray, own: np.ndarray, drawn: float = 0.0) -> np.ndarray:
    """Mean of each character, (n_characters, k), drawn to the mean of all by so many frames."""
    counts = np.bincount(own)[:, None]
    return (_sum(values, own) + drawn * values.mean(axis=0)) / (counts + drawn)


def _normalise(evidence: np.ndarray) -> np.ndarray:
    raised = np.exp(evidence - evidence.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _calibrate(judged: np.ndarray) -> np.ndarray:
    """Shift a head's logarithms so that it sees each view equally often in this show."""
    offset = np.zeros(len(VIEWS))
    for _ in range(ROUNDS):
        offset -= np.log(_normalise(judged + offset).mean(axis=0) * len(VIEWS))
    return judged + offset


def _judge_moments(
    evidence: np.ndarray, scaled: np.ndarray, own: np.ndarray, frames: pd.DataFrame
) -> np.ndarray:
    """Average evidence over frames of one moment, the more the more alike they are."""
    times = frames["seconds"].astype("Float64").fillna(
        frames["frame"].astype("Float64") * FRAME_SECONDS
    ).to_numpy(float, na_value=np.nan)  # fmt: skip
    first, second = pair_companions(frames)
    near = (own[first] == own[second]) & (np.abs(times[first] - times[second]) <= MOMENT_SECONDS)
    first, second = first[near], second[near]
    alike = np.exp(-((scaled[first] - scaled[second]) ** 2).mean(axis=1))
    total, weight = evidence.copy(), np.ones(len(evidence))
    for one, other in ((first, second), (second, first)):
        np.add.at(total, one, alike[:, None] * evidence[other])
        np.add.at(weight, one, alike)
    return total / weight[:, None]
