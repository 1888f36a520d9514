"""Characters = clustering × decisions: the rules, one by one and under any sequence."""

import dataclasses
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterkit.clustering import Clustering
from clusterkit.decisions.characters import apply_decisions
from clusterkit.decisions.identities import find_active
from clusterkit.decisions.kinds import KINDS, choose_reference, format_line, make_decision
from clusterkit.decisions.kinds import parse_line as parse


class Story:
    """Decisions in the order they are made, about frames given by number."""

    def __init__(self):
        self.decisions = []

    def decide(self, kind, *groups, **values):
        after = self.decisions[-1].time if self.decisions else None
        frames = [[digest(number) for number in group] for group in groups]
        self.decisions.append(make_decision(kind, frames, values, after=after))
        return self.decisions[-1]


def digest(number):
    return f"{number:032x}"


def apply(labels, decisions, numbers=None):
    """Who is in each frame, as {name: [frame numbers]}."""
    labels = np.array(labels, np.int32)
    numbers = list(range(len(labels)) if numbers is None else numbers)
    clustering = Clustering(labels, np.ones(len(labels), np.float32), np.ones(len(labels), bool))
    found = apply_decisions(clustering, [digest(number) for number in numbers], decisions)
    groups = {}
    for number, label, rejected in zip(numbers, found.labels, found.rejected, strict=True):
        name = "rejected" if rejected else found.names.get(int(label), "noise")
        groups.setdefault(name, []).append(number)
    return groups


FOUR = [0] * 8 + [1] * 6 + [2] * 4 + [-1] * 2  # frames 0-7, 8-13, 14-17, and noise


@pytest.fixture
def story():
    return Story()


def test_without_decisions_the_clusters_are_the_characters():
    assert apply(FOUR, []) == {
        "character_000": [*range(8)],
        "character_001": [*range(8, 14)],
        "character_002": [*range(14, 18)],
        "noise": [18, 19],
    }


def test_a_name_follows_its_frames_whatever_number_the_cluster_gets(story):
    story.decide("name", range(8, 14), name="mai", was=None)
    other = [1] * 8 + [0] * 6 + [2] * 4 + [-1] * 2
    assert apply(FOUR, story.decisions)["mai"] == apply(other, story.decisions)["mai"]


def test_a_name_takes_along_the_new_frames_of_its_cluster(story):
    story.decide("name", range(8), name="mai", was=None)
    grown = FOUR + [0] * 30
    assert apply(grown, story.decisions)["mai"] == [*range(8), *range(20, 50)]


def test_a_stray_does_not_name_a_large_new_cluster(story):
    story.decide("name", range(8), name="mai", was=None)
    moved = [0] * 7 + [1] + [1] * 30
    assert apply(moved, story.decisions)["mai"] == [*range(7)]


def test_a_finer_cut_keeps_one_character_one(story):
    story.decide("name", range(8), name="mai", was=None)
    assert apply([0] * 5 + [3] * 3 + FOUR[8:], story.decisions)["mai"] == [*range(8)]


