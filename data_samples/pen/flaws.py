"""Frames that a person would throw out, made from good ones.

All take and return premultiplied RGBA, uint8.
"""

from __future__ import annotations

import cv2
import numpy as np

from .camera import crop_tight

TINY_SIDES = (14, 54)
BLUR_SIGMA = (8.2, 11.0)
# Blurred pictures hold no detail, so they are kept smaller; the blurs here count before that.
BLUR_SCALE = 0.75
# A motion blur this long is as bad as the weakest Gaussian above.
MOTION_LENGTH = (46, 66)
MOTION_SIGMA = 6.0
FAINT_COVER = (0.012, 0.040)


def blur_frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Blur the whole cut-out beyond use, out of focus or by motion."""
    pad = 34
    image = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=(0,) * 4)
    if rng.random() < 0.6:
        return _shrink_blurred(cv2.GaussianBlur(image, (0, 0), rng.uniform(*BLUR_SIGMA)))
    length, angle = int(rng.uniform(*MOTION_LENGTH)), rng.uniform(-0.5, 0.5)
    kernel = np.zeros((length, length), dtype=np.float32)
    middle = (length - 1) / 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    start, end = np.round(middle - reach).astype(int), np.round(middle + reach).astype(int)
    cv2.line(kernel, start.tolist(), end.tolist(), 1.0, 1, cv2.LINE_AA)
    moved = cv2.filter2D(image, -1, kernel / kernel.sum())
    return _shrink_blurred(cv2.GaussianBlur(moved, (0, 0), MOTION_SIGMA))


def _shrink_blurred(image: np.ndarray) -> np.ndarray:
    image = crop_tight(image)
    size = tuple(round(length * BLUR_SCALE) for length in image.shape[1::-1])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def shrink_frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shrink the cut-out until its shorter side is too small to learn from."""
    side = rng.uniform(*TINY_SIDES)
    factor = side / min(image.shape[:2])
    size = tuple(max(6, round(length * factor)) for length in image.shape[1::-1])
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def fade_frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Leave almost nothing: a ghost of the cut-out, or a scrap of it in an empty frame."""
    cover = image[..., 3].mean() / 255
    target = rng.uniform(*FAINT_COVER)
    if rng.random() < 0.5:
        return np.round(image * min(1.0, target / cover)).astype(np.uint8)
    height, width = image.shape[:2]
    scrap = np.zeros_like(image)
    reach = np.sqrt(target / cover)
    top, left = (int(rng.uniform(0, 1 - reach) * length) for length in (height, width))
    rows, columns = slice(top, top + int(height * reach)), slice(left, left + int(width * reach))
    scrap[rows, columns] = image[rows, columns]
    faint = min(1.0, target / max(scrap[..., 3].mean() / 255, 1e-6))
    return np.round(scrap * faint).astype(np.uint8)


def repeat_frame(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Copy a frame as the next frame of a still shot differs: drift, grey level, compression."""
    drift = rng.uniform(-0.6, 0.6, 2)
    matrix = np.array([[1, 0, drift[0]], [0, 1, drift[1]]])
    copy = cv2.warpAffine(image, matrix, image.shape[1::-1])
    change = rng.choice(3, p=(0.4, 0.4, 0.2))
    if change == 1:
        level = rng.choice([-1, 1])
        shifted = copy[..., :3].astype(np.int16) + level * (copy[..., 3:] > 127)
        copy = np.concatenate([np.clip(shifted, 0, copy[..., 3:]), copy[..., 3:]], axis=2).astype(
            np.uint8
        )
    elif change == 2:
        alpha = copy[..., 3:].astype(np.float32) / 255
        over = np.round(copy[..., :3] + (1 - alpha) * 128).astype(np.uint8)
        _, packed = cv2.imencode(".jpg", over, [cv2.IMWRITE_JPEG_QUALITY, 93])
        unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR).astype(np.float32)
        colour = np.clip(unpacked - (1 - alpha) * 128, 0, 255 * alpha)
        copy = np.concatenate([np.round(colour), copy[..., 3:]], axis=2).astype(np.uint8)
    return copy
