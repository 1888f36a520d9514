"""Other colours for families: one look for all of a family, and nothing outside the silhouette."""

import numpy as np
import pytest

from training import recolour as colours
from training.families import MOST_SIBLINGS
from training.recolour import fade, recolour, turn_hue

N_FAMILIES = 40


@pytest.fixture
def drawings():
    """A batch of which every picture is the same disc: red on the left, light grey on the right."""
    rows, columns = np.indices((48, 48)) - 23.5
    alpha = np.where(np.hypot(rows, columns) < 20, 255, 0).astype(np.uint8)
    red = np.array([200, 40, 40], np.uint8)
    colour = np.where(columns[..., None] < 0, red, np.uint8(210))
    disc = np.dstack([np.where(alpha[..., None], colour, 0), alpha]).astype(np.uint8)
    return np.repeat(disc[None], N_FAMILIES * 4, axis=0)


@pytest.fixture
def labels():
    """Families of two siblings, two pictures each."""
    first = np.arange(N_FAMILIES) * (MOST_SIBLINGS + 1)
    return np.repeat(np.stack([first, first + 1], 1).ravel(), 2)


def test_a_family_has_one_look_and_families_have_many(drawings, labels):
    other = recolour(drawings, labels, np.random.default_rng(0)).reshape(N_FAMILIES, 4, -1)
    assert (other == other[:, :1]).all()
    looks = np.unique(other[:, 0], axis=0)
    untouched = (other[:, 0] == drawings[0].ravel()).all(1).mean()
    assert len(looks) > N_FAMILIES / 4
    assert 0.2 < untouched < 0.9


def test_the_silhouette_stays_and_colours_stay_inside_it(drawings, labels):
    other = recolour(drawings, labels, np.random.default_rng(1))
    assert (other[..., 3] == drawings[..., 3]).all()
    assert (other[..., :3] <= other[..., 3:]).all()
    assert other.dtype == np.uint8


def test_a_turned_hue_keeps_brightness_and_distances():
    matrix = turn_hue(np.random.default_rng(2))
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(matrix.sum(1), 1)
    assert not np.allclose(matrix, np.eye(3), atol=0.05)


def test_a_faded_colour_lies_nearer_to_its_grey():
    red = np.array([200.0, 40.0, 40.0])
    np.testing.assert_allclose(fade(0.0) @ red, red.mean())
    assert np.ptp(fade(0.25) @ red) == pytest.approx(0.25 * np.ptp(red))


def test_ink_is_black_where_it_was_dark_and_where_colours_meet(drawings, labels, monkeypatch):
    monkeypatch.setattr(colours, "INK_ODDS", 1.0)
    monkeypatch.setattr(colours, "BLACKEST", (0.5, 0.5))
    inked = recolour(drawings, labels, np.random.default_rng(0))[0]
    assert (inked[..., 0] == inked[..., 2]).all()
    assert inked[24, 14, 0] < 20, "the red, which is darker than half"
    assert inked[24, 36, 0] > 235, "the light grey"