def test_a_coarser_cut_keeps_two_names_apart(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("name", range(8, 14), name="rei", was=None)
    found = apply([0] * 14 + FOUR[14:] + [0], story.decisions)
    assert found["mai"] == [*range(8), 20]  # the new frame goes with the majority
    assert found["rei"] == [*range(8, 14)]


def test_a_name_outlives_a_setting_that_makes_its_cluster_noise(story):
    story.decide("name", range(14, 18), name="mai", was=None)
    found = apply([0] * 8 + [1] * 6 + [-1] * 6, story.decisions)
    assert found["mai"] == [*range(14, 18)]
    assert found["noise"] == [18, 19]


def test_a_better_clustering_may_mend_a_stray_of_a_named_cluster(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("name", range(8, 14), name="rei", was=None)
    assert apply([0] * 7 + [1] + FOUR[8:], story.decisions)["rei"] == [*range(7, 14)]


def test_not_same_beats_any_similarity(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("name", range(8, 14), name="rei", was=None)
    story.decide("not-same", range(8), range(8, 14), names=["mai", "rei"])
    assert apply([0] * 7 + [1] + FOUR[8:], story.decisions)["mai"] == [*range(8)]
    assert apply([0] * 20, story.decisions)["rei"] == [*range(8, 14)]


def test_later_wins_between_merge_and_not_same(story):
    groups = range(8), range(8, 14)
    story.decide("merge", *groups, name="mai", names=[None, None])
    assert apply(FOUR, story.decisions)["mai"] == [*range(14)]
    story.decide("not-same", *groups, names=["mai", "mai"])
    found = apply(FOUR, story.decisions)
    assert found["mai"] == [*range(8)]
    assert found["character_001"] == [*range(8, 14)]
    story.decide("same", *groups, names=["mai", None])
    assert apply(FOUR, story.decisions)["mai"] == [*range(14)]


def test_two_people_who_give_one_name_mean_one_character(story):
    story.decide("name", range(8), name="ド", was=None)
    story.decide("name", range(8, 14), name="ド", was=None)  # another coding of the same text
    (name,) = set(apply(FOUR, story.decisions)) - {"character_002", "noise"}
    assert apply(FOUR, story.decisions)[name] == [*range(14)]


def test_a_new_name_replaces_the_old_one_for_absent_frames_too(story):
    story.decide("name", range(14), name="mai", was=None)
    story.decide("name", range(3), name="Mai", was="mai")  # seen in a part of the input
    assert apply([0] * 14, story.decisions) == {"Mai": [*range(14)]}


def test_moved_frames_stay_where_they_were_put(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("move", [18, 8, 9, 10, 11], range(8), [12, 13], to="mai")
    for labels in (FOUR, [0] * 20, [-1] * 20, [2] * 14 + [0] * 6):
        assert set(apply(labels, story.decisions)["mai"]) >= {18, 8, 9, 10, 11}
    # Most of the cluster was moved away; what remains does not follow.
    assert apply(FOUR, story.decisions)["character_001"] == [12, 13]


def test_a_split_holds_in_a_clustering_that_cannot_tell_the_parts(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("split", range(3, 8), [0, 1], [2], names=["rei", None])
    for labels in (FOUR, [0] * 20):
        found = apply(labels, story.decisions)
        assert found["rei"] == [0, 1]
        assert [2] in found.values()
        assert set(found["mai"]) >= {*range(3, 8)}


def test_a_rejected_frame_never_returns(story):
    story.decide("reject", [3])
    story.decide("move", [3], range(8, 14), to=None)
    story.decide("name", range(8), name="mai", was=None)
    assert apply(FOUR, story.decisions)["rejected"] == [3]
    story.decide("undo", of=story.decisions[0].id)
    assert "rejected" not in apply(FOUR, story.decisions)


def test_a_person_may_use_the_name_of_an_unnamed_character(story):
    story.decide("name", range(8, 14), name="character_000", was=None)
    found = apply(FOUR, story.decisions)
    assert found["character_000"] == [*range(8, 14)]
    assert found["character_000 (2)"] == [*range(8)]


def test_an_undo_can_be_undone(story):
    story.decide("name", range(8), name="mai", was=None)
    undo = story.decide("undo", of=story.decisions[0].id)
    assert "mai" not in apply(FOUR, story.decisions)
    story.decide("undo", of=undo.id)
    assert apply(FOUR, story.decisions)["mai"] == [*range(8)]


N_FRAMES = 14
groups = st.sets(st.integers(0, N_FRAMES - 1), min_size=1, max_size=8)
some_name = st.sampled_from(["mai", "rei", "Mai", "../x", "ド", "noise", "character_000"])
maybe_name = st.none() | some_name


@st.composite
def stories(draw, most=12):
    """Any decisions at all, sensible or not, undos of any earlier one among them."""
    story = Story()
    for kind in draw(st.lists(st.sampled_from(KINDS), max_size=most)):
        if kind == "name":
            story.decide(kind, draw(groups), name=draw(some_name), was=draw(maybe_name))
        elif kind in ("merge", "same", "not-same"):
            names = [draw(maybe_name), draw(maybe_name)]
            story.decide(kind, draw(groups), draw(groups), names=names)
        elif kind == "split":
            story.decide(kind, draw(groups), draw(groups), names=[draw(maybe_name)])
        elif kind in ("move", "confirm"):
            story.decide(kind, draw(groups), draw(groups), to=draw(maybe_name))
        elif kind == "reject":
            story.decide(kind, draw(groups))
        elif story.decisions:
            story.decide(kind, of=draw(st.sampled_from(story.decisions)).id)
    return story.decisions


clusterings = st.lists(st.integers(-1, 4), min_size=N_FRAMES, max_size=N_FRAMES)


@given(stories(), clusterings, st.randoms())
def test_replay_gives_the_same_whatever_the_order_of_lines_and_rows(decisions, labels, chance):
    expected = apply(labels, decisions)
    again = [parse(format_line(decision)) for decision in decisions]
    chance.shuffle(again)
    assert apply(labels, again) == expected
    rows = list(range(N_FRAMES))
    chance.shuffle(rows)
    shuffled = apply([labels[row] for row in rows], again, rows)
    assert {name: sorted(frames) for name, frames in shuffled.items()} == expected


@given(stories(), clusterings)
def test_every_frame_is_in_one_place_and_rejected_ones_stay_out(decisions, labels):
    found = apply(labels, decisions)
    assert sorted(frame for frames in found.values() for frame in frames) == [*range(N_FRAMES)]
    rejected = {
        frame for decision in find_active(decisions) if decision.kind == "reject"
        for frame in decision.frames[0]
    }  # fmt: skip
    assert {digest(frame) for frame in found.get("rejected", [])} == rejected


@settings(max_examples=200)
@given(stories(), clusterings, st.data())
def test_undo_is_exact_for_any_decision(decisions, labels, data):
    plain = [decision for decision in decisions if decision.kind != "undo"]
    if not plain:
        return
    target = data.draw(st.sampled_from(plain))
    story = Story()
    story.decisions = list(plain)
    story.decide("undo", of=target.id)
    without = [decision for decision in plain if decision is not target]
    assert apply(labels, story.decisions) == apply(labels, without)
    story.decide("undo", of=story.decisions[-1].id)
    assert apply(labels, story.decisions) == apply(labels, plain)


@given(stories(), clusterings, clusterings)
def test_a_name_in_force_is_found_in_every_clustering(decisions, labels, others):
    """A setting never makes a name disappear: only a decision does."""
    usual = {"noise", "rejected"} | {f"character_{n:03d}" for n in range(30)}

    def count_named(labels):
        return {name for name in apply(labels, decisions) if name not in usual and "(" not in name}

    # What one clustering shows named, another shows too, if only by frames that stay.
    assert count_named(labels) == count_named(others)


def test_a_reference_is_the_same_sample_everywhere():
    digests = [f"{random.Random(number).getrandbits(128):032x}" for number in range(100)]
    assert choose_reference(digests) == choose_reference(reversed(digests))
    assert len(choose_reference(digests)) == 32


def test_the_time_decides_not_the_line(story):
    story.decide("name", range(8), name="mai", was=None)
    story.decide("name", range(8), name="rei", was=None)
    first, second = story.decisions
    swapped = [dataclasses.replace(first, time=second.time, id="zzzz"), second]
    assert set(apply(FOUR, swapped)) >= {"mai" if second.id < "zzzz" else "rei"}
