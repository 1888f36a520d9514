"""What a fingerprint takes for a repeat, on frames that the sample's pen draws twice.

    python benchmarks/drawn_duplicates.py [--characters 70] [--seed 5]

Each character is drawn once, and then changed in one way. The first rows differ as a codec, a pixel
of drift or a matte make them differ, and should be repeats; the others differ in what the character
does. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "data_samples"))

from pen.acting import EXPRESSIONS
from pen.camera import fray_matte, take, unmultiply
from pen.direction import FRAMING_HEIGHTS, FRAMING_ODDS, VIEWS, sample_pose
from pen.random_traits import sample_character

from clusterkit.fingerprints import is_repeat, take_fingerprint
from clusterkit.images import Picture

SCALES = (0.6, 1.0, 2.0)
"""From a figure in the distance to one that fills the screen."""


def compress(image: np.ndarray, quality: int, kind: str = ".jpg") -> np.ndarray:
    """What a codec leaves of a premultiplied cut-out over grey; the matte stays."""
    alpha = image[..., 3:].astype(np.float32) / 255
    over = np.round(image[..., :3] + (1 - alpha) * 128).astype(np.uint8)
    flag = cv2.IMWRITE_JPEG_QUALITY if kind == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    _, packed = cv2.imencode(kind, over, [flag, quality])
    found = cv2.imdecode(packed, cv2.IMREAD_COLOR).astype(np.float32)
    colour = np.clip(found - (1 - alpha) * 128, 0, 255 * alpha)
    return np.concatenate([np.round(colour), image[..., 3:]], axis=2).astype(np.uint8)


def drift(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Move by up to a pixel and a half each way."""
    across, down = rng.uniform(-1.5, 1.5, 2)
    padded = cv2.copyMakeBorder(image, 3, 3, 3, 3, cv2.BORDER_CONSTANT, value=(0,) * 4)
    matrix = np.array([[1, 0, across], [0, 1, down]])
    return cv2.warpAffine(padded, matrix, padded.shape[1::-1])


def lighten(image: np.ndarray, levels: int) -> np.ndarray:
    """Add grey levels."""
    colour = np.clip(
        image[..., :3].astype(int) + levels * (image[..., 3:] > 127), 0, image[..., 3:]
    )
    return np.concatenate([colour, image[..., 3:]], axis=2).astype(np.uint8)


def draw_changes(
    rng: np.random.Generator,
) -> tuple[np.ndarray, Iterator[tuple[str, bool, np.ndarray]]]:
    """Draw a frame, and the same in other versions: (what changed, whether it is a repeat)."""
    who = sample_character(rng, "x")
    view = VIEWS[int(rng.choice(4, p=[0.7, 0.1, 0.1, 0.1]))]
    framing = str(rng.choice(list(FRAMING_ODDS), p=list(FRAMING_ODDS.values())))
    pose, mood = sample_pose(rng, view, framing), EXPRESSIONS["calm"]
    height = int(rng.integers(*FRAMING_HEIGHTS[framing]) * rng.choice(SCALES))

    def draw(changed_pose=pose, changed_mood=mood):
        return take(who, changed_pose, changed_mood, framing, height)

    base = draw()

    def change() -> Iterator[tuple[str, bool, np.ndarray]]:
        yield "JPEG quality 85", True, compress(base, 85)
        yield "JPEG quality 60", True, compress(base, 60)
        yield "WebP quality 60", True, compress(base, 60, ".webp")
        yield "drift of 1.5 px", True, drift(base, rng)
        yield "drift and JPEG 75", True, compress(drift(base, rng), 75)
        yield "3 grey levels", True, lighten(base, 3)
        yield "ragged matte", True, fray_matte(base, rng)
        yield "15 grey levels", False, lighten(base, 15)
        yield "eyes closed", False, draw(changed_mood=replace(mood, closed="calm"))
        yield "mouth open", False, draw(changed_mood=replace(mood, mouth="shout"))
        yield "eyes aside", False, draw(changed_mood=replace(mood, gaze=(0.5, 0)))
        yield "head turned 12°", False, draw(replace(pose, head_yaw=pose.head_yaw + 0.21))
        arm = replace(pose.left, raised=pose.left.raised + 0.3)
        yield "arm raised 17°", False, draw(replace(pose, left=arm))

    return base, change()


def main() -> None:
    """Draw and compare, and print a line for each kind of change."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--characters", type=int, default=70)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    taken: dict[tuple[str, bool], list[bool]] = {}
    for _ in range(arguments.characters):
        base, changes = draw_changes(rng)
        first = take_fingerprint(Picture(unmultiply(base), True))
        for words, same, image in changes:
            if image.shape == base.shape and np.array_equal(image, base):
                continue  # seen from behind, nobody's eyes close
            second = take_fingerprint(Picture(unmultiply(image), True))
            if first is not None and second is not None:
                taken.setdefault((words, same), []).append(is_repeat(first, second))
    print("| changed | should repeat | taken for a repeat |\n|---|---|---:|")
    for (words, same), verdicts in taken.items():
        print(f"| {words} | {'yes' if same else 'no'} | {np.mean(verdicts):.0%} |")


if __name__ == "__main__":
    main()
