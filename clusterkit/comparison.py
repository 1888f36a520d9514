"""Several encoders and settings on one labelled folder: which is best on your show."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.clustering import tabulate_assignments
from clusterkit.encoders import Encoder, load_encoder
from clusterkit.encoders.joined import JoinedEncoder
from clusterkit.evaluation import UNUSABLE_KINDS, evaluate_labels, match_labels, number_groups
from clusterkit.frames import find_frames
from clusterkit.measurements import Measurements, measure
from clusterkit.pipeline import cluster_measurements
from clusterkit.quality import judge_quality
from clusterkit.retrieval import Retrieval, score_retrieval
from clusterkit.settings import Settings
from clusterkit.store import MeasurementStore

COMPARISON_COLUMNS = (
    "model", "settings", "nearest_right", "r_precision", "nearest_right_across",
    "r_precision_across", "ari", "pairwise_precision", "pairwise_recall", "pairwise_f", "coverage",
    "noise_share", "n_clusters", "n_identities",
)  # fmt: skip


def compare_encoders(
    input_dir: str | os.PathLike[str],
    labels: pd.DataFrame,
    models: Sequence[str | Encoder],
    *,
    variants: Sequence[Mapping[str, Any]] = ({},),
    device: str = "auto",
    progress: bool = True,
    cache: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Measure a folder with every encoder, cluster it with every variant, and hold both to labels.

    Parameters
    ----------
    input_dir : path
    labels : DataFrame
        As `read_labels` returns it.
    models : sequence of str or Encoder
        Names as `load_encoder` takes them, or encoders that are loaded already.
    variants : sequence of mapping
        Settings by their names in `Settings.from_options`; one line of the table for each.
    device : str
    progress : bool
    cache : path, optional
        A file that keeps what was measured for the next comparison. What is joined is measured part
        by part, so that other weights cost nothing; `builtin`, which weighs each picture, is not.

    Returns
    -------
    DataFrame
        `COMPARISON_COLUMNS`; settings in words, the neighbours as in `Retrieval`, the clusters as
        in `Evaluation`.

    Raises
    ------
    ClusterkitError
        Bad input, a model that cannot be had, a setting that does not exist; before anything slow
        where it can be known.
    """
    chosen = [Settings.from_options(**variant) for variant in variants]
    frames = find_frames(input_dir)
    match_labels(frames, labels)
    encoders = [
        load_encoder(model, device=device) if isinstance(model, str) else model for model in models
    ]
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        kept = Path(scratch) / "measurements.sqlite" if cache is None else Path(cache)
        for encoder in encoders:
            with MeasurementStore(kept) as store:
                measurements = _measure(frames, encoder, store, progress)
            retrieval = _score_neighbours(frames, measurements, labels)
            for variant, settings in zip(variants, chosen, strict=True):
                used = replace(settings, model=encoder.name)
                rows.append(_score_variant(frames, measurements, labels, used)
                            | {"settings": _describe_variant(variant)}
                            | dict(_list_neighbours(retrieval)))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


def _measure(
    frames: pd.DataFrame, encoder: Encoder, store: MeasurementStore, progress: bool
) -> Measurements:
    """Measure with an encoder; with one that is joined by fixed weights, part by part."""
    if not isinstance(encoder, JoinedEncoder) or encoder.weighs_pictures:
        return measure(frames, encoder, store=store, progress=progress)
    first, *others = encoder.encoders
    measure(frames, first, store=store, others=others, progress=progress)  # each file read once
    parts = [measure(frames, part, store=store, progress=False) for part in encoder.encoders]
    quality = parts[0].quality.copy()
    for part in parts[1:]:
        problem = quality["problem"]
        quality["problem"] = problem.where(problem.notna(), part.quality["problem"])
    rows = encoder.join([part.embeddings for part in parts])
    return Measurements(quality, rows, encoder.fingerprint)


def _score_variant(
    frames: pd.DataFrame, measurements: Measurements, labels: pd.DataFrame, settings: Settings
) -> dict[str, Any]:
    verdicts = judge_quality(measurements.quality, settings.thresholds)
    clustering = cluster_measurements(frames, measurements, settings)
    assignments = tabulate_assignments(frames, measurements.quality, verdicts, clustering)
    scores = evaluate_labels(assignments, labels).to_dict()
    return {
        name: scores[name] for name in COMPARISON_COLUMNS if name in scores
    } | {"model": settings.model}  # fmt: skip


def _score_neighbours(
    frames: pd.DataFrame, measurements: Measurements, labels: pd.DataFrame
) -> Retrieval:
    """Neighbours among the labelled frames that can be used and have a vector."""
    rows = frames[["path"]].assign(row=np.arange(len(frames)))
    matched = match_labels(rows, labels)
    if "kind" in matched:
        matched = matched[~matched["kind"].isin(UNUSABLE_KINDS)]
    usable = np.isfinite(measurements.embeddings[matched["row"]]).all(axis=1)
    matched = matched[usable]
    identities = number_groups(matched["identity"], matched["identity"].notna().to_numpy())
    views = matched["view"].to_numpy(object) if "view" in matched else None
    return score_retrieval(measurements.embeddings[matched["row"]], identities, views)


def _list_neighbours(retrieval: Retrieval) -> Iterator[tuple[str, float | None]]:
    for name in COMPARISON_COLUMNS:
        if hasattr(retrieval, name):
            yield name, getattr(retrieval, name)


def _describe_variant(variant: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in variant.items()) or "defaults"
