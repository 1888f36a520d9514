"""`builtin`: each picture decides how much the network has to say, by how flat it is."""

import cv2
import numpy as np
import pytest

from clusterkit.encoders import load_encoder
from clusterkit.encoders.builtin import (
    FLAT,
    LEAST_SAY,
    MOST_SAY,
    measure_flatness,
    weigh_network,
)
from clusterkit.encoders.joined import join_rows
from clusterkit.images import Picture


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("builtin")


@pytest.fixture
def flat(draw_figure):
    """A figure of a few areas of one colour."""
    return draw_figure((200, 40, 40), (40, 60, 200), (60, 60, 60), height=180, seed=0)


@pytest.fixture
def textured(flat):
    """The same, every pixel of it lighter or darker than the next."""
    grain = np.random.default_rng(0).normal(0, 40, flat.shape[:2])
    grain = cv2.GaussianBlur(grain, (0, 0), 1.0) * 3
    colour = np.clip(flat[..., :3] + grain[..., None], 0, 255).astype(np.uint8)
    return np.dstack([colour, flat[..., 3]])


def prepare(encoder, images):
    return np.stack([encoder.prepare(Picture(rgba, True)) for rgba in images])


def square(colour):
    alpha = np.zeros((96, 96), np.uint8)
    alpha[20:76, 20:76] = 255
    return np.dstack([np.where(alpha[..., None], colour, 0).astype(np.uint8), alpha])[None]


def test_one_colour_is_flat_whatever_its_outline():
    assert measure_flatness(square(np.array([200, 30, 30]))) == [1]


def test_stripes_are_not_flat_and_a_slow_gradient_is():
    rows = np.indices((96, 96))[0][..., None]
    stripes = square(rows // 2 % 2 * 120 + np.array([60, 60, 60]))
    gradient = square(rows + np.array([60, 60, 60]))
    assert measure_flatness(np.concatenate([stripes, gradient])).tolist() == [0, 1]


def test_what_is_hardly_visible_counts_as_textured():
    specks = np.zeros((3, 96, 96, 4), np.uint8)
    specks[1, 40:50, 40:50] = 255  # 36 pixels of it are inside
    specks[2, 40:52, 40:52] = 255  # 64
    assert measure_flatness(specks).tolist() == [0, 0, 1]


def test_a_picture_is_as_flat_alone_as_beside_others(flat, textured):
    pictures = prepare(load_encoder("network"), [flat, textured, flat[:90], textured[40:]])
    together = measure_flatness(pictures)
    np.testing.assert_array_equal(together, [measure_flatness(p[None])[0] for p in pictures])
    assert len(set(together)) == 4


def test_the_say_grows_with_flatness_between_its_bounds():
    say = weigh_network(np.array([0, FLAT / 2, FLAT, 1]))
    middle = np.sqrt(LEAST_SAY * MOST_SAY)
    np.testing.assert_allclose(say, [LEAST_SAY, middle, MOST_SAY, MOST_SAY])


def test_a_picture_weighs_its_parts_by_itself(encoder, flat, textured):
    batch = prepare(encoder, [flat, textured])
    flatness = measure_flatness(batch["part0"])
    assert flatness[1] < 0.1 < FLAT < flatness[0]
    say = weigh_network(flatness)
    parts = [
        part.encode(np.ascontiguousarray(batch[f"part{i}"]))
        for i, part in enumerate(encoder.encoders)
    ]
    expected = join_rows(parts, np.column_stack([say, [1, 1]]))
    np.testing.assert_allclose(encoder.encode(batch), expected, atol=1e-6)
    np.testing.assert_allclose(encoder.encode(batch[1:]), expected[1:], atol=1e-5)


def test_pictures_that_weigh_alike_have_the_weighted_mean_of_the_cosines(encoder, textured):
    mirrored = np.ascontiguousarray(textured[:, ::-1])
    batch = prepare(encoder, [textured, mirrored])
    flatness = measure_flatness(batch["part0"])
    assert flatness[0] == pytest.approx(flatness[1], abs=0.01)
    rows = encoder.encode(batch)
    fixed = load_encoder(f"network*{weigh_network(flatness).mean()}+descriptor")
    expected = fixed.encode(prepare(fixed, [textured, mirrored]))
    assert rows[0] @ rows[1] == pytest.approx(expected[0] @ expected[1], abs=1e-4)


def test_where_a_part_has_no_row_there_is_none(encoder, flat):
    rows = encoder.encode(prepare(encoder, [flat, np.zeros_like(flat)]))
    assert np.isfinite(rows[0]).all()
    assert np.isnan(rows[1]).all()
