"""The characters that a view shows: a clustering, and what people decided laid over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clusterkit.clustering import Clustering, name_cluster, rank_labels
from clusterkit.decisions.characters import join_identities
from clusterkit.decisions.identities import Identities


@dataclass(frozen=True)
class Cast:
    """Attributes: clustering, ranked by size; and the names of its characters, by label."""

    clustering: Clustering
    names: tuple[str, ...]


def cast_characters(
    found: Clustering, digests: Sequence[str | None], identities: Identities | None
) -> Cast:
    """Name the characters of a clustering, as a result written from it would have them.

    Parameters
    ----------
    found : Clustering
        As computed.
    digests : sequence of str or None
        Of each frame.
    identities : Identities, optional
        What was decided; None for nothing.
    """
    if identities is None:
        return Cast(found, tuple(name_cluster(label) for label in range(found.n_clusters)))
    characters = join_identities(found, digests, identities)
    labels = rank_labels(characters.labels)
    ranks, first = np.unique(labels, return_index=True)
    names = tuple(characters.names[int(characters.labels[row])] for row in first[ranks >= 0])
    clustering = Clustering(
        labels, found.probabilities, found.selected & ~characters.rejected, found.n_joined
    )
    return Cast(clustering, names)
