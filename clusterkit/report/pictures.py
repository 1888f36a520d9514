"""Small copies of the frames: single stills, and sheets of many tiles for hovers and galleries.

All lie on one light ground, in both themes: a cut-out of dark hair would vanish on a dark page, and
without transparency a picture is a third smaller.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from clusterkit.images import letterbox, premultiply
from clusterkit.results import Result

GROUND = (238, 238, 243)
"""The colour under every picture."""

STILL_SIDE = 128
STILL_QUALITY = 78

TILE_SIDES = (128, 96, 80, 64, 56, 48, 40, 32)
"""Sides tried for tiles in pixels, largest first: the first whose sheets fit is taken."""

TILE_QUALITY = 62
SHEET_PIXELS = 1536
"""Longest side of a sheet: one is decoded in a few milliseconds, also on a phone."""

SHEETS_BYTES = 13_500_000
"""What all sheets may take: as base64 they are a third longer, and 25 MB is what many mail servers
and reviewers accept for a whole page."""

_PROBE_TILES = 96


@dataclass(frozen=True)
class Sheets:
    """Tiles of many frames on a few pictures, row by row.

    Attributes
    ----------
    images : tuple of bytes
        WebP.
    side : int
        Of a tile, in pixels.
    columns, rows : int
        Of a full sheet.
    tiles : ndarray, shape (n,), int32
        Number of each frame's tile, counted through all sheets; −1 where it has no picture.
    """

    images: tuple[bytes, ...]
    side: int
    columns: int
    rows: int
    tiles: np.ndarray


@dataclass(frozen=True)
class Album:
    """The thumbnails of one result, by row.

    Attributes
    ----------
    thumbnails : list of bytes or None
        WebP with transparency, as measured.
    """

    thumbnails: list[bytes | None]

    @classmethod
    def open(cls, result: Result) -> Album:
        """Read all thumbnails from the cache of a result."""
        return cls(result.load_thumbnails(list(range(len(result.frames)))))

    def draw_still(self, row: int, side: int = STILL_SIDE) -> bytes | None:
        """Draw one frame as a square WebP; None where it has no picture."""
        tile = _draw_tile(self.thumbnails[row], side)
        return None if tile is None else _encode(tile, STILL_QUALITY)

    def draw_sheets(self, order: Sequence[int], limit: int = SHEETS_BYTES) -> Sheets:
        """Draw tiles of all frames, in the order given, as large as the limit allows.

        Frames that are looked at together should stand together: a gallery then needs few sheets.
        """
        present = [row for row in order if self.thumbnails[row] is not None]
        tiles = np.full(len(self.thumbnails), -1, np.int32)
        tiles[present] = np.arange(len(present))
        with ThreadPoolExecutor() as pool:
            side = self._choose_side(present, limit)
            columns = rows = SHEET_PIXELS // side
            parts = [
                present[start : start + columns * rows]
                for start in range(0, len(present), columns * rows)
            ]
            images = list(pool.map(lambda part: self._draw_sheet(part, side, columns), parts))
        return Sheets(tuple(images), side, columns, rows, tiles)

    def _choose_side(self, present: Sequence[int], limit: int) -> int:
        """Try sides on a spread of frames: how small a picture gets depends on what it shows."""
        probe = present[:: max(1, len(present) // _PROBE_TILES)]
        for side in TILE_SIDES:
            size = len(self._draw_sheet(probe, side, SHEET_PIXELS // side)) if probe else 0
            if size * len(present) <= limit * max(1, len(probe)):
                return side
        return TILE_SIDES[-1]

    def _draw_sheet(self, part: Sequence[int], side: int, columns: int) -> bytes:
        rows = -(-len(part) // columns)
        width = min(len(part), columns)
        sheet = np.empty((rows * side, width * side, 3), np.uint8)
        sheet[:] = GROUND
        for place, row in enumerate(part):
            tile = _draw_tile(self.thumbnails[row], side)
            if tile is not None:
                top, left = place // columns * side, place % columns * side
                sheet[top : top + side, left : left + side] = tile
        return _encode(sheet, TILE_QUALITY)


def _draw_tile(thumbnail: bytes | None, side: int) -> np.ndarray | None:
    """Decode a thumbnail and fit it into a square; shape (side, side, 3), RGB."""
    if thumbnail is None:
        return None
    pixels = cv2.imdecode(np.frombuffer(thumbnail, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        return None
    code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGBA
    return letterbox(premultiply(cv2.cvtColor(pixels, code)), side, GROUND)


def _encode(pixels: np.ndarray, quality: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels, "RGB").save(stream, "WEBP", quality=quality, method=3)
    return stream.getvalue()
