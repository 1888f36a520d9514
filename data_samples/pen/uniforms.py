"""School uniforms: sailor blouse, blazer, stand-collar jacket, and a shirt with its tie."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import INK, WHITE, Colour, lighten, mix, pick_line, shade
from .skeleton import Measures
from .surface import BACK, draw_base, draw_bow, draw_buttons, draw_opening, put
from .traits import Outfit
from .turning import Tube


def draw_shirt_front(
    canvas: Canvas,
    size: Measures,
    tube: Tube,
    outfit: Outfit,
    yaw: float,
    depth: float,
    clip,
    tie: bool,
) -> None:
    """Draw a shirt with a collar and a tie or a bow in a jacket's opening."""
    top = size.shoulder_y
    put(
        canvas,
        tube,
        [
            (-0.95, top - 0.25),
            (0.95, top - 0.25),
            (0.62, top + 0.05),
            (0, top + depth),
            (-0.62, top + 0.05),
        ],
        (250, 250, 250),
        yaw,
        clip,
    )
    if tie:
        put(
            canvas,
            tube,
            [
                (-0.13, top - 0.02),
                (0.13, top - 0.02),
                (0.08, top + 0.14),
                (0.17, top + depth * 0.8),
                (0, top + depth + 0.04),
                (-0.17, top + depth * 0.8),
                (-0.08, top + 0.14),
            ],
            outfit.accent,
            yaw,
            clip,
        )
        for down in (0.3, 0.5, 0.7):
            y = top + depth * down
            put(
                canvas,
                tube,
                [(-0.13, y + 0.06), (0.13, y - 0.04), (0.13, y + 0.02), (-0.13, y + 0.12)],
                lighten(outfit.accent, 0.5),
                yaw,
                clip,
                0,
            )
    for side in (-1, 1):
        put(
            canvas,
            tube,
            [
                (side * 0.02, top - 0.05),
                (side * 0.85, top - 0.26),
                (side * 0.62, top + 0.12),
                (side * 0.35, top + 0.17),
            ],
            WHITE,
            yaw,
        )
    if not tie:
        draw_bow(canvas, tube, top + 0.10, outfit.accent, yaw, 0.85)


def draw_lapels(
    canvas: Canvas,
    size: Measures,
    tube: Tube,
    colour: Colour,
    yaw: float,
    depth: float,
    wide: float = 1.0,
) -> None:
    """Draw the turned edges of a jacket."""
    top = size.shoulder_y
    for side in (-1, 1):
        put(
            canvas,
            tube,
            [
                (side * 1.05, top - 0.24),
                (side * 0.80, top - 0.24),
                (side * 0.02, top + depth),
                (side * 0.52 * wide, top + 0.42),
                (side * 0.75 * wide, top + 0.34),
                (side * 0.72 * wide, top + 0.22),
            ],
            colour,
            yaw,
        )


def draw_sailor(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a sailor blouse."""
    tube, top = size.make_torso(0.05, 0.35), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.22)
    draw_opening(canvas, size, tube, skin, yaw, 0.70, clip)
    pale = lighten(outfit.trim, 0.85)
    back = [
        (BACK - 1.25, top - 0.22),
        (BACK + 1.25, top - 0.22),
        (BACK + 1.05, top + 0.85),
        (BACK - 1.05, top + 0.85),
    ]
    stripe = [
        (BACK - 0.97, top + 0.70),
        (BACK + 0.97, top + 0.70),
        (BACK + 0.97, top + 0.75),
        (BACK - 0.97, top + 0.75),
    ]
    put(canvas, tube, back, outfit.trim, yaw)
    put(canvas, tube, stripe, pale, yaw, None, 0)
    for side in (-1, 1):
        flap = [
            (side * 1.95, top - 0.20),
            (side * 0.62, top - 0.24),
            (side * 0.02, top + 0.72),
            (side * 0.75, top + 0.52),
            (side * 1.35, top + 0.42),
        ]
        put(canvas, tube, flap, outfit.trim, yaw)
        inner = [
            (side * 1.22, top + 0.33),
            (side * 0.74, top + 0.42),
            (side * 0.16, top + 0.62),
            (side * 0.18, top + 0.56),
            (side * 0.74, top + 0.36),
            (side * 1.22, top + 0.28),
        ]
        put(canvas, tube, inner, pale, yaw, None, 0)
    draw_bow(canvas, tube, top + 0.74, outfit.accent, yaw, 1.1)


def draw_blazer(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a school blazer."""
    tube, top = size.make_torso(0.07, 0.35), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.hip_y - 0.05)
    deep = 0.52 * (size.hip_y - top)
    draw_shirt_front(canvas, size, tube, outfit, yaw, deep, clip, outfit.lower == "trousers")
    draw_lapels(canvas, size, tube, mix(outfit.main, INK, 0.12), yaw, deep + 0.05)
    edge = tube.line(0.03, top + deep, size.hip_y - 0.05, yaw)
    if edge is not None:
        canvas.stroke(edge, pick_line(outfit.main), 0.9, (1, 1))
    draw_buttons(canvas, tube, -0.10, (top + deep + 0.15, top + deep + 0.50), outfit.trim, yaw)
    put(
        canvas,
        tube,
        [
            (0.50, top + 0.72),
            (0.85, top + 0.70),
            (0.85, top + 0.92),
            (0.68, top + 1.0),
            (0.50, top + 0.94),
        ],
        outfit.trim,
        yaw,
        clip,
    )
    for side in (-1, 1):
        y = size.waist_y + 0.45
        put(
            canvas,
            tube,
            [
                (side * 0.55, y),
                (side * 1.05, y - 0.04),
                (side * 1.05, y + 0.10),
                (side * 0.55, y + 0.14),
            ],
            shade(outfit.main),
            yaw,
            clip,
        )


def draw_gakuran(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a stand-collar school jacket."""
    tube, top = size.make_torso(0.07, 0.6), size.shoulder_y
    draw_base(canvas, size, tube, outfit.main, yaw, size.hip_y + 0.12)
    collar = Tube(
        np.array(
            [
                (top - 0.46, size.neck + 0.06, size.neck + 0.05, -0.08),
                (top - 0.14, size.neck + 0.14, size.neck + 0.11, -0.04),
            ]
        )
    )
    canvas.shape(collar.outline(yaw), outfit.main, pick_line(outfit.main), 0.9)
    put(
        canvas,
        collar,
        [(-0.10, top - 0.44), (0.10, top - 0.44), (0.10, top - 0.18), (-0.10, top - 0.18)],
        (245, 245, 245),
        yaw,
        None,
        0,
    )
    edge = tube.line(0.02, top - 0.1, size.hip_y + 0.1, yaw)
    if edge is not None:
        canvas.stroke(edge, lighten(outfit.main, 0.25), 0.8, (1, 1))
    draw_buttons(
        canvas, tube, 0.0, np.linspace(top + 0.12, size.hip_y - 0.25, 5), outfit.trim, yaw, 0.07
    )
