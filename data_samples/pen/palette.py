"""Colours as (red, green, blue) tuples of 0-255."""

from __future__ import annotations

import colorsys

Colour = tuple[float, float, float]

WHITE: Colour = (255, 255, 255)
INK: Colour = (38, 26, 36)
# Shadow on screen leans to violet, as it does on painted cels.
SHADOW_TINT: Colour = (0.80, 0.74, 0.86)
SKIN_SHADOW_TINT: Colour = (0.95, 0.82, 0.81)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """Blend two colours; `share` is the part of the second."""
    return tuple(a + (b - a) * share for a, b in zip(first, second, strict=True))


def shade(colour: Colour, tint: Colour = SHADOW_TINT) -> Colour:
    """Put a colour in cel shadow."""
    return tuple(c * t for c, t in zip(colour, tint, strict=True))


def shade_skin(colour: Colour) -> Colour:
    """Put a skin colour in cel shadow, which stays warm."""
    return shade(colour, SKIN_SHADOW_TINT)


def lighten(colour: Colour, share: float = 0.4) -> Colour:
    """Put a colour under a highlight."""
    return mix(colour, WHITE, share)


def pick_line(colour: Colour, share: float = 0.72) -> Colour:
    """Pick the line colour that goes round an area: its own colour, nearly ink."""
    return mix(shade(colour), INK, share)


def from_hsv(hue: float, saturation: float, value: float) -> Colour:
    """Colour from hue, saturation and value, each 0-1."""
    return tuple(255 * c for c in colorsys.hsv_to_rgb(hue % 1.0, saturation, value))


def from_hex(code: str) -> Colour:
    """Colour from six hexadecimal digits."""
    return tuple(float(int(code[i : i + 2], 16)) for i in (0, 2, 4))
