"""Expressions and poses: what changes from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Expression:
    """A face's state: openness 1 is the usual eye, tilts are radians (positive is angry)."""

    openness: float = 1.0
    closed: str = ""
    wink: int = 0
    brow_raise: float = 0.0
    brow_tilt: float = 0.0
    lid_tilt: float = 0.0
    mouth: str = "smile"
    blush: float = 0.0
    iris: float = 1.0
    gaze: tuple[float, float] = (0.0, 0.0)
    sweat: bool = False
    tears: bool = False


EXPRESSIONS: dict[str, Expression] = {
    "calm": Expression(mouth="line"),
    "smile": Expression(mouth="smile", brow_raise=0.02),
    "laugh": Expression(closed="happy", mouth="open", blush=0.5, brow_raise=0.06),
    "grin": Expression(mouth="open", blush=0.25, brow_raise=0.05, openness=1.03),
    "talk": Expression(mouth="talk"),
    "angry": Expression(
        openness=0.86, brow_tilt=0.38, lid_tilt=0.22, mouth="frown", brow_raise=-0.06
    ),
    "shout": Expression(openness=1.05, brow_tilt=0.4, lid_tilt=0.15, mouth="shout", iris=0.85),
    "sad": Expression(
        openness=0.8, brow_tilt=-0.35, lid_tilt=-0.12, mouth="wobble", gaze=(0, 0.15)
    ),
    "cry": Expression(closed="calm", brow_tilt=-0.4, mouth="wobble", tears=True, blush=0.4),
    "surprised": Expression(openness=1.16, iris=0.72, brow_raise=0.13, mouth="o"),
    "shy": Expression(
        openness=0.82, brow_tilt=-0.22, mouth="small", blush=1.0, gaze=(0.35, 0.1), sweat=True
    ),
    "asleep": Expression(closed="calm", mouth="small"),
    "wink": Expression(wink=1, mouth="cat", blush=0.35, brow_raise=0.05),
    "smug": Expression(openness=0.68, mouth="smirk", brow_tilt=0.12),
    "aside": Expression(mouth="line", gaze=(0.5, 0.0)),
}


@dataclass(frozen=True)
class Arm:
    """An arm, in radians.

    Parameters
    ----------
    raised : float
        From hanging (0) sideways to level (pi / 2).
    forward : float
        Swing of the upper arm to the front.
    bend : float
        Bend of the elbow.
    towards : tuple of float
        Where the elbow bends the forearm to: inward, down, forward.
    hand : str
        "open", "fist" or "point".
    """

    raised: float = 0.14
    forward: float = 0.05
    bend: float = 0.25
    towards: tuple[float, float, float] = (0.1, 0.0, 1.0)
    hand: str = "open"


@dataclass(frozen=True)
class Leg:
    """A leg, in radians: sideways, to the front, and the knee's bend to the back."""

    apart: float = 0.05
    forward: float = 0.0
    bend: float = 0.05


@dataclass(frozen=True)
class Pose:
    """A body's state; yaws are radians, 0 towards the viewer, positive to the right edge."""

    yaw: float = 0.0
    head_yaw: float = 0.0
    head_roll: float = 0.0
    nod: float = 0.0
    lean: float = 0.0
    left: Arm = field(default_factory=Arm)
    right: Arm = field(default_factory=Arm)
    left_leg: Leg = field(default_factory=Leg)
    right_leg: Leg = field(default_factory=Leg)


HIP_HAND = Arm(0.85, -0.15, 1.75, (1.0, 0.35, 0.25), "fist")
WAVING = Arm(0.95, 0.25, 1.9, (-0.1, -1.0, 0.35))
RAISED = Arm(2.6, 0.2, 0.3, (0.2, -1.0, 0.3))
POINTING = Arm(0.3, 1.35, 0.1, (0.0, 0.0, 1.0), "point")
TO_CHEST = Arm(0.2, 0.25, 2.0, (0.75, -0.3, 0.8), "fist")
TO_CHIN = Arm(0.30, 0.30, 2.35, (0.95, -0.3, 0.40))
FOLDED = Arm(0.28, 0.3, 1.65, (1.0, 0.05, 0.55))
BEHIND = Arm(0.25, -0.45, 0.7, (0.9, 0.2, -0.4))
SPREAD = Arm(1.2, 0.1, 0.35, (0.0, -0.3, 1.0))
SWING_FRONT = Arm(0.15, 0.75, 1.35, (0.2, -0.3, 1.0), "fist")
SWING_BACK = Arm(0.2, -0.75, 0.95, (0.1, 0.0, 1.0), "fist")

# Arms and legs of whole poses, by name: left arm, right arm, left leg, right leg.
STANCES: dict[str, tuple[Arm, Arm, Leg, Leg]] = {
    "stand": (Arm(), Arm(), Leg(), Leg()),
    "relaxed": (Arm(0.2, 0.1, 0.5), Arm(0.12, -0.1, 0.2), Leg(0.1, 0.06, 0.1), Leg(0.03)),
    "hip": (Arm(), HIP_HAND, Leg(0.03), Leg(0.14)),
    "hips": (HIP_HAND, HIP_HAND, Leg(0.15), Leg(0.15)),
    "wave": (Arm(), WAVING, Leg(0.04), Leg(0.08)),
    "cheer": (RAISED, RAISED, Leg(0.12), Leg(0.12)),
    "raise": (Arm(), RAISED, Leg(), Leg(0.1)),
    "point": (Arm(), POINTING, Leg(0.1, 0.1), Leg(0.1, -0.1)),
    "chest": (Arm(), TO_CHEST, Leg(), Leg()),
    "prayer": (TO_CHEST, TO_CHEST, Leg(0.02), Leg(0.02, 0.05, 0.1)),
    "think": (FOLDED, TO_CHIN, Leg(), Leg(0.08)),
    "folded": (FOLDED, FOLDED, Leg(0.08), Leg(0.08)),
    "behind": (BEHIND, BEHIND, Leg(0.02), Leg(0.05, 0.12, 0.1)),
    "spread": (SPREAD, SPREAD, Leg(0.1), Leg(0.12)),
    "walk": (
        Arm(0.12, -0.42, 0.25),
        Arm(0.12, 0.45, 0.4),
        Leg(0.03, 0.42, 0.1),
        Leg(0.03, -0.38, 0.3),
    ),
    "run": (SWING_BACK, SWING_FRONT, Leg(0.04, 0.85, 0.9), Leg(0.04, -0.45, 0.75)),
    "fists": (
        Arm(0.25, 0.5, 2.0, (0.3, -0.8, 1.0), "fist"),
        Arm(0.25, 0.4, 1.9, (0.2, -0.8, 1.0), "fist"),
        Leg(0.16, 0.15, 0.2),
        Leg(0.16, -0.15, 0.1),
    ),
}
