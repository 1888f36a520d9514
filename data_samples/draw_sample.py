"""Draw the labelled sample: the frames, labels.csv and, on request, a contact sheet."""

from __future__ import annotations

import argparse
import csv
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pen.camera import GRADES, crop_tight, unmultiply
from pen.cast import CAST, find_character
from pen.direction import Shot, shoot
from pen.flaws import blur_frame, fade_frame, repeat_frame, shrink_frame
from pen.random_traits import sample_character
from scenes import SCENES, Scene

SEED = 20
FRAMES_PER_SECOND = 24
LEAST_SIDE, LEAST_COVER = 88, 0.14
PNG_OPTIONS = [
    cv2.IMWRITE_PNG_COMPRESSION,
    9,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_FILTERED,
]
KEPT_BITS = 0xFC
# Chances that a shot is followed by its own repeats, or by a spoilt frame.
REPEAT_ODDS, BLUR_ODDS, TINY_ODDS, FADE_ODDS = 0.06, 0.065, 0.065, 0.045
MOST_REPEATS = 3
EXTRA_ODDS = 0.5
# Every character's first shots show it well, whatever chance brings later.
FIRST_SHOTS = (
    ("front", "waist"),
    ("front", "full"),
    ("right", "bust"),
    ("back", "knees"),
    ("left", "waist"),
    ("front", "head"),
)
SHEET_CELL = (118, 150)
SHEET_COLUMNS = 12
SHEET_BACKGROUND = (214, 219, 224)


@dataclass(frozen=True)
class Frame:
    """One file of the sample: straight RGBA, uint8, with its place and its labels."""

    path: str
    image: np.ndarray
    identity: str
    view: str
    kind: str


class Reel:
    """Collects an episode's frames in the order of time."""

    def __init__(self, episode: int, rng: np.random.Generator):
        self.episode, self.rng = episode, rng
        self.number = int(rng.integers(300, 900))
        self.scene = 0
        self.frames: list[Frame] = []

    def start_scene(self) -> None:
        """Cut to the next scene."""
        self.scene += int(self.rng.integers(1, 4))
        self.number += int(self.rng.integers(200, 900))

    def add(
        self, image: np.ndarray, identity: str, view: str, kind: str, step: int | None = None
    ) -> None:
        """Add a premultiplied picture `step` frames after the last one."""
        self.number += step or int(self.rng.integers(10, 70))
        seconds = self.number / FRAMES_PER_SECOND
        name = f"scene{self.scene:04d}_frame{self.number:06d}_t{seconds:.2f}s_character.png"
        path = f"episode_{self.episode:03d}/character/{name}"
        self.frames.append(Frame(path, unmultiply(image), identity, view, kind))


def shoot_good(character, light, rng: np.random.Generator, wanted=(None, None)) -> Shot:
    """Shoot until the frame is large and full enough to be worth keeping."""
    while True:
        shot = shoot(character, light, rng, *wanted)
        image = shot.image
        if min(image.shape[:2]) >= LEAST_SIDE and image[..., 3].mean() / 255 >= LEAST_COVER:
            margin = int(rng.integers(2, 12)) if rng.random() < 0.3 else 0
            framed = crop_tight(image, margin)
            if framed[..., 3].mean() / 255 >= LEAST_COVER:
                return Shot(framed, shot.view)


def film_shot(reel: Reel, name: str, light, wanted) -> None:
    """Add one good frame and what chance spoils or repeats after it."""
    rng, character = reel.rng, find_character(name)
    shot = shoot_good(character, light, rng, wanted)
    reel.add(shot.image, name, shot.view, "good")
    if rng.random() < REPEAT_ODDS:
        for _ in range(int(rng.integers(1, MOST_REPEATS + 1))):
            reel.add(
                repeat_frame(shot.image, rng), name, shot.view, "duplicate", int(rng.integers(1, 4))
            )
    for odds, spoil, kind in (
        (BLUR_ODDS, blur_frame, "blurred"),
        (TINY_ODDS, shrink_frame, "tiny"),
        (FADE_ODDS, fade_frame, "transparent"),
    ):
        if rng.random() < odds:
            spoilt = shoot_good(character, light, rng)
            reel.add(spoil(spoilt.image, rng), name, spoilt.view, kind)


