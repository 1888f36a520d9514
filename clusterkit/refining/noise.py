"""Noise frames are offered to the nearest cluster, with a probability that the show itself teaches.

How near must a frame be to belong? The clusters tell. Seen from its own cluster, a member's
distance to it, and to the nearest other one, shows what belonging looks like. With its own cluster
left out, the same member is a stranger to all others, and its distance to the nearest of them, and
to the next, shows what a stranger looks like. A logistic regression between the two, in the two
logarithms (of the distance, and of how much nearer the nearest cluster is than the next), needs no
constant of any encoder or style.

A frame joins by an open rule: where it more probably belongs than not, or where its tracklet (sure
companions of its scene) is in one cluster.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterkit.refining.evidence import Evidence
from clusterkit.refining.groups import sum_groups
from clusterkit.refining.logistic import fit_logistic

BELONGING = 0.8
"""Share of noise frames that are taken to show a character that has a cluster. Chosen on five sets:
more gathers passers-by, less leaves noise."""

JOIN_PROBABILITY = 0.5
"""A frame joins from even odds."""

MOST_TEACHERS = 1000
"""Members that the regression is fitted to: enough for three coefficients."""

LEAST_PRECISION = 0.1
"""Of the prior on the coefficients: next to nothing beside a thousand frames, but it keeps them
finite where the two kinds do not overlap at all."""

SURE_COMPANION = 0.8
"""Likeness from which a frame of the scene speaks for the cluster that it is in."""
TRACKLET_WITNESSES = 3.0
"""Sum of likeness that a frame needs from one cluster: four sure companions."""
TRACKLET_AGREEMENT = 0.8
"""Share of all that is said that must be for that cluster."""

_LEAST_DISTANCE = 1e-4


@dataclass(frozen=True)
class Offers:
    """Where each row would go.

    Attributes
    ----------
    clusters : ndarray, shape (n,), int32
        The nearest cluster of a noise row; -1 for members, and where there is nothing to offer.
    probabilities : ndarray, shape (n,), float32
        How probably the row belongs to it; 0 where there is nothing to offer.
    """

    clusters: np.ndarray
    probabilities: np.ndarray


def offer_noise(labels: np.ndarray, leaves: np.ndarray, evidence: Evidence) -> Offers:
    """Offer every noise row to its nearest cluster that is not barred to it.

    The distance to a cluster is that to the nearest of its prototypes: the means of the whole
    cluster and of its leaves (its views). A cluster is barred where it holds a frame of the same
    moment that looks unlike, or one that a person parted from the row.

    Parameters
    ----------
    labels, leaves : ndarray, shape (n,), int
        Clusters, and the finest clusters of the same hierarchy.
    evidence : Evidence
    """
    offers = Offers(np.full(len(labels), -1, np.int32), np.zeros(len(labels), np.float32))
    count = int(labels.max(initial=-1)) + 1
    noise = np.flatnonzero(labels < 0)
    if not len(noise) or count < 3:  # a stranger is one to at least two clusters
        return offers
    members = np.flatnonzero(labels >= 0)
    members = members[np.linspace(0, len(members) - 1, min(len(members), MOST_TEACHERS), dtype=int)]
    distances = _measure_distances(
        np.concatenate([noise, members]), labels, leaves, evidence.witnesses[0]
    )
    of_noise, of_members = distances[: len(noise)], distances[len(noise) :]
    own = labels[members]
    foreign = of_members.copy()
    foreign[np.arange(len(own)), own] = np.inf
    belong = _describe(of_members[np.arange(len(own)), own], foreign.min(axis=1))
    stray = _describe(*np.partition(foreign, 1, axis=1)[:, :2].T)
    coefficients = fit_logistic(
        np.concatenate([belong, stray]), np.repeat([1.0, 0.0], len(own)), LEAST_PRECISION
    )
    of_noise[_bar(labels, evidence, count)[noise]] = np.inf
    nearest, next_nearest = np.partition(of_noise, 1, axis=1)[:, :2].T
    open_to = np.isfinite(next_nearest)
    features = _describe(nearest[open_to], next_nearest[open_to])
    odds = np.exp(features @ coefficients[:-1] + coefficients[-1]) * BELONGING / (1 - BELONGING)
    offers.clusters[noise[open_to]] = of_noise.argmin(axis=1)[open_to]
    offers.probabilities[noise[open_to]] = odds / (1 + odds)
    return offers


def join_noise(
    labels: np.ndarray, offers: Offers, evidence: Evidence, *, tracklets: bool = True
) -> np.ndarray:
    """Let rows join the cluster that they are offered to, or that their tracklet is in.

    Returns
    -------
    ndarray, shape (n,), int32
    """
    joined = labels.astype(np.int32)
    sure = offers.probabilities >= JOIN_PROBABILITY
    joined[sure] = offers.clusters[sure]
    count = int(joined.max(initial=-1)) + 1
    rows = evidence.companions
    if not count or not len(rows) or not tracklets:
        return joined
    one, other = np.r_[rows.first, rows.second], np.r_[rows.second, rows.first]
    weights = np.r_[rows.weights, rows.weights]
    heard = (joined[one] < 0) & (joined[other] >= 0) & (weights >= SURE_COMPANION)
    votes = np.zeros((len(joined), count))
    np.add.at(votes, (one[heard], joined[other[heard]]), weights[heard])
    votes[_bar(joined, evidence, count)] = 0
    best, total = votes.max(axis=1), votes.sum(axis=1)
    follows = (best >= TRACKLET_WITNESSES) & (best >= TRACKLET_AGREEMENT * total)
    joined[follows] = votes.argmax(axis=1)[follows]
    return joined


def release_rivals(labels: np.ndarray, probabilities: np.ndarray, evidence: Evidence) -> np.ndarray:
    """Make noise of the less firm of two members of one cluster that cannot be one character.

    They show at one moment, and look unlike.
    """
    released, rivals = labels.astype(np.int32), evidence.rivals
    unlike = rivals.weights >= 0.5
    for first, second in zip(rivals.first[unlike], rivals.second[unlike], strict=True):
        if released[first] == released[second] >= 0:
            released[second if probabilities[first] >= probabilities[second] else first] = -1
    return released


def _bar(labels: np.ndarray, evidence: Evidence, count: int) -> np.ndarray:
    """Clusters that a row cannot join: (n, count), bool."""
    barred, rivals = evidence.constraints.bar(labels, count), evidence.rivals
    unlike = rivals.weights >= 0.5
    one = np.r_[rivals.first[unlike], rivals.second[unlike]]
    other = np.r_[rivals.second[unlike], rivals.first[unlike]]
    inside = labels[other] >= 0
    barred[one[inside], labels[other[inside]]] = True
    return barred


def _describe(nearest: np.ndarray, next_nearest: np.ndarray) -> np.ndarray:
    """The two features: log distance, and log of how many times farther the next one is."""
    near = np.maximum(nearest, _LEAST_DISTANCE)
    return np.column_stack([np.log(near), np.log(np.maximum(next_nearest, near) / near)])


def _measure_distances(
    asked: np.ndarray, labels: np.ndarray, leaves: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """Distance of the asked rows to each cluster, themselves left out of it: (len(asked), k)."""
    count = int(labels.max()) + 1
    # A leaf may be split between clusters only where rows were released: those are in neither.
    inner = np.where(labels >= 0, leaves, -1)
    n_leaves = int(inner.max(initial=-1)) + 1
    clusters = sum_groups(rows, labels, count)
    parts = sum_groups(rows, inner, n_leaves)
    owners = np.full(n_leaves, -1)
    owners[inner[inner >= 0]] = labels[inner >= 0]
    sums = np.concatenate([clusters.sums, parts.sums])
    owner = np.concatenate([np.arange(count), owners])
    sums, owner, place = sums[owner >= 0], owner[owner >= 0], np.cumsum(owner >= 0) - 1
    towards = rows[asked] @ sums.T
    lengths = np.broadcast_to(np.linalg.norm(sums, axis=1), towards.shape).copy()
    for group, first in ((labels[asked], 0), (inner[asked], count)):
        at = np.flatnonzero(group >= 0)
        column = place[first + group[at]]
        # Without the row itself: |s - r|² = |s|² - 2 s·r + 1.
        without = lengths[at, column] ** 2 - 2 * towards[at, column] + 1
        lengths[at, column] = np.sqrt(np.maximum(without, _LEAST_DISTANCE))
        towards[at, column] -= 1
    distances = np.sqrt(np.maximum(2 - 2 * towards / np.maximum(lengths, _LEAST_DISTANCE), 0))
    order = np.argsort(owner, kind="stable")
    starts = np.searchsorted(owner[order], np.arange(count))
    nearest: np.ndarray = np.minimum.reduceat(distances[:, order], starts, axis=1)
    return nearest
