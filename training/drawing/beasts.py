"""Figures on four legs, and those of no common plan: ponies, dogs, dragons, blobs, birds, fish."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.drawing.brush import Brush, Marking, Ribbon, round_off, sample_markings
from training.drawing.colours import (
    BLACK,
    WHITE,
    Colour,
    Palette,
    lighten,
    sample_hair_colour,
    sample_paint,
)
from training.drawing.faces import sample_mood
from training.drawing.heads import HeadDrawing
from training.drawing.people import bend_limb
from training.drawing.traits import Head
from training.drawing.views import name_view


@dataclass(frozen=True)
class Beast:
    """A body on four legs."""

    coat: Colour
    length: float
    """Half the trunk's, in units of its height."""
    height: float
    legs: float
    leg_width: float
    neck: float
    head: float
    snout: float
    mane: float
    """Size of the mane, 0 for none."""
    tail: tuple[float, float, bool]
    """Length, width and whether it hangs."""
    socks: Colour | None
    hooves: Colour
    belly: Colour
    badge: tuple[int, Colour] | None
    """Corners and colour of a mark on the flank."""
    wings: Colour | None
    horn: Colour | None
    collar: Colour | None
    saddle: Colour | None
    markings: tuple[Marking, ...]


def sample_beast(rng: np.random.Generator, palette: Palette) -> Beast:
    """Draw a random body on four legs."""
    coat = sample_paint(rng, palette) if rng.random() < 0.6 else sample_hair_colour(rng, palette)
    return Beast(
        coat=coat,
        length=rng.uniform(1.0, 2.1),
        height=rng.uniform(0.6, 1.1),
        legs=rng.uniform(0.8, 2.2),
        leg_width=rng.uniform(0.18, 0.42),
        neck=rng.uniform(0.1, 1.4),
        head=rng.uniform(0.55, 1.5),
        snout=rng.uniform(0.2, 1.0),
        mane=rng.uniform(0.5, 1.4) if rng.random() < 0.65 else 0.0,
        tail=(rng.uniform(0.6, 2.4), rng.uniform(0.1, 0.5), rng.random() < 0.6),
        socks=sample_paint(rng, palette) if rng.random() < 0.3 else None,
        hooves=sample_paint(rng, palette) if rng.random() < 0.4 else coat * 0.8,
        belly=lighten(coat, rng.uniform(-0.2, 0.4)),
        badge=(int(rng.integers(3, 9)), sample_paint(rng, palette))
        if rng.random() < 0.45
        else None,
        wings=sample_paint(rng, palette) if rng.random() < 0.2 else None,
        horn=sample_paint(rng, palette) if rng.random() < 0.2 else None,
        collar=sample_paint(rng, palette) if rng.random() < 0.25 else None,
        saddle=sample_paint(rng, palette) if rng.random() < 0.15 else None,
        markings=sample_markings(rng, palette),
    )


