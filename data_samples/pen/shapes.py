"""Curves and polygons in drawing units.

One unit is the radius of the skull; x grows to the right and y downwards.
"""

from __future__ import annotations

import numpy as np

SPLINE_STEPS = 8
ELLIPSE_STEPS = 40


def smooth_curve(points, closed: bool = False, steps: int = SPLINE_STEPS) -> np.ndarray:
    """Run a Catmull-Rom spline through points.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        The points that the curve passes through.
    closed : bool
        Whether the last point joins the first.
    steps : int
        Curve points per given point.

    Returns
    -------
    numpy.ndarray, shape (m, 2), float64
    """
    knots = np.asarray(points, dtype=np.float64)
    if closed:
        padded = np.concatenate([knots[-1:], knots, knots[:2]])
    else:
        padded = np.concatenate([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(steps) / steps)[None, :, None]
    before, start, end, after = (knot[:, None, :] for knot in (before, start, end, after))
    curve = 0.5 * (
        2 * start
        + (end - before) * t
        + (2 * before - 5 * start + 4 * end - after) * t**2
        + (3 * start - before - 3 * end + after) * t**3
    ).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, knots[-1:]])


def make_ellipse(
    x: float, y: float, half_width: float, half_height: float, angle: float = 0.0
) -> np.ndarray:
    """Outline an ellipse, shape (40, 2); `angle` in radians turns it clockwise on screen."""
    turn = np.linspace(0, 2 * np.pi, ELLIPSE_STEPS, endpoint=False)
    across, down = half_width * np.cos(turn), half_height * np.sin(turn)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([x + across * cos - down * sin, y + across * sin + down * cos], axis=1)


def make_capsule(start, end, start_radius: float, end_radius: float) -> np.ndarray:
    """Outline a limb: two discs of different radius and the band between them."""
    start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    along = end - start
    angle = np.arctan2(along[1], along[0])
    half = np.linspace(-np.pi / 2, np.pi / 2, 12)
    front = end + end_radius * np.stack([np.cos(angle + half), np.sin(angle + half)], axis=1)
    back = angle + np.pi + half
    rear = start + start_radius * np.stack([np.cos(back), np.sin(back)], axis=1)
    return np.concatenate([front, rear])


def find_normals(points: np.ndarray) -> np.ndarray:
    """Find unit normals of an open curve, shape (n, 2), to the left of the way it runs."""
    along = np.gradient(points, axis=0)
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    along = along / length
    return np.stack([along[:, 1], -along[:, 0]], axis=1)


def make_ribbon(points, half_widths) -> np.ndarray:
    """Outline a band of varying half-width around an open curve.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        The middle of the band.
    half_widths : array_like, shape (n,) or scalar
        Half of the band's width at each point.

    Returns
    -------
    numpy.ndarray, shape (2 n, 2), float64
    """
    middle = np.asarray(points, dtype=np.float64)
    sides = find_normals(middle) * np.broadcast_to(half_widths, len(middle))[:, None]
    return np.concatenate([middle + sides, (middle - sides)[::-1]])


def make_affine(
    angle: float = 0.0, pivot=(0.0, 0.0), scale: float = 1.0, shift=(0.0, 0.0)
) -> np.ndarray:
    """Affine map, shape (2, 3): turn (radians) and scale about a pivot, then shift."""
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos, -sin], [sin, cos]])
    pivot = np.asarray(pivot, dtype=np.float64)
    return np.column_stack([linear, pivot - linear @ pivot + np.asarray(shift)])


def apply_affine(matrix: np.ndarray, points) -> np.ndarray:
    """Move points, shape (n, 2), by an affine map, shape (2, 3)."""
    return np.asarray(points, dtype=np.float64) @ matrix[:, :2].T + matrix[:, 2]


def chain_affines(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Make the map, shape (2, 3), that applies `inner` and then `outer`."""
    return np.column_stack([outer[:, :2] @ inner[:, :2], outer[:, :2] @ inner[:, 2] + outer[:, 2]])
