"""Cuts agree with the hdbscan package, and odd cases give an answer."""

from __future__ import annotations

import warnings
from dataclasses import replace

import hdbscan
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from clusterkit.cuts import Cut, cut_hierarchy, sweep_cuts
from clusterkit.errors import SettingsError
from clusterkit.hierarchy import build_hierarchy

N_DATA_SETS = 60


def make_data_set(seed: int) -> np.ndarray:
    """Rows of one of many shapes: blobs, moons, uniform or stretched, few or many, unit or not."""
    rng = np.random.default_rng(seed)
    n = int(rng.choice([5, 12, 40, 150, 400]))
    dim = int(rng.choice([2, 3, 8, 64, 200]))
    shape = ["blobs", "uniform", "stretched", "moons"][seed % 4]
    if shape == "uniform":
        rows = rng.random((n, dim))
    elif shape == "moons":
        moons = make_moons(n, noise=0.06, random_state=seed)[0]
        rows = np.hstack([moons, 0.05 * rng.standard_normal((n, dim - 2))])
    else:
        rows = make_blobs(n, dim, centers=int(rng.integers(1, 9)), random_state=seed)[0]
        if shape == "stretched":
            rows = rows @ rng.standard_normal((dim, dim))
    if rng.random() < 0.4:
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32)


def fit_package(rows: np.ndarray, **options: object) -> hdbscan.HDBSCAN:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, about scikit-learn and division by zero
        return hdbscan.HDBSCAN(**options).fit(rows)


def assert_agrees(cut: Cut, model: hdbscan.HDBSCAN) -> None:
    assert adjusted_rand_score(model.labels_, cut.labels) == 1.0
    np.testing.assert_array_equal(model.labels_ < 0, cut.labels < 0)
    np.testing.assert_allclose(cut.probabilities, model.probabilities_, atol=1e-6)
    if cut.epsilon == 0.0:
        theirs = np.sort(model.cluster_persistence_)
        np.testing.assert_allclose(np.sort(cut.persistences), theirs, rtol=1e-6)


@pytest.mark.parametrize("seed", range(N_DATA_SETS))
def test_labels_are_those_of_the_package(seed: int) -> None:
    rows = make_data_set(seed)
    min_samples = [1, 2, 5, 15, 60][seed % 5]
    hierarchy = build_hierarchy(rows, min_samples=min_samples)
    # Exactly a distance of the tree, so that "smaller" and "not larger" differ.
    middling = float(np.quantile(hierarchy.single_linkage[:, 2], 0.7, method="nearest"))
    for min_cluster_size in (2, 5, 20):
        for method in ("eom", "leaf"):
            for epsilon in (0.0, middling):
                for single in (False, True):
                    model = fit_package(
                        rows,
                        min_samples=min_samples,
                        min_cluster_size=min_cluster_size,
                        cluster_selection_method=method,
                        cluster_selection_epsilon=epsilon,
                        allow_single_cluster=single,
                        algorithm="prims_kdtree",
                    )
                    cut = cut_hierarchy(
                        hierarchy,
                        min_cluster_size=min_cluster_size,
                        method=method,
                        epsilon=epsilon,
                        allow_single_cluster=single,
                    )
                    assert_agrees(cut, model)