def draw_beast(brush: Brush, beast: Beast, head: Head, rng: np.random.Generator) -> str:
    """Draw one pose with the trunk's middle at 0; returns the view of the trunk."""
    mood = sample_mood(rng)
    view = rng.choice(["side", "quarter", "front", "back"], p=[0.5, 0.28, 0.13, 0.09])
    squeeze = {"side": 1.0, "quarter": 0.72, "front": 0.18, "back": 0.18}[str(view)]
    half, high, coat = beast.length * squeeze, beast.height, beast.coat
    lift = rng.normal(0, 0.12) if rng.random() < 0.75 else rng.uniform(-0.7, 0.5)
    lies, runs = rng.random() < 0.08, rng.random() < 0.3
    depth = 0.3 if view == "side" else 0.55

    def draw_leg(x: float, aside: float, colour: Colour) -> None:
        y = high * 0.5 - lift * x / max(beast.length, 1)
        swing = rng.normal(0, 0.55 if runs else 0.16)
        lower = swing - abs(rng.normal(0, 0.5 if runs else 0.12))
        length = beast.legs * (0.45 if lies else 1.0)
        if view in ("front", "back"):
            swing, lower = swing * 0.2, lower * 0.2
        leg = Ribbon(bend_limb(x + aside, y, length, swing, lower),
                     np.array([1.35, 1.1, 0.9, 0.85, 1.0]) * beast.leg_width)  # fmt: skip
        brush.ribbon(leg, colour)
        if beast.socks is not None:
            brush.ribbon(leg, beast.socks, span=(0.6, 1))
        brush.ribbon(leg, beast.hooves, span=(0.85, 1))

    def draw_wing(colour: Colour) -> None:
        if beast.wings is None:
            return
        up = rng.uniform(-0.6, 0.6)
        brush.area(round_off([[0.1, -0.2], [-0.6, -1.5 - up], [-2 * squeeze - 0.3, -1.5 - up],
                              [-1.1 * squeeze, -0.1]]), colour)  # fmt: skip

    def draw_tail() -> None:
        length, wide, hangs = beast.tail
        swing, down = rng.normal(0, 0.25) + mood.wind * 0.2, 1.0 if hangs else -0.8
        start = [-half, -0.1 + lift]
        tail = Ribbon([start, [-half - 0.4 * length * squeeze, start[1] - 0.15 + down * 0.1],
                       [-half - 0.6 * length * squeeze, start[1] + down * 0.5 * length],
                       [-half - (0.5 + swing) * length * squeeze, start[1] + down * length]],
                      np.array([0.5, 1.0, 1.1, 0.1]) * wide)  # fmt: skip
        brush.ribbon(tail, head.hair)
        if head.streak is not None:
            brush.ribbon(Ribbon(tail.middle, tail.halves * 0.4), head.streak, outline=False)

    if view != "back":
        draw_tail()
    spread = high * 0.45 if view in ("front", "back") else 0.0
    draw_leg(-half * 0.8, depth * 0.6 - spread, coat * 0.88)
    draw_leg(half * 0.72, depth * 0.6 + spread, coat * 0.88)
    draw_wing(beast.wings * 0.88 if beast.wings is not None else coat)
    trunk = Ribbon([[-half * 1.05, lift + 0.02], [-half * 0.4, lift * 0.4],
                    [half * 0.4, -lift * 0.4 + 0.04], [half, -lift - 0.04]],
                   np.array([0.78, 1.0, 0.94, 0.86]) * high)  # fmt: skip
    for x, y, wide, size in ((-half, lift, 0.5, 0.76), (half, -lift, 0.45, 0.84)):
        brush.ellipse(x, y, max(wide * high, 0.75 * high * (1 - squeeze)), size * high, coat)
    brush.ribbon(trunk, coat, beast.markings, 0.0, outline=squeeze > 0.5)
    if squeeze < 0.5:
        brush.ellipse(0, 0.05, 0.8 * high, 0.95 * high, coat)
        if view != "back":
            brush.ellipse(0, 0.15, 0.45 * high, 0.65 * high, beast.belly, False)
    if beast.saddle is not None and squeeze > 0.5:
        brush.ribbon(trunk, beast.saddle, span=(0.35, 0.65))
    if beast.badge is not None and view in ("side", "quarter"):
        corners, colour = beast.badge
        brush.ellipse(-half * 0.75, lift * 0.7 - 0.05, 0.32 * high, 0.32 * high, colour, False,
                      corners)  # fmt: skip
    draw_leg(-half * 0.9, -0.05 - spread * 0.3, coat)
    draw_leg(half * 0.85, -0.05 + spread * 0.3, coat)
    draw_wing(beast.wings if beast.wings is not None else coat)

    radius = beast.head * 0.75
    base = np.array([half * 0.85, -lift - high * 0.3])
    nod = rng.uniform(0.6, 1.15)
    forward = 0.5 if squeeze > 0.5 else 0.05
    rise = beast.neck * nod + radius * 0.7 + 0.1
    top = base + np.array([forward * (0.3 + beast.neck * 0.5), -rise])
    yaw = {"side": rng.uniform(40, 88), "quarter": rng.uniform(15, 60),
           "front": rng.normal(0, 18), "back": rng.uniform(150, 210)}[str(view)]  # fmt: skip
    neck = Ribbon([base, (base + top) / 2, top], np.array([0.62 * high, 0.5 * high, radius * 0.5]))
    brush.ribbon(neck, coat)
    if beast.collar is not None:
        brush.ribbon(neck, beast.collar, span=(0.25, 0.5))
    if view == "back":
        skull_first = HeadDrawing(brush, head, top[0], top[1], radius, yaw, mood)
        skull_first.draw_behind()
        skull_first.draw()
        if beast.mane:
            crest = [[top[0], top[1] - radius], (base + top) / 2, base]
            brush.ribbon(Ribbon(crest, np.array([0.3, 0.4, 0.3]) * beast.mane * radius), head.hair)
        # The rump is nearer than the neck.
        brush.ellipse(0, 0.05, 0.8 * high, 0.95 * high, coat)
        draw_tail()
        return "back"
    if beast.mane:
        size = beast.mane * radius
        mane = Ribbon([[top[0] - 0.05, top[1] - radius * 1.05],
                       [top[0] - size * 0.85, top[1] - radius * 0.5],
                       [(base[0] + top[0]) / 2 - size * 0.75, (base[1] + top[1]) / 2],
                       [base[0] - size * 0.5 + mood.wind * 0.2, base[1] + 0.2 * size]],
                      np.array([0.2, 0.5, 0.55, 0.12]) * size)  # fmt: skip
        brush.ribbon(mane, head.hair)
        if head.streak is not None:
            brush.ribbon(Ribbon(mane.middle, mane.halves * 0.4), head.streak, outline=False)
    angle = math.radians(yaw)
    snout = (top[0] + radius * 0.8 * math.sin(angle), top[1] + radius * 0.38)
    drawing = HeadDrawing(brush, head, top[0], top[1], radius, yaw, mood)
    drawing.draw_behind()
    brush.ellipse(*snout, radius * (0.3 + 0.5 * beast.snout * abs(math.sin(angle)) + 0.15),
                  radius * 0.42, coat)  # fmt: skip
    drawing.draw()
    brush.ellipse(snout[0], snout[1] + 0.05 * radius,
                  radius * (0.22 + 0.4 * beast.snout * abs(math.sin(angle))), radius * 0.3,
                  beast.belly, False)  # fmt: skip
    nostril = snout[0] + radius * 0.3 * beast.snout * math.sin(angle)
    brush.ellipse(nostril, snout[1] - 0.05 * radius, 0.05 * radius, 0.05 * radius, BLACK, False, 6)
    if beast.horn is not None:
        tip = [top[0] + 0.5 * radius * math.sin(angle), top[1] - 2.0 * radius]
        brush.ribbon(Ribbon([[top[0] + 0.3 * radius * math.sin(angle), top[1] - 0.8 * radius], tip],
                            [0.14 * radius, 0.02]), beast.horn)  # fmt: skip
    return "front" if view == "front" else "side"


