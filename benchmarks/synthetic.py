"""Results of any size without encoding a frame, for benchmarks of what is done with results.

Frames are made from the bundled sample: each thumbnail is cropped and shifted in colour anew, so
that no two are alike and they compress as real ones do. Vectors are drawn around one centre a
character, with a tenth of strays.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd

import clusterkit
from clusterkit.images import Picture, decode_image, find_character_box, make_thumbnail
from clusterkit.measurements import Measurements
from clusterkit.organize import prepare_output
from clusterkit.pipeline import cluster_measurements, save_result
from clusterkit.quality import measure_quality, tabulate_quality
from clusterkit.settings import Settings
from clusterkit.store import CACHE_FOLDER, STORE_NAME, FrameRecord, MeasurementStore

SEED = 0
DIMENSIONS = 512
ENCODER = "synthetic"
STRAYS = 0.1
SPREAD = 0.7
EPISODES = 24


def make_result(folder: Path, count: int, n_characters: int) -> Path:
    """Write a result folder of `count` frames, without encoding any."""
    sample = clusterkit.find_frames(clusterkit.find_sample().frames)["file"].tolist()
    pictures = [decode_image(Path(file).read_bytes()) for file in sample]
    usable = [picture for picture in pictures if min(picture.rgba.shape[:2]) >= 64]
    source = folder / "frames"

    def make(number: int) -> FrameRecord:
        rng = np.random.default_rng((SEED, number))
        picture = usable[number % len(usable)]
        top, bottom, left, right = find_character_box(picture.rgba[..., 3])
        rgba = picture.rgba[top:bottom, left:right]
        top, left = rng.integers(0, 1 + np.array(rgba.shape[:2]) // 12)
        rgba = rgba[top:, left:].copy()
        shifted = rgba[..., :3].astype(int) + rng.integers(-12, 13, 3)
        rgba[..., :3] = np.clip(shifted, 0, 255)
        digest = f"{number:032x}"
        thumbnail = Picture(rgba, picture.has_alpha).character
        return FrameRecord(digest, measure_quality(picture), make_thumbnail(thumbnail), None)

    with ThreadPoolExecutor() as pool:
        records = list(pool.map(make, range(count)))
    rng = np.random.default_rng(SEED)
    centres = rng.normal(size=(n_characters, DIMENSIONS))
    which = rng.integers(0, n_characters, count)
    vectors = centres[which] + SPREAD * rng.normal(size=(count, DIMENSIONS))
    strays = rng.random(count) < STRAYS
    vectors[strays] = rng.normal(size=(strays.sum(), DIMENSIONS))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    for number in range(count):
        layer = source / f"episode_{number % EPISODES + 1:03d}" / "character"
        layer.mkdir(parents=True, exist_ok=True)
        name = f"scene{number // 500:04d}_frame{number:06d}_t{number / 12:.2f}s_character.png"
        (layer / name).touch()  # a result links to it; nobody reads it
    frames = clusterkit.find_frames(source)
    order = frames["frame"].to_numpy(int)
    records = [records[number] for number in order]
    output = prepare_output(source, folder / "out")
    with MeasurementStore(output / CACHE_FOLDER / STORE_NAME) as store:
        store.add_frames(
            (
                FrameRecord(r.digest, r.quality, r.thumbnail, None, vector=vectors[number])
                for r, number in zip(records, order, strict=True)
            ),
            ENCODER,
        )
    quality = tabulate_quality([record.quality for record in records])
    quality.insert(0, "digest", [record.digest for record in records])
    quality["problem"] = pd.Series([None] * count, dtype=object)
    quality["duplicate_of"] = pd.Series([None] * count, dtype=object)
    measurements = Measurements(quality, vectors[order], ENCODER)
    settings = Settings(model="builtin")
    clustering = cluster_measurements(frames, measurements, settings)
    save_result(source, output, frames, measurements, clustering, settings)
    return output
