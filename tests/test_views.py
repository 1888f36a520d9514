"""Views: what geometry measures, how frames are told from one another, and what is refused."""

from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest
import torch
from torch.nn import functional

from clusterkit.clustering import CLUSTERED, NOISE
from clusterkit.encoders.network import WEIGHTS_DIGEST as NETWORK_DIGEST
from clusterkit.errors import EncoderError, SettingsError
from clusterkit.settings import Settings
from clusterkit.store import MeasurementStore
from clusterkit.views import VIEWS, symmetry, tell_views
from clusterkit.views.column import add_views, describe_views
from clusterkit.views.head import average_covered
from clusterkit.views.judging import judge_sides
from clusterkit.views.knowledge import FINGERPRINT, LEARNT_ON, WEIGHTS_FILE, load_weights
from clusterkit.views.meter import ViewMeter
from clusterkit.views.symmetry import SYMMETRY_NAMES, measure_symmetry


def draw_head(turn=0.0, face=True, seed=0):
    """A figure whose face looks ahead (0) or to a side (1), premultiplied, (96, 96, 4)."""
    rng = np.random.default_rng(seed)
    rgba = np.zeros((96, 96, 4), np.uint8)
    cv2.ellipse(rgba, (48, 70), (16, 25), 0, 0, 360, (60, 80, 160, 255), -1)
    cv2.circle(rgba, (48, 28), 25, (110, 60, 30, 255), -1)
    if face:
        middle = int(48 + 14 * turn)
        cv2.ellipse(rgba, (middle, 32), (14, 16), 0, 0, 360, (240, 200, 170, 255), -1)
        for eye in (-6, 6):
            cv2.circle(rgba, (middle + eye, 30), 3, (20, 20, 40, 255), -1)
    noise = rng.normal(0, 3, rgba.shape[:2])[..., None]
    rgba[..., :3] = np.clip(rgba[..., :3] + noise, 0, rgba[..., 3:])
    return rgba


def measure(picture):
    return dict(zip(SYMMETRY_NAMES, measure_symmetry(picture[None])[0], strict=True))


def test_a_side_is_less_symmetric_and_a_back_less_detailed():
    front, side, back = measure(draw_head()), measure(draw_head(1)), measure(draw_head(face=False))
    for name in ("mirror_colour", "moment", "detail_offset"):
        assert side[name] > front[name] + 0.3, name
    for name in ("detail", "face_detail", "face_contrast", "face_lightness"):
        assert front[name] > back[name] + 0.3, name


def test_mirroring_changes_next_to_nothing():
    for picture in (draw_head(0.6), draw_head(face=False)):
        rows = measure_symmetry(np.stack([picture, np.ascontiguousarray(picture[:, ::-1])]))
        np.testing.assert_allclose(rows[0], rows[1], atol=0.15)


def test_a_picture_is_measured_alike_alone_and_beside_others():
    pictures = np.stack([draw_head(), np.zeros((96, 96, 4), np.uint8), draw_head(1)])
    alone = np.vstack([measure_symmetry(picture[None]) for picture in pictures])
    np.testing.assert_array_equal(measure_symmetry(pictures), alone)
    assert np.isfinite(alone).all()


def test_the_loops_compute_what_the_formulas_say():
    """The same numbers, from whole arrays."""
    lab, alpha = symmetry._split(draw_head(0.6)[None])
    edges = symmetry._find_edges(lab[..., 0], alpha)[0]
    lab, alpha = lab[0], alpha[0]
    first, end = band = 5, 29
    cover = alpha[first:end]
    colours, detail = lab[first:end], edges[first:end]
    area = cover.sum() + 1e-3
    columns = np.arange(symmetry.SIDE)
    middle = (cover * columns).sum() / area
    away = (columns - middle) / (np.sqrt((cover * (columns - middle) ** 2).sum() / area) + 0.5)
    off = (colours - (colours * cover[..., None]).sum(axis=(0, 1)) / area) * cover[..., None]
    spread = np.sqrt((off**2).sum() / area) + 0.03
    moments = (off * away[None, :, None]).sum(axis=(0, 1)) / area / spread
    mirror = np.clip(round(2 * middle) - columns, 0, symmetry.SIDE - 1)
    both = np.minimum(cover, cover[:, mirror])
    unlike = np.abs(colours - colours[:, mirror]).sum(axis=2)
    sides = [
        (unlike * both).sum() / (both.sum() + 0.5) / spread,
        np.linalg.norm(moments),
        abs((detail * away).sum()) / (detail.sum() + 1e-3),
        np.abs(cover - cover[:, mirror]).sum() / (2 * area),
        detail.sum() / area,
        spread,
    ]
    found = symmetry._compare_sides(lab, alpha, edges, band)
    np.testing.assert_allclose(found, sides, rtol=1e-4)

    place = (np.arange(end - first) + 0.5) / (end - first) * 2 - 1
    near = np.exp(-(((place[:, None] - 0.3) / 0.5) ** 2) / 2 - (away / 0.6) ** 2 / 2)
    inside = cover * near
    total, around = inside.sum() + 1e-3, cover - inside
    mean = (colours * inside[..., None]).sum(axis=(0, 1)) / total
    variance = ((colours - mean) ** 2 * inside[..., None]).sum(axis=(0, 1)) / total
    surround = (colours[..., 0] * around).sum() / (around.sum() + 1e-3)
    face = [abs(mean[0] - surround), np.sqrt(variance).sum(), (detail * inside).sum() / total]
    np.testing.assert_allclose(symmetry._look_at_face(lab, alpha, edges, band), face, rtol=1e-3)


