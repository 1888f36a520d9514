import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import encode_png, make_rgba, write_show

from clusterkit.encoders import load_encoder
from clusterkit.errors import SettingsError
from clusterkit.frames import find_frames
from clusterkit.measurements import _Effort, compute_digest, measure
from clusterkit.store import MeasurementStore


class Counting:
    """The descriptor, whose vectors are the same in any batch, counting its pictures."""

    def __init__(self, batch_size=16, fingerprint="counted"):
        self.inner = load_encoder("descriptor")
        self.name, self.dimensions = "counted", self.inner.dimensions
        self.fingerprint, self.batch_size = fingerprint, batch_size
        self.prepared = self.encoded = 0

    def prepare(self, picture):
        self.prepared += 1
        return self.inner.prepare(picture)

    def encode(self, batch):
        self.encoded += len(batch)
        return self.inner.encode(batch)


@pytest.fixture
def run(tmp_path):
    def run(folder, encoder, **options):
        with MeasurementStore(tmp_path / "m.sqlite") as store:
            return measure(find_frames(folder), encoder, store=store, progress=False, **options)

    return run


def test_rows_follow_frames(show, run):
    measured = run(show, Counting())
    frames = find_frames(show)
    assert len(measured.quality) == len(measured.embeddings) == len(frames) == 72
    assert measured.embeddings.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(measured.embeddings, axis=1), 1, rtol=1e-5)
    for row in (0, 17, 71):
        data = Path(frames["file"][row]).read_bytes()
        assert measured.quality["digest"][row] == compute_digest(data)


def test_nothing_new_decodes_nothing(show, run):
    first = run(show, Counting())
    again = Counting()
    second = run(show, again)
    assert (again.prepared, again.encoded) == (0, 0)
    np.testing.assert_array_equal(first.embeddings, second.embeddings)
    assert first.quality.equals(second.quality)


def test_one_new_episode_decodes_that_episode_only(show, run):
    run(show, Counting())
    write_show(show, episodes=3)  # writes episodes 1 and 2 again, byte for byte
    again = Counting()
    run(show, again)
    assert again.prepared == 36


def test_a_moved_folder_is_read_but_not_decoded(show, run):
    first = run(show, Counting())
    moved = show.rename(show.with_name("elsewhere"))
    again = Counting()
    second = run(moved, again)
    assert again.prepared == 0
    np.testing.assert_array_equal(first.embeddings, second.embeddings)


def test_a_changed_frame_is_measured_again(show, run):
    run(show, Counting())
    victim = Path(find_frames(show)["file"][5])
    victim.write_bytes(encode_png(make_rgba(99, blur=20)))
    again = Counting()
    measured = run(show, again)
    assert again.prepared == 1
    assert measured.quality["blur_score"][5] < 100


def test_another_model_gets_its_own_vectors(show, run):
    run(show, Counting())
    other = Counting(fingerprint="other")
    run(show, other)
    assert other.encoded == 72


def test_another_meaning_of_a_metric_embeds_nothing_again(show, run, tmp_path):
    first = run(show, Counting())
    (store,) = tmp_path.rglob("*.sqlite")
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.execute("UPDATE frame SET blur_score = 0")
    connection.close()
    again = Counting()
    second = run(show, again)
    assert (again.prepared, again.encoded) == (0, 0)
    np.testing.assert_array_equal(first.embeddings, second.embeddings)
    assert first.quality.equals(second.quality)


