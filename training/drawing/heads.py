"""Heads seen from any side: hair behind, a face, hair before, and what is worn."""

from __future__ import annotations

import numpy as np

from training.drawing.brush import Ribbon, round_off
from training.drawing.colours import Colour, lighten
from training.drawing.faces import Skull

SKULL = np.array([
    [-1, -0.2], [-0.92, -0.62], [-0.5, -0.97], [0, -1.02], [0.5, -0.97], [0.92, -0.62], [1, -0.2],
    [0.93, 0.3], [0.5, 0.8], [0.12, 1], [-0.12, 1], [-0.5, 0.8], [-0.93, 0.3],
], np.float32)  # fmt: skip
LOWER_SIDES = {"bob": 0.95, "short": 0.5, "long": 1.9, "very long": 3.3, "spiky": 0.8,
               "afro": 0.7, "curly": 1.3}  # fmt: skip

COVERED_EYES = 8
"""One head in so many has hair over its eyes."""
LONGEST_HAIR = 3.4
"""In drawing units: a big head's long hair would hide the whole body."""


class HeadDrawing(Skull):
    """One head in one pose, with its hair and what it wears."""

    def draw_behind(self) -> None:
        """Draw what lies behind the skull from this side."""
        if self.hat == "hood":
            self.brush.ellipse(
                self.x, self.y, self.wide * 1.28, self.radius * 1.25, self.head.hat_colour
            )
        self._draw_tails(near=False)
        if self.facing > 0:
            self._draw_back()

    def draw(self) -> None:
        """Draw skull, face, and all hair and things that lie before them."""
        head, radius = self.head, self.radius
        self._draw_ears()
        points = SKULL * [self.wide, radius]
        points[7:13, 0] *= 0.75 + 0.35 * head.chin
        points[8:12, 0] += self.sideways * 0.22 * self.wide
        points += np.array([self.x, self.y])
        self.brush.area(round_off(points, 1), head.skin)
        if self.brush.line.shade < 1:
            side = -self.brush.light * self.wide
            edge = [[0.5, -0.8], [0.97, -0.2], [0.6, 0.75], [0.42, 0]]
            self.brush.shade(np.array(edge) * [side, radius] + [self.x, self.y],
                             self.brush.line.shade)  # fmt: skip
        if head.muzzle and self.facing > -0.3:
            x, y, _ = self.spot(0, 0.42, 0.75)
            size = head.muzzle * radius
            self.brush.ellipse(x, y, size * 0.55, size * 0.4, lighten(head.skin, 0.25))
        self.draw_face()
        self._draw_front()
        if self.facing <= 0:
            self._draw_back()
        self._draw_tails(near=True)
        self._draw_worn()

    def _draw_back(self) -> None:
        head, radius, brush, wind = self.head, self.radius, self.brush, self.mood.wind
        if head.back == "none":
            return
        colour = head.hair * 0.9 if self.facing > 0 else head.hair
        wide = self.wide * head.back_width
        x, y = self.x - self.sideways * 0.15 * self.wide, self.y - 0.1 * radius
        rng = np.random.default_rng(head.seed + 1)
        if head.back in ("spiky", "afro"):
            count = int(rng.integers(7, 14)) * 2 + 1
            angle = np.radians(np.linspace(-205, 25, count))
            reach = np.where(np.arange(count) % 2 == 0, 1.0, 1.25 + 0.4 * rng.random(count))
            if head.back == "afro":
                reach = 1.15 + 0.5 * head.back_length + 0.06 * np.cos(np.arange(count) * 2.5)
            ring = np.stack([x + wide * reach * np.cos(angle) * 0.95,
                             y + radius * reach * np.sin(angle)], 1)  # fmt: skip
            brush.area(round_off(ring, 1) if head.back == "afro" else ring, colour)
            return
        length = LOWER_SIDES[head.back] * radius * (0.7 + 0.5 * head.back_length)
        length = min(length, LONGEST_HAIR)
        down = np.linspace(0, 1, 6)
        swing = head.wave * radius * np.sin(down * 9) + 0.08 * wide * np.sin(down * 6)
        sway = wind * radius * 0.3 * down
        left = np.stack([x - wide - swing + sway, y + length * down], 1)
        right = np.stack([x + wide + swing + sway, y + length * down], 1)
        arc = np.radians(np.linspace(180, 360, 9))
        top = np.stack([x + wide * np.cos(arc), y + 1.12 * radius * np.sin(arc)], 1)
        tips = np.linspace(right[-1], left[-1], 7)
        ragged = 0.06 + head.wave + (0.2 if head.seed % 3 == 0 else 0)
        tips[1::2, 1] -= ragged * radius
        if head.back == "curly":
            left[1::2, 0] -= 0.15 * radius
            right[1::2, 0] += 0.15 * radius
        brush.area(np.concatenate([top, right, tips, left[::-1]]), colour)
        if head.streak is not None:
            strand = Ribbon(np.stack([left[:, 0] * 0.6 + right[:, 0] * 0.4, left[:, 1]], 1),
                            np.full(6, 0.12 * wide))  # fmt: skip
            brush.ribbon(strand, head.streak, outline=False)
        if head.shine and self.facing <= 0:
            shine = np.stack([x + wide * 0.65 * np.cos(arc), y + 0.7 * radius * np.sin(arc)], 1)
            brush.stroke(shine[2:7], lighten(head.hair, 0.35), 0.1 * radius)

    def _draw_tails(self, near: bool) -> None:
        head, radius, brush = self.head, self.radius, self.brush
        wind, length = self.mood.wind * radius, head.tail_length * radius
        places = {"twin": (-95, 95), "pony": (180,), "side": (105,), "braid": (170,),
                  "buns": (-60, 60)}.get(head.tails, ())  # fmt: skip
        for place in places:
            x, _, depth = self.spot(place, 0, 1.02)
            if (depth >= -0.25) != near:
                continue
            if head.tails == "buns":
                size = (0.25 + head.tail_width * 0.6) * radius
                brush.ellipse(x, self.y - 0.85 * radius, size, size, head.hair)
                continue
            away = (1 if x >= self.x else -1) * (
                0.35 * radius * min(1, abs(x - self.x) / radius + 0.2)
            )
            start = self.y - (0.6 if head.tails == "pony" else 0.3) * radius
            middle = [[x, start], [x + away + wind * 0.1, start + length * 0.25],
                      [x + away * 0.9 + wind * 0.4, start + length * 0.65],
                      [x + away * 0.4 + wind * 0.7, start + length]]  # fmt: skip
            width = head.tail_width * radius
            halves = [0.55 * width, width, 0.85 * width, 0.05]
            if head.tails == "braid":
                halves = [0.5 * width, 0.6 * width, 0.5 * width, 0.25 * width]
            brush.ribbon(Ribbon(middle, halves), head.hair)
            if head.streak is not None:
                brush.ribbon(Ribbon(middle, np.array(halves) * 0.35), head.streak, outline=False)
            if head.bow is not None:
                brush.ellipse(x, start, 0.18 * radius, 0.14 * radius, head.bow[2])

    def _draw_front(self) -> None:
        head, radius, brush = self.head, self.radius, self.brush
        if head.bangs == "none":
            if self.facing <= 0 and head.back != "none":
                brush.ellipse(self.x, self.y, self.wide, radius, head.hair)
            return
        arc = np.radians(np.linspace(180, 360, 11))
        cap = np.stack([self.x + self.wide * 1.06 * np.cos(arc),
                        self.y - 0.05 * radius + 1.1 * radius * np.sin(arc)], 1)  # fmt: skip
        side = 1 if self.sideways > 0 else -1
        if self.facing <= -0.45:
            lower = [[1.05, 0.4], [0.6, 0.85], [-0.6, 0.85], [-1.05, 0.4]]
            points = np.array(lower) * [self.wide, radius] + [self.x, self.y]
            brush.area(np.concatenate([cap, points]), head.hair)
        elif abs(self.sideways) > 0.5:
            # From the side the hair covers the half of the skull that faces away.
            edge = [[0.1, -1.1], [-0.7, -0.95], [-1.1, -0.2], [-0.95, 0.6], [-0.3, 0.7],
                    [-0.12, 0.1], [0.05, -0.5]]  # fmt: skip
            brush.area(np.array(edge) * [side * self.wide, radius] + [self.x, self.y], head.hair)
        fringe = self._shape_fringe()
        if fringe is None:
            return
        brush.area(np.concatenate([cap, fringe]), head.hair)
        if head.streak is not None and len(fringe) > 3:
            place = len(fringe) * (1 + head.seed % 3) // 4
            x, y = fringe[place]
            brush.area([[x - 0.12 * self.wide, self.y - 0.8 * radius],
                        [x + 0.12 * self.wide, self.y - 0.8 * radius], [x, y]],
                       head.streak, False)  # fmt: skip
        if head.shine:
            shine = np.stack([self.x + self.wide * 0.75 * np.cos(arc),
                              self.y - 0.05 * radius + 0.8 * radius * np.sin(arc)], 1)  # fmt: skip
            brush.stroke(shine[2:9], lighten(head.hair, 0.3), 0.09 * radius)

    def _shape_fringe(self) -> np.ndarray | None:
        """Lower edge of the hair over the face, from right to left; None where it is not seen."""
        head = self.head
        rng = np.random.default_rng(head.seed)
        count, length = 2 * head.bangs_count + 1, head.bangs_length
        azimuth, across = np.linspace(100, -100, count), np.linspace(-1, 1, count)
        odd = np.arange(count) % 2 == 1
        low = np.where(odd, length * (0.7 + 0.6 * rng.random(count)) - 0.3,
                       -0.45 + 0.2 * rng.random(count))  # fmt: skip
        if head.bangs == "straight":
            low = length * 0.7 - 0.35 + 0.04 * rng.random(count)
        elif head.bangs == "swept":
            low = (
                -0.6 + (length + 0.3) * (across * (1 if head.seed % 2 else -1) + 1) / 2 + 0.12 * odd
            )
        elif head.bangs == "parted":
            low = -0.75 + (length + 0.35) * np.abs(across) + 0.1 * odd
        elif head.bangs == "curtain":
            low = np.where(np.abs(across) > 0.55, length + 0.25, -0.55)
        if head.seed % COVERED_EYES:
            lid = head.eye_y - 0.6 * head.eye_size * head.eye_height
            low = np.where(np.abs(azimuth) < head.eye_apart + 20, np.minimum(low, lid), low)
        low = np.where(np.abs(azimuth) > 80, np.maximum(low, 0.15 + 0.4 * length), low)
        seen = (azimuth + self.yaw + 180) % 360 - 180
        visible = np.abs(seen) <= 100
        if visible.sum() < 3:
            return None
        x = self.x + self.wide * 1.05 * np.sin(np.radians(np.clip(seen[visible], -92, 92)))
        y = self.y + self.radius * low[visible]
        order = np.argsort(-x, kind="stable")
        return np.stack([x[order], y[order]], 1)

    def _draw_ears(self) -> None:
        head, radius, brush = self.head, self.radius, self.brush
        if head.ears == "none":
            return
        on_top = head.ears in ("cat", "round", "long", "horns", "antennae")
        for side in (-1, 1):
            x, _, _ = self.spot((50 if on_top else 88) * side, 0, 0.9)
            away = side if abs(self.facing) > 0.3 else (1 if x > self.x else -1)
            y, out = self.y, away * radius
            if head.ears == "cat":
                foot, half = y - 0.6 * radius, 0.32 * radius
                tip = [x + 0.15 * out, y - 1.45 * radius]
                brush.area([[x - half, foot], [x + half, foot], tip], head.ear_colour)
            elif head.ears == "horns":
                bend = [[x, y - 0.7 * radius], [x + 0.3 * out, y - 1.1 * radius],
                        [x + 0.25 * out, y - 1.6 * radius]]  # fmt: skip
                brush.ribbon(Ribbon(bend, np.array([0.17, 0.12, 0.02]) * radius), head.ear_colour)
            elif head.ears == "round":
                brush.ellipse(x, y - 0.85 * radius, 0.36 * radius, 0.36 * radius, head.ear_colour)
            elif head.ears == "antennae":
                brush.stroke([[x, y - 0.8 * radius], [x + 0.2 * out, y - 1.6 * radius]],
                             head.ear_colour, 0.07 * radius)  # fmt: skip
                brush.ellipse(x + 0.2 * out, y - 1.6 * radius, 0.14 * radius, 0.14 * radius,
                              head.hat_trim)  # fmt: skip
            elif head.ears in ("long", "floppy"):
                up = -1 if head.ears == "long" else 1
                sway = self.mood.wind * 0.15
                bend = [[x, y - 0.7 * radius],
                        [x + (0.25 + sway) * out, y + (up * 0.5 - 0.7) * radius],
                        [x + (0.3 + sway) * out, y + (up * 1.1 - 0.6) * radius]]  # fmt: skip
                brush.ribbon(Ribbon(bend, np.array([0.18, 0.27, 0.08]) * radius), head.ear_colour)
            else:
                brush.area([[x, y - 0.15 * radius], [x, y + 0.25 * radius],
                            [x + 0.6 * out, y - 0.25 * radius]], head.skin)  # fmt: skip

    def _draw_worn(self) -> None:
        head, radius, wide, brush = self.head, self.radius, self.wide, self.brush
        x, y, colour, trim = self.x, self.y, head.hat_colour, head.hat_trim
        if head.bow is not None and head.tails != "twin":
            azimuth, size, bow = head.bow
            at_x, at_y, depth = self.spot(azimuth, -0.7, 0.85)
            if depth > -0.2:
                half = size * radius
                for side in (-1, 1):
                    brush.area([[at_x, at_y], [at_x + side * half, at_y - 0.7 * half],
                                [at_x + side * half, at_y + 0.7 * half]], bow)  # fmt: skip

        def lay(points: list[list[float]], paint: Colour) -> None:
            brush.area(np.array(points) * [wide, radius] + [x, y], paint)

        front = self.spot(0, 0)[0] - x
        dome = np.radians(np.linspace(180, 360, 9))
        if self.hat in ("cap", "helmet"):
            base, high = (-0.4, 0.85) if self.hat == "cap" else (-0.1, 1.1)
            shell = [x + wide * 1.13 * np.cos(dome), y + radius * (base + high * np.sin(dome))]
            brush.area(np.stack(shell, 1), colour)
            if self.hat == "cap":
                brush.area([[x - wide * 0.9 + front * 0.3, y - 0.42 * radius],
                            [x + wide * 0.9 + front * 0.3, y - 0.42 * radius],
                            [x + wide * 0.6 + front * 1.2, y - 0.2 * radius],
                            [x - wide * 0.6 + front * 1.2, y - 0.2 * radius]], trim)  # fmt: skip
            else:
                brush.stroke([[x - wide, y - 0.28 * radius], [x + wide, y - 0.28 * radius]],
                             trim, 0.13 * radius)  # fmt: skip
        elif self.hat in ("tall", "brim"):
            top = -1.9 if self.hat == "tall" else -1.25
            narrow = 0.75 - 0.7 * (head.seed % 3 == 0) if self.hat == "tall" else 0.65
            lay([[-0.78, -0.5], [0.78, -0.5], [narrow, top], [-narrow, top]], colour)
            lay([[-0.8, -0.62], [0.8, -0.62], [0.8, -0.45], [-0.8, -0.45]], trim)
            reach = 1.35 if self.hat == "tall" else 1.8
            brush.ellipse(x, y - 0.45 * radius, wide * reach, 0.16 * radius, colour)
        elif self.hat == "beret":
            brush.ellipse(x + 0.25 * wide * self.facing, y - 0.85 * radius, wide * 1.05,
                          0.4 * radius, colour)  # fmt: skip
        elif self.hat == "crown":
            lay([[-0.6, -0.75], [-0.7, -1.35], [-0.3, -1.0], [0, -1.45], [0.3, -1.0], [0.7, -1.35],
                 [0.6, -0.75]], colour)  # fmt: skip
        elif self.hat == "band":
            brush.stroke([[x - wide, y - 0.5 * radius], [x, y - 0.56 * radius],
                          [x + wide, y - 0.5 * radius]], colour, 0.16 * radius)  # fmt: skip
        elif self.hat == "hood":
            if self.facing > 0:
                rim = np.stack(
                    [x + wide * 1.12 * np.cos(dome), y + 1.12 * radius * np.sin(dome)], 1
                )
                brush.stroke(rim, colour, 0.28 * radius)
            else:
                brush.ellipse(x, y, wide * 1.25, radius * 1.22, colour)
