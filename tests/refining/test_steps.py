"""Each step of refining, on groups of rows that are made to be told apart, or not to be."""

import numpy as np
import pandas as pd
import pytest

from clusterkit import refining
from clusterkit.hierarchy import build_hierarchy
from clusterkit.refining.constraints import constrain
from clusterkit.refining.evidence import Evidence, Pairs
from clusterkit.refining.fragments import join_fragments
from clusterkit.refining.groups import compare_groups, find_typical, sum_groups
from clusterkit.refining.noise import join_noise, offer_noise, release_rivals
from clusterkit.refining.splitting import split_fused
from clusterkit.settings import ClusterSettings

NOISE = 0.25


def make_rows(centres, sizes, seed=0, noise=NOISE):
    """Unit rows around centres, and which centre each is of."""
    rng = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(centres)), sizes)
    rows = np.asarray(centres, float)[truth]
    rows = rows + noise * rng.normal(size=rows.shape) / np.sqrt(rows.shape[1])
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), truth


def make_centres(count, dimensions=24, seed=1):
    centres = np.random.default_rng(seed).normal(size=(count, dimensions))
    return centres / np.linalg.norm(centres, axis=1, keepdims=True)


def pair(*pairs, weight=1.0):
    first, second = np.array(pairs).T
    return Pairs(first, second, np.full(len(pairs), weight))


def know(rows, **evidence):
    return Evidence((rows,), np.full(len(rows), -1), **evidence)


def test_alikeness_has_the_shows_own_scale():
    """0 for any two characters, 1 for one character cut in two: however spread out all are."""
    for noise in (0.1, 0.6):
        rows, truth = make_rows(make_centres(6), 60, noise=noise)
        halves = 2 * truth + np.arange(len(truth)) % 2
        groups = sum_groups(rows, halves, 12)
        of = np.arange(12) // 2
        alike = compare_groups(groups, find_typical(groups, of[:, None] != of[None, :]))
        one = (of[:, None] == of[None, :]) & ~np.eye(12, dtype=bool)
        assert alike[one].min() > 0.9
        assert abs(np.median(alike[of[:, None] != of[None, :]])) < 0.05


def test_groups_know_their_pairs():
    rows, truth = make_rows(make_centres(3), 9)
    groups = sum_groups(rows, truth, 3)
    cosines = rows @ rows.T
    apart = ~np.eye(9, dtype=bool)
    for one in range(3):
        within = cosines[np.ix_(truth == one, truth == one)][apart].mean()
        assert groups.measure_within()[one] == pytest.approx(within, abs=1e-5)
    between = cosines[np.ix_(truth == 0, truth == 2)].mean()
    assert groups.measure_between()[0, 2] == pytest.approx(between, abs=1e-5)
    joined = groups.join(0, 2)
    both = np.isin(truth, (0, 2))
    assert joined.sizes.tolist() == [18, 9]
    np.testing.assert_allclose(joined.sums[0], rows[both].sum(axis=0), rtol=1e-4, atol=1e-4)


def test_a_cluster_of_two_characters_is_split_and_one_of_two_views_is_not():
    centres = make_centres(6)
    views = centres[0] + np.array([[0.0], [0.6]]) * make_centres(2, seed=9)[1]
    rows, truth = make_rows(np.concatenate([views, centres[1:]]), 30)
    # Leaves as drawn; excess of mass took both views for one cluster, and two characters for one.
    labels = np.array([0, 0, 1, 1, 2, 3, 4])[truth]
    split, splits = split_fused(labels, truth, know(rows))
    assert [(one.size, one.parts) for one in splits] == [(60, (30, 30))]
    assert len(np.unique(split[truth <= 1])) == 1
    assert len(np.unique(split[(truth == 2) | (truth == 3)])) == 2
    assert len(np.unique(split)) == 6


