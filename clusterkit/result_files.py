"""The tables and JSON files of a result folder: how they are written, and read again.

Every file is valid UTF-8 and strict JSON or CSV, whatever bytes a frame's name holds, so that any
other program can open it; names with undecodable bytes come back exactly as they were.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from clusterkit.clustering import ASSIGNMENT_COLUMNS, STATUSES
from clusterkit.errors import InputError

ASSIGNMENTS_NAME = "assignments.csv"
SUMMARY_NAME = "clustering_summary.json"
QUALITY_NAME = "quality_report.json"
PICTURE_NAME = "cluster_visualization.png"
OWN_FILES = (PICTURE_NAME, QUALITY_NAME, SUMMARY_NAME, ASSIGNMENTS_NAME)
"""What a run writes beside the folders. The listing of all other files is last: it goes last."""

FILE_COLUMN = "file"
FOUND_COLUMN = "found"
"""The cluster that the computation found; in the tables to which decisions were applied."""

MADE_BY = "clusterkit"

_DTYPES: dict[str, Any] = {
    "cluster": "Int64",
    FOUND_COLUMN: "Int64",
    "scene": "Int64",
    "probability": "float64",
    "seconds": "Float64",
}
_METRICS = {
    "width": "Int64",
    "height": "Int64",
    "blur_score": "float64",
    "alpha_coverage": "float64",
}
PROBABILITY_DIGITS = 6

# An undecodable byte, which Python holds as the lone surrogate U+DC80 to U+DCFF, is written as
# \udc80 to \udcff; a backslash that would be read as the start of one is written as \udc5c.
_SURROGATE = re.compile("[\ud800-\udfff]")
_LOOKS_ESCAPED = re.compile(r"\\(?=ud[89a-f][0-9a-f]{2})")
_ESCAPED = re.compile(r"\\u(d[89a-f][0-9a-f]{2})")


def escape_text(text: str) -> str:
    r"""Write lone surrogates, and only them, as `\udcff`, so that the text is valid UTF-8."""
    text = _LOOKS_ESCAPED.sub(lambda _: r"\udc5c", text)
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def unescape_text(text: str) -> str:
    r"""Undo `escape_text`.

    >>> name = "a\udcff\\udcff.png"
    >>> unescape_text(escape_text(name)) == name
    True
    """
    return _ESCAPED.sub(
        lambda found: "\\" if found.group(1) == "dc5c" else chr(int(found.group(1), 16)), text
    )


def save_assignments(
    folder: Path, assignments: pd.DataFrame, files: Sequence[str | None] | None = None
) -> None:
    """Write `assignments.csv`.

    Parameters
    ----------
    folder : path
    assignments : DataFrame
        The columns of `ASSIGNMENT_COLUMNS`, and perhaps found.
    files : sequence of str or None, optional
        Where in the result each frame is; an additional last column.
    """
    columns = [_format_column(assignments[name], name) for name in ASSIGNMENT_COLUMNS]
    names = list(ASSIGNMENT_COLUMNS)
    if FOUND_COLUMN in assignments:
        names.append(FOUND_COLUMN)
        columns.append(_format_column(assignments[FOUND_COLUMN], FOUND_COLUMN))
    if files is not None:
        names.append(FILE_COLUMN)
        columns.append([escape_text(file) if file else "" for file in files])
    stream = io.StringIO(newline="")
    # Python 3.11 leaves a lone carriage return unquoted, and then cannot read it back.
    has_return = any("\r" in value for column in columns for value in column)
    writer = csv.writer(
        stream, lineterminator="\n", quoting=csv.QUOTE_ALL if has_return else csv.QUOTE_MINIMAL
    )
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    save_bytes(folder / ASSIGNMENTS_NAME, stream.getvalue().encode())


def load_assignments(folder: Path) -> pd.DataFrame:
    """Read `assignments.csv`; the column `file` is there when the writer gave it.

    Raises
    ------
    InputError
        Missing, or not as clusterkit writes it.
    """
    rows = list(csv.reader(io.StringIO(_load_text(folder, ASSIGNMENTS_NAME), newline="")))
    if not rows or tuple(rows[0][: len(ASSIGNMENT_COLUMNS)]) != ASSIGNMENT_COLUMNS:
        raise _describe_damage(folder / ASSIGNMENTS_NAME, "its columns are not clusterkit's")
    names = rows[0]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise _describe_damage(
                folder / ASSIGNMENTS_NAME, f"row {number} has {len(row)} values, not {len(names)}"
            )
    values = [
        [unescape_text(value) or None for value in column] for column in zip(*rows[1:], strict=True)
    ]
    table = pd.DataFrame(dict(zip(names, values or [[] for _ in names], strict=True)), dtype=object)
    strange = set(table["status"]) - set(STATUSES)
    if strange:
        raise _describe_damage(
            folder / ASSIGNMENTS_NAME, f"status {min(map(str, strange))!r} is unknown"
        )
    try:
        for name, dtype in _DTYPES.items():
            if name not in table:
                continue
            table[name] = pd.to_numeric(table[name]).astype(dtype)
    except (ValueError, TypeError) as error:
        raise _describe_damage(folder / ASSIGNMENTS_NAME, f"{name}: {error}") from None
    return table


def save_json(path: Path, value: Any) -> None:
    """Write strict JSON; a list has one line an entry, so that it can be searched and compared."""
    value = to_plain(value)
    if isinstance(value, list):
        text = "[\n" + ",\n".join(map(_dump_json, value)) + "\n]\n"
    else:
        text = _dump_json(value, indent=2) + "\n"
    save_bytes(path, text.encode())


def load_summary(folder: Path) -> dict[str, Any]:
    """Read `clustering_summary.json`.

    Raises
    ------
    InputError
        Missing, damaged, or not made by clusterkit.
    """
    summary = _load_json(folder, SUMMARY_NAME)
    if not isinstance(summary, dict) or summary.get("made_by") != MADE_BY:
        raise _describe_damage(folder / SUMMARY_NAME, "it was not made by clusterkit")
    return summary


def load_quality_report(folder: Path) -> pd.DataFrame:
    """Read the metrics in `quality_report.json`.

    Returns
    -------
    DataFrame
        digest, width, height (Int64), blur_score, alpha_coverage (float64), problem, duplicate_of;
        one row an input frame, in the order of the assignments.

    Raises
    ------
    InputError
        Missing or damaged.
    """
    report = _load_json(folder, QUALITY_NAME)
    try:
        table = pd.DataFrame(
            {
                "digest": pd.Series([entry.get("digest") for entry in report], dtype=object),
                **{
                    name: pd.Series([entry["quality"][name] for entry in report], dtype=dtype)
                    for name, dtype in _METRICS.items()
                },
                **{
                    name: pd.Series([entry.get(name) for entry in report], dtype=object)
                    for name in ("problem", "duplicate_of")
                },
            }
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _describe_damage(folder / QUALITY_NAME, str(error)) from None
    return table


def save_bytes(path: Path, data: bytes) -> None:
    """Write a file and have the disk hold it before returning."""
    with open(path, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())


def to_plain(value: Any) -> Any:
    """Turn NumPy and pandas values into what JSON knows; missing and infinite numbers into null."""
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or value is pd.NA or isinstance(value, str | bool):
        return None if value is pd.NA else value
    if hasattr(value, "item"):
        return to_plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value


def _format_column(column: pd.Series, name: str) -> list[str]:
    values: Iterable[Any] = column.astype(object).where(column.notna(), None)
    if name == "probability":
        return [
            "" if value is None else repr(round(float(value), PROBABILITY_DIGITS))
            for value in values
        ]
    return ["" if value is None else escape_text(str(value)) for value in values]


def _dump_json(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    # Readable letters, but for lone surrogates: JSON has its own way to write those.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _load_json(folder: Path, name: str) -> Any:
    try:
        return json.loads(_load_text(folder, name))
    except ValueError as error:
        raise _describe_damage(folder / name, str(error)) from None


def _load_text(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            f"{folder} is no result of clusterkit: it has no {name}; run clusterkit cluster first"
        ) from None
    except OSError as error:
        raise InputError(f"cannot read {folder / name}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise _describe_damage(folder / name, "it is not UTF-8") from None


def _describe_damage(file: Path, reason: str) -> InputError:
    return InputError(
        f"{file} is damaged: {reason}; run the same clusterkit cluster again, "
        "which measures nothing twice"
    )
