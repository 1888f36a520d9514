"""What people said about groups of frames, in every cut."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from test_refined_cuts import BLIND, OFF, SEEN, arrange, make_film

from clusterkit.clustering import cut_arrangement
from clusterkit.refining.constraints import Constraints, constrain

SIZES = (4, 8, 20, 40)


@pytest.fixture(scope="module")
def twins():
    """A cast of which two look so alike that most cuts take them for one."""
    rows, frames, truth = make_film()
    rng = np.random.default_rng(1)
    one, other = (np.flatnonzero(truth == who) for who in (0, 1))
    rows = rows.astype(float)
    rows[other] = rows[one].mean(axis=0) + (rows[other] - rows[other].mean(axis=0))
    rows[other, 0] += 0.6  # the one thing that tells them apart
    rows += rng.normal(scale=1e-3, size=rows.shape)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows.astype(np.float32), frames, truth


def cut(film, settings, constraints=None):
    arrangement = arrange(film, settings, constraints=constraints)
    return cut_arrangement(arrangement, settings)


def test_nothing_said_changes_nothing():
    film = make_film()
    for settings in (BLIND, SEEN, replace(SEEN, **OFF)):
        plain, same = cut(film, settings), cut(film, settings, Constraints())
        assert np.array_equal(plain.labels, same.labels)
        assert np.array_equal(plain.probabilities, same.probabilities)
        assert plain.n_clusters > 0


def test_twins_are_parted_at_every_setting_and_take_their_own_along(twins):
    truth = twins[2]
    one, other = (np.flatnonzero(truth == who) for who in (0, 1))
    asked = one[::2], other[::2]  # half of their frames were ever seen by a person
    said = constrain(parted=[asked])
    fused = 0
    for size in SIZES:
        for settings in (BLIND, replace(BLIND, **OFF), replace(SEEN, method="leaf")):
            settings = replace(settings, min_cluster_size=size)
            before, found = cut(twins, settings), cut(twins, settings, said)
            together = np.intersect1d(before.labels[one], before.labels[other])
            fused += len(together[together >= 0]) > 0
            both = np.intersect1d(found.labels[asked[0]], found.labels[asked[1]])
            assert not (both >= 0).any()
    assert fused > 3, "this cast is no test"
    settings = replace(BLIND, min_cluster_size=20)
    before, found = cut(twins, settings), cut(twins, settings, said)
    new = np.concatenate([one[1::2], other[1::2]])
    clear = new[found.labels[new] >= 0]
    assert len(clear) > 0.8 * len(new)
    assert adjusted_rand_score(truth[clear], before.labels[clear]) < 0.2
    assert adjusted_rand_score(truth[clear], found.labels[clear]) > 0.8


def test_linked_clusters_are_one_whatever_is_turned_off():
    film = make_film()
    before = cut(film, BLIND)
    one, other = (np.flatnonzero(before.labels == label)[::2] for label in (0, 1))
    said = constrain(linked=[(one, other)])
    for settings in (BLIND, replace(BLIND, join_fragments=False), replace(SEEN, **OFF)):
        found = cut(film, settings, said)
        assert (found.labels[one] >= 0).any()
        labels = found.labels[np.concatenate([one, other])]
        values, counts = np.unique(labels[labels >= 0], return_counts=True)
        assert counts.max() > 0.9 * counts.sum(), values
    # A few strays of a group carry no cluster over to it.
    third = np.flatnonzero(before.labels == 2)
    said = constrain(linked=[(np.concatenate([one, third[:3]]), other)])
    found = cut(film, BLIND, said)
    assert found.labels[third[5]] != found.labels[one[5]] == found.labels[other[5]]


def test_noise_of_a_linked_group_goes_with_the_other():
    film = make_film()
    settings = replace(BLIND, join_noise=False)
    before = cut(film, settings)
    noise = np.flatnonzero(before.labels < 0)[:4]
    members = np.flatnonzero(before.labels == 0)
    found = cut(film, settings, constrain(linked=[(noise, members)]))
    assert set(found.labels[noise]) == {found.labels[members[0]]}
    said = constrain(linked=[(noise, members)], parted=[(noise[:1], members[:1])])
    found = cut(film, settings, said)
    assert found.labels[noise[0]] != found.labels[members[0]] == found.labels[noise[1]]


def test_placed_frames_are_where_they_were_put_and_lead_nobody_astray():
    film = make_film()
    before = cut(film, BLIND)
    home, stray = (np.flatnonzero(before.labels == label) for label in (0, 1))
    found = cut(film, BLIND, constrain(placed=[(stray[:2], home)]))
    assert set(found.labels[stray[:2]]) == {found.labels[home[0]]}
    assert (found.probabilities[stray[:2]] == 1).all()
    rest = np.setdiff1d(np.arange(len(before.labels)), stray[:2])
    assert adjusted_rand_score(before.labels[rest], found.labels[rest]) > 0.97
