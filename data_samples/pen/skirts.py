"""Cloth that hangs: skirts, coat tails, gowns, capes and scarves."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .palette import Colour, lighten, pick_line, shade
from .shapes import make_ellipse, smooth_curve
from .skeleton import Measures
from .traits import Outfit
from .turning import Tube, turn


def make_skirt(size: Measures, top: float, hem: float, flare: float, ease: float = 0.04) -> Tube:
    """Make a tube that hangs from a height on the trunk to a hem, wider by `flare` there."""
    torso = size.make_torso(ease)
    y = np.linspace(top, hem, 6)
    wide, deep, forward = torso.measure(np.minimum(y, size.hip_y))
    t = (y - top) / max(hem - top, 1e-6)
    belly = np.maximum.accumulate(wide) + flare * t**1.15
    return Tube(
        np.stack([y, belly, np.maximum.accumulate(deep) + flare * 0.85 * t**1.15, forward], axis=1),
        dip=0.16,
    )


def draw_cloth(
    canvas: Canvas, tube: Tube, colour: Colour, yaw: float, folds: int, pleats: bool = False
) -> np.ndarray:
    """Draw a hanging tube with its folds; returns its outline."""
    line, outline = pick_line(colour), tube.outline(yaw)
    canvas.shape(outline, colour, line)
    clip = canvas.mask([outline])
    top, hem = tube.rows[0, 0], tube.rows[-1, 0]
    step = 2 * np.pi / folds
    for i in range(folds):
        azimuth = i * step + 0.5 * step
        share = 0.42 if pleats else 0.30
        dark = tube.patch(
            azimuth,
            azimuth + step * share,
            top + (0.05 if pleats else 0.35) * (hem - top),
            hem,
            yaw,
        )
        if dark is not None:
            if not pleats:
                # A fold opens from nothing at its top to its full width at the hem.
                half = len(dark) // 2
                dark = np.concatenate([dark[:1], dark[half - 4 :]])
            canvas.fill(dark, shade(colour), 0.85, clip)
        crease = tube.line(
            azimuth, top + 0.06 * (hem - top) if pleats else top + 0.45 * (hem - top), hem, yaw
        )
        if crease is not None:
            canvas.stroke(crease, line, 0.7, (0.2, 1.0))
    canvas.cel_shade([outline], shade(colour), -0.10, 0.0)
    return outline


def draw_hem_band(
    canvas: Canvas, tube: Tube, colour: Colour, yaw: float, up: float, height: float
) -> None:
    """Draw a band round a hanging tube, `up` above its hem."""
    hem = tube.rows[-1, 0]
    seen = np.linspace(0, np.pi, 24)
    edges = []
    for y in (hem - up - height, hem - up):
        left, right = tube.edges(np.array([y]), yaw)
        middle, half = (left[0] + right[0]) / 2, (right[0] - left[0]) / 2
        edges.append(np.stack([middle + half * np.cos(seen), y + tube.dip * np.sin(seen)], axis=1))
    band = np.concatenate([edges[0], edges[1][::-1]])
    canvas.fill(band, colour)


def draw_lower(canvas: Canvas, size: Measures, outfit: Outfit, yaw: float) -> None:
    """Draw a skirt, a gown, or the seat of trousers, shorts and tassets."""
    leg = size.ground - size.hip_y
    if outfit.lower == "pleated":
        tube = make_skirt(size, size.waist_y - 0.08, size.hip_y + outfit.hem * leg, 0.62)
        draw_cloth(canvas, tube, outfit.bottom, yaw, 16, pleats=True)
        if outfit.top in ("sailor", "blazer"):
            draw_hem_band(canvas, tube, lighten(outfit.bottom, 0.65), yaw, 0.10, 0.05)
    elif outfit.lower == "gown":
        tube = make_skirt(size, size.waist_y - 0.08, size.hip_y + outfit.hem * leg, 0.75)
        draw_cloth(canvas, tube, outfit.bottom, yaw, 9)
        draw_hem_band(canvas, tube, outfit.accent, yaw, 0.0, 0.12)
    elif outfit.lower == "greaves":
        tube = make_skirt(size, size.waist_y, size.hip_y + 0.30 * leg, 0.42)
        draw_cloth(canvas, tube, outfit.trim, yaw, 8)
        draw_hem_band(canvas, tube, outfit.bottom, yaw, 0.04, 0.09)
        steel = outfit.accent
        for azimuth in (-1.1, 1.1, np.pi - 0.6, np.pi + 0.6):
            plate = tube.patch(
                azimuth - 0.42, azimuth + 0.42, size.waist_y + 0.12, size.hip_y + 0.14 * leg, yaw
            )
            if plate is not None:
                canvas.shape(plate, steel, pick_line(steel), 0.9)
                canvas.cel_shade([plate], shade(steel), -0.08, -0.05)
    else:
        tube = size.make_torso(0.04)
        seat = tube.outline(yaw, size.waist_y - 0.05, size.hip_y + 0.30)
        canvas.shape(seat, outfit.bottom, pick_line(outfit.bottom))


def draw_cape(canvas: Canvas, size: Measures, colour: Colour, yaw: float, sway: float) -> None:
    """Draw a cape from the shoulders to the calves."""
    top, hem = size.shoulder_y - 0.02, size.hip_y + 0.72 * (size.ground - size.hip_y)
    wide, deep = size.shoulder + 0.18, size.depth
    trail, depth = turn(0.0, -deep - 0.18, yaw)
    half = np.hypot(wide * np.cos(yaw), 0.42 * np.sin(yaw))
    bottom = half * 1.35 + 0.12
    back = turn(0.0, -deep - 0.75, yaw)[0] - sway
    seen = np.linspace(0, np.pi, 13)
    wavy = 0.10 * np.sin(np.linspace(0, 14, 13))
    hem_points = np.stack([back + bottom * np.cos(seen), hem + 0.14 * np.sin(seen) + wavy], axis=1)
    outline = np.concatenate([
        smooth_curve([(trail * 0.3 + half * 0.6, top), (trail * 0.7 + half, top + 0.35),
            (back + bottom * 0.95, hem * 0.5 + top * 0.5)]),
        smooth_curve(hem_points),
        smooth_curve([(back - bottom * 0.95, hem * 0.5 + top * 0.5), (trail * 0.7 - half,
            top + 0.35), (trail * 0.3 - half * 0.6, top)]),
    ])  # fmt: skip
    line = pick_line(colour)
    before = depth > 0
    tone = colour if before else shade(shade(colour))
    canvas.shape(outline, tone, line)
    clip = canvas.mask([outline])
    for i, across in enumerate((-0.65, -0.25, 0.2, 0.6)):
        fold = smooth_curve(
            [
                (trail + across * half * 0.7, top + 0.5),
                (back + across * bottom * 0.9, hem * 0.6 + top * 0.4),
                (back + across * bottom, hem + 0.2),
            ]
        )
        canvas.fill(
            np.concatenate([fold, np.add(fold, (0.05 + 0.22 * bottom, 0))[-1:]]),
            shade(tone),
            0.8,
            clip,
        )
        canvas.stroke(fold, line, 0.6 + 0.1 * i, (0, 0.8))


def draw_scarf(canvas: Canvas, size: Measures, colour: Colour, yaw: float, sway: float) -> None:
    """Draw a scarf round the neck with its ends at the back and in front."""
    line = pick_line(colour)
    y = 1.36
    half = size.neck + 0.30
    end_x, end_depth = turn(0.25, -0.40, yaw)
    tail = smooth_curve(
        [
            (end_x, y),
            (end_x - 0.22 * np.sin(yaw) + sway * 0.5, y + 0.9),
            (end_x - 0.5 * np.sin(yaw) + sway, y + 1.9),
        ]
    )
    front_x, front_depth = turn(0.22, 0.42, yaw)
    hang = smooth_curve([(front_x, y + 0.1), (front_x + 0.05, y + 0.6), (front_x + 0.02, y + 1.35)])
    for way, depth in ((tail, end_depth), (hang, front_depth)):
        if depth < -0.05:
            continue
        strip = np.concatenate([way - (0.19, 0), np.add(way, (0.19, 0))[::-1]])
        canvas.shape(strip, colour, line)
        canvas.cel_shade([strip], shade(colour), -0.09, 0.0)
        low = way[-1]
        for across in (-0.13, -0.04, 0.05, 0.14):
            canvas.stroke(
                np.add(low, [(across, -0.02), (across, 0.06), (across, 0.13)]),
                line,
                0.7,
                (1, 0.5),
            )
        for up in (-0.22, -0.34):
            bar = np.array([(-0.19, up), (0.19, up), (0.19, up + 0.06), (-0.19, up + 0.06)]) + low
            canvas.fill(bar, lighten(colour, 0.6))
    for down, grow in ((0.10, 1.0), (-0.08, 0.90)):
        roll = make_ellipse(-0.03 * np.sin(yaw), y + down, half * grow, 0.23)
        canvas.shape(roll, colour, line)
        canvas.cel_shade([roll], shade(colour), -0.06, -0.10)
    fold = smooth_curve([(-half * 0.5, y + 0.02), (0.05, y + 0.12), (half * 0.6, y + 0.03)])
    canvas.stroke(fold, line, 0.7, (0, 0))
