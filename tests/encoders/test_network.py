"""The network that is in the package: its weights, and what must not change a vector."""

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from clusterkit.encoders import load_encoder
from clusterkit.encoders.character_network import (
    PARTS,
    SMALLEST_AREA,
    pool_covered,
    shrink_cover,
    to_input,
)
from clusterkit.encoders.network import PART_SIZE, WEIGHTS_FILE, NetworkEncoder, load_sight
from clusterkit.errors import EncoderError
from clusterkit.images import Picture

LOOKS = [
    ((200, 40, 40), (40, 60, 200), (60, 60, 60)),
    ((40, 160, 60), (220, 220, 220), (120, 70, 30)),
    ((240, 200, 60), (200, 60, 160), (30, 30, 120)),
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder("network")


def embed(encoder, images):
    return encoder.encode(np.stack([encoder.prepare(Picture(rgba, True)) for rgba in images]))


@pytest.fixture
def figures(draw_figure):
    return [draw_figure(*look, height=180, seed=0) for look in LOOKS]


def test_unit_float32_rows(encoder, figures):
    rows = embed(encoder, figures)
    assert rows.dtype == np.float32
    assert rows.shape == (len(LOOKS), encoder.dimensions)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_nothing_visible_becomes_nan_and_leaves_the_others_alone(encoder, figures):
    empty = np.zeros((50, 40, 4), np.uint8)
    rows = embed(encoder, [figures[0], empty, figures[1]])
    assert np.isnan(rows[1]).all()
    np.testing.assert_allclose(rows[[0, 2]], embed(encoder, figures[:2]), atol=1e-5)


def test_colours_under_alpha_zero_and_margins_do_not_matter(encoder, figures):
    figure = figures[0]
    loud = np.pad(figure, ((30, 5), (12, 40), (0, 0)))
    loud[loud[..., 3] == 0] = (255, 0, 255, 0)
    assert embed(encoder, [figure])[0] @ embed(encoder, [loud])[0] > 0.999


def test_what_was_seen_last_is_not_taken_for_what_is_seen_now(encoder, figures, monkeypatch):
    """Views look at the same pictures as the vectors do; other pictures are looked at anew."""
    first, second = (
        np.stack([encoder.prepare(Picture(rgba, True)) for rgba in some])
        for some in (figures[:2], figures[1:])
    )
    rows = encoder.encode(first)
    looks = []
    look = encoder._sight.look
    monkeypatch.setattr(encoder._sight, "look", lambda p: looks.append(len(p)) or look(p))
    maps = encoder._sight.summarize(first.copy(), lambda stages, alpha: stages[0])
    assert not looks, "equal pictures are not looked at again"
    np.testing.assert_allclose(encoder.encode(second)[0], rows[1], atol=1e-5)
    assert looks == [2]
    again = encoder._sight.summarize(first, lambda stages, alpha: stages[0])
    assert looks == [2, 2]
    np.testing.assert_array_equal(again, maps)
    np.testing.assert_array_equal(encoder.encode(first), rows)


def test_parts_on_many_cores_are_one_batch_in_order(encoder, figures):
    """More pictures than one part takes, each with what was seen in it and not in another."""
    alone = embed(encoder, figures)
    prepared = [encoder.prepare(Picture(rgba, True)) for rgba in figures]
    order = np.random.default_rng(0).integers(0, len(figures), 3 * PART_SIZE + 5)
    rows = encoder.encode(np.stack([prepared[number] for number in order]))
    np.testing.assert_allclose(rows, alone[order], atol=1e-5)


def test_a_character_is_nearest_to_itself_cropped_graded_and_mirrored(encoder, figures):
    def vary(rgba):
        changed = rgba[: int(len(rgba) * 0.75), ::-1].copy()
        changed[..., :3] = cv2.convertScaleAbs(changed[..., :3], alpha=0.85, beta=8)
        return changed

    likeness = embed(encoder, [vary(f) for f in figures]) @ embed(encoder, figures).T
    assert likeness.argmax(axis=1).tolist() == [0, 1, 2]


def test_damaged_weights_are_refused_with_a_way_out(tmp_path):
    damaged = bytearray(WEIGHTS_FILE.read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "w.safetensors").write_bytes(damaged)
    with pytest.raises(EncoderError, match=r"damaged .* --model descriptor"):
        NetworkEncoder(weights=tmp_path / "w.safetensors")


def test_missing_weights_are_refused_with_a_way_out(tmp_path):
    with pytest.raises(EncoderError, match=r"cannot be read .* --model descriptor"):
        NetworkEncoder(weights=tmp_path / "none.safetensors")


def test_the_weights_are_small():
    assert WEIGHTS_FILE.stat().st_size <= 8_000_000


def test_what_is_folded_sees_the_same(encoder, figures):
    batch = np.stack([encoder.prepare(Picture(rgba, True)) for rgba in figures])
    pixels = torch.from_numpy(batch).permute(0, 3, 1, 2).float()
    sight = load_sight()
    with torch.inference_mode():
        expected = sight.network.look(to_input(pixels / 255))
        stages, alpha = sight.look(batch)
    for maps, plain in zip(stages, expected, strict=True):
        np.testing.assert_allclose(maps, plain, atol=1e-4)
    np.testing.assert_allclose(alpha, pixels[:, 3:] / 255)


def test_coverage_of_a_coarser_grid_is_the_mean():
    alpha = torch.rand(3, 1, 96, 96, generator=torch.Generator().manual_seed(0))
    for grid in ((24, 24), (6, 12), (4, 2)):
        expected = functional.adaptive_avg_pool2d(alpha, grid)
        torch.testing.assert_close(shrink_cover(alpha, *grid), expected)


def test_means_and_maximum_are_of_what_is_covered():
    maps = torch.rand(2, 5, 12, 12, generator=torch.Generator().manual_seed(0))
    alpha = torch.zeros(2, 1, 96, 96)
    alpha[:, :, 8:64, 16:56] = 1  # cells 1 to 7 down, 2 to 6 across
    pooled = pool_covered(maps, alpha).reshape(2, PARTS + 2, 5)
    seen = maps[:, :, 1:8, 2:7]
    mean = seen.sum((2, 3)) / (35 + SMALLEST_AREA)
    middle = maps[:, :, 4:8, 2:7].sum((2, 3)) / (20 + SMALLEST_AREA)
    np.testing.assert_allclose(pooled[:, 0], mean, rtol=1e-5)
    np.testing.assert_allclose(pooled[:, 2], middle, rtol=1e-5)
    np.testing.assert_allclose(pooled[:, 3], 0, atol=1e-6)
    np.testing.assert_allclose(pooled[:, 4], seen.amax((2, 3)))
