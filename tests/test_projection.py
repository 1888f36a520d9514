import numpy as np
import pytest

from clusterkit.projection import project_pca


def test_agrees_with_scikit_learn():
    from sklearn.decomposition import PCA

    rows = np.random.default_rng(0).normal(size=(200, 12)).astype(np.float32) * np.arange(1, 13)
    ours, theirs = project_pca(rows).points, PCA(2).fit_transform(rows)
    for axis in range(2):
        assert abs(np.corrcoef(ours[:, axis], theirs[:, axis])[0, 1]) == pytest.approx(1, abs=1e-5)
    share = PCA(2).fit(rows).explained_variance_ratio_[0]
    assert f"({100 * share:.0f} %)" in project_pca(rows).axis_labels[0]


def test_the_same_rows_in_another_order_give_the_same_picture():
    rows = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    order = np.random.default_rng(1).permutation(50)
    np.testing.assert_allclose(
        project_pca(rows[order]).points, project_pca(rows).points[order], atol=1e-4
    )


@pytest.mark.parametrize("shape", [(0, 5), (1, 5), (2, 5), (7, 1)])
def test_few_rows(shape):
    points = project_pca(np.ones(shape, np.float32)).points
    assert points.shape == (shape[0], 2)
    assert np.isfinite(points).all()


def test_rows_without_embedding_have_no_position():
    rows = np.random.default_rng(0).normal(size=(10, 4)).astype(np.float32)
    rows[3] = np.nan
    points = project_pca(rows).points
    assert np.isnan(points[3]).all()
    assert np.isfinite(np.delete(points, 3, axis=0)).all()


def test_more_columns_than_rows_agree_with_scikit_learn():
    from sklearn.decomposition import PCA

    rows = np.random.default_rng(0).normal(size=(90, 400)).astype(np.float32)
    rows[:, :2] *= (30, 20)
    ours, theirs = project_pca(rows).points, PCA(2, svd_solver="full").fit_transform(rows)
    for axis in range(2):
        assert abs(np.corrcoef(ours[:, axis], theirs[:, axis])[0, 1]) == pytest.approx(1, abs=1e-5)


def test_many_equal_rows_lie_on_one_point():
    points = project_pca(np.ones((200, 300), np.float32)).points
    np.testing.assert_allclose(points, 0, atol=1e-6)
