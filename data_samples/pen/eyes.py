"""Eyes and brows: lids, lashes, iris and its lights."""

from __future__ import annotations

import numpy as np

from .acting import Expression
from .canvas import Canvas
from .head import FEATURE_RADIUS, find_face_facing
from .palette import INK, WHITE, Colour, from_hex, lighten, mix, pick_line, shade, shade_skin
from .shapes import make_ellipse, make_ribbon, smooth_curve
from .traits import Face

EYE_AZIMUTH = np.radians(28.5)
EYE_Y = 0.28
HALF_WIDTH = 0.262
HALF_HEIGHT = 0.298
SCLERA: Colour = from_hex("fffdfb")
SCLERA_SHADOW: Colour = from_hex("c9cbe0")
# Eyes seen at more than about 80 degrees are behind the nose or the cheek.
LEAST_FACING = 0.17
# Lids as (inner to outer, down) in half-eyes; the outer part of the upper lid is the lower one.
UPPER_LID = np.array(
    [(-1.0, 0.22), (-0.72, -0.50), (-0.2, -0.92), (0.35, -0.92), (0.8, -0.5), (1.04, 0.06)]
)
LOWER_LID = np.array(
    [(1.04, 0.06), (0.86, 0.58), (0.35, 0.90), (-0.25, 0.90), (-0.75, 0.66), (-1.0, 0.22)]
)
CLOSED_LID = np.array([(-0.95, 0.30), (-0.45, 0.56), (0.15, 0.60), (0.65, 0.42), (1.05, 0.12)])
HAPPY_LID = np.array([(-1.0, 0.45), (-0.55, -0.08), (0.05, -0.25), (0.6, -0.02), (1.05, 0.48)])


class EyeFrame:
    """Maps an eye's own coordinates (inner to outer corner, down) onto the turned face."""

    def __init__(self, face: Face, side: int, yaw: float, tilt: float):
        azimuth = side * EYE_AZIMUTH
        self.facing = find_face_facing(azimuth, yaw)
        self.side = side
        self.x = FEATURE_RADIUS * np.sin(azimuth + yaw)
        self.width = HALF_WIDTH * face.eye_width * max(self.facing, 0.0) ** 0.75
        self.height = HALF_HEIGHT * face.eye_height
        self.tilt = np.tan(tilt)

    def put(self, points) -> np.ndarray:
        """Points of the eye, shape (n, 2), in drawing units."""
        points = np.asarray(points, dtype=np.float64)
        across = points[:, 0] * self.width
        down = points[:, 1] * self.height - across * self.tilt
        return np.stack([self.x + self.side * across, EYE_Y + down], axis=1)


def draw_iris(canvas: Canvas, frame: EyeFrame, face: Face, mood: Expression, clip) -> None:
    """Draw iris, pupil and lights inside the eye's mask."""
    size = face.iris * mood.iris
    # The gaze is the viewer's left to right, an eye's own axis runs from the nose outwards.
    x = mood.gaze[0] * 0.5 * frame.side - 0.03
    y = 0.02 + mood.gaze[1] * 0.5
    wide = min(0.66 * size * max(frame.facing, 0.3) ** -0.12, 0.95)
    tall = 0.86 * size
    dark, deep = shade(shade(face.eyes)), mix(shade(face.eyes), INK, 0.55)

    def oval(across, down, half_width, half_height):
        return frame.put(make_ellipse(x + across, y + down, half_width, half_height))

    canvas.fill(oval(0, 0, wide, tall), deep, 1, clip)
    canvas.fill_gradient(
        oval(0, 0.02, wide * 0.88, tall * 0.92),
        mix(dark, INK, 0.35),
        lighten(face.eyes, 0.12),
        clip,
    )
    canvas.fill(
        oval(0, tall * 0.55, wide * 0.62, tall * 0.33), lighten(face.eyes, 0.38), 0.85, clip
    )
    canvas.fill(oval(0, 0.0, wide * 0.42, tall * 0.46), mix(deep, INK, 0.5), 1, clip)
    # Both eyes catch the same light, so its side is the picture's, not the eye's.
    light = -0.34 * frame.side
    canvas.fill(oval(light * wide, -0.40 * tall, wide * 0.36, tall * 0.27), WHITE, 1, clip)
    canvas.fill(oval(-light * 1.2 * wide, 0.44 * tall, wide * 0.17, tall * 0.13), WHITE, 0.95, clip)


