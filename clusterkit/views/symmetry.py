"""What a picture tells of its view by geometry alone: how far it is its own mirror image.

Seen from the front or the back a figure is nearly symmetric about its axis, most of all in the
head; from the side it is not. Between front and back the face decides: there is more to see in it
than in hair. Limbs move, so each measure is taken in several bands of the figure, each about an
axis of its own, and averaged; sizes of heads differ from one art to the next, so the bands overlap.

Alone, such a number says little: a striped shirt is never symmetric. Against the other frames of
the same character it says much, see `clusterkit.views.telling`.
"""

from __future__ import annotations

import cv2
import numpy as np

from clusterkit.compiled import compiled
from clusterkit.encoders.filters import erode_each, find_slopes

SIDE = 48
"""Side of the square that is measured, in pixels: a sprite has no more, and finer takes longer."""

SYMMETRY_BANDS = ((0.0, 0.3), (0.0, 0.45), (0.12, 0.4), (0.3, 0.6), (0.0, 1.0))
"""Parts of the figure's height, from its top, that are compared with their mirror images."""

FACE_BANDS = ((0.0, 0.25), (0.0, 0.35), (0.08, 0.35), (0.1, 0.45), (0.2, 0.5))
"""Parts of the height in whose middle a face may be."""

SYMMETRY_NAMES = (
    "mirror_colour", "moment", "detail_offset", "mirror_outline", "detail", "contrast",
    "face_lightness", "face_contrast", "face_detail",
)  # fmt: skip

N_SIDES = 6
"""How many of these compare a figure's sides; the others look at its face."""

VISIBLE = 0.1
"""Coverage from which a row belongs to the figure."""
FEWEST_ROWS = 3
FLOOR = 0.02
"""Added before logarithms are taken: below it, differences are noise."""


def measure_symmetry(squares: np.ndarray) -> np.ndarray:
    """Measure prepared pictures.

    Parameters
    ----------
    squares : ndarray, shape (n, side, side, 4), uint8
        Premultiplied RGBA, the figure filling the square, as from `letterbox`.

    Returns
    -------
    ndarray, shape (n, len(SYMMETRY_NAMES)), float32
        Logarithms. mirror_colour: difference in colour between what covers its own mirror image
        and that image, in units of the band's contrast. moment: how far to one side its colours
        lie. detail_offset: how far to one side its edges lie. mirror_outline: share of the outline
        that its mirror image does not cover. detail: strength of edges. contrast: spread of
        colours. face_lightness: difference between the middle and what surrounds it.
        face_contrast, face_detail: spread of colours and strength of edges in the middle. All but
        the last three are the same for a picture and its mirror image, and those nearly.
    """
    lab, alpha = _split(squares)
    edges = _find_edges(lab[..., 0], alpha)
    sides = np.empty((len(squares), len(SYMMETRY_BANDS), N_SIDES))
    faces = np.empty((len(squares), len(FACE_BANDS), len(SYMMETRY_NAMES) - N_SIDES))
    _measure_each(lab, alpha, edges, sides, faces)
    values = [np.log(np.maximum(bands, 0) + FLOOR).mean(axis=1) for bands in (sides, faces)]
    return np.hstack(values).astype(np.float32)


