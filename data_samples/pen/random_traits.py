"""Random characters: extras for crowds, and identities for training."""

from __future__ import annotations

import numpy as np

from .palette import Colour, from_hex, from_hsv, mix
from .traits import BANGS, TAILS, Build, Character, Extras, Face, Hair, Outfit

SKINS = tuple(
    from_hex(code)
    for code in ("ffe9dc", "ffe0cc", "fbd3b4", "eebf98", "d39c74", "a8714c", "7d5038")
)
NATURAL_HAIR = tuple(
    from_hex(code)
    for code in (
        "23222e",
        "3a2b2a",
        "5b3a2e",
        "7d5136",
        "b07a45",
        "e2bf72",
        "c65f32",
        "8d9098",
        "ece9e4",
    )
)
CLOTHES = ("sailor", "blazer", "gakuran", "jersey", "hoodie", "coat", "dress", "armour", "labcoat")
CLOTHES_ODDS = (0.14, 0.16, 0.08, 0.14, 0.17, 0.10, 0.12, 0.04, 0.05)
CREATURE_ODDS = 0.03


def pick(rng: np.random.Generator, options, odds=None):
    """One of the options."""
    return options[int(rng.choice(len(options), p=odds))]


def pick_colour(rng: np.random.Generator, least: float = 0.25, most: float = 1.0) -> Colour:
    """Pick a colour for cloth, with a brightness in a range."""
    return from_hsv(rng.random(), rng.beta(2, 2) * 0.85, rng.uniform(least, most))


def pick_hair_colour(rng: np.random.Generator) -> Colour:
    """Pick a natural hair colour or an anime one."""
    if rng.random() < 0.5:
        return mix(pick(rng, NATURAL_HAIR), pick(rng, NATURAL_HAIR), rng.uniform(0, 0.35))
    return from_hsv(rng.random(), rng.uniform(0.25, 0.75), rng.uniform(0.45, 0.98))


def sample_face(rng: np.random.Generator, grown: float, manly: bool) -> Face:
    """Draw a random face; `grown` is 0 for a child and 1 for an adult."""
    size = 1.12 - 0.30 * grown - 0.14 * manly * grown
    return Face(
        skin=mix(pick(rng, SKINS), pick(rng, SKINS), rng.uniform(0, 0.4)),
        eyes=from_hsv(rng.random(), rng.uniform(0.35, 0.85), rng.uniform(0.5, 0.95)),
        eye_width=size * rng.uniform(0.92, 1.08),
        eye_height=size * rng.uniform(0.85, 1.1),
        eye_tilt=rng.uniform(-0.14, 0.16),
        iris=rng.uniform(0.9, 1.1),
        lashes=rng.uniform(0.65, 0.85) if manly else rng.uniform(0.9, 1.25),
        brows=rng.uniform(1.2, 2.4) if manly else rng.uniform(0.7, 1.3),
        jaw=rng.uniform(-0.3, 0.5) if manly else rng.uniform(-0.3, 0.1),
        length=1 + rng.uniform(0, 0.1) * grown,
        freckles=rng.random() < 0.08,
        mole=rng.random() < 0.10,
        stubble=bool(manly and grown > 0.8 and rng.random() < 0.25),
        moustache=bool(manly and grown > 0.8 and rng.random() < 0.12),
        fang=rng.random() < 0.07,
    )


def sample_hair(rng: np.random.Generator, manly: bool) -> Hair:
    """Random hair."""
    colour = pick_hair_colour(rng)
    back = rng.uniform(0.6, 1.0) if manly and rng.random() < 0.85 else rng.uniform(0.8, 4.2)
    tails = "none" if manly or rng.random() < 0.45 else pick(rng, TAILS)
    if tails != "none":
        back = min(back, 1.05)
    return Hair(
        colour=colour,
        tips=pick_hair_colour(rng) if rng.random() < 0.08 else None,
        bangs=pick(rng, BANGS),
        bangs_length=rng.uniform(-0.05, 0.14),
        side_length=rng.uniform(0.3, 0.7) if manly else rng.uniform(0.6, 1.6),
        back_length=back,
        spread=rng.uniform(0.04, 0.3),
        wave=rng.uniform(0.05, 0.2) if rng.random() < 0.35 else 0.0,
        volume=rng.uniform(0.05, 0.2),
        spikes=rng.uniform(0.2, 0.9) if rng.random() < (0.6 if manly else 0.12) else 0.0,
        tails=tails,
        tail_length=rng.uniform(1.0, 3.2),
        ribbon=pick_colour(rng) if rng.random() < 0.6 else None,
        ahoge=rng.random() < 0.15,
        side=int(rng.choice([-1, 1])),
        seed=int(rng.integers(1 << 30)),
    )


