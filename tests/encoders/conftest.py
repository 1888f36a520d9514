"""Pictures and checkpoints that several of these tests share, made once per test run."""

import cv2
import numpy as np
import pytest

from clusterkit.images import Picture


def _draw_figure(hair, shirt, trousers, *, height=160, seed=0):
    """A standing figure of three colours with a little texture, RGBA, margins around it."""
    rng = np.random.default_rng(seed)
    canvas = np.zeros((height + 20, height // 2 + 20, 4), np.uint8)
    width = canvas.shape[1]
    middle = width // 2
    parts = [
        (hair, (middle, 10 + height // 6), height // 6),
        (shirt, (middle, 10 + height // 2), height // 5),
        (trousers, (middle, 10 + 4 * height // 5), height // 5),
    ]
    for colour, centre, radius in parts:
        cv2.circle(canvas, centre, radius, (*colour, 255), -1)
    elbow = (middle + height // 8, height // 3)
    cv2.line(canvas, (middle, height // 2), elbow, (20, 20, 20, 255), 3)
    noise = rng.normal(0, 4, (*canvas.shape[:2], 1))
    seen = canvas[..., 3:] > 0
    canvas[..., :3] = np.where(seen, np.clip(canvas[..., :3] + noise, 0, 255), 0)
    return canvas


@pytest.fixture(scope="session")
def draw_figure():
    """The pen: three colours in, an RGBA image out."""
    return _draw_figure


@pytest.fixture(scope="session")
def pictures():
    """Six pictures: three figures, two drawings of each."""
    looks = [
        ((200, 40, 40), (40, 60, 200), (60, 60, 60)),
        ((40, 160, 60), (220, 220, 220), (120, 70, 30)),
        ((240, 200, 60), (200, 60, 160), (30, 30, 120)),
    ]
    return [
        Picture(_draw_figure(*look, height=height, seed=height), True)
        for look in looks
        for height in (160, 210)
    ]
