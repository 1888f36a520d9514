"""The weightless encoder: what must not change a vector, and what must."""

import cv2
import numpy as np
import pytest

from clusterkit.encoders import descriptor, load_encoder
from clusterkit.images import Picture, letterbox, premultiply

LOOKS = [
    ((200, 40, 40), (40, 60, 200), (60, 60, 60)),
    ((200, 40, 40), (60, 60, 60), (40, 60, 200)),  # the first one's colours, worn elsewhere
    ((40, 160, 60), (220, 220, 220), (120, 70, 30)),
    ((240, 200, 60), (200, 60, 160), (30, 30, 120)),
    ((30, 30, 35), (200, 60, 60), (220, 210, 190)),
    ((160, 90, 50), (90, 160, 170), (90, 60, 120)),
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("descriptor")


def embed(encoder, images):
    prepared = [encoder.prepare(Picture(rgba, True)) for rgba in images]
    assert {(row.shape, row.dtype) for row in prepared} == {
        ((descriptor.SIZE, descriptor.SIZE, 4), np.dtype(np.uint8))
    }
    return encoder.encode(np.stack(prepared))


@pytest.fixture
def figures(draw_figure):
    def draw(seed=0):
        return [draw_figure(*look, height=180, seed=seed) for look in LOOKS]

    return draw


def grade(rgba, gain, shift):
    """A colour grade: per channel, on visible pixels."""
    graded = rgba.copy()
    colours = rgba[..., :3].astype(float) * gain + np.asarray(shift)
    graded[..., :3] = np.where(rgba[..., 3:] > 0, np.clip(colours, 0, 255), 0)
    return graded


def test_unit_float32_rows(encoder, figures):
    rows = embed(encoder, figures())
    assert rows.dtype == np.float32
    assert rows.shape == (len(LOOKS), encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_nothing_visible_becomes_nan(encoder):
    assert np.isnan(embed(encoder, [np.zeros((50, 40, 4), np.uint8)])).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 90), (90, 1), (3, 3), (900, 12)])
def test_odd_sizes_have_a_vector(encoder, shape):
    rgba = np.full((*shape, 4), 200, np.uint8)
    assert np.isfinite(embed(encoder, [rgba])).all()


def test_a_picture_and_its_mirror_image_are_the_same(encoder, figures):
    for rgba in figures():
        first, second = embed(encoder, [rgba, rgba[:, ::-1]])
        assert first @ second > 0.999


def test_colours_under_alpha_zero_and_margins_do_not_matter(encoder, figures):
    clean = figures()[0]
    dirty = clean.copy()
    dirty[dirty[..., 3] == 0, :3] = (0, 255, 0)
    wider = cv2.copyMakeBorder(clean, 31, 7, 55, 2, cv2.BORDER_CONSTANT)
    rows = embed(encoder, [clean, dirty, wider])
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_allclose(rows[0], rows[2], atol=1e-6)


def test_same_colours_worn_elsewhere_are_another_character(encoder, figures):
    rows = embed(encoder, figures())
    assert rows[0] @ rows[1] < 0.9


@pytest.mark.parametrize(
    ("gain", "shift"),
    [
        ((1.0, 1.0, 1.0), (0, 0, 0)),
        ((0.8, 0.8, 0.8), (25, 25, 25)),
        ((1.15, 1.15, 1.15), (-20, -20, -20)),
        ((0.82, 0.9, 1.12), (0, 0, 8)),  # night
        ((1.12, 0.97, 0.82), (5, 0, 0)),  # fire
        ((0.6, 0.6, 0.6), (0, 0, 0)),  # dusk
    ],
)
def test_nearest_neighbour_survives_a_colour_grade(encoder, gain, shift, figures):
    plain = embed(encoder, figures())
    graded = embed(encoder, [grade(rgba, gain, shift) for rgba in figures(seed=1)])
    np.testing.assert_array_equal((graded @ plain.T).argmax(axis=1), np.arange(len(LOOKS)))


def test_a_picture_is_described_alike_alone_and_beside_others(encoder, figures):
    pictures = [*figures(), np.zeros((9, 9, 4), np.uint8), *figures(seed=1)]
    together = embed(encoder, pictures)
    alone = np.vstack([embed(encoder, [picture]) for picture in pictures])
    np.testing.assert_array_equal(together, alone)


def test_correction_is_what_keeps_graded_pictures_near(figures):
    def count(rgba, correct):
        square = letterbox(premultiply(rgba), descriptor.SIZE)
        weight = square[..., 3].astype(np.float32) / 255
        rows, colours, masses = descriptor._gather_colours(square, weight)
        if correct:
            colours = descriptor.correct_colours(colours, masses)
        bands = descriptor._find_bands(square)
        table = descriptor._make_colour_table()
        counts = descriptor._share_colours(rows, colours, masses, *bands, *table)
        return counts[-1] / counts[-1].sum()

    def measure(correct):
        pairs = [(rgba, grade(rgba, (0.82, 0.9, 1.12), (0, 0, 8))) for rgba in figures()]
        return np.mean([np.sqrt(count(a, correct) * count(b, correct)).sum() for a, b in pairs])

    assert measure(True) > measure(False) + 0.02


