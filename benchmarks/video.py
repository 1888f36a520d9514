"""What each idea is worth that looks past the embeddings: clustered with and without it.

    python benchmarks/video.py [FOLDER ...] [--model descriptor ...] [--cache DIR] [--without-names]

A folder holds frames and a labels.csv (path, identity, kind), the paths relative to the folder or
to its `frames/`; without a folder, the bundled sample. Every frame is measured once and remembered
in the cache, so that a second run takes seconds. Prints Markdown: for each encoder and set the
pairwise F, the noise-aware adjusted Rand index (noise and one-offs count as singletons), coverage
and noise of plain HDBSCAN, of each idea alone, of all together, and of all together but one; then
what each line gains over plain HDBSCAN over all sets.

With `--without-names`, scenes and times are hidden: what is left is known from pixels alone.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.clustering import (
    Arrangement,
    arrange_frames,
    cut_arrangement,
    select_frames,
)
from clusterkit.encoders import load_encoder
from clusterkit.evaluation import Evaluation
from clusterkit.frames import find_frames
from clusterkit.measurements import Measurements, measure
from clusterkit.quality import judge_quality
from clusterkit.settings import Settings
from clusterkit.store import MeasurementStore

IDEAS: dict[str, dict[str, float | bool]] = {
    "looks": {"metric_weight": 0.0},
    "scenes": {"temporal_weight": 0.0},
    "splitting": {"split_fused": False},
    "fragments": {"join_fragments": False},
    "noise": {"join_noise": False},
    "tracklets": {"tracklets": False},
    "moments": {"moments": False},
}
"""Each idea with the settings that turn it off. Fragments, tracklets and moments need scenes, and
tracklets need noise joined: alone they do nothing, and count where they are left out."""
ALONE = ("looks", "scenes", "splitting", "noise")

HEADER = """\
| set | line | clusters / identities | F | ARI | purity | coverage | noise | cut, ms |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""
SUMMARY_HEADER = """\
| line | mean ARI | gain | worst gain | mean noise | of plain's |
|---|---:|---:|---:|---:|---:|"""
NAME_COLUMNS = {"scene": "Int64", "frame": "Int64", "seconds": "Float64"}


@dataclass(frozen=True)
class LabelledSet:
    """A measured folder with its labels."""

    name: str
    frames: pd.DataFrame
    measurements: Measurements
    labels: pd.DataFrame


def list_lines() -> dict[str, dict[str, float | bool]]:
    """Settings of each line of the table, by its name."""
    nothing = {name: value for off in IDEAS.values() for name, value in off.items()}
    lines = {"plain HDBSCAN": nothing}
    for idea in ALONE:
        lines[f"{idea} alone"] = {k: v for k, v in nothing.items() if k not in IDEAS[idea]}
    lines["all together"] = {}
    return lines | {f"all but {idea}": off for idea, off in IDEAS.items()}


def load_set(folder: Path, model: str, cache: Path, without_names: bool) -> LabelledSet:
    """Measure the frames of a folder, or remember what was measured."""
    where, labels = find_frames_and_labels(folder)
    frames = find_frames(where)
    with MeasurementStore(cache / f"{folder.resolve().name}.sqlite") as store:
        measurements = measure(frames, load_encoder(model), store=store, progress=False)
    if without_names:
        blank = {name: pd.array([pd.NA] * len(frames), kind) for name, kind in NAME_COLUMNS.items()}
        frames = frames.assign(**blank)
    return LabelledSet(folder.resolve().name, frames, measurements, clusterkit.read_labels(labels))


def arrange_set(chosen: LabelledSet, settings: Settings) -> Arrangement:
    """What the lines that learnt alike share."""
    verdicts = judge_quality(chosen.measurements.quality, settings.thresholds)
    selected = select_frames(chosen.measurements.quality, verdicts)
    return arrange_frames(
        chosen.measurements.embeddings, chosen.frames, selected, settings.clustering
    )


def score_line(chosen: LabelledSet, arrangement: Arrangement, settings: Settings) -> Evaluation:
    """Cut with some settings and hold the outcome against the labels."""
    quality = chosen.measurements.quality
    clustering = cut_arrangement(arrangement, settings.clustering)
    verdicts = judge_quality(quality, settings.thresholds)
    table = clusterkit.tabulate_assignments(chosen.frames, quality, verdicts, clustering)
    return clusterkit.evaluate_labels(table, chosen.labels)


def format_line(name: str, line: str, scores: Evaluation, milliseconds: float) -> str:
    """One row of the table."""
    return (
        f"| {name} | {line} | {scores.n_clusters} / {scores.n_identities} "
        f"| {scores.pairwise_f:.3f} | {scores.ari:.3f} | {scores.purity or 0:.3f} "
        f"| {scores.coverage:.1%} | {scores.noise_share:.1%} | {milliseconds:.0f} |"
    )


def summarize(scores: dict[str, dict[str, Evaluation]]) -> str:
    """What each line gains over plain HDBSCAN, over all sets; `scores` is line → set → scores."""
    rows = [SUMMARY_HEADER]
    plain = scores["plain HDBSCAN"]
    for line, by_set in scores.items():
        gains = [by_set[name].ari - plain[name].ari for name in by_set]
        mean = np.mean([one.ari for one in by_set.values()])
        noise = np.mean([one.noise_share for one in by_set.values()])
        of_plain = noise / np.mean([one.noise_share for one in plain.values()])
        rows.append(f"| {line} | {mean:.3f} | {np.mean(gains):+.3f} | {min(gains):+.3f} "
                    f"| {noise:.1%} | {of_plain:.0%} |")  # fmt: skip
    return "\n".join(rows)


def main() -> None:
    """Print the tables for every encoder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", nargs="+", default=["builtin"])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "clusterkit")
    parser.add_argument("--without-names", action="store_true", help="hide scenes and times")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    folders = arguments.folders or [clusterkit.find_sample().labels.parent]
    for model in arguments.model:
        print(f"\n### {Path(model).name}\n\n{HEADER}")
        scores: dict[str, dict[str, Evaluation]] = {line: {} for line in list_lines()}
        for folder in folders:
            chosen = load_set(folder, model, arguments.cache, arguments.without_names)
            arrangements: dict[tuple[float, float], Arrangement] = {}
            for line, options in list_lines().items():
                settings = Settings.from_options(model=model, **options)
                weights = settings.clustering.metric_weight, settings.clustering.temporal_weight
                if weights not in arrangements:
                    arrangements[weights] = arrange_set(chosen, settings)
                started = time.perf_counter()
                scores[line][chosen.name] = score_line(chosen, arrangements[weights], settings)
                milliseconds = 1000 * (time.perf_counter() - started)
                print(
                    format_line(chosen.name, line, scores[line][chosen.name], milliseconds),
                    flush=True,
                )
        print(f"\n{summarize(scores)}", flush=True)


if __name__ == "__main__":
    main()
