import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY, encode_png, make_rgba

from clusterkit.cli import main


def run(*arguments):
    """The real program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "clusterkit", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=300,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip


def test_the_whole_command(show, tmp_path):
    done = run("cluster", show, "--output-dir", tmp_path / "out", "--model", "builtin")
    assert done.returncode == 0, done.stderr
    assert "72 frames: 72 in 3 characters" in done.stdout
    assert "character_002" in done.stdout
    assert "72/72" in done.stderr  # the bar, with rate and time left
    assert "frame/s" in done.stderr
    again = run(
        "cluster", show, "--output-dir", tmp_path / "out", "--model", "builtin",
        "--min-cluster-size", 60, "--min-samples", 3, "--no-visualize", "--copy",
    )  # fmt: skip
    assert again.returncode == 0, again.stderr
    assert "72/72" not in again.stderr, "nothing was measured twice"
    assert not (tmp_path / "out" / "cluster_visualization.png").exists()


OUT = ["--output-dir", "{tmp}/out", "--model", "builtin"]
SHOW = ["cluster", "{tmp}/show"]

BAD = {
    "missing folder": (["cluster", "{tmp}/nowhere", *OUT], "not found"),
    "empty folder": (["cluster", "{tmp}/empty", *OUT], "no images"),
    "a file": (["cluster", "{tmp}/note.txt", *OUT], "a file, not a folder"),
    "output inside input": ([*SHOW, "--output-dir", "{tmp}/show/out"], "inside the input"),
    "output is input": ([*SHOW, "--output-dir", "{tmp}/show"], "is the input folder"),
    "input inside output": (
        ["cluster", "{tmp}/show/episode_001", "--output-dir", "{tmp}/show"], "inside the output"),
    "output under a file": ([*SHOW, "--output-dir", "{tmp}/note.txt/out"], "note.txt"),
    "output is a file": ([*SHOW, "--output-dir", "{tmp}/note.txt"], "note.txt"),
    "foreign output": ([*SHOW, "--output-dir", "{tmp}/foreign"], "not made by clusterkit"),
    "unknown model": ([*SHOW, *OUT, "--model", "ViT-X/1"], "ViT-X/1"),
    "absurd size": ([*SHOW, *OUT, "--min-size", "-3"], "min_size"),
    "absurd share": ([*SHOW, *OUT, "--min-coverage", "5"], "min_coverage"),
    "absurd blur": ([*SHOW, *OUT, "--min-blur", "nan"], "min_blur"),
    "absurd cluster": ([*SHOW, *OUT, "--min-cluster-size", "1"], "min_cluster_size"),
    "absurd samples": ([*SHOW, *OUT, "--min-samples", "0"], "min_samples"),
    "absurd epsilon": ([*SHOW, *OUT, "--epsilon", "-1"], "epsilon"),
    "absurd workers": ([*SHOW, *OUT, "--workers", "0"], "workers"),
    "not a number": ([*SHOW, *OUT, "--min-size", "big"], "--min-size"),
    "cuda without one": ([*SHOW, "--output-dir", "{tmp}/out", "--device", "cuda"], "cuda"),
    "no output": (SHOW, "--output-dir"),
    "unknown command": (["clusters"], "clusters"),
    "no command": ([], "COMMAND"),
    "no result": (["evaluate", "{tmp}/empty", "{tmp}/labels.csv"], "no result"),
    "no labels": (["evaluate", "{tmp}/empty", "{tmp}/none.csv"], "none.csv"),
}  # fmt: skip


@pytest.fixture(scope="module")
def bad_places(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bad")
    layer = folder / "show" / "episode_001" / "character"
    layer.mkdir(parents=True)
    (layer / "one.png").write_bytes(encode_png(make_rgba()))
    (folder / "empty").mkdir()
    (folder / "note.txt").write_text("a note")
    (folder / "foreign").mkdir()
    (folder / "foreign" / "photo.jpg").write_bytes(b"mine")
    (folder / "labels.csv").write_text("path,identity\na.png,hero\n")
    return folder


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line(case, bad_places, capsys):
    words, expected = BAD[case]
    arguments = [word.format(tmp=bad_places) for word in words]
    before = sorted(p.relative_to(bad_places) for p in (bad_places / "show").rglob("*"))
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    captured = capsys.readouterr()
    assert status == 2
    assert len(captured.err.strip().splitlines()) == 1, captured.err
    assert captured.err.startswith("clusterkit")
    assert expected in captured.err
    assert sorted(p.relative_to(bad_places) for p in (bad_places / "show").rglob("*")) == before
    assert (bad_places / "foreign" / "photo.jpg").read_bytes() == b"mine"


def test_a_model_without_weights_names_the_three_ways_out(show, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "no-weights-here"))
    done = run("cluster", show, "--output-dir", tmp_path / "out")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "--model builtin" in line
    assert "checkpoint" in line
    assert "online" in line
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_is_no_error(show, tmp_path):
    command = f'"{sys.executable}" -m clusterkit doctor | head -1'
    done = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Error" not in done.stderr


def test_doctor_looks_at_everything(capsys):
    assert main(["doctor"]) == 0
    printed = capsys.readouterr().out
    for subject in ("clusterkit", "device", "weights", "sample", "links", "widgets", "browser"):
        assert f" {subject} " in printed


def test_evaluate_prints_text_and_json(show, tmp_path, capsys):
    out, labels = tmp_path / "out", tmp_path / "labels.csv"
    assert main(["cluster", str(show), "--output-dir", str(out), "--model", "builtin"]) == 0
    rows = [p.relative_to(show).as_posix() for p in sorted(show.rglob("*.png"))]
    labels.write_text("path,identity,kind\n" + "".join(
        f"{path},{Path(path).name.split('_')[0]},good\n" for path in rows))  # fmt: skip
    capsys.readouterr()
    assert main(["evaluate", str(out), str(labels), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["pairwise_f"] == scores["ari"] == 1
    assert scores["n_clusters"] == scores["n_identities"] == 3
    assert main(["evaluate", str(out), str(labels)]) == 0
    assert "pairwise_f" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["sp ace", "quo'te\"", "new\nline", "円堂守", "-dash", "x" * 200])
def test_any_name_of_a_folder_or_file(name, tmp_path, capsys):
    layer = tmp_path / name / "episode_001" / "character"
    layer.mkdir(parents=True)
    for number in range(3):
        (layer / f"{name}{number}.png").write_bytes(encode_png(make_rgba(number)))
    out = tmp_path / f"out {name}"
    assert main(["cluster", str(tmp_path / name), "--output-dir", str(out), "--model", "builtin",
                 "--min-cluster-size", "2"]) == 0  # fmt: skip
    assert len(list(out.glob("*/*.png"))) == 3
    assert all(p.resolve().is_file() for p in out.glob("*/*.png"))
