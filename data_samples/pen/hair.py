"""Hair: a cap on the skull and locks around it, each a solid strip that turns with the head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Canvas
from .palette import lighten, mix, pick_line, shade
from .shapes import smooth_curve
from .traits import Hair
from .turning import turn

LOCK_STEPS = 22
CROWN = -1.0
SKULL_WIDE, SKULL_DEEP, SKULL_BACK = 0.90, 0.95, -0.06
# Locks this far behind the middle are hidden by the head and the body.
BEHIND = 0.12
HAIRLINE = np.array(
    [
        (0, -0.50),
        (0.6, -0.44),
        (1.05, -0.18),
        (1.35, 0.12),
        (1.75, 0.34),
        (2.2, 0.58),
        (np.pi, 0.66),
    ]
)


@dataclass(frozen=True)
class Lock:
    """A strand: azimuth and width at the root, heights of root and tip, shape of the fall.

    Parameters
    ----------
    azimuth, width : float
        Radians; the width is the whole strip's.
    tip : float
        Height of the tip.
    drift : float
        Azimuth that the tip moves by.
    flare : float
        Distance that the tip stands off the fall.
    blunt : float
        Width of the tip as a part of the strip's.
    wave : float
        Radians that the strip swings by.
    phase : float
        Where the swing starts.
    root : float
        Height of the root.
    """

    azimuth: float
    width: float
    tip: float
    drift: float = 0.0
    flare: float = 0.0
    blunt: float = 0.0
    wave: float = 0.0
    phase: float = 0.0
    root: float = CROWN


def trace_lock(lock: Lock, yaw: float, volume: float):
    """Seen left edge, right edge and middle of a lock, each shape (22, 2), and its depth."""
    t = np.linspace(0, 1, LOCK_STEPS)
    fall = t**0.85
    y = lock.root + (lock.tip - lock.root) * fall
    dome = np.sqrt(np.clip(1 - np.clip((y + 0.04) / 1.0, -1, 0) ** 2, 0.015, 1))
    radius = dome * (1 + volume) + lock.flare * t**2.4
    radius = radius - 0.10 * np.clip((y - 0.35) / 0.8, 0, 1) * (abs(lock.azimuth) > 1.0)
    azimuth = lock.azimuth + lock.drift * t**1.6
    azimuth = azimuth + lock.wave * np.sin(lock.phase + 7.5 * (y - lock.root) / 2.2) * t
    narrow = np.where(
        t < 0.5, 1.0, lock.blunt + (1 - lock.blunt) * (1 - (np.maximum(t - 0.5, 0) / 0.5) ** 1.7)
    )
    y = y - volume * np.clip(-y, 0, 1) * 0.9
    middle_depth = 0.0
    sides = []
    for side in (-0.5, 0.5, 0.0):
        angle = azimuth + side * lock.width * narrow
        x, depth = turn(
            SKULL_WIDE * radius * np.sin(angle),
            SKULL_DEEP * radius * np.cos(angle) + SKULL_BACK,
            yaw,
        )
        sides.append(np.stack([x, y + 0.03 * depth], axis=1))
        middle_depth = float(np.mean(depth[LOCK_STEPS // 2 :]))
    return (*sides, middle_depth)


def trace_outline(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Outline of a lock from its edges."""
    return np.concatenate([left, right[::-1]])


