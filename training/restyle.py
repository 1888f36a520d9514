"""Other techniques for a whole batch: pixels set one by one, or paint with a grain and a light.

The pens draw smooth colours between clean lines. Games and old cartoons do not, and no pen draws a
thousand identities in their way; but a drawing can be turned into one that looks so. All of a batch
are of one technique, as all of a film are: told apart by it, nobody would have to be looked at.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from pen.camera import unmultiply

PIXELS_ODDS = 0.2
PAINT_ODDS = 0.2

GRID_SIDES = (26, 80)
"""Pixels, of a grid that a whole drawing is set on."""
LEVELS = (5, 20)
"""Levels of red, green and blue that a palette of few colours leaves."""
DITHER_ODDS = 0.4
OUTLINE_ODDS = 0.3
BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]], np.float32) / 16
"""Thresholds of ordered dithering (Bayer, 1973)."""

MOST_GRAIN = 0.2
"""Standard deviation of the brightness that a grain adds, as a part of what is there."""
MOST_RELIEF = 0.6
"""Brightness that a slope towards or from the light gains or loses."""
ROUND = 9.0
"""Pixels from the edge within which a body curves."""


def restyle(drawings: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn some batches into pixel art and some into painted or rendered figures.

    Parameters
    ----------
    drawings : ndarray, shape (n, side, side, 4), uint8
        Premultiplied RGBA.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, same as drawings
    """
    chance = rng.random()
    if chance < PIXELS_ODDS:
        side, levels = int(rng.integers(*GRID_SIDES)), int(rng.integers(*LEVELS))
        is_dithered, is_outlined = rng.random() < DITHER_ODDS, rng.random() < OUTLINE_ODDS
        return np.stack([
            set_pixels(drawing, side, levels, is_dithered=is_dithered, is_outlined=is_outlined)
            for drawing in drawings
        ])  # fmt: skip
    if chance < PIXELS_ODDS + PAINT_ODDS:
        grain, relief = rng.uniform(0.05, MOST_GRAIN), rng.uniform(0, MOST_RELIEF)
        light, coarseness = rng.uniform(-math.pi, 0), int(rng.integers(1, 5))
        return np.stack([
            paint(drawing, grain, coarseness, relief, light + rng.normal(0, 0.3), rng)
            for drawing in drawings
        ])  # fmt: skip
    return drawings


def set_pixels(
    drawing: np.ndarray, side: int, levels: int, *, is_dithered: bool, is_outlined: bool
) -> np.ndarray:
    """Draw it again on a coarse grid, in few colours and with a hard edge.

    Parameters
    ----------
    drawing : ndarray, shape (height, width, 4), uint8
        Premultiplied RGBA.
    side : int
        Pixels of the grid, down and across.
    levels : int
        Of red, green and blue each, at least 2.
    is_dithered : bool
        Whether levels alternate where a colour lies between two of them.
    is_outlined : bool
        Whether the outermost pixels are dark.
    """
    small = unmultiply(cv2.resize(drawing, (side, side), interpolation=cv2.INTER_AREA))
    inside = small[..., 3] > 127
    colour = small[..., :3].astype(np.float32)
    step = 255 / (levels - 1)
    if is_dithered:
        tiles = -(-side // len(BAYER))
        colour += (np.tile(BAYER, (tiles, tiles))[:side, :side, None] - 0.5) * step
    colour = np.clip(np.round(colour / step) * step, 0, 255).astype(np.uint8)
    if is_outlined:
        core = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8))
        colour[inside & (core == 0)] //= 4
    pixels = np.dstack([colour, np.full((side, side), 255, np.uint8)]) * inside[..., None]
    return cv2.resize(pixels, drawing.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def paint(
    drawing: np.ndarray, grain: float, coarseness: int, relief: float, light: float,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Give it the grain of a brush or a weave, and the roundness of a body in the light.

    Parameters
    ----------
    drawing : ndarray, shape (side, side, 4), uint8
        Premultiplied RGBA.
    grain : float
        Standard deviation of the brightness that it adds, as a part of what is there.
    coarseness : int
        Pixels from one of its bristles to the next.
    relief : float
        Most brightness that a slope gains or loses.
    light : float
        Where the light comes from, in radians clockwise from the right.
    rng : numpy.random.Generator
    """
    side = len(drawing)
    cells = -(-side // coarseness)
    bristles = rng.standard_normal((cells, cells), np.float32)
    rough = cv2.resize(bristles, (side, side), interpolation=cv2.INTER_LINEAR)
    depth = np.minimum(cv2.distanceTransform(drawing[..., 3], cv2.DIST_L2, 3), ROUND) / ROUND
    height = cv2.GaussianBlur(np.sqrt(depth * (2 - depth)), (0, 0), 1.5)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3)
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3)
    lit = -(slope_x * math.cos(light) + slope_y * math.sin(light))
    brightness = np.clip(1 + grain * rough + relief * lit, 0, 2)
    colour = np.minimum(drawing[..., :3] * brightness[..., None], drawing[..., 3:])
    return np.dstack([colour.astype(np.uint8), drawing[..., 3]])
