"""Everything the report says, as values: no HTML is made here, and nothing below computes."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.clustering import (
    NOISE,
    REJECTED,
    UNREADABLE,
    Arrangement,
    Clustering,
    arrange_frames,
    cut_arrangement,
    find_representatives,
)
from clusterkit.decisions.characters import decide_assignments
from clusterkit.decisions.log import read_log
from clusterkit.decisions.steering import derive_constraints
from clusterkit.measurements import load_embeddings
from clusterkit.organize import read_summary
from clusterkit.projection import Projection, project_pca, project_umap
from clusterkit.report.pictures import Album
from clusterkit.report.review import Review, prepare_review
from clusterkit.results import Result, load_result
from clusterkit.settings import ClusterSettings
from clusterkit.views import VIEWS
from clusterkit.views.column import VIEW_COLUMN, add_views

CURVE_POINTS = 40
"""Sizes tried for the curve: enough to see its steps, few enough for a few seconds."""

MOST_STILLS = 1200
"""Single pictures on the page. With very many characters each of them shows fewer."""

MOST_PER_CARD = 6

STRETCHES = 60
"""Bars of a character's time axis at most, if there are no more episodes than that."""

SECONDS_A_MINUTE = 60

NOISE_CODE, REJECTED_CODE, UNREADABLE_CODE = -1, -2, -3
"""What stands in the place of a cluster for frames that are in none."""


@dataclass(frozen=True)
class Character:
    """One cluster, as a person reads it.

    Attributes
    ----------
    label : int
    name : str
        As its folder is called; a person may have chosen it.
    members : ndarray of int
        Row numbers, most certain first.
    medoid : int
    exemplars, uncertain : tuple of int
        The medoid is not among the exemplars here.
    """

    label: int
    name: str
    members: np.ndarray
    medoid: int
    exemplars: tuple[int, ...]
    uncertain: tuple[int, ...]


@dataclass(frozen=True)
class Stretches:
    """The film cut into stretches of time: the episodes one after the other, each in equal parts.

    Attributes
    ----------
    names : list of str
        Such as 'episode_001, 2:00 to 2:30'; empty where no name tells an episode or a time.
    places : ndarray, shape (n,), int32
        The stretch of each frame, −1 where its name does not say.
    starts : list of int
        Where each episode after the first begins.
    ends : tuple of str
        What stands at the two ends of the axis.
    """

    names: list[str]
    places: np.ndarray
    starts: list[int]
    ends: tuple[str, str]


