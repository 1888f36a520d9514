"""Figures on two legs: people of any measure, robots, animals that walk upright."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from training.drawing.brush import Brush, Ribbon, round_off
from training.drawing.colours import Colour, lighten
from training.drawing.faces import sample_mood
from training.drawing.heads import HeadDrawing
from training.drawing.traits import Body, Clothes, Head
from training.drawing.views import name_view

FRAMINGS = ("full", "knees", "waist", "bust", "head")
FRAMING_ODDS = (0.40, 0.12, 0.20, 0.20, 0.08)
HAT_OFF_ODDS = 0.3


def bend_limb(
    x: float, y: float, length: float, upper: float, lower: float, n: int = 5
) -> np.ndarray:
    """Middle line of a limb of two parts at angles from straight down, shape (n, 2)."""
    knee = np.array([x + length / 2 * math.sin(upper), y + length / 2 * math.cos(upper)])
    tip = knee + length / 2 * np.array([math.sin(lower), math.cos(lower)])
    first = np.linspace([x, y], knee, n // 2 + 1)
    return np.concatenate([first, np.linspace(knee, tip, n - n // 2)[1:]]).astype(np.float32)


def sample_yaw(rng: np.random.Generator) -> float:
    """Draw a turn in degrees: front, three quarters, side or back."""
    kind, side = rng.random(), rng.choice([-1, 1])
    if kind < 0.40:
        return float(rng.normal(0, 16))
    if kind < 0.62:
        return float(side * rng.uniform(25, 65))
    if kind < 0.80:
        return float(side * rng.uniform(70, 105))
    return float(rng.uniform(130, 230))


def measure_person(body: Body, framing: str) -> tuple[float, float]:
    """Top and bottom of a framing in drawing units; the base of the neck is at 0."""
    top = -(2.05 * body.head + body.neck)
    bottom = {
        "full": body.torso + body.legs + 0.4,
        "knees": body.torso + body.legs * 0.5,
        "waist": body.torso * 0.95,
        "bust": body.torso * 0.5,
        "head": body.torso * 0.18,
    }[framing]
    return top, bottom


def draw_person(
    brush: Brush, body: Body, head: Head, clothes: Clothes, rng: np.random.Generator
) -> str:
    """Draw one pose; everything that is not a trait comes from `rng`. Returns the view."""
    drawing = PersonDrawing(brush, body, head, clothes, rng)
    drawing.draw()
    return name_view(drawing.yaw)


class PersonDrawing:
    """One person in one pose."""

    def __init__(
        self, brush: Brush, body: Body, head: Head, clothes: Clothes, rng: np.random.Generator
    ) -> None:
        self.brush, self.body, self.clothes, self.rng = brush, body, clothes, rng
        self.yaw = sample_yaw(rng)
        self.facing = math.cos(math.radians(self.yaw))
        self.sideways = math.sin(math.radians(self.yaw))
        self.from_behind = self.facing < -0.2
        narrow = 0.6 + 0.4 * abs(self.facing)
        self.mood = sample_mood(rng)
        self.lean = rng.normal(0, 0.1) * body.torso
        self.shoulder, self.hip = body.shoulders * narrow, body.hips * narrow
        waist = min(body.waist, 1.6) * narrow
        chest = self.shoulder * 0.92 + body.bust * abs(self.sideways)
        self.torso = Ribbon(
            [[self.lean, 0], [self.lean * 0.7, body.torso * 0.33],
             [self.lean * 0.4, body.torso * 0.66], [0, body.torso]],
            [self.shoulder * 0.86, chest, waist, self.hip],
        )  # fmt: skip
        self.sits = rng.random() < 0.09
        self.walks = rng.random() < 0.25
        x = self.lean * 1.3 + self.sideways * 0.15 * body.head
        y = -body.neck - 0.92 * body.head + rng.normal(0, 0.04)
        self.head = HeadDrawing(
            brush, head, x, y, body.head, self.yaw + rng.normal(0, 12), self.mood,
            has_hat=rng.random() > HAT_OFF_ODDS or head.hat == "none",
        )  # fmt: skip

    def draw(self) -> None:
        """Draw from the farthest to the nearest."""
        far = -1 if self.sideways > 0 else 1
        over = [self.rng.random() < 0.5, self.rng.random() < 0.5]
        turned = abs(self.sideways) > 0.35
        if not self.from_behind:
            self._draw_cape()
            self._draw_wings()
            self._draw_tail()
            self.head.draw_behind()
        behind = (
            [far] if turned else [side for side, now in zip((-1, 1), over, strict=True) if not now]
        )
        for side in behind:
            self._draw_arm(side)
        for side in (far, -far):
            self._draw_leg(side)
        self._draw_trunk()
        if self.from_behind:
            self._draw_cape()
            self._draw_wings()
            self._draw_tail()
            self.head.draw_behind()
        before: list[Callable[[], None]] = [self.head.draw]
        for side in (-1, 1):
            if side not in behind:
                before.append(lambda side=side: self._draw_arm(side))
        for draw in before if self.rng.random() < 0.6 else before[::-1]:
            draw()

    def _draw_trunk(self) -> None:
        body, clothes, brush, yaw = self.body, self.clothes, self.brush, self.yaw
        skin, long = self.head.head.skin, body.torso
        if body.neck > 0:
            wide = 0.16 + 0.2 * min(body.head, 1)
            neck = [[self.lean - wide, -body.neck - 0.3], [self.lean + wide, -body.neck - 0.3],
                    [self.lean + wide * 1.2, 0.15], [self.lean - wide * 1.2, 0.15]]  # fmt: skip
            brush.area(neck, skin * 0.93)
        brush.ribbon(self.torso, clothes.top, clothes.top_markings, yaw)
        self._draw_lower()
        if clothes.jacket is not None:
            flap = Ribbon(self.torso.middle, self.torso.halves * 1.07)
            for left, right in ((-180, -28), (28, 180)):
                self._draw_panel(flap, left, right, clothes.jacket)
        if clothes.belt is not None:
            brush.ribbon(self.torso, clothes.belt, span=(0.74, 0.85))
        if clothes.buttons is not None and self.facing > 0.2:
            for along in (0.22, 0.42, 0.62):
                x, y = self.torso.at(np.array(along), math.sin(math.radians(yaw)) * 0.9)
                brush.ellipse(x, y, 0.09, 0.09, clothes.buttons, False, 7)
        self._draw_collar(long)

    def _draw_panel(self, surface: Ribbon, left: float, right: float, colour: Colour) -> None:
        """Draw a piece of cloth between two azimuths; -180 and 180 lie together at the back."""
        centre = ((left + right) / 2 + self.yaw + 180) % 360 - 180
        half = (right - left) / 2
        low, high = max(centre - half, -90), min(centre + half, 90)
        if high - low < 4:
            return
        across = (math.sin(math.radians(low)), math.sin(math.radians(high)))
        self.brush.area(surface.patch(0.02, 0.97, *across, 5), colour)

    def _draw_lower(self) -> None:
        body, clothes, brush = self.body, self.clothes, self.brush
        long, hip = body.torso, self.hip
        if clothes.lower in ("skirt", "dress", "robe"):
            length = body.legs * (0.93 if clothes.lower == "robe" else clothes.hem)
            sway = self.mood.wind * 0.25
            flare = clothes.flare
            skirt = Ribbon(
                [[self.lean * 0.4, long * 0.62], [0, long * 0.95],
                 [sway * 0.5, long * 0.95 + length / 2], [sway, long * 0.95 + length]],
                [float(np.interp(0.62, [0, 0.33, 0.66, 1], self.torso.halves)) * 1.03, hip * 1.1,
                 hip * (1.1 + (flare - 1) * 0.6), hip * flare],
            )  # fmt: skip
            colour = clothes.bottom if clothes.lower == "skirt" else clothes.top
            brush.ribbon(skirt, colour, clothes.bottom_markings, self.yaw)
        else:
            seat = Ribbon([[0, long * 0.84], [0, long * 1.06]], [hip * 0.99, hip])
            brush.ribbon(seat, clothes.bottom, outline=False)

    def _draw_collar(self, long: float) -> None:
        clothes, brush, colour = self.clothes, self.brush, self.clothes.collar_colour
        kind, x = clothes.collar, self.lean
        wide, turn = self.shoulder, self.sideways * 0.4 * self.shoulder
        if kind == "scarf":
            brush.ellipse(x, -0.05, 0.55 * wide + 0.12, 0.28, colour)
            hang = [[x + turn + 0.2, 0], [x + turn + 0.3, long * 0.3],
                    [x + turn + 0.3 + self.mood.wind * 0.4, long * 0.55]]  # fmt: skip
            brush.ribbon(Ribbon(hang, [0.17, 0.2, 0.2]), colour)
        elif self.from_behind:
            if kind == "sailor":
                brush.area([[x - wide * 0.8, 0], [x + wide * 0.8, 0], [x + wide * 0.7, long * 0.35],
                            [x - wide * 0.7, long * 0.35]], colour)  # fmt: skip
        elif kind in ("v", "lapels"):
            inner = self.head.head.skin if kind == "v" else lighten(colour, 0.5)
            brush.area([[x - 0.42 * wide, 0], [x + 0.42 * wide, 0], [x + turn, long * 0.4]],
                       inner, False)  # fmt: skip
            if kind == "lapels":
                for side in (-1, 1):
                    brush.area([[x + side * 0.5 * wide, -0.02], [x + side * 0.24 * wide, -0.02],
                                [x + turn, long * 0.42],
                                [x + turn + side * 0.32 * wide, long * 0.2]],
                               colour)  # fmt: skip
        elif kind == "round":
            brush.ellipse(x, 0.03, 0.5 * wide, 0.08 * long, colour, True, 9)
        elif kind == "sailor":
            brush.area([[x - wide * 0.8, 0], [x + wide * 0.8, 0], [x + turn + 0.1, long * 0.38],
                        [x + turn - 0.1, long * 0.38]], colour)  # fmt: skip
        elif kind == "tie":
            brush.area([[x + turn * 0.5 - 0.1, 0], [x + turn * 0.5 + 0.1, 0],
                        [x + turn + 0.15, long * 0.5], [x + turn, long * 0.58],
                        [x + turn - 0.15, long * 0.5]], colour)  # fmt: skip
        elif kind == "bow":
            for side in (-1, 1):
                brush.area([[x + turn, 0.12], [x + turn + side * 0.4, -0.08],
                            [x + turn + side * 0.4, 0.35]], colour)  # fmt: skip

    def _draw_arm(self, side: int) -> None:
        body, clothes, brush, rng = self.body, self.clothes, self.brush, self.rng
        upper = (
            side * abs(rng.normal(0.3, 0.4)) if rng.random() < 0.7 else side * rng.uniform(0.8, 2.8)
        )
        if abs(self.sideways) > 0.6:
            upper = rng.normal(0, 0.7)
        bend = abs(rng.normal(0.3, 0.6)) * (1 if abs(self.sideways) > 0.3 else -side)
        lower = upper + bend * (1 if self.sideways >= 0 else -1)
        x = self.lean + side * body.shoulders * self.facing * 0.9
        y = body.torso * 0.1
        width = body.arm_width
        arm = Ribbon(bend_limb(x, y, body.arms, upper, lower),
                     np.array([1.15, 1.05, 1.0, 0.92, 0.8]) * width)  # fmt: skip
        hand_x, hand_y = arm.middle[-1]
        skin = self.head.head.skin
        hand = clothes.gloves if clothes.gloves is not None else skin
        if clothes.thing == "stick" and side == 1:
            brush.stroke([[hand_x - 0.5, hand_y + 1.2], [hand_x + 0.6, hand_y - 2.2]],
                         clothes.thing_colour, 0.16)  # fmt: skip
        brush.ellipse(hand_x, hand_y, width * 1.05, width * 1.05, hand, True, 9)
        if body.plates:
            self._draw_plates(arm, clothes.sleeves, width)
        else:
            brush.ribbon(arm, skin)
            if clothes.sleeve_length > 0:
                loose = np.linspace(1.06, clothes.sleeve_width, 5)
                sleeve = Ribbon(arm.middle, arm.halves * loose)
                end = clothes.sleeve_length
                brush.ribbon(sleeve, clothes.sleeves, clothes.sleeve_markings, self.yaw, (0, end))
                if clothes.cuffs is not None:
                    brush.ribbon(sleeve, clothes.cuffs, span=(max(0, end - 0.12), end))
        thing, colour = clothes.thing, clothes.thing_colour
        if side == -1:
            if thing == "shield":
                brush.ellipse(hand_x, hand_y - 0.1, 0.8, 0.95, colour)
            elif thing == "ball":
                brush.ellipse(hand_x, hand_y, 0.5, 0.5, colour)
            elif thing == "bag":
                brush.area([[hand_x - 0.5, hand_y], [hand_x + 0.5, hand_y],
                            [hand_x + 0.6, hand_y + 0.9], [hand_x - 0.6, hand_y + 0.9]],
                           colour)  # fmt: skip

    def _draw_plates(self, limb: Ribbon, colour: Colour, width: float) -> None:
        """Draw a robot's limb: two boxes and a joint."""
        for span in ((0.05, 0.45), (0.55, 0.97)):
            self.brush.ribbon(limb, colour, self.clothes.sleeve_markings, self.yaw, span)
        x, y = limb.middle[len(limb.middle) // 2]
        self.brush.ellipse(x, y, width * 0.8, width * 0.8, colour * 0.6, True, 8)

    def _draw_leg(self, side: int) -> None:
        body, clothes, brush, rng = self.body, self.clothes, self.brush, self.rng
        spread = side * abs(rng.normal(0.07, 0.1)) * self.facing
        moves = self.walks or abs(self.sideways) > 0.5
        upper = spread + (rng.normal(0, 0.4) if moves else rng.normal(0, 0.05))
        lower = upper * 0.5 + rng.normal(0, 0.12)
        if self.sits:
            ahead = 1.2 * (1 if self.sideways >= 0 else -1) if abs(self.sideways) > 0.4 else 0.0
            upper, lower = side * 0.4 * self.facing + ahead, 0.1
        width = body.leg_width
        leg = Ribbon(
            bend_limb(side * body.hips * 0.5 * self.facing, body.torso * 0.95,
                      body.legs, upper, lower),
            np.array([1.2, 1.1, 1.0, 0.9, 0.75]) * width,
        )  # fmt: skip
        x, y = leg.middle[-1]
        if body.plates:
            self._draw_plates(leg, clothes.bottom, width)
        else:
            brush.ribbon(leg, self.head.head.skin)
            if clothes.sock_height:
                brush.ribbon(leg, clothes.socks, span=(1 - clothes.sock_height, 1))
            if clothes.lower in ("trousers", "wide"):
                loose = np.linspace(1.05, 1.8 if clothes.lower == "wide" else 1.15, 5)
                cloth = Ribbon(leg.middle, leg.halves * loose)
                brush.ribbon(cloth, clothes.bottom, clothes.bottom_markings, self.yaw, (0, 0.94))
            elif clothes.lower == "shorts":
                cloth = Ribbon(leg.middle, leg.halves * 1.12)
                brush.ribbon(cloth, clothes.bottom, clothes.bottom_markings, self.yaw, (0, 0.42))
        brush.ribbon(leg, clothes.shoes, span=(1 - clothes.shoe_height, 1))
        toe = self.sideways if abs(self.sideways) > 0.3 else side * 0.3
        brush.ellipse(x + toe * 0.28, y, width * (0.9 + 0.5 * abs(self.sideways)), width * 0.6,
                      clothes.shoes, True, 9)  # fmt: skip

    def _draw_cape(self) -> None:
        if self.clothes.cape is None:
            return
        share, colour = self.clothes.cape
        length = share * (self.body.torso + self.body.legs)
        wide, sway = self.shoulder, self.mood.wind * 0.5
        self.brush.area(round_off([
            [self.lean - wide, 0], [self.lean + wide, 0], [wide * 1.5 + sway, length],
            [sway, length * 1.05], [-wide * 1.5 + sway, length],
        ], 1), colour)  # fmt: skip

    def _draw_wings(self) -> None:
        if self.body.wings is None:
            return
        lift, long = self.rng.uniform(-0.4, 0.5), self.body.torso
        for side in (-1, 1):
            wing = np.array([[0, long * 0.2], [side * 1.2, -0.8 - lift],
                             [side * 2.6, -1 - 2 * lift], [side * 2.4, 0.8 - lift],
                             [side * 1.2, long * 0.5]])  # fmt: skip
            self.brush.area(round_off(wing * [max(0.35, abs(self.facing)), 1]), self.body.wings)

    def _draw_tail(self) -> None:
        if self.body.tail is None:
            return
        thick, colour = self.body.tail
        side = -np.sign(self.sideways) if abs(self.sideways) > 0.2 else self.rng.choice([-1, 1])
        lift, long = self.rng.normal(0, 0.4), self.body.torso
        self.brush.ribbon(
            Ribbon([[0, long * 0.95], [side * 0.8, long * 1.05 + lift / 2],
                    [side * 1.5, long * 0.9 + lift], [side * 2, long * 0.6 + lift]],
                   np.array([0.6, 0.9, 1.0, 0.3]) * thick),
            colour,
        )  # fmt: skip
