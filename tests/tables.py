"""Small aligned tables for the tests of the result folder, without measuring or clustering."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from clusterkit.clustering import ASSIGNMENT_COLUMNS, name_cluster
from clusterkit.frames import parse_name
from clusterkit.organize import build_summary, write_result

NOISE, REJECTED, UNREADABLE = -1, -2, -3


def make_input(folder: Path, paths: list[str], size: int = 20) -> Path:
    """Files of distinct bytes under a folder: nothing here opens them as images."""
    for number, path in enumerate(paths):
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(f"{number:06d}".encode() * (size // 6 + 1))
    return folder


def make_tables(folder: Path, paths: list[str], labels: list[int]) -> dict[str, pd.DataFrame]:
    """All tables of a result; a label is a cluster, or NOISE, REJECTED, UNREADABLE."""
    n = len(paths)
    parsed = [parse_name(path) for path in paths]
    frames = pd.DataFrame(
        [(path, str(folder / path), *tags) for path, tags in zip(paths, parsed, strict=True)],
        columns=["path", "file", "episode", "scene", "frame", "seconds", "layer"],
        dtype=object,
    ).astype({"scene": "Int64", "frame": "Int64", "seconds": "Float64"})
    unreadable = np.array(labels) == UNREADABLE
    rejected = np.array(labels) == REJECTED
    quality = pd.DataFrame(
        {
            "digest": [f"{number:032x}" for number in range(n)],
            "width": pd.array([None if bad else 120 for bad in unreadable], dtype="Int64"),
            "height": pd.array([None if bad else 160 for bad in unreadable], dtype="Int64"),
            "blur_score": np.where(unreadable, np.nan, 432.1),
            "alpha_coverage": np.where(unreadable, np.nan, 0.5),
        }
    )
    problems = ["damaged or truncated: it ends early" if bad else None for bad in unreadable]
    quality["problem"] = pd.Series(problems, dtype=object)
    quality["duplicate_of"] = pd.Series([None] * n, dtype=object)
    verdicts = pd.DataFrame(
        {"size": unreadable, "blur": unreadable | rejected, "content": unreadable}
    )
    verdicts["passed"] = ~verdicts.any(axis=1)
    names = {NOISE: "noise", REJECTED: "rejected", UNREADABLE: "unreadable"}
    assignments = frames[["path", "episode", "scene", "seconds"]].assign(
        status=pd.Series([names.get(label, "clustered") for label in labels], dtype=object),
        cluster=pd.array([None if label < NOISE else label for label in labels], dtype="Int64"),
        character=pd.Series(
            [name_cluster(label) if label >= 0 else None for label in labels], dtype=object
        ),
        probability=np.linspace(0.5, 1, n),
        view=pd.Series([None] * n, dtype=object),
    )[list(ASSIGNMENT_COLUMNS)]
    return {"frames": frames, "quality": quality, "verdicts": verdicts, "assignments": assignments}


def summarize(tables: dict[str, pd.DataFrame], input_dir: Path, **options) -> dict:
    """A summary that does not change from run to run, but for the labels."""
    summary = build_summary(
        frames=tables["frames"],
        verdicts=tables["verdicts"],
        assignments=tables["assignments"],
        input_dir=input_dir,
        settings={"min_cluster_size": 10},
        encoder="builtin",
        **options,
    )
    summary["timestamp"] = "2020-01-01T00:00:00+00:00"
    return summary


def write(output: Path, input_dir: Path, paths: list[str], labels: list[int], **options):
    """Write a result of given labels."""
    tables = make_tables(input_dir, paths, labels)
    options.setdefault("picture", b"a picture of " + str(labels).encode())
    return write_result(output, **tables, summary=summarize(tables, input_dir), **options)


def snapshot(folder: Path) -> dict[str, object]:
    """Every file, link and folder below a result folder but its cache, with its content."""
    found: dict[str, object] = {}
    for parent, folders, names in os.walk(folder):
        if ".clusterkit" in folders and Path(parent) == Path(folder):
            folders.remove(".clusterkit")
        for name in (*folders, *names):
            path = Path(parent, name)
            place = str(path.relative_to(folder))
            if path.is_symlink():
                found[place] = ("link", str(path.readlink()))
            elif path.is_file():
                found[place] = path.read_bytes()
            else:
                found[place] = "folder"
    return found
