import dataclasses
import shlex

import numpy as np
import pytest
from views import make_material

import clusterkit
from clusterkit.cli import build_parser
from clusterkit.explorer import Explorer
from clusterkit.pipeline import cluster_measurements
from clusterkit.settings import Settings


@pytest.fixture
def explorer():
    return Explorer(make_material())


def assert_same_clustering(first, second):
    assert np.array_equal(first.labels, second.labels)
    assert np.allclose(first.probabilities, second.probabilities)
    assert np.array_equal(first.selected, second.selected)


def test_the_first_state_is_what_the_recipe_finds(explorer):
    material = explorer.material
    found = cluster_measurements(material.frames, material.measurements, material.settings)
    assert_same_clustering(explorer.state.clustering, found)
    counts = explorer.state.counts
    assert (counts["rejected"], counts["unreadable"]) == (5, 2)
    assert counts["clustered"] + counts["noise"] == 96
    assert sum(cluster.count for cluster in explorer.state.clusters) == counts["clustered"]


@pytest.mark.parametrize(
    "changes",
    [
        {"min_cluster_size": 25},
        {"min_blur": 450.0},
        {"min_blur": 0.0, "min_samples": 2},
        {"method": "leaf", "epsilon": 0.3},
        {"min_size": 101},
    ],
)
def test_a_change_ends_where_the_recipe_would(explorer, changes):
    state = explorer.update(**changes)
    material = explorer.material
    settings = Settings.from_options(**{**material.settings.to_options(), **changes})
    found = cluster_measurements(material.frames, material.measurements, settings)
    assert_same_clustering(state.clustering, found)
    assert state.settings == settings
    assert sum(state.counts.values()) == len(material)
    assert (state.status == "rejected").sum() == state.counts["rejected"]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"min_cluster_size": 1}, "min_cluster_size"),
        ({"min_blur": -3}, "min_blur"),
        ({"min_coverage": 2}, "min_coverage"),
        ({"colour_by": "mood"}, "colour_by"),
        ({"projection": "t-sne"}, "projection"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_a_wrong_value_is_a_notice_and_changes_nothing(explorer, changes, word):
    before = explorer.state
    state = explorer.update(**changes)
    assert word in state.notices[0]
    assert dataclasses.replace(state, notices=()) == dataclasses.replace(before, notices=()) or (
        state.settings == before.settings and state.clustering is before.clustering
    )
    assert not explorer.update().notices


def test_states_are_frozen(explorer):
    with pytest.raises(dataclasses.FrozenInstanceError):
        explorer.state.counts = {}


def test_moving_only_the_cut_builds_no_hierarchy(explorer, monkeypatch):
    def fail(*_, **__):
        raise AssertionError("the frames were arranged again")

    monkeypatch.setattr("clusterkit.shelf.arrange_frames", fail)
    explorer.update(min_cluster_size=5)
    explorer.update(method="leaf", epsilon=0.1)
    explorer.update(colour_by="blur")
    explorer.reset()


def test_an_impatient_state_comes_before_its_hierarchy_and_settles(explorer, monkeypatch):
    explorer.patient = False
    first = explorer.update(min_blur=450.0)
    assert not first.is_settled
    assert first.counts["rejected"] == 56, "the frames the rule rejects are gone at once"
    assert not (first.clustering.labels[first.status == "rejected"] >= 0).any()
    stale, _ = explorer.plan_arrangement(), explorer.update(min_blur=430.0)
    assert not explorer.settle(stale()).is_settled, "what is no longer waited for settles nothing"
    state = explorer.settle(explorer.plan_arrangement()())
    assert state.is_settled
    patient = Explorer(explorer.material).update(min_blur=430.0)
    assert_same_clustering(state.clustering, patient.clustering)


def test_colours_follow_a_cluster_when_the_order_of_sizes_changes():
    explorer = Explorer(make_material(n_strays=0))
    before = explorer.state
    colour = dict(enumerate(before.colours))
    # Leaving out all but the last frames of the largest cluster makes it the smallest.
    state = explorer.update(min_blur=425.0)
    assert [cluster.count for cluster in state.clusters] == [30, 20, 14]
    assert [state.colours[label] for label in (0, 1, 2)] == [colour[1], colour[2], colour[0]]


def test_frames_beside_the_cut_are_the_nearest_ones(explorer):
    metric = next(m for m in explorer.update(min_blur=410.0).metrics if m.name == "blur")
    blur = explorer.material.measurements.quality["blur_score"]
    assert [blur[row] for row in metric.below] == [410.0, 409.0, 408.0, 407.0]
    assert [blur[row] for row in metric.above] == [411.0, 412.0, 413.0, 414.0]
    assert metric.n_below == (blur <= 410).sum()
    assert metric.counts.sum() == blur.notna().sum()


def test_every_way_to_colour_has_a_colour_for_every_frame(explorer):
    for by in ("cluster", "status", "episode", "size", "blur", "coverage"):
        scatter = explorer.update(colour_by=by).scatter
        assert len(scatter.codes) == len(explorer)
        assert scatter.codes.max() <= len(scatter.palette)
    legend = explorer.update(colour_by="episode").scatter.legend
    assert {entry.name: entry.count for entry in legend} == {"episode_001": 52, "episode_002": 51}


def test_the_lines_to_copy_tell_what_is_on_screen(tmp_path):
    material = make_material(input_dir=tmp_path / "a b", output_dir=tmp_path / "o'ut", copies=True)
    explorer = Explorer(material)
    explorer.update(min_cluster_size=7, method="leaf")
    arguments = vars(build_parser().parse_args(shlex.split(explorer.command_line)[1:]))
    assert arguments["min_cluster_size"] == 7
    assert arguments["method"] == "leaf"
    assert arguments["output_dir"] == tmp_path / "o'ut"
    assert arguments["copy"]
    assert explorer.python_line.endswith("min_cluster_size=7, method='leaf', copy=True)")


def test_without_folders_saving_says_so(explorer):
    with pytest.raises(clusterkit.SettingsError, match="nothing to save to"):
        explorer.save()


def test_nothing_but_unreadable_frames_is_a_view_that_says_so():
    explorer = Explorer(make_material(sizes=(1,), n_strays=0, n_blurred=0, n_unreadable=3))
    state = explorer.update(min_size=5000)
    assert state.counts["clustered"] == 0
    assert state.hints[0].endswith("quality rules: lower min_size, which rejects 1")
    assert explorer.list_members(0) == []


def test_saving_writes_what_the_state_shows(show, tmp_path):
    result = clusterkit.cluster_characters(show, tmp_path / "out", model="builtin", progress=False)
    explorer = Explorer(result)
    labels = explorer.state.clustering.labels
    assert np.array_equal(labels, result.clustering.labels), "the view begins with the result"
    state = explorer.update(min_cluster_size=30)
    assert not np.array_equal(state.clustering.labels, labels)
    explorer.save()
    saved = clusterkit.load_result(tmp_path / "out")
    assert saved.settings == state.settings
    assert np.array_equal(saved.clustering.labels, state.clustering.labels)
    assert saved.assignments["status"].tolist() == state.status.tolist()
    assert len(list((tmp_path / "out" / "noise").glob("*.png"))) == state.counts["noise"]
    assert "saved" in explorer.state.notices[0]


def test_saving_keeps_copies_copies(show, tmp_path):
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", progress=False, visualize=False, copy=True
    )
    explorer = Explorer(result)
    explorer.update(min_cluster_size=11)
    explorer.save()
    members = list((tmp_path / "out" / "character_000").iterdir())
    assert members
    assert not any(member.is_symlink() for member in members)


