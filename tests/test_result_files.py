"""The files of a result: strict formats, and every name comes back as it was."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import NOISE, REJECTED, UNREADABLE, make_tables

from clusterkit.errors import InputError
from clusterkit.result_files import (
    escape_text,
    load_assignments,
    load_quality_report,
    load_summary,
    save_assignments,
    save_json,
    unescape_text,
)

any_text = (
    st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    | st.text()
    | st.sampled_from(["\\udcff", "a\udcffb", "\\udc5c", "\\udc5cudcff\udc80", '"', "\r", "\r\n,"])
)


@given(any_text)
def test_escaped_text_is_valid_utf8_and_comes_back(text):
    escape_text(text).encode()
    assert unescape_text(escape_text(text)) == text


def test_ordinary_text_is_not_touched():
    assert escape_text("舞 \\u0041 C:\\users.png") == "舞 \\u0041 C:\\users.png"


ODD = [
    "plain.png",
    "comma, quote \" '.png",
    "two\nlines.png",
    "return\r.png",
    "舞/é.png",
    "b\udcff.png",
]


@pytest.mark.parametrize("paths", [ODD, ODD[:3]], ids=["with a return", "without"])
def test_assignments_come_back_as_they_were(tmp_path, paths):
    labels = [0, 0, NOISE, REJECTED, UNREADABLE, 1][: len(paths)]
    table = make_tables(tmp_path, paths, labels)["assignments"]
    files = [f"character_000/{path}" if label == 0 else None
             for path, label in zip(paths, labels, strict=True)]  # fmt: skip
    save_assignments(tmp_path, table, files)
    back = load_assignments(tmp_path)
    pd.testing.assert_frame_equal(back.drop(columns="file"), table, check_dtype=False)
    assert back["cluster"].dtype == "Int64"
    assert back["probability"].dtype == "float64"
    assert [file if isinstance(file, str) else None for file in back["file"]] == files
    # Any other program can read it too.
    with open(tmp_path / "assignments.csv", encoding="utf-8", newline="") as stream:
        rows = list(csv.reader(stream))
    assert rows[0] == ["path", "status", "cluster", "character", "probability", "episode", "scene",
                       "seconds", "view", "file"]  # fmt: skip
    assert len(rows) == len(paths) + 1
    assert len(pd.read_csv(tmp_path / "assignments.csv")) == len(paths)


def test_assignments_of_no_frames_come_back(tmp_path):
    table = make_tables(tmp_path, ["a.png"], [0])["assignments"].iloc[:0]
    save_assignments(tmp_path, table)
    assert len(load_assignments(tmp_path)) == 0


def test_json_is_strict_whatever_the_numbers_are(tmp_path):
    value = {
        "nan": float("nan"), "infinite": np.float32("inf"), "missing": pd.NA, "count": np.int64(3),
        "flag": np.bool_(True), "where": tmp_path, "several": (1, 2), "name": "舞\udcff",
    }  # fmt: skip
    save_json(tmp_path / "file.json", value)
    text = (tmp_path / "file.json").read_text(encoding="utf-8")
    back = json.loads(text, parse_constant=lambda name: pytest.fail(name))
    assert back == {
        "nan": None, "infinite": None, "missing": None, "count": 3, "flag": True,
        "where": str(tmp_path), "several": [1, 2], "name": "舞\udcff",
    }  # fmt: skip
    assert "舞" in text


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (b"", "columns"),
        (b"path,what\n", "columns"),
        (b"\xff\xfe", "UTF-8"),
        (b"{header}\na.png,clustered\n", "row 2"),
        (b"{header}\na.png,lost,0,c,1,,,,,\n", "'lost'"),
        (b"{header}\na.png,clustered,many,c,1,,,,,\n", "cluster"),
    ],
)
def test_a_damaged_listing_is_one_clear_line(tmp_path, damage, words):
    header = b"path,status,cluster,character,probability,episode,scene,seconds,view,file"
    (tmp_path / "assignments.csv").write_bytes(damage.replace(b"{header}", header))
    with pytest.raises(InputError, match=f"damaged.*{words}.*run") as caught:
        load_assignments(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("load", [load_summary, load_quality_report])
@pytest.mark.parametrize("content", ["", "{", '{"made_by": "another"}', "[1]", "[{}]", "null"])
def test_damaged_json_is_one_clear_line(tmp_path, load, content):
    for name in ("clustering_summary.json", "quality_report.json"):
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match="damaged") as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("load", [load_assignments, load_summary, load_quality_report])
def test_a_folder_without_a_result_is_one_clear_line(tmp_path, load):
    with pytest.raises(InputError, match=r"is no result of clusterkit.*run clusterkit cluster"):
        load(tmp_path)