@pytest.mark.parametrize("n_others", [0, 1])
def test_a_cluster_that_swallowed_the_cast_is_split(n_others):
    """Nothing outside it tells how alike two characters are: its own many leaves do."""
    centres = make_centres(9, dimensions=200)
    rows, truth = make_rows(np.concatenate([centres[:1] + 0.3 * centres[1:2], centres]), 20)
    labels = np.where(truth < 10 - n_others, 0, 1)
    split, splits = split_fused(labels, truth, know(rows))
    assert len(splits) == 1
    assert len(np.unique(split[truth <= 1])) == 1  # two views of one character
    assert len(np.unique(split)) == 9


def test_a_few_frames_of_another_character_leave_a_cluster_that_took_them_in():
    """Too few to be a cluster, they are noise; and a cluster is never left with nothing."""
    rows, truth = make_rows(make_centres(6), [40, 6, 20, 20, 6, 6])
    labels = np.array([0, 0, 1, 2, 3, 3])[truth]
    split, splits = split_fused(labels, truth, know(rows), min_cluster_size=10)
    assert [(one.size, one.parts, one.n_small) for one in splits] == [(46, (40, 6), 1)]
    assert (split[truth == 1] == -1).all()
    assert [len(np.unique(split[labels == cluster])) for cluster in (1, 2, 3)] == [1, 1, 1]
    assert np.count_nonzero(split >= 0) == 40 + 20 + 20 + 12


def test_what_lay_between_the_parts_is_noise():
    rows, truth = make_rows(make_centres(5), 20)
    labels = np.array([0, 0, 1, 2, 3])[truth]
    leaves = truth.copy()
    leaves[[3, 25]] = -1
    split, _ = split_fused(labels, leaves, know(rows))
    assert split[[3, 25]].tolist() == [-1, -1]
    assert (np.delete(split, [3, 25]) >= 0).all()


def test_people_and_moments_decide_about_parts():
    centres = make_centres(5)
    rows, truth = make_rows(np.concatenate([centres[:1], centres]), 20)
    labels = np.array([0, 0, 0, 1, 2, 3])[truth]  # 0 and 1 are one character, 2 is another
    twins = constrain(parted=[(range(3), range(20, 23))])
    parted = split_fused(labels, truth, know(rows, constraints=twins))[0]
    assert len(np.unique(parted[truth <= 1])) == 2
    seen = split_fused(labels, truth, know(rows, rivals=pair((0, 20))))[0]
    assert len(np.unique(seen[truth <= 1])) == 2
    mirror = split_fused(labels, truth, know(rows, rivals=pair((0, 20), weight=0.1)))[0]
    assert len(np.unique(mirror[truth <= 1])) == 1
    one = constrain(linked=[([0], [40]), ([20], [40])])
    linked = split_fused(labels, truth, know(rows, constraints=one))[0]
    assert len(np.unique(linked[truth <= 2])) == 1


def make_fragments():
    """Five characters of which the first is in two clusters that share all their scenes.

    Returns rows, labels and scenes. Characters 2 and 3 look alike and never meet.
    """
    centres = make_centres(5)
    other = make_centres(7, seed=5)
    fragments = [centres[0] + 0.6 * other[0], centres[0] - 0.6 * other[0]]
    twins = [centres[1] + 0.5 * other[1], centres[1] - 0.5 * other[1]]
    centres = np.array([*fragments, *twins, *centres[2:]])
    rows, labels = make_rows(centres / np.linalg.norm(centres, axis=1, keepdims=True), 24)
    scenes = np.where(labels <= 1, 0, 6 * (labels - 1)) + np.arange(len(labels)) % 6
    return rows, labels, scenes


def test_fragments_that_share_their_scenes_are_joined_and_twins_are_not():
    rows, labels, scenes = make_fragments()
    joined, joins = join_fragments(labels, Evidence((rows, rows), scenes))
    assert [(one.sizes, one.shared) for one in joins] == [((24, 24), 6)]
    assert labels[joins[0].row] in (0, 1)
    assert len(np.unique(joined[labels <= 1])) == 1
    assert len(np.unique(joined)) == 6