def _split(squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lab colours (n, SIDE, SIDE, 3) about 0 to 1, and coverage (n, SIDE, SIDE), float32."""
    small = np.empty((len(squares), SIDE, SIDE, 4), np.float32)
    for number, square in enumerate(squares):
        small[number] = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    small /= np.float32(255)
    alpha = np.ascontiguousarray(small[..., 3])
    rgb = np.clip(small[..., :3] / np.maximum(alpha, 1 / 255)[..., None], 0, 1)
    lab = cv2.cvtColor(rgb.reshape(-1, SIDE, 3), cv2.COLOR_RGB2LAB).reshape(rgb.shape)
    return lab / np.float32(100), alpha


def _find_edges(lightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Strength of edges inside the figure, its outline left out; (n, SIDE, SIDE), float32."""
    across, down = find_slopes(lightness)
    return (np.abs(across) + np.abs(down)) * erode_each(alpha, 1)


@compiled
def _measure_each(lab, alpha, edges, sides, faces):  # type: ignore[no-untyped-def]
    """Fill what is measured in each band of each picture."""
    for number in range(len(lab)):
        cover = alpha[number]
        top, height = _find_extent(cover)
        for which, (start, end) in enumerate(SYMMETRY_BANDS):
            band = _cut_band(top, height, start, end)
            sides[number, which] = _compare_sides(lab[number], cover, edges[number], band)
        for which, (start, end) in enumerate(FACE_BANDS):
            band = _cut_band(top, height, start, end)
            faces[number, which] = _look_at_face(lab[number], cover, edges[number], band)


@compiled
def _find_extent(cover):  # type: ignore[no-untyped-def]
    """First row of a figure and its height; all rows where there is none."""
    first, last = SIDE, -1
    for row in range(SIDE):
        if (cover[row] > VISIBLE).any():
            first, last = min(first, row), row
    return (first, last + 1 - first) if last >= 0 else (0, SIDE)


@compiled
def _cut_band(top, height, start, end):  # type: ignore[no-untyped-def]
    """First row of a band and the one behind its last."""
    first = int(top + start * height)
    return first, min(max(int(top + end * height), first + FEWEST_ROWS), SIDE)


@compiled
def _find_axis(cover, band):  # type: ignore[no-untyped-def]
    """Covered area, middle and distance of each column in units of the half width, (SIDE,)."""
    weight = np.zeros(SIDE)
    for row in range(*band):
        for column in range(SIDE):
            weight[column] += cover[row, column]
    columns = np.arange(SIDE)
    area = weight.sum() + 1e-3
    middle = (weight * columns).sum() / area
    away = columns - middle
    spread = np.sqrt((weight * away**2).sum() / area) + 0.5
    return area, middle, away / spread


@compiled
def _compare_sides(lab, cover, edges, band):  # type: ignore[no-untyped-def]
    """The first of `SYMMETRY_NAMES` in one band, (N_SIDES,)."""
    area, middle, away = _find_axis(cover, band)
    mean = np.zeros(3)
    for row in range(*band):
        for column in range(SIDE):
            for channel in range(3):
                mean[channel] += cover[row, column] * lab[row, column, channel]
    mean /= area
    variance, moments = 0.0, np.zeros(3)
    both = colour = outline = strength = offset = 0.0
    twice = int(np.rint(2 * middle))
    for row in range(*band):
        for column in range(SIDE):
            other = min(max(twice - column, 0), SIDE - 1)
            shared = min(cover[row, column], cover[row, other])
            both += shared
            outline += abs(cover[row, column] - cover[row, other])
            strength += edges[row, column]
            offset += edges[row, column] * away[column]
            for channel in range(3):
                level = lab[row, column, channel]
                off = (level - mean[channel]) * cover[row, column]
                variance += off**2
                moments[channel] += off * away[column]
                colour += abs(level - lab[row, other, channel]) * shared
    spread = np.sqrt(variance / area) + 0.03
    moment = np.sqrt((moments**2).sum()) / area / spread
    return np.array([
        colour / (both + 0.5) / spread, moment, abs(offset) / (strength + 1e-3),
        outline / (2 * area), strength / area, spread,
    ])  # fmt: skip


@compiled
def _look_at_face(lab, cover, edges, band):  # type: ignore[no-untyped-def]
    """The last of `SYMMETRY_NAMES` in one band: its middle against what surrounds it, (3,)."""
    _, _, away = _find_axis(cover, band)
    first, end = band
    across = np.exp(-0.5 * (away / 0.6) ** 2)
    total, rest, surround, detail = 1e-3, 1e-3, 0.0, 0.0
    mean, squares = np.zeros(3), np.zeros(3)
    for row in range(first, end):
        place = (row - first + 0.5) / (end - first) * 2 - 1  # -1 at the band's top, 1 below
        down = np.exp(-0.5 * ((place - 0.3) / 0.5) ** 2)
        for column in range(SIDE):
            inside = cover[row, column] * across[column] * down
            around = cover[row, column] - inside
            total += inside
            rest += around
            surround += around * lab[row, column, 0]
            detail += inside * edges[row, column]
            for channel in range(3):
                mean[channel] += inside * lab[row, column, channel]
                squares[channel] += inside * lab[row, column, channel] ** 2
    mean /= total
    # Of the weighted squares of the differences from the mean; what was added to `total` included.
    variance = np.maximum(squares / total - mean**2 * (1 + 1e-3 / total), 0)
    return np.array([abs(mean[0] - surround / rest), np.sqrt(variance).sum(), detail / total])
