"""New frames: recognised, to confirm, or perhaps a new character."""

import numpy as np
import pytest
from conftest import write_show
from test_characters import Story, digest

import clusterkit
from clusterkit.clustering import Clustering
from clusterkit.decisions.recognition import recognise_frames
from clusterkit.decisions.resemblance import Resemblance

SIZE = 20
MAI, REI = range(SIZE), range(SIZE, 2 * SIZE)


def make_rows(seed=0):
    """Two known characters, then frames: 3 like mai, 2 between the two, 12 of somebody else."""
    rng = np.random.default_rng(seed)
    axes = np.eye(48)
    centres = [axes[0]] * SIZE + [axes[1]] * SIZE + [axes[0]] * 3
    centres += [axes[0] + axes[1]] * 2 + [axes[5]] * 12
    rows = np.array(centres) + rng.normal(scale=0.05, size=(len(centres), 48))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


NEW = np.arange(2 * SIZE, 2 * SIZE + 17)
LABELS = [0] * SIZE + [1] * SIZE + [-1] * 5 + [2] * 12


@pytest.fixture
def story():
    story = Story()
    story.decide("name", MAI, name="mai", was=None)
    story.decide("name", REI, name="rei", was=None)
    return story


def recognise(story, labels=LABELS, rows=None, scenes=None):
    rows = make_rows() if rows is None else rows
    labels = np.array(labels, np.int32)
    everything = np.ones(len(labels), bool)
    clustering = Clustering(labels, np.ones(len(labels), np.float32), everything)
    is_added = np.zeros(len(labels), bool)
    is_added[NEW] = True
    digests = [digest(number) for number in range(len(labels))]
    resemblance = Resemblance(rows, np.full(len(labels), -1) if scenes is None else scenes)
    return recognise_frames(clustering, digests, story.decisions, resemblance, is_added)


def test_the_clear_ones_are_recognised_and_the_rest_is_told(story):
    found = recognise(story)
    labels = found.clustering.labels
    assert set(labels[NEW[:3]]) == {labels[0]}
    assert set(labels[NEW[3:5]]) == {-1}, "between two characters: not clear"
    assert len(set(labels[NEW[5:]])) == 1
    assert found.n_recognised == 3
    assert found.n_new_characters == 1
    assert found.describe().startswith("3 recognised")
    assert found.describe().endswith("1 new character?")


def test_a_passer_by_in_a_named_cluster_gets_no_name(story):
    labels = LABELS.copy()
    # Two clear ones; one that is nobody known; two between mai and rei: all in mai's cluster.
    labels[NEW[0] : NEW[2]], labels[NEW[5]] = [0, 0], 0
    labels[NEW[3] : NEW[5]] = [0, 0]
    found = recognise(story, labels)
    assert set(found.clustering.labels[NEW[:3]]) == {found.clustering.labels[0]}
    assert set(found.clustering.labels[NEW[3:6]]) == {-1}
    assert found.n_recognised == 3
    assert (found.clustering.labels[: 2 * SIZE] >= 0).all(), "what was decided stays"


def test_frames_of_one_scene_vouch_for_each_other(story):
    rows = make_rows()
    turned = rows[NEW[0]] + 1.2 * np.eye(48)[9]
    rows[NEW[0]] = turned / np.linalg.norm(turned)
    labels = LABELS.copy()
    labels[NEW[0] : NEW[3]] = [0, 0, 0]
    assert recognise(story, labels, rows).clustering.labels[NEW[0]] == -1
    scenes = np.full(len(labels), -1)
    scenes[NEW[:3]] = 7
    found = recognise(story, labels, rows, scenes)
    assert found.clustering.labels[NEW[0]] == found.clustering.labels[0]


def test_who_it_is_not_it_is_never_recognised_as(story):
    story.decide("not-same", [int(NEW[0])], MAI, names=[None, "mai"], noise=True)
    labels = recognise(story).clustering.labels
    assert labels[NEW[0]] == -1
    assert labels[NEW[1]] == labels[0]


def test_a_cluster_of_new_frames_is_recognised_as_a_whole(story):
    labels = LABELS.copy()
    labels[NEW[0] : NEW[3]] = [3, 3, 3]
    found = recognise(story, labels)
    assert set(found.clustering.labels[NEW[:3]]) == {found.clustering.labels[0]}
    story.decide("not-same", NEW[:3].tolist(), MAI, names=[None, "mai"])
    found = recognise(story, labels)
    assert found.clustering.labels[0] not in found.clustering.labels[NEW[:3]]


def test_without_names_nothing_is_recognised():
    found = recognise(Story())
    assert np.array_equal(found.clustering.labels, np.array(LABELS))
    assert found.n_recognised == 0


def test_frames_that_cannot_be_compared_are_left_where_they_are(story):
    rows = make_rows()
    rows[NEW[0]] = np.nan
    assert recognise(story, rows=rows).clustering.labels[NEW[0]] == -1


def test_a_grown_folder_keeps_every_name(tmp_path):
    show, out = write_show(tmp_path / "show", episodes=2), tmp_path / "out"
    options = {"model": "builtin", "progress": False, "visualize": False}
    result = clusterkit.cluster_characters(show, out, **options)
    for number, name in enumerate(["mai", "rei", "ド"]):
        result = result.rename(number, name)
    before = result.assignments.set_index("path")["character"]
    write_show(tmp_path / "more", episodes=3, frames=3)
    (tmp_path / "more" / "episode_003").rename(show / "episode_003")
    grown = clusterkit.cluster_characters(show, out, **options)
    after = grown.assignments.set_index("path")["character"]
    assert after[before.index].equals(before)
    new = after[after.index.str.startswith("episode_003")]
    assert sorted(new) == sorted(["mai", "rei", "ド"] * 3)
    assert any("of 9 new frames, 9 recognised" in notice for notice in grown.notices)
    again = clusterkit.cluster_characters(show, out, **options)
    assert again.assignments["character"].equals(grown.assignments["character"])
    assert not any("new frames" in notice for notice in again.notices)
