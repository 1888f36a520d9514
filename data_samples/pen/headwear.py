"""Worn on the head: glasses, hats, bands, clips and headphones."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .eyes import EYE_AZIMUTH, EYE_Y, HALF_WIDTH
from .hair import SKULL_BACK, SKULL_DEEP, SKULL_WIDE
from .head import FEATURE_RADIUS, find_face_facing
from .palette import INK, WHITE, Colour, lighten, mix, pick_line, shade
from .shapes import make_ellipse, make_ribbon, smooth_curve
from .traits import Character, Extras
from .turning import turn


def is_covered(extras: Extras) -> float:
    """How far a hat presses the hair down, 0 or 1."""
    hats = (extras.cap, extras.beret, extras.straw_hat, extras.witch_hat, extras.rain_hat)
    return float(any(hat is not None for hat in hats))


def find_spot(character: Character, azimuth: float, y: float, yaw: float, off: float = 0.0):
    """Seen x and depth of a spot on the hair at an azimuth and height."""
    ring = np.sqrt(max(1 - min(y / 1.05, 0) ** 2, 0.0)) * (1 + character.hair.volume) + off
    return turn(
        SKULL_WIDE * ring * np.sin(azimuth), SKULL_DEEP * ring * np.cos(azimuth) + SKULL_BACK, yaw
    )


def draw_glasses(canvas: Canvas, colour: Colour, yaw: float) -> None:
    """Draw glasses: rims, bridge and the bows to the ears."""
    rims = []
    for side in (-1, 1):
        facing = find_face_facing(side * EYE_AZIMUTH, yaw)
        if facing < 0.1:
            continue
        x = (FEATURE_RADIUS + 0.06) * np.sin(side * EYE_AZIMUTH + yaw)
        rim = make_ellipse(x, EYE_Y + 0.04, (HALF_WIDTH + 0.075) * facing, 0.285)
        canvas.fill(rim, (235, 245, 255), 0.16)
        gleam = [
            (x - 0.15 * facing, EYE_Y - 0.16),
            (x - 0.03 * facing, EYE_Y - 0.20),
            (x - 0.14 * facing, EYE_Y + 0.12),
            (x - 0.2 * facing, EYE_Y + 0.05),
        ]
        canvas.fill(gleam, WHITE, 0.35)
        canvas.stroke(np.concatenate([rim, rim[:2]]), colour, 1.9, (1, 1))
        rims.append(rim)
        ear, depth = turn(side * 0.88, -0.08, yaw)
        if depth > -0.5:
            outer = rim[np.argmin(np.abs(rim[:, 0] - ear))]
            if abs(ear - outer[0]) > 0.12:
                # The bow soon runs under the hair.
                hidden = outer + 0.42 * (np.array([ear, EYE_Y - 0.06]) - outer)
                canvas.stroke([outer, hidden], colour, 1.5, (1, 0.4))
    if len(rims) == 2:
        inner = rims[0][:, 0].max(), rims[1][:, 0].min()
        if inner[1] > inner[0]:
            bridge = smooth_curve(
                [(inner[0], EYE_Y), (sum(inner) / 2, EYE_Y - 0.05), (inner[1], EYE_Y)]
            )
            canvas.stroke(bridge, colour, 1.8, (1, 1))


def draw_face_wear(canvas: Canvas, character: Character, yaw: float) -> None:
    """Draw glasses, an eyepatch and a headband."""
    extras = character.extras
    if extras.headband is not None:
        draw_band(canvas, character, yaw, extras.headband, -0.30, 0.13)
    if extras.glasses is not None and np.cos(yaw) > -0.3:
        draw_glasses(canvas, extras.glasses, yaw)
    if extras.eyepatch is not None and find_face_facing(EYE_AZIMUTH, yaw) > 0.15:
        facing = find_face_facing(EYE_AZIMUTH, yaw)
        x = (FEATURE_RADIUS + 0.04) * np.sin(EYE_AZIMUTH + yaw)
        patch = make_ellipse(x, EYE_Y + 0.02, 0.30 * facing, 0.30)
        canvas.shape(patch, extras.eyepatch, pick_line(extras.eyepatch))


def draw_band(
    canvas: Canvas, character: Character, yaw: float, colour: Colour, y: float, height: float
) -> None:
    """Draw a band round the head at a height, with a knot at the back."""
    grow = 1 + character.hair.volume + 0.03
    wide = np.hypot(SKULL_WIDE * np.cos(yaw), SKULL_DEEP * np.sin(yaw)) * grow
    seen = np.linspace(-np.pi / 2, np.pi / 2, 24)
    x = wide * np.sin(seen) * np.sqrt(1 - (y / 1.1) ** 2) + SKULL_BACK * np.sin(yaw)
    dip = 0.06 * np.cos(seen)
    band = np.concatenate([np.stack([x, y + dip], 1), np.stack([x, y + height + dip], 1)[::-1]])
    canvas.shape(band, colour, pick_line(colour), 0.8)
    knot, depth = find_spot(character, np.pi, y, yaw)
    if depth > -0.3:
        for side in (-1, 1):
            end = [
                (knot, y + 0.1),
                (knot + side * 0.08, y + 0.1),
                (knot + side * 0.22 - 0.3 * np.sin(yaw), y + 0.75),
                (knot + side * 0.06 - 0.3 * np.sin(yaw), y + 0.7),
            ]
            canvas.shape(np.array(end), colour, pick_line(colour), 0.7)


def draw_hat_back(canvas: Canvas, character: Character, yaw: float) -> None:
    """Draw the far side of wide brims."""
    extras = character.extras
    for colour, wide in (
        (extras.straw_hat, 1.75),
        (extras.witch_hat, 1.70),
        (extras.rain_hat, 1.38),
    ):
        if colour is not None:
            brim = make_ellipse(SKULL_BACK * np.sin(yaw), -0.42, wide, 0.34)
            canvas.shape(brim, shade(colour), pick_line(colour))


def draw_hat(canvas: Canvas, character: Character, yaw: float) -> None:
    """Draw hats and whatever else sits on top of the hair."""
    extras, grow = character.extras, 1 + character.hair.volume * 0.4
    middle = SKULL_BACK * np.sin(yaw)
    wide = np.hypot(0.97 * np.cos(yaw), 1.02 * np.sin(yaw)) * grow
    if extras.straw_hat is not None:
        draw_brimmed(
            canvas, extras.straw_hat, extras.clip or (190, 60, 60), middle, wide, 1.75, False
        )
    if extras.rain_hat is not None:
        draw_brimmed(canvas, extras.rain_hat, shade(extras.rain_hat), middle, wide, 1.38, False)
    if extras.witch_hat is not None:
        draw_brimmed(
            canvas, extras.witch_hat, extras.clip or (200, 160, 60), middle, wide, 1.70, True
        )
    if extras.cap is not None:
        draw_cap(canvas, extras.cap, middle, wide, yaw)
    if extras.beret is not None:
        draw_beret(canvas, extras.beret, middle, wide, character.hair.side * np.cos(yaw))
    if extras.hairband is not None:
        draw_hairband(canvas, character, extras.hairband, yaw)
    if extras.headphones is not None:
        draw_headphones(canvas, character, extras.headphones, yaw)
    side = character.hair.side
    if extras.flower is not None:
        draw_flower(canvas, character, extras.flower, side * 1.05, yaw)
    elif extras.clip is not None and not is_covered(extras):
        x, depth = find_spot(character, side * 0.82, -0.22, yaw, 0.05)
        if depth > 0.1:
            for down in (0.0, 0.13):
                way = [(x - 0.14 * depth, -0.24 + down), (x + 0.14 * depth, -0.16 + down)]
                bar = make_ribbon(np.array(way), 0.042)
                canvas.shape(bar, extras.clip, pick_line(extras.clip), 0.7)


def draw_brimmed(
    canvas: Canvas,
    colour: Colour,
    ribbon: Colour,
    x: float,
    wide: float,
    reach: float,
    pointed: bool,
) -> None:
    """Draw a hat with a brim all round; a pointed one bends at the tip."""
    line = pick_line(colour)
    brim = make_ellipse(x, -0.42, reach, 0.34)
    front = brim[brim[:, 1] > -0.43]
    front = front[np.argsort(-front[:, 0])]
    inner = np.stack([x + (front[:, 0] - x) * 0.62, -0.50 + (front[:, 1] + 0.42) * 0.55], axis=1)
    rim = np.concatenate([front, inner[::-1]])
    if pointed:
        crown = smooth_curve(
            [
                (x - wide, -0.42),
                (x - wide * 0.72, -1.0),
                (x - 0.30, -1.75),
                (x + 0.18, -2.35),
                (x + 0.72, -2.42),
                (x + 0.38, -2.05),
                (x + 0.36, -1.6),
                (x + wide * 0.78, -0.95),
                (x + wide, -0.42),
                (x, -0.24),
            ],
            True,
        )
    else:
        crown = smooth_curve(
            [
                (x - wide, -0.42),
                (x - wide * 0.93, -0.95),
                (x - wide * 0.55, -1.36),
                (x, -1.45),
                (x + wide * 0.55, -1.36),
                (x + wide * 0.93, -0.95),
                (x + wide, -0.42),
                (x, -0.22),
            ],
            True,
        )
    canvas.shape(crown, colour, line)
    canvas.cel_shade([crown], shade(colour), -0.16, -0.06)
    clip = canvas.mask([crown])
    band = make_ribbon(
        np.stack(
            [
                x + wide * 1.05 * np.sin(np.linspace(-1.5, 1.5, 20)),
                -0.66 + 0.17 * np.cos(np.linspace(-1.5, 1.5, 20)),
            ],
            1,
        ),
        0.13,
    )
    canvas.fill(band, ribbon, 1, clip)
    canvas.shape(rim, colour, line)
    canvas.cel_shade([rim], lighten(colour, 0.25), 0.0, 0.06)


def draw_cap(canvas: Canvas, colour: Colour, x: float, wide: float, yaw: float) -> None:
    """Draw a cap with its peak to the front."""
    line = pick_line(colour)
    dome = smooth_curve(
        [
            (x - wide * 1.03, -0.30),
            (x - wide * 0.96, -0.78),
            (x - wide * 0.55, -1.18),
            (x, -1.28),
            (x + wide * 0.55, -1.18),
            (x + wide * 0.96, -0.78),
            (x + wide * 1.03, -0.30),
            (x, -0.20),
        ],
        True,
    )
    canvas.shape(dome, colour, line)
    canvas.cel_shade([dome], shade(colour), -0.14, -0.05)
    clip = canvas.mask([dome])
    front, depth = turn(0.0, 1.0, yaw)
    if depth > -0.2:
        panel = make_ellipse(x + front * 0.62, -0.66, 0.46 * max(depth, 0.25), 0.42)
        canvas.fill(panel, lighten(colour, 0.72), 1, clip)
        mark = make_ellipse(x + front * 0.66, -0.66, 0.16 * max(depth, 0.2), 0.17)
        canvas.fill(mark, shade(colour), 1, clip)
    for azimuth in (-1.0, 1.0):
        seam, facing = turn(np.sin(azimuth) * wide, np.cos(azimuth) * wide, yaw)
        if facing > 0:
            canvas.stroke(
                smooth_curve([(x, -1.27), (x + seam * 0.75, -0.95), (x + seam, -0.28)]),
                line,
                0.6,
                (0.3, 0.6),
            )
    canvas.fill(make_ellipse(x, -1.29, 0.075, 0.04), shade(colour))
    if depth > -0.45:
        tip = x + front * 1.55
        half = 0.80 * abs(depth) + 0.20 * abs(front)
        root = x + front * 0.72
        peak = smooth_curve(
            [
                (root - half, -0.36),
                (root, -0.42),
                (root + half, -0.36),
                (tip + half * 0.86, -0.20 + 0.05 * depth),
                (tip, -0.10 + 0.10 * depth),
                (tip - half * 0.86, -0.20 + 0.05 * depth),
            ],
            True,
        )
        canvas.shape(peak, mix(colour, INK, 0.12), line)
        canvas.cel_shade([peak], shade(shade(colour)), -0.02, -0.07)


def draw_beret(canvas: Canvas, colour: Colour, x: float, wide: float, lean: float) -> None:
    """Draw a beret that leans to one side."""
    line = pick_line(colour)
    crown = smooth_curve(
        [
            (x - wide * 0.98, -0.50),
            (x - wide * 1.15 - 0.1 * lean, -0.86),
            (x - wide * 0.6 + 0.1 * lean, -1.24),
            (x + 0.15 * lean, -1.36),
            (x + wide * 0.7 + 0.1 * lean, -1.22),
            (x + wide * 1.15 + 0.1 * lean, -0.86),
            (x + wide * 0.98, -0.50),
            (x, -0.60),
        ],
        True,
    )
    canvas.shape(crown, colour, line)
    canvas.cel_shade([crown], shade(colour), -0.16, -0.10)
    band = make_ribbon(
        smooth_curve([(x - wide * 0.96, -0.52), (x, -0.61), (x + wide * 0.96, -0.52)]), 0.06
    )
    canvas.shape(band, shade(colour), line, 0.7)
    stem = smooth_curve(
        [(x + 0.12 * lean, -1.33), (x + 0.16 * lean, -1.46), (x + 0.24 * lean, -1.52)]
    )
    canvas.stroke(stem, line, 2.2, (1, 1))


def draw_hairband(canvas: Canvas, character: Character, colour: Colour, yaw: float) -> None:
    """Draw an alice band with a bow."""
    line, points = pick_line(colour), []
    for lift in np.linspace(-1.35, 1.35, 24):
        y = -1.0 * np.cos(lift) * (1 + character.hair.volume * 0.85) - 0.03
        x, depth = turn(np.sin(lift) * 0.93 * (1 + character.hair.volume), 0.16, yaw)
        if depth > -0.25 or abs(lift) < 0.9:
            points.append((x, y))
    if len(points) > 3:
        band = make_ribbon(np.array(points), 0.065)
        canvas.shape(band, colour, line, 0.7)
    x, depth = turn(character.hair.side * 0.55, 0.16, yaw)
    y = -0.92 * (1 + character.hair.volume * 0.8)
    for side in (-1, 1):
        loop = smooth_curve(
            [
                (x, y),
                (x + side * 0.20, y - 0.24),
                (x + side * 0.42, y - 0.14),
                (x + side * 0.36, y + 0.12),
            ],
            True,
        )
        canvas.shape(loop, colour, line, 0.8)
        canvas.cel_shade([loop], shade(colour), -0.04, -0.06)
    canvas.shape(make_ellipse(x, y, 0.09, 0.10), colour, line, 0.8)


def draw_headphones(canvas: Canvas, character: Character, colour: Colour, yaw: float) -> None:
    """Draw headphones over the ears."""
    grow = 1 + character.hair.volume
    way = [
        (turn(np.sin(a) * 1.0 * grow, -0.05, yaw)[0], -1.06 * np.cos(a) * grow + 0.05)
        for a in np.linspace(-1.5, 1.5, 24)
    ]
    if abs(np.cos(yaw)) > 0.15:
        canvas.shape(make_ribbon(np.array(way), 0.055), colour, pick_line(colour), 0.8)
    for side in (-1, 1):
        x, depth = turn(side * 1.0 * grow, -0.05, yaw)
        if depth < -0.35:
            continue
        half = 0.13 + 0.16 * abs(depth)
        canvas.shape(make_ellipse(x, 0.16, half, 0.32), colour, pick_line(colour))
        canvas.cel_shade([make_ellipse(x, 0.16, half, 0.32)], shade(colour), -0.05, -0.06)
        canvas.fill(make_ellipse(x, 0.16, half * 0.5, 0.17), lighten(colour, 0.55))


def draw_flower(
    canvas: Canvas, character: Character, colour: Colour, azimuth: float, yaw: float
) -> None:
    """Draw a flower in the hair."""
    x, depth = find_spot(character, azimuth, -0.42, yaw, 0.05)
    if depth < -0.1:
        return
    narrow = 0.45 + 0.55 * max(depth, 0)
    petals = [
        make_ellipse(x + 0.15 * np.cos(a) * narrow, -0.42 + 0.15 * np.sin(a), 0.125 * narrow, 0.125)
        for a in np.arange(5) * 1.2566 - 1.57
    ]
    canvas.group(petals, colour, pick_line(colour), 0.8)
    canvas.fill(make_ellipse(x, -0.42, 0.08 * narrow, 0.08), (250, 215, 90))
