"""Measure a frame's quality once; judge it against thresholds as often as a slider moves.

A metric never contains a threshold, and a verdict never looks at a pixel.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import pandas as pd

from clusterkit.images import Picture
from clusterkit.settings import QualityThresholds

RULES = ("size", "blur", "content")
"""The rules a frame can fail, each a column of what `judge_quality` returns."""

QUALITY_COLUMNS = ("width", "height", "blur_score", "alpha_coverage")

BLUR_SIDE = 144
"""Longest side, in pixels, at which blur is measured. The variance of the Laplacian falls with
resolution: the same face scores 40 at 440 px and 900 at 128 px. One working size makes one
threshold mean the same for a close-up and a figure in the distance."""

USUAL_SLOPE, LEAST_SLOPE = 25.0, 15.0
"""Root mean square, and least mean square, of the slope that a variance is measured against, in
grey levels a pixel. 25 is what sharp sprites have; what a smooth picture has less than the least of
is compression. With both, the usual threshold of 100 lies midway, in log scale, between the sharp
pictures of fifteen sets and the same blurred by 2 % of their height: `benchmarks/sharpness.py`."""

NORMAL_DEVIATION = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation."""
MOST_NOISE = 0.75
"""Share of a variance that may be noise: of sharp pictures up to .84 looks like it (in 99 of 100;
every pixel of a painted sprite is an edge), of blurred ones with grain .88 and more (in 19 of 20).
"""

OPAQUE = 128
"""Alpha from which a pixel's colour is the character's own, not the matte's."""

LEAST_INTERIOR = 64
"""Pixels that the character must keep after its edge is peeled off; else the edge stays on."""


@dataclass(frozen=True)
class Quality:
    """The raw quality metrics of one frame.

    Attributes
    ----------
    width, height : int
        Of the image, in pixels.
    blur_score : float
        Variance of the Laplacian of the grey values (0-255) inside the character, without grain and
        at the contrast that drawings usually have; low is blurred.
    alpha_coverage : float
        Mean opacity, 0 to 1: 1 for an image without alpha.
    """

    width: int
    height: int
    blur_score: float
    alpha_coverage: float


def measure_quality(picture: Picture) -> Quality:
    """Measure one decoded image.

    The blur score is Pech-Pacheco et al.'s "variance of Laplacian" (Diatom autofocusing in
    brightfield microscopy, ICPR 2000), taken on the character alone at a working size of
    `BLUR_SIDE`: neither the cut-out's edge, which is sharp even around a blurred figure, nor the
    colours hidden under transparent pixels count.

    That variance also grows with contrast and with how much is drawn: flat art in dark or even
    colours has little of either and is no more blurred for it. Variance over squared slope would
    tell the width of edges alone (1 / (2 s^2) for edges of a Gaussian's width s), but of a smooth
    picture it tells the noise. Dividing by the slope itself lies between the two.

    Grain is told by its distribution. Of grain the Laplacian is normal, so that its median absolute
    deviation gives its whole variance away; of a sharp drawing it is mostly small and large at
    edges. What is more than `MOST_NOISE` noise scores less, and noise alone nothing.
    """
    coverage = float(cv2.mean(picture.rgba[..., 3])[0]) / 255 if picture.has_alpha else 1.0
    return Quality(
        width=picture.width,
        height=picture.height,
        blur_score=_measure_blur(picture.character),
        alpha_coverage=round(coverage, 6),
    )


def _measure_blur(premultiplied: np.ndarray) -> float:
    height, width = premultiplied.shape[:2]
    scale = min(1.0, BLUR_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA)
    alpha = small[..., 3]
    # Back to straight colours, in float: the small picture is a blend of what is opaque, only.
    grey = cv2.cvtColor(small[..., :3].astype(np.float32), cv2.COLOR_RGB2GRAY)
    grey = np.minimum(grey * (255 / np.maximum(alpha, 1).astype(np.float32)), 255)
    character = (alpha >= OPAQUE).astype(np.uint8)
    # A 3 x 3 Laplacian reaches one pixel out: one pixel of erosion keeps it off the edge.
    interior = cv2.erode(character, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
    region = interior if cv2.countNonZero(interior) >= LEAST_INTERIOR else character
    if not cv2.countNonZero(region):
        return 0.0
    variance = _measure_variance(cv2.Laplacian(grey, cv2.CV_32F)[region > 0])
    across, down = (cv2.Sobel(grey, cv2.CV_32F, x, 1 - x, ksize=1, scale=0.5) for x in (1, 0))
    slope = cv2.mean(across * across + down * down, mask=region)[0]
    return round(variance * USUAL_SLOPE / math.sqrt(slope + LEAST_SLOPE), 3)


def _measure_variance(laplacian: np.ndarray) -> float:
    """The variance, less where most of it is noise."""
    variance = float(laplacian.var())
    deviation = float(np.median(np.abs(laplacian - np.median(laplacian))))
    noise = (NORMAL_DEVIATION * deviation) ** 2
    return min(variance, max(0.0, variance - noise) / (1 - MOST_NOISE))


def tabulate_quality(qualities: list[Quality | None]) -> pd.DataFrame:
    """Metrics of many frames as a table; a frame that could not be read has missing values.

    Returns
    -------
    DataFrame
        width, height (Int64), blur_score, alpha_coverage (float64), one row an entry, in order.
    """
    empty = dict.fromkeys(QUALITY_COLUMNS)
    rows = [empty if quality is None else asdict(quality) for quality in qualities]
    table = pd.DataFrame(rows, columns=list(QUALITY_COLUMNS))
    return table.astype(
        {"width": "Int64", "height": "Int64", "blur_score": "float64", "alpha_coverage": "float64"}
    )


def judge_quality(quality: pd.DataFrame, thresholds: QualityThresholds) -> pd.DataFrame:
    """Hold every frame against the thresholds. Instant: 20,000 frames take a few milliseconds.

    Parameters
    ----------
    quality : DataFrame
        As `tabulate_quality` returns it.
    thresholds : QualityThresholds

    Returns
    -------
    DataFrame
        Boolean columns size, blur, content: True where that rule rejects the frame, and passed:
        True where none does. A frame without metrics fails all three.
    """
    side = quality[["width", "height"]].min(axis=1).fillna(0)
    rejected = pd.DataFrame(
        {
            "size": (side < thresholds.min_size) | quality["width"].isna(),
            "blur": ~(quality["blur_score"] > thresholds.min_blur),
            "content": ~(quality["alpha_coverage"] > thresholds.min_coverage),
        }
    ).astype(bool)
    return rejected.assign(passed=~rejected.any(axis=1))
