"""Identities drawn by the pen of the bundled sample: people, cats and robots of anime.

An identity is a head and a body with one to three outfits and a hat that may come off; its siblings
share all but the hair, all but the face, or all but the clothes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from pen.camera import find_window
from pen.direction import FRAMING_ODDS, VIEWS, sample_mood, sample_pose
from pen.figure import draw_figure
from pen.palette import from_hsv, mix
from pen.random_traits import (
    pick_colour,
    sample_build,
    sample_character,
    sample_extras,
    sample_face,
    sample_hair,
    sample_outfit,
)
from pen.skeleton import CROWN_Y
from pen.traits import Character, Outfit

from training.drawing.finish import Style, finish
from training.drawing.views import Drawing

VIEW_ODDS = (0.46, 0.17, 0.17, 0.20)
"""More of backs and sides than a show has: they are what has to be learned."""
HEIGHT = 104
"""Pixels from the crown to the framing's bottom."""
ANIME_DIFFERENCES = ("hair", "face", "outfit", "head", "all")
"""What a sibling may differ in: a face comes with another cut of the same hair's colour, an outfit
with another build."""
HATS = ("cap", "beret", "straw_hat", "witch_hat", "rain_hat", "headphones", "headband")


@dataclass(frozen=True)
class AnimeIdentity:
    """A character of the pen with its wardrobe and its show's style."""

    character: Character
    wardrobe: tuple[Outfit, ...]
    style: Style
    line: float
    """Line width in pixels of a drawing."""


def sample_anime(rng: np.random.Generator, style: Style) -> AnimeIdentity:
    """Draw a random identity."""
    if rng.random() < 0.16:
        fur = from_hsv(rng.random(), rng.uniform(0, 0.8), rng.uniform(0.25, 1))
        kind = "cat" if rng.random() < 0.5 else "robot"
        base = sample_character(rng, "base")
        belly = mix(fur, (255, 250, 240), rng.uniform(0, 0.9))
        character = Character(
            "", kind, replace(base.face, skin=fur, eyes=pick_colour(rng, 0.3)),
            replace(base.hair, colour=belly),
            outfit=Outfit(trim=pick_colour(rng), accent=pick_colour(rng, 0.3)),
        )  # fmt: skip
    else:
        character = sample_character(rng, "")
        if rng.random() < 0.1:
            unreal = from_hsv(rng.random(), rng.uniform(0.2, 0.7), rng.uniform(0.4, 1))
            character = replace(character, face=replace(character.face, skin=unreal))
    wardrobe = [character.outfit]
    if character.kind == "human":
        manly = character.hair.tails == "none" and character.outfit.lower == "trousers"
        while len(wardrobe) < 3 and rng.random() < 0.3:
            wardrobe.append(sample_outfit(rng, manly))
    return AnimeIdentity(character, tuple(wardrobe), style, rng.uniform(0.5, 1.9))


def is_anime_person(identity: AnimeIdentity) -> bool:
    """Whether it is neither cat nor robot."""
    return identity.character.kind == "human"


def make_anime_sibling(
    identity: AnimeIdentity, rng: np.random.Generator, differs_in: str | None = None
) -> AnimeIdentity:
    """Another identity of the same show that one could take for this one.

    Parameters
    ----------
    identity : AnimeIdentity
    rng : numpy.random.Generator
    differs_in : str, optional
        One of `ANIME_DIFFERENCES`; drawn at random otherwise. Cats and robots differ in all.
    """
    character = identity.character
    if character.kind != "human":
        return replace(sample_anime(rng, identity.style), line=identity.line)
    differs_in = differs_in or ANIME_DIFFERENCES[int(rng.integers(len(ANIME_DIFFERENCES)))]
    manly = character.outfit.lower == "trousers"
    if differs_in == "hair":
        hair = sample_hair(rng, manly)
        return replace(identity, character=replace(character, hair=hair))
    if differs_in == "face":
        face = replace(sample_face(rng, rng.random(), manly), skin=character.face.skin)
        colour = replace(sample_hair(rng, manly), colour=character.hair.colour)
        other = replace(character, face=face, hair=colour, extras=sample_extras(rng))
        return replace(identity, character=other)
    if differs_in == "outfit":
        outfit = sample_outfit(rng, manly)
        build = sample_build(rng, rng.random(), manly)
        other = replace(character, outfit=outfit, build=build)
        return replace(identity, character=other, wardrobe=(outfit,))
    if differs_in == "head":
        head = sample_character(rng, "")
        other = replace(character, face=head.face, hair=head.hair, extras=head.extras)
        return replace(identity, character=other)
    return replace(sample_anime(rng, identity.style), line=identity.line)


def draw_anime(identity: AnimeIdentity, rng: np.random.Generator) -> Drawing | None:
    """Draw one picture of an identity; see `finish`."""
    character = identity.character
    outfit = identity.wardrobe[0]
    if rng.random() < 0.4:
        outfit = identity.wardrobe[int(rng.integers(len(identity.wardrobe)))]
    extras = character.extras
    if rng.random() < 0.25:
        extras = replace(extras, **dict.fromkeys(HATS))
    dressed = replace(character, outfit=outfit, extras=extras)
    view = VIEWS[int(rng.choice(len(VIEWS), p=VIEW_ODDS))]
    framing = list(FRAMING_ODDS)[int(rng.choice(len(FRAMING_ODDS), p=list(FRAMING_ODDS.values())))]
    window = find_window(dressed, framing)
    scale = HEIGHT / (window[3] - CROWN_Y)
    image = draw_figure(
        dressed, sample_pose(rng, view, framing), sample_mood(rng), window, scale,
        identity.line * min(1.0, scale / 12), float(rng.normal(0, 0.12)),
    )  # fmt: skip
    finished = finish(image, identity.style, rng)
    # The pen knows left from right; mirrored at will, they are one view.
    seen = view if view in ("front", "back") else "side"
    return None if finished is None else Drawing(finished, seen)
