"""The look of a show: what happens to a drawing between the pen and the screen.

A style belongs to a family of identities, as every character of one show is drawn alike; light and
camera belong to a single drawing.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIDE = 112
"""Pixels of the square a finished drawing is kept in; training crops it and scales it to 96."""

VISIBLE = 16
"""Alpha from which a pixel counts when a drawing is cropped."""


@dataclass(frozen=True)
class Style:
    """How a show looks, over and above its line."""

    pixels: int = 0
    """Longest side of the sprite before it is enlarged, 0 for no pixel art."""
    grain: float = 0.0
    """Strength of paper or brush texture, in levels."""
    grain_size: float = 3.0
    """Coarseness of that texture in pixels."""
    modelling: float = 0.0
    """Strength of soft shading from the silhouette's own roundness, 0 to 1."""
    painting: int = 0
    """Median filter that melts the lines, in pixels (odd), 0 for none."""
    levels: int = 0
    """Levels a channel, 0 for all."""
    sticker: int = 0
    """Width of a white border in pixels."""
    contour: float = 0.0
    """Darkness of a line round the whole silhouette, 0 for none."""
    hatching: float = 0.0
    """Strength of pen strokes in the shadow."""
    saturation: float = 1.0
    """0 for a show in greys."""
    softness: float = 0.0
    """Blur in pixels that every frame of the show has."""


def sample_style(rng: np.random.Generator) -> Style:
    """Draw a random look; about a third of shows is plain cel animation."""
    plain = rng.random() < 0.35
    if plain:
        return Style()
    return Style(
        pixels=int(rng.integers(34, 76)) if rng.random() < 0.18 else 0,
        grain=rng.uniform(3, 16) if rng.random() < 0.25 else 0.0,
        grain_size=rng.uniform(1.2, 8),
        modelling=rng.uniform(0.15, 0.7) if rng.random() < 0.40 else 0.0,
        painting=int(rng.choice([3, 5])) if rng.random() < 0.16 else 0,
        levels=int(rng.integers(4, 12)) if rng.random() < 0.06 else 0,
        sticker=int(rng.integers(2, 5)) if rng.random() < 0.05 else 0,
        contour=rng.uniform(0.4, 1.0) if rng.random() < 0.22 else 0.0,
        hatching=rng.uniform(0.1, 0.35) if rng.random() < 0.07 else 0.0,
        saturation=rng.uniform(0.0, 1.5) if rng.random() < 0.2 else 1.0,
        softness=rng.uniform(0.3, 0.9) if rng.random() < 0.2 else 0.0,
    )


