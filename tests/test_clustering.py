import numpy as np
import pandas as pd
import pytest

from clusterkit.clustering import (
    STATUSES,
    find_representatives,
    rank_labels,
    select_frames,
    spread_cut,
    tabulate_assignments,
)
from clusterkit.cuts import cut_hierarchy
from clusterkit.hierarchy import build_hierarchy
from clusterkit.quality import judge_quality
from clusterkit.settings import QualityThresholds


def make_blobs(sizes, dimensions=16, spread=0.05, seed=0):
    rng = np.random.default_rng(seed)
    rows = np.concatenate([
        rng.normal(size=dimensions) + spread * rng.normal(size=(size, dimensions)) for size in sizes
    ])  # fmt: skip
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def test_the_largest_cluster_is_zero():
    assert rank_labels(np.array([2, 2, 5, 5, 5, -1, 0, 0])).tolist() == [1, 1, 0, 0, 0, -1, 2, 2]
    assert rank_labels(np.array([-1, -1])).tolist() == [-1, -1]
    assert rank_labels(np.array([], int)).tolist() == []


@pytest.fixture
def clustering():
    embeddings = make_blobs([12, 30, 20])
    selected = np.ones(65, bool)
    selected[[0, 30, 64]] = False
    rows = np.full((65, 16), np.nan, np.float32)
    rows[selected] = embeddings
    return rows, spread_cut(cut_hierarchy(build_hierarchy(embeddings)), selected)


def test_frames_that_took_no_part_have_no_cluster(clustering):
    _, found = clustering
    assert found.n_clusters == 3
    assert found.labels[[0, 30, 64]].tolist() == [-1, -1, -1]
    assert found.probabilities[[0, 30, 64]].tolist() == [0, 0, 0]
    sizes = np.bincount(found.labels[found.labels >= 0])
    assert sizes.tolist() == sorted(sizes, reverse=True)


def test_representatives_are_members(clustering):
    rows, found = clustering
    for label in range(3):
        members = set(np.flatnonzero(found.labels == label))
        shown = find_representatives(rows, found, label, count=5)
        assert shown.exemplars[0] == shown.medoid
        assert {*shown.exemplars, *shown.uncertain} <= members
        assert len(set(shown.exemplars)) == len(shown.exemplars) == 5
        distances = np.linalg.norm(rows[sorted(members)] - rows[shown.medoid], axis=1)
        others = [np.linalg.norm(rows[sorted(members)] - rows[m], axis=1).mean() for m in members]
        assert distances.mean() == pytest.approx(min(others), rel=0.02)


def test_every_frame_has_exactly_one_status(clustering):
    _, found = clustering
    n = len(found.labels)
    quality = pd.DataFrame({
        "width": pd.array([100] * n, dtype="Int64"), "height": pd.array([100] * n, dtype="Int64"),
        "blur_score": 500.0, "alpha_coverage": 0.5, "problem": pd.Series([None] * n, dtype=object),
    })  # fmt: skip
    quality.loc[0, "blur_score"] = 1  # rejected
    quality.loc[30, ["width", "height"]] = pd.NA  # unreadable
    quality.loc[30, "problem"] = "damaged"
    quality.loc[64, "problem"] = "no vector"  # good to look at, but nothing to cluster by
    verdicts = judge_quality(quality, QualityThresholds())
    np.testing.assert_array_equal(select_frames(quality, verdicts), found.selected)
    frames = pd.DataFrame({"path": [f"{i}.png" for i in range(n)], "episode": None, "scene": pd.NA,
                           "seconds": pd.NA})  # fmt: skip
    table = tabulate_assignments(frames, quality, verdicts, found)
    assert table["status"][0] == "rejected"
    assert table["status"][30] == table["status"][64] == "unreadable"
    assert table["status"].isin(STATUSES).all()
    assert table["cluster"].isna().tolist() == (~found.selected).tolist()
    assert table["character"].notna().tolist() == (found.labels >= 0).tolist()