def make_cap(hair: Hair, yaw: float, raise_line: float = 0.0) -> np.ndarray:
    """Outline of the hair that lies on the skull, down to the hairline, at any turn."""
    seen = np.linspace(-np.pi / 2, np.pi / 2, 40)
    azimuth = np.abs((seen - yaw + np.pi) % (2 * np.pi) - np.pi)
    line = np.interp(azimuth, HAIRLINE[:, 0], HAIRLINE[:, 1]) - raise_line
    grow = 1 + hair.volume
    wide = np.hypot(SKULL_WIDE * np.cos(yaw), SKULL_DEEP * np.sin(yaw)) * grow
    middle = SKULL_BACK * np.sin(yaw)
    ring = np.sqrt(np.clip(1 - np.clip(line / 1.05, -1, 0) ** 2, 0, 1)) * (
        1 - 0.14 * np.clip(line, 0, 1)
    )
    low = np.stack([middle + wide * ring * np.sin(seen), line], axis=1)
    right, left = low[-1], low[0]
    arc = []
    for end, sign in ((right, 1), (left, -1)):
        # Even steps of angle, not of height, keep the crown round.
        start = np.arcsin(np.clip((end[1] + 0.04) / 0.98, -1, 1))
        swing = np.linspace(start, -np.pi / 2, 28)
        y = np.where(swing > 0, end[1] * swing / max(start, 1e-6), 0.98 * np.sin(swing) - 0.04)
        bow = np.where(swing > 0, 1.0, np.cos(swing))
        x = middle + sign * wide * bow * (1 - 0.14 * np.clip(y, 0, 1))
        side = np.stack([x, y - hair.volume * np.clip(-y, 0, 1) * 0.9], axis=1)
        arc.append(side if sign > 0 else side[::-1])
    return np.concatenate([low, *arc])


def make_bangs(hair: Hair, rng: np.random.Generator) -> list[Lock]:
    """Locks over the forehead."""
    jitter = rng.uniform(-1, 1, (12, 3))
    length, side = hair.bangs_length, hair.side
    locks = []
    if hair.bangs == "straight":
        for i, azimuth in enumerate(np.linspace(-0.80, 0.80, 7)):
            locks.append(Lock(azimuth, 0.40, length + 0.03 * jitter[i, 0], 0.0, 0.06, 0.62))
    elif hair.bangs == "swept":
        for i, azimuth in enumerate(np.linspace(-0.76, 0.76, 6)):
            tip = length + 0.09 * jitter[i, 0] + 0.10 * abs(azimuth)
            locks.append(
                Lock(azimuth - 0.18 * side, 0.52, tip, side * (0.34 + 0.1 * jitter[i, 1]), 0.08)
            )
    elif hair.bangs == "parted":
        part = -0.30 * side
        for i, azimuth in enumerate((-0.88, -0.60, -0.30, 0.28, 0.58, 0.88)):
            reach = length + 0.12 * abs(azimuth) + 0.05 * jitter[i, 0]
            away = 0.42 if azimuth > part else -0.42
            locks.append(Lock(azimuth * 0.85 + 0.3 * part, 0.46, reach, away, 0.10))
    elif hair.bangs == "curtain":
        for i, azimuth in enumerate((-0.92, -0.55, 0.55, 0.92)):
            away = 0.42 * np.sign(azimuth)
            reach = length + 0.30 * abs(azimuth) + 0.05 * jitter[i, 0]
            locks.append(Lock(azimuth * 0.62, 0.62, reach, away, 0.12))
    elif hair.bangs == "spiky":
        for i, azimuth in enumerate(np.linspace(-0.85, 0.85, 7)):
            tip = length - 0.06 + 0.16 * jitter[i, 0] + 0.10 * abs(azimuth)
            locks.append(
                Lock(
                    azimuth,
                    0.50,
                    tip,
                    0.25 * jitter[i, 1] + 0.12 * side,
                    0.20 + 0.06 * jitter[i, 2],
                )
            )
    return locks


def make_sides(hair: Hair, rng: np.random.Generator) -> list[Lock]:
    """Locks in front of the ears."""
    if hair.side_length <= 0:
        return []
    locks = []
    for side in (-1, 1):
        first, second = rng.uniform(-0.06, 0.06, 2)
        blunt = 0.45 if hair.bangs == "straight" else 0.0
        locks.append(
            Lock(
                side * 1.38,
                0.50,
                hair.side_length + second - 0.22,
                0.0,
                0.04 + hair.spread * 0.5,
                blunt,
                hair.wave,
            )
        )
        locks.append(
            Lock(
                side * 1.14,
                0.38,
                hair.side_length + first,
                -side * 0.05,
                0.05,
                blunt,
                hair.wave,
                1.0,
            )
        )
    return locks