def sample_build(rng: np.random.Generator, grown: float, manly: bool) -> Build:
    """Draw a random body."""
    stout = rng.uniform(0.25, 0.9) if rng.random() < 0.12 else rng.uniform(-0.05, 0.15)
    return Build(
        heads=3.2 + 2.6 * grown + rng.uniform(-0.2, 0.3),
        shoulders=1 + (0.15 * grown if manly else 0.0) + 0.35 * stout + rng.uniform(-0.06, 0.06),
        waist=1 + stout,
        hips=1 + 0.4 * stout,
        limbs=0.95 + 0.1 * manly + 0.4 * stout,
        bust=0.0 if manly or grown < 0.5 else rng.uniform(0, 0.7),
    )


def sample_outfit(rng: np.random.Generator, manly: bool) -> Outfit:
    """Random clothes that go together."""
    top = pick(rng, CLOTHES, CLOTHES_ODDS)
    if manly and top in ("sailor", "dress"):
        top = pick(rng, ("gakuran", "hoodie", "blazer"))
    lower = (
        "trousers" if manly or top == "gakuran" else pick(rng, ("pleated", "trousers", "shorts"))
    )
    if top in ("jersey", "hoodie") and rng.random() < 0.4:
        lower = "shorts"
    lower = {"dress": "gown", "armour": "greaves", "sailor": "pleated"}.get(top, lower)
    main, trim = pick_colour(rng, 0.35), pick_colour(rng)
    return Outfit(
        top=top,
        lower=lower,
        main=from_hex("f8f6f2") if top in ("sailor", "labcoat") and rng.random() < 0.8 else main,
        trim=trim,
        accent=pick_colour(rng, 0.5),
        bottom=main if top in ("dress", "gakuran") else pick_colour(rng, 0.2, 0.8),
        socks=None
        if rng.random() < 0.2
        else pick(rng, (from_hex("fafafa"), from_hex("2b2c38"), trim)),
        sock_height=rng.uniform(0.3, 1.4),
        shoes=pick(rng, (from_hex("6b3d2c"), from_hex("2c2830"), from_hex("f2f2f2"), trim)),
        short_sleeves=top in ("sailor", "jersey", "hoodie", "dress") and rng.random() < 0.45,
        hem=rng.uniform(0.2, 0.5),
        cape=pick_colour(rng) if top == "armour" and rng.random() < 0.6 else None,
        scarf=pick_colour(rng) if rng.random() < 0.08 else None,
        number=int(rng.integers(1, 30)) if rng.random() < 0.6 else None,
    )


def sample_extras(rng: np.random.Generator) -> Extras:
    """Random things on the head, mostly none."""
    worn = {}
    if rng.random() < 0.16:
        worn["glasses"] = pick_colour(rng, 0.1, 0.6)
    if rng.random() < 0.40:
        names = (
            "cap",
            "beret",
            "straw_hat",
            "witch_hat",
            "rain_hat",
            "hairband",
            "headphones",
            "clip",
            "headband",
            "flower",
        )
        worn[pick(rng, names)] = pick_colour(rng, 0.4)
    if rng.random() < 0.02:
        worn["eyepatch"] = from_hex("f4f4f4")
    return Extras(**worn)


def sample_character(rng: np.random.Generator, name: str) -> Character:
    """Draw a random identity.

    Parameters
    ----------
    rng : numpy.random.Generator
        Every trait is drawn from it, in a fixed order.
    name : str
        Its name.
    """
    draw = rng.random()
    if draw < CREATURE_ODDS:
        fur = pick_colour(rng, 0.5)
        kind = "cat" if rng.random() < 0.5 else "robot"
        return Character(
            name, kind, Face(skin=fur, eyes=pick_colour(rng, 0.5)), Hair(mix(fur, (255, 250, 240),
                0.75)),
            outfit=Outfit(trim=pick_colour(rng), accent=pick_colour(rng, 0.5)),
        )  # fmt: skip
    grown = float(
        pick(
            rng,
            (rng.uniform(0, 0.25), rng.uniform(0.45, 0.7), rng.uniform(0.7, 1.0)),
            (0.2, 0.5, 0.3),
        )
    )
    manly = bool(rng.random() < 0.42)
    return Character(
        name,
        face=sample_face(rng, grown, manly),
        hair=sample_hair(rng, manly),
        build=sample_build(rng, grown, manly),
        outfit=sample_outfit(rng, manly),
        extras=sample_extras(rng),
    )