def test_correction_goes_part_of_the_way_only():
    red = np.full((50, 3), (220, 60, 60), np.float32)
    red[::2] *= 0.5
    corrected = descriptor.correct_colours(red, np.ones(50, np.float32))
    cast = corrected.mean(axis=0)
    assert 20 < cast[0] - cast[1] < (red.mean(axis=0)[0] - red.mean(axis=0)[1])


def test_nearest_neighbour_survives_a_crop_at_the_hips(encoder, figures):
    # Without the second look, which a bust of the first one may well be.
    plain, again = (np.delete(figures(seed), 1, axis=0) for seed in (0, 1))
    busts = embed(encoder, [rgba[: int(len(rgba) * 0.7)] for rgba in again])
    nearest = (busts @ embed(encoder, plain).T).argmax(axis=1)
    np.testing.assert_array_equal(nearest, np.arange(len(plain)))


def test_ragged_matte_changes_little(encoder, figures):
    clean = figures()[0]
    ragged = clean.copy()
    ragged[..., 3] = cv2.erode(clean[..., 3], np.ones((3, 3), np.uint8), iterations=2)
    assert np.prod(embed(encoder, [clean, ragged]), axis=0).sum() > 0.95


def test_a_fringe_of_what_was_behind_the_character_changes_little(encoder, figures):
    clean = figures()[0]
    fringed = clean.copy()
    ring = cv2.dilate(clean[..., 3], np.ones((5, 5), np.uint8)) > clean[..., 3]
    fringed[ring] = (0, 255, 0, 120)
    assert np.prod(embed(encoder, [clean, fringed]), axis=0).sum() > 0.96  # .91 without erosion


def test_colour_shares_are_complete():
    bins, shares, n_bins = descriptor._make_colour_table()
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert bins.min() == 0
    assert set(np.unique(bins)) == set(range(n_bins))


def test_every_pixel_and_every_slope_counts_once(figures):
    square = letterbox(premultiply(figures()[0]), descriptor.SIZE)
    weight = square[..., 3].astype(np.float32) / 255
    bands = descriptor._find_bands(square)
    table = descriptor._make_colour_table()
    colours = descriptor._share_colours(*descriptor._gather_colours(square, weight), *bands, *table)
    assert colours[-1].sum() == pytest.approx(weight.sum(), rel=1e-5)
    # How much lies in each band, whatever its colour: a row belongs to the two nearest.
    rows = np.flatnonzero(weight.any(axis=1))
    place = (np.arange(len(square)) - rows[0] + 0.5) / (rows[-1] - rows[0] + 1)
    place = np.clip(place * descriptor.BANDS - 0.5, 0, descriptor.BANDS - 1)
    nearness = np.maximum(0, 1 - np.abs(place - np.arange(descriptor.BANDS)[:, None]))
    np.testing.assert_allclose(colours[:-1].sum(axis=1), nearness @ weight.sum(axis=1), rtol=1e-4)

    grey = cv2.cvtColor(square[..., :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, -1, 1, 0), cv2.Sobel(grey, -1, 0, 1)
    slopes = np.hypot(across, down) * weight
    angles = cv2.phase(across, down)
    edges = descriptor._share_edges(slopes, angles, *bands)
    expected = 2 * nearness @ slopes.sum(axis=1)  # of the picture and of its mirror image
    np.testing.assert_allclose(edges.sum(axis=1), expected, rtol=1e-3)


def test_the_outline_is_no_edge():
    alpha = np.zeros((descriptor.SIZE, descriptor.SIZE), np.uint8)
    cv2.circle(alpha, (32, 32), 25, 255, -1)
    disc = np.dstack([np.where(alpha[..., None], (200, 40, 40), 0).astype(np.uint8), alpha])
    striped = disc.copy()
    striped[::4, :, :3] //= 2
    n_edges = descriptor.BANDS * descriptor._EDGE_BINS
    rows = descriptor.describe(np.stack([disc, striped]))
    assert not rows[0, -n_edges:].any()
    assert rows[1, -n_edges:].any()


def test_a_band_with_next_to_nothing_in_it_fades_out():
    row = np.zeros(4, np.float32)
    descriptor._write_roots(np.array([[3.0, 1.0], [0.0, 0.5]]), 2.0, 1.0, row)
    np.testing.assert_allclose(row, np.sqrt([0.75, 0.25, 0, 0.25]))


def test_a_translucent_pixel_has_its_own_colour():
    square = np.full((4, 4, 4), (100, 50, 25, 128), np.uint8)
    rows, colours, weights = descriptor._gather_colours(square, np.eye(4, dtype=np.float32))
    np.testing.assert_array_equal(rows, [0, 1, 2, 3])
    np.testing.assert_allclose(colours, np.tile([199.2, 99.6, 49.8], (4, 1)), atol=0.1)
    np.testing.assert_array_equal(weights, 1)
