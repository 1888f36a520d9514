"""The result folder: what goes where, the summary and the quality report, written in whole."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE, REJECTED, STATUSES, UNREADABLE
from clusterkit.errors import InputError
from clusterkit.folders.journal import finish_journal, has_journal
from clusterkit.folders.locking import hold_folder
from clusterkit.folders.output_folder import (
    SYSTEM_FILES,
    check_apart,
    claim_folder,
    explain_failure,
    resolve_folder,
)
from clusterkit.folders.ownership import Owners, save_placed
from clusterkit.folders.placing import Placement, place_frames
from clusterkit.folders.planning import NOTEBOOK_FOLDER, OTHER_FILES, plan_folders
from clusterkit.folders.staging import recover_folder, replace_content
from clusterkit.provenance import describe_machine, list_versions
from clusterkit.quality import QUALITY_COLUMNS, RULES
from clusterkit.result_files import (
    MADE_BY,
    PICTURE_NAME,
    QUALITY_NAME,
    SUMMARY_NAME,
    load_assignments,
    load_quality_report,
    load_summary,
    save_assignments,
    save_bytes,
    save_json,
)

_LISTED_KEPT = 5


@dataclass(frozen=True)
class WrittenResult:
    """What writing a result folder did.

    Attributes
    ----------
    folder : Path
    link_kind : str
        'symlink', 'hardlink' or 'copy': how most frames were placed.
    kinds : dict
        Frames by how they were placed.
    counts : dict
        Frames by status, and in 'total'.
    kept : tuple of str
        Files in the folder that clusterkit did not write, or that a person changed.
    notices : tuple of str
        What a person should know, as sentences without a full stop.
    """

    folder: Path
    link_kind: str
    kinds: dict[str, int]
    counts: dict[str, int]
    kept: tuple[str, ...]
    notices: tuple[str, ...]


def prepare_output(input_dir: str | os.PathLike[str], output_dir: str | os.PathLike[str]) -> Path:
    """Make sure, before any slow work, that a result can be written to a folder.

    Creates the folder and its cache, and finishes or removes what a killed run left behind. Nothing
    that a person made is touched.

    Returns
    -------
    Path
        The folder, resolved.

    Raises
    ------
    InputError
        There is no input folder.
    OutputError
        One of the two folders is or holds the other; the output is a file, cannot be written, holds
        what clusterkit did not make, or is being written by another run.
    """
    source, folder = Path(input_dir), resolve_folder(output_dir)
    if not source.is_dir():
        kind = "is a file, not a folder" if source.exists() else "not found"
        raise InputError(f"input folder {kind}: {source}")
    check_apart(source.resolve(), folder)
    claim_folder(folder)
    with hold_folder(folder), explain_failure(folder):
        recover_folder(folder)
    return folder


def build_summary(
    *,
    frames: pd.DataFrame,
    verdicts: pd.DataFrame,
    assignments: pd.DataFrame,
    input_dir: str | os.PathLike[str],
    settings: Mapping[str, Any],
    encoder: str,
    notices: Sequence[str] = (),
    seconds: Mapping[str, float] | None = None,
    timestamp: datetime | None = None,
) -> dict[str, Any]:
    """Sum a result up: what `clustering_summary.json` holds.

    Parameters
    ----------
    frames, verdicts, assignments : DataFrame
        Aligned row by row.
    input_dir : path
    settings : mapping
        Flat, as `Settings.to_options` gives it.
    encoder : str
        Fingerprint of the encoder.
    notices : sequence of str
    seconds : mapping, optional
        How long each stage took.
    timestamp : datetime, optional
        Now, by default.

    Returns
    -------
    dict
        `organization` counts what lies in folders: `total_images` is the sum of `clusters` and
        `noise`. `counts` has all input frames by status, and their `total`.
    """
    status = assignments["status"]
    clusters = assignments.loc[status.eq(CLUSTERED), "cluster"].value_counts().sort_index()
    characters = assignments.loc[status.eq(CLUSTERED), "character"].value_counts().sort_index()
    rejected = verdicts.loc[status.eq(REJECTED).to_numpy(), list(RULES)]
    counts = _count_statuses(assignments)
    return {
        "made_by": MADE_BY,
        "timestamp": (timestamp or datetime.now(UTC)).isoformat(timespec="seconds"),
        "input_dir": str(Path(input_dir).absolute()),
        "organization": {
            "total_images": counts[CLUSTERED] + counts[NOISE],
            "clusters": {str(cluster): int(n) for cluster, n in clusters.items()},
            "noise": counts[NOISE],
        },
        "characters": {str(name): int(n) for name, n in characters.items()},
        "counts": counts,
        "rejected_by_rule": {rule: int(rejected[rule].sum()) for rule in RULES},
        "n_episodes": int(frames["episode"].nunique()),
        "min_cluster_size": settings.get("min_cluster_size"),
        "settings": dict(settings),
        "encoder": encoder,
        "versions": list_versions(),
        "machine": describe_machine(),
        "seconds": {stage: round(time, 2) for stage, time in (seconds or {}).items()},
        "notices": list(notices),
    }


def build_quality_report(
    frames: pd.DataFrame, quality: pd.DataFrame, verdicts: pd.DataFrame
) -> list[dict[str, Any]]:
    """Say for every input frame how good it is and which rules reject it.

    Returns
    -------
    list of dict
        path, digest, quality {passed, width, height, blur_score, alpha_coverage, reasons}; and
        problem, one line, where the frame cannot be used; duplicate_of, the path of the frame that
        it repeats. Metrics that are not known are None.
    """
    problems, digests, firsts = (
        quality[name].astype(object).where(quality[name].notna(), None)
        for name in ("problem", "digest", "duplicate_of")
    )
    metrics = [
        quality[name].astype(object).where(quality[name].notna(), None) for name in QUALITY_COLUMNS
    ]
    report = []
    for path, digest, problem, first, passed, values, reasons in zip(
        frames["path"],
        digests,
        problems,
        firsts,
        verdicts["passed"],
        zip(*metrics, strict=True),
        zip(*(verdicts[rule] for rule in RULES), strict=True),
        strict=True,
    ):
        entry: dict[str, Any] = {
            "path": path,
            "digest": digest,
            "quality": {
                "passed": bool(passed) and problem is None,
                **dict(zip(QUALITY_COLUMNS, values, strict=True)),
                "reasons": {rule: bool(at) for rule, at in zip(RULES, reasons, strict=True)},
            },
        }
        if problem is not None:
            entry["problem"] = problem
        if first is not None:
            entry["duplicate_of"] = first
        report.append(entry)
    return report


def write_result(
    output_dir: str | os.PathLike[str],
    *,
    frames: pd.DataFrame,
    quality: pd.DataFrame,
    verdicts: pd.DataFrame,
    assignments: pd.DataFrame,
    summary: Mapping[str, Any],
    picture: bytes | None = None,
    copy: bool = False,
) -> WrittenResult:
    """Write a result folder, or replace the one an earlier run wrote, in whole.

    Parameters
    ----------
    output_dir : path
        New, empty, or an earlier result.
    frames, quality, verdicts, assignments : DataFrame
        Aligned row by row.
    summary : mapping
        As `build_summary` returns it; `link_kind` and further notices are added.
    picture : bytes, optional
        A PNG; without one the result has none.
    copy : bool
        Copy the frames instead of linking to them.

    Raises
    ------
    InputError
        A frame has disappeared.
    OutputError
        The folder cannot be written, is not ours, or another run is writing it. It is as it was.
    """
    _check_tables(frames, quality, verdicts, assignments)
    folder = resolve_folder(output_dir)
    places = plan_folders(assignments, frames, bool(summary.get("settings", {}).get("views")))
    report = build_quality_report(frames, quality, verdicts)
    taking_part = [(at, file) for at, file in zip(places, frames["file"], strict=True) if at]
    placement = Placement({}, {})
    notices: tuple[str, ...] = ()

    def build(stage: Path, owners: Owners) -> None:
        nonlocal placement
        wanted, sources = [at for at, _ in taking_part], [file for _, file in taking_part]
        placement = place_frames(stage, folder, sources, wanted, copy=copy, earlier=owners.stamps)
        save_assignments(stage, assignments, places)
        save_json(stage / QUALITY_NAME, report)
        save_json(
            stage / SUMMARY_NAME, dict(summary)
        )  # takes its place before what is kept takes any
        if picture is not None:
            save_bytes(stage / PICTURE_NAME, picture)

    def describe(stage: Path, kept: tuple[str, ...]) -> None:
        nonlocal notices
        # What was kept is known only now.
        notices = (*placement.describe_fallback(copy), *_describe_kept(kept))
        everything = [*summary.get("notices", ()), *notices]
        # What the run itself said stands apart, for when only the folders are written again.
        kind = {
            "link_kind": placement.find_main_kind(copy),
            "run_notices": list(summary.get("notices", ())),
        }
        save_json(stage / SUMMARY_NAME, {**summary, **kind, "notices": everything})

    claim_folder(folder)
    with hold_folder(folder), explain_failure(folder):
        recover_folder(folder)
        kept = replace_content(folder, build, describe)
        save_placed(folder, placement.stamps)
    return WrittenResult(
        folder=folder,
        link_kind=placement.find_main_kind(copy),
        kinds=placement.kinds,
        counts=_count_statuses(assignments),
        kept=tuple(place for place in kept if not _is_expected(place)),
        notices=notices,
    )


def read_assignments(output_dir: str | os.PathLike[str]) -> pd.DataFrame:
    """Read where every frame of a result went, one row an input frame.

    Raises
    ------
    InputError
        The folder is missing, is no result, or its listing is damaged.
    """
    return load_assignments(_open_result(output_dir))


def read_summary(output_dir: str | os.PathLike[str]) -> dict[str, Any]:
    """Read `clustering_summary.json`; raises as `read_assignments` does."""
    return load_summary(_open_result(output_dir))


def read_quality_report(output_dir: str | os.PathLike[str]) -> pd.DataFrame:
    """Read every frame's digest, metrics and problem; raises as `read_assignments` does."""
    return load_quality_report(_open_result(output_dir))


