"""What the pictures of a show teach by themselves: how one of its characters varies.

The densest groups of the hierarchy (its leaves) are a character in one pose or a few, and hardly
ever two characters. What varies inside them, over the whole show, is what this show's artists
change from frame to frame; `learn_from_looks` turns it down (`clusterkit.metric`). So the show has
a distance of its own, whatever the encoder was taught, and nobody has labelled anything.
"""

from __future__ import annotations

import numpy as np

from clusterkit.cuts import cut_hierarchy
from clusterkit.hierarchy import build_hierarchy
from clusterkit.metric import learn_metric, mix_rows, project_rows, spread_of_groups

LEAST_FRAMES, NEIGHBOURS = 5, 5
"""Of the groups that teach: `min_cluster_size` and `min_samples` of their hierarchy. They are not
the person's: a slider that moves must not change what was learnt. Groups of 10 know more poses and
are more often two characters; of 3, they vary too little."""

LEAST_GROUPS = 10
"""Fewer teach little, and harm: about the mean of k groups two of them are at a squared distance of
2 + 2 / (k - 1) and a stranger, who belongs to none, at 2 from all: nearer than they are."""


def learn_from_looks(embeddings: np.ndarray, weight: float) -> np.ndarray:
    """Bring what the densest groups teach into the distances.

    The squared distance of two frames becomes (1 - w) times that of their embeddings plus w times
    that in the learnt metric, w being `weight`.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows of the selected frames.
    weight : float
        0 to 1; 0 changes nothing.

    Returns
    -------
    ndarray, shape (n, k + d) or (n, d), float32
        Unit rows; the embeddings as they are where there are too few groups to learn from.
    """
    if weight <= 0 or len(embeddings) < LEAST_GROUPS * LEAST_FRAMES:
        return embeddings
    axes = project_rows(embeddings)
    groups = cut_hierarchy(
        build_hierarchy(axes, min_samples=NEIGHBOURS), min_cluster_size=LEAST_FRAMES, method="leaf"
    )
    if groups.n_clusters < LEAST_GROUPS:
        return embeddings
    learnt = learn_metric(axes, spread_of_groups(axes, groups.labels))
    return mix_rows(embeddings, learnt, weight)
