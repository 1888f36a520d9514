"""How well labelled folders are sorted, with the defaults of `clusterkit cluster`.

    python benchmarks/accuracy.py [FOLDER ...] [--model builtin] [--min-cluster-size N ...]

A folder holds frames and a labels.csv (path, identity and, if known, kind), the paths relative
to the folder or to its `frames/`. Without a folder, the bundled sample. Prints Markdown: what the
quality rules found of the flawed frames and wrongly rejected of the good ones, then the clusters.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import clusterkit

HEADER = """\
| set | frames | flawed found | good rejected | clusters / identities | P | R | F | ARI | noise |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


def find_frames_and_labels(folder: Path) -> tuple[Path, Path]:
    """Where the frames are, and their labels."""
    inner = folder / "frames"
    return (inner if inner.is_dir() else folder), folder / "labels.csv"


def main() -> None:
    """Run the pipeline on every folder and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--min-cluster-size", type=int, default=10)
    arguments = parser.parse_args()
    folders = arguments.folders or [clusterkit.find_sample().labels.parent]
    print(HEADER)
    for folder in folders:
        frames, labels = find_frames_and_labels(folder)
        with tempfile.TemporaryDirectory() as scratch:
            result = clusterkit.cluster_characters(
                frames, Path(scratch) / "out", model=arguments.model, visualize=False,
                min_cluster_size=arguments.min_cluster_size, progress=False,
            )  # fmt: skip
            scores = clusterkit.evaluate_labels(result.assignments, clusterkit.read_labels(labels))
        kinds = scores.rejected_by_kind.items()
        fine = [counts for kind, counts in kinds if kind in ("good", "duplicate", "one-off")]
        wrong = sum(c["rejected"] for c in fine) / max(1, sum(c["frames"] for c in fine))
        found = "–" if scores.rejection_recall is None else f"{scores.rejection_recall:.1%}"
        print(f"| {folder.resolve().name} | {len(result.frames):,} | {found} | {wrong:.1%} "
              f"| {scores.n_clusters} / {scores.n_identities} | {scores.pairwise_precision:.3f} "
              f"| {scores.pairwise_recall:.3f} | {scores.pairwise_f:.3f} | {scores.ari:.3f} "
              f"| {scores.noise_share:.1%} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
