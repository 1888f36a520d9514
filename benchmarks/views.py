"""How often the view of a frame is told right, in the characters that were found.

    python benchmarks/views.py [FOLDER ...] [--model builtin] [--cache DIR]

A folder holds frames and a labels.csv (path, identity, view), the paths relative to the folder or
to its `frames/`; without a folder, the bundled sample. Left and right are one view, the side. What
counts are frames that are in a character and have an identity and a view; one whose view was left
open counts as wrong. Prints Markdown: how often front, side and back are told right, their mean,
the share of all frames told right, and the share of which a view is told; then what was taken for
what. With a cache, a second run measures nothing again.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.views import VIEWS

SIDES = {"left": "side", "right": "side"}
HEADER = """\
| set | frames | front | side | back | mean of the three | right | told |
|---|---:|---:|---:|---:|---:|---:|---:|"""


def compare_views(assignments: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Count frames of characters by real view (rows) and told view (columns, 'open' the last)."""
    table = assignments[["path", "status", "view"]].merge(
        labels[["path", "identity", "view"]], on="path", suffixes=("", "_real")
    )
    table = table[table["status"].eq("clustered") & table["identity"].fillna("").ne("")]
    real = table["view_real"].replace(SIDES)
    counts = pd.crosstab(real, table["view"].fillna("open"))
    return counts.reindex(index=list(VIEWS), columns=[*VIEWS, "open"], fill_value=0)


def main() -> None:
    """Tell views in every folder and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--cache", type=Path, help="where results are kept for the next run")
    arguments = parser.parse_args()
    confusions = {}
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        frames, labels = find_frames_and_labels(folder)
        name = folder.resolve().name
        with tempfile.TemporaryDirectory() as scratch:
            result = clusterkit.cluster_characters(
                frames, (arguments.cache or Path(scratch)) / name, model=arguments.model,
                visualize=False, progress=False,
            )  # fmt: skip
            counts = compare_views(result.assignments, pd.read_csv(labels))
        confusions[name] = counts
        hits = [int(counts.loc[view, view]) for view in VIEWS]
        recalls = [hit / max(1, int(counts.loc[view].sum()))
                   for hit, view in zip(hits, VIEWS, strict=True)]  # fmt: skip
        total = int(counts.to_numpy().sum())
        shares = " | ".join(f"{recall:.3f}" for recall in recalls)
        print(f"| {name} | {total:,} | {shares} | {sum(recalls) / len(VIEWS):.3f} "
              f"| {sum(hits) / total:.3f} | {1 - counts['open'].sum() / total:.1%} |",
              flush=True)  # fmt: skip
    for name, counts in confusions.items():
        print(f"\n{name}, real views down, told views across:\n\n```\n{counts.to_string()}\n```")


if __name__ == "__main__":
    main()
