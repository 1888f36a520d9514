"""Tied hair: ponytails, twin-tails, buns and braids."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .hair import SKULL_BACK, SKULL_DEEP, SKULL_WIDE
from .palette import lighten, mix, pick_line, shade
from .shapes import make_ellipse, make_ribbon, smooth_curve
from .traits import Hair
from .turning import turn

# Where tails grow: azimuth, height, distance that they stand off, and girth.
ROOTS = {
    "ponytail": ((np.pi, -0.52, 0.42, 0.30),),
    "low": ((np.pi, 0.50, 0.10, 0.24),),
    "twin": ((-1.95, -0.42, 0.50, 0.27), (1.95, -0.42, 0.50, 0.27)),
    "side": ((1.75, -0.12, 0.42, 0.26),),
    "bun": ((np.pi, -0.62, 0.24, 0.38),),
    "twin_buns": ((-1.9, -0.80, 0.16, 0.30), (1.9, -0.80, 0.16, 0.30)),
    "braid": ((np.pi * 0.999, 0.55, 0.12, 0.23),),
}


class Tail:
    """One tail at one turn of the head."""

    def __init__(self, hair: Hair, spec, yaw: float, sway: float):
        azimuth, height, off, self.girth = spec
        if hair.tails == "side":
            azimuth *= hair.side
        self.hair = hair
        grow = 1 + hair.volume
        ring = np.sqrt(max(1 - min(height / 1.05, 0) ** 2, 0.0)) * grow
        direction = np.array([np.sin(azimuth), np.cos(azimuth)])
        start = np.array(
            [SKULL_WIDE * ring * direction[0], SKULL_DEEP * ring * direction[1] + SKULL_BACK]
        )
        self.root_y = height * (1 + hair.volume * 0.8)
        self.way = []
        drop = hair.tail_length - self.root_y
        for out, fall in (
            (0, 0),
            (0.75, -0.05),
            (1.1, 0.18),
            (1.12, 0.45),
            (1.0, 0.75),
            (1.08, 1.0),
        ):
            x, self.depth = turn(*(start + direction * off * out), yaw)
            self.way.append((x + sway * max(fall, 0.0) ** 1.5, self.root_y + drop * fall))
        self.way = np.array(self.way)
        self.root_x, self.depth = turn(*start, yaw)
        self.x_out = turn(*(start + direction * off), yaw)[0]

    def draw(self, canvas: Canvas) -> None:
        """Draw the tail and its ribbon."""
        hair, line = self.hair, pick_line(self.hair.colour, 0.62)
        lit = self.depth > -0.1
        colour = hair.colour if lit else mix(hair.colour, shade(hair.colour), 0.6)
        if hair.tails in ("bun", "twin_buns"):
            self._draw_bun(canvas, colour, line)
        elif hair.tails == "braid":
            self._draw_braid(canvas, colour, line)
        else:
            self._draw_tail(canvas, colour, line)
        if hair.ribbon is not None:
            self._draw_ribbon(canvas)

    def _draw_tail(self, canvas: Canvas, colour, line) -> None:
        rng = np.random.default_rng(self.hair.seed + 7)
        curve = smooth_curve(self.way, steps=8)
        t = np.linspace(0, 1, len(curve))
        girth = (
            self.girth
            * (0.42 + 1.0 * np.sin(np.pi * np.clip(t * 0.9 + 0.05, 0, 1)) ** 0.8)
            * (1 - t**4)
        )
        curve[:, 0] += self.hair.wave * 0.6 * np.sin(9 * t) * t
        strands = [make_ribbon(curve, girth)]
        for offset in (-0.62, 0.6):
            reach = slice(len(curve) // 3, int(len(curve) * rng.uniform(0.82, 0.95)))
            side = curve[reach].copy()
            u = np.linspace(0, 1, len(side))
            side[:, 0] += offset * self.girth * (0.5 + 0.9 * u)
            strands.append(
                make_ribbon(
                    side, self.girth * 0.42 * np.sin(np.pi * np.clip(0.25 + 0.75 * u, 0, 1))
                )
            )
        canvas.group(strands, colour, line)
        if self.hair.tips is not None:
            for strand in strands:
                canvas.fill_gradient(strand, colour, self.hair.tips)
        canvas.cel_shade(strands, shade(colour), -0.10, -0.02)
        for offset in (-0.45, 0.1, 0.5):
            inner = curve[4:-3].copy()
            inner[:, 0] += offset * girth[4:-3]
            canvas.stroke(inner, line, 0.55, (0.0, 0.0))
        gleam = curve[len(curve) // 4 : len(curve) // 2] - (0.4 * self.girth, 0)
        u = np.linspace(0, 1, len(gleam))
        canvas.fill(make_ribbon(gleam, 0.06 * np.sin(np.pi * u)), lighten(colour, 0.35), 0.8)

    def _draw_bun(self, canvas: Canvas, colour, line) -> None:
        x, y = self.x_out, self.root_y - 0.08
        ball = make_ellipse(x, y, self.girth, self.girth * 0.94)
        canvas.shape(ball, colour, line)
        canvas.cel_shade([ball], shade(colour), -0.09, -0.09)
        for turn_by in (0.0, 0.9):
            swirl = [
                (x - 0.7 * self.girth, y + 0.2),
                (x - 0.1 + 0.1 * turn_by, y - 0.25 * (1 - turn_by)),
                (x + 0.6 * self.girth, y - 0.05),
            ]
            canvas.stroke(smooth_curve(swirl), line, 0.6, (0, 0))
        canvas.fill(make_ellipse(x - 0.1, y - 0.17, 0.10, 0.045, -0.4), lighten(colour, 0.4))

    def _draw_braid(self, canvas: Canvas, colour, line) -> None:
        curve = smooth_curve(self.way, steps=6)
        count = max(4, int((self.hair.tail_length - self.root_y) / 0.20))
        where = np.linspace(0, len(curve) - 1, count).astype(int)
        for i, index in enumerate(where):
            x, y = curve[index]
            lean = 0.5 if i % 2 else -0.5
            size = self.girth * (1 - 0.35 * i / count)
            bead = make_ellipse(x + lean * 0.10, y + 0.05, size, size * 1.02, lean)
            canvas.shape(bead, colour, line, 0.8)
            canvas.cel_shade([bead], shade(colour), -0.05, -0.06)
        x, y = curve[-1]
        tuft = [
            (x - 0.10, y + 0.1),
            (x + 0.10, y + 0.1),
            (x + 0.13, y + 0.3),
            (x, y + 0.48),
            (x - 0.12, y + 0.32),
        ]
        canvas.shape(np.array(tuft), colour, line, 0.8)
        if self.hair.ribbon is not None:
            canvas.shape(
                make_ellipse(x, y + 0.12, 0.13, 0.06),
                self.hair.ribbon,
                pick_line(self.hair.ribbon),
                0.7,
            )

    def _draw_ribbon(self, canvas: Canvas) -> None:
        colour = self.hair.ribbon
        line, x, y = pick_line(colour), self.root_x, self.root_y
        if self.hair.tails in ("bun", "twin_buns"):
            y += self.girth * 0.55
        for side in (-1, 1):
            loop = smooth_curve(
                [
                    (x, y),
                    (x + side * 0.20, y - 0.20),
                    (x + side * 0.36, y - 0.10),
                    (x + side * 0.33, y + 0.12),
                    (x + side * 0.16, y + 0.10),
                ],
                True,
            )
            canvas.shape(loop, colour, line, 0.8)
            canvas.cel_shade([loop], shade(colour), -0.03, -0.06)
            end = [
                (x, y),
                (x + side * 0.10, y + 0.02),
                (x + side * 0.24, y + 0.36),
                (x + side * 0.10, y + 0.32),
            ]
            canvas.shape(np.array(end), colour, line, 0.7)
        canvas.shape(make_ellipse(x, y, 0.085, 0.095), colour, line, 0.8)


def make_tails(hair: Hair, yaw: float, sway: float) -> tuple[list[Tail], list[Tail]]:
    """Tails behind the head and tails before it, each farthest first."""
    if hair.tails == "none":
        return [], []
    tails = [Tail(hair, spec, yaw, sway) for spec in ROOTS[hair.tails]]
    tails.sort(key=lambda tail: tail.depth)
    return [t for t in tails if t.depth <= 0.12], [t for t in tails if t.depth > 0.12]
