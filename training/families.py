"""Families of identities: what the drawers have in common, behind one name each.

A family is a character and up to three siblings that could be taken for it. They stand in one batch
together, so that what tells them apart has to be learned. A family is a function of its seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.drawing.anime import draw_anime, is_anime_person, make_anime_sibling, sample_anime
from training.drawing.figures import (
    draw_figure,
    is_figure_person,
    make_figure_sibling,
    sample_figure,
)
from training.drawing.finish import Style, sample_style
from training.drawing.views import Drawing

FIRST_HELD_OUT = 540_000
"""Families from this seed on are never trained on: they judge."""
SIBLING_ODDS = 0.65
MOST_SIBLINGS = 3
MOST_TRIES = 6


@dataclass(frozen=True)
class Drawer:
    """One way to draw: an identity, a sibling of it, a picture of it."""

    sample: Callable[[np.random.Generator, Style], Any]
    make_sibling: Callable[[Any, np.random.Generator], Any]
    draw: Callable[[Any, np.random.Generator], Drawing | None]
    is_person: Callable[[Any], bool]


DRAWERS = {
    "anime": Drawer(sample_anime, make_anime_sibling, draw_anime, is_anime_person),
    "figures": Drawer(sample_figure, make_figure_sibling, draw_figure, is_figure_person),
}


def draw_family(drawer: str, seed: int, n_drawings: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw the identities of one family.

    Returns
    -------
    images : ndarray, shape (n_identities, n_drawings, 112, 112, 4), uint8
        Premultiplied RGBA.
    views : ndarray, shape (n_identities, n_drawings), str
        'front', 'side' or 'back'.
    """
    ways = DRAWERS[drawer]
    identities, rng = sample_family(drawer, seed)
    drawn = [
        [draw_visible(ways, identity, rng) for _ in range(n_drawings)] for identity in identities
    ]
    images = np.stack([np.stack([drawing.image for drawing in row]) for row in drawn])
    return images, np.array([[drawing.view for drawing in row] for row in drawn])


def sample_family(drawer: str, seed: int) -> tuple[list[Any], np.random.Generator]:
    """The identities of one family, and the generator that their drawings come from."""
    ways = DRAWERS[drawer]
    rng = np.random.default_rng([list(DRAWERS).index(drawer), seed])
    identities = [ways.sample(rng, sample_style(rng))]
    if rng.random() < SIBLING_ODDS:
        for _ in range(int(rng.integers(1, MOST_SIBLINGS + 1))):
            identities.append(ways.make_sibling(identities[0], rng))
    return identities, rng


def is_of_people(drawer: str, seed: int) -> bool:
    """Whether a family is one of people; nothing is drawn to tell."""
    return DRAWERS[drawer].is_person(sample_family(drawer, seed)[0][0])


def draw_visible(ways: Drawer, identity: Any, rng: np.random.Generator) -> Drawing:
    """Draw one picture of an identity on which something is visible."""
    for _ in range(MOST_TRIES):
        drawing = ways.draw(identity, rng)
        if drawing is not None:
            return drawing
    raise RuntimeError("an identity of which nothing is visible")
