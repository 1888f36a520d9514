"""Other colours for a whole family: one drawing stands for the characters of many shows.

A family's pictures all get the same colours, so that its members stay as alike or different as they
were drawn. It costs next to nothing, where an identity costs as long as hundreds of steps of it.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from training.families import MOST_SIBLINGS

TURN_ODDS = 0.35
GREY_ODDS = 0.06
INK_ODDS = 0.05
FAINTEST = 0.25
"""Most of its saturation that a family in greys keeps."""
BLACKEST = (0.1, 0.6)
"""Brightness below which a place is filled with black in a drawing of ink: from lines alone on."""

Colours = np.ndarray
"""What turns (red, green, blue) into others: (3, 3), float64."""


def recolour(drawings: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Give some families other colours.

    Parameters
    ----------
    drawings : ndarray, shape (n, side, side, 4), uint8
        Premultiplied RGBA.
    labels : ndarray, shape (n,), int64
        As from `Library.sample`: siblings have neighbouring numbers.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray, same as drawings
    """
    other = drawings.copy()
    families = labels // (MOST_SIBLINGS + 1)
    for family in dict.fromkeys(families.tolist()):
        chance = rng.random()
        rows = np.flatnonzero(families == family)
        if chance < INK_ODDS:
            threshold = rng.uniform(*BLACKEST)
            for row in rows:
                other[row] = _draw_in_ink(drawings[row], threshold)
        elif chance < INK_ODDS + GREY_ODDS + TURN_ODDS:
            is_grey = chance < INK_ODDS + GREY_ODDS
            colours = fade(rng.uniform(0, FAINTEST)) if is_grey else turn_hue(rng)
            for row in rows:
                other[row] = _mix(drawings[row], colours)
    return other


def turn_hue(rng: np.random.Generator) -> Colours:
    """Turn all hues by one angle round the axis of greys; brightness stays (Rodrigues' formula)."""
    angle = rng.uniform(0, 2 * math.pi)
    axis = np.full(3, 1 / math.sqrt(3))
    cross = np.cross(np.eye(3), axis)
    return (
        math.cos(angle) * np.eye(3)
        + math.sin(angle) * cross
        + (1 - math.cos(angle)) * np.outer(axis, axis)
    )


def fade(saturation: float) -> Colours:
    """Leave so much of the distance from grey."""
    return saturation * np.eye(3) + (1 - saturation) * np.full((3, 3), 1 / 3)


def _mix(drawing: np.ndarray, colours: Colours) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = colours
    mixed = cv2.transform(drawing, matrix)
    return np.dstack([np.minimum(mixed[..., :3], mixed[..., 3:]), mixed[..., 3]])


def _draw_in_ink(drawing: np.ndarray, threshold: float) -> np.ndarray:
    """Black where it is dark or where a colour ends, white elsewhere."""
    alpha = drawing[..., 3]
    grey = drawing[..., :3].mean(2, dtype=np.float32)
    ends = cv2.morphologyEx(drawing[..., :3], cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)).max(2)
    light = np.clip((grey - threshold * alpha) / 20 + 0.5, 0, 1)
    white = light * np.clip(1.15 - ends / 90.0, 0, 1)
    return np.dstack([(white * alpha).astype(np.uint8)] * 3 + [alpha])
