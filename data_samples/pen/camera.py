"""The camera: framings, colour grades, and the cut-out's matte."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .acting import Expression, Pose
from .figure import draw_figure
from .skeleton import CROWN_Y, measure
from .traits import Character

# Room for hats and raised arms above the crown, and for reach at the sides, in drawing units.
HEADROOM, SIDE_ROOM = 2.4, 4.6
LINE_PER_SCALE, LEAST_LINE, MOST_LINE = 0.021, 0.85, 1.7
KEPT_ALPHA = 8
CREATURE_GROUND = {"cat": 3.4, "robot": 6.5}
FRAMINGS = ("full", "knees", "waist", "bust", "head")


@dataclass(frozen=True)
class Grade:
    """A scene's light.

    Parameters
    ----------
    tint : tuple of float
        Factors of red, green and blue.
    contrast : float
        1 leaves it.
    lift : float
        Added to all, in parts of white.
    saturation : float
        1 leaves it.
    falloff : float
        How much darker the picture's bottom is than its top.
    rim : tuple of float, optional
        Colour of a light from behind on the right.
    """

    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    contrast: float = 1.0
    lift: float = 0.0
    saturation: float = 1.0
    falloff: float = 0.0
    rim: tuple[float, float, float] | None = None


GRADES: dict[str, Grade] = {
    "day": Grade(),
    "soft": Grade((1.0, 0.99, 0.97), 0.94, 0.03, 0.92),
    "bright": Grade((1.03, 1.02, 1.0), 1.05, 0.03, 1.05),
    "sunset": Grade((1.03, 0.95, 0.86), 1.0, 0.01, 1.02, 0.06, (255, 196, 120)),
    "night": Grade((0.82, 0.86, 0.96), 0.98, 0.02, 0.92),
    "moon": Grade((0.86, 0.90, 1.0), 1.0, 0.02, 0.92, 0.0, (205, 225, 255)),
    "indoor": Grade((1.0, 0.95, 0.87), 0.96, 0.0, 0.95),
    "cold": Grade((0.90, 0.97, 1.04), 0.96, 0.02, 0.88),
    "dim": Grade((0.88, 0.87, 0.88), 0.96, 0.0, 0.93),
    "haze": Grade((0.98, 0.98, 1.0), 0.88, 0.08, 0.9),
}


def find_window(character: Character, framing: str) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of a framing in drawing units."""
    if character.kind == "human":
        size = measure(character.build)
        ground, hip, waist = size.ground, size.hip_y, size.waist_y
    else:
        ground = CREATURE_GROUND[character.kind]
        hip, waist = 0.62 * ground, 0.5 * ground
    bottom = {
        "full": ground + 0.9,
        "knees": hip + 0.42 * (ground - hip),
        "waist": waist + 0.45,
        "bust": min(2.75, waist + 0.2),
        "head": 1.62 if character.kind == "human" else 1.15,
    }[framing]
    return (-SIDE_ROOM, CROWN_Y - HEADROOM, SIDE_ROOM, bottom)


def take(
    character: Character, pose: Pose, mood: Expression, framing: str, height: int, sway: float = 0.0
) -> np.ndarray:
    """Draw a character in a framing and crop to what was drawn.

    Parameters
    ----------
    character, pose, mood
        Who, how and in what mood.
    framing : str
        One of `FRAMINGS`.
    height : int
        Pixels from the crown to the framing's bottom, about the cut-out's height.
    sway : float
        See `draw_figure`.

    Returns
    -------
    numpy.ndarray, shape (height, width, 4), uint8
        Premultiplied RGBA, cropped tightly.
    """
    window = find_window(character, framing)
    scale = height / (window[3] - CROWN_Y)
    line = float(np.clip(LINE_PER_SCALE * scale, LEAST_LINE, MOST_LINE))
    return crop_tight(keep_largest(draw_figure(character, pose, mood, window, scale, line, sway)))


def keep_largest(image: np.ndarray) -> np.ndarray:
    """Clear all but the largest connected part, such as a raised hand that a framing cuts off."""
    seen = (image[..., 3] > KEPT_ALPHA).astype(np.uint8)
    _, parts, table, _ = cv2.connectedComponentsWithStats(seen)
    if len(table) < 3:
        return image
    largest = 1 + int(np.argmax(table[1:, cv2.CC_STAT_AREA]))
    return np.where((parts == largest)[..., None] | (seen == 0)[..., None], image, 0).astype(
        np.uint8
    )


