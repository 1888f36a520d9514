"""The settings as options of a command line: names, defaults and what each does."""

from __future__ import annotations

import argparse

from clusterkit.settings import (
    DEVICES,
    DUPLICATE_CHOICES,
    PREPROCESSES,
    SELECTION_METHODS,
    ClusterSettings,
    QualityThresholds,
    Settings,
)

STEPS = {
    "split-fused": "keep clusters whole whose parts are as unlike as two characters",
    "join-fragments": "keep apart what looks like views or outfits of one character",
    "join-noise": "leave all noise noise, however near a character it is",
    "tracklets": "let no frame follow its companions of a scene",
    "moments": "let frames of one moment be one character",
}
"""What is done after the cut, with what turning it off means."""


def add_settings(command: argparse.ArgumentParser) -> None:
    """Give a command every setting, and what else making a result needs."""
    defaults, thresholds, clustering = Settings(), QualityThresholds(), ClusterSettings()
    add = command.add_argument
    add(
        "--model",
        default=defaults.model,
        metavar="NAME",
        help="ViT-B/32 (default), ViT-B/16, ViT-L/14, builtin (network and descriptor, no "
        "download), name@pretrained of open_clip, hf-hub:…, ccip, an .onnx or a checkpoint file; "
        "A+B joins two, A*2+B with weights",
    )
    add(
        "--preprocess",
        choices=PREPROCESSES,
        default=defaults.preprocess,
        help="letterbox shows the whole character (default); stock is the model's own transform",
    )
    add(
        "--duplicates",
        choices=DUPLICATE_CHOICES,
        default=defaults.duplicates,
        help="near-duplicates share one vector (default), or embed each",
    )
    add("--device", choices=DEVICES, default="auto", help="where the model runs (default: auto)")
    add(
        "--min-size",
        type=int,
        default=thresholds.min_size,
        metavar="PX",
        help="least width and height (default: %(default)s)",
    )
    add(
        "--min-blur",
        type=float,
        default=thresholds.min_blur,
        metavar="SCORE",
        help="the blur score must be above this (default: %(default)s)",
    )
    add(
        "--min-coverage",
        type=float,
        default=thresholds.min_coverage,
        metavar="SHARE",
        help="share of the image the character covers, 0 to 1 (default: %(default)s)",
    )
    add(
        "--min-cluster-size",
        type=int,
        default=clustering.min_cluster_size,
        metavar="N",
        help="frames that make a character (default: %(default)s)",
    )
    add(
        "--min-samples",
        type=int,
        default=clustering.min_samples,
        metavar="N",
        help="neighbours that make a frame core; higher is stricter (default: %(default)s)",
    )
    add(
        "--method",
        choices=SELECTION_METHODS,
        default=clustering.method,
        help="eom: the most stable clusters (default); leaf: the finest",
    )
    add(
        "--epsilon",
        type=float,
        default=clustering.epsilon,
        metavar="DISTANCE",
        help="do not split clusters closer than this (default: %(default)s)",
    )
    add(
        "--metric-weight",
        type=float,
        default=clustering.metric_weight,
        metavar="SHARE",
        help="what the show's densest groups teach weighs, 0 to 1 (default: %(default)s)",
    )
    add(
        "--temporal-weight",
        type=float,
        default=clustering.temporal_weight,
        metavar="SHARE",
        help="what the scenes of the film weigh, 0 to 1; 0 ignores them (default: %(default)s)",
    )
    for step, words in STEPS.items():
        add(f"--no-{step}", dest=step.replace("-", "_"), action="store_false", help=words)
    add("--views", action="store_true", help="a folder for each view: character/front, side, back")
    add("--no-tell-views", dest="tell_views", action="store_false",
        help="do not tell the front of a character from its sides and back")  # fmt: skip
    add("--copy", action="store_true", help="copy files instead of linking to them")
    add("--no-visualize", dest="visualize", action="store_false", help="draw no picture")
    add("--workers", type=int, metavar="N", help="threads that decode (default: one a core)")