@pytest.mark.parametrize("seed", range(6))
def test_labels_are_those_of_the_package_as_it_comes(seed: int) -> None:
    """Over 60 columns it takes an exact algorithm by itself."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((9, 128))
    rows = centres[rng.integers(0, 9, 700)] + 0.6 * rng.standard_normal((700, 128))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    model = fit_package(rows, min_cluster_size=10, min_samples=5, metric="euclidean")
    assert model.labels_.max() > 0
    assert_agrees(cut_hierarchy(build_hierarchy(rows)), model)


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    min_cluster_size=st.integers(2, 40),
    method=st.sampled_from(["eom", "leaf"]),
    epsilon=st.floats(0, 3),
    single=st.booleans(),
)
def test_any_settings(
    seed: int, min_cluster_size: int, method: str, epsilon: float, single: bool
) -> None:
    rows = make_data_set(seed)
    model = fit_package(
        rows,
        min_samples=3,
        min_cluster_size=min_cluster_size,
        cluster_selection_method=method,
        cluster_selection_epsilon=epsilon,
        allow_single_cluster=single,
        algorithm="prims_kdtree",
    )
    cut = cut_hierarchy(
        build_hierarchy(rows, min_samples=3),
        min_cluster_size=min_cluster_size,
        method=method,
        epsilon=epsilon,
        allow_single_cluster=single,
    )
    assert_agrees(cut, model)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    min_samples=st.integers(1, 20),
    min_cluster_size=st.integers(2, 20),
    method=st.sampled_from(["eom", "leaf"]),
    grid=st.booleans(),
)
def test_ties_together_make_the_order_of_rows_irrelevant(
    seed: int, min_samples: int, min_cluster_size: int, method: str, grid: bool
) -> None:
    rows = make_data_set(seed)
    if grid:  # nothing but ties, and identical rows
        rows = np.round(rows[:, :2])
    order = np.random.default_rng(seed).permutation(len(rows))
    cuts = [
        cut_hierarchy(
            build_hierarchy(some, min_samples=min_samples),
            min_cluster_size=min_cluster_size,
            method=method,
            ties="together",
        )
        for some in (rows, rows[order])
    ]
    assert adjusted_rand_score(cuts[0].labels[order], cuts[1].labels) == 1.0
    np.testing.assert_array_equal(cuts[0].labels[order] < 0, cuts[1].labels < 0)
    np.testing.assert_allclose(cuts[0].probabilities[order], cuts[1].probabilities, rtol=1e-5)


@pytest.mark.parametrize("ties", ["ordered", "together"])
def test_order_of_rows_is_irrelevant_where_clusters_are_clear(ties: str) -> None:
    rows = make_blobs(300, 20, centers=5, random_state=3)[0].astype(np.float32)
    order = np.random.default_rng(0).permutation(300)
    labels = cut_hierarchy(build_hierarchy(rows), ties=ties).labels
    shuffled = cut_hierarchy(build_hierarchy(rows[order]), ties=ties).labels
    assert labels.max() == 4
    assert adjusted_rand_score(labels[order], shuffled) == 1.0


def test_a_row_between_two_groups_belongs_to_one_or_to_none() -> None:
    rows = np.array([0.0, 1.0, 2.0, 6.0, 10.0, 11.0, 12.0])[:, None]
    hierarchy = build_hierarchy(rows, min_samples=1)
    ordered = cut_hierarchy(hierarchy, min_cluster_size=3)
    together = cut_hierarchy(hierarchy, min_cluster_size=3, ties="together")
    assert ordered.labels[3] in ordered.labels[[0, 4]]
    assert together.labels[3] == -1
    for labels in (ordered.labels, together.labels):
        assert len(set(labels[:3])) == len(set(labels[4:])) == 1
        assert -1 != labels[0] != labels[4] != -1


def test_a_small_tree_by_hand() -> None:
    """Two groups of three, joined at 8 and inside at 1 and 2; one row joins them last, at 20."""
    rows = np.array([0.0, 1.0, 3.0, 11.0, 12.0, 14.0, 34.0])[:, None]
    cut = cut_hierarchy(build_hierarchy(rows, min_samples=1), min_cluster_size=3)
    # Born at 1/8. With min_samples=1 the cores are 1, 1, 2: two rows leave at 1, or all at 1/2.
    np.testing.assert_array_equal(cut.labels < 0, [False] * 6 + [True])
    np.testing.assert_array_equal(cut.sizes, [3, 3])
    np.testing.assert_allclose(cut.stabilities, 3 * (1 / 2 - 1 / 8))
    np.testing.assert_allclose(cut.persistences, (1 / 2 - 1 / 8) / (1 / 2))
    np.testing.assert_allclose(cut.probabilities, [1] * 6 + [0])
    assert (cut.n_clusters, cut.n_noise) == (2, 1)
    # Neither group is parted from the other at distances under 9.
    merged = cut_hierarchy(
        build_hierarchy(rows, min_samples=1),
        min_cluster_size=3,
        epsilon=9.0,
        allow_single_cluster=True,
    )
    np.testing.assert_array_equal(merged.labels, [0] * 6 + [-1])


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_few_rows_are_noise(n: int, method: str) -> None:
    cut = cut_hierarchy(build_hierarchy(np.eye(3)[:n]), min_cluster_size=2, method=method)
    np.testing.assert_array_equal(cut.labels, [-1] * n)
    np.testing.assert_array_equal(cut.probabilities, [0] * n)
    assert cut.labels.dtype == np.int32
    assert cut.probabilities.dtype == np.float32
    assert (cut.n_clusters, cut.n_noise) == (0, n)


def test_one_row_is_no_cluster_even_alone() -> None:
    cut = cut_hierarchy(build_hierarchy(np.ones((1, 4))), allow_single_cluster=True)
    np.testing.assert_array_equal(cut.labels, [-1])
    assert cut.n_clusters == 0


def test_too_large_min_cluster_size_leaves_noise() -> None:
    hierarchy = build_hierarchy(make_data_set(8))
    assert cut_hierarchy(hierarchy, min_cluster_size=10_000).n_noise == len(hierarchy)


@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_identical_rows_are_never_parted(method: str) -> None:
    """Not even where each half would be large enough for a cluster."""
    rows = np.repeat(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]]), 40, axis=0)
    cut = cut_hierarchy(build_hierarchy(rows), min_cluster_size=5, method=method)
    assert cut.n_clusters == 3
    assert adjusted_rand_score(np.repeat([0, 1, 2], 40), cut.labels) == 1.0
    np.testing.assert_array_equal(cut.probabilities, 1.0)
    alone = cut_hierarchy(build_hierarchy(rows[:40]), min_cluster_size=5, method=method)
    assert alone.n_noise == 40  # no split, so no cluster unless a single one is allowed
    single = cut_hierarchy(build_hierarchy(rows[:40]), allow_single_cluster=True)
    np.testing.assert_array_equal(single.labels, 0)


def test_identical_rows_are_never_parted_whatever_the_order_of_their_joins() -> None:
    """Two halves joined at zero, then a third group: a leaf is all of the first eight rows."""
    joins = [(0, 1), (2, 3), (4, 5), (6, 7), (12, 13), (14, 15), (16, 17), (8, 9), (10, 11)]
    joins += [(19, 20), (18, 21)]
    distances = [0.0] * 7 + [1.0] * 3 + [5.0]
    sizes = [2, 2, 2, 2, 4, 4, 8, 2, 2, 4, 12]
    tree = np.column_stack([joins, distances, sizes])
    hierarchy = replace(build_hierarchy(np.arange(12.0)[:, None]), single_linkage=tree)
    labels = cut_hierarchy(hierarchy, min_cluster_size=4, method="leaf").labels
    assert adjusted_rand_score([0] * 8 + [1] * 4, labels) == 1.0


def test_identical_rows_leave_the_others_their_membership() -> None:
    rng = np.random.default_rng(0)
    group = np.vstack([np.zeros((12, 2)), 0.1 * rng.standard_normal((30, 2))])
    cut = cut_hierarchy(build_hierarchy(np.vstack([group, group + 50.0])), min_cluster_size=11)
    assert cut.n_clusters == 2
    np.testing.assert_array_equal(cut.stabilities, np.inf)
    assert np.isfinite(cut.probabilities).all()
    np.testing.assert_array_equal(cut.probabilities[:12], 1.0)
    inside = cut.probabilities[cut.labels >= 0]
    assert inside.min() > 0
    assert inside.min() < 0.9 < inside.max()


def test_labels_have_no_gaps_and_sizes_count_them() -> None:
    cut = cut_hierarchy(build_hierarchy(make_data_set(16)), min_cluster_size=3)
    np.testing.assert_array_equal(np.bincount(cut.labels[cut.labels >= 0]), cut.sizes)
    assert len(cut.stabilities) == len(cut.persistences) == cut.n_clusters
    assert cut.n_noise == (cut.labels < 0).sum()


@pytest.mark.parametrize("method", ["eom", "leaf"])
def test_a_sweep_is_many_cuts(method: str) -> None:
    rows = make_blobs(500, 10, centers=12, random_state=1)[0]
    hierarchy = build_hierarchy(rows)
    sizes = [5, 2, 40, 400]
    table = sweep_cuts(hierarchy, sizes, method=method)
    assert list(table.columns) == ["min_cluster_size", "n_clusters", "n_noise", "n_largest"]
    for size, line in zip(sizes, table.itertuples(index=False), strict=True):
        cut = cut_hierarchy(hierarchy, min_cluster_size=size, method=method)
        largest = cut.sizes.max(initial=0)
        assert tuple(line) == (size, cut.n_clusters, cut.n_noise, largest)
    assert len(sweep_cuts(hierarchy, [])) == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("min_cluster_size", 1),
        ("min_cluster_size", 2.0),
        ("method", "dbscan"),
        ("epsilon", -0.1),
        ("epsilon", float("nan")),
        ("epsilon", float("inf")),
        ("epsilon", "far"),
        ("ties", "random"),
    ],
)
def test_wrong_settings_are_named(setting: str, value: object) -> None:
    with pytest.raises(SettingsError, match=setting):
        cut_hierarchy(build_hierarchy(np.eye(4)), **{setting: value})
