"""After the cut: what the hierarchy cannot see, each step open, documented and easily turned off.

    constraints   what people said: groups of frames that are, and are not, one character
    evidence      all that is known about the frames beside the hierarchy
    groups        how alike groups of frames are, on the show's own scale
    splitting     the guard against a cluster of several characters
    fragments     clusters of one character become one
    noise         frames in no cluster: where they would go, and when they do
    crowds        characters in one uniform, looked at by themselves
    logistic      how noise learns what belonging looks like

Each step takes labels and gives labels, and says what it did.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clusterkit.cuts import cut_hierarchy
from clusterkit.hierarchy import Hierarchy
from clusterkit.refining.crowds import split_crowds, split_giants
from clusterkit.refining.evidence import Evidence
from clusterkit.refining.fragments import Join, join_fragments
from clusterkit.refining.noise import (
    JOIN_PROBABILITY,
    Offers,
    join_noise,
    offer_noise,
    release_rivals,
)
from clusterkit.refining.splitting import Split, split_fused
from clusterkit.settings import ClusterSettings

__all__ = ["Join", "Offers", "Refined", "Split", "refine_cut"]

JOINED_SHARE = 0.5
"""A frame that joined is half as firm a member as its offer was probable: looked at among the first
when someone looks for strays."""


@dataclass(frozen=True)
class Refined:
    """A cut after all steps.

    Attributes
    ----------
    labels : ndarray, shape (n,), int32
    probabilities : ndarray, shape (n,), float32
    splits : tuple of Split
    joins : tuple of Join
    n_joined : int
        Noise frames that joined a cluster.
    offers : Offers
        Where the frames that are still noise would go.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    splits: tuple[Split, ...]
    joins: tuple[Join, ...]
    n_joined: int
    offers: Offers


def refine_cut(hierarchy: Hierarchy, evidence: Evidence, settings: ClusterSettings) -> Refined:
    """Cut a hierarchy and refine the cut, step by step as the settings say: milliseconds.

    Parameters
    ----------
    hierarchy : Hierarchy
    evidence : Evidence
        About the rows of the hierarchy.
    settings : ClusterSettings
    """
    size, epsilon = settings.min_cluster_size, settings.epsilon
    cut = cut_hierarchy(hierarchy, min_cluster_size=size, method=settings.method, epsilon=epsilon)
    leaves = cut_hierarchy(
        hierarchy, min_cluster_size=max(2, size // 2), method="leaf", epsilon=epsilon
    ).labels
    labels = cut.labels
    splits: tuple[Split, ...] = ()
    joins: tuple[Join, ...] = ()
    if settings.split_fused:
        labels, giants = split_giants(labels, evidence, settings)
        leaves = _divide(leaves, labels, labels >= 0) if giants else leaves
        labels, crowds = split_crowds(labels, evidence, settings)
        leaves = _divide(leaves, labels, labels >= 0) if crowds else leaves
        labels, fused = split_fused(labels, leaves, evidence, size)
        splits = giants + crowds + fused
    said = evidence.constraints
    if said:
        labels, leaves = _obey(labels, leaves, cut.probabilities, evidence)
    if settings.join_fragments or said.linked:
        labels, joins = join_fragments(labels, evidence, by_scenes=settings.join_fragments)
    if settings.moments:
        labels = release_rivals(labels, cut.probabilities, evidence)
    offers = offer_noise(labels, leaves, evidence)
    before = labels
    if settings.join_noise:
        labels = join_noise(labels, offers, evidence, tracklets=settings.tracklets)
    # Frames that joined together may be parted: no step knows of the other's.
    labels = said.separate(labels, cut.probabilities, evidence.witnesses[0])
    joined = (before < 0) & (labels >= 0)
    probabilities = np.where(labels >= 0, cut.probabilities, 0)
    probabilities[said.find_placed(labels)] = 1
    firmness = np.maximum(offers.probabilities, JOIN_PROBABILITY) * JOINED_SHARE
    probabilities = np.where(joined, firmness, probabilities).astype(np.float32)
    waiting = labels < 0
    offers = Offers(
        np.where(waiting, offers.clusters, -1).astype(np.int32),
        np.where(waiting, offers.probabilities, 0).astype(np.float32),
    )
    return Refined(labels, probabilities, splits, joins, int(joined.sum()), offers)


def _obey(
    labels: np.ndarray,
    leaves: np.ndarray,
    probabilities: np.ndarray,
    evidence: Evidence,
) -> tuple[np.ndarray, np.ndarray]:
    """Part, place and link as a person said; and no leaf is in two clusters, nor led astray."""
    said = evidence.constraints
    kept = said.separate(labels, probabilities, evidence.witnesses[0])
    put = said.follow(said.place(kept))
    return put, _divide(leaves, kept, (kept >= 0) & (put == kept))


def _divide(leaves: np.ndarray, labels: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Leaves that lie in one cluster each; rows that are not kept are in none."""
    inside = kept & (leaves >= 0)
    pairs = leaves[inside].astype(np.int64) * (int(labels.max(initial=-1)) + 1) + labels[inside]
    divided = np.full(len(leaves), -1)
    divided[inside] = np.unique(pairs, return_inverse=True)[1]
    return divided
