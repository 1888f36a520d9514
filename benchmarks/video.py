"""What each idea is worth that looks past the embeddings: clustered with and without it.

    python benchmarks/video.py [FOLDER ...] [--model descriptor ...] [--cache DIR] [--without-names]
                               [--draws N]

A folder holds frames and a labels.csv (path, identity, kind), the paths relative to the folder or
to its `frames/`; without a folder, the bundled sample. Every frame is measured once and remembered
in the cache, so that a second run takes seconds. Prints Markdown: for each encoder and set the
pairwise F, the noise-aware adjusted Rand index (noise and one-offs count as singletons), coverage
and noise of plain HDBSCAN, of each idea alone, of all together, and of all together but one; then
what each line gains over plain HDBSCAN over all sets.

With `--without-names`, scenes and times are hidden: what is left is known from pixels alone.

Whether two characters that are much alike are one cluster can hang on a single frame, and moves a
set's ARI by .05. With `--draws N` each set is clustered N times, a tenth of its frames left out at
random, and every figure is a mean: for choosing between two settings, where one run tells little.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
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

LEFT_OUT = 0.1
"""Share of the frames that a draw leaves out."""

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


def thin_set(whole: LabelledSet, draw: int) -> LabelledSet:
    """Leave some of the frames out at random: other ones in every draw."""
    rng = np.random.default_rng(draw)
    kept = np.flatnonzero(rng.random(len(whole.frames)) >= LEFT_OUT)
    frames = whole.frames.iloc[kept].reset_index(drop=True)
    return LabelledSet(
        whole.name,
        frames,
        replace(
            whole.measurements,
            quality=whole.measurements.quality.iloc[kept].reset_index(drop=True),
            embeddings=whole.measurements.embeddings[kept],
        ),
        whole.labels[whole.labels["path"].isin(frames["path"])].reset_index(drop=True),
    )


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


def score_lines(draws: list[LabelledSet], model: str) -> dict[str, tuple[list[Evaluation], float]]:
    """Scores of each line in every draw, and what one cut took in milliseconds."""
    scores: dict[str, list[Evaluation]] = {line: [] for line in list_lines()}
    seconds = dict.fromkeys(scores, 0.0)
    for chosen in draws:
        arrangements: dict[tuple[float, float], Arrangement] = {}
        for line, options in list_lines().items():
            settings = Settings.from_options(model=model, **options)
            weights = settings.clustering.metric_weight, settings.clustering.temporal_weight
            if weights not in arrangements:
                arrangements[weights] = arrange_set(chosen, settings)
            started = time.perf_counter()
            scores[line].append(score_line(chosen, arrangements[weights], settings))
            seconds[line] += time.perf_counter() - started
    return {line: (found, 1000 * seconds[line] / len(draws)) for line, found in scores.items()}


def format_line(name: str, line: str, scores: list[Evaluation], milliseconds: float) -> str:
    """One row of the table: means over the draws."""
    n_clusters, n_identities, f, ari, purity, coverage, noise = (
        average(scores, measure)
        for measure in ("n_clusters", "n_identities", "pairwise_f", "ari", "purity", "coverage",
                        "noise_share")
    )  # fmt: skip
    return (
        f"| {name} | {line} | {n_clusters:.0f} / {n_identities:.0f} | {f:.3f} | {ari:.3f} "
        f"| {purity:.3f} | {coverage:.1%} | {noise:.1%} | {milliseconds:.0f} |"
    )


def average(scores: list[Evaluation], measure: str) -> float:
    """Mean of one measure; 0 where there was nothing to count."""
    return float(np.mean([getattr(one, measure) or 0 for one in scores]))


def summarize(scores: dict[str, dict[str, list[Evaluation]]]) -> str:
    """What each line gains over plain HDBSCAN; `scores` is line → set → scores of its draws."""
    rows = [SUMMARY_HEADER]
    plain = scores["plain HDBSCAN"]
    noise_of_plain = np.mean([average(one, "noise_share") for one in plain.values()])
    for line, by_set in scores.items():
        ari = {name: average(one, "ari") for name, one in by_set.items()}
        gains = [ari[name] - average(plain[name], "ari") for name in by_set]
        noise = np.mean([average(one, "noise_share") for one in by_set.values()])
        mean = np.mean(list(ari.values()))
        rows.append(f"| {line} | {mean:.3f} | {np.mean(gains):+.3f} | {min(gains):+.3f} "
                    f"| {noise:.1%} | {noise / noise_of_plain:.0%} |")  # fmt: skip
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
    parser.add_argument("--draws", type=int, default=0, help="cluster parts of each set so often")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    folders = arguments.folders or [clusterkit.find_sample().labels.parent]
    for model in arguments.model:
        print(f"\n### {Path(model).name}\n\n{HEADER}")
        scores: dict[str, dict[str, list[Evaluation]]] = {line: {} for line in list_lines()}
        for folder in folders:
            whole = load_set(folder, model, arguments.cache, arguments.without_names)
            draws = [thin_set(whole, draw) for draw in range(arguments.draws)] or [whole]
            for line, (found, milliseconds) in score_lines(draws, model).items():
                scores[line][whole.name] = found
                print(format_line(whole.name, line, found, milliseconds), flush=True)
        print(f"\n{summarize(scores)}", flush=True)


if __name__ == "__main__":
    main()