def test_without_scenes_nothing_is_joined():
    rows, labels, scenes = make_fragments()
    for silent in (np.full(len(rows), -1), np.zeros(len(rows), int)):  # no scene, or one
        joined, joins = join_fragments(labels, Evidence((rows, rows), silent))
        np.testing.assert_array_equal(joined, labels)
        assert joins == ()
    few = np.where(scenes < 2, scenes, scenes + 100 * labels)  # two shared scenes are chance
    assert join_fragments(labels, Evidence((rows, rows), few))[1] == ()


@pytest.mark.parametrize(("n_pairs", "is_joined"), [(2, True), (12, False)])
def test_where_many_look_alike_a_few_shared_scenes_are_chance(n_pairs, is_joined):
    # One pair shares 3 of 40 scenes, of 4 each: chance 0.0016. The others have a scene each.
    pairs = make_centres(24)[:n_pairs]
    other = np.roll(pairs, 1, axis=1)
    centres = np.concatenate([pairs + 0.3 * other, pairs - 0.3 * other])
    rows, labels = make_rows(centres / np.linalg.norm(centres, axis=1, keepdims=True), 24)
    first, second = labels % n_pairs == 0, labels >= n_pairs
    place = np.arange(len(rows)) % 4
    scenes = np.where(first, place + second, 10 + labels)
    scenes[-1] = 39
    _, joins = join_fragments(labels, Evidence((rows, rows), scenes))
    assert bool(joins) is is_joined


def test_one_moment_or_a_person_keeps_fragments_apart_and_a_person_joins_any():
    rows, labels, scenes = make_fragments()
    apart = constrain(parted=[(range(3), range(24, 27))])
    for veto in ({"rivals": pair((0, 24))}, {"constraints": apart}):
        assert join_fragments(labels, Evidence((rows, rows), scenes, **veto))[1] == ()
    said = {"rivals": pair((0, 24)), "constraints": constrain(linked=[([0], [24])])}
    assert len(join_fragments(labels, Evidence((rows, rows), scenes, **said))[1]) == 1
    told = constrain(linked=[([0], [140])])
    unlike = Evidence((rows,), np.full(len(rows), -1), constraints=told)
    joined, joins = join_fragments(labels, unlike, by_scenes=False)
    assert joined[0] == joined[140]
    assert len(joins) == 1


def make_strays():
    """Eight characters; then 8 frames of each, a little off, and 40 strangers: those are noise."""
    centres = make_centres(48)
    rng = np.random.default_rng(3)
    rows, truth = make_rows(centres[:8], 40)
    off, off_truth = make_rows(centres[:8], 8, seed=4, noise=0.5)
    strangers = centres[8:] + 0.1 * rng.normal(size=(40, 24))
    strangers /= np.linalg.norm(strangers, axis=1, keepdims=True)
    everything = np.concatenate([rows, off, strangers]).astype(np.float32)
    truth = np.concatenate([truth, off_truth, np.full(40, -1)])
    labels = np.where(np.arange(len(truth)) < 320, truth, -1)
    return everything, truth, labels


def test_noise_is_offered_to_its_own_character_and_strangers_stay():
    rows, truth, labels = make_strays()
    evidence = know(rows)
    offers = offer_noise(labels, labels, evidence)
    own, strange = (labels < 0) & (truth >= 0), truth < 0
    assert (offers.clusters[own] == truth[own]).mean() > 0.95
    assert offers.probabilities[own].mean() > 0.9
    assert offers.probabilities[strange].mean() < 0.1
    assert (offers.clusters[labels >= 0] == -1).all()
    joined = join_noise(labels, offers, evidence)
    np.testing.assert_array_equal(joined[:320], labels[:320])
    assert (joined[own] == truth[own]).mean() > 0.9
    assert (joined[strange] == -1).mean() > 0.9