def test_bands_lie_where_the_figure_is():
    cover = np.zeros((symmetry.SIDE, symmetry.SIDE), np.float32)
    cover[8:28, 20:30] = 1
    assert symmetry._find_extent(cover) == (8, 20)
    assert symmetry._find_extent(np.zeros_like(cover)) == (0, symmetry.SIDE)
    assert symmetry._cut_band(8, 20, 0.5, 0.75) == (18, 23)
    assert symmetry._cut_band(8, 20, 0.5, 0.55) == (18, 21), "three rows at least"
    assert symmetry._cut_band(46, 2, 0.0, 1.0) == (46, symmetry.SIDE)


def test_means_of_what_is_covered_in_a_grid():
    torch.manual_seed(0)
    maps = torch.rand(3, 5, 12, 6).to(memory_format=torch.channels_last)
    cover = torch.rand(3, 1, 12, 6)
    for grid in ((4, 2), (6, 6), (5, 4)):  # the last one's cells overlap
        expected = functional.adaptive_avg_pool2d(maps * cover, grid)
        torch.testing.assert_close(average_covered(maps, cover, *grid), expected)


def test_the_meter_gives_probabilities_and_nan_where_nothing_is_visible():
    batch = np.stack([draw_head(), np.zeros((96, 96, 4), np.uint8), draw_head(1)])
    meter = ViewMeter()
    rows = meter.encode(batch)
    assert rows.shape == (3, meter.dimensions)
    assert rows.dtype == np.float32
    assert np.isnan(rows[1]).all()
    alone = rows[[0, 2], len(SYMMETRY_NAMES) : len(SYMMETRY_NAMES) + 3]
    np.testing.assert_allclose(np.exp(alone).sum(axis=1), 1, atol=1e-4)
    assert meter.encode(batch[:0]).shape == (0, meter.dimensions)


def test_a_frame_is_judged_beside_the_others_of_its_character():
    """Numbers that say by themselves nothing: what is above the mean of its character is a side."""
    weights = replace(
        load_weights(),
        beside_weight=np.array([[0.0, 1.0], [0.0, -1.0]]), beside_bias=np.zeros(2),
        verdict_weight=np.array([[0.0, 9.0], [9.0, 0.0], [0.0, 0.0]]), verdict_bias=np.zeros(3),
    )  # fmt: skip
    alone = np.full((6, 3), -np.log(3))
    seen = np.column_stack([alone, [1.0, 3.0, 1.0, 3.0, 5.0, 3.0]])
    own = np.array([0, 0, 0, 1, 1, 1])
    told = judge_sides(seen, own, weights)
    assert [VIEWS[at] for at in told.argmax(axis=1)] == ["front", "side", "front"] * 2
    np.testing.assert_allclose(np.exp(told).sum(axis=1), 1)
    one = judge_sides(seen[:1], own[:1], weights)
    np.testing.assert_allclose(one, alone[:1])  # beside nobody there is nothing to hear
    sure = np.column_stack([np.log([[0.998, 0.001, 0.001]] * 6), seen[:, 3:]])
    assert VIEWS[judge_sides(sure[:1], own[:1], weights).argmax()] == "front"


def make_show(n_characters=6, n_frames=60, seed=0):
    """Numbers as the model of `telling` has them, middles and shifts; the heads are blind."""
    rng = np.random.default_rng(seed)
    weights = load_weights()
    characters = np.repeat(np.arange(n_characters), n_frames)
    views = rng.choice(3, len(characters), p=[0.45, 0.35, 0.2])
    k = len(SYMMETRY_NAMES)
    middles = rng.normal(0, 2, (n_characters, k))
    scaled = middles[characters] + 1.3 * weights.shift[views, :k]
    scaled += rng.normal(0, 0.7, scaled.shape)
    judged = np.full((len(characters), 3), -np.log(3))
    numbers = np.zeros((len(characters), len(weights.reduce_bias)))
    measured = np.hstack([scaled * weights.spread[:k], judged, numbers]).astype(np.float32)
    frames = pd.DataFrame({
        "episode": "episode_001", "scene": pd.array([pd.NA] * len(views), dtype="Int64"),
        "frame": pd.array(range(len(views)), dtype="Int64"),
        "seconds": pd.array([float(row) for row in range(len(views))], dtype="Float64"),
    })  # fmt: skip
    return measured, characters, frames, views


