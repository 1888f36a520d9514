"""Colours as (3,) float32 arrays, RGB, 0 to 255, and the palettes that shows have."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

Colour = np.ndarray

BLACK = np.array([24, 20, 26], np.float32)
WHITE = np.array([248, 247, 245], np.float32)


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Colour from hue, saturation and value, each 0 to 1."""
    return np.array(colorsys.hsv_to_rgb(hue % 1, saturation, value), np.float32) * 255


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` is the part of the second."""
    return first + (second - first) * share


def lighten(colour: Colour, amount: float) -> Colour:
    """Towards white where `amount` is positive, towards black where it is negative."""
    return mix(colour, WHITE if amount > 0 else BLACK, abs(amount))


@dataclass(frozen=True)
class Palette:
    """What the colours of one show have in common."""

    saturation: float
    """1 is vivid."""
    darkest: float
    """Least brightness of paint, 0 to 1."""
    greys: float
    """Share of black, white and grey among paints."""
    wild_skins: float
    """Share of skins in any colour."""
    wild_hair: float
    """Share of hair in any colour."""


def sample_palette(rng: np.random.Generator) -> Palette:
    """Draw a random palette."""
    return Palette(
        saturation=rng.uniform(0.35, 1.0),
        darkest=rng.uniform(0.1, 0.6),
        greys=rng.uniform(0.05, 0.4),
        wild_skins=float(rng.choice([0.0, 0.15, 0.7])),
        wild_hair=float(rng.choice([0.1, 0.5, 0.9])),
    )


def sample_paint(rng: np.random.Generator, palette: Palette) -> Colour:
    """Draw the colour of a cloth or a thing."""
    if rng.random() < palette.greys:
        level = rng.choice([rng.uniform(14, 60), rng.uniform(205, 250), rng.uniform(60, 205)])
        return np.clip(level + rng.uniform(-10, 10, 3), 0, 255).astype(np.float32)
    if rng.random() < 0.12:
        return from_hsv(rng.uniform(0.03, 0.12), rng.uniform(0.3, 0.75), rng.uniform(0.25, 0.85))
    vivid = palette.saturation * rng.uniform(0.35, 1.0)
    return from_hsv(rng.random(), vivid, rng.uniform(palette.darkest, 1.0))


def sample_skin(rng: np.random.Generator, palette: Palette) -> Colour:
    """Draw the colour of a skin."""
    if rng.random() < palette.wild_skins:
        return sample_paint(rng, palette)
    depth = rng.beta(1.3, 2.2)
    return from_hsv(rng.uniform(0.04, 0.09), 0.14 + 0.5 * depth, 1.0 - 0.68 * depth)


def sample_hair_colour(rng: np.random.Generator, palette: Palette) -> Colour:
    """Draw the colour of hair or fur."""
    if rng.random() < palette.wild_hair:
        return from_hsv(rng.random(), rng.uniform(0.2, 0.95), rng.uniform(0.3, 1.0))
    kind = rng.integers(4)
    if kind == 0:
        return from_hsv(rng.uniform(0.02, 0.1), rng.uniform(0.35, 0.8), rng.uniform(0.15, 0.7))
    if kind == 1:
        return np.full(3, rng.uniform(15, 60), np.float32)
    if kind == 2:
        return from_hsv(rng.uniform(0.09, 0.15), rng.uniform(0.3, 0.7), rng.uniform(0.75, 1.0))
    return np.full(3, rng.uniform(130, 245), np.float32)
