"""Several encoders on one labelled folder, through the function and the real command line."""

import json

import pandas as pd
import pytest

import clusterkit
from clusterkit.cli import main
from clusterkit.encoders.descriptor import DescriptorEncoder
from clusterkit.encoders.joined import JoinedEncoder
from clusterkit.encoders.network import NetworkEncoder
from clusterkit.errors import EncoderError, InputError, SettingsError


@pytest.fixture
def labels_file(show, tmp_path):
    paths = clusterkit.find_frames(show)["path"]
    table = pd.DataFrame({"path": paths, "identity": [str(i % 3) for i in range(len(paths))]})
    table.to_csv(tmp_path / "labels.csv", index=False)
    return tmp_path / "labels.csv"


def test_a_line_for_each_encoder_and_setting(show, labels_file, capsys):
    options = ["--model", "descriptor", "--model", "network", "--min-cluster-size", "5", "10"]
    assert main(["evaluate", str(show), str(labels_file), *options, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["model"], row["settings"]) for row in rows] == [
        ("descriptor", "min_cluster_size=5"), ("descriptor", "min_cluster_size=10"),
        ("network", "min_cluster_size=5"), ("network", "min_cluster_size=10"),
    ]  # fmt: skip
    assert rows[0]["nearest_right"] == rows[1]["nearest_right"]
    assert all(0 <= row["ari"] <= 1 or row["ari"] < 0 for row in rows)
    assert rows[0]["nearest_right_across"] is None  # these labels tell no views


def test_the_figures_are_those_of_a_run(show, labels_file, tmp_path):
    labels = clusterkit.read_labels(labels_file)
    table = clusterkit.compare_encoders(
        show, labels, ["descriptor"], variants=[{"min_cluster_size": 5}], progress=False
    )
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="descriptor", min_cluster_size=5, visualize=False,
        progress=False,
    )  # fmt: skip
    scores = clusterkit.evaluate_labels(result.assignments, labels)
    assert table["ari"][0] == pytest.approx(scores.ari)
    assert table["coverage"][0] == pytest.approx(scores.coverage)


def test_what_is_joined_is_measured_once_in_parts(show, labels_file, tmp_path, monkeypatch):
    joined = "network*0.25+descriptor"
    options = {"variants": [{"min_cluster_size": 5}], "progress": False}
    labels, cache = clusterkit.read_labels(labels_file), tmp_path / "measured.sqlite"
    clusterkit.compare_encoders(show, labels, ["descriptor", "network"], cache=cache, **options)
    with monkeypatch.context() as patched:
        for encoder in (DescriptorEncoder, NetworkEncoder):
            patched.delattr(encoder, "encode")
        table = clusterkit.compare_encoders(show, labels, [joined], cache=cache, **options)
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model=joined, min_cluster_size=5, visualize=False,
        progress=False,
    )  # fmt: skip
    scores = clusterkit.evaluate_labels(result.assignments, labels)
    assert table["ari"][0] == pytest.approx(scores.ari)
    assert table["coverage"][0] == pytest.approx(scores.coverage)


def test_an_encoder_that_weighs_pictures_has_the_figures_of_a_run(
    show, labels_file, tmp_path, monkeypatch
):
    labels, options = clusterkit.read_labels(labels_file), {"min_cluster_size": 5}
    monkeypatch.delattr(JoinedEncoder, "join")  # rows of its parts alone do not say how
    table = clusterkit.compare_encoders(
        show, labels, ["builtin"], variants=[options], progress=False
    )
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", visualize=False, progress=False, **options
    )
    scores = clusterkit.evaluate_labels(result.assignments, labels)
    assert table["ari"][0] == pytest.approx(scores.ari)


def test_a_table_without_empty_columns_is_printed(show, labels_file, capsys):
    assert main(["evaluate", str(show), str(labels_file), "--model", "descriptor"]) == 0
    printed = capsys.readouterr().out
    assert "R-prec" in printed
    assert "↻" not in printed


def test_what_cannot_be_compared_is_one_clear_line(show, labels_file, capsys):
    labels = clusterkit.read_labels(labels_file)
    with pytest.raises(SettingsError, match="min_clusters"):
        clusterkit.compare_encoders(show, labels, ["descriptor"], variants=[{"min_clusters": 3}])
    with pytest.raises(EncoderError, match="unknown model"):
        clusterkit.compare_encoders(show, labels, ["zzzz"], progress=False)
    with pytest.raises(InputError, match="no label belongs"):
        clusterkit.compare_encoders(
            show, labels.assign(path=[f"x{path}" for path in labels["path"]]), ["descriptor"]
        )
    assert main(["evaluate", str(show), str(labels_file), "--min-samples", "3"]) == 2
    assert "needs --model" in capsys.readouterr().err
