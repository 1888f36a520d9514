import cv2
import numpy as np
import pytest
from conftest import make_rgba

from clusterkit.images import Picture
from clusterkit.quality import judge_quality, measure_quality, tabulate_quality
from clusterkit.settings import QualityThresholds


def measure(rgba, has_alpha=True):
    return measure_quality(Picture(rgba, has_alpha))


def test_sharp_scores_above_the_threshold_and_blurred_below():
    sharp = measure(make_rgba(width=300, height=400))
    blurred = measure(make_rgba(width=300, height=400, blur=18))
    assert sharp.blur_score > 5 * 100
    assert blurred.blur_score < 100


def test_the_cutout_edge_does_not_count():
    """A blurred figure cut out with a razor-sharp edge is still blurred."""
    rgba = make_rgba(width=300, height=400, blur=30)
    assert len(np.unique(rgba[..., 3])) == 2
    assert measure(rgba).blur_score < 100


def test_colours_under_transparent_pixels_do_not_count():
    rgba = make_rgba(width=300, height=400, blur=30)
    noise = np.random.default_rng(0).integers(0, 256, rgba.shape, np.uint8)
    hidden = rgba[..., 3] == 0
    assert measure(
        np.where(hidden[..., None], noise * [1, 1, 1, 0], rgba).astype(np.uint8)
    ) == measure(rgba)


def test_one_threshold_holds_at_any_resolution():
    large = make_rgba(width=900, height=1200)
    small = cv2.resize(large, (300, 400), interpolation=cv2.INTER_AREA)
    assert measure(small).blur_score == pytest.approx(measure(large).blur_score, rel=0.25)


def test_even_colours_are_no_blur():
    """A dark, flat drawing of few lines is as sharp as a bright one; blurred, it is found."""
    rgba = make_rgba(width=300, height=400)
    faint = rgba // [5, 5, 5, 1]
    halves = rgba.copy()
    halves[:200, :, :3], halves[200:, :, :3] = 60, 130
    for dull in (faint.astype(np.uint8), halves):
        soft = np.dstack([cv2.GaussianBlur(dull[..., :3], (0, 0), 12), dull[..., 3]])
        assert measure(dull).blur_score > 100 > measure(soft).blur_score


@pytest.mark.parametrize("deviation", [4, 8])
def test_grain_is_no_sharpness(deviation):
    grain = np.random.default_rng(0).normal(0, deviation, (400, 300, 1))
    scores = []
    for rgba in (make_rgba(width=300, height=400), make_rgba(width=300, height=400, blur=18)):
        rgba[..., :3] = np.clip(rgba[..., :3] + grain, 0, 255)
        scores.append(measure(rgba).blur_score)
    assert scores[0] > 5 * 100
    assert scores[1] < 100


def test_coverage_is_mean_opacity():
    rgba = np.zeros((100, 100, 4), np.uint8)
    rgba[:50, :, 3] = 255
    assert measure(rgba).alpha_coverage == pytest.approx(0.5)
    rgba[..., 3] = 5  # a ghost everywhere is nothing anywhere
    assert measure(rgba).alpha_coverage == pytest.approx(5 / 255, abs=1e-4)
    assert measure(rgba, has_alpha=False).alpha_coverage == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 3)])
def test_degenerate_pictures_have_finite_metrics(shape):
    quality = measure(np.zeros((*shape, 4), np.uint8))
    assert np.isfinite([quality.blur_score, quality.alpha_coverage]).all()


def test_each_rule_rejects_what_it_is_for():
    sharp = measure(make_rgba(width=300, height=400))
    tiny = measure(make_rgba(width=63, height=400))
    blurred = measure(make_rgba(width=300, height=400, blur=18))
    empty = np.zeros((100, 100, 4), np.uint8)
    table = tabulate_quality([sharp, tiny, blurred, measure(empty), None])
    verdicts = judge_quality(table, QualityThresholds())
    assert verdicts["passed"].tolist() == [True, False, False, False, False]
    assert verdicts["size"].tolist() == [False, True, False, False, True]
    assert verdicts["blur"].tolist()[:3] == [False, False, True]
    assert verdicts["content"].tolist() == [False, False, False, True, True]


def test_thresholds_are_as_documented():
    """64 x 64 is large enough; a blur score of just 100 and a coverage of just 5 % are not."""
    table = tabulate_quality([measure(make_rgba(width=64, height=64))])
    for blur, coverage, passed in [(100.1, 0.051, True), (100, 0.051, False), (100.1, 0.05, False)]:
        row = table.assign(blur_score=blur, alpha_coverage=coverage)
        assert judge_quality(row, QualityThresholds())["passed"].tolist() == [passed]
    lax = QualityThresholds(min_size=0, min_blur=0, min_coverage=0)
    assert judge_quality(table, lax)["passed"].all()
