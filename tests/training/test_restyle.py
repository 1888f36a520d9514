"""Other techniques: one for all of a batch, inside the silhouette, of few colours or a grain."""

import numpy as np
import pytest

from training import restyle as techniques
from training.restyle import paint, restyle, set_pixels


@pytest.fixture
def drawings():
    """Discs in a smooth colour that runs from dark on the left to light on the right."""
    rows, columns = np.indices((112, 112)) - 55.5
    alpha = np.where(np.hypot(rows, columns) < 48, 255, 0)
    ramp = np.clip(columns + 128, 0, 255)
    disc = (
        np.dstack([ramp, ramp * 0.8, ramp * 0.5, np.full_like(ramp, 255)]) * (alpha > 0)[..., None]
    )
    return np.repeat(disc.astype(np.uint8)[None], 6, axis=0)


def test_some_batches_are_pixels_some_are_paint_and_most_are_as_drawn(drawings):
    rng = np.random.default_rng(0)
    kinds = []
    for _ in range(60):
        other = restyle(drawings, rng)
        assert other.shape == drawings.shape
        assert other.dtype == np.uint8
        assert (other[..., :3] <= other[..., 3:]).all()
        is_same = [
            np.array_equal(ours, theirs) for ours, theirs in zip(other, drawings, strict=True)
        ]
        assert all(is_same) or not any(is_same), "a batch of two techniques"
        is_paint = np.array_equal(other[..., 3], drawings[..., 3])
        kinds.append("drawn" if all(is_same) else "paint" if is_paint else "pixels")
    assert set(kinds) == {"drawn", "paint", "pixels"}
    assert kinds.count("drawn") > 20


@pytest.mark.parametrize("is_dithered", [False, True])
def test_pixel_art_has_few_colours_in_squares_and_a_hard_edge(drawings, is_dithered):
    art = set_pixels(drawings[0], 28, 6, is_dithered=is_dithered, is_outlined=False)
    colours = np.unique(art[art[..., 3] > 0], axis=0)
    assert len(colours) < len(np.unique(drawings[0].reshape(-1, 4), axis=0)) / 2
    assert set(np.unique(art[..., 3])) == {0, 255}
    squares = art.reshape(28, 4, 28, 4, 4)
    assert (squares == squares[:, :1, :, :1]).all()


def test_dither_keeps_the_colour_of_a_place_nearer_than_levels_do(drawings):
    plain, dithered = (
        set_pixels(drawings[0], 56, 3, is_dithered=is_dithered, is_outlined=False)
        for is_dithered in (False, True)
    )
    middle = (slice(40, 72), slice(40, 56), 0)
    wanted = drawings[0][middle].mean()
    assert abs(dithered[middle].mean() - wanted) < abs(plain[middle].mean() - wanted)


def test_an_outline_is_dark_and_lies_inside(drawings):
    plain, outlined = (
        set_pixels(drawings[0], 28, 20, is_dithered=False, is_outlined=is_outlined)
        for is_outlined in (False, True)
    )
    assert (plain[..., 3] == outlined[..., 3]).all()
    assert outlined[56, 100, 0] < plain[56, 100, 0] / 2
    assert (outlined[40:72, 40:72] == plain[40:72, 40:72]).all()


def test_paint_has_the_grain_and_the_light_that_were_asked_for(drawings):
    rng = np.random.default_rng(0)
    smooth = paint(drawings[0], 0.0, 1, 0.0, 0.0, rng)
    assert np.abs(smooth.astype(int) - drawings[0]).max() <= 1
    rough = paint(drawings[0], 0.2, 1, 0.0, 0.0, rng)
    inside = (slice(40, 72), slice(40, 72), 0)
    change = rough[inside] / drawings[0][inside]
    assert np.std(change) == pytest.approx(0.2, abs=0.03)
    from_the_right = paint(drawings[0], 0.0, 1, techniques.MOST_RELIEF, 0.0, rng).astype(int)
    lit = from_the_right - drawings[0]
    assert lit[56, 98, 0] > 10, "the side that faces the light"
    assert lit[56, 13, 0] < -10
    assert np.abs(lit[50:62, 50:62]).max() <= 1
    assert (from_the_right[..., 3] == drawings[0][..., 3]).all()
