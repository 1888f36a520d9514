"""The hierarchy is exact: checked against float64 brute force and against the hdbscan package."""

from __future__ import annotations

import hdbscan
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import cdist, squareform

from clusterkit.distances import (
    LEVELS,
    compute_all_bounds,
    compute_bounds,
    find_level,
    prepare_rows,
)
from clusterkit.errors import InputError, SettingsError
from clusterkit.hierarchy import Hierarchy, _plan_block_rows, build_hierarchy
from clusterkit.spanning import span_tree

# One byte: never enough for all bounds, so the smallest blocks are used.
NO_MEMORY = 1


def unit_rows(n: int, dim: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((6, dim))
    rows = centres[rng.integers(0, 6, n)] + rng.uniform(0.1, 0.5, (n, 1)) * rng.standard_normal(
        (n, dim)
    )
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def near_duplicates(seed: int = 0) -> np.ndarray:
    """Groups of rows far closer together than float32 products can tell apart."""
    rng = np.random.default_rng(seed)
    rows = np.repeat(unit_rows(8, 32, seed).astype(np.float64), 40, axis=0)
    rows += 10.0 ** -rng.uniform(3, 8, (320, 1)) * rng.standard_normal(rows.shape)
    return rows


HARD_ROWS = {
    "unit rows": unit_rows(400, 64),
    "near duplicates": near_duplicates(),
    "exact duplicates": np.repeat(unit_rows(60, 16), 4, axis=0),
    "far from the origin": 1e4 + np.random.default_rng(1).random((200, 5)),
    "one far row": np.vstack([np.random.default_rng(2).random((200, 3)), [[1e5, 0, 0]]]),
    "tiny": 1e-20 * np.random.default_rng(3).random((150, 4)),
    "huge": 1e30 * np.random.default_rng(4).random((150, 4)),
    "a constant column": np.column_stack([np.ones(150), np.random.default_rng(5).random(150)]),
    "integers": np.random.default_rng(6).integers(0, 9, (150, 3)),
}


def measure_all(rows: np.ndarray) -> np.ndarray:
    return cdist(rows.astype(np.float64), rows.astype(np.float64))


def span_by_force(rows: np.ndarray, min_samples: int) -> tuple[np.ndarray, np.ndarray]:
    """Core distances and the ascending weights of a spanning tree, from all float64 distances."""
    distances = measure_all(rows)
    core = np.sort(distances, axis=1)[:, min(min_samples, len(rows) - 1)]
    reach = np.maximum(np.maximum(distances, core[:, None]), core[None, :])
    np.fill_diagonal(reach, 0.0)
    return core, linkage(squareform(reach), "single")[:, 2]


def assert_same(one: Hierarchy, two: Hierarchy) -> None:
    np.testing.assert_array_equal(one.single_linkage, two.single_linkage)
    np.testing.assert_array_equal(one.core_distances, two.core_distances)
    np.testing.assert_array_equal(one.neighbours, two.neighbours)
    np.testing.assert_array_equal(one.neighbour_distances, two.neighbour_distances)


@pytest.mark.parametrize("name", HARD_ROWS)
@pytest.mark.parametrize("min_samples", [1, 5, 30])
def test_distances_are_those_of_float64(name: str, min_samples: int) -> None:
    rows = HARD_ROWS[name]
    hierarchy = build_hierarchy(rows, min_samples=min_samples)
    core, weights = span_by_force(rows, min_samples)
    np.testing.assert_allclose(hierarchy.core_distances, core, rtol=1e-12)
    np.testing.assert_allclose(hierarchy.single_linkage[:, 2], weights, rtol=1e-12)


@pytest.mark.parametrize("name", HARD_ROWS)
def test_blocks_give_the_same_hierarchy(name: str) -> None:
    rows = HARD_ROWS[name]
    assert_same(build_hierarchy(rows), build_hierarchy(rows, memory_limit=NO_MEMORY))


def test_wrong_guesses_of_the_rows_wanted_next_change_nothing() -> None:
    rows = prepare_rows(HARD_ROWS["unit rows"])
    core = np.zeros(len(rows))
    bounds = compute_all_bounds(rows, lambda share: None)
    rng = np.random.default_rng(0)
    nonsense = (
        rng.integers(0, len(rows), (len(rows), 15)).astype(np.int32),
        rng.uniform(0, 0.01, (len(rows), 15)),
    )
    everything = span_tree(rows, core, nonsense, bounds, len(rows), lambda share: None)
    guessing = span_tree(rows, core, nonsense, None, 10, lambda share: None)
    for one, two in zip(everything, guessing, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("name", HARD_ROWS)
def test_neighbours_are_the_nearest_other_rows(name: str) -> None:
    rows = HARD_ROWS[name]
    hierarchy = build_hierarchy(rows, min_samples=20)
    distances = measure_all(rows)
    np.fill_diagonal(distances, np.inf)
    assert hierarchy.neighbours.shape == hierarchy.neighbour_distances.shape == (len(rows), 20)
    assert hierarchy.neighbours.dtype == np.int32
    assert hierarchy.neighbour_distances.dtype == np.float32
    nearest = np.sort(distances, axis=1)[:, :20]
    np.testing.assert_allclose(hierarchy.neighbour_distances, nearest, rtol=1e-6)
    found = np.take_along_axis(distances, hierarchy.neighbours.astype(int), axis=1)
    np.testing.assert_allclose(found, nearest, rtol=1e-12)
    assert all(len(set(row)) == 20 for row in hierarchy.neighbours.tolist())


@pytest.mark.parametrize("name", HARD_ROWS)
def test_no_bound_exceeds_its_distance(name: str) -> None:
    rows = prepare_rows(HARD_ROWS[name])
    bounds = compute_all_bounds(rows, lambda share: None)
    levels = measure_all(HARD_ROWS[name]) * rows.scale * float(LEVELS)
    assert (bounds <= levels * (1 + 1e-12)).all()
    np.testing.assert_array_equal(bounds, bounds.T)
    some = np.array([3, 77, 5], dtype=np.int32)
    block = np.empty((4, len(rows)), dtype=np.uint16)
    compute_bounds(rows, some, block)
    assert (block[:3] <= levels[some] * (1 + 1e-12)).all()


@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_bounds_are_close(offset: float) -> None:
    """Bounds of zero would pass every other test, at a hundred times the cost."""
    given_rows = offset + HARD_ROWS["unit rows"]
    rows = prepare_rows(given_rows)
    bounds = compute_all_bounds(rows, lambda share: None) / float(LEVELS) / rows.scale
    distances = measure_all(given_rows)
    apart = ~np.eye(len(rows), dtype=bool)
    assert (bounds[apart] > 0.998 * distances[apart]).all()


@given(st.floats(0, 2), st.floats(1e-30, 1.0))
def test_a_smaller_distance_stays_under_the_level(distance: float, scale: float) -> None:
    own_bound = int(distance * (1 - 1e-15) * scale * float(LEVELS))
    assert own_bound < find_level(distance, scale)


def test_the_level_of_no_distance_yet_excludes_nothing() -> None:
    assert find_level(np.inf, 1.0) > 2 * LEVELS


@pytest.mark.parametrize("min_samples", [1, 5, 40])
@pytest.mark.parametrize("dim", [2, 100])
def test_the_tree_is_that_of_the_package(dim: int, min_samples: int) -> None:
    """To the last bit, order of equal distances included; so is the meaning of `min_samples`."""
    rows = unit_rows(500, dim, seed=dim)
    model = hdbscan.HDBSCAN(min_samples=min_samples, algorithm="prims_kdtree").fit(rows)
    hierarchy = build_hierarchy(rows, min_samples=min_samples)
    np.testing.assert_array_equal(hierarchy.single_linkage, model.single_linkage_tree_.to_numpy())


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(2, 90),
    dim=st.integers(1, 6),
    min_samples=st.integers(1, 100),
    grid=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_rows(n: int, dim: int, min_samples: int, grid: bool, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = rng.integers(0, 4, (n, dim)).astype(float) if grid else rng.standard_normal((n, dim))
    hierarchy = build_hierarchy(rows, min_samples=min_samples)
    core, weights = span_by_force(rows, min_samples)
    np.testing.assert_allclose(hierarchy.core_distances, core, rtol=1e-12)
    np.testing.assert_allclose(hierarchy.single_linkage[:, 2], weights, rtol=1e-12)
    assert_same(hierarchy, build_hierarchy(rows, min_samples=min_samples, memory_limit=NO_MEMORY))
    # A tree: every node is joined exactly once, and the sizes add up.
    children = hierarchy.single_linkage[:, :2].astype(int)
    assert sorted(children.ravel()) == list(range(2 * n - 2))
    sizes = np.concatenate([np.ones(n), hierarchy.single_linkage[:, 3]])
    np.testing.assert_array_equal(sizes[children].sum(axis=1), hierarchy.single_linkage[:, 3])
    # The order of the rows changes nothing but names.
    order = rng.permutation(n)
    shuffled = build_hierarchy(rows[order], min_samples=min_samples)
    np.testing.assert_array_equal(shuffled.core_distances, hierarchy.core_distances[order])
    np.testing.assert_array_equal(shuffled.single_linkage[:, 2], hierarchy.single_linkage[:, 2])


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_few_rows(n: int) -> None:
    hierarchy = build_hierarchy(unit_rows(n, 8), min_samples=5)
    assert len(hierarchy) == n
    assert hierarchy.single_linkage.shape == (max(n - 1, 0), 4)
    assert hierarchy.neighbours.shape == (n, max(n - 1, 0))
    assert hierarchy.min_samples == max(1, n - 1)


def test_no_columns() -> None:
    hierarchy = build_hierarchy(np.empty((5, 0)))
    np.testing.assert_array_equal(hierarchy.single_linkage[:, 2], 0.0)


def test_identical_rows_are_at_distance_zero() -> None:
    hierarchy = build_hierarchy(np.full((50, 512), 0.044, dtype=np.float32))
    np.testing.assert_array_equal(hierarchy.single_linkage[:, 2], 0.0)
    np.testing.assert_array_equal(hierarchy.neighbour_distances, 0.0)


def test_too_large_min_samples_means_all_other_rows() -> None:
    rows = unit_rows(30, 8)
    largest = build_hierarchy(rows, min_samples=29)
    assert_same(largest, build_hierarchy(rows, min_samples=1000))
    np.testing.assert_allclose(largest.core_distances, measure_all(rows).max(axis=1), rtol=1e-12)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.ones(5), r"shape \(n, d\); got shape \(5,\)"),
        (np.array([["a", "b"]]), "real numbers"),
        (np.array([[1j, 0]]), "real numbers"),
        (np.array([[0.0], [np.nan], [np.inf]]), "2 of 3 embeddings .* row 1"),
    ],
)
def test_wrong_embeddings_are_explained(rows: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        build_hierarchy(rows)


@pytest.mark.parametrize("value", [0, -3, 2.5, True, "5", None])
def test_wrong_min_samples_is_explained(value: object) -> None:
    with pytest.raises(SettingsError, match="min_samples"):
        build_hierarchy(unit_rows(9, 3), min_samples=value)


@pytest.mark.parametrize("value", [0, -1, 1e9])
def test_wrong_memory_limit_is_explained(value: object) -> None:
    with pytest.raises(SettingsError, match="memory_limit"):
        build_hierarchy(unit_rows(9, 3), memory_limit=value)


def test_the_embeddings_are_left_alone() -> None:
    rows = unit_rows(80, 16).astype(np.float64)
    before = rows.copy()
    build_hierarchy(rows)
    np.testing.assert_array_equal(rows, before)


def test_memory_limit_decides_between_all_and_blocks() -> None:
    n = 10_000
    assert _plan_block_rows(n, 2 * n * n) == n
    assert 64 <= _plan_block_rows(n, 2 * n * n - 1) <= 512
    assert _plan_block_rows(n, 2 * n * 100) == 100
    assert _plan_block_rows(n, 1) == 64
    assert _plan_block_rows(100, None) == 100


@pytest.mark.parametrize("memory_limit", [None, NO_MEMORY])
def test_progress_rises_to_one(memory_limit: int | None) -> None:
    shares: list[float] = []
    build_hierarchy(unit_rows(1500, 8), memory_limit=memory_limit, progress=shares.append)
    assert shares == sorted(shares)
    assert len(shares) > 3
    assert shares[-1] == pytest.approx(1.0)
