"""The encoder that needs no weights: which colours a character wears where, and its edges.

Per horizontal band of the character's box, top to bottom (head, body, legs of a standing figure):

- a histogram of CIE Lab colours over the pixels of the character, every pixel shared among the
  eight nearest bins, so that a slight colour grade moves little mass. Bands keep a red cape over
  blue trousers apart from a blue cape over red ones (spatial histograms: Birchfield and Rangarajan,
  CVPR 2005, of which these are the plainest);
- at half the weight, a histogram of gradient orientations (Dalal and Triggs, CVPR 2005), made equal
  for a picture and its mirror image, as cut-outs are often flipped.

Both go through a square root, which makes the Euclidean distance between two rows the Hellinger
distance of their histograms: large bins stop drowning the small ones ("RootSIFT", Arandjelovic and
Zisserman, CVPR 2012). Colours hidden under transparent pixels are never looked at.
"""

from __future__ import annotations

import cv2
import numpy as np

from clusterkit.encoders.base import make_fingerprint, normalize_rows
from clusterkit.images import Picture, crop_to_character, letterbox

VERSION = 1
"""Raise with every change of what the vectors hold: it is the fingerprint's only moving part."""

SIZE = 96
"""Longest side of the character in pixels: buttons and eyes are gone, stripes are not."""
BANDS = 3
LIGHTNESS_BINS, CHROMA_BINS = 6, 9
CHROMA_RANGE = 80.0
"""Lab a and b from -80 to 80; the few paints beyond count as the outermost bin."""
CODE_BITS = 5
"""Colours are looked up by the upper 5 bits of each channel: 32,768 entries."""
ORIENTATIONS = 12
"""Bins of unsigned orientation over 180 degrees; even, so that a mirror image maps bin to bin."""
COLUMNS = 3
EDGE_WEIGHT = 0.5
SMALLEST_WEIGHT = 16
"""A band with less covered area than this many pixels is left empty."""
BATCH_SIZE = 512


def _make_colour_table() -> tuple[np.ndarray, np.ndarray]:
    """Bins and shares of each colour code: (32768, 8) intp and (32768, 8) float32."""
    steps = 1 << CODE_BITS
    levels = ((np.arange(steps) + 0.5) / steps).astype(np.float32)
    rgb = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(-1, 1, 3)
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2Lab)[:, 0]
    counts = (LIGHTNESS_BINS, CHROMA_BINS, CHROMA_BINS)
    low, span = (0.0, -CHROMA_RANGE, -CHROMA_RANGE), (100.0, 2 * CHROMA_RANGE, 2 * CHROMA_RANGE)
    index = np.zeros((len(lab), 1), np.intp)
    share = np.ones((len(lab), 1), np.float32)
    for axis, count in enumerate(counts):
        place = np.clip((lab[:, axis] - low[axis]) / span[axis], 0, 1) * (count - 1)
        lower = np.minimum(place.astype(np.intp), count - 2)
        upper_share = (place - lower).astype(np.float32)[:, None]
        index = np.hstack([index * count + lower[:, None], index * count + lower[:, None] + 1])
        share = np.hstack([share * (1 - upper_share), share * upper_share])
    return index, share


_BIN_OF_CODE, _SHARE_OF_CODE = _make_colour_table()
_COLOUR_BINS = LIGHTNESS_BINS * CHROMA_BINS * CHROMA_BINS
_EDGE_BINS = COLUMNS * ORIENTATIONS


