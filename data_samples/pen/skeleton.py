"""Measures of a body and where its joints are in a pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .acting import Arm, Leg, Pose
from .traits import Build
from .turning import Tube, turn

HEAD_HEIGHT = 2.1
CROWN_Y = -1.05
NECK_TOP, NECK_BASE = 0.70, 1.42
# A taller body is taller in the legs first; share of the height below the hips by heads.
LEG_SHARE = ((3.0, 0.36), (4.2, 0.455), (5.2, 0.50), (6.2, 0.52))


@dataclass(frozen=True)
class Measures:
    """Sizes of one body in drawing units; heights count downwards from the skull's middle."""

    ground: float
    hip_y: float
    shoulder_y: float
    shoulder: float
    waist_y: float
    waist: float
    hip: float
    depth: float
    arm: float
    leg: float
    limb: float
    neck: float
    bust: float

    @property
    def neck_tube(self) -> Tube:
        """The bare neck."""
        rows = [(NECK_TOP, self.neck, self.neck, -0.10), (NECK_BASE, self.neck, self.neck, -0.06),
                (NECK_BASE + 0.22, self.neck * 1.5, self.neck * 1.1, -0.02), (NECK_BASE + 0.5,
                    self.neck * 2.0, self.neck * 1.3, 0.0)]  # fmt: skip
        return Tube(np.array(rows))

    def make_torso(self, ease: float = 0.0, loose: float = 0.0) -> Tube:
        """Make the trunk; `ease` widens it all, `loose` fills the waist in."""
        top, wide = self.shoulder_y, self.shoulder
        long = self.hip_y - top
        chest = wide * 0.90
        waist = self.waist + loose * max(chest - self.waist, self.hip - self.waist, 0.0)
        deep = self.depth
        rows = np.array([
            (top - 0.22, self.neck * 1.15, self.neck * 1.1, -0.05),
            (top - 0.08, wide * 0.62, deep * 0.66, -0.02),
            (top + 0.08, wide * 0.86, deep * 0.80, 0.0),
            (top + 0.30, wide * 0.97, deep * 0.92, 0.02),
            (top + 0.34 * long, chest, deep + 0.10 * self.bust, 0.05 + 0.14 * self.bust),
            (self.waist_y, waist, deep * 0.82 * waist / max(self.waist, 0.1), 0.0),
            (top + 0.86 * long, self.hip, deep * 0.96, -0.04),
            (self.hip_y + 0.35, self.hip * 1.0, deep * 0.95, -0.04),
        ])  # fmt: skip
        rows[1:, 1:3] += ease
        return Tube(rows)


def measure(build: Build) -> Measures:
    """Sizes of a body from its build."""
    height = build.heads * HEAD_HEIGHT
    share = float(np.interp(build.heads, *np.array(LEG_SHARE).T))
    grown = np.interp(build.heads, (3.0, 4.9, 6.0), (0.74, 0.96, 1.12))
    hip_y = CROWN_Y + height * (1 - share)
    shoulder_y = 1.58
    torso = hip_y - shoulder_y
    return Measures(
        ground=CROWN_Y + height,
        hip_y=hip_y,
        shoulder_y=shoulder_y,
        shoulder=1.10 * build.shoulders * grown,
        waist_y=shoulder_y + 0.60 * torso,
        waist=0.70 * build.waist * grown,
        hip=0.86 * build.hips * grown,
        depth=0.52 * grown * (0.5 + 0.5 * build.waist),
        arm=0.86 * torso + 0.10,
        leg=height * share - 0.28,
        limb=build.limbs * grown,
        neck=0.275 * (0.6 + 0.4 * build.shoulders) * grown**0.5,
        bust=build.bust,
    )


def turn_joint(point: np.ndarray, yaw: float, dip: float = 0.0) -> tuple[np.ndarray, float]:
    """Seen place, shape (2,), and depth of a joint given as (x, y, z)."""
    x, depth = turn(point[0], point[2], yaw)
    return np.array([x, point[1] + dip * depth]), float(depth)


def place_arm(size: Measures, arm: Arm, side: int) -> np.ndarray:
    """Shoulder, elbow, wrist and the hand's direction as (x, y, z), shape (4, 3)."""
    shoulder = np.array([side * (size.shoulder - 0.20 * size.limb), size.shoulder_y + 0.30, 0.0])
    raised, forward = arm.raised, arm.forward
    upper = np.array(
        [side * np.sin(raised), np.cos(raised) * np.cos(forward), np.cos(raised) * np.sin(forward)]
    )
    aim = np.array([-side * arm.towards[0], arm.towards[1], arm.towards[2]])
    across = aim - (aim @ upper) * upper
    across /= max(np.linalg.norm(across), 1e-6)
    lower = np.cos(arm.bend) * upper + np.sin(arm.bend) * across
    elbow = shoulder + upper * size.arm * 0.52
    wrist = elbow + lower * size.arm * 0.48
    return np.array([shoulder, elbow, wrist, lower])


def place_leg(size: Measures, leg: Leg, side: int) -> np.ndarray:
    """Hip, knee, ankle and the foot's direction as (x, y, z), shape (4, 3)."""
    hip = np.array([side * size.hip * 0.50, size.hip_y, -0.02])
    thigh = np.array(
        [
            side * np.sin(leg.apart),
            np.cos(leg.apart) * np.cos(leg.forward),
            np.cos(leg.apart) * np.sin(leg.forward),
        ]
    )
    swing = leg.forward - leg.bend
    shin = np.array(
        [
            side * np.sin(leg.apart),
            np.cos(leg.apart) * np.cos(swing),
            np.cos(leg.apart) * np.sin(swing),
        ]
    )
    knee = hip + thigh * size.leg * 0.50
    ankle = knee + shin * size.leg * 0.50
    toes = np.array([side * 0.22, 0.0, 1.0])
    toes -= (toes @ shin) * shin
    return np.array([hip, knee, ankle, toes / np.linalg.norm(toes)])


def find_drop(size: Measures, pose: Pose) -> float:
    """How far the body sinks or rises for its lower foot to stay on the ground."""
    lowest = max(
        place_leg(size, leg, side)[2, 1] for side, leg in ((-1, pose.left_leg), (1, pose.right_leg))
    )
    return size.hip_y + size.leg - lowest
