"""`clusterkit log OUT --import FILE`: somebody else's decisions, checked line by line."""

import shutil

import pytest

import clusterkit
from clusterkit.cli import main
from clusterkit.decisions.kinds import format_line, make_decision
from clusterkit.decisions.log import DECISIONS_NAME


@pytest.fixture
def out(report_result, tmp_path):
    return shutil.copytree(report_result.output_dir, tmp_path / "out", symlinks=True)


def list_members(out, label):
    result = clusterkit.load_result(out)
    return result.quality["digest"][result.clustering.labels == label].tolist()


def write(path, *lines):
    path.write_bytes("".join(f"{line}\r\n" for line in lines).encode())
    return str(path)


def make_name(out, label, name):
    return make_decision("name", [list_members(out, label)], {"name": name, "was": None})


def test_good_lines_are_taken_and_bad_ones_named(out, tmp_path, capsys):
    mai, rin = (format_line(make_name(out, n, name)) for n, name in enumerate(("mai", "rin")))
    odd = rin.replace('"name"', '"christen"', 1).replace('"id": "', '"id": "0', 1)
    file = write(tmp_path / "theirs.jsonl", mai, mai[:70], "", odd, rin)
    assert main(["log", str(out), "--import", file]) == 0
    said = capsys.readouterr()
    assert "2 decisions taken in, 0 known already, 2 lines passed over" in said.out
    assert "line 2: it is not JSON, or was cut short" in said.err
    assert "line 4: the kind 'christen' is unknown" in said.err
    assert {"mai", "rin"} <= set(clusterkit.load_result(out).assignments["character"].dropna())
    assert (out / "mai").is_dir()
    kept = (out / DECISIONS_NAME).read_bytes()
    assert main(["log", str(out), "--import", file]) == 0
    assert "0 decisions taken in, 2 known already" in capsys.readouterr().out
    assert (out / DECISIONS_NAME).read_bytes() == kept, "twice adds nothing twice"


def test_a_file_without_any_decision_is_refused(out, tmp_path, capsys):
    file = write(tmp_path / "notes.txt", "<!DOCTYPE html>", "mai is great")
    assert main(["log", str(out), "--import", file]) == 2
    assert "holds no decision (line 1: it is not JSON" in capsys.readouterr().err
    assert not (out / DECISIONS_NAME).exists()


def test_decisions_about_another_show_are_told(out, tmp_path, capsys):
    theirs = make_decision("reject", [["0" * 32]])
    file = write(
        tmp_path / "theirs.jsonl", format_line(theirs), format_line(make_name(out, 0, "x"))
    )
    assert main(["log", str(out), "--import", file]) == 0
    said = capsys.readouterr()
    assert "2 decisions taken in" in said.out
    assert "1 of them are about frames that are not in" in said.err


def test_a_decision_that_clashes_is_named_by_its_line_and_nothing_is_taken_in(
    out, tmp_path, capsys
):
    mai, rin, ran = (make_name(out, n, name) for n, name in enumerate(("mai", "rin", "ran")))
    file = write(tmp_path / "first.jsonl", format_line(mai))
    assert main(["log", str(out), "--import", file]) == 0
    kept = (out / DECISIONS_NAME).read_bytes()
    forged = format_line(ran).replace(ran.id, mai.id)
    file = write(tmp_path / "second.jsonl", format_line(rin), "", forged)
    assert main(["log", str(out), "--import", file]) == 2
    said = capsys.readouterr().err
    assert f"line 3: the decision {mai.id} is another one" in said
    assert "nothing was taken in" in said
    assert (out / DECISIONS_NAME).read_bytes() == kept
