"""The labelling page without a browser: actions in, states out, and everything in the log."""

import shutil

import numpy as np
import pytest
from conftest import write_show

import clusterkit
from clusterkit.decisions.log import read_log
from clusterkit.labelling.session import Labelling
from clusterkit.labelling.state import DOUBT_ENTRY, NOISE_ENTRY, REJECTED_ENTRY


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Three characters of 24 frames; made once, copied for each test."""
    folder = tmp_path_factory.mktemp("labelling")
    write_show(folder / "show")
    clusterkit.cluster_characters(
        folder / "show", folder / "out", model="builtin", progress=False, visualize=False
    )
    return folder / "out"


@pytest.fixture
def labelling(made, tmp_path):
    shutil.copytree(made, tmp_path / "out", symlinks=True)
    return Labelling(clusterkit.load_result(tmp_path / "out"))


def read_names(state):
    return {card.name for card in state.cards}


def test_what_remains_falls_with_every_name(labelling):
    remaining = [labelling.state.n_remaining]
    for number, name in enumerate(["mai", "rei", "ド"]):
        remaining.append(labelling.update("rename", number=number, name=name).n_remaining)
    assert remaining == sorted(remaining, reverse=True)
    assert remaining[0] - remaining[-1] == 3
    assert read_names(labelling.state) == {"mai", "rei", "ド"}


def test_every_action_is_on_the_disk_before_the_state_is_there(labelling):
    folder = labelling.result.output_dir
    for action in ({"action": "rename", "number": 0, "name": "mai"},
                   {"action": "merge", "numbers": [1, 2]}):  # fmt: skip
        state = labelling.update(**action)
        assert len(read_log(folder).decisions) == state.n_decisions
    again = Labelling(clusterkit.load_result(folder))
    assert read_names(again.state) == read_names(labelling.state)
    assert [card.n_frames for card in again.state.cards] == [48, 24]


def test_the_largest_gives_a_merger_its_name(labelling):
    labelling.update("merge", numbers=[0, 1])
    labelling.update("rename", number=0, name="large")
    labelling.update("rename", number=2, name="small")
    state = labelling.update("merge", numbers=[2, 0])
    assert read_names(state) == {"large"}


def test_splitting_moving_rejecting_and_back(labelling):
    state = labelling.update("open", number=0)
    rows = state.opened.rows
    assert sorted(row for group in state.opened.groups for row in group) == list(rows)
    state = labelling.update("split", rows=rows[:5])
    assert sorted(card.n_frames for card in state.cards) == [5, 19, 24, 24]
    state = labelling.update("move", rows=rows[5:7], to=1)
    assert sorted(card.n_frames for card in state.cards) == [5, 17, 24, 26]
    state = labelling.update("reject", rows=rows[7:9])
    assert state.counts["rejected"] == state.n_rejected == 2
    assert sum(state.counts.values()) == 72
    opened = labelling.update("open", number=REJECTED_ENTRY).opened
    assert opened.rows == rows[7:9]
    assert opened.groups == (rows[7:9],)
    for _ in range(3):
        state = labelling.update("undo")
    assert [card.n_frames for card in state.cards] == [24, 24, 24]
    assert state.undo == ""
    for _ in range(3):
        state = labelling.update("redo")
    assert sorted(card.n_frames for card in state.cards) == [5, 15, 24, 26]
    assert state.redo == ""


def test_an_open_character_knows_the_views_of_its_frames(labelling):
    told = labelling.result.assignments["view"]
    assert told.notna().any(), "views were told"
    rows = labelling.update("open", number=0).opened.rows
    labelling.update("reject", rows=rows[:2])
    for number in (0, NOISE_ENTRY, REJECTED_ENTRY, DOUBT_ENTRY):
        opened = labelling.update("open", number=number).opened
        assert len(opened.views) == len(opened.rows)
        for row, view in zip(opened.rows, opened.views, strict=True):
            assert view == told[row] or (view is None and told.isna()[row])


def test_something_new_ends_what_can_be_done_again(labelling):
    labelling.update("rename", number=0, name="mai")
    assert labelling.update("undo").redo == "name mai"
    state = labelling.update("rename", number=1, name="rei")
    assert state.redo == ""
    assert labelling.update("redo").is_wrong


def test_what_cannot_be_done_is_said_and_changes_nothing(labelling):
    labelling.update("rename", number=0, name="mai")
    before = read_log(labelling.result.output_dir).decisions
    for action in ({"action": "rename", "number": 1, "name": "mai"},
                   {"action": "rename", "number": 1, "name": "  "},
                   {"action": "merge", "numbers": [1]},
                   {"action": "split", "rows": [0]},
                   {"action": "open", "number": 77},
                   {"action": "move", "rows": [], "to": "rei"}):  # fmt: skip
        state = labelling.update(**action)
        assert state.is_wrong, action
        assert state.notice, action
    assert read_log(labelling.result.output_dir).decisions == before


def test_an_action_that_was_meant_for_another_state_is_refused(labelling):
    seen = labelling.state.n_decisions
    clusterkit.load_result(labelling.result.output_dir).rename(1, "rei")  # someone else
    state = labelling.update("merge", numbers=[0, 1], seen=seen)
    assert state.is_wrong
    assert "meanwhile" in state.notice
    assert "rei" in read_names(state), "what they decided is shown"
    assert not labelling.update("merge", numbers=[0, 1], seen=state.n_decisions).is_wrong


def test_a_page_that_is_older_than_the_clustering_is_told_so(labelling):
    result = labelling.result
    labelling._run = "another run"
    assert "load this page again" in labelling.update("rename", number=0, name="mai").notice
    assert not read_log(result.output_dir).decisions


def test_folders_follow_when_they_are_written(labelling):
    folder = labelling.result.output_dir
    assert not labelling.update("rename", number=0, name="mai").is_written
    assert not (folder / "mai").exists()
    labelling.write()
    assert labelling.state.is_written
    assert len(list((folder / "mai").iterdir())) == 24


@pytest.fixture
def asking(made, tmp_path):
    """One character in two halves, some of it in noise: there is something to ask about."""
    shutil.copytree(made, tmp_path / "out", symlinks=True)
    result = clusterkit.load_result(tmp_path / "out")
    table = result.assignments
    rows = np.flatnonzero(table["cluster"] == 0)
    table.loc[rows[:4], ["cluster", "status", "character"]] = [-1, "noise", None]
    table.loc[rows[4:12], ["cluster", "character"]] = [3, "character_003"]
    return Labelling(result)


def test_a_character_in_two_halves_is_asked_about_first(asking):
    question = asking.state.questions[0]
    assert {question.source, question.target} == {0, 3}
    assert question.is_whole
    state = asking.update("answer", answer="yes")
    assert len(state.cards) == 3
    assert not any(one.is_whole for one in state.questions)


def test_no_is_never_asked_again(asking):
    question = asking.state.questions[0]
    state = asking.update("answer", answer="no")
    pairs = {(one.source, one.target) for one in state.questions if one.is_whole}
    assert (question.source, question.target) not in pairs
    again = Labelling(asking.result)
    pairs = {(one.source, one.target) for one in again.state.questions if one.is_whole}
    assert (question.source, question.target) not in pairs


def test_skipped_is_asked_last(asking):
    n = len(asking.state.questions)
    assert n > 1
    first = asking.state.questions[0]
    state = asking.update("answer", answer="skip")
    assert state.questions[-1] == first
    assert len(state.questions) == n
    assert not read_log(asking.result.output_dir).decisions


def test_frames_of_noise_come_home_together_but_for_those_that_are_someone_else(asking):
    while (question := asking.state.questions[0]).source != NOISE_ENTRY:
        asking.update("answer", answer="skip")
    assert len(question.rows) > 1
    other, *belong = question.rows
    state = asking.update("answer", answer="yes", rows=belong)
    assert state.counts["noise"] == 4 - len(belong)
    assert (other,) not in [one.rows for one in state.questions if one.target == question.target]
    assert asking.update("undo").counts["noise"] == 4, "one answer is undone as one"
    assert asking.update("redo").counts["noise"] == 4 - len(belong)


def test_all_suggested_noise_is_taken_in_at_once_but_for_those_that_are_someone_else(asking):
    offer, *others = asking.update("open", number=NOISE_ENTRY).opened.suggested
    assert all(len(offer.rows) >= len(one.rows) for one in others), "the most frames first"
    assert offer == asking.update("open", number=offer.number).opened.suggested[0]
    assert len(offer.rows) > 1
    other, *belong = offer.rows
    n_before = len(read_log(asking.result.output_dir).decisions)
    state = asking.update("take", number=offer.number, rows=belong, others=[other])
    assert set(np.flatnonzero(asking.characters.labels == offer.number)) >= set(belong)
    assert not state.opened.suggested, "who somebody is not is never suggested again"
    asking.update("undo")
    state = asking.update("open", number=offer.number)
    assert state.opened.suggested == (offer,), "one action is undone as one"
    assert len(read_log(asking.result.output_dir).decisions) == n_before + 4


def test_every_look_becomes_a_character_in_one_action(labelling):
    assert labelling.update("split_looks").is_wrong, "no character is open"
    state = labelling.update("open", number=0)
    state = labelling.update("regroup", count=3)
    sizes = sorted(map(len, state.opened.groups))
    assert len(sizes) == 3
    state = labelling.update("split_looks")
    assert not state.is_wrong
    assert sorted(card.n_frames for card in state.cards) == sorted([*sizes, 24, 24])
    assert len(read_log(labelling.result.output_dir).decisions) == 1
    assert [card.n_frames for card in labelling.update("undo").cards] == [24, 24, 24]


def test_when_all_are_right_nothing_more_is_asked_of_them(labelling):
    state = labelling.update("open", number=0)
    rows = state.opened.rows
    assert state.opened.n_open == 24
    assert state.opened.doubtful
    state = labelling.update("confirm")
    assert state.opened.n_open == 0
    assert not state.opened.doubtful
    assert not any(set(rows) & set(question.rows) for question in state.questions
                   if not question.is_whole)  # fmt: skip
    assert len(read_log(labelling.result.output_dir).decisions) == 1


@pytest.fixture
def mixed(made, tmp_path):
    """Three characters, of which two hold frames of another one."""
    shutil.copytree(made, tmp_path / "out", symlinks=True)
    result = clusterkit.load_result(tmp_path / "out")
    table = result.assignments
    first, second = (np.flatnonzero(table["cluster"] == number) for number in (0, 1))
    strays = {0: second[:2].tolist(), 2: first[:1].tolist()}
    for number, rows in strays.items():
        table.loc[rows, ["cluster", "character"]] = [number, f"character_{number:03d}"]
    return Labelling(result), strays


def test_what_is_in_doubt_is_seen_at_once_rejected_at_once_and_the_rest_confirmed(mixed):
    labelling, strays = mixed
    opened = labelling.update("open", number=DOUBT_ENTRY).opened
    found = {number: set(rows) for number, rows in zip(opened.owners, opened.groups, strict=True)}
    assert all(set(rows) <= found[number] for number, rows in strays.items())
    assert labelling.state.n_doubtful == len(opened.rows) == sum(map(len, opened.groups))
    rejected = [row for rows in strays.values() for row in rows][:-1]
    state = labelling.update("reject", rows=rejected)
    assert state.counts["rejected"] == len(rejected)
    rest = set(opened.rows) - set(rejected)
    assert set(state.opened.rows) == rest
    state = labelling.update("confirm")
    assert not state.is_wrong
    assert not state.opened.rows
    assert state.n_doubtful == 0
    assert set(np.flatnonzero(labelling.characters.bound)) == rest
    state = labelling.update("undo")
    assert set(state.opened.rows) == rest, "one action is undone as one"
    assert set(labelling.update("undo").opened.rows) == set(opened.rows)
