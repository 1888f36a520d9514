"""A finished result: what a result folder says, opened again at any time."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from clusterkit.clustering import (
    STATUSES,
    Clustering,
    Representatives,
    find_representatives,
    name_cluster,
)
from clusterkit.encoders import load_encoder
from clusterkit.frames import parse_name
from clusterkit.measurements import measure
from clusterkit.organize import read_assignments, read_quality_report, read_summary
from clusterkit.quality import judge_quality
from clusterkit.settings import Settings
from clusterkit.store import CACHE_FOLDER, STORE_NAME, MeasurementStore

SHOWN_CLUSTERS = 12
"""Characters in the table that a notebook shows; the rest are counted."""

SHOWN_EXEMPLARS = 6


@dataclass(frozen=True)
class Result:
    """One result folder. All tables have one row an input frame, in the same order.

    Attributes
    ----------
    input_dir, output_dir : Path
    settings : Settings
    frames : DataFrame
        path, file, episode, scene, frame, seconds, layer.
    quality : DataFrame
        digest, width, height, blur_score, alpha_coverage, problem.
    assignments : DataFrame
        path, status, cluster, character, probability, episode, scene, seconds, view.
    notices : tuple of str
        What the run found worth saying.
    """

    input_dir: Path
    output_dir: Path
    settings: Settings
    frames: pd.DataFrame
    quality: pd.DataFrame
    assignments: pd.DataFrame
    notices: tuple[str, ...]

    @property
    def verdicts(self) -> pd.DataFrame:
        """Which quality rule rejects which frame: size, blur, content, passed (bool)."""
        return judge_quality(self.quality, self.settings.thresholds)

    @property
    def clustering(self) -> Clustering:
        """The clusters as arrays over all frames."""
        cluster = self.assignments["cluster"]
        return Clustering(
            labels=cluster.fillna(-1).to_numpy(np.int32),
            probabilities=self.assignments["probability"].to_numpy(np.float32),
            selected=cluster.notna().to_numpy(),
        )

    @property
    def counts(self) -> dict[str, int]:
        """Frames by status; they add up to the number of frames."""
        found = self.assignments["status"].value_counts()
        return {status: int(found.get(status, 0)) for status in STATUSES}

    @cached_property
    def embeddings(self) -> np.ndarray:
        """Unit rows, shape (n, d), float32; NaN where there is none. Measured anew if need be."""
        encoder = load_encoder(self.settings.model, preprocess=self.settings.preprocess)
        with self.open_store() as store:
            return measure(self.frames, encoder, store=store).embeddings

    def open_store(self) -> MeasurementStore:
        """The cache of this result, to be used as a context manager."""
        return MeasurementStore(self.output_dir / CACHE_FOLDER / STORE_NAME)

    def load_thumbnails(self, rows: list[int]) -> list[bytes | None]:
        """WebP thumbnails of some frames; None where the cache has none."""
        digests = self.quality["digest"].iloc[rows].tolist()
        with self.open_store() as store:
            found = store.load_thumbnails(digest for digest in digests if digest)
        return [found.get(digest) for digest in digests]

    def find_representatives(self, label: int, count: int = SHOWN_EXEMPLARS) -> Representatives:
        """The frames that show what one cluster is, as row numbers."""
        return find_representatives(self.embeddings, self.clustering, label, count)

    def __repr__(self) -> str:
        counts = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        return f"<Result {self.output_dir}: {self.clustering.n_clusters} characters; {counts}>"

    def _repr_html_(self) -> str:
        clustering = self.clustering
        rows = []
        for label in range(min(clustering.n_clusters, SHOWN_CLUSTERS)):
            chosen = list(self.find_representatives(label).exemplars)
            faces = "".join(map(_draw_face, self.load_thumbnails(chosen)))
            size = int((clustering.labels == label).sum())
            names = self.assignments["character"][clustering.labels == label]
            name = html.escape(str(names.iloc[0]) if len(names) else name_cluster(label))
            rows.append(
                f"<tr><td style='text-align:left'><b>{name}</b></td><td>{size:,}</td>"
                f"<td style='text-align:left'>{faces}</td></tr>"
            )
        rest = clustering.n_clusters - SHOWN_CLUSTERS
        more = f"<p>… and {rest} more characters</p>" if rest > 0 else ""
        counts = self.counts
        others = " · ".join(f"{counts[status]:,} {status}" for status in STATUSES)
        notices = "".join(f"<p><i>{html.escape(notice)}</i></p>" for notice in self.notices)
        return (
            f"<p><b>{clustering.n_clusters} characters</b> in {len(self.frames):,} frames: "
            f"{others}</p>"
            f"<table><thead><tr><th style='text-align:left'>character</th><th>frames</th>"
            f"<th style='text-align:left'>exemplars</th></tr></thead><tbody>{''.join(rows)}</tbody>"
            f"</table>{more}{notices}"
        )


def _draw_face(thumbnail: bytes | None) -> str:
    if thumbnail is None:
        return ""
    data = base64.b64encode(thumbnail).decode()
    return (
        f"<img alt='exemplar' style='height:72px;margin:2px;display:inline-block' "
        f"src='data:image/webp;base64,{data}'>"
    )


def load_result(output_dir: str | Path) -> Result:
    """Open a result folder that an earlier run wrote.

    Raises
    ------
    InputError
        The folder is missing, or no result of clusterkit.
    """
    output = Path(output_dir)
    summary = read_summary(output)
    assignments = read_assignments(output)
    quality = read_quality_report(output)
    input_dir = Path(summary["input_dir"])
    frames = assignments[["path", "episode", "scene", "seconds"]].copy()
    frames.insert(1, "file", [str(input_dir / path) for path in frames["path"]])
    parsed = [parse_name(path) for path in frames["path"]]
    frames["frame"] = pd.array([frame for _, _, frame, _, _ in parsed], dtype="Int64")
    frames["layer"] = pd.Series([layer for *_, layer in parsed], dtype=object)
    return Result(
        input_dir=input_dir,
        output_dir=output,
        settings=Settings.from_options(**summary["settings"]),
        frames=frames,
        quality=quality,
        assignments=assignments,
        notices=tuple(summary.get("notices", ())),
    )
