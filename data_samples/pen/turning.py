"""Turning solid forms about the vertical axis.

Yaw is in radians: 0 faces the viewer, pi / 2 faces the right edge of the picture and
pi shows the back.  z points out of the body's front, and towards the viewer once turned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

AROUND = np.linspace(-np.pi, np.pi, 97)


def turn(x, z, yaw: float):
    """Turn points about the vertical axis; returns the seen x and the depth towards the viewer."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    return x * cos + z * sin, z * cos - x * sin


@dataclass(frozen=True)
class Tube:
    """A stack of ellipses: a torso, a skirt, a collar.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, 4)
        Height, half-width, half-depth and forward offset of each ellipse, by height.
    dip : float
        How far the near rim hangs below the far rim, as the camera looks slightly down.
    """

    rows: np.ndarray
    dip: float = 0.10

    def measure(self, y):
        """Half-width, half-depth and forward offset at heights y."""
        table = self.rows
        return tuple(np.interp(y, table[:, 0], table[:, i]) for i in (1, 2, 3))

    def point(self, azimuth, y, yaw: float):
        """Seen x, seen y and depth of the point at an azimuth (0 is the front) and height."""
        wide, deep, forward = self.measure(y)
        x, z = turn(wide * np.sin(azimuth), deep * np.cos(azimuth), yaw)
        off_x, off_z = turn(0.0, forward, yaw)
        drop = self.dip * z / np.maximum(np.maximum(wide, deep), 1e-6)
        return x + off_x, y + drop, z + off_z

    def edges(self, y, yaw: float):
        """Left and right seen limits at heights y."""
        wide, deep, forward = self.measure(y)
        half = np.hypot(wide * np.cos(yaw), deep * np.sin(yaw))
        middle = forward * np.sin(yaw)
        return middle - half, middle + half

    def outline(self, yaw: float, top: float | None = None, bottom: float | None = None, steps=14):
        """Seen outline of the part between two heights, shape (n, 2)."""
        top = self.rows[0, 0] if top is None else top
        bottom = self.rows[-1, 0] if bottom is None else bottom
        y = np.linspace(top, bottom, steps)
        left, right = self.edges(y, yaw)
        swing = np.linspace(0, np.pi, 12)[1:-1]
        middle, half = (left[-1] + right[-1]) / 2, (right[-1] - left[-1]) / 2
        rim = np.stack([middle + half * np.cos(swing), bottom + self.dip * np.sin(swing)], axis=1)
        return np.concatenate([np.stack([right, y], 1), rim, np.stack([left, y], 1)[::-1]])

    def patch(self, first: float, last: float, top: float, bottom: float, yaw: float):
        """Seen outline of a patch between two azimuths and two heights, or None if it is behind."""
        azimuth = np.linspace(first, last, 41)
        wide, deep, _ = self.measure((top + bottom) / 2)
        _, facing = turn(np.sin(azimuth) / wide, np.cos(azimuth) / deep, yaw)
        azimuth = azimuth[facing > 0]
        if len(azimuth) < 2:
            return None
        sides = []
        for y in (top, bottom):
            x, seen_y, _ = self.point(azimuth, np.full(len(azimuth), y), yaw)
            sides.append(np.stack([x, seen_y], axis=1))
        heights = np.linspace(top, bottom, 6)[1:-1]
        ends = []
        for end in (azimuth[-1], azimuth[0]):
            x, seen_y, _ = self.point(np.full(4, end), heights, yaw)
            ends.append(np.stack([x, seen_y], axis=1))
        return np.concatenate([sides[0], ends[0], sides[1][::-1], ends[1][::-1]])

    def line(self, azimuth: float, top: float, bottom: float, yaw: float):
        """Seen line down the surface at an azimuth, shape (8, 2), or None if it is behind."""
        y = np.linspace(top, bottom, 8)
        wide, deep, _ = self.measure(y.mean())
        if turn(np.sin(azimuth) / wide, np.cos(azimuth) / deep, yaw)[1] <= 0:
            return None
        x, seen_y, _ = self.point(np.full(8, azimuth), y, yaw)
        return np.stack([x, seen_y], axis=1)
