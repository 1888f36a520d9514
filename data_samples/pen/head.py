"""The bare head: contour at any turn, ears, nose, mouth and cheeks."""

from __future__ import annotations

import numpy as np

from .acting import Expression
from .canvas import Canvas
from .palette import INK, Colour, from_hex, mix, pick_line, shade_skin
from .shapes import make_ellipse, make_ribbon, smooth_curve
from .traits import Face

# Contours of a head that faces right, clockwise from the crown, at the turns below.  Each
# lists the same landmarks: crown, forehead x2, brow, bridge, nose tip or cheek, base of the
# nose, lips x2, dent, chin front, chin, jaw x2, jaw corner, nape, back of the skull x3.
KEY_TURNS = np.radians([0, 38, 64, 90, 128, 180])
CONTOURS = np.array([
    [(0, -1), (.50, -.88), (.80, -.52), (.87, -.10), (.865, .14), (.855, .34), (.81, .50),
     (.745, .64), (.655, .76), (.505, .89), (.255, 1.045), (0, 1.11), (-.255, 1.045), (-.505, .89),
     (-.72, .68), (-.855, .34), (-.87, -.10), (-.80, -.52), (-.50, -.88)],
    [(.02, -1), (.52, -.87), (.80, -.52), (.865, -.12), (.815, .13), (.845, .34), (.825, .48),
     (.77, .61), (.71, .73), (.63, .86), (.50, 1.02), (.28, 1.11), (-.06, 1.04), (-.34, .88),
     (-.60, .66), (-.80, .36), (-.92, -.08), (-.86, -.52), (-.52, -.88)],
    [(.02, -1), (.54, -.87), (.82, -.52), (.875, -.13), (.80, .14), (.865, .38), (.815, .49),
     (.80, .60), (.76, .72), (.71, .83), (.68, 1.01), (.48, 1.10), (.14, 1.01), (-.12, .86),
     (-.34, .66), (-.62, .42), (-.96, -.06), (-.90, -.54), (-.54, -.89)],
    [(.0, -1), (.54, -.88), (.82, -.54), (.885, -.15), (.825, .12), (.985, .43), (.855, .51),
     (.885, .62), (.855, .74), (.80, .83), (.80, 1.00), (.60, 1.08), (.30, .98), (.06, .84),
     (-.12, .66), (-.50, .48), (-.96, -.02), (-.94, -.50), (-.56, -.90)],
    [(.0, -1), (.52, -.88), (.84, -.52), (.90, -.12), (.86, .14), (.845, .36), (.80, .52),
     (.74, .66), (.66, .80), (.56, .92), (.44, 1.0), (.30, 1.0), (.10, .92), (-.05, .84),
     (-.25, .70), (-.62, .44), (-.92, -.06), (-.88, -.52), (-.52, -.89)],
    [(0, -1), (.50, -.88), (.80, -.52), (.87, -.10), (.865, .14), (.855, .34), (.80, .52),
     (.70, .66), (.60, .76), (.46, .85), (.26, .90), (0, .92), (-.26, .90), (-.46, .85),
     (-.70, .66), (-.855, .34), (-.87, -.10), (-.80, -.52), (-.50, -.88)],
])  # fmt: skip
JAW_TOP = 0.45
JAW_ROWS = slice(8, 15)
FEATURE_RADIUS = 0.80
MOUTH_RADIUS = 0.70
MOUTH_Y = 0.76
NOSE_Y = 0.50
NECK_PIVOT = (0.0, 0.95)

MOUTH_INSIDE: Colour = from_hex("8a2f3a")
TONGUE: Colour = from_hex("e8818a")
BLUSH: Colour = from_hex("f58a86")


def find_face_facing(azimuth: float, yaw: float) -> float:
    """Cosine of the angle between a face feature and the viewer."""
    return float(np.cos(azimuth + yaw))


def make_contour(face: Face, yaw: float) -> np.ndarray:
    """Outline of the bare head at a yaw in radians, shape (n, 2)."""
    turned = abs((yaw + np.pi) % (2 * np.pi) - np.pi)
    right = int(np.clip(np.searchsorted(KEY_TURNS, turned), 1, len(KEY_TURNS) - 1))
    share = (turned - KEY_TURNS[right - 1]) / (KEY_TURNS[right] - KEY_TURNS[right - 1])
    points = CONTOURS[right - 1] * (1 - share) + CONTOURS[right] * share
    # A wider jaw moves the corners out from the chin's middle, a longer face moves all down.
    chin = points[11, 0]
    points[JAW_ROWS, 0] = chin + (points[JAW_ROWS, 0] - chin) * (1 + 0.24 * face.jaw)
    low = points[:, 1] > JAW_TOP
    points[low, 1] = JAW_TOP + (points[low, 1] - JAW_TOP) * face.length
    if np.sin(yaw) < 0:
        points = points * (-1, 1)
    return smooth_curve(points, closed=True, steps=6)