def make_back(hair: Hair, rng: np.random.Generator) -> list[Lock]:
    """Locks from behind the ears round the back of the head."""
    count = 9 if hair.back_length < 1.6 else 11
    locks = []
    for azimuth in np.linspace(1.55, 2 * np.pi - 1.55, count):
        first, second, phase = rng.uniform(-1, 1, 3)
        flare = hair.spread * (1 + 0.4 * second) + hair.spikes * 0.30 * (1 + 0.5 * second)
        uneven = 0.07 + 0.14 * hair.spikes
        tip = (
            hair.back_length
            + uneven * first
            - 0.10 * abs(np.sin(azimuth)) * (hair.back_length > 1.4)
        )
        blunt = 0.4 if hair.bangs == "straight" else 0.12 * (hair.back_length > 1.4)
        locks.append(
            Lock(azimuth, 0.66, tip, 0.22 * hair.spikes * phase, flare, blunt, hair.wave, 3 * phase)
        )
    if hair.spikes > 0:
        for azimuth in np.linspace(1.2, 2 * np.pi - 1.2, 8):
            first, second = rng.uniform(-1, 1, 2)
            locks.append(
                Lock(
                    azimuth,
                    0.55,
                    0.05 + 0.3 * first,
                    0.3 * second,
                    0.42 * hair.spikes * (1 + 0.3 * second),
                )
            )
        for azimuth in np.linspace(0.4, 2 * np.pi - 0.4, 9):
            first, second = rng.uniform(-1, 1, 2)
            locks.append(
                Lock(
                    azimuth,
                    0.75,
                    -0.62 + 0.12 * first,
                    0.3 * second,
                    0.34 * hair.spikes * (1.2 + 0.4 * second),
                )
            )
    return locks


