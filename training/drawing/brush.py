"""A canvas for fast drawing: polygons and ribbons, with the line and the shade of a show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from training.drawing.colours import BLACK, WHITE, Colour, Palette, sample_paint

CANVAS = 256
"""Side of the canvas in pixels: about twice what is kept."""
FRACTION_BITS = 3
FIXED = 1 << FRACTION_BITS


@dataclass(frozen=True)
class Line:
    """How a show is inked."""

    kind: str
    """'none', 'ink' (nearly black), 'own' (the area's colour, darker) or 'white'."""
    width: float
    """In canvas pixels."""
    shade: float
    """Brightness of the shaded side, 1 for no shade."""
    edge: float
    """Where the shade begins, -1 to 1 across."""


def sample_line(rng: np.random.Generator) -> Line:
    """Draw a random way of inking."""
    return Line(
        kind=str(rng.choice(["none", "ink", "own", "white"], p=[0.24, 0.36, 0.35, 0.05])),
        width=float(rng.choice([rng.uniform(0.8, 1.6), rng.uniform(1.6, 3), rng.uniform(3, 5)])),
        shade=float(rng.uniform(0.62, 0.9)) if rng.random() < 0.65 else 1.0,
        edge=float(rng.uniform(-0.1, 0.5)),
    )


@dataclass(frozen=True)
class Marking:
    """A part of a surface with a colour of its own: along it 0 to 1, round it in degrees."""

    kind: str
    """'patch' or 'spots'."""
    along: tuple[float, float]
    around: tuple[float, float]
    """Azimuths, 0 in front; (-180, 180) goes all round."""
    colour: Colour
    count: int = 0
    size: float = 0.1
    seed: int = 0


def sample_markings(rng: np.random.Generator, palette: Palette) -> tuple[Marking, ...]:
    """Draw a pattern: stripes, a yoke, a front, a tie, a sash, checks, spots, a back piece."""
    markings: list[Marking] = []
    all_round = (-180.0, 180.0)
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.3, 0.37, 0.22, 0.11]))):
        colour, kind = sample_paint(rng, palette), rng.random()
        if kind < 0.18:
            count, start = int(rng.integers(1, 7)), rng.uniform(0, 0.2)
            step, fill = 1 / (count + 0.5), rng.uniform(0.25, 0.6)
            markings += [
                Marking("patch", (start + i * step, start + (i + fill) * step), all_round, colour)
                for i in range(count)
            ]
        elif kind < 0.34:
            start = rng.uniform(0, 0.9)
            markings.append(
                Marking("patch", (start, start + rng.uniform(0.05, 0.4)), all_round, colour)
            )
        elif kind < 0.52:
            half = rng.uniform(5, 50)
            markings.append(Marking("patch", (0, rng.uniform(0.4, 1)), (-half, half), colour))
        elif kind < 0.62:
            half = rng.uniform(3, 9)
            markings.append(Marking("patch", (0, rng.uniform(0.3, 0.9)), (-half, half), colour))
        elif kind < 0.72:
            left = rng.uniform(-80, 60)
            markings.append(
                Marking("patch", (rng.uniform(0, 0.5), rng.uniform(0.5, 1)),
                        (left, left + rng.uniform(12, 80)), colour)
            )  # fmt: skip
        elif kind < 0.80:
            step = rng.uniform(18, 50)
            markings += [
                Marking("patch", (0, 1), (left, left + step / 2), colour)
                for left in np.arange(-180, 180, step)
            ]
        elif kind < 0.92:
            markings.append(
                Marking("spots", (0.05, 0.95), all_round, colour, int(rng.integers(4, 28)),
                        rng.uniform(0.04, 0.18), int(rng.integers(1 << 30)))
            )  # fmt: skip
        else:
            half = rng.uniform(25, 70)
            markings.append(
                Marking("patch", (0, rng.uniform(0.4, 1)), (180 - half, 180 + half), colour)
            )
    return tuple(markings)


