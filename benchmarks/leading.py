"""Whether a leading character stays whole: one keeps all its frames, all others are thinned.

    python benchmarks/leading.py [FOLDER ...] [--ranks 0 1] [--factors 3 8] [--model builtin]

A folder holds frames and a labels.csv, as for accuracy.py. The guard against crowds in one uniform
(`clusterkit.refining.crowds`) must not take the hero of a film for one: the character of each
rank, 0 the largest, keeps its frames, and of the others one in so many is kept. Prints, from pixels
alone and with scenes, the lead's share of what is left, how much of it is in its largest cluster,
and how many frames the clusters had that were taken for crowds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.clustering import arrange_frames, cut_arrangement, select_frames
from clusterkit.encoders import load_encoder
from clusterkit.measurements import Measurements, measure
from clusterkit.quality import judge_quality
from clusterkit.settings import Settings
from clusterkit.store import MeasurementStore

SEED = 0
HEADER = """\
| set | rank | thinned to | scenes | lead's share | whole | taken for crowds |
|---|---:|---:|---|---:|---:|---|"""


def thin(frames: pd.DataFrame, names: np.ndarray, lead: str, factor: int) -> np.ndarray:
    """Which frames are kept: all of the lead, and one in `factor` of the others."""
    drawn = np.random.default_rng(SEED).random(len(frames)) < 1 / factor
    return (names == lead) | drawn


def show_lead(
    frames: pd.DataFrame, measured: Measurements, names: np.ndarray, lead: str, settings: Settings
) -> str:
    """The last four columns of a line."""
    selected = select_frames(measured.quality, judge_quality(measured.quality, settings.thresholds))
    arranged = arrange_frames(measured.embeddings, frames, selected, settings.clustering)
    found = cut_arrangement(arranged, settings.clustering)
    is_lead = (names == lead) & selected
    inside = found.labels[is_lead & (found.labels >= 0)]
    whole = np.bincount(inside).max() / is_lead.sum() if len(inside) else 0.0
    crowds = [split.size for split in found.splits if split.is_crowd]
    told = ", ".join(map(str, crowds)) or "–"
    return f"{is_lead.sum() / selected.sum():.0%} | {whole:.0%} | {told} |"


def main() -> None:
    """Thin every folder for every rank and factor, and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--ranks", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--factors", type=int, nargs="+", default=[3, 8])
    parser.add_argument("--model", default="builtin")
    arguments = parser.parse_args()
    encoder = load_encoder(arguments.model)
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        where, labels = find_frames_and_labels(folder)
        frames = clusterkit.find_frames(where)
        identities = clusterkit.read_labels(labels).set_index("path")["identity"]
        names = frames["path"].map(identities).fillna("").to_numpy(str)
        with (
            tempfile.TemporaryDirectory() as scratch,
            MeasurementStore(Path(scratch) / "measured.sqlite") as store,
        ):
            measured = measure(frames, encoder, store=store, progress=False)
        largest = pd.Series(names[names != ""]).value_counts().index
        for rank in arguments.ranks:
            for factor in arguments.factors:
                kept = thin(frames, names, largest[rank], factor)
                some = Measurements(
                    measured.quality[kept].reset_index(drop=True),
                    measured.embeddings[kept], measured.encoder, 0.0,
                )  # fmt: skip
                for weight in (0.0, Settings().clustering.temporal_weight):
                    told = show_lead(
                        frames[kept].reset_index(drop=True), some, names[kept], largest[rank],
                        Settings.from_options(model=arguments.model, temporal_weight=weight),
                    )  # fmt: skip
                    print(f"| {folder.resolve().name} | {rank} | 1/{factor} "
                          f"| {'with' if weight else 'without'} | {told}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
