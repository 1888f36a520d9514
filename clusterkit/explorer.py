"""The view-model of the tuner: settings in, a frozen state out. It knows no widget and no browser.

`Explorer.update` is all a view calls. It changes what it is told to, computes only what depends on
it, and returns everything the view shows. What cannot be done becomes a notice in that state.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.cast import cast_characters
from clusterkit.clustering import (
    CLUSTERED,
    NOISE,
    REJECTED,
    STATUSES,
    Arrangement,
    Clustering,
    Representatives,
    cut_arrangement,
    find_representatives,
    select_frames,
)
from clusterkit.colouring import COLOURINGS, colour_frames, keep_colours
from clusterkit.decisions.identities import resolve_identities
from clusterkit.errors import ClusterkitError, SettingsError
from clusterkit.figures import HIDDEN, MEMBER, LegendEntry, Scatter
from clusterkit.figures import NOISE as NOISE_KIND
from clusterkit.figures import REJECTED as REJECTED_KIND
from clusterkit.hints import describe_clusters, describe_curve
from clusterkit.histograms import Metric, tabulate_metrics
from clusterkit.invocation import write_command, write_python
from clusterkit.material import Material, describe_frames, gather_material
from clusterkit.pipeline import save_result
from clusterkit.projection import Projection, project_pca
from clusterkit.quality import RULES, judge_quality
from clusterkit.results import Result
from clusterkit.settings import Settings
from clusterkit.shelf import Arranged, Shelf, mask_clustering

PROJECTIONS = ("pca", "umap")


@dataclass(frozen=True)
class View:
    """How to look at a clustering; it decides nothing."""

    projection: str = "pca"
    colour_by: str = "cluster"

    def __post_init__(self) -> None:
        for name, choices in (("projection", PROJECTIONS), ("colour_by", COLOURINGS)):
            if getattr(self, name) not in choices:
                raise SettingsError(
                    f"{name} must be {' or '.join(map(repr, choices))}, got {getattr(self, name)!r}"
                )


@dataclass(frozen=True)
class ExplorerState:
    """Everything a view shows, and nothing it would have to compute.

    Attributes
    ----------
    settings : Settings
    view : View
    clustering : Clustering
        The characters over all frames, with what people decided: what saving would write.
    found : Clustering
        The same as computed, before any decision.
    arrangement : Arrangement
        What it was cut from.
    is_settled : bool
        Whether that is the arrangement of these very frames, or still the one before.
    status : ndarray, shape (n,), str
    verdicts : DataFrame
        As `judge_quality` returns it.
    counts : dict
        Frames by status; they add up to all frames.
    clusters : tuple of LegendEntry
        Name, colour and size of each cluster, by label.
    colours : tuple of int
        Colour codes by label.
    scatter : Scatter
    curve : DataFrame
        As `sweep_cuts` returns it.
    metrics : tuple of Metric
        Histogram, cut and frames beside the cut, of each quality rule.
    notices : tuple of str
        What went wrong or is still to come, for a person to read.
    hints : tuple of str
        What the clustering and the curve say, in words.
    """

    settings: Settings
    view: View
    clustering: Clustering
    found: Clustering
    arrangement: Arrangement
    is_settled: bool
    status: np.ndarray
    verdicts: pd.DataFrame
    counts: dict[str, int]
    clusters: tuple[LegendEntry, ...]
    colours: tuple[int, ...]
    scatter: Scatter
    curve: pd.DataFrame
    metrics: tuple[Metric, ...]
    notices: tuple[str, ...]
    hints: tuple[str, ...]


class Explorer:
    """Turns changes of settings into states, remembering what is slow.

    Parameters
    ----------
    source : Result or Material
        A result, or frames with their measurements and the settings to begin with.

    Attributes
    ----------
    state : ExplorerState
    patient : bool
        Whether a state waits for the arrangement of its frames, which takes seconds for many. If
        not, it comes at once with the clusters there were, and `is_settled` is False: what
        `plan_arrangement` returns can then run in a thread, and `settle` takes what it made.

    Examples
    --------
    >>> explorer = Explorer(result)                                # doctest: +SKIP
    >>> explorer.update(min_cluster_size=20).counts                # doctest: +SKIP
    {'clustered': 325, 'noise': 58, 'rejected': 43, 'unreadable': 0}
    """

    def __init__(self, source: Result | Material) -> None:
        self.material = gather_material(source) if isinstance(source, Result) else source
        measurements = self.material.measurements
        self._texts = describe_frames(self.material)
        decisions = self.material.decisions
        self._identities = resolve_identities(decisions) if decisions else None
        self._projections: dict[str, Projection] = {"pca": project_pca(measurements.embeddings)}
        self._digests = measurements.quality["digest"].tolist()
        self._shelf = Shelf(self.material)
        self.patient = True
        self.state = self._compute(self.material.settings, View(), (), None)

    def __len__(self) -> int:
        return len(self.material)

    def update(self, **changes: Any) -> ExplorerState:
        """Change settings or the view, and return what to show now.

        Parameters
        ----------
        **changes
            Settings by their names in `Settings.from_options` (min_size, min_cluster_size, …),
            `projection` ("pca", "umap") and `colour_by` (one of `COLOURINGS`).

        Returns
        -------
        ExplorerState
            Also kept as `state`. If a value makes no sense everything stays, and a notice says why.
        """
        looks = {name: changes.pop(name) for name in ("projection", "colour_by") if name in changes}
        try:
            view = replace(self.state.view, **looks)
            settings = Settings.from_options(**{**self.state.settings.to_options(), **changes})
            self.state = self._compute(settings, view, (), self.state)
        except ClusterkitError as error:
            self.state = replace(self.state, notices=(str(error),))
        return self.state

    def reset(self) -> ExplorerState:
        """Return to the settings of the beginning; the view stays."""
        self.state = self._compute(self.material.settings, self.state.view, (), self.state)
        return self.state

    def add_projection(self, name: str, projection: Projection) -> ExplorerState:
        """Take in a projection that was computed elsewhere, and show it if it was waited for."""
        self._projections[name] = projection
        return self.update()

    @property
    def arrangement(self) -> Arrangement:
        """What the state is cut from, or will be once it is settled."""
        state = self.state
        return self._shelf.take_arrangement(state.found.selected, state.settings.clustering)

    def plan_arrangement(self) -> Callable[[], Arranged]:
        """Return the slow work that the state waits for; it may run in a thread."""
        return self._shelf.plan_arrangement(
            self.state.found.selected, self.state.settings.clustering
        )

    def settle(self, arranged: Arranged | None = None) -> ExplorerState:
        """Give the state the clusters of its very frames.

        Parameters
        ----------
        arranged : Arranged, optional
            What the plan made; without it, it is made now. One that the state no longer waits for
            is remembered, and the state goes on waiting.
        """
        self._shelf.add_arrangement(arranged or self.plan_arrangement()())
        if not self.state.is_settled:
            self.state = self._compute(self.state.settings, self.state.view, (), self.state)
        return self.state

    def save(self, *, copy: bool | None = None) -> Result:
        """Write the result folder with exactly what the state shows.

        Parameters
        ----------
        copy : bool, optional
            Put copies into the folders instead of links; as the result has them by default.

        Raises
        ------
        ClusterkitError
            There is no folder to write to, or it cannot be written; nothing is lost.
        """
        if not self.state.is_settled:
            self.settle()
        material = self.material
        if material.input_dir is None or material.output_dir is None:
            raise SettingsError("these measurements came without folders: nothing to save to")
        result = save_result(
            material.input_dir, material.output_dir, material.frames, material.measurements,
            self.state.found, self.state.settings,
            copy=material.copies if copy is None else copy,
        )  # fmt: skip
        words = f"{len(self.state.clusters)} characters, {self.state.counts[CLUSTERED]:,} frames"
        notice = f"saved: {words} in {result.output_dir}"
        self.state = replace(self.state, notices=(notice,))
        return result

    @property
    def python_line(self) -> str:
        """The settings on screen as one line of Python."""
        return self._write(write_python)

    @property
    def command_line(self) -> str:
        """The settings on screen as one command line."""
        return self._write(write_command)

    def _write(self, write: Callable[..., str]) -> str:
        place = self.material
        return write(place.input_dir, place.output_dir, self.state.settings, copy=place.copies)

    def find_representatives(self, label: int, count: int = 12) -> Representatives:
        """Choose the frames that show what one cluster is, as row numbers."""
        return find_representatives(
            self.material.measurements.embeddings, self.state.clustering, label, count
        )

    def list_members(self, label: int) -> list[int]:
        """Rows of a cluster, the surest first."""
        rows = np.flatnonzero(self.state.clustering.labels == label)
        order = np.argsort(-self.state.clustering.probabilities[rows], kind="stable")
        return rows[order].tolist()

    def list_status(self, status: str) -> list[int]:
        """Rows of a status; rejected ones by rule, then as they lie."""
        rows = np.flatnonzero(self.state.status == status)
        if status == REJECTED:
            reasons = self.state.verdicts[list(RULES)].to_numpy()[rows]
            rows = rows[np.argsort(reasons.argmax(axis=1), kind="stable")]
        return rows.tolist()

    def load_thumbnails(self, rows: Sequence[int]) -> list[bytes | None]:
        """WebP pictures of some frames; None where there is none."""
        load = self.material.load_thumbnails
        return [None] * len(rows) if load is None or not len(rows) else load(list(rows))

    def describe_frame(self, row: int) -> dict[str, str]:
        """Give the words about one frame: name, episode, time, note."""
        return {column: values[row] for column, values in self._texts.items()}

    # ── what a state is made of ──────────────────────────────────────────────────────────────

    def _compute(
        self,
        settings: Settings,
        view: View,
        notices: tuple[str, ...],
        before: ExplorerState | None,
    ) -> ExplorerState:
        quality = self.material.measurements.quality
        if before is not None and before.settings.thresholds == settings.thresholds:
            verdicts, selected, metrics = (
                before.verdicts,
                before.found.selected,
                before.metrics,
            )
        else:
            verdicts = judge_quality(quality, settings.thresholds)
            selected = select_frames(quality, verdicts)
            ranges = {m.name: m.upper for m in before.metrics} if before is not None else {}
            metrics = tabulate_metrics(quality, settings.thresholds, ranges)
        options = settings.clustering
        is_settled = self.patient or self._shelf.has_arrangement(selected, options)
        if is_settled or before is None:
            arrangement = self._shelf.take_arrangement(selected, options)
        else:
            arrangement = before.arrangement
        if before is not None and (before.settings, before.is_settled) == (settings, is_settled):
            found, clustering, status = before.found, before.clustering, before.status
            colours, names = before.colours, before.scatter.cluster_names
        else:
            found = cut_arrangement(arrangement, options)
            if not is_settled:
                found = mask_clustering(found, selected)
            cast = cast_characters(found, self._digests, self._identities)
            clustering, names = cast.clustering, cast.names
            status = _tell_status(found, clustering, verdicts, quality)
            colours = keep_colours(
                before.clustering.labels if before else np.zeros(0, np.int32),
                before.colours if before else (),
                clustering.labels,
            )
        counts = {name: int((status == name).sum()) for name in STATUSES}
        colouring = colour_frames(
            view.colour_by, labels=clustering.labels, cluster_colours=colours, status=status,
            frames=self.material.frames, quality=quality, names=names,
        )  # fmt: skip
        by_cluster = colouring if view.colour_by == "cluster" else colour_frames(
            "cluster", labels=clustering.labels, cluster_colours=colours, status=status,
            frames=self.material.frames, quality=quality, names=names,
        )  # fmt: skip
        projection = self._projections.get(view.projection)
        if projection is None:
            notices = (*notices, "UMAP is being computed; PCA is shown until it is there")
            projection = self._projections["pca"]
        clusters = by_cluster.legend[: len(colours)]
        curve = self._shelf.take_curve(arrangement, options)
        size = options.min_cluster_size
        return ExplorerState(
            settings=settings,
            view=view,
            clustering=clustering,
            found=found,
            arrangement=arrangement,
            is_settled=is_settled,
            status=status,
            verdicts=verdicts,
            counts=counts,
            clusters=clusters,
            colours=colours,
            scatter=Scatter(
                points=projection.points,
                axis_labels=projection.axis_labels,
                kinds=_tell_kinds(status, projection.points),
                codes=colouring.codes,
                palette=colouring.palette,
                labels=clustering.labels,
                probabilities=clustering.probabilities,
                cluster_names=names,
                texts=self._texts,
                legend=colouring.legend,
            ),
            curve=curve,
            metrics=metrics,
            notices=notices,
            hints=(
                *describe_clusters(
                    [entry.count for entry in clusters],
                    counts[NOISE],
                    size,
                    {metric.setting: metric.n_below for metric in metrics},
                ),
                *describe_curve(curve, size),
            ),
        )


def _tell_status(
    found: Clustering, clustering: Clustering, verdicts: pd.DataFrame, quality: pd.DataFrame
) -> np.ndarray:
    """As `tabulate_assignments` does, without building its table."""
    status = np.where(clustering.labels >= 0, CLUSTERED, NOISE).astype("<U10")
    status[~clustering.selected] = STATUSES[3]
    by_rule = quality["width"].notna().to_numpy() & ~verdicts["passed"].to_numpy()
    by_hand = found.selected & ~clustering.selected
    status[by_rule | by_hand] = REJECTED
    return status


def _tell_kinds(status: np.ndarray, points: np.ndarray) -> np.ndarray:
    kinds = np.full(len(status), HIDDEN, np.uint8)
    for name, kind in ((CLUSTERED, MEMBER), (NOISE, NOISE_KIND), (REJECTED, REJECTED_KIND)):
        kinds[status == name] = kind
    kinds[~np.isfinite(points).all(axis=1)] = HIDDEN
    return kinds
