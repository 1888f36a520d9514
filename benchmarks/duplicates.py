"""How many near-duplicates are found, how many other frames are taken for one, and what it saves.

    python benchmarks/duplicates.py [FOLDER ...] [--model builtin]

A folder holds frames and a labels.csv (path, identity, kind), the paths relative to the folder or
to its `frames/`. Without a folder, the bundled sample. A duplicate counts as found if it is grouped
with the frame it was made from: the last good one of its identity in its scene. Any other frame
that repeats something counts as wrong. Both once with the names as they are, and once as if the
names told neither scene nor time. Prints Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import clusterkit
from clusterkit.duplicates import group_duplicates, order_sequences

HEADER = """\
| set | frames | duplicates | found | others wrongly joined | found, no scenes | wrong, no scenes \
| vectors shared | embedding saved |
|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def find_sources(table: pd.DataFrame) -> np.ndarray:
    """Row of the frame that each duplicate was made from; -1 for all others."""
    sources = np.full(len(table), -1)
    last: dict[tuple, int] = {}
    columns = (table["episode"], table["scene"], table["identity"], table["kind"])
    for row, (episode, scene, identity, kind) in enumerate(zip(*columns, strict=True)):
        if kind == "good":
            last[episode, scene, identity] = row
        elif kind == "duplicate":
            sources[row] = last.get((episode, scene, identity), -1)
    return sources


def score(firsts: np.ndarray, table: pd.DataFrame) -> tuple[float, float]:
    """Share of the duplicates that are found, and share of the others that repeat something."""
    sources, rows = find_sources(table), np.arange(len(table))
    is_copy = table["kind"].eq("duplicate").to_numpy()
    made = is_copy & (sources >= 0)
    found = firsts[made] == firsts[sources[made]]
    wrong = (firsts != rows)[~is_copy]
    return float(found.mean()) if made.any() else 1.0, float(wrong.mean())


def main() -> None:
    """Measure every folder and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    arguments = parser.parse_args()
    encoder = clusterkit.load_encoder(arguments.model)
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        inner = folder / "frames"
        frames = clusterkit.find_frames(inner if inner.is_dir() else folder)
        labels = pd.read_csv(folder / "labels.csv").fillna("")
        table = frames.merge(labels[["path", "identity", "kind"]], on="path", how="left")
        with (
            tempfile.TemporaryDirectory() as scratch,
            clusterkit.MeasurementStore(Path(scratch) / "store.sqlite") as store,
        ):
            measured = clusterkit.measure(frames, encoder, store=store, progress=False)
            records = store.load_frames()
        digests = measured.quality["digest"]
        marks = [records[digest].fingerprint if digest else None for digest in digests]
        nameless = frames.assign(episode=None, scene=pd.NA, frame=pd.NA, seconds=pd.NA)
        figures = [
            score(group_duplicates(marks, order_sequences(names)), table)
            for names in (frames, nameless)
        ]
        shares = " | ".join(f"{found:.1%} | {wrong:.2%}" for found, wrong in figures)
        print(f"| {folder.resolve().name} | {len(frames):,} "
              f"| {int(table['kind'].eq('duplicate').sum()):,} | {shares} "
              f"| {measured.n_duplicates / len(frames):.1%} "
              f"| {measured.seconds_saved:.1f} s |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
