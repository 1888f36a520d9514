"""Random direction: poses, moods and framings that fit together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .acting import EXPRESSIONS, STANCES, Expression, Pose
from .camera import Grade, apply_grade, cut_by_border, fray_matte, soften, take
from .traits import Character

VIEWS = ("front", "left", "right", "back")
VIEW_ODDS = (0.58, 0.16, 0.16, 0.10)
FRAMING_ODDS = {"full": 0.16, "knees": 0.20, "waist": 0.30, "bust": 0.24, "head": 0.10}
FRAMING_HEIGHTS = {
    "full": (210, 290),
    "knees": (181, 256),
    "waist": (168, 235),
    "bust": (151, 210),
    "head": (126, 176),
}
# Stances that read well from any side; the others want the front.
TURNABLE = ("stand", "relaxed", "walk", "run", "point", "hips", "behind", "raise", "cheer")
# A face so near that arms would only come in as loose hands.
WIDE_STANCES = ("spread", "cheer", "raise")
CALM_STANCES = ("stand", "relaxed", "behind")
BORDER_ODDS, SOFT_ODDS, FRAY_ODDS = 0.10, 0.12, 0.18


@dataclass(frozen=True)
class Shot:
    """One drawn frame before its flaws: premultiplied RGBA, uint8, and its view."""

    image: np.ndarray
    view: str


def sample_yaw(rng: np.random.Generator, view: str) -> tuple[float, float]:
    """Body yaw and head yaw in radians for a view; the head stays well inside the view."""
    if view == "front":
        head = rng.uniform(-36, 36)
        body = head + rng.uniform(-22, 22)
    elif view == "back":
        head = 180 + rng.uniform(-24, 24)
        body = head + rng.uniform(-14, 14)
    else:
        head = rng.uniform(60, 98) * (1 if view == "right" else -1)
        body = head + rng.uniform(-20, 20)
    return float(np.radians(body)), float(np.radians(head))


def sample_pose(rng: np.random.Generator, view: str, framing: str) -> Pose:
    """Draw a random pose for a view and a framing."""
    names = tuple(STANCES) if view == "front" else TURNABLE
    if view in ("left", "right"):
        # Seen from the side, a raised arm would hide the face.
        names = tuple(name for name in names if name not in WIDE_STANCES)
    if framing == "head":
        names = CALM_STANCES
    elif framing == "bust":
        names = tuple(name for name in names if name not in WIDE_STANCES)
    left, right, left_leg, right_leg = STANCES[names[int(rng.integers(len(names)))]]
    if rng.random() < 0.5:
        left, right, left_leg, right_leg = right, left, right_leg, left_leg
    body, head = sample_yaw(rng, view)
    return Pose(
        yaw=body,
        head_yaw=head,
        head_roll=float(rng.normal(0, 0.07)),
        nod=float(rng.normal(0, 0.03)),
        lean=float(rng.normal(0, 0.035)),
        left=left,
        right=right,
        left_leg=left_leg,
        right_leg=right_leg,
    )


def sample_mood(rng: np.random.Generator) -> Expression:
    """Draw a random expression."""
    names = tuple(EXPRESSIONS)
    return EXPRESSIONS[names[int(rng.integers(len(names)))]]


def shoot(
    character: Character,
    grade: Grade,
    rng: np.random.Generator,
    view: str | None = None,
    framing: str | None = None,
) -> Shot:
    """Draw one frame of a character in a scene's light, with a real cut-out's mild defects.

    Parameters
    ----------
    character : Character
        Who.
    grade : Grade
        The scene's light.
    rng : numpy.random.Generator
        Pose, mood, framing and defects are drawn from it.
    view, framing : str, optional
        Fixed instead of drawn.
    """
    view = view or VIEWS[int(rng.choice(len(VIEWS), p=VIEW_ODDS))]
    framing = (
        framing
        or list(FRAMING_ODDS)[int(rng.choice(len(FRAMING_ODDS), p=list(FRAMING_ODDS.values())))]
    )
    height = int(rng.uniform(*FRAMING_HEIGHTS[framing]))
    image = take(
        character,
        sample_pose(rng, view, framing),
        sample_mood(rng),
        framing,
        height,
        float(rng.normal(0, 0.12)),
    )
    image = apply_grade(image, grade)
    if rng.random() < BORDER_ODDS:
        image = cut_by_border(image, rng)
    if rng.random() < SOFT_ODDS:
        image = soften(image)
    if rng.random() < FRAY_ODDS:
        image = fray_matte(image, rng)
    return Shot(image, view)
