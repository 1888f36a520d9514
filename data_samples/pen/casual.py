"""Kits, hooded sweatshirts and dresses."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import Colour, lighten, pick_line, shade
from .shapes import make_ellipse, smooth_curve
from .skeleton import Measures
from .surface import BACK, draw_base, draw_bow, draw_buttons, draw_number, draw_opening, put, wrap
from .traits import Outfit


def draw_jersey(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a sports kit with stripes and a number."""
    tube, top = size.make_torso(0.07, 0.75), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.hip_y + 0.10)
    draw_opening(canvas, size, tube, skin, yaw, 0.22, clip)
    put(
        canvas,
        tube,
        [
            (-0.72, top - 0.24),
            (-0.45, top - 0.02),
            (0, top + 0.24),
            (0.45, top - 0.02),
            (0.72, top - 0.24),
            (0.85, top - 0.16),
            (0.5, top + 0.08),
            (0, top + 0.36),
            (-0.5, top + 0.08),
            (-0.85, top - 0.16),
        ],
        outfit.trim,
        yaw,
        clip,
    )
    for side in (-1, 1):
        put(
            canvas,
            tube,
            [
                (side * 1.45, top + 0.4),
                (side * 1.70, top + 0.4),
                (side * 1.70, size.hip_y + 0.1),
                (side * 1.45, size.hip_y + 0.1),
            ],
            outfit.trim,
            yaw,
            clip,
            0,
        )
    if outfit.number is not None:
        for azimuth, y, high in ((0.0, top + 0.95, 0.55), (BACK, top + 1.15, 0.95)):
            draw_number(canvas, tube, outfit.number, azimuth, y, high, outfit.accent, yaw)


def draw_hoodie(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a hooded sweatshirt."""
    tube, top = size.make_torso(0.14, 1.0), size.shoulder_y
    bottom = size.hip_y + 0.10
    clip = draw_base(canvas, size, tube, outfit.main, yaw, bottom)
    put(
        canvas,
        tube,
        [
            (-2.9, bottom - 0.14),
            (0, bottom - 0.14),
            (2.9, bottom - 0.14),
            (2.9, bottom + 0.1),
            (0, bottom + 0.1),
            (-2.9, bottom + 0.1),
        ],
        outfit.trim,
        yaw,
        clip,
        0,
    )
    y = size.waist_y + 0.1
    put(
        canvas,
        tube,
        [(-0.45, y), (0.45, y), (0.85, bottom - 0.2), (-0.85, bottom - 0.2)],
        shade(outfit.main),
        yaw,
        clip,
    )
    if outfit.number is not None:
        x, seen_y, _ = tube.point(0.0, top + 0.85, yaw)
        if np.cos(yaw) > 0.1:
            for i in range(5):
                angle = i * 2 * np.pi / 5 - np.pi / 2
                petal = make_ellipse(
                    x + 0.16 * np.cos(angle) * np.cos(yaw),
                    seen_y + 0.16 * np.sin(angle),
                    0.13 * np.cos(yaw),
                    0.13,
                )
                canvas.fill(petal, outfit.accent)
    hood_x, hood_depth = tube.point(BACK, top, yaw)[0], -np.cos(yaw)
    hood = make_ellipse(
        hood_x * 0.55,
        top - 0.10 + 0.22 * max(hood_depth, 0),
        size.shoulder * (0.62 + 0.1 * hood_depth),
        0.30 + 0.30 * max(hood_depth, 0),
    )
    canvas.shape(hood, outfit.main, pick_line(outfit.main))
    canvas.cel_shade([hood], shade(outfit.main), -0.10, -0.08)
    if np.cos(yaw) > -0.2:
        mouth = smooth_curve(
            [
                (-0.62, top - 0.22),
                (0, top - 0.26),
                (0.62, top - 0.22),
                (0.45, top + 0.02),
                (0, top + 0.17),
                (-0.45, top + 0.02),
            ],
            True,
        )
        put(canvas, tube, mouth, shade(shade(outfit.main)), yaw)
        for azimuth in (-0.28, 0.28):
            cord = wrap(
                tube,
                [(azimuth, top + 0.12), (azimuth * 1.2, top + 0.35), (azimuth, top + 0.58)],
                yaw,
            )
            if cord is not None and np.cos(azimuth + yaw) > 0.1:
                canvas.stroke(smooth_curve(cord), lighten(outfit.trim, 0.7), 2.2, (1, 1))


def draw_dress(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a dress's bodice with a round collar."""
    tube, top = size.make_torso(0.04), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.12)
    for start, end in ((-1.5, 1.5), (BACK - 1.5, BACK + 1.5)):
        middle = (start + end) / 2
        put(
            canvas,
            tube,
            [
                (start, top - 0.24),
                (end, top - 0.24),
                (middle + 1.0, top + 0.20),
                (middle + 0.25, top + 0.32),
                (middle, top + 0.10),
                (middle - 0.25, top + 0.32),
                (middle - 1.0, top + 0.20),
            ],
            outfit.trim,
            yaw,
        )
    draw_bow(canvas, tube, top + 0.20, outfit.accent, yaw, 0.8)
    draw_buttons(
        canvas, tube, 0.0, np.linspace(top + 0.75, size.waist_y - 0.25, 3), outfit.trim, yaw, 0.045
    )
    y = size.waist_y
    put(
        canvas,
        tube,
        [
            (-2.9, y - 0.10),
            (0, y - 0.10),
            (2.9, y - 0.10),
            (2.9, y + 0.12),
            (0, y + 0.12),
            (-2.9, y + 0.12),
        ],
        outfit.accent,
        yaw,
        clip,
        0,
    )
    if np.cos(yaw) < -0.1:
        draw_bow(canvas, tube, y, outfit.accent, yaw + np.pi, 1.0)
