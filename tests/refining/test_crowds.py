"""Characters in one uniform are told apart; one character with many views is not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clusterkit.clustering import arrange_frames, cut_arrangement
from clusterkit.pipeline import describe_refinement
from clusterkit.refining import crowds
from clusterkit.refining.constraints import constrain
from clusterkit.refining.crowds import split_crowds, split_giants
from clusterkit.refining.evidence import Evidence
from clusterkit.settings import ClusterSettings

SETTINGS = ClusterSettings(temporal_weight=0.0)
DIMENSIONS = 48
UNIFORMED = 0.34
"""Noise about the longer centres of a crowd that is as wide as 0.3 about an ordinary one."""


def draw(centres, sizes, noise, rng):
    """Rows around centres, and which centre each is of."""
    truth = np.repeat(np.arange(len(centres)), sizes)
    rows = centres[truth] + noise * rng.normal(size=(len(truth), DIMENSIONS)) / DIMENSIONS**0.5
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def make_show(seed=0, *, noise, n_ordinary=8, size=16, n_members=5, apart=0.5):
    """Eight ordinary characters, and a cluster of some groups about one centre.

    Groups of the same noise as the ordinary characters are five characters in one uniform; narrow
    ones are the views of one character.
    """
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    others, ordinary = draw(directions[:n_ordinary], size, 0.3, rng)
    uniform, members = directions[-1], directions[n_ordinary : n_ordinary + n_members]
    crowd, member = draw(uniform + apart * members, size, noise, rng)
    rows = np.concatenate([others, crowd])
    return rows, np.concatenate([ordinary, n_ordinary + member]), n_ordinary


def know(rows, scenes=None):
    return Evidence((rows,), np.full(len(rows), -1) if scenes is None else scenes)


@pytest.mark.parametrize("step", [split_giants, split_crowds])
def test_characters_in_one_uniform_are_told_apart(step):
    rows, truth, n_ordinary = make_show(noise=UNIFORMED)
    labels = np.minimum(truth, n_ordinary)
    found, splits = step(labels, know(rows), SETTINGS)
    assert [(split.size, split.is_crowd) for split in splits] == [(80, True)]
    assert len(splits[0].parts) == 5
    for one in range(truth.max() + 1):
        counts = np.unique(found[truth == one], return_counts=True)[1]
        assert counts.max() >= 14 or one < n_ordinary
    np.testing.assert_array_equal(found[truth < n_ordinary], truth[truth < n_ordinary])


@pytest.mark.parametrize("step", [split_giants, split_crowds])
def test_views_of_a_leading_character_stay_together(step):
    """As far from one another as the characters above, but each much narrower than a character."""
    rows, truth, n_ordinary = make_show(noise=0.1)
    labels = np.minimum(truth, n_ordinary)
    found, splits = step(labels, know(rows), SETTINGS)
    assert splits == ()
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize("step", [split_giants, split_crowds])
def test_a_crowd_only_in_what_was_learnt_stays_together(step):
    """Learning widens the views of a lead, who has most of what teaches; the embeddings object."""
    learnt, truth, n_ordinary = make_show(noise=UNIFORMED)
    labels = np.minimum(truth, n_ordinary)
    embeddings = make_show(noise=0.1)[0]
    assert step(labels, know(learnt), SETTINGS)[1]
    assert step(labels, replace(know(learnt), embeddings=embeddings), SETTINGS)[1] == ()


def test_without_enough_clusters_nothing_is_usual():
    rows, truth, _ = make_show(noise=UNIFORMED, n_ordinary=3)
    labels = np.minimum(truth, 3)
    assert split_crowds(labels, know(rows), SETTINGS)[1] == ()
    assert split_giants(np.minimum(truth, 1), know(rows), SETTINGS)[1] == ()
    assert split_giants(labels, know(rows), SETTINGS)[1] == ()  # five parts: outfits, perhaps
    rows, truth, _ = make_show(noise=UNIFORMED, n_ordinary=3, n_members=8)
    assert len(split_giants(np.minimum(truth, 3), know(rows), SETTINGS)[1]) == 1


def test_a_giant_of_many_parts_need_not_be_as_wide():
    """Six groups are more than the views of a character; four are not, at the same width."""
    for n_members, n_splits in ((8, 1), (4, 0)):
        rows, truth, n_ordinary = make_show(noise=0.24, n_members=n_members, apart=0.28)
        labels = np.minimum(truth, n_ordinary)
        widths = crowds._measure_widths(rows, labels, n_ordinary + 1)
        assert crowds.GIANT_WIDE < widths[-1] / np.median(widths) < crowds.WIDE
        assert len(split_giants(labels, know(rows), SETTINGS)[1]) == n_splits


def test_parts_that_share_their_scenes_are_one_character():
    rows, truth, n_ordinary = make_show(noise=UNIFORMED)
    labels = np.minimum(truth, n_ordinary)
    rng = np.random.default_rng(0)
    scenes = rng.integers(0, 40, len(rows))
    scenes[truth >= n_ordinary] = np.tile(np.arange(40, 48), 10)  # all five, in the same eight
    assert split_giants(labels, know(rows, scenes), SETTINGS)[1] == ()
    apart = np.where(truth >= n_ordinary, 8 * truth + np.arange(len(rows)) % 8, scenes)
    assert len(split_giants(labels, know(rows, apart), SETTINGS)[1]) == 1


def test_a_crowd_is_looked_at_about_its_own_mean():
    """Members who show now more, now less of themselves meet in the middle, where all are alike."""
    rng = np.random.default_rng(1)
    directions = np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    truth = np.repeat(np.arange(5), 30)
    strength = rng.uniform(0.06, 0.5, (len(truth), 1))
    rows = directions[-1] + strength * directions[truth]
    rows += 0.05 * rng.normal(size=rows.shape) / DIMENSIONS**0.5
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    parts = crowds._cluster_apart(rows.astype(np.float32), 10, 5)
    assert adjusted_rand_score(truth[parts >= 0], parts[parts >= 0]) > 0.95
    assert np.mean(parts < 0) < 0.2


def test_what_was_found_inside_is_found_once(monkeypatch):
    rows, truth, n_ordinary = make_show(noise=UNIFORMED)
    labels, evidence = np.minimum(truth, n_ordinary), know(rows)
    first = split_crowds(labels, evidence, SETTINGS)
    monkeypatch.setattr(crowds, "build_hierarchy", None)
    again = split_crowds(labels, evidence, SETTINGS)
    np.testing.assert_array_equal(first[0], again[0])
    assert first[1] == again[1]
    with pytest.raises(TypeError):  # another setting is another question
        split_crowds(labels, evidence, ClusterSettings(min_cluster_size=9))


def test_only_so_much_is_remembered(monkeypatch):
    monkeypatch.setattr(crowds, "MOST_REMEMBERED", 2)
    rows, truth, n_ordinary = make_show(noise=UNIFORMED)
    evidence = know(rows)
    for size in (8, 9, 10, 11):
        settings = ClusterSettings(min_cluster_size=size)
        split_crowds(np.minimum(truth, n_ordinary), evidence, settings)
    assert len(evidence.insights) == 2


def arrange_crowd(said=None):
    """A show whose crowd no depth of its hierarchy parts: what is of the crowd, and who of it."""
    rng = np.random.default_rng(3)
    directions = np.linalg.qr(rng.normal(size=(DIMENSIONS, DIMENSIONS)))[0]
    others, _ = draw(directions[:8], 16, 0.3, rng)
    crowd, member = draw(directions[-1] + 0.27 * directions[8:13], 40, 0.3, rng)
    rows = np.concatenate([others, crowd])
    nothing = pd.array([pd.NA] * len(rows), "Int64")
    frames = pd.DataFrame({"episode": "e", "scene": nothing, "frame": nothing, "seconds": nothing})
    arranged = arrange_frames(rows, frames, np.ones(len(rows), bool), SETTINGS, said)
    return arranged, np.concatenate([np.full(len(others), -1), member])


def test_a_run_tells_of_a_crowd_and_can_leave_it_whole():
    arranged, member = arrange_crowd()
    whole = cut_arrangement(arranged, replace(SETTINGS, split_fused=False))
    assert len(np.unique(whole.labels[(member >= 0) & (whole.labels >= 0)])) == 1
    found = cut_arrangement(arranged, SETTINGS)
    assert [split.is_crowd for split in found.splits] == [True]
    assert found.n_clusters > whole.n_clusters
    (told,) = [line for line in describe_refinement(found) if "crowd" in line]
    assert "a crowd of characters who look alike (" in told
    assert "--no-split-fused keeps it whole" in told


def test_whom_a_person_linked_no_crowd_parts():
    arranged, member = arrange_crowd()
    found = cut_arrangement(arranged, SETTINGS).labels
    of = [np.flatnonzero((member == one) & (found >= 0)) for one in (0, 1)]
    first, second = (np.bincount(found[rows]).argmax() for rows in of)
    assert first != second
    one, other = np.flatnonzero(found == first), np.flatnonzero(found == second)
    arranged, _ = arrange_crowd(constrain(linked=[(one.tolist(), other.tolist())]))
    joined = cut_arrangement(arranged, SETTINGS).labels
    assert len(np.unique(joined[np.concatenate([one, other])])) == 1
    assert len(np.unique(joined[(member >= 0) & (joined >= 0)])) > 1
