import numpy as np
import pytest

from clusterkit.metric import (
    Spread,
    learn_metric,
    mix_rows,
    project_rows,
    scale_to_unit,
    spread_of_groups,
    spread_of_pairs,
)


@pytest.fixture(scope="module")
def rows():
    return np.random.default_rng(0).normal(size=(300, 6)).astype(np.float32)


def test_groups_tell_the_covariance_about_their_means(rows):
    """Two groups with one spread and means far apart: what tells them apart does not count."""
    labels = np.repeat([0, 1, -1], 100)
    far = rows + 50 * labels[:, None]
    spread = spread_of_groups(far, labels)
    known = [np.cov(far[labels == label].T) for label in (0, 1)]
    np.testing.assert_allclose(spread.covariance, np.mean(known, axis=0), rtol=1e-4, atol=1e-4)
    assert spread.n_witnesses == 198


def test_all_pairs_of_one_group_tell_what_the_group_tells(rows):
    first, second = np.triu_indices(len(rows), 1)
    by_pairs = spread_of_pairs(rows, first, second, np.ones(len(first)))
    by_group = spread_of_groups(rows, np.zeros(len(rows), int))
    np.testing.assert_allclose(by_pairs.covariance, by_group.covariance, rtol=1e-4, atol=1e-4)


def test_no_groups_and_no_pairs_teach_nothing(rows):
    none = np.zeros(0, int)
    for spread in (
        spread_of_groups(rows, np.full(len(rows), -1)),
        spread_of_pairs(rows, none, none, np.zeros(0)),
    ):
        assert spread.n_witnesses == 0
        np.testing.assert_array_equal(learn_metric(rows, spread), scale_to_unit(rows))


def test_what_varies_within_characters_is_turned_down():
    """Of two steps of one length, the one that characters take by themselves becomes shorter."""
    rows = scale_to_unit(np.array([[1, 0], [1, 1], [0, 1]], np.float32))
    learnt = learn_metric(rows, Spread(np.diag([9.0, 1.0]), 1e9))
    assert learnt[1] @ learnt[2] > 0.8 > 0.6 > learnt[1] @ learnt[0]
    np.testing.assert_allclose(np.linalg.norm(learnt, axis=1), 1, rtol=1e-6)


def test_few_witnesses_leave_all_distances_as_they_are(rows):
    varied = np.diag([100.0, 1, 1, 1, 1, 1])
    plain, few, many = (
        each @ each.T
        for each in (
            scale_to_unit(rows),
            learn_metric(rows, Spread(varied, 0.01)),
            learn_metric(rows, Spread(varied, 1e6)),
        )
    )
    assert np.abs(few - plain).max() < 0.1 < np.abs(many - plain).max()


def test_learning_keeps_the_order_of_rows(rows):
    labels = np.arange(len(rows)) // 10
    learnt = learn_metric(rows, spread_of_groups(rows, labels))
    order = np.random.default_rng(1).permutation(len(rows))
    again = learn_metric(rows[order], spread_of_groups(rows[order], labels[order]))
    np.testing.assert_allclose(again @ again.T, (learnt @ learnt.T)[order][:, order], atol=1e-5)


def test_mixed_distances_are_the_weighted_mean(rows):
    one, other = scale_to_unit(rows), scale_to_unit(rows[:, ::-1].copy())
    mixed = mix_rows(one, other, 0.25)
    squared = [np.sum((r[:-1] - r[1:]) ** 2, axis=1) for r in (one, other, mixed)]
    np.testing.assert_allclose(squared[2], 0.75 * squared[0] + 0.25 * squared[1], atol=1e-5)


def test_there_are_no_more_axes_than_rows():
    assert project_rows(np.eye(5, 80, dtype=np.float32)).shape == (5, 5)
