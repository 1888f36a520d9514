"""A supersampled RGBA canvas that polygons are inked and filled on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import cv2
import numpy as np

from .palette import Colour
from .shapes import apply_affine, chain_affines, make_ribbon

SUPERSAMPLING = 2
# OpenCV takes polygon corners as fixed-point numbers with this many fractional bits.
FRACTION_BITS = 4
FIXED = 1 << FRACTION_BITS
# A line is heavier on the side away from the light; the part of its width it moves there.
WEIGHT_SHIFT = (0.22, 0.38)


class Canvas:
    """Premultiplied RGBA pixels with a pen.

    Parameters
    ----------
    window : tuple of float
        Left, top, right and bottom of the visible part of the world, in drawing units.
    scale : float
        Finished pixels per drawing unit.
    line : float
        Line width in finished pixels.
    """

    def __init__(self, window: tuple[float, float, float, float], scale: float, line: float):
        left, top, right, bottom = window
        self.scale = scale * SUPERSAMPLING
        self.size = (
            max(1, round((bottom - top) * scale)) * SUPERSAMPLING,
            max(1, round((right - left) * scale)) * SUPERSAMPLING,
        )
        self.pixels = np.zeros((*self.size, 4), dtype=np.uint8)
        self.line = line / scale
        self._base = np.array(
            [[self.scale, 0, -left * self.scale], [0, self.scale, -top * self.scale]]
        )
        self._place = self._base

    @contextmanager
    def moved(self, matrix: np.ndarray) -> Iterator[None]:
        """Draw through an affine map, shape (2, 3), within a with-block."""
        before = self._place
        self._place = chain_affines(before, matrix)
        try:
            yield
        finally:
            self._place = before

    def _fix(self, points) -> np.ndarray:
        return np.round(apply_affine(self._place, points) * FIXED).astype(np.int32)

    def fill(self, points, colour: Colour, opacity: float = 1.0, clip=None) -> None:
        """Fill a polygon, shape (n, 2), with one colour.

        Parameters
        ----------
        points : array_like, shape (n, 2)
            Corners in drawing units.
        colour : tuple of float
            Red, green and blue, 0-255.
        opacity : float
            0-1.
        clip : numpy.ndarray, shape (height, width), uint8, optional
            Mask from `mask` that the paint stays inside of.
        """
        if opacity >= 1.0 and clip is None:
            cv2.fillPoly(
                self.pixels, [self._fix(points)], (*colour, 255), cv2.LINE_AA, FRACTION_BITS
            )
            return
        self.paint(self.mask([points]), colour, opacity, clip)

    def fill_gradient(self, points, top: Colour, bottom: Colour, clip=None, span=None) -> None:
        """Fill a polygon with a vertical gradient over `span` (two heights) or its own height."""
        fixed = self._fix(points) / FIXED
        if span is None:
            low, high = fixed[:, 1].min(), fixed[:, 1].max()
        else:
            low, high = apply_affine(self._place, [(0, span[0]), (0, span[1])])[:, 1]
        rows = np.clip((np.arange(self.size[0]) - low) / max(high - low, 1e-6), 0, 1)
        ramp = (1 - rows)[:, None] * np.asarray(top) + rows[:, None] * np.asarray(bottom)
        self.paint(self.mask([points]), ramp, 1.0, clip)

    def mask(self, polygons: Iterable) -> np.ndarray:
        """Coverage of polygons together, shape (height, width), uint8, in canvas pixels."""
        cover = np.zeros(self.size, dtype=np.uint8)
        for points in polygons:
            cv2.fillPoly(cover, [self._fix(points)], 255, cv2.LINE_AA, FRACTION_BITS)
        return cover

    def shift_mask(self, mask: np.ndarray, across: float, down: float) -> np.ndarray:
        """Move a mask by a vector in drawing units (not turned by the current map)."""
        matrix = np.array([[1, 0, across * self.scale], [0, 1, down * self.scale]])
        return cv2.warpAffine(mask, matrix, (self.size[1], self.size[0]))

    def paint(self, mask: np.ndarray, colour, opacity: float = 1.0, clip=None) -> None:
        """Lay one colour, or one colour per row (shape (height, 3)), over a mask."""
        left, top, width, height = cv2.boundingRect(mask)
        if width == 0:
            return
        rows, columns = slice(top, top + height), slice(left, left + width)
        cover = mask[rows, columns].astype(np.float32) * (opacity / 255)
        if clip is not None:
            cover *= clip[rows, columns].astype(np.float32) / 255
        cover = cover[..., None]
        paint = np.asarray(colour, dtype=np.float32)
        paint = paint[rows][:, None, :] if paint.ndim == 2 else paint
        region = self.pixels[rows, columns].astype(np.float32)
        region[..., :3] += (paint - region[..., :3]) * cover
        region[..., 3:] += (255 - region[..., 3:]) * cover
        self.pixels[rows, columns] = np.round(region).astype(np.uint8)

    def ink(self, points, colour: Colour, weight: float = 1.0, closed: bool = True) -> None:
        """Draw a line round a polygon; half of it lies inside, for a later fill to cover."""
        corners = apply_affine(self._place, points)
        width = self.line * self.scale * weight * 2
        thickness = max(1, round(width))
        for shift in ((0.0, 0.0), WEIGHT_SHIFT):
            moved = corners + np.asarray(shift) * width
            fixed = np.round(moved * FIXED).astype(np.int32)
            cv2.polylines(
                self.pixels, [fixed], closed, (*colour, 255), thickness, cv2.LINE_AA, FRACTION_BITS
            )

    def shape(self, points, colour: Colour, line: Colour, weight: float = 1.0) -> None:
        """Ink and fill one polygon."""
        self.ink(points, line, weight)
        self.fill(points, colour)

    def group(self, polygons: list, colour: Colour, line: Colour, weight: float = 1.0) -> None:
        """Ink and fill polygons as one area, with no lines where they overlap."""
        for points in polygons:
            self.ink(points, line, weight)
        for points in polygons:
            self.fill(points, colour)

    def stroke(self, points, colour: Colour, weight: float = 1.0, ends=(0.2, 0.2)) -> None:
        """Draw an open brush line.

        Parameters
        ----------
        points : array_like, shape (n, 2)
            The way of the brush, already smooth.
        colour : tuple of float
            Red, green and blue, 0-255.
        weight : float
            Width in the middle, in pen widths.
        ends : tuple of float
            Width at the start and at the end as parts of the middle's.
        """
        t = np.linspace(0, 1, len(points))
        swell = np.sin(np.pi * t) ** 0.7
        taper = ends[0] * (1 - t) + ends[1] * t
        widths = self.line * weight * 0.5 * (taper + (1 - taper) * swell)
        self.fill(make_ribbon(points, widths), colour)

    def cel_shade(self, polygons: list, colour: Colour, across: float, down: float, clip=None):
        """Shade the part of an area that its own copy, moved towards the light, leaves bare."""
        area = self.mask(polygons)
        lit = self.shift_mask(area, across, down)
        dark = cv2.min(area, 255 - lit)
        self.paint(dark, colour, 1.0, clip)

    def finish(self) -> np.ndarray:
        """Give the finished picture, shape (height, width, 4), uint8, premultiplied RGBA."""
        height, width = self.size
        return cv2.resize(
            self.pixels,
            (width // SUPERSAMPLING, height // SUPERSAMPLING),
            interpolation=cv2.INTER_AREA,
        )
