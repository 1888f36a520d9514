"""A finished result: what a result folder says, opened again at any time."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Callable, Iterable, Sequence
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
    rank_labels,
)
from clusterkit.cuts import cut_hierarchy
from clusterkit.decisions import making
from clusterkit.decisions.characters import decide_assignments, find_computed
from clusterkit.decisions.kinds import Decision
from clusterkit.decisions.log import (
    DECISIONS_NAME,
    DecisionLog,
    append_decisions,
    choose_new,
    hold_log,
    read_log,
    read_log_file,
)
from clusterkit.decisions.targets import Reference, Scene
from clusterkit.encoders import load_encoder
from clusterkit.errors import InputError
from clusterkit.folders.output_folder import resolve_folder
from clusterkit.frames import parse_name
from clusterkit.hierarchy import build_hierarchy
from clusterkit.measurements import measure
from clusterkit.organize import (
    build_summary,
    read_assignments,
    read_quality_report,
    read_summary,
    write_result,
)
from clusterkit.quality import judge_quality
from clusterkit.result_files import PICTURE_NAME
from clusterkit.settings import Settings
from clusterkit.store import CACHE_FOLDER, STORE_NAME, MeasurementStore
from clusterkit.views.column import add_views

SHOWN_CLUSTERS = 12
"""Characters in the table that a notebook shows; the rest are counted."""

SHOWN_EXEMPLARS = 6

_COUNTED = ("organization", "characters", "counts", "rejected_by_rule")
"""What decisions change in the summary of a run."""


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
        digest, width, height, blur_score, alpha_coverage, problem, duplicate_of.
    assignments : DataFrame
        path, status, cluster, character, probability, episode, scene, seconds, view; and found,
        the cluster before any decision, where there are decisions.
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
        """The characters as arrays over all frames, ranked by size.

        After decisions these ranks differ from the column `cluster`, in which a character keeps
        its number while others are merged or split.
        """
        cluster = self.assignments["cluster"]
        return Clustering(
            labels=rank_labels(cluster.fillna(-1).to_numpy(np.int32)),
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
            return measure(
                self.frames, encoder, store=store, duplicates=self.settings.duplicates
            ).embeddings

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

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """Everything that was decided about this result, the earliest first."""
        return read_log(self.output_dir).decisions

    def rename(self, character: Reference, name: str) -> Result:
        """Name a character: any text; its folder gets a name that is safe everywhere.

        This and the methods below keep the decision for good, write the folders anew and return
        the new result; this one stays as it was. A character is its number, name or folder.

        Raises
        ------
        InputError
            No such character, no such frame, or a name that another character has.
        OutputError
            The folder cannot be written. If only the folders could not be written, the decision
            holds nonetheless, and the next one writes them.
        """
        return self._decide(lambda scene: making.decide_name(scene, character, name))

    def merge(self, *characters: Reference, name: str | None = None) -> Result:
        """Make several characters one, with the name of the first that has one, or the given."""
        return self._decide(lambda scene: making.decide_merge(scene, characters, name))

    def split(
        self,
        character: Reference,
        *parts: Iterable[making.Frame],
        names: Sequence[str | None] | None = None,
    ) -> Result:
        """Take groups of frames out of a character, each of them a new character."""
        return self._decide(lambda scene: making.decide_split(scene, character, parts, names))

    def split_finer(self, character: Reference, min_cluster_size: int | None = None) -> Result:
        """Split a character where it falls into denser groups; frames between them stay.

        Parameters
        ----------
        character : str or int
        min_cluster_size : int, optional
            Half of the one that the clustering had, by default.
        """
        size = min_cluster_size or max(2, self.settings.clustering.min_cluster_size // 2)
        embeddings = self.embeddings

        def make(scene: Scene) -> Decision:
            number = scene.find_character(character)
            rows = np.flatnonzero(scene.characters.labels == number)
            rows = rows[np.isfinite(embeddings[rows]).all(axis=1)]
            hierarchy = build_hierarchy(
                embeddings[rows], min_samples=self.settings.clustering.min_samples
            )
            labels = rank_labels(cut_hierarchy(hierarchy, min_cluster_size=size).labels)
            groups = [
                sorted({digest for row in rows[labels == label] if (digest := scene.digests[row])})
                for label in range(1, labels.max(initial=0) + 1)
            ]
            if not groups:
                name = scene.characters.names[number]
                raise InputError(
                    f"{name!r} does not fall into groups of {size} frames: try fewer, or give the "
                    "frames to split off"
                )
            return making.decide_split(scene, number, groups)

        return self._decide(make)

    def move(self, frames: Iterable[making.Frame], to: Reference) -> Result:
        """Put frames into a character, also out of noise; a new name is a new character."""
        chosen = list(frames)
        return self._decide(lambda scene: making.decide_move(scene, chosen, to))

    def reject(self, frames: Iterable[making.Frame]) -> Result:
        """Throw frames out for good; only an undo brings them back."""
        chosen = list(frames)
        return self._decide(lambda scene: making.decide_reject(scene, chosen))

    def confirm(self, frames: Iterable[making.Frame]) -> Result:
        """Say that frames are right where they are: they stay, whatever is clustered next."""
        chosen = list(frames)
        return self._decide(lambda scene: making.decide_confirm(scene, chosen))

    def mark_same(self, first: Reference, second: Reference) -> Result:
        """Say that two characters are one."""
        return self._decide(lambda scene: making.decide_same(scene, first, second))

    def mark_different(self, first: Reference, second: Reference) -> Result:
        """Say that two characters are not the same, however alike they look."""
        return self._decide(lambda scene: making.decide_same(scene, first, second, same=False))

    def undo(self, decision: str | None = None) -> Result:
        """Take back a decision, by its id; the last one by default."""
        return self._decide(lambda scene: making.decide_undo(scene.log, decision))

    def _decide(self, make: Callable[[Scene], Decision]) -> Result:
        def choose(log: DecisionLog) -> list[Decision]:
            current = load_result(output)
            if not _is_same_clustering(self, current):
                raise InputError(
                    f"{output} was clustered anew since this result was opened: open it again"
                )
            digests = tuple(
                current.quality["digest"].where(current.quality["digest"].notna(), None)
            )
            return [make(Scene(current.assignments, digests, log, self.input_dir, output))]

        output = resolve_folder(self.output_dir)
        with hold_log(output):
            append_decisions(output, choose)
            return rewrite_folders(output)

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


def rewrite_folders(output_dir: str | os.PathLike[str]) -> Result:
    """Write the folders of a result anew, by the decisions that hold now; nothing is measured.

    Raises
    ------
    InputError
        The folder is no result, or a frame has disappeared.
    OutputError
        The folder cannot be written; it is as it was.
    """
    output = resolve_folder(output_dir)
    with hold_log(output):
        result, log, old = load_result(output), read_log(output), read_summary(output)
        digests, encoder = result.quality["digest"].tolist(), old.get("encoder", "")
        decided = decide_assignments(result.assignments, digests, log.decisions)
        with result.open_store() as store:
            assignments = add_views(
                decided, result.frames, result.quality, store, result.settings, encoder
            )
        fresh = build_summary(
            frames=result.frames,
            verdicts=result.verdicts,
            assignments=assignments,
            input_dir=result.input_dir,
            settings=old["settings"],
            encoder=encoder,
        )
        mark = f"{DECISIONS_NAME}:"
        told = [notice for notice in old.get("run_notices", ()) if not notice.startswith(mark)]
        counted = {name: fresh[name] for name in _COUNTED}
        picture = output / PICTURE_NAME
        write_result(
            output,
            frames=result.frames,
            quality=result.quality,
            verdicts=result.verdicts,
            assignments=assignments,
            summary={**old, **counted, "notices": [*told, *log.describe_damage()]},
            picture=picture.read_bytes() if picture.exists() else None,
            copy=old.get("link_kind") == "copy",
        )
        return load_result(output)


def import_decisions(
    output_dir: str | os.PathLike[str], file: str | os.PathLike[str]
) -> tuple[Result, int, DecisionLog]:
    """Take in the decisions of another log, such as a reviewer's; known ones are passed over.

    Returns
    -------
    Result, int, DecisionLog
        The new result, how many decisions were new, and what was offered, damaged lines among it.

    Raises
    ------
    InputError
        The file cannot be read, or holds no decision; nothing is taken in.
    """
    output = resolve_folder(output_dir)
    load_result(output)
    offered = read_log_file(Path(file))
    if not offered.decisions:
        damage = "; ".join(f"line {at.number}: {at.reason}" for at in offered.damaged[:1])
        raise InputError(f"{file} holds no decision{f' ({damage})' if damage else ''}")
    with hold_log(output):
        added = append_decisions(output, lambda log: choose_new(log, offered))
        return rewrite_folders(output), len(added), offered


def _is_same_clustering(first: Result, second: Result) -> bool:
    if list(first.assignments["path"]) != list(second.assignments["path"]):
        return False
    return np.array_equal(
        find_computed(first.assignments).labels, find_computed(second.assignments).labels
    )
