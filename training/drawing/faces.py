"""Faces on a skull that turns: eyes of six kinds, brows, noses, mouths, beards, marks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.drawing.brush import Brush, round_off
from training.drawing.colours import BLACK, WHITE, from_hsv, lighten, mix
from training.drawing.traits import Head


@dataclass(frozen=True)
class Mood:
    """What a face does for a moment, and how the wind blows."""

    closed: bool
    opening: float
    look: tuple[float, float]
    frown: float
    mouth_width: float
    mouth_open: float
    smile: float
    wind: float


def sample_mood(rng: np.random.Generator) -> Mood:
    """Draw a random mood."""
    return Mood(
        closed=rng.random() < 0.16,
        opening=rng.uniform(0.55, 1.1),
        look=(rng.uniform(-1, 1), rng.uniform(-1, 1)),
        frown=rng.uniform(-1, 1),
        mouth_width=rng.uniform(0.3, 1),
        mouth_open=max(0.0, rng.uniform(-0.6, 1)),
        smile=rng.uniform(-1, 1),
        wind=rng.normal(0, 0.5),
    )


class Skull:
    """One head in one pose, and where the places on it are seen.

    Parameters
    ----------
    brush : Brush
    head : Head
    x, y : float
        The skull's middle.
    radius : float
    yaw : float
        Degrees; 0 faces the viewer, 90 the right edge of the picture.
    mood : Mood
    has_hat : bool
        Hats come off.
    """

    def __init__(
        self, brush: Brush, head: Head, x: float, y: float, radius: float, yaw: float, mood: Mood,
        has_hat: bool = True,
    ) -> None:  # fmt: skip
        self.brush, self.head, self.mood = brush, head, mood
        self.x, self.y, self.radius, self.yaw = x, y, radius, yaw
        self.wide = radius * head.width
        self.facing, self.sideways = math.cos(math.radians(yaw)), math.sin(math.radians(yaw))
        self.hat = head.hat if has_hat else "none"

    def spot(self, azimuth: float, height: float, out: float = 1.0) -> tuple[float, float, float]:
        """Seen x, seen y and depth (above 0 in front) of a place on the skull."""
        angle = math.radians(azimuth + self.yaw)
        return (
            self.x + self.wide * out * math.sin(angle),
            self.y + self.radius * height,
            math.cos(angle),
        )

    def draw_face(self) -> None:
        """Draw what is on the side that is seen."""
        head, radius, brush = self.head, self.radius, self.brush
        if head.mask is not None:
            corners = ((-60, 0.25), (0, 0.2), (60, 0.25), (45, 0.75), (0, 0.95), (-45, 0.75))
            seen = [self.spot(*corner) for corner in corners]
            seen = [spot[:2] for spot in seen if spot[2] > -0.1]
            if len(seen) > 2:
                brush.area(seen, head.mask)
        if head.face == "visor":
            left, right = (max(-85, min(85, self.yaw + edge)) for edge in (-55, 55))
            if self.facing > -0.4 and right > left:
                xs = [self.x + self.wide * 0.97 * math.sin(math.radians(a)) for a in (left, right)]
                box = [[xs[0], -0.35], [xs[1], -0.35], [xs[1], 0.3], [xs[0], 0.3]]
                box = [[x, self.y + y * radius] for x, y in box]
                brush.area(round_off(box, 1), BLACK)
        for side in (-1, 1):
            self._draw_eye(side)
        x, y, depth = self.spot(0, 0.38, 1.02)
        if depth > -0.1 and head.face != "visor":
            if head.nose == "big":
                brush.ellipse(x, y, 0.14 * radius, 0.11 * radius, head.skin * 0.9, True, 8)
            elif head.nose == "dot":
                brush.ellipse(x, y, 0.04 * radius, 0.03 * radius, head.skin * 0.6, False, 6)
            elif head.nose == "line":
                turn = 0.08 * (1 if self.sideways >= 0 else -1) * radius
                brush.stroke([[x, y - 0.25 * radius], [x + turn, y], [x, y + 0.02 * radius]],
                             head.skin * 0.65, 0.03 * radius)  # fmt: skip
        if head.mask is None and head.face != "visor":
            self._draw_mouth()
        if head.beard and self.facing > -0.2:
            low = 0.7 + head.beard * 0.6
            turn = self.sideways * 0.15
            edge = [[-0.85, 0.3], [0 + turn, 0.62], [0.85, 0.3], [0.5, 0.85 * low + 0.2],
                    [turn, low + 0.2], [-0.5, 0.85 * low + 0.2]]  # fmt: skip
            brush.area(np.array(edge) * [self.wide, radius] + [self.x, self.y], head.hair)
        if head.mark is not None:
            azimuth, height, colour = head.mark
            x, y, depth = self.spot(azimuth, height, 0.95)
            if depth > 0.15:
                brush.ellipse(x, y, 0.13 * radius * depth, 0.15 * radius, colour, False,
                              3 + head.seed % 5)  # fmt: skip

    def _draw_eye(self, side: int) -> None:
        head, mood, radius, brush = self.head, self.mood, self.radius, self.brush
        x, y, depth = self.spot(head.eye_apart * side, head.eye_y, 0.95)
        if depth < 0.12:
            return
        size = head.eye_size * radius
        if head.face in ("fine", "plain"):
            size *= 0.75
        wide, high = size * max(0.35, depth), size * head.eye_height * mood.opening
        ink, thin = mix(BLACK, head.hair, 0.15), max(0.02, head.lashes) * radius
        if head.face == "visor":
            brush.ellipse(x, y - 0.02 * radius, wide * 0.8, high * (0.2 if mood.closed else 0.7),
                          lighten(head.eyes, 0.4), False, 4 + head.seed % 8)  # fmt: skip
            return
        if mood.closed:
            bend = 0.35 * size * mood.smile
            brush.stroke([[x - wide, y], [x, y + bend], [x + wide, y]], ink, thin)
        elif head.face == "dots":
            brush.ellipse(x, y, wide * 0.55, high * 0.55, ink, False, 9)
        elif head.face == "round":
            brush.ellipse(x, y, wide * 1.1, high, WHITE, True, 12)
            look = (x + mood.look[0] * wide * 0.4, y + mood.look[1] * high * 0.3)
            brush.ellipse(*look, wide * 0.38, size * 0.38, head.eyes * 0.5, False, 8)
        else:
            look = (x + mood.look[0] * wide * 0.25, y + mood.look[1] * high * 0.12)
            brush.ellipse(x, y, wide, high, WHITE, False, 11)
            share = 0.74 if head.face == "anime" else 0.5
            brush.ellipse(*look, wide * share, high * (share + 0.14), head.eyes, False, 10)
            brush.ellipse(*look, wide * share * 0.5, high * 0.42, head.eyes * 0.25, False, 8)
            if head.face == "anime":
                spark = (look[0] - wide * 0.25, look[1] - high * 0.35)
                brush.ellipse(*spark, wide * 0.2, high * 0.18, WHITE, False, 6)
            lid = [[x - wide * 1.1, y - high * 0.55], [x, y - high * 1.05],
                   [x + wide * 1.1, y - high * 0.55]]  # fmt: skip
            brush.stroke(lid, ink, thin if head.face != "fine" else 0.02 * radius)
        if head.brows:
            raised = y - size * head.eye_height - 0.14 * radius
            tilt = mood.frown * side * 0.09 * radius
            brush.stroke([[x - wide, raised + tilt], [x + wide, raised - tilt]],
                         head.hair * 0.7, head.brows * radius)  # fmt: skip
        if head.blush:
            brush.ellipse(x + side * 0.12 * self.wide * self.facing, y + 0.33 * radius,
                          0.17 * self.wide * depth, 0.09 * radius,
                          mix(head.skin, from_hsv(0.97, 0.6, 0.95), 0.5), False, 8)  # fmt: skip
        if head.glasses is not None:
            angle = np.linspace(0, 2 * np.pi, 13)
            rim = np.stack([x + wide * 1.45 * np.cos(angle), y + size * 1.3 * np.sin(angle)], 1)
            brush.stroke(rim, head.glasses, 0.06 * radius)

    def _draw_mouth(self) -> None:
        head, mood, radius = self.head, self.mood, self.radius
        x, y, depth = self.spot(0, 0.64, 0.9)
        if depth < 0.1:
            return
        half = mood.mouth_width * 0.3 * self.wide * depth
        drop = mood.mouth_open * 0.22 * radius
        lips = head.lips if head.lips is not None else mix(head.skin, BLACK, 0.7)
        if drop > 0.05 * radius:
            edge = [[x - half, y - drop * 0.3], [x + half, y - drop * 0.3],
                    [x + half * 0.6, y + drop], [x - half * 0.6, y + drop]]  # fmt: skip
            self.brush.area(round_off(edge, 1), from_hsv(0.98, 0.6, 0.5), False)
            return
        bend = 0.06 * radius * mood.smile
        self.brush.stroke([[x - half, y - bend], [x, y + bend], [x + half, y - bend]],
                          lips, 0.05 * radius)  # fmt: skip