def test_bad_files_are_recorded_and_the_run_goes_on(show, run):
    layer = show / "episode_001" / "character"
    (layer / "a_zero.png").write_bytes(b"")
    (layer / "b_text.png").write_text("not a picture")
    (layer / "c_half.png").write_bytes(encode_png(make_rgba())[:300])
    (layer / "d_gone.png").symlink_to("nowhere")
    blank = make_rgba()
    blank[...] = 0
    (layer / "e_blank.png").write_bytes(encode_png(blank))
    (layer / "f_mislabelled.jpg").write_bytes(encode_png(make_rgba(5)))
    for _ in range(2):  # the second time from the store
        measured = run(show, Counting())
        table = measured.quality.assign(path=find_frames(show)["path"]).set_index("path")
        problems = table["problem"].dropna()
        prefix = "episode_001/character/"
        assert "empty" in problems[f"{prefix}a_zero.png"]
        assert "not an image" in problems[f"{prefix}b_text.png"]
        assert "truncated" in problems[f"{prefix}c_half.png"]
        assert "cannot be opened" in problems[f"{prefix}d_gone.png"]
        assert "no usable vector" in problems[f"{prefix}e_blank.png"]
        assert len(problems) == 5
        unusable = table["problem"].notna().to_numpy()
        assert np.isnan(measured.embeddings[unusable]).all()
        assert np.isfinite(measured.embeddings[~unusable]).all()


def test_an_encoder_that_gives_nan_loses_no_frame(show, run):
    class Broken(Counting):
        def encode(self, batch):
            vectors = super().encode(batch)
            vectors[0] = np.nan
            return vectors

    measured = run(show, Broken(batch_size=24))
    assert measured.quality["problem"].notna().sum() == 3
    assert measured.quality["width"].notna().all()


def test_killed_at_any_moment_repeats_one_batch_at_most(show, tmp_path):
    """A real process is killed with SIGKILL while it encodes; the next one does the rest."""
    script = textwrap.dedent(
        """
        import os, signal, sys
        from pathlib import Path
        sys.path.insert(0, sys.argv[4])
        from test_measurements import Counting
        from clusterkit.frames import find_frames
        from clusterkit.measurements import measure
        from clusterkit.store import MeasurementStore

        class Doomed(Counting):
            def encode(self, batch):
                if self.encoded >= int(sys.argv[3]):
                    os.kill(os.getpid(), signal.SIGKILL)
                return super().encode(batch)

        with MeasurementStore(Path(sys.argv[2])) as store:
            measure(find_frames(sys.argv[1]), Doomed(batch_size=8), store=store, progress=False)
        """
    )
    path = tmp_path / "killed.sqlite"
    died = subprocess.run(
        [sys.executable, "-c", script, str(show), str(path), "40", str(Path(__file__).parent)],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}, check=False,
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL
    survivor = Counting(batch_size=8)
    with MeasurementStore(path) as store:
        measured = measure(find_frames(show), survivor, store=store, progress=False)
    assert survivor.encoded == 72 - 40
    assert np.isfinite(measured.embeddings).all()


