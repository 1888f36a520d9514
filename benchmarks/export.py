"""Time and size of a training set: 20 characters × 30 frames, each format.

    python benchmarks/export.py [--characters 20] [--frames 30] [--side 1000]

The frames are the sample's, enlarged to the size of cut-outs from 1080p video; each character has
a third more frames than are chosen. Prints Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

import clusterkit

SEED = 0
SPARE = 4 / 3


def make_result(folder: Path, characters: int, frames: int, side: int) -> clusterkit.Result:
    """A result of distinct frames, clustered by the names of their source."""
    files = clusterkit.find_frames(clusterkit.find_sample().frames)["file"].tolist()
    rng = np.random.default_rng(SEED)
    layer = folder / "show" / "episode_001" / "character"
    layer.mkdir(parents=True)
    for number in range(round(characters * frames * SPARE)):
        with Image.open(files[number % len(files)]) as image:
            rgba = np.asarray(image.convert("RGBA"))
        scale = side / max(rgba.shape[:2])
        large = cv2.resize(rgba, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        shift = rng.integers(-12, 13, 3)
        large[..., :3] = np.clip(large[..., :3].astype(int) + shift, 0, 255)
        name = f"scene{number % characters:04d}_frame{number:06d}_t{number / 24:.2f}s.png"
        Image.fromarray(large).save(layer / name, compress_level=1)
    result = clusterkit.cluster_characters(
        folder / "show", folder / "out", model="builtin", visualize=False, progress=False
    )
    # Which frames look alike does not matter here, how many there are does.
    table = result.assignments
    table["cluster"] = (np.arange(len(table)) % characters).astype("int64")
    table["cluster"] = table["cluster"].astype("Int64")
    table["character"] = [f"character_{label:03d}" for label in table["cluster"]]
    table["status"] = "clustered"
    return result


def main() -> None:
    """Print one row a format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--characters", type=int, default=20)
    parser.add_argument("--frames", type=int, default=30)
    parser.add_argument("--side", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        result = make_result(folder, options.characters, options.frames, options.side)
        _ = result.embeddings
        print("| format | images | seconds | megabytes |\n|---|---|---|---|")
        for kind in ("kohya", "diffusers", "ai-toolkit"):
            start = time.perf_counter()
            done = clusterkit.export_dataset(
                result, folder / kind, format=kind, per_character=options.frames, progress=False
            )
            seconds = time.perf_counter() - start
            images = sum(coverage.n_selected for coverage in done.coverages)
            size = sum(p.stat().st_size for p in done.folder.rglob("*") if p.is_file())
            print(f"| {kind} | {images} | {seconds:.1f} | {size / 1e6:.0f} |", flush=True)


if __name__ == "__main__":
    main()
