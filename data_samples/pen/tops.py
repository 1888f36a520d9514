"""What is worn on the trunk: uniforms, kits, coats, dresses and armour."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import INK, WHITE, Colour, lighten, mix, pick_line, shade, shade_skin
from .shapes import make_ellipse, smooth_curve
from .skeleton import Measures
from .skirts import draw_cloth, make_skirt
from .traits import Outfit
from .turning import Tube

BACK = np.pi
# How far below the hips each top's hem is, as a share of the leg, for tops that hang down.
TAIL_REACH = {"coat": 0.52, "labcoat": 0.55}


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


def put(canvas: Canvas, tube: Tube, points, colour: Colour, yaw: float, clip=None, weight: float = 0.7) -> None:
    """Draw a shape of (azimuth, height) corners on a tube, inked unless `weight` is 0."""
    flat = wrap(tube, points, yaw)
    if flat is None:
        return
    if weight > 0:
        canvas.stroke(np.concatenate([flat, flat[:1]]), pick_line(colour), 1.6 * weight, (1, 1))
    canvas.fill(flat, colour, 1.0, clip)


def draw_bow(canvas: Canvas, tube: Tube, y: float, colour: Colour, yaw: float, size: float = 1.0) -> None:
    """Draw a bow at the front of a tube."""
    x, seen_y, depth = tube.point(0.0, y, yaw)
    if np.cos(yaw) < 0.05:
        return
    narrow, line = (0.45 + 0.55 * np.cos(yaw)) * size, pick_line(colour)
    for side in (-1, 1):
        end = np.array([(0, 0), (side * 0.07, 0.05), (side * 0.20, 0.52), (side * 0.04, 0.44)]) * (narrow, size)
        canvas.shape(end + (x, seen_y), colour, line, 0.8)
        loop = smooth_curve([(0, 0), (side * 0.20, -0.16), (side * 0.38, -0.11), (side * 0.36, 0.13), (side * 0.18, 0.11)], True) * (narrow, size) + (x, seen_y)
        canvas.shape(loop, colour, line, 0.8)
        canvas.cel_shade([loop], shade(colour), -0.03, -0.05)
    canvas.shape(make_ellipse(x, seen_y, 0.08 * narrow, 0.09 * size), colour, line, 0.8)


def draw_buttons(canvas: Canvas, tube: Tube, azimuth: float, heights, colour: Colour, yaw: float, size: float = 0.055) -> None:
    """Draw buttons down a tube at an azimuth."""
    facing = np.cos(azimuth + yaw)
    if facing < 0.12:
        return
    for y in heights:
        x, seen_y, _ = tube.point(azimuth, y, yaw)
        canvas.shape(make_ellipse(x, seen_y, size * max(facing, 0.4), size), colour, pick_line(colour), 0.6)


def draw_base(canvas: Canvas, size: Measures, tube: Tube, colour: Colour, yaw: float, bottom: float) -> np.ndarray:
    """Draw the cloth of a top down to a height; returns its mask."""
    outline = tube.outline(yaw, None, bottom, 22)
    line = pick_line(colour)
    canvas.shape(outline, colour, line)
    canvas.cel_shade([outline], shade(colour), -0.13, -0.02)
    clip = canvas.mask([outline])
    for azimuth, up in ((0.9, 0.0), (-0.8, 0.15), (2.4, 0.0), (-2.3, 0.1)):
        y = size.waist_y - up
        fold = wrap(tube, [(azimuth, y - 0.05), (azimuth * 0.8, y + 0.08), (azimuth * 0.55, y + 0.10)], yaw)
        if fold is not None and np.ptp(fold[:, 0]) > 0.06:
            canvas.stroke(smooth_curve(fold), line, 0.65, (0.5, 0))
    if size.bust > 0.3 and np.cos(yaw) > -0.1:
        y = size.shoulder_y + 0.42 * (size.hip_y - size.shoulder_y)
        for side in (-1, 1):
            curve = wrap(tube, [(side * 0.95, y - 0.10), (side * 0.60, y + 0.05), (side * 0.22, y)], yaw)
            if curve is not None:
                canvas.stroke(smooth_curve(curve), mix(line, colour, 0.35), 0.7, (0, 0))
    return clip


def draw_opening(canvas: Canvas, size: Measures, tube: Tube, skin: Colour, yaw: float, depth: float, clip) -> None:
    """Draw the skin in a V-neck."""
    top = size.shoulder_y
    put(canvas, tube, [(-0.75, top - 0.25), (0.75, top - 0.25), (0.42, top), (0, top + depth), (-0.42, top)], shade_skin(skin), yaw, clip, 0)


def draw_shirt_front(canvas: Canvas, size: Measures, tube: Tube, outfit: Outfit, yaw: float, depth: float, clip, tie: bool) -> None:
    """Draw a shirt with a collar and a tie or a bow in a jacket's opening."""
    top = size.shoulder_y
    put(canvas, tube, [(-0.95, top - 0.25), (0.95, top - 0.25), (0.62, top + 0.05), (0, top + depth), (-0.62, top + 0.05)], (250, 250, 250), yaw, clip)
    if tie:
        put(canvas, tube, [(-0.13, top - 0.02), (0.13, top - 0.02), (0.08, top + 0.14), (0.17, top + depth * 0.8), (0, top + depth + 0.04), (-0.17, top + depth * 0.8), (-0.08, top + 0.14)], outfit.accent, yaw, clip)
        for down in (0.3, 0.5, 0.7):
            y = top + depth * down
            put(canvas, tube, [(-0.13, y + 0.06), (0.13, y - 0.04), (0.13, y + 0.02), (-0.13, y + 0.12)], lighten(outfit.accent, 0.5), yaw, clip, 0)
    for side in (-1, 1):
        put(canvas, tube, [(side * 0.02, top - 0.05), (side * 0.85, top - 0.26), (side * 0.62, top + 0.12), (side * 0.35, top + 0.17)], WHITE, yaw)
    if not tie:
        draw_bow(canvas, tube, top + 0.10, outfit.accent, yaw, 0.85)


