"""What makes a fast-drawn identity: head, body and clothes, each a frozen set of traits.

Lengths are in units of half a shoulder's width; a head's own lengths in parts of its radius.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.drawing.brush import Marking, sample_markings
from training.drawing.colours import (
    Colour,
    Palette,
    from_hsv,
    lighten,
    mix,
    sample_hair_colour,
    sample_paint,
    sample_skin,
)

FACES = ("anime", "dots", "round", "fine", "plain", "visor")
"""How a show draws eyes: tall irises, dots, white balls, thin lines, small, a robot's visor."""
BANGS = ("none", "spikes", "straight", "swept", "parted", "curtain")
BACKS = ("none", "short", "bob", "long", "very long", "spiky", "afro", "curly")
TAILS = ("none", "twin", "pony", "buns", "side", "braid")
HATS = ("none", "cap", "tall", "hood", "beret", "helmet", "crown", "brim", "band")
EARS = ("none", "cat", "long", "round", "horns", "elf", "antennae", "floppy")
LOWERS = ("trousers", "shorts", "skirt", "dress", "robe", "wide")
COLLARS = ("none", "v", "round", "sailor", "scarf", "lapels", "bow", "tie")
THINGS = ("none", "stick", "bag", "shield", "ball")


def pick(rng: np.random.Generator, options: tuple[str, ...], first: float) -> str:
    """Take the first option with a chance of its own, any of the others otherwise."""
    return options[0] if rng.random() < first else options[int(rng.integers(1, len(options)))]


@dataclass(frozen=True)
class Head:
    """A head with its hair and what it wears."""

    skin: Colour
    hair: Colour
    streak: Colour | None
    face: str
    width: float
    chin: float
    muzzle: float
    eyes: Colour
    eye_size: float
    eye_height: float
    eye_apart: float
    """Degrees from the middle."""
    eye_y: float
    lashes: float
    brows: float
    nose: str
    blush: bool
    mark: tuple[float, float, Colour] | None
    """Azimuth, height and colour of a scar, a bindi, a patch."""
    lips: Colour | None
    bangs: str
    bangs_length: float
    bangs_count: int
    back: str
    back_width: float
    back_length: float
    wave: float
    tails: str
    tail_length: float
    tail_width: float
    seed: int
    shine: bool
    ears: str
    ear_colour: Colour
    beard: float
    glasses: Colour | None
    mask: Colour | None
    bow: tuple[float, float, Colour] | None
    """Azimuth, size and colour."""
    hat: str
    hat_colour: Colour
    hat_trim: Colour


def sample_head(rng: np.random.Generator, palette: Palette, face: str) -> Head:
    """Draw a random head for a show that draws faces in one way."""
    hair = sample_hair_colour(rng, palette)
    skin = sample_skin(rng, palette)
    bangs = pick(rng, BANGS, 0.12)
    return Head(
        skin=skin,
        hair=hair,
        streak=sample_hair_colour(rng, palette) if rng.random() < 0.14 else None,
        face=face,
        width=rng.uniform(0.8, 1.15),
        chin=rng.uniform(0.3, 0.95),
        muzzle=rng.uniform(0.3, 1.0) if rng.random() < 0.1 else 0.0,
        eyes=sample_paint(rng, palette) if rng.random() < 0.7 else lighten(hair, -0.4),
        eye_size=rng.uniform(0.11, 0.3),
        eye_height=rng.uniform(0.8, 1.9),
        eye_apart=rng.uniform(20, 42),
        eye_y=rng.uniform(-0.1, 0.25),
        lashes=rng.uniform(0.02, 0.09),
        brows=rng.uniform(0.03, 0.12) if rng.random() < 0.7 else 0.0,
        nose=str(rng.choice(["none", "dot", "line", "big"])),
        blush=rng.random() < 0.2,
        mark=(rng.uniform(-45, 45), rng.uniform(-0.5, 0.6), sample_paint(rng, palette))
        if rng.random() < 0.12
        else None,
        lips=from_hsv(rng.uniform(0.93, 1.02), rng.uniform(0.4, 0.8), rng.uniform(0.5, 0.9))
        if rng.random() < 0.2
        else None,
        bangs=bangs,
        bangs_length=rng.uniform(0.2, 0.85),
        bangs_count=int(rng.integers(3, 10)),
        back="none" if bangs == "none" and rng.random() < 0.5 else pick(rng, BACKS, 0.05),
        back_width=rng.uniform(1.04, 1.5),
        back_length=rng.uniform(0.5, 1.3),
        wave=rng.uniform(0.05, 0.22) if rng.random() < 0.4 else 0.0,
        tails=pick(rng, TAILS, 0.62),
        tail_length=rng.uniform(0.6, 2.6),
        tail_width=rng.uniform(0.15, 0.45),
        seed=int(rng.integers(1 << 30)),
        shine=rng.random() < 0.4,
        ears=pick(rng, EARS, 0.66),
        ear_colour=mix(hair, sample_paint(rng, palette), float(rng.integers(2))),
        beard=rng.uniform(0.3, 1.4) if rng.random() < 0.1 else 0.0,
        glasses=sample_paint(rng, palette) if rng.random() < 0.13 else None,
        mask=sample_paint(rng, palette) if rng.random() < 0.05 else None,
        bow=(rng.uniform(-80, 80), rng.uniform(0.15, 0.42), sample_paint(rng, palette))
        if rng.random() < 0.16
        else None,
        hat=pick(rng, HATS, 0.68),
        hat_colour=sample_paint(rng, palette),
        hat_trim=sample_paint(rng, palette),
    )


