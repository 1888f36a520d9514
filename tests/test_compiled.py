"""Loops that numba compiles, wherever it can keep what it made."""

import pytest
from numba import njit

from clusterkit.compiled import compiled


@pytest.fixture
def homeless():
    """A function that numba finds no folder for, as where neither package nor home is writable."""
    scope = {}
    exec("def add(first, second):\n    return first + second", scope)
    return scope["add"]


def test_without_a_place_for_its_cache_a_loop_is_compiled_all_the_same(homeless):
    with pytest.raises(RuntimeError, match="no locator"):
        njit(cache=True)(homeless)
    add = compiled(homeless)
    assert add(1, 2) == 3
    assert add.signatures, "compiled, not merely called"


def test_a_loop_is_kept_where_there_is_a_place():
    @compiled
    def add(first, second):
        return first + second

    assert add(1, 2) == 3
    assert add.stats.cache_path