def draw_lapels(canvas: Canvas, size: Measures, tube: Tube, colour: Colour, yaw: float, depth: float, wide: float = 1.0) -> None:
    """Draw the turned edges of a jacket."""
    top = size.shoulder_y
    for side in (-1, 1):
        put(canvas, tube, [(side * 1.05, top - 0.24), (side * 0.80, top - 0.24), (side * 0.02, top + depth), (side * 0.52 * wide, top + 0.42), (side * 0.75 * wide, top + 0.34), (side * 0.72 * wide, top + 0.22)], colour, yaw)


def draw_sailor(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a sailor blouse."""
    tube, top = size.make_torso(0.05, 0.35), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.22)
    draw_opening(canvas, size, tube, skin, yaw, 0.70, clip)
    pale = lighten(outfit.trim, 0.85)
    back = [(BACK - 1.25, top - 0.22), (BACK + 1.25, top - 0.22), (BACK + 1.05, top + 0.85), (BACK - 1.05, top + 0.85)]
    stripe = [(BACK - 0.97, top + 0.70), (BACK + 0.97, top + 0.70), (BACK + 0.97, top + 0.75), (BACK - 0.97, top + 0.75)]
    put(canvas, tube, back, outfit.trim, yaw)
    put(canvas, tube, stripe, pale, yaw, None, 0)
    for side in (-1, 1):
        flap = [(side * 1.95, top - 0.20), (side * 0.62, top - 0.24), (side * 0.02, top + 0.72), (side * 0.75, top + 0.52), (side * 1.35, top + 0.42)]
        put(canvas, tube, flap, outfit.trim, yaw)
        inner = [(side * 1.22, top + 0.33), (side * 0.74, top + 0.42), (side * 0.16, top + 0.62), (side * 0.18, top + 0.56), (side * 0.74, top + 0.36), (side * 1.22, top + 0.28)]
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
    put(canvas, tube, [(0.50, top + 0.72), (0.85, top + 0.70), (0.85, top + 0.92), (0.68, top + 1.0), (0.50, top + 0.94)], outfit.trim, yaw, clip)
    for side in (-1, 1):
        y = size.waist_y + 0.45
        put(canvas, tube, [(side * 0.55, y), (side * 1.05, y - 0.04), (side * 1.05, y + 0.10), (side * 0.55, y + 0.14)], shade(outfit.main), yaw, clip)


def draw_gakuran(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a stand-collar school jacket."""
    tube, top = size.make_torso(0.07, 0.6), size.shoulder_y
    draw_base(canvas, size, tube, outfit.main, yaw, size.hip_y + 0.12)
    collar = Tube(np.array([(top - 0.46, size.neck + 0.06, size.neck + 0.05, -0.08), (top - 0.14, size.neck + 0.14, size.neck + 0.11, -0.04)]))
    canvas.shape(collar.outline(yaw), outfit.main, pick_line(outfit.main), 0.9)
    put(canvas, collar, [(-0.10, top - 0.44), (0.10, top - 0.44), (0.10, top - 0.18), (-0.10, top - 0.18)], (245, 245, 245), yaw, None, 0)
    edge = tube.line(0.02, top - 0.1, size.hip_y + 0.1, yaw)
    if edge is not None:
        canvas.stroke(edge, lighten(outfit.main, 0.25), 0.8, (1, 1))
    draw_buttons(canvas, tube, 0.0, np.linspace(top + 0.12, size.hip_y - 0.25, 5), outfit.trim, yaw, 0.07)


def draw_jersey(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a sports kit with stripes and a number."""
    tube, top = size.make_torso(0.07, 0.75), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.hip_y + 0.10)
    draw_opening(canvas, size, tube, skin, yaw, 0.22, clip)
    put(canvas, tube, [(-0.72, top - 0.24), (-0.45, top - 0.02), (0, top + 0.24), (0.45, top - 0.02), (0.72, top - 0.24), (0.85, top - 0.16), (0.5, top + 0.08), (0, top + 0.36), (-0.5, top + 0.08), (-0.85, top - 0.16)], outfit.trim, yaw, clip)
    for side in (-1, 1):
        put(canvas, tube, [(side * 1.45, top + 0.4), (side * 1.70, top + 0.4), (side * 1.70, size.hip_y + 0.1), (side * 1.45, size.hip_y + 0.1)], outfit.trim, yaw, clip, 0)
    if outfit.number is not None:
        for azimuth, y, high in ((0.0, top + 0.95, 0.55), (BACK, top + 1.15, 0.95)):
            draw_number(canvas, tube, outfit.number, azimuth, y, high, outfit.accent, yaw)


def draw_number(canvas: Canvas, tube: Tube, number: int, azimuth: float, y: float, high: float, colour: Colour, yaw: float) -> None:
    """Draw a number on a tube."""
    facing = np.cos(azimuth + yaw)
    if facing < 0.15:
        return
    x, seen_y, _ = tube.point(azimuth, y, yaw)
    digits = {"0": "1110111", "1": "0010010", "2": "1011101", "3": "1011011", "4": "0111010", "5": "1101011", "6": "1101111", "7": "1010010", "8": "1111111", "9": "1111011"}
    bars = {0: (0, 0, 1, 0), 1: (0, 0, 0, 1), 2: (1, 0, 1, 1), 3: (0, 1, 1, 1), 4: (0, 1, 0, 2), 5: (1, 1, 1, 2), 6: (0, 2, 1, 2)}
    text = str(number)
    wide = high * 0.42
    for i, digit in enumerate(text):
        left = (i - len(text) / 2) * wide * 1.55 + wide * 0.27
        for bar, lit in enumerate(digits[digit]):
            if lit == "0":
                continue
            x0, y0, x1, y1 = bars[bar]
            half = high * 0.085
            box = np.array([(x0 * wide - half, y0 * high / 2 - half), (x1 * wide + half, y0 * high / 2 - half), (x1 * wide + half, y1 * high / 2 + half), (x0 * wide - half, y1 * high / 2 + half)])
            canvas.fill((box + (left, -high / 2)) * (facing, 1) + (x, seen_y), colour)


def draw_hoodie(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a hooded sweatshirt."""
    tube, top = size.make_torso(0.14, 1.0), size.shoulder_y
    bottom = size.hip_y + 0.10
    clip = draw_base(canvas, size, tube, outfit.main, yaw, bottom)
    put(canvas, tube, [(-2.9, bottom - 0.14), (0, bottom - 0.14), (2.9, bottom - 0.14), (2.9, bottom + 0.1), (0, bottom + 0.1), (-2.9, bottom + 0.1)], outfit.trim, yaw, clip, 0)
    y = size.waist_y + 0.1
    put(canvas, tube, [(-0.45, y), (0.45, y), (0.85, bottom - 0.2), (-0.85, bottom - 0.2)], shade(outfit.main), yaw, clip)
    if outfit.number is not None:
        x, seen_y, _ = tube.point(0.0, top + 0.85, yaw)
        if np.cos(yaw) > 0.1:
            for i in range(5):
                angle = i * 2 * np.pi / 5 - np.pi / 2
                petal = make_ellipse(x + 0.16 * np.cos(angle) * np.cos(yaw), seen_y + 0.16 * np.sin(angle), 0.13 * np.cos(yaw), 0.13)
                canvas.fill(petal, outfit.accent)
    hood_x, hood_depth = tube.point(BACK, top, yaw)[0], -np.cos(yaw)
    hood = make_ellipse(hood_x * 0.55, top - 0.10 + 0.22 * max(hood_depth, 0), size.shoulder * (0.62 + 0.1 * hood_depth), 0.30 + 0.30 * max(hood_depth, 0))
    canvas.shape(hood, outfit.main, pick_line(outfit.main))
    canvas.cel_shade([hood], shade(outfit.main), -0.10, -0.08)
    if np.cos(yaw) > -0.2:
        put(canvas, tube, [(-0.62, top - 0.26), (0.62, top - 0.26), (0.45, top - 0.02), (0, top + 0.20), (-0.45, top - 0.02)], shade(outfit.trim), yaw)
        for azimuth in (-0.28, 0.28):
            cord = wrap(tube, [(azimuth, top + 0.12), (azimuth * 1.2, top + 0.35), (azimuth, top + 0.58)], yaw)
            if cord is not None and np.cos(azimuth + yaw) > 0.1:
                canvas.stroke(smooth_curve(cord), lighten(outfit.trim, 0.7), 2.2, (1, 1))


def draw_coat(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a belted coat's or a lab coat's upper part; its tail is drawn apart."""
    tube, top = size.make_torso(0.11, 0.55), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.20)
    deep = 0.50 * (size.hip_y - top)
    draw_shirt_front(canvas, size, tube, outfit, yaw, deep, clip, True)
    draw_lapels(canvas, size, tube, lighten(outfit.main, 0.18), yaw, deep, 1.25)
    if outfit.top == "labcoat":
        put(canvas, tube, [(0.55, top + 0.95), (0.95, top + 0.93), (0.95, top + 1.3), (0.55, top + 1.32)], shade(outfit.main), yaw, clip)
        put(canvas, tube, [(0.68, top + 0.80), (0.73, top + 0.80), (0.73, top + 1.1), (0.68, top + 1.1)], outfit.accent, yaw, clip, 0)
    else:
        for azimuth in (-0.38, 0.38):
            draw_buttons(canvas, tube, azimuth, (top + deep + 0.04,), outfit.trim, yaw, 0.07)


def draw_dress(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a dress's bodice with a round collar."""
    tube, top = size.make_torso(0.04), size.shoulder_y
    clip = draw_base(canvas, size, tube, outfit.main, yaw, size.waist_y + 0.12)
    for start, end in ((-1.5, 1.5), (BACK - 1.5, BACK + 1.5)):
        middle = (start + end) / 2
        put(canvas, tube, [(start, top - 0.24), (end, top - 0.24), (middle + 1.0, top + 0.20), (middle + 0.25, top + 0.32), (middle, top + 0.10), (middle - 0.25, top + 0.32), (middle - 1.0, top + 0.20)], outfit.trim, yaw)
    draw_bow(canvas, tube, top + 0.20, outfit.accent, yaw, 0.8)
    draw_buttons(canvas, tube, 0.0, np.linspace(top + 0.75, size.waist_y - 0.25, 3), outfit.trim, yaw, 0.045)
    y = size.waist_y
    put(canvas, tube, [(-2.9, y - 0.10), (0, y - 0.10), (2.9, y - 0.10), (2.9, y + 0.12), (0, y + 0.12), (-2.9, y + 0.12)], outfit.accent, yaw, clip, 0)
    if np.cos(yaw) < -0.1:
        draw_bow(canvas, tube, y, outfit.accent, yaw + np.pi, 1.0)


def draw_armour(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw a breastplate over a tunic."""
    tube, top = size.make_torso(0.08, 0.3), size.shoulder_y
    steel, gold = outfit.accent, outfit.bottom
    clip = draw_base(canvas, size, tube, outfit.trim, yaw, size.waist_y + 0.25)
    collar = Tube(np.array([(top - 0.44, size.neck + 0.08, size.neck + 0.06, -0.08), (top - 0.10, size.neck + 0.26, size.neck + 0.18, -0.02)]))
    for middle in (0.0, BACK):
        plate = [(middle - 1.35, top - 0.06), (middle - 0.6, top + 0.06), (middle, top + 0.14), (middle + 0.6, top + 0.06), (middle + 1.35, top - 0.06), (middle + 1.35, top + 0.9), (middle + 0.9, size.waist_y - 0.1), (middle, size.waist_y + 0.12), (middle - 0.9, size.waist_y - 0.1), (middle - 1.35, top + 0.9)]
        flat = wrap(tube, plate, yaw)
        if flat is None:
            continue
        canvas.shape(flat, steel, pick_line(steel), 0.9)
        canvas.cel_shade([flat], shade(steel), -0.16, -0.06)
        rim = wrap(tube, [(a, y) for a, y in plate[5:10]] + [(a, y - 0.12) for a, y in plate[5:10][::-1]], yaw)
        if rim is not None:
            canvas.fill(rim, gold, 1, clip)
        ridge = wrap(tube, [(middle - 0.03, top + 0.2), (middle + 0.03, top + 0.2), (middle + 0.05, size.waist_y - 0.1), (middle - 0.05, size.waist_y - 0.1)], yaw)
        if ridge is not None:
            canvas.fill(ridge, lighten(steel, 0.5), 1, clip)
        gleam = wrap(tube, [(middle - 0.75, top + 0.3), (middle - 0.55, top + 0.3), (middle - 0.45, top + 0.95), (middle - 0.62, top + 0.85)], yaw)
        if gleam is not None:
            canvas.fill(gleam, lighten(steel, 0.75), 1, clip)
    canvas.shape(collar.outline(yaw), steel, pick_line(steel), 0.9)
    canvas.cel_shade([collar.outline(yaw)], shade(steel), -0.08, 0.0)
    x, y, _ = tube.point(0.0, top + 0.30, yaw)
    if np.cos(yaw) > 0.2:
        gem = np.array([(0, -0.15), (0.11, 0), (0, 0.15), (-0.11, 0)]) * (np.cos(yaw), 1) + (x, y)
        canvas.shape(gem, (70, 130, 220), INK, 0.8)


def draw_top_tail(canvas: Canvas, size: Measures, outfit: Outfit, yaw: float, far: bool) -> None:
    """Draw the part of a coat below the waist: its lining behind the legs, or its front."""
    if outfit.top not in TAIL_REACH:
        return
    leg = size.ground - size.hip_y
    tube = make_skirt(size, size.waist_y + 0.02, size.hip_y + TAIL_REACH[outfit.top] * leg, 0.42, 0.12)
    if far:
        inside = tube.outline(yaw)
        canvas.shape(inside, shade(shade(outfit.main)), pick_line(outfit.main))
        return
    # The fronts part from the waist down, wider towards the hem.
    hem, top = tube.rows[-1, 0], tube.rows[0, 0]
    gap_top, gap_hem = (0.28, 0.75) if outfit.top == "labcoat" else (0.02, 0.42)
    y = np.linspace(top, hem, 8)
    wide, deep, _ = tube.measure(y)
    facing = np.cos(yaw)
    outline = tube.outline(yaw)
    if facing < -0.05:
        draw_cloth(canvas, tube, outfit.main, yaw, 7)
    else:
        area = canvas.mask([outline])
        gap = np.interp(y, (top, hem), (gap_top, gap_hem))
        opening = [(-g, h) for g, h in zip(gap, y, strict=True)] + [(g, h) for g, h in zip(gap[::-1], y[::-1], strict=True)]
        opening = np.concatenate([np.array(opening)[:8], [(0.0, hem + 0.4)], np.array(opening)[8:]])
        flat = wrap(tube, opening, yaw)
        hole = canvas.mask([flat]) if flat is not None else np.zeros_like(area)
        before = canvas.pixels.copy()
        draw_cloth(canvas, tube, outfit.main, yaw, 7)
        if flat is not None:
            keep = (hole > 127)
            canvas.pixels[keep] = before[keep]
            for side in (slice(0, 8), slice(9, None)):
                canvas.stroke(flat[side], pick_line(outfit.main), 1.4, (1, 1))
    if outfit.top == "coat":
        belt = make_skirt(size, size.waist_y - 0.10, size.waist_y + 0.14, 0.0, 0.15)
        canvas.shape(belt.outline(yaw), shade(outfit.main), pick_line(outfit.main), 0.9)
        put(canvas, belt, [(-0.16, size.waist_y - 0.12), (0.16, size.waist_y - 0.12), (0.16, size.waist_y + 0.16), (-0.16, size.waist_y + 0.16)], outfit.trim, yaw)


TOP_DRAWERS = {
    "sailor": draw_sailor, "blazer": draw_blazer, "gakuran": draw_gakuran, "jersey": draw_jersey,
    "hoodie": draw_hoodie, "coat": draw_coat, "labcoat": draw_coat, "dress": draw_dress, "armour": draw_armour,
}  # fmt: skip


def draw_top(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw what is worn on the trunk."""
    TOP_DRAWERS[outfit.top](canvas, size, outfit, skin, yaw)
