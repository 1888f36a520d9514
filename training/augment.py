"""From a finished drawing to one of the many cut-outs a show could hold of it.

Crops, light, matte, blur and grain are decided here and not when drawing, because a drawing costs
thirty times more than any of them. Everything is done on small uint8 pictures by OpenCV: on tensors
the same took as long as a training step.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from training.drawing.finish import crop_tight

CUT_ODDS = 0.33
CUT_SIDES = ("bottom", "bottom", "bottom", "top", "left", "right")
MOST_CUT = 0.5
OCCLUDER_ODDS = 0.08
GRADE_ODDS = 0.9
STRONG_GRADE_ODDS = 0.12
MATTE_ODDS = 0.45
COARSE_ODDS = 0.12
COMPRESSION_ODDS = 0.2
BLUR_ODDS = 0.33
NOISE_ODDS = 0.15


def cut_out(
    drawing: np.ndarray, size: int, rng: np.random.Generator, other: np.ndarray | None = None
) -> np.ndarray:
    """Make one random cut-out of a drawing.

    Parameters
    ----------
    drawing : ndarray, shape (side, side, 4), uint8
        Premultiplied RGBA.
    size : int
        Side of the result.
    rng : numpy.random.Generator
    other : ndarray, same as drawing, optional
        Another character, which may stand before this one.

    Returns
    -------
    ndarray, shape (size, size, 4), uint8, premultiplied
    """
    picture = _frame(_cut(drawing, rng), size, rng)
    if other is not None and rng.random() < OCCLUDER_ODDS:
        picture = _occlude(picture, other, rng)
    if rng.random() < GRADE_ODDS:
        picture = _grade(picture, rng)
    if rng.random() < MATTE_ODDS:
        picture = _fray(picture, rng)
    if rng.random() < COARSE_ODDS:
        small = int(size * rng.uniform(0.35, 0.75))
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
    if rng.random() < BLUR_ODDS:
        picture = _blur(picture, size, rng)
    if rng.random() < COMPRESSION_ODDS:
        picture = _compress(picture, rng)
    if rng.random() < NOISE_ODDS:
        picture = _add_noise(picture, rng)
    return picture


def cut_out_all(drawings: Sequence[np.ndarray], size: int, rng: np.random.Generator) -> np.ndarray:
    """Make a cut-out of each drawing; (n, size, size, 4), uint8."""
    others = rng.permutation(len(drawings))
    return np.stack([
        cut_out(drawing, size, rng, drawings[other])
        for drawing, other in zip(drawings, others, strict=True)
    ])  # fmt: skip


def _cut(drawing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Crop to the character; the border of the frame cuts some off."""
    picture = crop_tight(drawing)
    if rng.random() >= CUT_ODDS:
        return picture
    height, width = picture.shape[:2]
    share, side = rng.uniform(0.05, MOST_CUT), CUT_SIDES[int(rng.integers(len(CUT_SIDES)))]
    if side == "bottom":
        kept = picture[: int(height * (1 - share))]
    elif side == "top":
        kept = picture[int(height * share * 0.5) :]
    elif side == "left":
        kept = picture[:, int(width * share * 0.8) :]
    else:
        kept = picture[:, : int(width * (1 - share * 0.8))]
    kept = crop_tight(kept)
    return kept if min(kept.shape[:2]) > 8 else picture