def test_offers_do_not_depend_on_the_order_of_rows():
    rows, _, labels = make_strays()
    order = np.random.default_rng(0).permutation(len(rows))
    offers = offer_noise(labels, labels, know(rows))
    again = offer_noise(labels[order], labels[order], know(rows[order]))
    np.testing.assert_array_equal(again.clusters, offers.clusters[order])
    np.testing.assert_allclose(again.probabilities, offers.probabilities[order], atol=1e-3)


def test_noise_never_joins_what_it_is_parted_from():
    rows, truth, labels = make_strays()
    row = int(np.flatnonzero((labels < 0) & (truth == 2))[0])
    member = int(np.flatnonzero(labels == 2)[0])
    apart = constrain(parted=[([row], [member])])
    for veto in ({"constraints": apart}, {"rivals": pair((member, row))}):
        evidence = know(rows, **veto)
        offers = offer_noise(labels, labels, evidence)
        assert offers.clusters[row] != 2
        assert join_noise(labels, offers, evidence)[row] != 2


def test_a_frame_follows_its_tracklet():
    rows, truth, labels = make_strays()
    stranger = int(np.flatnonzero(truth < 0)[0])
    companions = pair(*((stranger, mate) for mate in np.flatnonzero(labels == 5)[:5]), weight=0.9)
    evidence = know(rows, companions=companions)
    offers = offer_noise(labels, labels, evidence)
    assert join_noise(labels, offers, evidence)[stranger] == 5
    assert join_noise(labels, offers, evidence, tracklets=False)[stranger] == -1
    unsure = know(rows, companions=Pairs(companions.first, companions.second, np.full(5, 0.6)))
    assert join_noise(labels, offers, unsure)[stranger] == -1


def test_of_two_that_cannot_be_one_the_firmer_stays():
    rows, _, labels = make_strays()
    firm = np.ones(len(rows))
    firm[3] = 0.2
    released = release_rivals(labels, firm, know(rows, rivals=pair((3, 4))))
    assert np.flatnonzero(released != labels).tolist() == [3]
    mirror = release_rivals(labels, firm, know(rows, rivals=pair((3, 4), weight=0.2)))
    np.testing.assert_array_equal(mirror, labels)


def test_few_clusters_and_none_are_left_alone():
    rows, truth = make_rows(make_centres(2), 20)
    for labels in (np.full(40, -1), np.zeros(40, int), truth):
        evidence = Evidence((rows,), np.zeros(40, int))
        np.testing.assert_array_equal(split_fused(labels, labels, evidence)[0], labels)
        np.testing.assert_array_equal(join_fragments(labels, evidence)[0], labels)
        offers = offer_noise(labels, labels, evidence)
        np.testing.assert_array_equal(join_noise(labels, offers, evidence), labels)


def test_pairs_tally_between_groups():
    labels = np.array([0, 0, 1, -1])
    tally = pair((0, 2), (1, 2), (0, 3), weight=0.5).tally(labels, 2)
    np.testing.assert_allclose(tally, [[0, 1], [1, 0]])
    assert pd.isna(tally).sum() == 0


def test_what_is_large_is_looked_at_whole_before_parts_are_compared(monkeypatch):
    """What the guard breaks a crowd into becomes noise, and joins what is left of it."""
    steps = ("split_giants", "split_crowds", "split_fused")
    taken = []

    def watch(name, step):
        def watched(*arguments):
            taken.append(name)
            return step(*arguments)

        monkeypatch.setattr(refining, name, watched)

    for name in steps:
        watch(name, getattr(refining, name))
    rows, _ = make_rows(make_centres(4), [20] * 4)
    evidence = Evidence((rows,), np.full(len(rows), -1))
    refining.refine_cut(build_hierarchy(rows), evidence, ClusterSettings())
    assert tuple(taken) == steps