def repeat_frames(show, count=5):
    """After each of the first frames comes the same, drifted by half a pixel, encoded anew."""
    names = sorted((show / "episode_001" / "character").iterdir())[:count]
    copies = []
    for name in names:
        rgba = cv2.cvtColor(cv2.imread(str(name), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        moved = cv2.warpAffine(rgba, np.array([[1, 0, 0.5], [0, 1, 0.0]]), rgba.shape[1::-1])
        copy = name.with_name(name.name.replace("_character", "_character_again"))
        copy.write_bytes(encode_png(moved))
        copies.append(copy)
    return copies


def find_rows(show, files):
    return np.flatnonzero(find_frames(show)["file"].isin([str(file) for file in files]))


def test_a_near_duplicate_has_the_vector_of_the_first_and_is_never_encoded(show, run):
    rows = find_rows(show, repeat_frames(show))
    encoder = Counting()
    measured = run(show, encoder)
    assert (encoder.prepared, encoder.encoded) == (72, 72)
    assert measured.n_duplicates == 5
    firsts = measured.quality["duplicate_of"]
    paths = find_frames(show)["path"].tolist()
    assert np.flatnonzero(firsts.notna()).tolist() == rows.tolist()
    for row in rows:
        first = paths.index(firsts[row])
        np.testing.assert_array_equal(measured.embeddings[row], measured.embeddings[first])
        assert measured.quality["digest"][row] != measured.quality["digest"][first]
    assert measured.quality["blur_score"].notna().all()
    again = Counting()
    second = run(show, again)
    assert (again.prepared, again.encoded) == (0, 0)
    np.testing.assert_array_equal(measured.embeddings, second.embeddings)
    assert measured.quality.equals(second.quality)


def test_another_duplicates_setting_never_reads_a_shared_vector(show, run, tmp_path):
    rows = find_rows(show, repeat_frames(show))
    shared = run(show, Counting())
    encoder = Counting()
    own = run(show, encoder, duplicates="embed")
    assert encoder.encoded == 5
    assert own.quality.equals(shared.quality)
    with MeasurementStore(tmp_path / "fresh.sqlite") as store:
        fresh = measure(
            find_frames(show), Counting(), store=store, duplicates="embed", progress=False
        )
    np.testing.assert_array_equal(own.embeddings, fresh.embeddings)
    assert not np.array_equal(own.embeddings[rows], shared.embeddings[rows])
    back = Counting()
    np.testing.assert_array_equal(run(show, back).embeddings, shared.embeddings)
    assert back.prepared == 0


def test_the_result_does_not_depend_on_batches_workers_or_earlier_runs(show, run, tmp_path):
    copies = repeat_frames(show, 12)
    away = tmp_path / "away"
    away.mkdir()
    firsts = sorted((show / "episode_001" / "character").iterdir())
    held = [firsts[at] for at in (0, 3, 5, 8)]  # firsts and copies of groups
    moved = [file.rename(away / file.name) for file in held]
    run(show, Counting(batch_size=7))  # copies stand for groups whose first is not there yet
    for file in moved:
        file.rename(show / "episode_001" / "character" / file.name)
    stepwise = run(show, Counting(batch_size=5), workers=1)
    assert stepwise.n_duplicates == len(copies)
    with MeasurementStore(tmp_path / "fresh.sqlite") as store:
        whole = measure(find_frames(show), Counting(64), store=store, workers=4, progress=False)
    np.testing.assert_array_equal(stepwise.embeddings, whole.embeddings)
    assert stepwise.quality.equals(whole.quality)


def test_another_model_embeds_no_duplicates_either(show, run):
    repeat_frames(show)
    run(show, Counting())
    other = Counting(fingerprint="other")
    run(show, other)
    assert (other.prepared, other.encoded) == (72, 72)


def test_an_encoder_that_fails_is_heard_and_nothing_hangs(show, run):
    class Failing(Counting):
        def prepare(self, picture):
            super().prepare(picture)
            if self.prepared > 20:
                raise RuntimeError("out of memory")
            return self.inner.prepare(picture)

    with pytest.raises(RuntimeError, match="out of memory"):
        run(show, Failing(batch_size=4), workers=4)


def test_an_unknown_setting_is_refused(show, run):
    with pytest.raises(SettingsError, match="'share' or 'embed'"):
        run(show, Counting(), duplicates="drop")


def test_what_the_first_batch_took_says_nothing_of_the_next():
    """In it threads start and loops are compiled."""
    effort = _Effort(workers=2)
    effort.add(4, 100.0, [])
    assert effort.estimate(10) == 0
    effort.add(4, 2.0, [])
    effort.add(6, 3.0, [])
    assert effort.estimate(10) == pytest.approx(5)


def test_seconds_are_saved_only_where_there_is_something_to_tell_them_from(tmp_path, run):
    rng = np.random.default_rng(0)
    for scene in range(6):
        picture = cv2.resize(rng.integers(0, 256, (9, 9, 4), dtype=np.uint8), (90, 90))
        picture[..., 3] = 255
        for frame in range(4):
            picture[0, 0, 0] = frame  # another file, the same picture
            name = f"scene{scene:04d}_frame{4 * scene + frame:06d}_t{4 * scene + frame}.0s.png"
            (tmp_path / name).write_bytes(encode_png(picture))
    measured = run(tmp_path, Counting(batch_size=64))
    assert measured.n_duplicates >= 15
    assert measured.seconds_saved == 0
    with MeasurementStore(tmp_path / "anew.sqlite") as store:
        stepwise = measure(find_frames(tmp_path), Counting(1), store=store, progress=False)
    assert stepwise.seconds_saved > 0
