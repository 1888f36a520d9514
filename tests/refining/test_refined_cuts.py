"""The steps together, through `arrange_frames` and `cut_arrangement`."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from clusterkit.clustering import arrange_frames, cut_arrangement
from clusterkit.cuts import cut_hierarchy
from clusterkit.invocation import write_command
from clusterkit.pipeline import describe_refinement
from clusterkit.refining.constraints import constrain
from clusterkit.settings import ClusterSettings, Settings

OFF = {"split_fused": False, "join_fragments": False, "join_noise": False, "moments": False}
SEEN = ClusterSettings(min_cluster_size=8, min_samples=3)
BLIND = replace(SEEN, temporal_weight=0.0)


def make_film(seed=0):
    """A cast of eight, three of them to a scene; some moments show two. Rows, frames, truth."""
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(8, 32))
    rows, table, truth = [], [], []
    for scene in range(50):
        cast = rng.choice(8, 3, replace=False)
        for shot in range(9):
            for name in rng.permutation(cast)[: 1 + (shot % 3 == 0)]:
                rows.append(who[name] + rng.normal(size=32) * (0.9 if rng.random() < 0.2 else 0.5))
                table.append(("episode_001", scene, 10 * shot, 10.0 * shot))
                truth.append(name)
    rows = np.array(rows, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    frames = pd.DataFrame(table, columns=["episode", "scene", "frame", "seconds"])
    return rows, frames.astype({"scene": "Int64", "frame": "Int64"}), np.array(truth)


@pytest.fixture(scope="module")
def film():
    return make_film()


def arrange(film, settings, **said):
    rows, frames, _ = film
    return arrange_frames(rows, frames, np.ones(len(rows), bool), settings, **said)


def test_with_all_steps_off_a_cut_is_hdbscans(film):
    arrangement = arrange(film, BLIND)
    found = cut_arrangement(arrangement, replace(BLIND, **OFF))
    plain = cut_hierarchy(arrangement.hierarchy, min_cluster_size=8)
    assert adjusted_rand_score(found.labels, plain.labels) == 1
    assert (found.splits, found.joins, found.n_joined) == ((), (), 0)


def test_refining_sorts_better_and_leaves_less(film):
    truth = film[2]
    plain = cut_arrangement(arrange(film, BLIND), replace(BLIND, **OFF))
    blind = cut_arrangement(arrange(film, BLIND), BLIND)
    seen = cut_arrangement(arrange(film, SEEN), SEEN)
    noise = [int((one.labels < 0).sum()) for one in (plain, blind, seen)]
    scores = [adjusted_rand_score(truth, one.labels) for one in (plain, blind, seen)]
    assert noise[0] > noise[1]
    assert noise[0] > noise[2]
    assert scores[0] < scores[1]
    assert scores[0] < scores[2]


def test_joined_frames_are_counted_told_and_less_firm(film):
    found = cut_arrangement(arrange(film, BLIND), BLIND)
    plain = cut_arrangement(arrange(film, BLIND), replace(BLIND, join_noise=False))
    joined = (found.labels >= 0) & (plain.labels < 0)
    assert found.n_joined == joined.sum() > 0
    assert (found.probabilities[joined] > 0).all()
    assert (found.probabilities[joined] <= 0.5).all()
    assert any(f"{joined.sum()} frames" in notice for notice in describe_refinement(found))
    # What would have been offered is still told where it is not done.
    assert (plain.offers[joined] >= 0).all()
    assert (plain.offers[plain.labels >= 0] == -1).all()
    assert adjusted_rand_score(plain.offers[joined], found.labels[joined]) > 0.9


def test_frames_of_one_moment_are_not_in_one_cluster(film):
    rows, frames, _ = film
    twice = pd.concat([frames, frames.iloc[[5]]], ignore_index=True)
    # A second frame at the moment of the fifth that looks like another character.
    other = rows[np.flatnonzero(film[2] != film[2][5])[0]]
    settings = replace(SEEN, temporal_weight=0.5)
    arrangement = arrange_frames(
        np.vstack([rows, other]), twice, np.ones(len(rows) + 1, bool), settings
    )
    found = cut_arrangement(arrangement, settings)
    rivals = arrangement.evidence.rivals
    unlike = rivals.weights >= 0.5
    one, two = found.labels[rivals.first[unlike]], found.labels[rivals.second[unlike]]
    assert unlike.sum() > 20
    assert not ((one == two) & (one >= 0)).any()


def test_what_a_person_said_holds(film):
    settings = BLIND
    before = cut_arrangement(arrange(film, settings), settings)
    first, second = (int(np.flatnonzero(before.labels == label)[0]) for label in (0, 1))
    mates = np.flatnonzero(before.labels == 0)
    linked = arrange(film, settings, constraints=constrain(linked=[([first], [second])]))
    found = cut_arrangement(linked, settings)
    assert found.labels[first] == found.labels[second] >= 0
    assert found.n_clusters == before.n_clusters - 1
    assert len(found.joins) == 1
    assert "1 pair of groups" in describe_refinement(found)[0]
    parted = arrange(film, settings, constraints=constrain(parted=[([first], [mates[1]])]))
    found = cut_arrangement(parted, settings)
    assert found.labels[first] != found.labels[mates[1]]


def test_constraints_on_frames_that_take_no_part_are_passed_over(film):
    rows, frames, _ = film
    selected = np.ones(len(rows), bool)
    selected[:3] = False
    arrangement = arrange_frames(
        rows,
        frames,
        selected,
        BLIND,
        constrain(linked=[([0], [10]), ([1, 4], [10])], parted=[([1], [4])]),
    )
    said = arrangement.evidence.constraints
    assert [[rows.tolist() for rows in pair] for pair in said.linked] == [[[1], [7]]]
    assert said.parted == ()


def test_a_step_that_is_off_is_an_option_of_the_command():
    settings = Settings(clustering=ClusterSettings(join_noise=False))
    assert write_command(None, None, settings).endswith("--no-join-noise")