def test_what_people_decided_holds_whatever_the_sliders_say(show, tmp_path):
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", progress=False, visualize=False
    )
    assert result.clustering.n_clusters == 3
    result = result.merge("character_001", "character_002", name="The <b>twins</b>")
    result = result.reject(result.assignments["path"].iloc[:2].tolist())
    explorer = Explorer(result)
    state = explorer.state
    # The answer steered: the two are one cluster now, the largest, so the other is the second.
    assert [cluster.name for cluster in state.clusters] == ["The <b>twins</b>", "character_001"]
    assert [cluster.count for cluster in state.clusters] == [48, 22]
    assert state.counts == result.counts
    assert np.array_equal(state.clustering.labels, result.clustering.labels)
    assert explorer.list_status("rejected") == [0, 1]

    state = explorer.update(min_cluster_size=15, min_blur=250.0)
    assert "The <b>twins</b>" in [cluster.name for cluster in state.clusters]
    saved = explorer.save()
    assert saved.counts == state.counts
    assert np.array_equal(saved.clustering.labels, state.clustering.labels)
    assert set(saved.assignments["character"].dropna()) == {c.name for c in state.clusters}


@pytest.mark.parametrize("name", ["size", "blur", "coverage"])
def test_the_shades_of_a_metric_count_every_frame_once(explorer, name):
    legend = explorer.update(colour_by=name).scatter.legend
    known = explorer.material.measurements.quality["width"].notna().sum()
    assert sum(entry.count for entry in legend) == known
