"""Fast-drawn identities of every kind, their siblings, and one picture of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from training.drawing.beasts import (
    Beast,
    Creature,
    draw_beast,
    draw_creature,
    sample_beast,
    sample_creature,
)
from training.drawing.brush import CANVAS, Brush, Line, sample_line
from training.drawing.colours import Palette, sample_paint, sample_palette
from training.drawing.finish import Style, finish
from training.drawing.people import FRAMING_ODDS, FRAMINGS, draw_person, measure_person
from training.drawing.traits import (
    FACES,
    Body,
    Clothes,
    Head,
    sample_body,
    sample_clothes,
    sample_head,
)
from training.drawing.views import Drawing

KIND_ODDS = (0.66, 0.20, 0.14)
"""Shares of people, beasts and creatures."""
REACH = 205
"""Canvas pixels that what is framed takes."""
MORE_OUTFITS_ODDS = 0.3
FIGURE_DIFFERENCES = {
    "hair": 0.15, "face": 0.15, "outfit": 0.15, "head": 0.15, "colours": 0.12, "shapes": 0.12,
    "all": 0.16,
}  # fmt: skip
"""What a sibling may differ in, and how often it does."""
OTHER_OUTFIT_ODDS = 0.35


@dataclass(frozen=True)
class Show:
    """What all characters of one show share."""

    line: Line
    style: Style
    palette: Palette
    face: str
    realism: float


def sample_show(rng: np.random.Generator, style: Style) -> Show:
    """Draw a random show."""
    return Show(
        sample_line(rng), style, sample_palette(rng),
        str(rng.choice(FACES, p=[0.34, 0.12, 0.16, 0.16, 0.16, 0.06])),
        float(rng.choice([rng.uniform(0, 0.3), rng.uniform(0.3, 1.0)], p=[0.4, 0.6])),
    )  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One identity."""

    show: Show
    head: Head
    body: Body | Beast | Creature
    wardrobe: tuple[Clothes, ...]


def sample_figure(rng: np.random.Generator, style: Style) -> Figure:
    """Draw a random identity of a new show."""
    return _sample_in_show(rng, sample_show(rng, style), int(rng.choice(3, p=KIND_ODDS)))


def _sample_in_show(rng: np.random.Generator, show: Show, kind: int) -> Figure:
    head = sample_head(rng, show.palette, show.face)
    if kind == 0:
        wardrobe = [sample_clothes(rng, show.palette)]
        while len(wardrobe) < 3 and rng.random() < MORE_OUTFITS_ODDS:
            wardrobe.append(sample_clothes(rng, show.palette))
        return Figure(show, head, sample_body(rng, show.palette, show.realism), tuple(wardrobe))
    if kind == 1:
        beast = sample_beast(rng, show.palette)
        return Figure(show, _fit_beast_head(head, beast), beast, ())
    creature = sample_creature(rng, show.palette)
    return Figure(show, replace(head, skin=creature.skin), creature, ())


def is_figure_person(figure: Figure) -> bool:
    """Whether it is neither beast nor creature."""
    return isinstance(figure.body, Body)


def _fit_beast_head(head: Head, beast: Beast) -> Head:
    """A beast's head has its coat, mostly ears, seldom a hat, and no hair but a fringe."""
    on_top = head.ears if head.ears != "none" else ("cat", "round", "floppy", "long")[head.seed % 4]
    return replace(
        head, skin=beast.coat, muzzle=0.0, ears=on_top, ear_colour=beast.coat, nose="none",
        back="none", beard=0.0, lips=None, hat=head.hat if head.seed % 5 == 0 else "none",
        tails="none", bangs=head.bangs if beast.mane else "none",
    )  # fmt: skip


def make_figure_sibling(
    figure: Figure, rng: np.random.Generator, differs_in: str | None = None
) -> Figure:
    """Another identity of the same show that one could take for this one.

    Parameters
    ----------
    figure : Figure
    rng : numpy.random.Generator
    differs_in : str, optional
        One of `FIGURE_DIFFERENCES`; drawn at random otherwise. Who wears nothing differs in the
        head instead of the outfit.
    """
    show, kind = figure.show, (Body, Beast, Creature).index(type(figure.body))
    other = _sample_in_show(rng, show, kind)
    if differs_in is None:
        drawn = np.searchsorted(np.cumsum(list(FIGURE_DIFFERENCES.values())), rng.random())
        differs_in = list(FIGURE_DIFFERENCES)[min(int(drawn), len(FIGURE_DIFFERENCES) - 1)]
    if differs_in == "hair":
        hair = {name: getattr(other.head, name) for name in (
            "hair", "streak", "bangs", "bangs_length", "bangs_count", "back", "back_length",
            "tails", "tail_length", "tail_width")}  # fmt: skip
        return replace(figure, head=replace(figure.head, **hair))
    if differs_in == "face":
        face = {name: getattr(other.head, name) for name in (
            "eyes", "eye_size", "eye_height", "eye_apart", "brows", "nose", "chin", "width", "mark",
            "glasses", "beard", "lips", "blush", "seed")}  # fmt: skip
        return replace(figure, head=replace(figure.head, **face))
    if differs_in == "outfit" and kind == 0:
        return replace(figure, wardrobe=other.wardrobe)
    if differs_in in ("outfit", "head"):
        return replace(figure, head=replace(other.head, skin=figure.head.skin))
    if differs_in == "colours":
        return _repaint(figure, rng)
    if differs_in == "shapes":
        return _borrow_colours(other, figure)
    return other


