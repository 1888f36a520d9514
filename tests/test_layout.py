import numpy as np
import pytest

from clusterkit.hierarchy import build_hierarchy
from clusterkit.layout import (
    _CURVE_A,
    _CURVE_B,
    _share_weights,
    _weigh_neighbours,
    lay_out_neighbours,
)
from clusterkit.projection import project_pca, project_umap


@pytest.fixture(scope="module")
def blobs():
    """Six blobs in 20 dimensions, 40 rows each, and their blob."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(6, 20)) * 4
    which = np.repeat(np.arange(6), 40)
    return (centres[which] + rng.normal(size=(240, 20))).astype(np.float32), which


def project(rows, **options):
    hierarchy = build_hierarchy(rows)
    return project_umap(
        hierarchy.neighbours, hierarchy.neighbour_distances, project_pca(rows), **options
    )


def test_keeps_neighbours_better_than_pca_does(blobs):
    from sklearn.manifold import trustworthiness

    rows, which = blobs
    points = project(rows).points
    kept = trustworthiness(rows, points, n_neighbors=10)
    assert kept > trustworthiness(rows, project_pca(rows).points, n_neighbors=10)
    for blob in range(6):
        distance = np.linalg.norm(points - points[which == blob].mean(axis=0), axis=1)
        assert distance[which == blob].max() < distance[which != blob].min()


def test_the_same_seed_gives_the_same_picture_and_another_a_different_one(blobs):
    rows, _ = blobs
    np.testing.assert_array_equal(project(rows).points, project(rows).points)
    assert not np.allclose(project(rows).points, project(rows, seed=1).points)


def test_weights_are_those_of_umap_learn(blobs):
    """Rows hold their neighbours as strongly as umap-learn, an independent oracle, says."""
    fuzzy = pytest.importorskip("umap.umap_").fuzzy_simplicial_set
    rows, _ = blobs
    hierarchy = build_hierarchy(rows)
    n, k = hierarchy.neighbours.shape
    itself = np.arange(n)[:, None].astype(np.int32)
    # umap-learn counts the row itself among its neighbours, at distance zero.
    theirs, *_ = fuzzy(
        rows, k + 1, np.random.RandomState(0), "euclidean",
        knn_indices=np.hstack([itself, hierarchy.neighbours]),
        knn_dists=np.hstack([np.zeros((n, 1), np.float32), hierarchy.neighbour_distances]),
    )  # fmt: skip
    weights = _weigh_neighbours(hierarchy.neighbour_distances.astype(np.float64))
    heads, tails, shared = _share_weights(hierarchy.neighbours, weights)
    ours = np.zeros((n, n))
    ours[heads, tails] = shared
    np.testing.assert_allclose(ours, theirs.toarray(), atol=1e-3)


def test_the_curve_is_the_fit_that_umap_makes():
    x = np.linspace(0, 3, 300)
    wanted = np.where(x < 0.1, 1, np.exp(-(x - 0.1)))
    from scipy.optimize import curve_fit

    fitted, _ = curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), x, wanted)
    assert fitted == pytest.approx((_CURVE_A, _CURVE_B), rel=1e-5)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 9])
def test_few_rows(n):
    points = project(np.random.default_rng(0).normal(size=(n, 5)).astype(np.float32)).points
    assert points.shape == (n, 2)
    assert np.isfinite(points).all()


def test_identical_rows_stay_finite():
    neighbours = np.array([[j for j in range(12) if j != i] for i in range(12)], np.int32)
    points = lay_out_neighbours(neighbours, np.zeros((12, 11), np.float32), np.zeros((12, 2)))
    assert np.isfinite(points).all()


def test_rows_without_a_position_get_none():
    rows = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
    holes = rows.copy()
    holes[[3, 17]] = np.nan
    hierarchy = build_hierarchy(np.delete(holes, [3, 17], axis=0))
    points = project_umap(
        hierarchy.neighbours, hierarchy.neighbour_distances, project_pca(holes)
    ).points
    assert np.isnan(points[[3, 17]]).all()
    assert np.isfinite(np.delete(points, [3, 17], axis=0)).all()
