"""A breastplate over a tunic."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import INK, Colour, lighten, pick_line, shade
from .skeleton import Measures
from .surface import BACK, draw_base, wrap
from .traits import Outfit
from .turning import Tube


def draw_armour(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a breastplate over a tunic."""
    tube, top = size.make_torso(0.08, 0.3), size.shoulder_y
    steel, gold = outfit.accent, outfit.bottom
    clip = draw_base(canvas, size, tube, outfit.trim, yaw, size.waist_y + 0.25)
    collar = Tube(
        np.array(
            [
                (top - 0.44, size.neck + 0.08, size.neck + 0.06, -0.08),
                (top - 0.10, size.neck + 0.26, size.neck + 0.18, -0.02),
            ]
        )
    )
    for middle in (0.0, BACK):
        plate = [
            (middle - 1.35, top - 0.06),
            (middle - 0.6, top + 0.06),
            (middle, top + 0.14),
            (middle + 0.6, top + 0.06),
            (middle + 1.35, top - 0.06),
            (middle + 1.35, top + 0.9),
            (middle + 0.9, size.waist_y - 0.1),
            (middle, size.waist_y + 0.12),
            (middle - 0.9, size.waist_y - 0.1),
            (middle - 1.35, top + 0.9),
        ]
        flat = wrap(tube, plate, yaw)
        if flat is None:
            continue
        canvas.shape(flat, steel, pick_line(steel), 0.9)
        canvas.cel_shade([flat], shade(steel), -0.16, -0.06)
        rim = wrap(
            tube,
            [(a, y) for a, y in plate[5:10]] + [(a, y - 0.12) for a, y in plate[5:10][::-1]],
            yaw,
        )
        if rim is not None:
            canvas.fill(rim, gold, 1, clip)
        ridge = wrap(
            tube,
            [
                (middle - 0.03, top + 0.2),
                (middle + 0.03, top + 0.2),
                (middle + 0.05, size.waist_y - 0.1),
                (middle - 0.05, size.waist_y - 0.1),
            ],
            yaw,
        )
        if ridge is not None:
            canvas.fill(ridge, lighten(steel, 0.5), 1, clip)
        gleam = wrap(
            tube,
            [
                (middle - 0.75, top + 0.3),
                (middle - 0.55, top + 0.3),
                (middle - 0.45, top + 0.95),
                (middle - 0.62, top + 0.85),
            ],
            yaw,
        )
        if gleam is not None:
            canvas.fill(gleam, lighten(steel, 0.75), 1, clip)
    canvas.shape(collar.outline(yaw), steel, pick_line(steel), 0.9)
    canvas.cel_shade([collar.outline(yaw)], shade(steel), -0.08, 0.0)
    x, y, _ = tube.point(0.0, top + 0.30, yaw)
    if np.cos(yaw) > 0.2:
        gem = np.array([(0, -0.15), (0.11, 0), (0, 0.15), (-0.11, 0)]) * (np.cos(yaw), 1) + (x, y)
        canvas.shape(gem, (70, 130, 220), INK, 0.8)