def _repaint(figure: Figure, rng: np.random.Generator) -> Figure:
    """The same shapes in other colours."""

    def repaint(part: Any) -> Any:
        changed = {
            field.name: sample_paint(rng, figure.show.palette)
            for field in fields(part)
            if isinstance(getattr(part, field.name), np.ndarray) and field.name != "skin"
        }
        return replace(part, **changed)

    body = repaint(figure.body)
    head = repaint(figure.head)
    if isinstance(body, Beast):
        head = replace(head, skin=body.coat, ear_colour=body.coat)
    elif isinstance(body, Creature):
        body = replace(body, skin=sample_paint(rng, figure.show.palette))
        head = replace(head, skin=body.skin)
    return replace(figure, body=body, head=head, wardrobe=tuple(map(repaint, figure.wardrobe)))


def _borrow_colours(figure: Figure, owner: Figure) -> Figure:
    """Other shapes in the colours of `owner`."""

    def borrow(part: Any, source: Any) -> Any:
        colours = {
            field.name: getattr(source, field.name)
            for field in fields(part)
            if isinstance(getattr(part, field.name), np.ndarray)
            and isinstance(getattr(source, field.name), np.ndarray)
        }
        return replace(part, **colours)

    return replace(
        figure, body=borrow(figure.body, owner.body), head=borrow(figure.head, owner.head),
        wardrobe=tuple(
            borrow(clothes, owner.wardrobe[min(index, len(owner.wardrobe) - 1)])
            for index, clothes in enumerate(figure.wardrobe)
        ),
    )  # fmt: skip


def draw_figure(figure: Figure, rng: np.random.Generator) -> Drawing | None:
    """Draw one picture of an identity; see `finish`."""
    body, show = figure.body, figure.show
    framing = str(rng.choice(FRAMINGS, p=FRAMING_ODDS))
    if isinstance(body, Body):
        top, bottom = measure_person(body, framing)
    elif isinstance(body, Beast):
        reach = body.length + 0.6
        top = -(body.neck + body.head * 1.6 + body.height)
        bottom = body.height * 0.5 + body.legs
        top, bottom = min(top, bottom - 2 * reach), bottom
    else:
        reach = max(body.width, body.height) + body.limb_length * 0.7
        top, bottom = -reach - 2 * body.own_head, reach
    scale = min(REACH / (bottom - top), 90)
    turn = rng.normal(0, 0.06) if rng.random() < 0.92 else rng.normal(0, 0.5)
    stretch, cos, sin = rng.normal(1, 0.04), math.cos(turn), math.sin(turn)
    floor = CANVAS / 2 - scale * (top + bottom) / 2
    place = np.array([[scale * stretch * cos, -scale * sin, CANVAS / 2],
                      [scale * stretch * sin, scale * cos, floor]])  # fmt: skip
    brush = Brush(show.line, place, int(rng.choice([-1, 1])))
    if isinstance(body, Body):
        wardrobe = figure.wardrobe
        clothes = wardrobe[0]
        if rng.random() < OTHER_OUTFIT_ODDS:
            clothes = wardrobe[int(rng.integers(len(wardrobe)))]
        view = draw_person(brush, body, figure.head, clothes, rng)
    elif isinstance(body, Beast):
        view = draw_beast(brush, body, figure.head, rng)
    else:
        view = draw_creature(brush, body, figure.head, rng)
    image = brush.image
    if isinstance(body, Body) and framing != "full":
        image = image[: int(floor + scale * bottom)]
    elif isinstance(body, Beast) and view == "side" and rng.random() < 0.35:
        image = _crop_to_front(image, rng)
    finished = finish(image, show.style, rng)
    return None if finished is None else Drawing(finished, view)


def _crop_to_front(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Show a beast's head and chest: the right of the picture down to the shoulder."""
    columns = np.flatnonzero(image[..., 3].any(0))
    rows = np.flatnonzero(image[..., 3].any(1))
    if not len(columns):
        return image
    left = columns[0] + int((columns[-1] - columns[0]) * rng.uniform(0.3, 0.55))
    bottom = rows[0] + int((rows[-1] - rows[0]) * rng.uniform(0.45, 0.8))
    return image[:bottom, left:]