def draw_open_eye(
    canvas: Canvas, frame: EyeFrame, face: Face, mood: Expression, lash: Colour
) -> None:
    """Draw an eye that is at least partly open."""
    shut = 1 - mood.openness
    upper = UPPER_LID.copy()
    upper[:, 1] += (
        np.maximum(shut, -0.3) * (0.55 - upper[:, 1]) * np.array([0.3, 0.9, 1, 1, 0.9, 0.3])
    )
    # An angry lid drops at the inner corner, a sad one at the outer.
    upper[:, 1] += mood.lid_tilt * -upper[:, 0] * np.array([0.2, 1, 1, 1, 1, 0.2])
    upper_curve, lower_curve = smooth_curve(upper), smooth_curve(LOWER_LID)
    opening = frame.put(np.concatenate([upper_curve, lower_curve[1:-1]]))
    canvas.fill(opening, SCLERA)
    clip = canvas.mask([opening])
    draw_iris(canvas, frame, face, mood, clip)
    lid_shadow = np.concatenate([upper_curve, np.add(upper_curve, (0, 0.26))[::-1]])
    canvas.fill(frame.put(lid_shadow), SCLERA_SHADOW, 0.0 if mood.openness < 0.5 else 0.45, clip)
    weight = 0.15 * face.lashes
    t = np.linspace(0, 1, len(upper_curve))
    thickness = weight * (0.35 + 0.95 * np.sin(np.pi * np.clip(0.12 + 0.8 * t, 0, 1)))
    outer = upper_curve + np.stack([0.10 * t**3, -thickness - 0.06 * t**4], axis=1)
    flick = np.array([(1.24, -0.16 * face.lashes - 0.02)])
    inner_edge = np.add(upper_curve, (0, 0.045 * face.lashes))
    canvas.fill(frame.put(np.concatenate([outer, flick, inner_edge[::-1]])), lash)
    if face.lashes > 1.05:
        for root, tip in (((0.86, -0.40), (1.22, -0.52)), ((0.66, -0.68), (0.98, -0.88))):
            base = np.array(root)
            lashlet = [
                np.add(base, (0.08, 0.1)),
                np.array(tip) * (1, mood.openness),
                base - (0.07, 0.03),
            ]
            canvas.fill(frame.put(lashlet), lash)
    corner = smooth_curve(LOWER_LID[:4])
    canvas.stroke(
        frame.put(corner), mix(lash, face.skin, 0.25), 0.8 + 0.4 * face.lashes, (0.9, 0.0)
    )
    crease = np.add(UPPER_LID[1:5], (0.03, -0.32))
    crease[:, 1] += upper[1:5, 1] - UPPER_LID[1:5, 1]
    canvas.stroke(frame.put(smooth_curve(crease)), shade_skin(shade_skin(face.skin)), 0.7, (0, 0.2))


def draw_eyes(canvas: Canvas, face: Face, mood: Expression, hair: Colour, yaw: float) -> None:
    """Draw both eyes as far as the turn shows them.

    Parameters
    ----------
    canvas : Canvas
        Drawn on, in the head's coordinates.
    face : Face
        Whose eyes.
    mood : Expression
        What they do.
    hair : tuple of float
        Colour of the hair, which the lashes take a little of.
    yaw : float
        Turn of the head in radians.
    """
    lash = mix(INK, shade(hair), 0.18)
    for side in (-1, 1):
        frame = EyeFrame(face, side, yaw, face.eye_tilt)
        if frame.facing < LEAST_FACING:
            continue
        closed = mood.closed or ("happy" if mood.wink == side else "")
        if not closed:
            draw_open_eye(canvas, frame, face, mood, lash)
            continue
        curve = smooth_curve(HAPPY_LID if closed == "happy" else CLOSED_LID)
        t = np.linspace(0, 1, len(curve))
        canvas.fill(make_ribbon(frame.put(curve), 0.012 + 0.022 * np.sin(np.pi * t) ** 0.6), lash)
        if closed == "calm":
            for root, tip in (((0.75, 0.36), (1.1, 0.55)), ((0.4, 0.54), (0.62, 0.80))):
                canvas.stroke(frame.put([root, tip]), lash, 1.0, (1, 0))


def draw_brows(canvas: Canvas, face: Face, mood: Expression, hair: Colour, yaw: float) -> None:
    """Draw the brows; they go over the bangs, as they do on screen."""
    colour = pick_line(hair, 0.45)
    for side in (-1, 1):
        frame = EyeFrame(face, side, yaw, face.eye_tilt * 0.6)
        if frame.facing < LEAST_FACING:
            continue
        lift = -1.36 - mood.brow_raise / frame.height
        points = np.array([(-0.95, 0.10), (-0.35, -0.10), (0.35, -0.14), (1.0, 0.06)])
        points[:, 1] += lift - np.tan(mood.brow_tilt) * points[:, 0] * 0.75
        curve = frame.put(smooth_curve(points))
        t = np.linspace(0, 1, len(curve))
        half = 0.021 * face.brows * (1.15 - 0.9 * t) * np.clip(6 * t + 0.5, 0, 1)
        canvas.fill(make_ribbon(curve, half + 0.004), colour)