def crop_tight(image: np.ndarray, margin: int = 0) -> np.ndarray:
    """Crop an RGBA image to what is visible in it, with a margin of empty pixels."""
    left, top, width, height = cv2.boundingRect((image[..., 3] > KEPT_ALPHA).astype(np.uint8))
    image = image[top : top + height, left : left + width]
    return cv2.copyMakeBorder(
        image, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=(0,) * 4
    )


def cut_by_border(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Cut a side off, as the film frame's border does."""
    width = image.shape[1]
    kept = rng.uniform(0.58, 0.80)
    if rng.random() < 0.5:
        return crop_tight(image[:, : int(width * kept)])
    return crop_tight(image[:, int(width * (1 - kept)) :])


def unmultiply(image: np.ndarray) -> np.ndarray:
    """Straight RGBA, uint8, from premultiplied; empty pixels become black."""
    alpha = image[..., 3:].astype(np.float32)
    colour = image[..., :3].astype(np.float32) * 255 / np.maximum(alpha, 1)
    straight = np.concatenate([np.clip(colour, 0, 255), alpha], axis=2)
    return np.round(straight).astype(np.uint8) * (image[..., 3:] > 0)


def apply_grade(image: np.ndarray, grade: Grade) -> np.ndarray:
    """Light a premultiplied RGBA image, uint8; the alpha stays."""
    alpha = image[..., 3:].astype(np.float32) / 255
    colour = image[..., :3].astype(np.float32)
    if grade.rim is not None:
        reach = max(2, image.shape[0] // 90)
        matrix = np.array([[1.0, 0, -reach], [0, 1, reach * 0.6]])
        moved = cv2.warpAffine(image[..., 3], matrix, (image.shape[1], image.shape[0]))
        edge = np.clip(image[..., 3].astype(np.float32) - moved, 0, 255)[..., None] / 255
        colour += (np.array(grade.rim, dtype=np.float32) * alpha - colour) * edge * 0.75
    grey = colour.mean(axis=2, keepdims=True)
    colour = grey + (colour - grey) * grade.saturation
    colour = (colour - 128 * alpha) * grade.contrast + 128 * alpha + 255 * grade.lift * alpha
    colour *= np.array(grade.tint, dtype=np.float32)
    colour *= np.linspace(1 + grade.falloff / 3, 1 - grade.falloff, len(image))[:, None, None]
    colour = np.clip(colour, 0, 255 * alpha)
    return np.concatenate([np.round(colour), image[..., 3:]], axis=2).astype(np.uint8)


def soften(image: np.ndarray, sigma: float = 0.7) -> np.ndarray:
    """Soften a premultiplied cut-out a little, as scaled film is."""
    return cv2.GaussianBlur(image, (0, 0), sigma)


def make_noise(shape: tuple[int, int], grain: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of about unit size, float32; `grain` is its coarseness in pixels."""
    small = rng.normal(size=(max(2, int(shape[0] / grain)), max(2, int(shape[1] / grain))))
    return cv2.resize(small.astype(np.float32), shape[::-1], interpolation=cv2.INTER_CUBIC)


def fray_matte(image: np.ndarray, rng: np.random.Generator, reach: float = 0.8) -> np.ndarray:
    """Eat and spill the matte's edge by up to about `reach` pixels, as segmentation does."""
    height, width = image.shape[:2]
    columns, rows = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    across = make_noise((height, width), 6, rng) * reach
    down = make_noise((height, width), 6, rng) * reach
    moved = cv2.remap(image[..., 3], columns + across, rows + down, cv2.INTER_LINEAR)
    background = rng.uniform(60, 200, 3).astype(np.float32)
    alpha = image[..., 3:].astype(np.float32) / 255
    over = image[..., :3] + (1 - alpha) * background
    colour = over * (moved[..., None].astype(np.float32) / 255)
    return np.concatenate([np.round(colour), moved[..., None]], axis=2).astype(np.uint8)
