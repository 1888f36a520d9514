import sqlite3

import numpy as np
import pytest

from clusterkit.errors import OutputError
from clusterkit.quality import Quality
from clusterkit.store import STORE_VERSION, FileStamp, FrameRecord, MeasurementStore

QUALITY = Quality(120, 160, 345.5, 0.5)


def record(digest, vector=(1, 0)):
    return FrameRecord(digest, QUALITY, b"webp", None, vector=np.array(vector, np.float32))


def test_what_goes_in_comes_out(tmp_path):
    with MeasurementStore(tmp_path / "cache" / "m.sqlite") as store:
        store.add_frames([record("a"), FrameRecord("b", None, None, "damaged")], "clip")
    with MeasurementStore(tmp_path / "cache" / "m.sqlite") as store:
        found = store.load_frames(["a", "b", "never"])
        assert found["a"].quality == QUALITY
        assert found["b"].problem == "damaged"
        assert set(found) == {"a", "b"}
        np.testing.assert_array_equal(store.load_vectors(["a", "b"], "clip")["a"], [1, 0])
        assert store.load_thumbnails(["a", "b"]) == {"a": b"webp"}
        assert store.find_embedded("clip") == {"a"}


def test_another_encoder_never_meets_a_vector(tmp_path):
    with MeasurementStore(tmp_path / "m.sqlite") as store:
        store.add_frames([record("a")], "clip-letterbox")
        assert store.find_embedded("clip-stock") == set()
        assert store.load_vectors(["a"], "clip-stock") == {}


def test_a_changed_file_is_read_again(tmp_path):
    with MeasurementStore(tmp_path / "m.sqlite") as store:
        store.add_files(
            [("x.png", FileStamp(10, 20), "a"), ("caf\udce9.png", FileStamp(1, 2), "b")]
        )
        stamps = [FileStamp(10, 20), FileStamp(1, 2), FileStamp(10, 21)]
        assert store.find_digests(["x.png", "caf\udce9.png", "x.png"], stamps) == ["a", "b", None]
        assert store.find_digests(["new.png", "x.png"], [FileStamp(10, 20), None]) == [None, None]


def test_many_digests(tmp_path):
    digests = [f"{number:032x}" for number in range(2500)]
    with MeasurementStore(tmp_path / "m.sqlite") as store:
        store.add_frames(map(record, digests), "clip")
        assert len(store.load_vectors(digests, "clip")) == 2500


def test_a_damaged_store_is_set_aside(tmp_path, caplog):
    path = tmp_path / "m.sqlite"
    path.write_bytes(b"this is no database, " * 500)
    with MeasurementStore(path) as store:
        assert store.find_embedded("clip") == set()
    assert "set aside" in caplog.text
    assert path.with_suffix(".damaged").exists()


def test_frames_of_an_older_store_are_measured_anew_and_vectors_stay(tmp_path):
    path = tmp_path / "m.sqlite"
    with MeasurementStore(path) as store:
        store.add_frames([record("a")], "clip")
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {STORE_VERSION + 1}")
    connection.close()
    with MeasurementStore(path) as store:
        assert store.load_frames() == {}
        assert store.find_embedded("clip") == {"a"}


def test_a_full_disk_is_one_clear_line(tmp_path):
    with MeasurementStore(tmp_path / "m.sqlite") as store:
        store.add_frames([record("a")], "clip")
        pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
        store._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(OutputError, match="full.*is kept") as caught:
            store.add_frames([record(f"{n:032x}", np.zeros(512)) for n in range(500)], "clip")
        assert "\n" not in str(caught.value)
        store._connection.execute("PRAGMA max_page_count = 100000")
        assert store.find_embedded("clip") == {"a"}  # the batch is in whole or not at all


def test_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot write"):
        MeasurementStore(tmp_path / "file" / "m.sqlite")
