"""The results of the benchmarks must open like any: a changed store would break them unseen."""

import sys

from conftest import REPOSITORY

import clusterkit
from clusterkit.explorer import Explorer


def test_a_synthetic_result_opens_and_has_its_characters(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(REPOSITORY / "benchmarks"), *sys.path])
    from synthetic import make_result

    result = clusterkit.load_result(make_result(tmp_path, 120, 3))
    assert len(result.frames) == 120
    assert result.clustering.n_clusters == 3
    explorer = Explorer(result)
    assert explorer.state.counts == result.counts
    assert all(explorer.load_thumbnails([0, 60, 119]))