class Ribbon:
    """A band of varying width along a curve: a limb, a trunk, a lock of hair.

    Parameters
    ----------
    middle : array_like, shape (n, 2)
    halves : array_like, shape (n,)
        Half widths.
    """

    def __init__(self, middle: Sequence, halves: Sequence) -> None:
        self.middle = np.asarray(middle, np.float32)
        along = np.empty_like(self.middle)
        along[1:-1] = self.middle[2:] - self.middle[:-2]
        along[0], along[-1] = self.middle[1] - self.middle[0], self.middle[-1] - self.middle[-2]
        along /= np.sqrt((along**2).sum(1, keepdims=True)) + 1e-6
        self.halves = np.asarray(halves, np.float32)
        self.side = np.stack([along[:, 1], -along[:, 0]], 1) * self.halves[:, None]
        self._steps = np.linspace(0, 1, len(self.middle))

    def at(self, along: np.ndarray, across: float | np.ndarray) -> np.ndarray:
        """Points at parts of the length (0 to 1) and of the half width (-1 to 1), (n, 2)."""
        columns = [np.interp(along, self._steps, column)
                   for column in (*self.middle.T, *self.side.T)]  # fmt: skip
        middle, side = np.stack(columns[:2], -1), np.stack(columns[2:], -1)
        return middle - side * np.expand_dims(np.asarray(across), -1)

    def patch(self, start: float, end: float, left: float, right: float, n: int = 5) -> np.ndarray:
        """Outline the part between two lengths and two sides, shape (2 n, 2)."""
        along = np.linspace(start, end, n)
        return np.concatenate([self.at(along, left), self.at(along[::-1], right)])


def round_off(points: Sequence, passes: int = 2) -> np.ndarray:
    """Cut the corners of a closed polygon (Chaikin, 1974)."""
    points = np.asarray(points, np.float32)
    for _ in range(passes):
        following = np.roll(points, -1, 0)
        points = np.stack(
            [0.75 * points + 0.25 * following, 0.25 * points + 0.75 * following], 1
        ).reshape(-1, 2)
    return points


