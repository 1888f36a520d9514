from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from clusterkit.clustering import arrange_frames
from clusterkit.decisions.resemblance import learn_resemblance
from clusterkit.looks import learn_from_looks
from clusterkit.metric import scale_to_unit
from clusterkit.settings import ClusterSettings
from clusterkit.shelf import make_key


def make_show(n_characters=12, n_strips=4, frames=8, seed=0):
    """Characters in strips of like poses; what changes within a strip changes between strips too.

    Returns unit rows and who is shown.
    """
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(n_characters, 40)) * np.r_[np.zeros(20), np.ones(20)]
    rows, names = [], []
    for name in range(n_characters):
        for _ in range(n_strips):
            pose = np.r_[rng.normal(size=20) * 1.2, np.zeros(20)]
            jitter = rng.normal(size=(frames, 40)) * np.r_[np.full(20, 0.5), np.full(20, 0.1)]
            rows.append(who[name] + pose + jitter)
            names += [name] * frames
    return scale_to_unit(np.concatenate(rows)), np.array(names)


def find_precision(rows, names):
    """Share of a frame's nearest that are of its character, as many as it has others."""
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -9)
    count = np.bincount(names).min() - 1
    nearest = np.argsort(-likeness, axis=1)[:, :count]
    return (names[nearest] == names[:, None]).mean()


@pytest.fixture(scope="module")
def show():
    return make_show()


def test_the_densest_groups_teach_what_varies_within_a_character(show):
    rows, names = show
    before, after = (find_precision(learn_from_looks(rows, w), names) for w in (0.0, 0.5))
    assert before < 0.9
    assert after > before + 0.05


def test_rows_stay_unit_and_in_order(show):
    rows, _ = show
    learnt = learn_from_looks(rows, 0.25)
    np.testing.assert_allclose(np.linalg.norm(learnt, axis=1), 1, rtol=1e-5)
    # What was there is kept beside what was learnt, in the same order.
    np.testing.assert_allclose(learnt[:, -rows.shape[1] :], rows * np.sqrt(0.75), atol=1e-6)


@pytest.mark.parametrize("count", [0, 1, 9])
def test_too_few_frames_teach_nothing(show, count):
    rows = show[0][:count]
    assert learn_from_looks(rows, 0.25) is rows


def test_no_weight_changes_nothing(show):
    assert learn_from_looks(show[0], 0.0) is show[0]


def test_a_small_cast_teaches_nothing():
    """Nine characters in one strip each; with a tenth something is learnt."""
    nine, ten = (make_show(n, n_strips=1, frames=20)[0] for n in (9, 10))
    assert learn_from_looks(nine, 0.25) is nine
    assert learn_from_looks(ten, 0.25).shape[1] > ten.shape[1]


def test_identical_frames_break_nothing():
    rows = scale_to_unit(np.repeat(np.eye(12, dtype=np.float32), 10, axis=0))
    assert np.isfinite(learn_from_looks(rows, 0.25)).all()


def test_clusters_resemblance_and_what_is_remembered_follow_the_weight(show):
    rows, _ = show
    selected = np.ones(len(rows), bool)
    columns = {"episode": "e1", "scene": pd.NA, "frame": pd.NA, "seconds": np.nan}
    frames = pd.DataFrame(columns, index=range(len(rows)))
    learnt = learn_from_looks(rows, 0.25)
    for weight, expected in ((0.0, rows), (0.25, learnt)):
        settings = ClusterSettings(metric_weight=weight)
        witnesses = arrange_frames(rows, frames, selected, settings).evidence.witnesses
        np.testing.assert_array_equal(witnesses[0], expected)
        compared = learn_resemblance(rows, frames, selected, settings)
        np.testing.assert_array_equal(compared.rows, expected)
    other = replace(settings, metric_weight=0.5)
    assert make_key(selected, settings) != make_key(selected, other)
