"""Tell, from a few kilobytes a frame, whether two cut-outs differ by more than a codec's noise.

A fingerprint is the character, colours and alpha, averaged over a coarse grid. The grid is laid by
the alpha's centre of mass and spread, not by its box: a pixel of drift or a ragged matte moves a
box by a whole pixel and the moments by next to nothing.

Two grids are compared as Birchfield and Tomasi compare pixels of two cameras (A pixel dissimilarity
measure that is insensitive to image sampling, PAMI 1998): a cell is allowed all values between
itself and half-way to its neighbours, so that what is left of the drift is no difference, and an
eye that closes is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from clusterkit.images import VISIBLE_ALPHA, Picture

SIDE = 32
"""Cells along a side; at 40 a closed eye was found no more often, and drift was forgiven less."""

REACH = 2.0
"""Half the grid's side in spreads of the alpha: a disc reaches .71 of it, a tall figure .87."""

OPAQUE_ALPHA = 128
LEAST_OPAQUE = 16
"""Cells that must be opaque: nearly transparent frames are all alike, and say nothing."""

SAME_SPREAD = 1.015
"""Ratio of two spreads up to which they may be one: compression and drift stay below 1.012."""

SAME_MEAN = 10.0
"""Mean difference of two grids (0-255) beyond which no cell need be looked at."""

NOISE_LEVELS = 12
"""What compression changes in a cell (0-255): JPEG at quality 60 stays below."""

MOST_LEVELS = 32
"""A single cell that differs by more is a change: an eye, a mouth. Of drawn frames that were
compressed and moved, 97 % pass; so does a quarter of the blinks, in far figures, whose eyes are
smaller than a cell (`benchmarks/drawn_duplicates.py`)."""

MOST_OVERALL = 3.0
"""Mean of what visible cells differ by (0-255): a grey level or two; a fade goes beyond."""

MOST_CHANGED = 0.05
"""Share of the visible cells that may differ by more than noise: a matte that flickers."""


@dataclass(frozen=True)
class Fingerprint:
    """What of a frame is compared.

    Attributes
    ----------
    cells : ndarray, shape (32, 32, 4), uint8
        Premultiplied RGBA.
    spread : float
        Root mean square distance of the alpha from its centre, in pixels.
    """

    cells: np.ndarray
    spread: float

    @cached_property
    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Least and greatest value half-way around each cell, shape (32, 32, 4), float32."""
        middle = self.cells.astype(np.float32)
        # The extremes of the mean of a cell and a neighbour are those of the neighbours, halved in.
        square = np.ones((3, 3), np.uint8)
        low, high = (
            change(self.cells, square, borderType=cv2.BORDER_REPLICATE)
            for change in (cv2.erode, cv2.dilate)
        )
        return (middle + low) / 2, (middle + high) / 2

    def to_bytes(self) -> bytes:
        """For the store: the spread as float32, then the cells."""
        return np.float32(self.spread).tobytes() + self.cells.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Fingerprint:
        """What `to_bytes` wrote."""
        cells = np.frombuffer(data, np.uint8, offset=4).reshape(SIDE, SIDE, 4)
        return cls(cells, float(np.frombuffer(data, np.float32, 1)[0]))


def take_fingerprint(picture: Picture) -> Fingerprint | None:
    """Fingerprint of one decoded image; None where too little of it can be seen to compare."""
    pixels = picture.character
    moments = cv2.moments(pixels[..., 3])
    if not moments["m00"]:
        return None
    across, down = moments["m10"] / moments["m00"], moments["m01"] / moments["m00"]
    variance = (moments["mu20"] + moments["mu02"]) / moments["m00"]
    spread = float(np.float32(np.sqrt(max(variance, 0.0))))
    if spread <= 0:
        return None
    step = 2 * REACH * spread / SIDE  # pixels a cell
    height, width = pixels.shape[:2]
    # Averaged to half a cell first: sampling between far pixels would see chance, not the cell.
    scale = min(1.0, 2 / step)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < 1:
        pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    pixels = cv2.GaussianBlur(pixels, (3, 3), 0.6)
    scale_x, scale_y = size[0] / width, size[1] / height
    middle = (SIDE - 1) / 2
    place = np.array(
        [
            [step * scale_x, 0, (across + 0.5) * scale_x - 0.5 - middle * step * scale_x],
            [0, step * scale_y, (down + 0.5) * scale_y - 0.5 - middle * step * scale_y],
        ]
    )
    cells = cv2.warpAffine(
        pixels, place, (SIDE, SIDE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    if np.count_nonzero(cells[..., 3] >= OPAQUE_ALPHA) < LEAST_OPAQUE:
        return None
    return Fingerprint(cells, spread)


def is_repeat(first: Fingerprint, second: Fingerprint) -> bool:
    """Whether two frames differ by compression, a little drift or a grey level, and no more."""
    larger, smaller = max(first.spread, second.spread), min(first.spread, second.spread)
    if larger > SAME_SPREAD * smaller:
        return False
    if cv2.norm(first.cells, second.cells, cv2.NORM_L1) > SAME_MEAN * first.cells.size:
        return False
    excess = np.maximum(_measure_excess(first, second), _measure_excess(second, first))
    if excess.max() > MOST_LEVELS:
        return False
    visible = np.count_nonzero(
        np.maximum(first.cells[..., 3], second.cells[..., 3]) >= VISIBLE_ALPHA
    )
    changed = np.count_nonzero(excess.max(axis=2) > NOISE_LEVELS)
    overall = float(excess.max(axis=2).sum())
    return bool(changed <= MOST_CHANGED * visible and overall <= MOST_OVERALL * visible)


def _measure_excess(one: Fingerprint, other: Fingerprint) -> np.ndarray:
    """How far each value of one lies outside what the other allows, shape (32, 32, 4)."""
    low, high = other.bounds
    return np.maximum(np.maximum(low - one.cells, one.cells - high), 0)