@dataclass(frozen=True)
class Creature:
    """A body of no common plan: a lump with limbs of any number, fins, wings, eyes."""

    skin: Colour
    second: Colour
    width: float
    height: float
    outline: tuple[float, ...]
    limbs: int
    limb_length: float
    limb_width: float
    limb_seed: int
    eyes: int
    eye_size: float
    eye_white: bool
    belly: bool
    spikes: int
    wings: Colour | None
    tail: float
    mouth: float
    beak: Colour | None
    own_head: float
    """Size of a head of its own on top, 0 for a face on the body."""
    markings: tuple[Marking, ...]


def sample_creature(rng: np.random.Generator, palette: Palette) -> Creature:
    """Draw a random creature."""
    rough = rng.uniform(0.03, 0.25)
    return Creature(
        skin=sample_paint(rng, palette),
        second=sample_paint(rng, palette),
        width=rng.uniform(0.9, 2.2),
        height=rng.uniform(0.9, 2.2),
        outline=tuple(1 + rng.uniform(-rough, rough, int(rng.integers(6, 13)))),
        limbs=int(rng.integers(0, 5)),
        limb_length=rng.uniform(0.5, 1.8),
        limb_width=rng.uniform(0.15, 0.5),
        limb_seed=int(rng.integers(1 << 30)),
        eyes=int(rng.choice([1, 2, 2, 2, 3])),
        eye_size=rng.uniform(0.12, 0.35),
        eye_white=rng.random() < 0.7,
        belly=rng.random() < 0.45,
        spikes=int(rng.integers(3, 9)) if rng.random() < 0.25 else 0,
        wings=sample_paint(rng, palette) if rng.random() < 0.2 else None,
        tail=rng.uniform(0.5, 1.5) if rng.random() < 0.4 else 0.0,
        mouth=rng.uniform(0.2, 0.7),
        beak=sample_paint(rng, palette) if rng.random() < 0.2 else None,
        own_head=rng.uniform(0.6, 1.1) if rng.random() < 0.3 else 0.0,
        markings=sample_markings(rng, palette),
    )


