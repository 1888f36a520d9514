"""What a view works on: frames and their measurements, before any threshold or cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clusterkit.decisions.kinds import Decision
from clusterkit.measurements import Measurements, load_embeddings
from clusterkit.organize import read_summary
from clusterkit.results import Result
from clusterkit.settings import Settings
from clusterkit.views.column import list_views


@dataclass(frozen=True)
class Material:
    """Frames, measurements and the settings to begin with. Nothing of it is ever changed.

    Attributes
    ----------
    frames : DataFrame
        As `find_frames` returns it.
    measurements : Measurements
        Aligned with the frames.
    settings : Settings
        Where a view begins, and what its reset returns to.
    input_dir, output_dir : Path or None
        Where the frames are, and where a result can be saved; without them it cannot.
    copies : bool
        Whether the result's folders hold copies instead of links: saving keeps it so.
    decisions : tuple of Decision
        What people decided about these frames: it holds whatever the settings are.
    load_thumbnails : callable, optional
        From row numbers to WebP bytes, or None for a frame that has none.
    views : sequence of (str or None), optional
        Front, side or back of each frame, as told of the characters that the result has.
    """

    frames: pd.DataFrame
    measurements: Measurements
    settings: Settings
    input_dir: Path | None = None
    output_dir: Path | None = None
    copies: bool = False
    decisions: tuple[Decision, ...] = ()
    load_thumbnails: Callable[[Sequence[int]], list[bytes | None]] | None = None
    views: Sequence[str | None] | None = None

    def __len__(self) -> int:
        return len(self.frames)


def gather_material(result: Result) -> Material:
    """Take what a view needs from a finished result; nothing is measured if the cache is whole."""
    summary = read_summary(result.output_dir)
    embeddings = _load_vectors(result, summary["encoder"])
    return Material(
        frames=result.frames,
        measurements=Measurements(
            result.quality,
            result.embeddings if embeddings is None else embeddings,
            summary["encoder"],
        ),
        settings=result.settings,
        input_dir=result.input_dir,
        output_dir=result.output_dir,
        copies=summary.get("link_kind") == "copy",
        decisions=result.decisions,
        load_thumbnails=lambda rows: result.load_thumbnails(list(rows)),
        views=list_views(result.assignments["view"]),
    )


def _load_vectors(result: Result, encoder: str) -> np.ndarray | None:
    """Read the vectors from the cache, which spares loading the encoder; None if some are gone."""
    with result.open_store() as store:
        embeddings = load_embeddings(
            result.frames, result.quality, store, encoder, result.settings.duplicates
        )
    usable = result.quality["problem"].isna().to_numpy()
    is_whole = embeddings.shape[1] > 0 and not np.isnan(embeddings[usable]).any()
    return embeddings if is_whole else None


def describe_frames(material: Material) -> dict[str, list[str]]:
    """Write what a hover says about each frame: columns name, episode, time and note."""
    frames, quality = material.frames, material.measurements.quality
    times = [
        "" if pd.isna(value) else f"{int(value) // 60}:{value % 60:05.2f}"
        for value in frames["seconds"]
    ]
    notes = [
        "" if pd.isna(width) else f"{width}×{height} px · blur {blur:.0f} · covers {coverage:.0%}"
        for width, height, blur, coverage in zip(
            quality["width"], quality["height"], quality["blur_score"], quality["alpha_coverage"],
            strict=True,
        )
    ]  # fmt: skip
    return {
        "name": [path.rpartition("/")[2] for path in frames["path"]],
        "episode": ["" if pd.isna(value) else str(value) for value in frames["episode"]],
        "time": times,
        "note": notes,
    }
