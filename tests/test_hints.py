import pandas as pd
import pytest

from clusterkit.hints import describe_clusters, describe_curve


@pytest.mark.parametrize(
    ("sizes", "n_noise", "least", "word"),
    [
        ([], 0, 10, "no frame passes"),
        ([], 40, 10, "everything is noise"),
        ([20, 18], 30, 10, "44% of the frames are noise"),
        ([90, 12], 4, 10, "swallowed"),
        ([12] * 45, 0, 10, "45 clusters, 45 of them"),
    ],
)
def test_what_stands_out_is_said(sizes, n_noise, least, word):
    assert any(word in hint for hint in describe_clusters(sizes, n_noise, least))


def test_an_ordinary_clustering_needs_no_words():
    assert describe_clusters([60, 50, 40, 30], 20, 10) == []
    assert describe_clusters([60], 3, 10) == [], "one cluster swallows nobody"


def make_curve(sizes, clusters):
    return pd.DataFrame({"min_cluster_size": sizes, "n_clusters": clusters})


def test_a_plateau_and_a_cliff_are_named():
    curve = make_curve([5, 8, 12, 18, 27, 40], [20, 14, 14, 14, 5, 2])
    assert describe_curve(curve, 12) == [
        "stable: 14 clusters for any size from 8 to 18",
        "a cliff ahead: only 5 of 14 clusters are left at 27",
    ]
    assert describe_curve(curve, 40) == []
    assert describe_curve(curve.iloc[:0], 10) == []