def film_scene(reel: Reel, scene: Scene, seen: dict[str, int]) -> None:
    """Add a scene's frames: its characters in turn, and now and then an extra seen once."""
    reel.start_scene()
    rng, light = reel.rng, GRADES[scene.light]
    left = dict(scene.shots)
    extra_after = int(rng.integers(2, 6)) if rng.random() < EXTRA_ODDS else -1
    taken = 0
    while any(left.values()):
        for name in scene.shots:
            if left[name] == 0:
                continue
            left[name] -= 1
            count = seen.get(name, 0)
            seen[name] = count + 1
            film_shot(
                reel, name, light, FIRST_SHOTS[count] if count < len(FIRST_SHOTS) else (None, None)
            )
            taken += 1
            if taken == extra_after:
                stranger = shoot_good(sample_character(rng, "extra"), light, rng)
                reel.add(stranger.image, "", stranger.view, "one-off")


def draw_frames() -> list[Frame]:
    """Draw all frames of the sample, the same at every call."""
    frames: list[Frame] = []
    seen: dict[str, int] = {}
    for episode in sorted({scene.episode for scene in SCENES}):
        reel = Reel(episode, np.random.default_rng((SEED, episode)))
        for scene in SCENES:
            if scene.episode == episode:
                film_scene(reel, scene, seen)
        frames += reel.frames
    return frames


def write_png(path: Path, image: np.ndarray) -> None:
    """Write an RGB or RGBA picture, uint8."""
    path.parent.mkdir(parents=True, exist_ok=True)
    order = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
    # Without the two lowest bits, which no eye sees, the files are a fifth smaller.
    coarse = np.dstack([image[..., :3] & KEPT_BITS, image[..., 3]])
    _, packed = cv2.imencode(".png", cv2.cvtColor(coarse, order), PNG_OPTIONS)
    path.write_bytes(packed.tobytes())


def write_sample(frames: list[Frame], output: Path) -> None:
    """Replace the frames and labels.csv in a folder."""
    shutil.rmtree(output / "frames", ignore_errors=True)
    for frame in frames:
        write_png(output / "frames" / frame.path, frame.image)
    with (output / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["path", "identity", "view", "kind"])
        writer.writerows([frame.path, frame.identity, frame.view, frame.kind] for frame in frames)


def fit_cell(image: np.ndarray) -> np.ndarray:
    """Fit a picture into a cell of the contact sheet, RGB."""
    width, height = SHEET_CELL
    factor = min((width - 8) / image.shape[1], (height - 8) / image.shape[0], 1.0)
    size = tuple(max(1, round(length * factor)) for length in image.shape[1::-1])
    alpha = image[..., 3:].astype(np.float32) / 255
    small = cv2.resize(
        np.concatenate([image[..., :3] * alpha, alpha], axis=2), size, interpolation=cv2.INTER_AREA
    )
    cell = np.full((height, width, 3), SHEET_BACKGROUND, dtype=np.float32)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    region = cell[top : top + size[1], left : left + size[0]]
    region[:] = small[..., :3] + (1 - small[..., 3:]) * region
    return np.round(cell).astype(np.uint8)


def draw_sheet(frames: list[Frame]) -> np.ndarray:
    """Contact sheet, RGB, uint8: a row of good frames per character, then spoilt frames."""
    rows = [
        [f.image for f in frames if f.identity == who.name and f.kind == "good"] for who in CAST
    ]
    rows.append([f.image for f in frames if f.kind == "one-off"])
    rows.append([f.image for f in frames if f.kind not in ("good", "one-off", "duplicate")])
    width, height = SHEET_CELL
    blank = np.full((height, width, 3), SHEET_BACKGROUND, dtype=np.uint8)
    lines = []
    for row in rows:
        cells = [fit_cell(image) for image in row[:SHEET_COLUMNS]]
        lines.append(np.hstack(cells + [blank] * (SHEET_COLUMNS - len(cells))))
    return np.vstack(lines)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--output",
        type=Path,
        default=Path(__file__).resolve().parent,
        help="folder to write frames/ and labels.csv to",
    )
    parser.add_argument("--sheet", type=Path, help="also write a contact sheet to this PNG")
    parser.add_argument(
        "--sheet-only", action="store_true", help="write the contact sheet and no frames"
    )
    options = parser.parse_args()
    frames = draw_frames()
    if not options.sheet_only:
        write_sample(frames, options.output)
    if options.sheet is not None:
        write_png(options.sheet, draw_sheet(frames))
    counts: dict[str, int] = {}
    for frame in frames:
        counts[frame.kind] = counts.get(frame.kind, 0) + 1
    print(
        f"{len(frames)} frames:",
        ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items())),
    )


if __name__ == "__main__":
    main()