@dataclass(frozen=True)
class Body:
    """A body of two legs; the head's radius makes it a toddler or a model."""

    head: float
    shoulders: float
    waist: float
    hips: float
    torso: float
    legs: float
    arms: float
    arm_width: float
    leg_width: float
    neck: float
    bust: float
    plates: bool
    """Limbs of a robot: boxes and joints."""
    wings: Colour | None
    tail: tuple[float, Colour] | None
    """Thickness and colour."""


def sample_body(rng: np.random.Generator, palette: Palette, realism: float) -> Body:
    """Draw a random body; `realism` is a show's: 0 for big heads, 1 for human measures."""
    head = rng.uniform(1.1, 2.4) * (1 - realism) + rng.uniform(0.5, 0.8) * realism
    stout = rng.uniform(0.2, 0.9) if rng.random() < 0.15 else rng.uniform(-0.1, 0.15)
    long = 0.6 + 0.6 * realism
    return Body(
        head=head,
        shoulders=rng.uniform(0.75, 1.3),
        waist=rng.uniform(0.55, 0.9) + stout,
        hips=rng.uniform(0.6, 1.1) + 0.6 * max(stout, 0),
        torso=rng.uniform(1.7, 2.6) * (0.8 + 0.3 * realism),
        legs=rng.uniform(1.4, 3.8) * long,
        arms=rng.uniform(1.7, 2.7) * (0.8 + 0.3 * realism),
        arm_width=rng.uniform(0.16, 0.36) + 0.1 * max(stout, 0),
        leg_width=rng.uniform(0.22, 0.44) + 0.15 * max(stout, 0),
        neck=rng.uniform(0.0, 0.3) + 0.25 * realism,
        bust=rng.uniform(0.1, 0.35) if rng.random() < 0.3 else 0.0,
        plates=rng.random() < 0.07,
        wings=sample_paint(rng, palette) if rng.random() < 0.06 else None,
        tail=(rng.uniform(0.1, 0.35), sample_hair_colour(rng, palette))
        if rng.random() < 0.1
        else None,
    )


@dataclass(frozen=True)
class Clothes:
    """One outfit."""

    top: Colour
    bottom: Colour
    shoes: Colour
    shoe_height: float
    socks: Colour
    sock_height: float
    lower: str
    hem: float
    flare: float
    sleeves: Colour
    sleeve_length: float
    sleeve_width: float
    cuffs: Colour | None
    gloves: Colour | None
    collar: str
    collar_colour: Colour
    belt: Colour | None
    buttons: Colour | None
    jacket: Colour | None
    """Open in front, over the top."""
    cape: tuple[float, Colour] | None
    """Length and colour."""
    top_markings: tuple[Marking, ...]
    bottom_markings: tuple[Marking, ...]
    sleeve_markings: tuple[Marking, ...]
    thing: str
    thing_colour: Colour


def sample_clothes(rng: np.random.Generator, palette: Palette) -> Clothes:
    """Draw a random outfit."""
    top = sample_paint(rng, palette)
    bottom = sample_paint(rng, palette) if rng.random() < 0.75 else top * rng.uniform(0.75, 1.1)
    jacket = sample_paint(rng, palette) if rng.random() < 0.22 else None
    own = rng.random() < 0.25
    return Clothes(
        top=top,
        bottom=bottom,
        shoes=sample_paint(rng, palette),
        shoe_height=rng.uniform(0.08, 0.5),
        socks=sample_paint(rng, palette),
        sock_height=float(rng.choice([0, 0.3, 0.6, 0.95])),
        lower=str(rng.choice(LOWERS, p=[0.36, 0.12, 0.22, 0.12, 0.09, 0.09])),
        hem=rng.uniform(0.2, 0.75),
        flare=rng.uniform(1.05, 2.0),
        sleeves=sample_paint(rng, palette) if own else (top if jacket is None else jacket),
        sleeve_length=float(rng.choice([0.0, 0.3, 0.5, 1.0], p=[0.13, 0.2, 0.1, 0.57])),
        sleeve_width=float(rng.choice([1.0, rng.uniform(1.1, 2.2)])),
        cuffs=sample_paint(rng, palette) if rng.random() < 0.3 else None,
        gloves=sample_paint(rng, palette) if rng.random() < 0.15 else None,
        collar=pick(rng, COLLARS, 0.3),
        collar_colour=sample_paint(rng, palette),
        belt=sample_paint(rng, palette) if rng.random() < 0.3 else None,
        buttons=sample_paint(rng, palette) if rng.random() < 0.25 else None,
        jacket=jacket,
        cape=(rng.uniform(0.4, 1.1), sample_paint(rng, palette)) if rng.random() < 0.12 else None,
        top_markings=sample_markings(rng, palette),
        bottom_markings=sample_markings(rng, palette) if rng.random() < 0.5 else (),
        sleeve_markings=sample_markings(rng, palette) if rng.random() < 0.3 else (),
        thing=pick(rng, THINGS, 0.85),
        thing_colour=sample_paint(rng, palette),
    )