class Brush:
    """Premultiplied RGBA pixels and what draws on them.

    Parameters
    ----------
    line : Line
    place : ndarray, shape (2, 3)
        From drawing units to canvas pixels.
    light : int
        -1 or 1: the side the light comes from.
    """

    def __init__(self, line: Line, place: np.ndarray, light: int) -> None:
        self.image = np.zeros((CANVAS, CANVAS, 4), np.uint8)
        self.line, self.light = line, light
        self._place = np.asarray(place, np.float32)
        self.scale = math.sqrt(abs(np.linalg.det(self._place[:, :2])))
        self._width = max(1, round(line.width)) if line.kind != "none" else 0

    def _fix(self, points: Sequence) -> np.ndarray:
        seen = np.asarray(points, np.float32) @ self._place[:, :2].T + self._place[:, 2]
        return np.round(seen * FIXED).astype(np.int32)

    def _ink(self, colour: Colour) -> tuple[float, ...]:
        if self.line.kind == "ink":
            return _paint(BLACK)
        if self.line.kind == "white":
            return _paint(WHITE)
        return _paint(colour * 0.45)

    def area(self, points: Sequence, colour: Colour, outline: bool = True) -> None:
        """Fill a polygon and, if the show is inked, draw a line round it."""
        fixed = self._fix(points)
        cv2.fillPoly(self.image, [fixed], _paint(colour), cv2.LINE_AA, FRACTION_BITS)
        if outline and self._width:
            cv2.polylines(
                self.image,
                [fixed],
                True,
                self._ink(colour),
                self._width,
                cv2.LINE_AA,
                FRACTION_BITS,
            )

    def stroke(self, points: Sequence, colour: Colour, width: float) -> None:
        """Draw an open line of a width in drawing units."""
        thick = max(1, round(width * self.scale))
        cv2.polylines(
            self.image,
            [self._fix(points)],
            False,
            _paint(colour),
            thick,
            cv2.LINE_AA,
            FRACTION_BITS,
        )

    def ellipse(
        self, x: float, y: float, wide: float, high: float, colour: Colour,
        outline: bool = True, corners: int = 14, turn: float = 0.0,
    ) -> None:  # fmt: skip
        """Fill an ellipse; `corners` of 3 to 6 make it a gem or a box."""
        angle = np.linspace(0, 2 * np.pi, corners, endpoint=False) + turn
        self.area(
            np.stack([x + wide * np.cos(angle), y + high * np.sin(angle)], 1), colour, outline
        )

    def ribbon(
        self, ribbon: Ribbon, colour: Colour, markings: Sequence[Marking] = (), turn: float = 0.0,
        span: tuple[float, float] = (0.0, 1.0), outline: bool = True,
    ) -> None:  # fmt: skip
        """Draw a part of a ribbon with what is marked on it, its shade and its line.

        Parameters
        ----------
        turn : float
            Degrees by which the surface is turned about its length.
        span : tuple of float
            The part of the length that is drawn; markings are laid over that part.
        """
        start, end = span
        edge = ribbon.patch(start, end, -1, 1, 6)
        self.area(edge, colour, False)
        for marking in markings:
            self._mark(ribbon, marking, turn, start, end)
        if self.line.shade < 1:
            side = -self.light
            near = self.line.edge * side
            shade = ribbon.patch(start, end, near, side, 5)
            self.shade(shade, self.line.shade)
        if outline and self._width:
            cv2.polylines(
                self.image, [self._fix(edge)], True, self._ink(colour), self._width,
                cv2.LINE_AA, FRACTION_BITS,
            )  # fmt: skip

    def _mark(
        self, ribbon: Ribbon, marking: Marking, turn: float, start: float, end: float
    ) -> None:
        length = end - start
        first, last = (start + length * min(max(part, 0.0), 1.0) for part in marking.along)
        if last <= first:
            return
        if marking.kind == "patch":
            left, right = marking.around
            if right - left >= 360:
                self.area(ribbon.patch(first, last, -1, 1, 4), marking.colour, False)
                return
            centre = ((left + right) / 2 + turn + 180) % 360 - 180
            half = (right - left) / 2
            left, right = max(centre - half, -90), min(centre + half, 90)
            if right > left:
                across = (math.sin(math.radians(left)), math.sin(math.radians(right)))
                self.area(ribbon.patch(first, last, *across, 4), marking.colour, False)
            return
        rng = np.random.default_rng(marking.seed)
        places = rng.uniform(size=(marking.count * 2, 2))
        azimuths = np.radians(places[:, 0] * 360 + turn)
        facing = np.cos(azimuths)
        size = marking.size * float(ribbon.halves.max())
        centres = ribbon.at(first + (last - first) * places[:, 1], np.sin(azimuths) * 0.95)
        for (x, y), front in zip(centres, facing, strict=True):
            if front > 0.1:
                self.ellipse(x, y, size * front, size, marking.colour, False, 7)

    def shade(self, points: Sequence, factor: float) -> None:
        """Darken what is drawn inside a polygon."""
        fixed = self._fix(points)
        corner = fixed.min(0) // FIXED
        left, top = np.clip(corner, 0, CANVAS - 1)
        right, bottom = np.clip(fixed.max(0) // FIXED + 2, 0, CANVAS)
        if right <= left or bottom <= top:
            return
        mask = np.zeros((bottom - top, right - left), np.uint8)
        cv2.fillPoly(mask, [fixed - np.array([left, top], np.int32) * FIXED], 1, 8, FRACTION_BITS)
        region = self.image[top:bottom, left:right]
        dark = cv2.convertScaleAbs(region, alpha=factor)
        dark[..., 3] = region[..., 3]
        cv2.copyTo(dark, mask, region)


def _paint(colour: Colour) -> tuple[float, ...]:
    red, green, blue = np.clip(colour, 0, 255).tolist()
    return (red, green, blue, 255.0)