def draw_ears(canvas: Canvas, face: Face, yaw: float, near: bool) -> None:
    """Draw the ears that lie behind the head's outline, or those that lie on it."""
    line = pick_line(face.skin, 0.6)
    for side in (-1, 1):
        facing = find_face_facing(side * np.pi / 2, yaw)
        if (facing > 0.25) != near:
            continue
        x = 0.86 * np.sin(side * np.pi / 2 + yaw) - 0.04 * np.sin(yaw)
        width = 0.10 + 0.07 * abs(facing)
        lobe = make_ellipse(x, 0.26, width, 0.23, 0.18 * np.sign(np.sin(yaw) or -side))
        canvas.shape(lobe, face.skin, line, 0.8)
        inner = make_ellipse(x, 0.26, width * 0.5, 0.13)
        canvas.fill(inner, shade_skin(face.skin))


def draw_nose(canvas: Canvas, face: Face, yaw: float) -> None:
    """Draw the nose as far as the contour does not show it."""
    if np.cos(yaw) < 0.05:
        return
    sign = 1 if np.sin(yaw) >= 0 else -1
    x = 0.93 * np.sin(yaw)
    dark = shade_skin(shade_skin(face.skin))
    if abs(np.sin(yaw)) < 0.3:
        mark = [(x - 0.03, NOSE_Y + 0.01), (x + 0.03, NOSE_Y - 0.015), (x + 0.012, NOSE_Y + 0.04)]
        canvas.fill(smooth_curve(mark, closed=True), dark)
    elif abs(np.sin(yaw)) < 0.86:
        bridge = [
            (x - sign * 0.03, NOSE_Y - 0.13),
            (x + sign * 0.035, NOSE_Y),
            (x - sign * 0.05, NOSE_Y + 0.045),
        ]
        canvas.stroke(smooth_curve(bridge), pick_line(face.skin, 0.45), 0.9, (0.0, 0.5))


def draw_cheeks(canvas: Canvas, face: Face, expression: Expression, yaw: float, clip) -> None:
    """Draw blush, freckles, a mole and tears, inside the face's mask."""
    for side in (-1, 1):
        azimuth = side * 0.62
        facing = find_face_facing(azimuth, yaw)
        if facing < 0.1:
            continue
        x = FEATURE_RADIUS * np.sin(azimuth + yaw)
        if expression.blush > 0:
            spot = make_ellipse(x, 0.60, 0.19 * facing, 0.085)
            canvas.fill(spot, BLUSH, 0.55 * expression.blush, clip)
            for step in (-1, 0, 1):
                mark = [
                    (x + 0.07 * step * facing + 0.02, 0.565),
                    (x + 0.07 * step * facing - 0.02, 0.63),
                ]
                canvas.stroke(smooth_curve(mark), mix(BLUSH, INK, 0.25), 0.5)
        if face.freckles:
            for across, down in ((-0.08, 0.55), (0.0, 0.60), (0.08, 0.54)):
                dot = make_ellipse(x + across * facing, down, 0.017, 0.015)
                canvas.fill(dot, mix(shade_skin(face.skin), (150, 80, 50), 0.45), 1, clip)
        if face.mole and side == 1:
            canvas.fill(make_ellipse(x, 0.63, 0.022, 0.022), INK, 0.9, clip)
        if expression.tears:
            drop = smooth_curve([(x, 0.42), (x + 0.06, 0.56), (x, 0.64), (x - 0.06, 0.56)], True)
            canvas.shape(drop, from_hex("d8f0ff"), from_hex("6f9fd0"), 0.5)