class DescriptorEncoder:
    """Hand-made embedding: colours in bands and flip-symmetric edges; needs nothing but numpy.

    Parameters
    ----------
    name : str
        'builtin' or 'descriptor'.
    """

    dimensions = BANDS * (_COLOUR_BINS + _EDGE_BINS)
    batch_size = BATCH_SIZE

    def __init__(self, name: str = "descriptor") -> None:
        self.name = name
        self.fingerprint = make_fingerprint("descriptor", version=VERSION)

    def prepare(self, picture: Picture) -> np.ndarray:
        """Describe one picture: (dimensions,), float32, not yet of unit length."""
        return describe(letterbox(crop_to_character(picture), SIZE))

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Scale to unit rows; see `Encoder.encode`. All the work was done in `prepare`."""
        return normalize_rows(np.asarray(batch).reshape(-1, self.dimensions))


def describe(square: np.ndarray) -> np.ndarray:
    """Describe a letterboxed character.

    Parameters
    ----------
    square : ndarray, shape (SIZE, SIZE, 4), uint8
        Premultiplied, as from `letterbox`.

    Returns
    -------
    ndarray, shape (BANDS * (_COLOUR_BINS + _EDGE_BINS),), float32
        All zero where nothing is visible.
    """
    alpha = square[..., 3]
    # The outermost pixel is where the matte mixes the character with what was behind it.
    inner = cv2.erode(alpha, np.ones((3, 3), np.uint8))
    weight = inner if inner.any() else alpha
    rows = np.flatnonzero(alpha.any(axis=1))
    if not len(rows):
        return np.zeros(BANDS * (_COLOUR_BINS + _EDGE_BINS), np.float32)
    band = np.zeros(len(alpha), np.intp)
    place = (np.arange(len(alpha)) - rows[0]) * BANDS // (rows[-1] + 1 - rows[0])
    band = np.clip(place, 0, BANDS - 1)
    colours = _count_colours(square, weight, band)
    edges = _count_edges(square, weight, band)
    parts = [_root(colours), EDGE_WEIGHT * _root(edges)]
    return np.concatenate([part.ravel() for part in parts]).astype(np.float32)


def _root(histograms: np.ndarray) -> np.ndarray:
    """Hellinger mapping of each band: rows of unit length, or zero where a band is empty."""
    mass = histograms.sum(axis=1, keepdims=True)
    return np.sqrt(histograms / np.maximum(mass, SMALLEST_WEIGHT))


def _count_colours(square: np.ndarray, weight: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Soft Lab histograms: (BANDS, _COLOUR_BINS), in pixels."""
    seen = weight > 0
    pixels = square[seen].astype(np.float32)
    straight = np.minimum(pixels[:, :3] * (255 / pixels[:, 3:]), 255).astype(np.intp)
    red, green, blue = (straight >> (8 - CODE_BITS)).T
    code = (red << CODE_BITS | green) << CODE_BITS | blue
    pixel_band = np.broadcast_to(band[:, None], weight.shape)[seen]
    bins = _BIN_OF_CODE[code] + (pixel_band * _COLOUR_BINS)[:, None]
    shares = _SHARE_OF_CODE[code] * (weight[seen].astype(np.float32) / 255)[:, None]
    counts = np.bincount(bins.ravel(), shares.ravel(), BANDS * _COLOUR_BINS)
    return counts.reshape(BANDS, _COLOUR_BINS)


def _count_edges(square: np.ndarray, weight: np.ndarray, band: np.ndarray) -> np.ndarray:
    """Orientation histograms of a picture and its mirror image together: (BANDS, _EDGE_BINS)."""
    grey = cv2.cvtColor(square[..., :3], cv2.COLOR_RGB2GRAY).astype(np.float32)
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3)
    strength, angle = cv2.cartToPolar(across, down)
    strength *= weight / np.float32(255)
    place = angle * (ORIENTATIONS / np.pi) - 0.5
    lower = np.floor(place).astype(np.intp)
    share = place - lower
    columns = np.arange(square.shape[1]) * COLUMNS // square.shape[1]
    base = (band[:, None] * COLUMNS + columns[None, :]) * ORIENTATIONS
    bins = [base + lower % ORIENTATIONS, base + (lower + 1) % ORIENTATIONS]
    counts = np.bincount(
        np.concatenate(bins).ravel(),
        np.concatenate([strength * (1 - share), strength * share]).ravel(),
        BANDS * _EDGE_BINS,
    ).reshape(BANDS, COLUMNS, ORIENTATIONS)
    mirrored = counts[:, ::-1, ::-1]
    return (counts + mirrored).reshape(BANDS, _EDGE_BINS)