def crop_tight(image: np.ndarray) -> np.ndarray:
    """Crop a premultiplied picture, shape (h, w, 4), to what is visible; empty if nothing is."""
    visible = (image[..., 3] >= VISIBLE).astype(np.uint8)
    left, top, width, height = cv2.boundingRect(visible)
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def fit_square(image: np.ndarray, side: int = SIDE) -> np.ndarray:
    """Scale a premultiplied picture so that its longest side is `side`, centred in a square."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    size = (max(1, min(side, round(width * scale))), max(1, min(side, round(height * scale))))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    square = np.zeros((side, side, 4), np.uint8)
    top, left = (side - size[1]) // 2, (side - size[0]) // 2
    square[top : top + size[1], left : left + size[0]] = cv2.resize(image, size, interpolation=way)
    return square


def finish(image: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray | None:
    """Give a drawing the look of its show.

    Parameters
    ----------
    image : ndarray, shape (h, w, 4), uint8
        Premultiplied RGBA.
    style : Style
    rng : numpy.random.Generator
        Of this drawing: where the light stands and how the texture falls.

    Returns
    -------
    ndarray, shape (112, 112, 4), uint8, premultiplied RGBA
        None where next to nothing is visible.
    """
    image = crop_tight(image)
    if min(image.shape[:2]) < 10:
        return None
    if style.painting:
        image = cv2.medianBlur(image, style.painting)
    if style.contour or style.sticker:
        image = _draw_contour(image, style)
    image = _light(image, style, rng)
    if style.pixels:
        image = _make_sprite(image, style.pixels, rng)
    square = fit_square(image)
    if style.softness:
        square = cv2.GaussianBlur(square, (0, 0), style.softness)
    return square


def _draw_contour(image: np.ndarray, style: Style) -> np.ndarray:
    """Put a dark line, then a white border, round the silhouette."""
    for width, level in (
        (1 if style.contour else 0, 40 * (1 - style.contour)),
        (style.sticker, 250),
    ):
        if not width:
            continue
        image = cv2.copyMakeBorder(image, *[width + 1] * 4, cv2.BORDER_CONSTANT, value=(0,) * 4)
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
        wide = cv2.dilate(image[..., 3], kernel)
        under = cv2.subtract(wide, image[..., 3])
        image = np.dstack([
            cv2.add(image[..., channel], cv2.convertScaleAbs(under, alpha=level / 255))
            for channel in range(3)
        ] + [wide])  # fmt: skip
    return image


def _light(image: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Soft shading, texture, strokes, saturation and levels, all inside the silhouette."""
    if not (style.modelling or style.grain or style.hatching or style.levels
            or style.saturation != 1.0):  # fmt: skip
        return image
    height, width = image.shape[:2]
    alpha = image[..., 3]
    colour = image[..., :3].astype(np.float32)
    if style.modelling:
        # A blurred silhouette is a dome; its slope towards the light is how lit a place is.
        reach = 0.10 * min(height, width) + 1
        dome = cv2.blur(cv2.blur(alpha, (int(reach),) * 2), (int(reach),) * 2).astype(np.float32)
        down, across = cv2.Sobel(dome, cv2.CV_32F, 0, 1), cv2.Sobel(dome, cv2.CV_32F, 1, 0)
        angle = rng.uniform(-1.2, 1.2)
        slope = (down * np.cos(angle) + across * np.sin(angle)) * (reach / 900)
        colour *= np.clip(1 + style.modelling * slope, 0.45, 1.5)[..., None]
    if style.grain:
        rough = (max(2, int(height / style.grain_size)), max(2, int(width / style.grain_size)))
        noise = rng.standard_normal(rough, dtype=np.float32)
        colour += style.grain * cv2.resize(noise, (width, height))[..., None]
    if style.hatching:
        rows, columns = np.indices((height, width), dtype=np.float32)
        grey = colour.mean(2)
        strokes = np.sin((rows + columns) * (2 * np.pi / max(3.0, height / 34))) > 0.3
        colour -= (strokes * (grey < 120) * style.hatching * 90)[..., None]
    if style.saturation != 1.0:
        grey = colour.mean(2, keepdims=True)
        colour = grey + (colour - grey) * style.saturation
    if style.levels:
        step = 255 / (style.levels - 1)
        colour = np.round(colour / step) * step
    limit = alpha[..., None].astype(np.float32)
    return np.dstack([np.clip(colour, 0, limit).astype(np.uint8), alpha])


def _make_sprite(image: np.ndarray, pixels: int, rng: np.random.Generator) -> np.ndarray:
    """Pixel art: coarse, hard-edged, enlarged by whole pixels."""
    height, width = image.shape[:2]
    scale = pixels * rng.uniform(0.9, 1.1) / max(height, width)
    size = (max(6, int(width * scale)), max(6, int(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    solid = (small[..., 3:] > 110).astype(np.float32)
    colour = np.clip(small[..., :3] * (255 / np.maximum(small[..., 3:], 60)), 0, 255)
    sprite = np.dstack([colour * solid, solid * 255]).astype(np.uint8)
    return cv2.resize(sprite, (size[0] * 4, size[1] * 4), interpolation=cv2.INTER_NEAREST)
