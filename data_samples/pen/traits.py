"""What makes one character: frozen traits, the same in every frame."""

from __future__ import annotations

from dataclasses import dataclass, field

from .palette import Colour, from_hex

BANGS = ("straight", "swept", "parted", "spiky", "curtain", "bare")
TAILS = ("none", "ponytail", "twin", "low", "bun", "twin_buns", "braid", "side")
TOPS = ("sailor", "blazer", "gakuran", "jersey", "hoodie", "coat", "dress", "armour", "labcoat")
LOWERS = ("pleated", "trousers", "shorts", "gown", "greaves")
KINDS = ("human", "cat", "robot")

LIGHT_SKIN: Colour = from_hex("ffe3d0")
BLUE_EYES: Colour = from_hex("5a86d8")
BROWN_HAIR: Colour = from_hex("5b3a2e")
WHITE_CLOTH: Colour = from_hex("f6f4f0")
NAVY: Colour = from_hex("2c3e6e")
RED: Colour = from_hex("d23b45")
DARK_CLOTH: Colour = from_hex("2a2c38")
LEATHER: Colour = from_hex("6b3d2c")


@dataclass(frozen=True)
class Face:
    """The face: eyes in parts of their usual size, tilt in radians (outer corner up)."""

    skin: Colour = LIGHT_SKIN
    eyes: Colour = BLUE_EYES
    eye_width: float = 1.0
    eye_height: float = 1.0
    eye_tilt: float = 0.0
    iris: float = 1.0
    lashes: float = 1.0
    brows: float = 1.0
    jaw: float = 0.0
    length: float = 1.0
    freckles: bool = False
    mole: bool = False
    stubble: bool = False
    moustache: bool = False
    fang: bool = False


@dataclass(frozen=True)
class Hair:
    """The hair; lengths are heights of the tips in drawing units (the chin is at 1.1)."""

    colour: Colour = BROWN_HAIR
    tips: Colour | None = None
    bangs: str = "swept"
    bangs_length: float = 0.18
    side_length: float = 0.9
    back_length: float = 1.3
    spread: float = 0.1
    wave: float = 0.0
    volume: float = 0.1
    spikes: float = 0.0
    tails: str = "none"
    tail_length: float = 2.2
    ribbon: Colour | None = None
    ahoge: bool = False
    side: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Build:
    """The body: height in heads, widths in parts of a slim teenager's."""

    heads: float = 5.6
    shoulders: float = 1.0
    waist: float = 1.0
    hips: float = 1.0
    limbs: float = 1.0
    bust: float = 0.0


@dataclass(frozen=True)
class Outfit:
    """Clothes: which cut, and the colours of its parts."""

    top: str = "sailor"
    lower: str = "pleated"
    main: Colour = WHITE_CLOTH
    trim: Colour = NAVY
    accent: Colour = RED
    bottom: Colour = NAVY
    socks: Colour | None = DARK_CLOTH
    sock_height: float = 0.45
    shoes: Colour = LEATHER
    short_sleeves: bool = False
    hem: float = 0.42
    cape: Colour | None = None
    scarf: Colour | None = None
    number: int | None = None


@dataclass(frozen=True)
class Extras:
    """What is worn on the head, each a colour or None."""

    glasses: Colour | None = None
    cap: Colour | None = None
    beret: Colour | None = None
    straw_hat: Colour | None = None
    witch_hat: Colour | None = None
    rain_hat: Colour | None = None
    hairband: Colour | None = None
    headphones: Colour | None = None
    clip: Colour | None = None
    headband: Colour | None = None
    eyepatch: Colour | None = None
    flower: Colour | None = None


@dataclass(frozen=True)
class Character:
    """One identity."""

    name: str
    kind: str = "human"
    face: Face = field(default_factory=Face)
    hair: Hair = field(default_factory=Hair)
    build: Build = field(default_factory=Build)
    outfit: Outfit = field(default_factory=Outfit)
    extras: Extras = field(default_factory=Extras)
