"""Unit rows and fingerprints."""

import numpy as np

from clusterkit.encoders.base import digest_file, make_fingerprint, normalize_rows


def test_rows_become_unit_float32():
    rows = normalize_rows(np.array([[3.0, 4.0], [0.0, -2.0]]))
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, -1]], atol=1e-7)


def test_rows_without_direction_become_nan_and_leave_the_others_alone():
    bad = [[0.0, 0.0], [np.nan, 1.0], [np.inf, 1.0], [1.0, 0.0]]
    rows = normalize_rows(np.array(bad, np.float32))
    assert np.isnan(rows[:3]).all()
    np.testing.assert_array_equal(rows[3], [1, 0])


def test_half_precision_rows_do_not_overflow():
    rows = normalize_rows(np.full((1, 4), 60_000, np.float16))
    np.testing.assert_allclose(rows, 0.5)


def test_fingerprint_tells_values_apart_and_ignores_their_order():
    first = make_fingerprint("kind", size=96, mean=(0.5, 0.5))
    assert first == make_fingerprint("kind", mean=[0.5, 0.5], size=96)
    assert first != make_fingerprint("kind", size=97, mean=(0.5, 0.5))
    assert first != make_fingerprint("other", size=96, mean=(0.5, 0.5))
    assert first.startswith("kind-")


def test_digest_follows_content_not_name(tmp_path):
    for name, data in {"a": b"same", "b": b"same", "c": b"else"}.items():
        (tmp_path / name).write_bytes(data)
    assert digest_file(tmp_path / "a") == digest_file(tmp_path / "b")
    assert digest_file(tmp_path / "a") != digest_file(tmp_path / "c")