def draw_creature(brush: Brush, creature: Creature, head: Head, rng: np.random.Generator) -> str:
    """Draw one pose; the body's middle is at 0. Returns the view."""
    mood = sample_mood(rng)
    squash = rng.uniform(0.88, 1.12)
    yaw = rng.normal(0, 30) if rng.random() < 0.85 else rng.uniform(120, 240)
    turn, facing = math.sin(math.radians(yaw)), math.cos(math.radians(yaw))
    wide, high = creature.width * squash, creature.height / squash
    fixed = np.random.default_rng(creature.limb_seed)
    if creature.tail:
        side = -1 if turn >= 0 else 1
        swing = rng.normal(0, 0.3)
        brush.ribbon(Ribbon([[0, high * 0.6], [side * wide, high * 0.8],
                             [side * (wide + creature.tail), high * (0.4 + swing)]],
                            [0.3, 0.25, 0.05]), creature.second)  # fmt: skip
    if creature.wings is not None:
        up = rng.uniform(-0.6, 0.5)
        for side in (-1, 1):
            brush.area(round_off([[side * wide * 0.5, -0.1], [side * wide * 1.3, -high * 0.8 - up],
                                  [side * wide * 2, -high * 0.5 - up], [side * wide, high * 0.4]]),
                       creature.wings)  # fmt: skip
    for _ in range(creature.limbs):
        place, colour = fixed.uniform(-0.4, math.pi + 0.4), (creature.skin, creature.second)[
            int(fixed.integers(2))]  # fmt: skip
        length = creature.limb_length * fixed.uniform(0.6, 1.4)
        width, tip = creature.limb_width * fixed.uniform(0.6, 1.4), fixed.uniform(0.2, 1.2)
        for side in (-1, 1):
            first = place + rng.normal(0, 0.3)
            second = first + rng.normal(0, 0.5)
            start = np.array([side * wide * 0.8 * math.cos(place), high * 0.8 * math.sin(place)])
            knee = start + length * 0.6 * np.array([side * math.cos(first), math.sin(first)])
            end = knee + length * 0.6 * np.array([side * math.cos(second), math.sin(second)])
            brush.ribbon(Ribbon([start, knee, end], np.array([1, 0.9, tip]) * width), colour)
            if tip > 0.7:
                brush.ellipse(*end, width * tip, width * tip, creature.second)
    if creature.spikes:
        for angle in np.linspace(-2.6, -0.5, creature.spikes):
            foot = np.array([wide * math.cos(angle), high * math.sin(angle)])
            aside = np.array([-foot[1], foot[0]]) * 0.12
            brush.area([foot + aside, foot * 1.35, foot - aside], creature.second)
    angle = np.linspace(0, 2 * np.pi, len(creature.outline), endpoint=False)
    ring = np.stack([wide * np.cos(angle), high * np.sin(angle)], 1)
    brush.area(round_off(ring * np.array(creature.outline)[:, None]), creature.skin)
    trunk = Ribbon([[0, -high * 0.75], [0, 0], [0, high * 0.75]],
                   np.array([0.55, 0.8, 0.55]) * wide * min(creature.outline))  # fmt: skip
    brush.ribbon(trunk, creature.skin, creature.markings, yaw, outline=False)
    if creature.belly and facing > 0:
        brush.ellipse(wide * 0.3 * turn, high * 0.3, wide * 0.5, high * 0.5, creature.second, False)
    if creature.own_head:
        radius = creature.own_head
        drawing = HeadDrawing(
            brush, head, wide * 0.15 * turn, -high - radius * 0.6, radius, yaw, mood
        )
        drawing.draw_behind()
        drawing.draw()
        return name_view(yaw)
    for index in range(creature.eyes):
        azimuth = math.radians((index - (creature.eyes - 1) / 2) * 45 + yaw)
        depth = math.cos(azimuth)
        if depth < 0.15:
            continue
        x, y, size = wide * 0.75 * math.sin(azimuth), -high * 0.3, creature.eye_size * wide
        if mood.closed:
            brush.stroke([[x - size, y], [x + size, y]], BLACK, 0.07)
            continue
        brush.ellipse(x, y, size * depth, size * mood.opening,
                      WHITE if creature.eye_white else head.eyes, True, 11)  # fmt: skip
        brush.ellipse(x + mood.look[0] * size * 0.3, y, size * 0.5 * depth, size * 0.5,
                      head.eyes * 0.5 if creature.eye_white else BLACK, False, 8)  # fmt: skip
    x = wide * 0.7 * turn
    if facing > 0 and creature.beak is not None:
        brush.area([[x - 0.3, 0.0], [x + 0.3, 0.0], [x + 0.5 * turn, 0.5]], creature.beak)
    elif facing > 0:
        half, drop = creature.mouth * wide * mood.mouth_width, 0.3 * mood.mouth_open * high
        brush.area(round_off([[x - half, 0.2 * high], [x + half, 0.2 * high],
                              [x, 0.25 * high + drop]], 1), BLACK, False)  # fmt: skip
    return name_view(yaw)
