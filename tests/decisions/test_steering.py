"""Answers steer the next clustering: first as constraints, then through a whole run."""

import numpy as np
import pytest
from conftest import encode_png, jitter, make_rgba, write_show
from test_characters import Story, digest

import clusterkit
from clusterkit.decisions.steering import derive_constraints

DIGESTS = [digest(number) for number in range(20)]


def derive(story):
    said = derive_constraints(story.decisions, DIGESTS)
    return {
        kind: [tuple(rows.tolist() for rows in pair) for pair in getattr(said, kind)]
        for kind in ("linked", "parted", "placed")
    }


@pytest.fixture
def story():
    return Story()


def test_no_decision_is_no_constraint(story):
    assert not derive_constraints(story.decisions, DIGESTS)
    story.decide("name", range(8), name="mai", was=None)
    assert not derive_constraints(story.decisions, DIGESTS), "a name was asked of no single frame"


def test_same_links_and_not_same_parts_and_the_later_wins(story):
    groups = range(4), range(4, 8)
    story.decide("same", *groups, names=[None, None])
    assert derive(story) == {"linked": [([0, 1, 2, 3], [4, 5, 6, 7])], "parted": [], "placed": []}
    story.decide("not-same", *groups, names=[None, None])
    found = derive(story)
    assert found["linked"] == []
    assert [sorted(pair) for pair in found["parted"]] == [[[0, 1, 2, 3], [4, 5, 6, 7]]]
    story.decide("undo", of=story.decisions[-1].id)
    assert derive(story)["parted"] == []
    assert derive(story)["linked"] == [([0, 1, 2, 3], [4, 5, 6, 7])]


def test_moved_frames_are_placed_and_rejected_ones_say_nothing(story):
    story.decide("name", range(6), name="mai", was=None)
    story.decide("move", [12, 13], range(6), to="mai")
    assert derive(story)["placed"] == [([12, 13], [0, 1, 2, 3, 4, 5])]
    story.decide("reject", [13, 0])
    assert derive(story)["placed"] == [([12], [1, 2, 3, 4, 5])]


def test_a_stray_is_parted_alone(story):
    story.decide("name", range(6), name="mai", was=None)
    story.decide("not-same", [15, 16], range(6), names=[None, "mai"], noise=True)
    parted = {tuple(min(pair, key=len)) for pair in derive(story)["parted"]}
    assert parted == {(15,), (16,)}


def test_frames_of_the_same_bytes_are_meant_together(story):
    story.decide("same", [0], [1], names=[None, None])
    said = derive_constraints(story.decisions, [DIGESTS[0], None, DIGESTS[1], DIGESTS[0]])
    assert [rows.tolist() for rows in said.linked[0]] == [[0, 3], [2]]


# ── a whole run ───────────────────────────────────────────────────────────────────────────────

OPTIONS = {"model": "descriptor", "progress": False, "visualize": False, "temporal_weight": 0}


def test_an_answer_joins_fragments_for_frames_nobody_was_asked_about(tmp_path):
    show, out = write_show(tmp_path / "show"), tmp_path / "out"
    result = clusterkit.cluster_characters(show, out, **OPTIONS)
    scenes = result.frames["scene"].to_numpy()
    first, second = (result.assignments.loc[scenes == n, "cluster"].iloc[0] for n in (1, 2))
    assert first != second
    result.mark_same(int(first), int(second))
    write_show(tmp_path / "more", episodes=3)
    (tmp_path / "more" / "episode_003").rename(show / "episode_003")
    grown = clusterkit.cluster_characters(show, out, **OPTIONS, min_cluster_size=5)
    scenes, table = grown.frames["scene"].to_numpy(), grown.assignments
    new = (grown.frames["episode"] == "episode_003").to_numpy()
    assert table.loc[np.isin(scenes, (1, 2)) & new, "character"].nunique() == 1
    assert table["cluster"].nunique() == 2
    assert any("people said" in notice for notice in grown.notices)


def test_not_same_keeps_twins_apart_at_another_size(tmp_path):
    show, out = write_twins(tmp_path / "show"), tmp_path / "out"
    plain = clusterkit.cluster_characters(show, tmp_path / "plain", **OPTIONS, min_cluster_size=26)
    scenes = plain.frames["scene"].to_numpy()
    twins = [plain.assignments.loc[scenes == n, "character"] for n in (1, 2)]
    assert set(twins[0].dropna()) & set(twins[1].dropna()), "this size tells them apart anyway"
    result = clusterkit.cluster_characters(show, out, **OPTIONS, min_cluster_size=8)
    first, second = (result.assignments.loc[scenes == n, "cluster"].mode()[0] for n in (1, 2))
    assert first != second
    result.mark_different(int(first), int(second))
    again = clusterkit.cluster_characters(show, out, **OPTIONS, min_cluster_size=26)
    twins = [again.assignments.loc[scenes == n, "character"] for n in (1, 2)]
    assert not set(twins[0].dropna()) & set(twins[1].dropna())


def write_twins(folder):
    """Two characters of 24 frames each that differ by a hat, and two others of 32."""
    looks = [make_rgba(seed) for seed in (0, 0, 1, 2)]
    looks[1][18:60, 20:100, :3] = 255 - looks[1][18:60, 20:100, :3]
    for episode in (1, 2):
        layer = folder / f"episode_{episode:03d}" / "character"
        layer.mkdir(parents=True)
        number = 0
        for scene, look in enumerate(looks, start=1):
            for _ in range(12 if scene < 3 else 16):
                number += 1
                name = f"scene{scene:04d}_frame{number:06d}_t{number / 24:.2f}s_character.png"
                (layer / name).write_bytes(encode_png(jitter(look, 1000 * episode + number)))
    return folder
