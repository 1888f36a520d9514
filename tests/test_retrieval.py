import numpy as np
import pytest

from clusterkit.retrieval import score_retrieval


def turn(*degrees):
    angles = np.radians(degrees)
    return np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)


def test_by_hand():
    # a a a b b, and a one-off nearest to the second b
    scores = score_retrieval(turn(0, 2, 50, 60, 90, 94), np.array([0, 0, 0, 1, 1, 2]))
    assert scores.n_queries == 5
    # 0 and 2 find each other and then 50; 50 finds 60 and 90, 60 finds 50, 90 the one-off.
    assert scores.nearest_right == pytest.approx(2 / 5)
    assert scores.r_precision == pytest.approx((1 + 1 + 0 + 0 + 0) / 5)


def test_across_views_the_same_side_is_no_answer():
    rows, identities = turn(0, 1, 40, 30, 31), np.array([0, 0, 0, 1, 1])
    views = np.array(["front", "front", "back", "back", "front"], object)
    scores = score_retrieval(rows, identities, views)
    assert scores.nearest_right == pytest.approx(4 / 5)
    # Nearest of another view: front 0 and 1 find the other's back at 30; back 40 finds front 31;
    # back 30 finds front 31, its own; front 31 finds back 30, its own.
    assert scores.nearest_right_across == pytest.approx(2 / 5)
    assert scores.n_queries_across == 5


def test_unknown_views_are_across_from_nothing():
    scores = score_retrieval(turn(0, 1, 2), np.array([0, 0, 0]), np.array(["front", None, ""]))
    assert scores.n_queries == 3
    assert scores.nearest_right_across is None


def test_nothing_to_find():
    scores = score_retrieval(turn(0, 10), np.array([0, 1]))
    assert (scores.nearest_right, scores.r_precision, scores.n_queries) == (None, None, 0)
    assert score_retrieval(np.zeros((0, 4), np.float32), np.zeros(0, int)).n_queries == 0


def test_blocks_do_not_matter(monkeypatch):
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(90, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    identities, views = rng.integers(0, 9, 90), rng.choice(["front", "side"], 90).astype(object)
    whole = score_retrieval(rows, identities, views)
    monkeypatch.setattr("clusterkit.retrieval.BLOCK_ROWS", 7)
    assert score_retrieval(rows, identities, views) == whole