class HairDrawing:
    """One character's hair at one turn of the head, drawn in two layers.

    Parameters
    ----------
    hair : Hair
        The traits.
    yaw : float
        Turn of the head in radians.
    sway : float
        Distance that long hair's tips are blown to the right.
    covered : float
        How far the hair is pressed down by a hat, 0-1.
    """

    def __init__(self, hair: Hair, yaw: float, sway: float = 0.0, covered: float = 0.0):
        rng = np.random.default_rng(hair.seed)
        self.hair, self.yaw = hair, yaw
        self.line = pick_line(hair.colour, 0.62)
        self.dark = shade(hair.colour)
        volume = hair.volume * (1 - 0.6 * covered)
        self.cap = make_cap(hair, yaw)
        self.front, self.back = [], []
        groups = ((make_back(hair, rng), 0), (make_sides(hair, rng), 1), (make_bangs(hair, rng), 2))
        for locks, layer in groups:
            for lock in locks:
                if covered and lock.tip < -0.3:
                    continue
                left, right, middle, depth = trace_lock(lock, yaw, volume + 0.012 * layer)
                if sway:
                    hang = np.clip((middle[:, 1] - 0.6) / 2, 0, 2) ** 1.3
                    for edge in (left, right, middle):
                        edge[:, 0] += sway * hang
                # Bangs hang low enough in front of a face that turns away to float; drop those.
                if layer == 2 and depth < -0.05:
                    continue
                (self.front if depth > BEHIND else self.back).append(
                    (depth, layer, left, right, middle)
                )
        self.front.sort(key=lambda lock: (lock[1] == 2, lock[0]))
        self.back.sort(key=lambda lock: lock[0])

    def draw_back(self, canvas: Canvas) -> None:
        """Draw what hangs behind the head and the body, in shadow colour."""
        outlines = [trace_outline(left, right) for _, _, left, right, _ in self.back]
        canvas.group(outlines, self.dark, self.line)
        for _, _, left, right, _ in self.back:
            for edge in (left, right):
                canvas.stroke(edge[LOCK_STEPS // 2 :], self.line, 0.6, (0.0, 0.2))

    def get_front_outlines(self) -> list[np.ndarray]:
        """Outlines of cap and front locks, to cast shadows with."""
        return [self.cap] + [trace_outline(left, right) for _, _, left, right, _ in self.front]

    def draw_front(self, canvas: Canvas) -> None:
        """Draw the cap and the locks before it, with shades and a band of light."""
        hair = self.hair
        outlines = self.get_front_outlines()
        for outline in outlines:
            canvas.ink(outline, self.line)
        canvas.fill(self.cap, hair.colour)
        low = max(float(outline[:, 1].max()) for outline in outlines)
        tips = hair.tips or hair.colour
        for _, _, left, right, middle in self.front:
            outline = trace_outline(left, right)
            if hair.tips is not None:
                canvas.fill_gradient(outline, hair.colour, tips, None, (low - 1.3, low))
            else:
                canvas.fill(outline, hair.colour)
            start = LOCK_STEPS // 3
            # The shade opens gradually, like a brush set down on the strand.
            reach = 0.6 * np.linspace(0, 1, LOCK_STEPS - start)[:, None] ** 0.6
            core = middle[start:] * reach + right[start:] * (1 - reach)
            dark = shade(mix(hair.colour, tips, 0.6 if hair.tips else 0.0))
            canvas.fill(np.concatenate([core, right[start:][::-1]]), dark, 0.9)
            for edge, weight in ((left, 0.75), (right, 0.9)):
                canvas.stroke(edge[start + 1 :], self.line, weight, (0.0, 0.5))
        self._draw_light(canvas, canvas.mask(outlines))

    def _draw_light(self, canvas: Canvas, clip: np.ndarray) -> None:
        # A ring of light round the crown, torn into teeth by the strands.
        rng = np.random.default_rng(self.hair.seed + 1)
        steps = np.cumsum(rng.uniform(0.5, 1.5, 27))
        seen = np.interp(steps, (steps[0], steps[-1]), (-1.15, 1.15))
        grow = 1 + self.hair.volume
        x = SKULL_WIDE * grow * 0.93 * np.sin(seen) + SKULL_BACK * np.sin(self.yaw)
        ring = -0.60 * grow + 0.30 * (1 - np.cos(seen))
        fade = np.clip(np.cos(seen * 1.3), 0, 1) ** 0.6
        teeth = rng.uniform(0.04, 0.20, 27) * fade
        teeth[::2] *= 0.12
        upper = np.stack([x, ring - 0.03 * fade - np.roll(teeth, 1) * 0.25], axis=1)
        lower = np.stack([x, ring + 0.03 * fade + teeth], axis=1)
        band = np.concatenate([upper, lower[::-1]])
        canvas.fill(band, lighten(self.hair.colour, 0.38), 0.85, clip)

    def draw_ahoge(self, canvas: Canvas) -> None:
        """Draw the loose strand on the crown."""
        if not self.hair.ahoge:
            return
        lean = 1 if np.cos(self.yaw) * self.hair.side >= 0 else -1
        top = -1.0 - self.hair.volume * 0.85
        outer = smooth_curve(
            [(-0.05, top + 0.06), (-0.02, top - 0.22), (0.16, top - 0.40), (0.46, top - 0.30)]
        )
        inner = smooth_curve(
            [(0.46, top - 0.30), (0.20, top - 0.28), (0.09, top - 0.16), (0.07, top + 0.06)]
        )
        strand = np.concatenate([outer, inner]) * (lean, 1)
        canvas.ink(strand, self.line, 0.8)
        canvas.fill(strand, self.hair.colour)
