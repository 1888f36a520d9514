"""Hold runs, and any encoder that clusterkit knows, against labelled folders.

    python -m training.judge FOLDER RUN [RUN ...] [--model network] [--labels decidable.csv]
                             [--unrelated]

FOLDER has a `labels.csv`: the families held out (`python -m training.held_out`) or a development
set. `decidable.csv` asks of families only what can be known. With `--unrelated` only the first
identity of each family is there, without the siblings that share all but one trait with it: so is
the cast of a film. A run is judged by the half-precision weights that `training.export` would ship.
Prints how often the nearest neighbour is right, and R-precision, over all frames and across views.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import pandas as pd
import torch

import clusterkit
from clusterkit.encoders.base import digest_file
from clusterkit.encoders.network import NetworkEncoder
from training.export import export_network

COLUMNS = [
    "model", "nearest_right", "r_precision", "nearest_right_across", "r_precision_across",
]  # fmt: skip


def load_run(run: Path) -> NetworkEncoder:
    """The encoder that exporting a run would give; named as its folder."""
    with tempfile.TemporaryDirectory() as scratch:
        weights = export_network([run], Path(scratch))
        return NetworkEncoder(run.name, weights, digest_file(weights))


def leave_out_siblings(labels: pd.DataFrame) -> pd.DataFrame:
    """Keep one identity of each family: of those named FAMILY-NUMBER, the number 0."""
    kept = labels[labels["identity"].str.endswith("-0", na=False)]
    if not len(kept):
        raise SystemExit("no identity is named FAMILY-0, as those of training.held_out are")
    return kept


def judge(
    folder: Path,
    runs: list[Path],
    models: list[str],
    labels: str = "labels.csv",
    *,
    unrelated: bool = False,
) -> pd.DataFrame:
    """Score the neighbours that each run and each named encoder finds; `COLUMNS`."""
    known = clusterkit.read_labels(folder / labels)
    table = clusterkit.compare_encoders(
        folder, leave_out_siblings(known) if unrelated else known,
        [*map(load_run, runs), *models], progress=False,
    )  # fmt: skip
    return table[COLUMNS]


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("runs", type=Path, nargs="*", metavar="RUN")
    parser.add_argument("--model", dest="models", action="append", default=[], metavar="NAME")
    parser.add_argument("--labels", default="labels.csv", metavar="FILE", help="in FOLDER")
    parser.add_argument("--unrelated", action="store_true", help="one identity of each family")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    table = judge(
        options.folder, options.runs, options.models, options.labels, unrelated=options.unrelated
    )
    print(table.to_string(index=False, float_format=lambda value: f"{value:.3f}"))


if __name__ == "__main__":
    main()
