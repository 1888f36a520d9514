import math

import pytest

from clusterkit.errors import SettingsError
from clusterkit.settings import Settings


def test_options_survive_the_round_trip():
    settings = Settings.from_options(model="builtin", min_blur=7, min_cluster_size=3, method="leaf")
    assert Settings.from_options(**settings.to_options()) == settings
    assert settings.clustering.min_cluster_size == 3
    assert settings.thresholds.min_size == 64


@pytest.mark.parametrize(
    "options",
    [
        {"min_size": -1}, {"min_size": 3.5}, {"min_size": True},
        {"min_blur": -1}, {"min_blur": math.nan}, {"min_blur": math.inf},
        {"min_coverage": 5}, {"min_coverage": -0.1},
        {"min_cluster_size": 1}, {"min_cluster_size": -5}, {"min_samples": 0},
        {"epsilon": -0.5}, {"epsilon": math.nan}, {"method": "best"},
        {"preprocess": "crop"}, {"model": ""}, {"model": 3},
    ],
    ids=str,
)  # fmt: skip
def test_absurd_values_are_named(options):
    (name,) = options
    with pytest.raises(SettingsError, match=name) as caught:
        Settings.from_options(**options)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_refused():
    with pytest.raises(SettingsError, match="min_cluster_sise"):
        Settings.from_options(min_cluster_sise=3)
