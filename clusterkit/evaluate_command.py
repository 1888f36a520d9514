"""The `evaluate` command: a result against labels, or several encoders on a labelled folder."""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import pandas as pd

import clusterkit
from clusterkit.errors import SettingsError
from clusterkit.settings import DEVICES

HEADINGS = {
    "nearest_right": "nearest", "r_precision": "R-prec", "nearest_right_across": "nearest ↻",
    "r_precision_across": "R-prec ↻", "ari": "ARI", "pairwise_precision": "P",
    "pairwise_recall": "R", "pairwise_f": "F", "coverage": "covered", "noise_share": "noise",
    "n_clusters": "clusters", "n_identities": "identities",
}  # fmt: skip
"""Short names of the columns of a comparison; ↻ is across views only."""


def add_evaluate_options(command: argparse.ArgumentParser) -> None:
    """Give the command its arguments."""
    add = command.add_argument
    add("output_dir", type=Path, metavar="OUT",
        help="a result folder; with --model, a folder of frames")  # fmt: skip
    add("labels", type=Path, metavar="LABELS",
        help="CSV with path, identity and, if known, view and kind")  # fmt: skip
    add("--json", action="store_true", help="print JSON")
    more = command.add_argument_group("to compare encoders and settings on a labelled folder")
    add = more.add_argument
    add("--model", dest="models", action="append", metavar="NAME",
        help="an encoder to try; may be repeated")  # fmt: skip
    add("--min-cluster-size", type=int, nargs="+", metavar="N", help="one or more to try")
    add("--min-samples", type=int, nargs="+", metavar="N", help="one or more to try")
    add("--metric-weight", type=float, nargs="+", metavar="SHARE", help="one or more to try")
    add("--temporal-weight", type=float, nargs="+", metavar="SHARE", help="one or more to try")
    add("--device", choices=DEVICES, default="auto")
    add("--cache", type=Path, metavar="FILE",
        help="keep what was measured for the next comparison")  # fmt: skip


def run_evaluate(arguments: argparse.Namespace) -> None:
    """The `evaluate` command."""
    tried = {
        name: getattr(arguments, name)
        for name in ("min_cluster_size", "min_samples", "metric_weight", "temporal_weight")
        if getattr(arguments, name) is not None
    }
    if arguments.models:
        variants = [
            dict(zip(tried, values, strict=True)) for values in itertools.product(*tried.values())
        ]
        labels = clusterkit.read_labels(arguments.labels)
        table = clusterkit.compare_encoders(
            arguments.output_dir, labels, arguments.models, variants=variants,
            device=arguments.device, progress=not arguments.json, cache=arguments.cache,
        )  # fmt: skip
        _print_comparison(table, arguments.json)
        return
    if tried or arguments.cache:
        option = next(iter(tried), "cache").replace("_", "-")
        raise SettingsError(
            f"--{option} needs --model: a result folder has its settings already; "
            "give a folder of frames and the encoders to try"
        )
    _print_evaluation(arguments)


def _print_comparison(table: pd.DataFrame, as_json: bool) -> None:
    if as_json:
        print(table.to_json(orient="records", indent=2))
        return
    shown = table.rename(columns=HEADINGS)
    # What no label tells (views, say) has no column instead of a column of dashes.
    shown = shown.loc[:, shown.notna().any()]
    print(shown.to_string(index=False, float_format=lambda value: f"{value:.3f}", na_rep="–"))
    if "nearest ↻" in shown:
        print("\n↻ among frames of other views only")


def _print_evaluation(arguments: argparse.Namespace) -> None:
    labels = clusterkit.read_labels(arguments.labels)
    scores = clusterkit.evaluate_labels(
        clusterkit.load_result(arguments.output_dir).assignments, labels
    )
    if arguments.json:
        print(json.dumps(scores.to_dict(), indent=2))
        return
    figures = scores.to_dict()
    kinds = figures.pop("rejected_by_kind")
    for name, value in figures.items():
        shown = (
            f"{value:.4f}" if isinstance(value, float) else "–" if value is None else f"{value:,}"
        )
        print(f"{name:<24} {shown:>8}")
    if kinds:
        print(f"\n{'kind':<24} {'frames':>8} {'rejected':>8}")
    for kind, counts in kinds.items():
        print(f"{kind:<24} {counts['frames']:>8,} {counts['rejected']:>8,}")