@dataclass(frozen=True)
class Report:
    """What the sections draw from. Tables and arrays have one row an input frame.

    Attributes
    ----------
    result : Result
    summary : dict
        `clustering_summary.json`.
    codes : ndarray, shape (n,), int32
        Cluster of each frame, or `NOISE_CODE`, `REJECTED_CODE`, `UNREADABLE_CODE`.
    verdicts : DataFrame
        Which rules reject which frame.
    characters : tuple of Character
        The largest first.
    projections : dict of str to Projection
        'PCA' and, where there are enough frames, 'UMAP'.
    curve : DataFrame
        What every `min_cluster_size` would give, as `sweep_cuts`; empty without frames.
    album : Album
        Pictures of the frames.
    review : Review
        What decisions on the page are made of.
    """

    result: Result
    summary: dict[str, Any]
    codes: np.ndarray
    verdicts: pd.DataFrame
    characters: tuple[Character, ...]
    projections: dict[str, Projection]
    curve: pd.DataFrame
    album: Album
    review: Review

    @property
    def frames(self) -> pd.DataFrame:
        """path, episode, scene, frame, seconds, layer of each frame."""
        return self.result.frames

    @property
    def counts(self) -> dict[str, int]:
        """Frames by status."""
        return self.result.counts

    @cached_property
    def episodes(self) -> list[str]:
        """Names of the episodes, in the order of the frames."""
        return list(dict.fromkeys(self.frames["episode"].dropna()))

    @cached_property
    def episode_codes(self) -> np.ndarray:
        """Which of `episodes` each frame is from, −1 where its name does not say."""
        places = {name: place for place, name in enumerate(self.episodes)}
        return np.array([places.get(name, -1) for name in self.frames["episode"]], np.int32)

    @cached_property
    def view_codes(self) -> np.ndarray:
        """Which of `VIEWS` each frame shows, −1 where that is not known; shape (n,), int32."""
        places = {view: place for place, view in enumerate(VIEWS)}
        views = self.result.assignments[VIEW_COLUMN]
        return np.array([places.get(view, -1) for view in views], np.int32)

    @cached_property
    def stretches(self) -> Stretches:
        """What the time axes of all characters have in common."""
        seconds = self.frames["seconds"].astype("float64").to_numpy()
        codes = self.episode_codes
        places = np.full(len(codes), -1, np.int32)
        parts = max(1, STRETCHES // max(1, len(self.episodes)))
        names: list[str] = []
        starts = []
        # Without any episode the frames are one, if their names tell at least the time.
        for code, episode in enumerate(self.episodes or [""]):
            own = codes == code if self.episodes else codes < 0
            starts.append(len(names))
            timed = own & np.isfinite(seconds)
            if not timed.any() or parts == 1:
                if episode:
                    places[own] = len(names)
                    names.append(episode)
                continue
            edges = np.linspace(0, seconds[timed].max() + 1, parts + 1)
            places[timed] = len(names) + np.digitize(seconds[timed], edges[1:-1])
            names += [
                f"{episode} {format_time(start)} to {format_time(end)}".strip()
                for start, end in pairwise(edges)
            ]
        if len(self.episodes) > 1:
            ends = (self.episodes[0], self.episodes[-1])
        else:
            ends = ("0:00", format_time(float(np.nan_to_num(seconds).max(initial=0))))
        return Stretches(names, places, starts[1:], ends)


def format_time(seconds: float) -> str:
    """Minutes and seconds of an episode.

    >>> format_time(522.4)
    '8:42'
    """
    minutes, rest = divmod(int(seconds), SECONDS_A_MINUTE)
    return f"{minutes}:{rest:02d}"


def prepare_report(output_dir: str | os.PathLike[str]) -> Report:
    """Gather what the report of one result folder says.

    Nothing is clustered anew: labels are read as they were written, and decisions applied that are
    newer than the folders. The hierarchy is built again for the curve and for UMAP, which start
    from its neighbours.

    Raises
    ------
    InputError
        The folder is missing, or no result of clusterkit.
    """
    result = load_result(os.fspath(output_dir))
    summary, log = read_summary(result.output_dir), read_log(result.output_dir)
    known = result.quality["digest"]
    digests = known.where(known.notna(), None).tolist()
    decided = decide_assignments(result.assignments, digests, log.decisions)
    with result.open_store() as store:
        decided = add_views(
            decided, result.frames, result.quality, store, result.settings, summary["encoder"]
        )
    result = replace(result, assignments=decided)
    clustering = result.clustering
    embeddings = _load_embeddings(result, summary)
    usable = clustering.selected & np.isfinite(embeddings).all(axis=1)
    arrangement = None
    if usable.sum() > 1:
        arrangement = arrange_frames(
            embeddings, result.frames, usable, result.settings.clustering,
            derive_constraints(result.decisions, result.quality["digest"]),
        )  # fmt: skip
    shown = np.where(usable[:, None], embeddings, np.nan)
    return Report(
        result=result,
        summary=summary,
        codes=_find_codes(result, clustering),
        verdicts=result.verdicts,
        characters=_find_characters(result, clustering, embeddings),
        projections=_project(shown, arrangement),
        curve=_sweep(arrangement, result.settings.clustering),
        album=Album.open(result),
        review=prepare_review(result, digests, log, embeddings),
    )


def _load_embeddings(result: Result, summary: dict[str, Any]) -> np.ndarray:
    """Read the vectors from the cache; an encoder is started only if it is gone."""
    with result.open_store() as store:
        embeddings = load_embeddings(
            result.frames, result.quality, store, summary.get("encoder", ""),
            result.settings.duplicates,
        )  # fmt: skip
    if not embeddings.shape[1]:
        embeddings = np.full((len(embeddings), 1), np.nan, np.float32)  # of no vector: of nothing
    is_whole = not np.isnan(embeddings[result.clustering.selected]).any()
    return embeddings if is_whole else result.embeddings


def _find_codes(result: Result, clustering: Clustering) -> np.ndarray:
    codes = clustering.labels.copy()
    status = result.assignments["status"].to_numpy()
    for name, code in (
        (NOISE, NOISE_CODE),
        (REJECTED, REJECTED_CODE),
        (UNREADABLE, UNREADABLE_CODE),
    ):
        codes[status == name] = code
    return codes


def _find_characters(
    result: Result, clustering: Clustering, embeddings: np.ndarray
) -> tuple[Character, ...]:
    n = clustering.n_clusters
    per_card = int(np.clip((MOST_STILLS / max(n, 1) - 1) / 2, 0, MOST_PER_CARD))
    names = result.assignments["character"].tolist()
    found = []
    for label in range(n):
        members = np.flatnonzero(clustering.labels == label)
        if not len(members):
            continue
        certain = np.argsort(-clustering.probabilities[members], kind="stable")
        chosen = find_representatives(embeddings, clustering, label, count=MOST_PER_CARD + 1)
        others = tuple(row for row in chosen.exemplars if row != chosen.medoid)
        found.append(
            Character(
                label=label,
                name=str(names[members[0]]),
                members=members[certain],
                medoid=chosen.medoid,
                exemplars=others[:per_card],
                uncertain=chosen.uncertain[:per_card],
            )
        )
    return tuple(found)


def _project(embeddings: np.ndarray, arrangement: Arrangement | None) -> dict[str, Projection]:
    pca = project_pca(embeddings)
    if arrangement is None:
        return {"PCA": pca}
    known = arrangement.hierarchy
    return {"PCA": pca, "UMAP": project_umap(known.neighbours, known.neighbour_distances, pca)}


def _sweep(arrangement: Arrangement | None, settings: ClusterSettings) -> pd.DataFrame:
    """Cut at sizes from the finest clusters to half of all frames, the setting included."""
    rows = []
    if arrangement is not None:
        most = max(4, len(arrangement.hierarchy) // 2)
        sizes = np.unique(np.geomspace(2, most, CURVE_POINTS).round().astype(int))
        for size in np.union1d(sizes, [settings.min_cluster_size]).tolist():
            found = cut_arrangement(arrangement, replace(settings, min_cluster_size=size))
            members = np.bincount(found.labels[found.labels >= 0], minlength=1)
            n_noise = int((found.labels[found.selected] < 0).sum())
            rows.append((size, found.n_clusters, n_noise, int(members.max())))
    columns = ["min_cluster_size", "n_clusters", "n_noise", "n_largest"]
    return pd.DataFrame(rows, columns=columns, dtype=np.int64)