def _frame(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Mirror half, turn and stretch a little, and fit into the square."""
    height, width = picture.shape[:2]
    scale = size / max(height, width) * rng.uniform(0.95, 1.0)
    turn = rng.normal(0, 0.35 if rng.random() < 0.08 else 0.04)
    stretch, shear = math.exp(rng.normal(0, 0.03)), rng.normal(0, 0.03)
    mirror = -1 if rng.random() < 0.5 else 1
    cos, sin = math.cos(turn) * scale, math.sin(turn) * scale
    linear = np.array(
        [[mirror * cos * stretch, shear * scale - sin], [mirror * sin, cos / stretch]]
    )
    middle = np.array([width, height]) / 2
    shift = size / 2 - linear @ middle
    return cv2.warpAffine(picture, np.column_stack([linear, shift]), (size, size))


def _occlude(picture: np.ndarray, other: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Something stands before: a hole in the matte, or another character's part."""
    size = len(picture)
    angle, far = rng.uniform(0, 2 * math.pi), rng.uniform(0.45, 0.75) * size
    scale = rng.uniform(0.5, 1.2) * size / len(other)
    shift = size / 2 - scale * len(other) / 2
    matrix = np.array([[scale, 0, shift + far * math.cos(angle)],
                       [0, scale, shift + far * math.sin(angle)]])  # fmt: skip
    before = cv2.warpAffine(other, matrix, (size, size))
    clear = cv2.bitwise_not(before[..., 3])
    kept = cv2.multiply(picture, cv2.merge([clear] * 4), scale=1 / 255)
    return kept if rng.random() < 0.5 else cv2.add(kept, before)


def _grade(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Light: saturation, contrast, brightness and cast are one matrix on premultiplied RGBA."""
    strong = 2.0 if rng.random() < STRONG_GRADE_ODDS else 1.0
    vary = rng.uniform(-strong, strong, 10)
    saturation, contrast = max(0.1, 1 + 0.25 * vary[0]), max(0.3, 1 + 0.25 * vary[1])
    grey = np.full((3, 3), 1 / 3)
    colour = (grey + saturation * (np.eye(3) - grey)) * contrast
    colour *= (1 + 0.13 * vary[2:5])[:, None]
    lift = 0.5 * (1 - contrast) + 0.09 * vary[5] + 0.03 * vary[6:9]
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = colour, lift
    graded = cv2.transform(picture, matrix)
    if rng.random() < 0.12:
        gamma = math.exp(rng.uniform(-0.45, 0.45))
        levels = np.round(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
        graded[..., :3] = cv2.LUT(np.ascontiguousarray(graded[..., :3]), levels)
    if rng.random() < 0.15:
        ramp = np.linspace(1 - 0.12 * vary[9], 1 + 0.12 * vary[9], len(picture))
        colour_rows = graded[..., :3] * ramp[:, None, None]
        graded[..., :3] = np.minimum(colour_rows, 255)
    alpha = picture[..., 3]
    return np.dstack([np.minimum(graded[..., :3], alpha[..., None]), alpha])


def _fray(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Matte errors: background shows round the edge, the edge is eaten, patches miss or stay."""
    alpha, kind = picture[..., 3], rng.random()
    kernel = np.ones((3, 3), np.uint8)
    if kind < 0.35:
        matte = cv2.dilate(alpha, kernel)
    elif kind < 0.60:
        matte = cv2.erode(alpha, kernel)
    elif kind < 0.75:
        matte = cv2.blur(cv2.dilate(alpha, kernel), (3, 3))
    else:
        rough = cv2.resize(
            rng.random((7, 7), np.float32), alpha.shape, interpolation=cv2.INTER_CUBIC
        )
        if kind < 0.9:
            near = cv2.blur(alpha, (15, 15)) > 5
            matte = np.where((rough > 0.86) & near, np.uint8(255), alpha)
        else:
            matte = np.where(rough > 0.9, np.uint8(0), alpha)
    # What the camera saw is the character over its background; the matte cuts that out.
    behind = rng.uniform(0, 255, 3).astype(np.float32)
    uncovered = (255 - alpha[..., None].astype(np.float32)) / 255
    seen = picture[..., :3] + behind * uncovered
    cut = seen * (matte[..., None].astype(np.float32) / 255)
    return np.dstack([cut.astype(np.uint8), matte])


def _blur(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Out of focus or moving."""
    if rng.random() < 0.65:
        return cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.3) * size / 96)
    reach, angle = rng.uniform(1.5, 4.5) * size / 96, rng.uniform(0, math.pi)
    kernel = np.zeros((9, 9), np.float32)
    across, down = math.cos(angle) * reach, math.sin(angle) * reach
    ends = [(round((4 + sign * across) * 16), round((4 + sign * down) * 16)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_8, 4)
    return cv2.filter2D(picture, -1, kernel / kernel.sum())


def _compress(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Video compression, as JPEG does it: blocks, and chroma coarser than luma."""
    alpha = picture[..., 3:]
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))]
    _, packed = cv2.imencode(".jpg", picture[..., :3], quality)
    colour = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    return np.dstack([np.minimum(colour, alpha), alpha])


def _add_noise(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    noise = rng.standard_normal((*picture.shape[:2], 3), np.float32) * rng.uniform(2, 8)
    noise *= picture[..., 3:] > 0
    noisy = np.clip(picture[..., :3] + noise, 0, picture[..., 3:])
    return np.dstack([noisy.astype(np.uint8), picture[..., 3]])
