"""The whole job as a recipe, one line a stage."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.clustering import (
    Clustering,
    arrange_frames,
    cut_arrangement,
    name_cluster,
    select_frames,
    tabulate_assignments,
)
from clusterkit.decisions.characters import decide_assignments
from clusterkit.decisions.kinds import NAMING_KINDS, Decision
from clusterkit.decisions.log import read_log
from clusterkit.decisions.recognition import recognise_frames
from clusterkit.decisions.resemblance import learn_resemblance
from clusterkit.decisions.steering import derive_constraints
from clusterkit.encoders import Encoder, load_encoder
from clusterkit.errors import InputError
from clusterkit.folders.locking import hold_folder
from clusterkit.frames import find_frames
from clusterkit.measurements import Measurements, measure
from clusterkit.organize import build_summary, prepare_output, read_quality_report, write_result
from clusterkit.plots import draw_projection
from clusterkit.projection import project_pca
from clusterkit.quality import judge_quality
from clusterkit.result_files import SUMMARY_NAME
from clusterkit.results import Result, load_result
from clusterkit.settings import DEFAULT_MODEL, EMBED, Settings
from clusterkit.store import CACHE_FOLDER, STORE_NAME, MeasurementStore
from clusterkit.views.column import add_views
from clusterkit.views.words import remember_words

LEAST_SAVED = 1.0
"""Seconds worth telling about."""

MUCH_NOISE = 0.3
"""Share of noise from which the person is told what to change."""


def cluster_characters(
    input_dir: str | os.PathLike[str],
    output_dir: str | os.PathLike[str],
    *,
    model: str = DEFAULT_MODEL,
    preprocess: str = "letterbox",
    duplicates: str = "share",
    min_size: int = 64,
    min_blur: float = 100.0,
    min_coverage: float = 0.05,
    min_cluster_size: int = 10,
    min_samples: int = 5,
    method: str = "eom",
    epsilon: float = 0.0,
    metric_weight: float = 0.25,
    temporal_weight: float = 0.25,
    split_fused: bool = True,
    join_fragments: bool = True,
    join_noise: bool = True,
    tracklets: bool = True,
    moments: bool = True,
    tell_views: bool = True,
    views: bool = False,
    device: str = "auto",
    copy: bool = False,
    visualize: bool = True,
    workers: int | None = None,
    progress: bool = True,
) -> Result:
    """Sort a folder of character cut-outs into one folder per character.

    Parameters
    ----------
    input_dir : path
        Any folder of images, such as one with `episode_*/character/`.
    output_dir : path
        The result folder: new, empty, or an earlier result, which is replaced as a whole.
    model : str
        'ViT-B/32', 'ViT-B/16', 'ViT-L/14', 'builtin', any open_clip name, an ONNX file or a
        checkpoint file.
    preprocess : {'letterbox', 'stock'}
    duplicates : {'share', 'embed'}
        Whether frames that differ by compression or a pixel of drift share one vector.
    min_size : int
        Least width and height, in pixels.
    min_blur : float
        The blur score must be above this.
    min_coverage : float
        The share of the image that the character covers must be above this; 0 to 1.
    min_cluster_size, min_samples, method, epsilon
        HDBSCAN: see `ClusterSettings`.
    metric_weight, temporal_weight : float
        What the densest groups, and the scenes, teach weighs, 0 to 1; 0 ignores them.
    split_fused, join_fragments, join_noise, tracklets, moments : bool
        What is done after the cut: see `ClusterSettings`.
    tell_views : bool
        Tell the front of a character from its sides and its back: the column `view`.
    views : bool
        Give each character's folder a folder for each view.
    device : {'auto', 'cuda', 'cpu', 'mps'}
    copy : bool
        Put copies into the folders instead of links.
    visualize : bool
        Draw `cluster_visualization.png`.
    workers : int, optional
        Threads that decode images; one a core by default.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Result

    Raises
    ------
    ClusterkitError
        One clear line: bad input, settings, model or output folder. Nothing is lost.
    """
    settings = Settings.from_options(
        model=model, preprocess=preprocess, duplicates=duplicates,
        min_size=min_size, min_blur=min_blur, min_coverage=min_coverage,
        min_cluster_size=min_cluster_size, min_samples=min_samples, method=method, epsilon=epsilon,
        metric_weight=metric_weight, temporal_weight=temporal_weight,
        split_fused=split_fused, join_fragments=join_fragments, join_noise=join_noise,
        tracklets=tracklets, moments=moments, tell_views=tell_views, views=views,
    )  # fmt: skip
    started = time.perf_counter()
    frames = find_frames(input_dir)
    output = prepare_output(input_dir, output_dir)
    encoder = load_encoder(settings.model, device=device, preprocess=settings.preprocess)
    meters = load_meters(settings)
    with hold_folder(output):
        with MeasurementStore(output / CACHE_FOLDER / STORE_NAME) as store:
            measurements = measure(
                frames, encoder, store=store, others=meters, duplicates=settings.duplicates,
                workers=workers, progress=progress,
            )  # fmt: skip
            if settings.tell_views:
                remember_words(encoder, store)
        measured = time.perf_counter()
        decisions = read_log(output).decisions
        clustering = cluster_measurements(frames, measurements, settings, decisions)
        clustered = time.perf_counter()
        return save_result(
            Path(input_dir), output, frames, measurements, clustering, settings,
            copy=copy, visualize=visualize,
            seconds={"measuring": measured - started, "clustering": clustered - measured},
        )  # fmt: skip


def load_meters(settings: Settings) -> list[Encoder]:
    """What measures frames besides the encoder, by what is asked for."""
    if not settings.tell_views:
        return []
    from clusterkit.views.meter import ViewMeter

    return [ViewMeter()]


def open_result(
    output_dir: str | os.PathLike[str], input_dir: str | os.PathLike[str] = "", **options: Any
) -> Result:
    """Open a result folder; where there is none yet, make it from a folder of frames.

    Parameters
    ----------
    output_dir : path
    input_dir : path, optional
        The frames of a result that is still to be made.
    **options
        For `cluster_characters`, which makes it.

    Raises
    ------
    InputError
        There is neither a result nor a folder of frames.
    """
    if (Path(output_dir) / SUMMARY_NAME).exists() or not str(input_dir):
        return load_result(Path(output_dir))
    return cluster_characters(input_dir, output_dir, **options)


def cluster_measurements(
    frames: pd.DataFrame,
    measurements: Measurements,
    settings: Settings,
    decisions: Sequence[Decision] = (),
) -> Clustering:
    """Select by quality, arrange, cut: everything between measuring and writing.

    What people decided steers it: see `clusterkit.decisions.steering`.
    """
    verdicts = judge_quality(measurements.quality, settings.thresholds)
    selected = select_frames(measurements.quality, verdicts)
    constraints = derive_constraints(decisions, measurements.quality["digest"])
    arrangement = arrange_frames(
        measurements.embeddings, frames, selected, settings.clustering, constraints
    )
    return cut_arrangement(arrangement, settings.clustering)


def save_result(
    input_dir: Path,
    output_dir: Path,
    frames: pd.DataFrame,
    measurements: Measurements,
    clustering: Clustering,
    settings: Settings,
    *,
    copy: bool = False,
    visualize: bool = True,
    seconds: Mapping[str, float] | None = None,
) -> Result:
    """Write the result folder, whole or not at all, and open it."""
    verdicts = judge_quality(measurements.quality, settings.thresholds)
    log = read_log(output_dir)
    digests = measurements.quality["digest"].tolist()
    clustering, recognised = recognise_known(
        clustering, frames, measurements, log.decisions, settings, _read_digests(output_dir)
    )
    computed = tabulate_assignments(frames, measurements.quality, verdicts, clustering)
    assignments = decide_assignments(computed, digests, log.decisions)
    with MeasurementStore(output_dir / CACHE_FOLDER / STORE_NAME) as store:
        assignments = add_views(
            assignments, frames, measurements.quality, store, settings, measurements.encoder
        )
    picture = None
    if visualize:
        projection = project_pca(
            np.where(clustering.selected[:, None], measurements.embeddings, np.nan)
        )
        title = f"{clustering.n_clusters} characters in {len(frames):,} frames · {settings.model}"
        picture = draw_projection(projection, clustering, title)
    write_result(
        output_dir,
        frames=frames,
        quality=measurements.quality,
        verdicts=verdicts,
        assignments=assignments,
        summary=build_summary(
            frames=frames,
            verdicts=verdicts,
            assignments=assignments,
            input_dir=input_dir,
            settings=settings.to_options(),
            encoder=measurements.encoder,
            notices=[
                *recognised,
                *describe_refinement(clustering),
                *describe_outcome(computed, settings),
                *describe_duplicates(measurements, settings),
                *log.describe_damage(),
            ],
            seconds=seconds,
        ),
        picture=picture,
        copy=copy,
    )
    return load_result(output_dir)


def recognise_known(
    clustering: Clustering,
    frames: pd.DataFrame,
    measurements: Measurements,
    decisions: Sequence[Decision],
    settings: Settings,
    earlier: frozenset[str],
) -> tuple[Clustering, list[str]]:
    """Let frames that no decision mentions join the named characters that they clearly are.

    Parameters
    ----------
    clustering : Clustering
    frames : DataFrame
    measurements : Measurements
    decisions : sequence of Decision
    settings : Settings
    earlier : frozenset of str
        Digests of the frames that were there before.

    Returns
    -------
    clustering : Clustering
    notices : list of str
        What became of the new frames; nothing where none is new.
    """
    if not any(decision.kind in NAMING_KINDS for decision in decisions):
        return clustering, []
    digests = measurements.quality["digest"].tolist()
    is_added = np.array([bool(digest) and digest not in earlier for digest in digests])
    embeddings, selected = measurements.embeddings, clustering.selected
    resemblance = learn_resemblance(embeddings, frames, selected, settings.clustering)
    found = recognise_frames(clustering, digests, decisions, resemblance, is_added)
    n_added = int((is_added & selected).sum())
    if not n_added or not earlier:
        return found.clustering, []
    return found.clustering, [f"of {n_added:,} new frames, {found.describe()}"]


def _read_digests(output_dir: Path) -> frozenset[str]:
    """Which frames a result has, by content; none where there is no result yet."""
    try:
        return frozenset(read_quality_report(output_dir)["digest"].dropna())
    except InputError:
        return frozenset()


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def describe_duplicates(measurements: Measurements, settings: Settings) -> list[str]:
    """How many frames repeat another, and what that saved; nothing where none does."""
    if not measurements.n_duplicates:
        return []
    frames = _count(measurements.n_duplicates, "frame")
    words = f"{frames} repeating another but for compression or a pixel of drift"
    if settings.duplicates == EMBED:
        return [f"found {words}; quality_report.json says which"]
    seconds = measurements.seconds_saved
    saved = f", which saved about {seconds:,.1f} s of embedding" if seconds >= LEAST_SAVED else ""
    return [f"{words} took over its vector{saved}; --duplicates=embed gives each its own"]


def describe_refinement(clustering: Clustering) -> list[str]:
    """What was done after the cut, and how to have it undone; often nothing."""
    notices = []
    for split in clustering.splits:
        parts = " + ".join(f"{size:,}" for size in split.parts)
        small = f", {split.n_small} too small to be a character" if split.n_small else ""
        held = (
            "a crowd of characters who look alike"
            if split.is_crowd
            else "groups as unlike as two characters"
        )
        notices.append(
            f"a cluster of {split.size:,} frames held {held} ({parts}{small}) and was split; "
            "--no-split-fused keeps it whole"
        )
    for join in clustering.joins:
        if join.is_said:
            continue
        name = name_cluster(int(clustering.labels[clustering.selected][join.row]))
        notices.append(
            f"two groups of {join.sizes[0]:,} and {join.sizes[1]:,} frames look alike and share "
            f"{_count(join.shared, 'scene')}: they are {name} together; "
            "--no-join-fragments keeps them apart"
        )
    if n_said := sum(join.is_said for join in clustering.joins):
        notices.append(f"joined {_count(n_said, 'pair')} of groups that people said are the same")
    if clustering.n_joined:
        notices.append(
            f"{_count(clustering.n_joined, 'frame')} in no dense group joined a character, more "
            "probably right than not; --no-join-noise leaves such frames noise"
        )
    return notices


def describe_outcome(assignments: pd.DataFrame, settings: Settings) -> list[str]:
    """What a person should know about the outcome, in words that say what to do; often nothing."""
    counts = assignments["status"].value_counts()
    clustered, noise = int(counts.get("clustered", 0)), int(counts.get("noise", 0))
    unreadable, least = int(counts.get("unreadable", 0)), settings.clustering.min_cluster_size
    notices = []
    if unreadable:
        notices.append(
            f"{_count(unreadable, 'file')} could not be used; quality_report.json says why"
        )
    if not clustered + noise:
        notices.append(
            "no frame passed the quality rules: lower --min-size, --min-blur or --min-coverage"
        )
    elif clustered + noise < least:
        notices.append(
            f"only {clustered + noise} frames passed, fewer than --min-cluster-size {least}: "
            "all are noise; choose a smaller one"
        )
    elif not clustered:
        notices.append(
            "no group of frames is denser than the rest, all are noise: "
            "try a smaller --min-cluster-size or --min-samples, or another --model"
        )
    elif noise > MUCH_NOISE * (clustered + noise):
        share = noise / (clustered + noise)
        notices.append(
            f"{share:.0%} of the frames are noise: "
            "try a smaller --min-cluster-size or --min-samples"
        )
    return notices
