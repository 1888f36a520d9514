"""From a cut to one status and one cluster for every frame; and which frames show a cluster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterkit.cuts import Cut
from clusterkit.hierarchy import Hierarchy, build_hierarchy
from clusterkit.looks import learn_from_looks
from clusterkit.refining import Join, Split, refine_cut
from clusterkit.refining.constraints import Constraints
from clusterkit.refining.evidence import Evidence, gather_evidence
from clusterkit.sequences import learn_from_scenes
from clusterkit.settings import ClusterSettings
from clusterkit.threads import use_one_thread

CLUSTERED, NOISE, REJECTED, UNREADABLE = STATUSES = ("clustered", "noise", "rejected", "unreadable")
"""Every input frame has exactly one of these, so that the totals always add up."""

ASSIGNMENT_COLUMNS = (
    "path", "status", "cluster", "character", "probability", "episode", "scene", "seconds", "view",
)  # fmt: skip


@dataclass(frozen=True)
class Clustering:
    """Clusters over all input frames, selected or not.

    Attributes
    ----------
    labels : ndarray, shape (n,), int32
        Cluster of each frame, 0 the largest; -1 for noise and for frames that were not selected.
    probabilities : ndarray, shape (n,), float32
        How firmly a frame belongs to its cluster, 0 to 1; 0 outside any cluster.
    selected : ndarray, shape (n,), bool
        Which frames took part.
    n_joined : int
        Frames that HDBSCAN called noise and that joined a cluster all the same.
    splits : tuple of Split
        Clusters that were taken apart because their parts are unlike.
    joins : tuple of Join
        Clusters that became one because they show one character.
    offers : ndarray, shape (n,), int32, or None
        Cluster that each noise frame most probably belongs to; -1 for all others.
    offer_probabilities : ndarray, shape (n,), float32, or None
        How probably; 0 where nothing is offered.
    """

    labels: np.ndarray
    probabilities: np.ndarray
    selected: np.ndarray
    n_joined: int = 0
    splits: tuple[Split, ...] = ()
    joins: tuple[Join, ...] = ()
    offers: np.ndarray | None = None
    offer_probabilities: np.ndarray | None = None

    @property
    def n_clusters(self) -> int:
        """How many clusters there are."""
        return int(self.labels.max(initial=-1)) + 1


@dataclass(frozen=True)
class Arrangement:
    """All that is slow about clustering: built once, cut as often as a slider moves.

    Attributes
    ----------
    hierarchy : Hierarchy
        Over the selected frames, in row order.
    evidence : Evidence
        What else is known about those frames.
    selected : ndarray, shape (n,), bool
    """

    hierarchy: Hierarchy
    evidence: Evidence
    selected: np.ndarray


@dataclass(frozen=True)
class Representatives:
    """The frames that show what one cluster is, as row numbers.

    Attributes
    ----------
    medoid : int
        The member that is closest to all others.
    exemplars : tuple of int
        Members that differ most from one another, the medoid first: its views and outfits.
    uncertain : tuple of int
        The members of lowest probability, least certain first: where to look for strays.
    """

    medoid: int
    exemplars: tuple[int, ...]
    uncertain: tuple[int, ...]


def select_frames(quality: pd.DataFrame, verdicts: pd.DataFrame) -> np.ndarray:
    """Frames that take part: they pass every rule and have a usable vector. Shape (n,), bool."""
    return (verdicts["passed"] & quality["problem"].isna()).to_numpy(bool)


def arrange_frames(
    embeddings: np.ndarray,
    frames: pd.DataFrame,
    selected: np.ndarray,
    settings: ClusterSettings,
    constraints: Constraints | None = None,
) -> Arrangement:
    """Learn from looks and scenes, and build the hierarchy of the selected frames.

    Depends on `min_samples`, `metric_weight` and `temporal_weight` only: all other settings just
    cut it again.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
    frames : DataFrame
        Aligned, as from `find_frames`.
    selected : ndarray, shape (n,), bool
    settings : ClusterSettings
    constraints : Constraints, optional
        What a person said about groups of frames, by row numbers; frames that are not selected are
        passed over. It holds in every cut.
    """
    chosen = frames[selected]
    usable = embeddings[selected]
    rows = learn_from_looks(usable, settings.metric_weight)
    film = learn_from_scenes(rows, chosen, settings.temporal_weight)
    said = (constraints or Constraints()).select(selected)
    evidence = gather_evidence(rows, film, chosen, said, usable)
    hierarchy = build_hierarchy(film.rows, min_samples=settings.min_samples)
    return Arrangement(hierarchy, evidence, selected)


def cut_arrangement(arrangement: Arrangement, settings: ClusterSettings) -> Clustering:
    """Cut the hierarchy, refine the cut and lay the clusters over all frames: milliseconds."""
    with use_one_thread():
        refined = refine_cut(arrangement.hierarchy, arrangement.evidence, settings)
    labels, offered = rank_labels(refined.labels), refined.offers.clusters
    ranks = np.full(int(refined.labels.max(initial=-1)) + 2, -1, np.int32)  # the last one is noise
    ranks[refined.labels] = labels
    return Clustering(
        labels=_spread(labels, -1, arrangement.selected),
        probabilities=_spread(refined.probabilities, 0, arrangement.selected),
        selected=arrangement.selected,
        n_joined=refined.n_joined,
        splits=refined.splits,
        joins=refined.joins,
        offers=_spread(ranks[offered], -1, arrangement.selected),
        offer_probabilities=_spread(refined.offers.probabilities, 0, arrangement.selected),
    )


def _spread(values: np.ndarray, missing: float, selected: np.ndarray) -> np.ndarray:
    """Lay values of the selected frames over all frames."""
    spread = np.full(len(selected), missing, values.dtype)
    spread[selected] = values
    return spread


def rank_labels(labels: np.ndarray) -> np.ndarray:
    """Renumber clusters by size, the largest 0; equal sizes by their first frame. Noise stays -1.

    >>> rank_labels(np.array([7, 3, 3, -1]))
    array([ 1,  0,  0, -1], dtype=int32)
    """
    names, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    clusters = names >= 0
    names, first, sizes = names[clusters], first[clusters], sizes[clusters]
    ranked = np.full(labels.shape, -1, np.int32)
    for rank, position in enumerate(np.lexsort((first, -sizes))):
        ranked[labels == names[position]] = rank
    return ranked


def spread_cut(cut: Cut, selected: np.ndarray) -> Clustering:
    """Lay a cut of the selected frames over all frames, clusters ranked by size.

    Parameters
    ----------
    cut : Cut
        Over the selected frames, in row order.
    selected : ndarray, shape (n,), bool
    """
    probabilities = np.where(cut.labels >= 0, cut.probabilities, 0).astype(np.float32)
    return Clustering(
        _spread(rank_labels(cut.labels), -1, selected),
        _spread(probabilities, 0, selected),
        selected,
    )


def tabulate_assignments(
    frames: pd.DataFrame, quality: pd.DataFrame, verdicts: pd.DataFrame, clustering: Clustering
) -> pd.DataFrame:
    """Where every frame went.

    Returns
    -------
    DataFrame
        Aligned with `frames`; columns path, status (one of `STATUSES`), cluster (Int64, -1 noise,
        missing where the frame took no part), character (folder name or None), probability
        (float64), episode, scene, seconds, view (None until views are told apart).
    """
    status = np.where(clustering.labels >= 0, CLUSTERED, NOISE).astype(object)
    status[~clustering.selected] = UNREADABLE
    # Judged before problems: a blank frame that a rule rejects is no damaged file.
    readable = quality["width"].notna().to_numpy()
    status[readable & ~verdicts["passed"].to_numpy()] = REJECTED
    cluster = pd.Series(clustering.labels, dtype="Int64").where(clustering.selected)
    names = [name_cluster(label) if label >= 0 else None for label in clustering.labels]
    table = frames[["path", "episode", "scene", "seconds"]].assign(
        status=status,
        cluster=cluster,
        character=pd.Series(names, dtype=object),
        probability=clustering.probabilities.astype(float),
        view=pd.Series([None] * len(frames), dtype=object),
    )
    return table[list(ASSIGNMENT_COLUMNS)]


def name_cluster(label: int) -> str:
    """Folder name of a cluster that nobody has named: character_000 is the largest."""
    return f"character_{label:03d}"


def find_representatives(
    embeddings: np.ndarray, clustering: Clustering, label: int, count: int = 6
) -> Representatives:
    """Choose the frames that show one cluster.

    Exemplars are taken farthest-first (Gonzalez, Clustering to minimize the maximum intercluster
    distance, 1985) among the surer half of the members, so that an outlier does not stand for the
    character.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows, aligned with the clustering.
    clustering : Clustering
    label : int
    count : int
        How many exemplars and how many uncertain members at most.
    """
    members = np.flatnonzero(clustering.labels == label)
    rows = embeddings[members]
    certainty = clustering.probabilities[members]
    medoid = int(np.argmax(rows @ rows.mean(axis=0)))  # unit rows: least sum of squared distances
    surer = np.flatnonzero(certainty >= np.median(certainty))
    chosen = [medoid]
    nearest = 1 - rows[surer] @ rows[medoid]
    while len(chosen) < min(count, len(surer)):
        farthest = int(np.argmax(nearest))
        chosen.append(int(surer[farthest]))
        nearest = np.minimum(nearest, 1 - rows[surer] @ rows[surer[farthest]])
        nearest[farthest] = -1
    doubtful = np.argsort(certainty, kind="stable")[:count]
    return Representatives(
        medoid=int(members[medoid]),
        exemplars=tuple(int(members[index]) for index in dict.fromkeys(chosen)),
        uncertain=tuple(int(members[index]) for index in doubtful),
    )
