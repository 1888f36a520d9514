import numpy as np
import pandas as pd
import pytest

from clusterkit.clustering import arrange_frames, cut_arrangement
from clusterkit.likeness import calibrate_likeness
from clusterkit.metric import steady_rows
from clusterkit.sequences import learn_from_scenes, pair_companions, pair_simultaneous
from clusterkit.settings import ClusterSettings


def make_film(n_characters=8, n_scenes=60, shots=8, seed=0):
    """A film whose poses vary more than its characters: what scenes can teach, and plain rows not.

    Returns unit rows, the frames' table, and who is shown. A scene holds two characters in turn.
    """
    rng = np.random.default_rng(seed)
    who = rng.normal(size=(n_characters, 40)) * np.r_[np.zeros(20), np.ones(20)]
    poses = np.r_[np.full(20, 1.6), np.full(20, 0.15)]
    rows, table, names = [], [], []
    for scene in range(n_scenes):
        pair = rng.choice(n_characters, 2, replace=False)
        for shot in range(shots):
            name = pair[shot % 2]
            rows.append(who[name] + poses * rng.normal(size=40))
            table.append(("episode_001", scene, shot, float(shot)))
            names.append(name)
    rows = np.array(rows, np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    frames = pd.DataFrame(table, columns=["episode", "scene", "frame", "seconds"])
    return rows, frames.astype({"scene": "Int64", "frame": "Int64"}), np.array(names)


@pytest.fixture(scope="module")
def film():
    return make_film()


def find_neighbour_purity(rows, names, count=10):
    likeness = rows @ rows.T
    np.fill_diagonal(likeness, -9)
    nearest = np.argsort(-likeness, axis=1)[:, :count]
    return (names[nearest] == names[:, None]).mean()


def test_scenes_teach_what_varies_within_a_character(film):
    rows, frames, names = film
    learnt = learn_from_scenes(rows, frames, 0.75)
    before, after = (find_neighbour_purity(r, names) for r in (rows, learnt.rows))
    assert before < 0.92
    assert after > 0.99
    np.testing.assert_allclose(np.linalg.norm(learnt.rows, axis=1), 1, rtol=1e-5)


def test_without_scenes_nothing_changes(film):
    rows, frames, _ = film
    nameless = frames.assign(scene=pd.array([pd.NA] * len(frames), dtype="Int64"))
    for table, weight in ((nameless, 0.75), (frames, 0.0)):
        learnt = learn_from_scenes(rows, table, weight)
        assert learnt.rows is rows
        assert learnt.likeness is None


def test_one_scene_alone_teaches_nothing_and_breaks_nothing(film):
    rows, frames, _ = film
    learnt = learn_from_scenes(rows, frames.assign(scene=1), 0.75)
    assert np.isfinite(learnt.rows).all()
    assert (learnt.likeness(np.array([0.1, 1.0])) == 0).all()


def test_pairs_stay_within_a_scene_and_never_join_one_moment():
    frames = pd.DataFrame(
        {
            "episode": ["e1", "e1", "e1", "e2", "e1", "e1"],
            "scene": pd.array([1, 1, 1, 1, 2, None], dtype="Int64"),
            "frame": pd.array([10, 20, 20, 30, 40, 50], dtype="Int64"),
            "seconds": [1.0, 2.0, 2.0, 3.0, 4.0, 5.0],
        }
    )
    pairs = {frozenset(pair) for pair in zip(*pair_companions(frames), strict=True)}
    assert pairs == {frozenset({0, 1}), frozenset({0, 2})}
    assert [tuple(map(int, pair)) for pair in zip(*pair_simultaneous(frames), strict=True)] == [
        (1, 2)
    ]


def test_likeness_is_calibrated(film):
    """Of pairs that are said to be one character with probability p, about a share p are."""
    rows, frames, names = film
    first, second = pair_companions(frames)
    learnt = learn_from_scenes(rows, frames, 0.75).rows
    _, said = calibrate_likeness(learnt, first, second, frames["scene"].to_numpy(int))
    same = names[first] == names[second]
    assert abs(said.mean() - same.mean()) < 0.1
    assert said[same].mean() > said[~same].mean() + 0.3


def test_a_frame_without_companions_stays():
    rows = np.eye(4, dtype=np.float32)
    steadied = steady_rows(rows, np.array([0]), np.array([1]), np.array([1.0]))
    np.testing.assert_array_equal(steadied[2:], rows[2:])
    assert steadied[0] @ rows[1] > 0.01


def test_joined_frames_are_counted_and_less_certain(film):
    rows, frames, _ = film
    selected = np.ones(len(rows), bool)
    settings = ClusterSettings(min_cluster_size=10, temporal_weight=0.75)
    found = cut_arrangement(arrange_frames(rows, frames, selected, settings), settings)
    plain = ClusterSettings(min_cluster_size=10, temporal_weight=0, join_noise=False)
    before = cut_arrangement(arrange_frames(rows, frames, selected, plain), plain)
    assert before.n_joined == 0
    assert found.n_clusters >= before.n_clusters
    assert (found.probabilities[found.labels >= 0] > 0).all()
