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
    if not len(squares):
        return np.empty((0, len(SYMMETRY_NAMES)), np.float32)
    lab, alpha = _split(squares)
    top, height = _find_extent(alpha)
    edges = _find_edges(lab[..., 0], alpha)

    def take(band: tuple[float, float]) -> tuple[np.ndarray, ...]:
        """What lies in a band, and a mask: rows that are in no figure's band are not looked at."""
        rows = _mask_rows(top, height, band)
        used = np.flatnonzero(rows.any(axis=(0, 2)))
        inside = slice(used[0], used[-1] + 1)
        return lab[:, inside], alpha[:, inside], edges[:, inside], rows[:, inside]

    sides = [_compare_sides(*take(band)) for band in SYMMETRY_BANDS]
    faces = [_look_at_face(*take(band)) for band in FACE_BANDS]
    values = np.hstack([_average(sides), _average(faces)])
    return np.ascontiguousarray(values, np.float32)


def _average(parts: list[np.ndarray]) -> np.ndarray:
    return np.log(np.maximum(np.stack(parts), 0) + FLOOR).mean(axis=0)


def _split(squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lab colours (n, SIDE, SIDE, 3) about 0 to 1, and coverage (n, SIDE, SIDE), float32."""
    small = np.stack(
        [cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for square in squares]
    ).astype(np.float32) / np.float32(255)
    alpha = small[..., 3]
    rgb = np.clip(small[..., :3] / np.maximum(alpha, 1 / 255)[..., None], 0, 1)
    lab = cv2.cvtColor(rgb.reshape(-1, SIDE, 3), cv2.COLOR_RGB2LAB).reshape(rgb.shape)
    return lab / np.float32(100), alpha


def _find_extent(alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First row of each figure and its height, each (n,)."""
    rows = np.any(alpha > VISIBLE, axis=2)
    top = rows.argmax(axis=1)
    bottom = SIDE - rows[:, ::-1].argmax(axis=1)
    return top, np.where(np.any(rows, axis=1), bottom - top, SIDE)


def _find_edges(lightness: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Strength of edges inside the figure, its outline left out; (n, SIDE, SIDE)."""
    kernel = np.ones((3, 3), np.uint8)
    edges = np.empty_like(lightness)
    for number, (picture, cover) in enumerate(zip(lightness, alpha, strict=True)):
        across = cv2.Sobel(picture, cv2.CV_32F, 1, 0)
        down = cv2.Sobel(picture, cv2.CV_32F, 0, 1)
        edges[number] = (np.abs(across) + np.abs(down)) * cv2.erode(cover, kernel)
    return edges


def _mask_rows(top: np.ndarray, height: np.ndarray, band: tuple[float, float]) -> np.ndarray:
    """Which rows a band takes in, (n, SIDE, 1), float32."""
    first = (top + band[0] * height).astype(int)
    last = np.maximum((top + band[1] * height).astype(int), first + FEWEST_ROWS)
    rows = np.arange(SIDE)
    return ((rows >= first[:, None]) & (rows < last[:, None]))[..., None].astype(np.float32)


def _find_axis(cover: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covered area (n,), middle (n,) and distance of each column in units of the half width."""
    columns = np.arange(SIDE, dtype=np.float32)
    weight = cover.sum(axis=1)
    area = weight.sum(axis=1) + np.float32(1e-3)
    middle = (weight * columns).sum(axis=1) / area
    away = columns - middle[:, None]
    spread = np.sqrt((weight * away**2).sum(axis=1) / area) + np.float32(0.5)
    return area, middle, away / spread[:, None]


def _compare_sides(
    lab: np.ndarray, alpha: np.ndarray, edges: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """The first six of `SYMMETRY_NAMES` in one band, (n, 6)."""
    cover = alpha * rows
    area, middle, away = _find_axis(cover)
    mean = np.einsum("nyxc,nyx->nc", lab, cover) / area[:, None]
    off = (lab - mean[:, None, None]) * cover[..., None]
    spread = np.sqrt((off**2).sum(axis=(1, 2, 3)) / area) + np.float32(0.03)
    moments = np.einsum("nyxc,nx->nc", off, away) / area[:, None] / spread[:, None]
    mirrored = np.clip(np.rint(2 * middle)[:, None] - np.arange(SIDE), 0, SIDE - 1).astype(int)
    picture = np.concatenate([lab, cover[..., None]], axis=3)
    other = np.take_along_axis(picture, mirrored[:, None, :, None], axis=2)
    both = np.minimum(cover, other[..., 3])
    colour = (np.abs(lab - other[..., :3]).sum(axis=3) * both).sum(axis=(1, 2))
    outline = np.abs(cover - other[..., 3]).sum(axis=(1, 2)) / (2 * area)
    detail = edges * rows
    strength = detail.sum(axis=(1, 2))
    offset = np.abs((detail.sum(axis=1) * away).sum(axis=1)) / (strength + np.float32(1e-3))
    return np.stack(
        [
            colour / (both.sum(axis=(1, 2)) + np.float32(0.5)) / spread,
            np.sqrt((moments**2).sum(axis=1)),
            offset,
            outline,
            strength / area,
            spread,
        ],
        axis=1,
    )


def _look_at_face(
    lab: np.ndarray, alpha: np.ndarray, edges: np.ndarray, rows: np.ndarray
) -> np.ndarray:
    """The last three of `SYMMETRY_NAMES` in one band, (n, 3)."""
    cover = alpha * rows
    _, _, away = _find_axis(cover)
    count = rows.sum(axis=1)
    place = (np.cumsum(rows[..., 0], axis=1) - 0.5) / count * 2 - 1  # -1 at the band's top, 1 below
    near = np.exp(-0.5 * (away / 0.6) ** 2)[:, None] * np.exp(
        -0.5 * ((place - 0.3) / 0.5) ** 2
    )[..., None]  # fmt: skip
    inside = (cover * near).astype(np.float32)
    around = cover - inside
    total, rest = inside.sum(axis=(1, 2)) + 1e-3, around.sum(axis=(1, 2)) + 1e-3
    middle = np.einsum("nyxc,nyx->nc", lab, inside) / total[:, None]
    surround = np.einsum("nyx,nyx->n", lab[..., 0], around) / rest
    spread = np.sqrt(((lab - middle[:, None, None]) ** 2 * inside[..., None]).sum(axis=(1, 2))
                     / total[:, None]).sum(axis=1)  # fmt: skip
    return np.stack(
        [np.abs(middle[:, 0] - surround), spread, (edges * inside).sum(axis=(1, 2)) / total], axis=1
    )