def test_views_are_told_whatever_a_characters_own_middle_is():
    measured, characters, frames, views = make_show()
    told = tell_views(measured, characters, frames, load_weights())
    real = np.array(VIEWS, object)[views]
    for view in VIEWS:
        assert (told.views[real == view] == view).mean() > 0.75
    np.testing.assert_allclose(told.probabilities.sum(axis=1), 1, atol=1e-5)


def test_the_order_of_the_frames_does_not_matter():
    measured, characters, frames, _ = make_show()
    order = np.random.default_rng(1).permutation(len(characters))
    told = tell_views(measured, characters, frames, load_weights())
    other = tell_views(measured[order], characters[order], frames.iloc[order], load_weights())
    np.testing.assert_allclose(told.probabilities[order], other.probabilities, atol=1e-4)


def test_frames_of_no_character_and_unmeasured_ones_have_no_view():
    measured, characters, frames, _ = make_show()
    characters[:10] = -1
    measured[10:15] = np.nan
    told = tell_views(measured, characters, frames, load_weights())
    assert all(view is None for view in told.views[:15])
    assert not told.probabilities[:15].any()
    assert sum(view is not None for view in told.views) > 200
    nobody = tell_views(measured, np.full(len(characters), -1), frames, load_weights())
    assert all(view is None for view in nobody.views)


def test_one_frame_alone_is_no_error():
    measured, characters, frames, _ = make_show()
    told = tell_views(measured[:1], characters[:1], frames[:1], load_weights())
    assert told.probabilities.shape == (1, 3)
    assert np.isfinite(told.probabilities).all()


def test_frames_of_one_moment_are_judged_together():
    measured, characters, frames, views = make_show()
    order = np.lexsort((views, characters))  # a character's fronts, then its sides, then its backs
    measured, characters, views = measured[order], characters[order], views[order]
    film = frames.assign(
        scene=pd.array(characters * 3 + views, dtype="Int64"),
        seconds=pd.array(np.arange(len(views)) / 8, dtype="Float64"),
    )
    real = np.array(VIEWS, object)[views]
    alone = (tell_views(measured, characters, frames, load_weights()).views == real).mean()
    together = (tell_views(measured, characters, film, load_weights()).views == real).mean()
    assert together > alone


def test_the_weights_are_small_checked_and_fit_the_network(tmp_path):
    assert WEIGHTS_FILE.stat().st_size < 1_000_000
    assert LEARNT_ON == NETWORK_DIGEST, "another network: python -m training.views learns anew"
    damaged = bytearray(WEIGHTS_FILE.read_bytes())
    damaged[-1] ^= 1
    (tmp_path / "w.safetensors").write_bytes(damaged)
    with pytest.raises(EncoderError, match=r"damaged .* --no-tell-views"):
        load_weights(tmp_path / "w.safetensors")
    with pytest.raises(EncoderError, match=r"cannot be read .* --no-tell-views"):
        load_weights(tmp_path / "none.safetensors")


@pytest.fixture
def told(tmp_path):
    """Tables of a small result, and the store with its numbers."""
    measured, characters, frames, _ = make_show(2, 40)
    digests = [f"{row:032x}" for row in range(len(characters))]
    frames = frames.assign(path=[f"{digest}.png" for digest in digests])
    quality = pd.DataFrame({"digest": digests, "duplicate_of": None})
    assignments = pd.DataFrame({
        "status": CLUSTERED, "cluster": pd.array(characters, dtype="Int64"), "view": None
    })  # fmt: skip
    with MeasurementStore(tmp_path / "store.sqlite") as store:
        store.add_vectors(zip(digests, measured, strict=True), FINGERPRINT)
        yield assignments, frames, quality, store


def test_the_column_is_filled_for_characters_only(told):
    assignments, frames, quality, store = told
    assignments.loc[:4, "status"] = NOISE
    assignments.loc[:4, "cluster"] = -1
    table = add_views(assignments, frames, quality, store, Settings())
    assert table["view"][:5].isna().all()
    assert table["view"][5:].isin(VIEWS).mean() > 0.9
    assert assignments["view"].isna().all(), "the table that was given stays as it was"
    assert describe_views(table["view"]).startswith("front ")


def test_views_can_be_left_out(told):
    assert add_views(*told, Settings(tell_views=False))["view"].isna().all()
    with pytest.raises(SettingsError, match="tell_views"):
        Settings(tell_views="no")
