"""Filters over many small pictures at once: a batch is one tall picture to OpenCV.

OpenCV lets go of Python's lock in each of its calls. Called for each of many small pictures,
threads wait for the lock longer than the filters take; called once for a batch they do not.
"""

from __future__ import annotations

import cv2
import numpy as np

PART_SIZE = 16
"""Pictures to filter together: what is made of more leaves the processor's cache."""


def erode_each(planes: np.ndarray, reach: int) -> np.ndarray:
    """Least level within `reach` pixels of each, diagonally as well; nothing lies beyond a border.

    Parameters
    ----------
    planes : ndarray, shape (n, h, w), uint8, or float32 up to 255
    reach : int

    Returns
    -------
    ndarray, of the same shape and kind
    """
    apart = np.pad(planes, ((0, 0), (reach, reach), (0, 0)), constant_values=255)
    least = cv2.erode(_pile(apart), np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    return least.reshape(apart.shape)[:, reach:-reach]


def find_slopes(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sobel's slopes, 8 times the change from pixel to pixel; borders are mirrors.

    Parameters
    ----------
    pictures : ndarray, shape (n, h, w) or (n, h, w, channels), uint8 or float32

    Returns
    -------
    across, down : ndarray, of the same shape, int16 or float32
        Positive where it is lighter to the right and below.
    """
    apart = np.pad(pictures, ((0, 0), (1, 1), *[(0, 0)] * (pictures.ndim - 2)), mode="reflect")
    kind = cv2.CV_16S if pictures.dtype == np.uint8 else cv2.CV_32F
    across, down = (
        cv2.Sobel(_pile(apart), kind, x, 1 - x).reshape(apart.shape)[:, 1:-1] for x in (1, 0)
    )
    return across, down


def _pile(pictures: np.ndarray) -> np.ndarray:
    """All pictures, (n, h, w, …), one below the other: (n * h, w, …)."""
    return pictures.reshape(-1, *pictures.shape[2:])
