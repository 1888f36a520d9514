"""Flat shapes laid on a turned trunk: panels, bows, buttons, numbers and bare cloth."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import Colour, mix, pick_line, shade, shade_skin
from .shapes import make_ellipse, smooth_curve
from .skeleton import Measures
from .turning import Tube

# Azimuth of the middle of the back.
BACK = np.pi


def wrap(tube: Tube, points, yaw: float) -> np.ndarray | None:
    """Lay a flat shape, given as (azimuth, height), on a tube; None if it is all behind."""
    points = np.asarray(points, dtype=np.float64)
    centre = (points[:, 0].mean() + yaw + np.pi) % (2 * np.pi) - np.pi
    seen = points[:, 0] - points[:, 0].mean() + centre
    limit = np.pi / 2
    if np.all(seen > limit) or np.all(seen < -limit):
        return None
    x, y, _ = tube.point(np.clip(seen, -limit, limit) - yaw, points[:, 1], yaw)
    return np.stack([x, y], axis=1)


def put(
    canvas: Canvas, tube: Tube, points, colour: Colour, yaw: float, clip=None, weight: float = 0.7
) -> None:
    """Draw a shape of (azimuth, height) corners on a tube, inked unless `weight` is 0."""
    flat = wrap(tube, points, yaw)
    if flat is None:
        return
    if weight > 0:
        canvas.stroke(np.concatenate([flat, flat[:1]]), pick_line(colour), 1.6 * weight, (1, 1))
    canvas.fill(flat, colour, 1.0, clip)


def draw_bow(
    canvas: Canvas, tube: Tube, y: float, colour: Colour, yaw: float, size: float = 1.0
) -> None:
    """Draw a bow at the front of a tube."""
    x, seen_y, _ = tube.point(0.0, y, yaw)
    if np.cos(yaw) < 0.05:
        return
    narrow, line = (0.45 + 0.55 * np.cos(yaw)) * size, pick_line(colour)
    for side in (-1, 1):
        end = np.array([(0, 0), (side * 0.07, 0.05), (side * 0.20, 0.52), (side * 0.04, 0.44)]) * (
            narrow,
            size,
        )
        canvas.shape(np.add(end, (x, seen_y)), colour, line, 0.8)
        loop = smooth_curve(
            [
                (0, 0),
                (side * 0.20, -0.16),
                (side * 0.38, -0.11),
                (side * 0.36, 0.13),
                (side * 0.18, 0.11),
            ],
            True,
        ) * (narrow, size) + (x, seen_y)
        canvas.shape(loop, colour, line, 0.8)
        canvas.cel_shade([loop], shade(colour), -0.03, -0.05)
    canvas.shape(make_ellipse(x, seen_y, 0.08 * narrow, 0.09 * size), colour, line, 0.8)


def draw_buttons(
    canvas: Canvas,
    tube: Tube,
    azimuth: float,
    heights,
    colour: Colour,
    yaw: float,
    size: float = 0.055,
) -> None:
    """Draw buttons down a tube at an azimuth."""
    facing = np.cos(azimuth + yaw)
    if facing < 0.12:
        return
    for y in heights:
        x, seen_y, _ = tube.point(azimuth, y, yaw)
        canvas.shape(
            make_ellipse(x, seen_y, size * max(facing, 0.4), size), colour, pick_line(colour), 0.6
        )


def draw_base(
    canvas: Canvas, size: Measures, tube: Tube, colour: Colour, yaw: float, bottom: float
) -> np.ndarray:
    """Draw the cloth of a top down to a height; returns its mask."""
    outline = tube.outline(yaw, None, bottom, 22)
    line = pick_line(colour)
    canvas.shape(outline, colour, line)
    canvas.cel_shade([outline], shade(colour), -0.13, -0.02)
    clip = canvas.mask([outline])
    for azimuth, up in ((0.9, 0.0), (-0.8, 0.15), (2.4, 0.0), (-2.3, 0.1)):
        y = size.waist_y - up
        fold = wrap(
            tube, [(azimuth, y - 0.05), (azimuth * 0.8, y + 0.08), (azimuth * 0.55, y + 0.10)], yaw
        )
        if fold is not None and np.ptp(fold[:, 0]) > 0.06:
            canvas.stroke(smooth_curve(fold), line, 0.65, (0.5, 0))
    if size.bust > 0.3 and np.cos(yaw) > -0.1:
        y = size.shoulder_y + 0.42 * (size.hip_y - size.shoulder_y)
        for side in (-1, 1):
            curve = wrap(
                tube, [(side * 0.95, y - 0.10), (side * 0.60, y + 0.05), (side * 0.22, y)], yaw
            )
            if curve is not None:
                canvas.stroke(smooth_curve(curve), mix(line, colour, 0.35), 0.7, (0, 0))
    return clip


def draw_opening(
    canvas: Canvas, size: Measures, tube: Tube, skin: Colour, yaw: float, depth: float, clip
) -> None:
    """Draw the skin in a V-neck."""
    top = size.shoulder_y
    put(
        canvas,
        tube,
        [(-0.75, top - 0.25), (0.75, top - 0.25), (0.42, top), (0, top + depth), (-0.42, top)],
        mix(skin, shade_skin(skin), 0.4),
        yaw,
        clip,
        0,
    )


def draw_number(
    canvas: Canvas,
    tube: Tube,
    number: int,
    azimuth: float,
    y: float,
    high: float,
    colour: Colour,
    yaw: float,
) -> None:
    """Draw a number on a tube."""
    facing = np.cos(azimuth + yaw)
    if facing < 0.15:
        return
    x, seen_y, _ = tube.point(azimuth, y, yaw)
    digits = {
        "0": "1110111",
        "1": "0010010",
        "2": "1011101",
        "3": "1011011",
        "4": "0111010",
        "5": "1101011",
        "6": "1101111",
        "7": "1010010",
        "8": "1111111",
        "9": "1111011",
    }
    bars = {
        0: (0, 0, 1, 0),
        1: (0, 0, 0, 1),
        2: (1, 0, 1, 1),
        3: (0, 1, 1, 1),
        4: (0, 1, 0, 2),
        5: (1, 1, 1, 2),
        6: (0, 2, 1, 2),
    }
    text = str(number)
    wide = high * 0.42
    for i, digit in enumerate(text):
        left = (i - len(text) / 2) * wide * 1.55 + wide * 0.27
        for bar, lit in enumerate(digits[digit]):
            if lit == "0":
                continue
            x0, y0, x1, y1 = bars[bar]
            half = high * 0.085
            box = np.array(
                [
                    (x0 * wide - half, y0 * high / 2 - half),
                    (x1 * wide + half, y0 * high / 2 - half),
                    (x1 * wide + half, y1 * high / 2 + half),
                    (x0 * wide - half, y1 * high / 2 + half),
                ]
            )
            canvas.fill(np.add(box, (left, -high / 2)) * (facing, 1) + (x, seen_y), colour)
