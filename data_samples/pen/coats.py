"""Belted coats and lab coats, whose tails hang below the waist."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import Colour, lighten, pick_line, shade
from .skeleton import Measures
from .skirts import draw_cloth, make_skirt
from .surface import draw_base, draw_buttons, put, wrap
from .traits import Outfit
from .uniforms import draw_lapels, draw_shirt_front

# How far below the hips each coat's hem is, as a share of the leg.
TAIL_REACH = {"coat": 0.52, "labcoat": 0.55}


def draw_coat(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a belted coat's or a lab coat's upper part; its tail is drawn apart."""
    tube, top = size.make_torso(0.11, 0.55), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.20)
    deep = 0.50 * (size.hip_y - top)
    draw_shirt_front(canvas, size, tube, outfit, yaw, deep, clip, True)
    draw_lapels(canvas, size, tube, lighten(outfit.main, 0.18), yaw, deep, 1.25)
    if outfit.top == "labcoat":
        put(
            canvas,
            tube,
            [(0.55, top + 0.95), (0.95, top + 0.93), (0.95, top + 1.3), (0.55, top + 1.32)],
            shade(outfit.main),
            yaw,
            clip,
        )
        put(
            canvas,
            tube,
            [(0.68, top + 0.80), (0.73, top + 0.80), (0.73, top + 1.1), (0.68, top + 1.1)],
            outfit.accent,
            yaw,
            clip,
            0,
        )
    else:
        for azimuth in (-0.38, 0.38):
            draw_buttons(canvas, tube, azimuth, (top + deep + 0.04,), outfit.trim, yaw, 0.07)


def draw_top_tail(canvas: Canvas, size: Measures, outfit: Outfit, yaw: float, far: bool) -> None:
    """Draw the part of a coat below the waist: its lining behind the legs, or its front."""
    if outfit.top not in TAIL_REACH:
        return
    leg = size.ground - size.hip_y
    tube = make_skirt(
        size, size.waist_y + 0.02, size.hip_y + TAIL_REACH[outfit.top] * leg, 0.42, 0.12
    )
    if far:
        inside = tube.outline(yaw)
        canvas.shape(inside, shade(shade(outfit.main)), pick_line(outfit.main))
        return
    # The fronts part from the waist down, wider towards the hem.
    hem, top = tube.rows[-1, 0], tube.rows[0, 0]
    gap_top, gap_hem = (0.28, 0.75) if outfit.top == "labcoat" else (0.02, 0.42)
    y = np.linspace(top, hem, 8)
    facing = np.cos(yaw)
    outline = tube.outline(yaw)
    if facing < -0.05:
        draw_cloth(canvas, tube, outfit.main, yaw, 7)
    else:
        area = canvas.mask([outline])
        gap = np.interp(y, (top, hem), (gap_top, gap_hem))
        opening = [(-g, h) for g, h in zip(gap, y, strict=True)] + [
            (g, h) for g, h in zip(gap[::-1], y[::-1], strict=True)
        ]
        opening = np.concatenate([np.array(opening)[:8], [(0.0, hem + 0.4)], np.array(opening)[8:]])
        flat = wrap(tube, opening, yaw)
        hole = canvas.mask([flat]) if flat is not None else np.zeros_like(area)
        before = canvas.pixels.copy()
        draw_cloth(canvas, tube, outfit.main, yaw, 7)
        if flat is not None:
            keep = hole > 127
            canvas.pixels[keep] = before[keep]
            for side in (slice(0, 8), slice(9, None)):
                canvas.stroke(flat[side], pick_line(outfit.main), 1.4, (1, 1))
    if outfit.top == "coat":
        belt = make_skirt(size, size.waist_y - 0.10, size.waist_y + 0.14, 0.0, 0.15)
        canvas.shape(belt.outline(yaw), shade(outfit.main), pick_line(outfit.main), 0.9)
        put(
            canvas,
            belt,
            [
                (-0.16, size.waist_y - 0.12),
                (0.16, size.waist_y - 0.12),
                (0.16, size.waist_y + 0.16),
                (-0.16, size.waist_y + 0.16),
            ],
            outfit.trim,
            yaw,
        )
