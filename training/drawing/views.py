"""From which side a character is seen, and a drawing that knows it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FACING = 0.64
"""Cosine of the turn, about 50 degrees, up to which a view is the front, or the back."""


@dataclass(frozen=True)
class Drawing:
    """A finished picture, shape (112, 112, 4), uint8, premultiplied RGBA, and its view."""

    image: np.ndarray
    view: str


def name_view(yaw: float) -> str:
    """Name a turn in degrees: 'front', 'side' or 'back'.

    A drawing is mirrored at will, so that left and right are one view.
    """
    facing = math.cos(math.radians(yaw))
    return "front" if facing > FACING else "back" if facing < -FACING else "side"