def _open_result(output_dir: str | os.PathLike[str]) -> Path:
    folder = resolve_folder(output_dir)
    if not folder.is_dir():
        raise InputError(f"result folder not found: {folder}")
    if has_journal(folder):
        with hold_folder(folder), explain_failure(folder):
            finish_journal(folder)
    return folder


def _check_tables(
    frames: pd.DataFrame, quality: pd.DataFrame, verdicts: pd.DataFrame, assignments: pd.DataFrame
) -> None:
    """Refuse tables that would lose a frame: that is a fault of ours, not of the input."""
    if not len(frames) == len(quality) == len(verdicts) == len(assignments):
        raise ValueError("the tables have different numbers of rows")
    if list(frames["path"]) != list(assignments["path"]):
        raise ValueError("the assignments are not aligned with the frames")
    status = assignments["status"]
    if not status.isin(STATUSES).all():
        raise ValueError(f"a status is none of {STATUSES}")
    cluster = assignments["cluster"].astype("Int64")
    expected = {CLUSTERED: cluster.ge(0), NOISE: cluster.eq(-1)}
    for name in STATUSES:
        fits = expected.get(name, cluster.isna()).fillna(False)
        if not fits[status.eq(name)].all():
            raise ValueError(f"a frame that is {name} has a cluster that says otherwise")
    if assignments.loc[status.eq(CLUSTERED), "character"].isna().any():
        raise ValueError("a clustered frame has no character")


def _count_statuses(assignments: pd.DataFrame) -> dict[str, int]:
    found = assignments["status"].value_counts()
    counts = {
        status: int(found.get(status, 0)) for status in (CLUSTERED, NOISE, REJECTED, UNREADABLE)
    }
    return {"total": len(assignments), **counts}


def _describe_kept(kept: Sequence[str]) -> tuple[str, ...]:
    added = [place for place in kept if not _is_expected(place)]
    if not added:
        return ()
    more = f", and {len(added) - _LISTED_KEPT:,} more" if len(added) > _LISTED_KEPT else ""
    names = ", ".join(added[:_LISTED_KEPT]) + more
    noun = "file that was" if len(added) == 1 else "files that were"
    return (f"kept {len(added):,} {noun} added or changed by hand: {names}",)


def _is_expected(place: str) -> bool:
    in_notebooks = place.partition("/")[0] == NOTEBOOK_FOLDER
    return in_notebooks or place in OTHER_FILES or place.rpartition("/")[2] in SYSTEM_FILES
