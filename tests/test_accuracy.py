"""What the README promises of accuracy, held on the bundled sample and on real sprite art."""

import subprocess
import sys

import pandas as pd
import pytest
from conftest import REPOSITORY

import clusterkit
from clusterkit.views import VIEWS

DEVSET = REPOSITORY.parent / "shared" / "devset" / "make_devset.py"


def sort_and_score(frames, labels, folder):
    result = clusterkit.cluster_characters(
        frames, folder / "out", model="builtin", visualize=False, progress=False
    )
    assert sum(result.counts.values()) == len(result.frames)
    return result, clusterkit.evaluate_labels(result.assignments, clusterkit.read_labels(labels))


def test_the_sample_is_sorted(tmp_path):
    sample = clusterkit.find_sample()
    result, scores = sort_and_score(sample.frames, sample.labels, tmp_path)
    assert scores.n_frames_unlabelled == scores.n_labels_unmatched == 0
    assert scores.pairwise_f >= 0.95
    assert scores.rejection_recall == 1
    assert scores.false_rejection_rate == 0
    labels = pd.read_csv(sample.labels).replace({"view": {"left": "side", "right": "side"}})
    members = result.assignments[result.assignments["status"].eq("clustered")]
    table = members.merge(labels.dropna(subset=["identity"]), on="path", suffixes=("", "_real"))
    is_right = table["view"].eq(table["view_real"])
    told_right = [is_right[table["view_real"].eq(view)].mean() for view in VIEWS]
    print("views told right:", dict(zip(VIEWS, told_right, strict=True)))
    assert min(told_right) >= 0.60
    assert sum(told_right) / 3 >= 0.75  # chance is a third


@pytest.mark.skipif(not DEVSET.exists(), reason="no sprite set beside the clone")
def test_real_sprites_are_sorted(tmp_path):
    """A small set of 12 characters; benchmarks/accuracy.py measures the whole one."""
    options = ["--ids", "12", "--most", "60", "--one-offs", "30", "--height", "300"]
    subprocess.run([sys.executable, DEVSET, tmp_path / "set", *options], check=True)
    _, scores = sort_and_score(tmp_path / "set", tmp_path / "set" / "labels.csv", tmp_path)
    kinds = scores.rejected_by_kind
    fine = [kinds[kind] for kind in ("good", "duplicate", "one-off")]
    wrong = sum(k["rejected"] for k in fine) / sum(k["frames"] for k in fine)
    print(f"flawed found {scores.rejection_recall:.1%}, good rejected {wrong:.1%}, "
          f"pairwise F {scores.pairwise_f:.3f}")  # fmt: skip
    assert scores.rejection_recall >= 0.95
    assert wrong <= 0.03
    assert scores.pairwise_f >= 0.80