def draw_mouth(canvas: Canvas, face: Face, mood: Expression, yaw: float, clip) -> None:
    """Draw the mouth, narrowed by the turn and inside the face's mask."""
    if np.cos(yaw) < -0.12:
        return
    narrow = max(np.cos(yaw), 0.34) ** 0.8
    x = MOUTH_RADIUS * np.sin(yaw) + 0.08 * np.sin(2 * yaw)
    y = JAW_TOP + (MOUTH_Y - JAW_TOP) * face.length
    line = pick_line(face.skin, 0.72)

    def put(points):
        return np.asarray(points, dtype=float) * (narrow, 1.0) + (x, y)

    if mood.mouth in ("open", "shout", "talk", "o") and np.cos(yaw) < 0.34:
        # In profile an open mouth is a notch between the lips.
        sign = 1 if np.sin(yaw) >= 0 else -1
        deep = {"open": 0.13, "shout": 0.17, "talk": 0.08, "o": 0.08}[mood.mouth]
        notch = np.array([(0.90, -0.07), (0.66, -0.035), (0.68, deep * 0.4), (0.88, deep * 0.75)])
        notch = notch * (sign, 1) + (0, y - 0.02)
        canvas.fill(notch, MOUTH_INSIDE, 1, clip)
        canvas.fill(
            notch * (1, 0.4) + (0, 0.6 * y + deep * 0.35), TONGUE, 0.8, canvas.mask([notch]) & clip
        )
        canvas.stroke(notch[:3], line, 0.8, (0.5, 0.5))
        return
    if mood.mouth in ("open", "shout", "talk", "o"):
        wide, deep = {
            "open": (0.20, 0.21),
            "shout": (0.19, 0.27),
            "talk": (0.13, 0.12),
            "o": (0.075, 0.13),
        }[mood.mouth]
        if mood.mouth == "o":
            hole = put(make_ellipse(0, 0.03, wide, deep * 0.8))
        elif mood.mouth == "shout":
            hole = put(
                smooth_curve(
                    [
                        (-wide, -0.02),
                        (0, -0.09),
                        (wide, -0.02),
                        (wide * 0.8, deep * 0.6),
                        (0, deep * 0.75),
                        (-wide * 0.8, deep * 0.6),
                    ],
                    True,
                )
            )
        else:
            hole = put(
                smooth_curve(
                    [
                        (-wide, -0.05),
                        (0, -0.02),
                        (wide, -0.05),
                        (wide * 0.66, deep * 0.55),
                        (0, deep * 0.8),
                        (-wide * 0.66, deep * 0.55),
                    ],
                    True,
                )
            )
        canvas.ink(hole, line, 0.55)
        canvas.fill(hole, MOUTH_INSIDE)
        inside = canvas.mask([hole])
        canvas.fill(put(make_ellipse(0, deep * 0.75, wide * 0.7, deep * 0.42)), TONGUE, 1, inside)
        if mood.mouth in ("open", "shout"):
            teeth = [(-wide, -0.1), (wide, -0.1), (wide * 0.7, 0.025), (-wide * 0.7, 0.025)]
            canvas.fill(put(teeth), (255, 252, 248), 1, inside)
        if face.fang:
            canvas.fill(put([(0.06, -0.05), (0.13, -0.05), (0.10, 0.06)]), (255, 255, 255))
        return
    curves = {
        "smile": [(-.19, -.03), (-.09, .03), (0, .045), (.09, .03), (.19, -.03)],
        "line": [(-.11, .005), (0, .012), (.11, .0)],
        "frown": [(-.14, .045), (-.06, .0), (.06, .0), (.14, .045)],
        "wobble": [(-.13, .035), (-.07, .0), (-.02, .025), (.04, -.005), (.13, .04)],
        "small": [(-.06, .01), (0, .022), (.06, .01)],
        "smirk": [(-.13, .02), (-.02, .03), (.09, .0), (.16, -.05)],
        "cat": [(-.16, -.02), (-.09, .045), (0, -.01), (.09, .045), (.16, -.02)],
    }  # fmt: skip
    canvas.stroke(put(smooth_curve(curves[mood.mouth])), line, 1.25, (0.6, 0.6))
    if mood.mouth in ("smile", "frown", "line"):
        canvas.stroke(
            put([(-0.035, 0.115), (0.0, 0.122), (0.035, 0.115)]),
            shade_skin(shade_skin(face.skin)),
            0.8,
        )
    if face.fang and mood.mouth in ("smile", "cat", "smirk"):
        canvas.fill(put([(0.05, 0.025), (0.11, 0.015), (0.085, 0.075)]), (255, 255, 255))


def draw_beard(canvas: Canvas, face: Face, hair: Colour, yaw: float, clip) -> None:
    """Draw stubble or a moustache, inside the face's mask."""
    if np.cos(yaw) < -0.1:
        return
    x, narrow = MOUTH_RADIUS * np.sin(yaw) + 0.08 * np.sin(2 * yaw), max(np.cos(yaw), 0.35)
    if face.stubble:
        band = make_ellipse(x * 0.9, 1.0, 0.62, 0.24)
        canvas.fill(band, mix(face.skin, hair, 0.55), 0.42, clip)
    if face.moustache:
        y = JAW_TOP + (MOUTH_Y - JAW_TOP) * face.length - 0.07
        for side in (-1, 1):
            way = [
                (x, y - 0.02),
                (x + side * 0.13 * narrow, y - 0.01),
                (x + side * 0.30 * narrow, y + 0.08),
            ]
            way = smooth_curve(way)
            canvas.fill(make_ribbon(way, np.linspace(0.07, 0.005, len(way))), hair)
