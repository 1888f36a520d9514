"""Clusters can be told apart by their colours, whoever looks."""

import sys

import pytest
from conftest import REPOSITORY

from clusterkit.palette import CLUSTER_COLOURS, NOISE_COLOUR


@pytest.fixture
def measure_least(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(REPOSITORY / "benchmarks"), *sys.path])
    from choose_palette import measure_least

    return measure_least


@pytest.mark.parametrize(("count", "normal", "dichromat"), [(20, 25, 15), (60, 13, 8)])
def test_every_eye_tells_the_colours_apart(measure_least, count, normal, dichromat):
    least = measure_least(CLUSTER_COLOURS[:count])
    assert least["normal"] >= normal
    assert least["deuteranope"] >= dichromat
    assert least["protanope"] >= dichromat


def test_no_cluster_looks_like_noise(measure_least):
    for colour in CLUSTER_COLOURS:
        assert measure_least((colour, NOISE_COLOUR))["normal"] >= 15


def test_the_measure_knows_red_from_green_as_a_dichromat_does(measure_least):
    least = measure_least(("#d22018", "#608000"))
    assert least["normal"] > 50
    assert min(least["deuteranope"], least["protanope"]) < 25
