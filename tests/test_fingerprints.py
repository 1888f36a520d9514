import cv2
import numpy as np
import pytest
from conftest import jitter, make_rgba

from clusterkit.fingerprints import Fingerprint, is_repeat, take_fingerprint
from clusterkit.images import Picture


def take(rgba, has_alpha=True):
    return take_fingerprint(Picture(np.ascontiguousarray(rgba), has_alpha))


def drift(rgba, across, down):
    matrix = np.array([[1, 0, across], [0, 1, down]], np.float64)
    return cv2.warpAffine(rgba, matrix, rgba.shape[1::-1])


def compress(rgba, quality):
    _, packed = cv2.imencode(".jpg", rgba[..., :3], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.dstack([cv2.imdecode(packed, cv2.IMREAD_COLOR), rgba[..., 3]])


@pytest.mark.parametrize("size", [(80, 100), (240, 320), (900, 1300)])
def test_compression_drift_and_a_grey_level_are_repeats(size):
    base = cv2.GaussianBlur(make_rgba(1, *size), (0, 0), size[0] / 120)
    first = take(base)
    brighter = np.dstack([cv2.add(base[..., :3], (2, 2, 2, 0)), base[..., 3]])
    padded = cv2.copyMakeBorder(base, 9, 2, 0, 31, cv2.BORDER_CONSTANT, value=(0,) * 4)
    for other in (compress(base, 70), drift(base, 1.3, -0.8), brighter, padded):
        assert is_repeat(first, take(other))


def test_a_closed_eye_is_no_repeat():
    base = make_rgba(2, 300, 400)
    base[120:280, 80:220, :3] = 230
    winking = base.copy()
    for left in (100, 170):
        base[170:200, left : left + 24, :3] = 20
        winking[183:187, left : left + 24, :3] = 20
    assert is_repeat(take(base), take(base))
    assert not is_repeat(take(base), take(winking))


def test_other_size_light_colour_or_outline_is_no_repeat():
    base = make_rgba(3, 200, 260)
    larger = cv2.resize(base, None, fx=1.05, fy=1.05)
    brighter = np.dstack([cv2.add(base[..., :3], (25, 25, 25, 0)), base[..., 3]])
    recoloured = base[..., [1, 2, 0, 3]]
    armless = base.copy()
    armless[:, 150:, 3] = 0
    for other in (larger, brighter, recoloured, armless, make_rgba(4, 200, 260), jitter(base, 1)):
        assert not is_repeat(take(base), take(other))


def test_colours_hidden_under_alpha_0_do_not_count():
    base = make_rgba(5)
    hidden = base.copy()
    hidden[base[..., 3] == 0, :3] = 255
    assert is_repeat(take(base), take(hidden))


def test_what_can_hardly_be_seen_has_no_fingerprint():
    faint = make_rgba(6)
    faint[..., 3] //= 12
    empty = make_rgba(6)
    empty[...] = 0
    assert take(faint) is None
    assert take(empty) is None
    assert take(np.full((1, 1, 4), 255, np.uint8)) is None


def test_an_opaque_picture_is_compared_too():
    base = make_rgba(7)
    base[..., 3] = 255
    assert is_repeat(take(base, False), take(compress(base, 80), False))
    other = make_rgba(8)
    other[..., 3] = 255
    assert not is_repeat(take(base, False), take(other, False))


def test_bytes_and_back():
    first = take(make_rgba(9))
    second = Fingerprint.from_bytes(first.to_bytes())
    np.testing.assert_array_equal(first.cells, second.cells)
    assert first.spread == second.spread
