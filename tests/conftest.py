"""What several tests share: small pictures and folders, the one expensive result, a browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from browsing import start_chromium
from hypothesis import settings
from PIL import Image

import clusterkit

# A busy machine is no failure: nothing here is timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

REPOSITORY = Path(__file__).parents[1]


def make_rgba(seed: int = 0, width: int = 120, height: int = 160, blur: float = 0.0) -> np.ndarray:
    """A patterned ellipse on transparency: sharp, covered and distinct by its seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (10, 8, 3), dtype=np.uint8)
    rgb = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    if blur:
        rgb = cv2.GaussianBlur(rgb, (0, 0), blur)
    alpha = np.zeros((height, width), np.uint8)
    cv2.ellipse(
        alpha, (width // 2, height // 2), (width // 2 - 4, height // 2 - 4), 0, 0, 360, 255, -1
    )
    return np.dstack([rgb, alpha])


def encode_png(rgba: np.ndarray) -> bytes:
    """PNG bytes of an RGBA array."""
    stream = io.BytesIO()
    Image.fromarray(rgba, "RGBA").save(stream, "PNG")
    return stream.getvalue()


def jitter(rgba: np.ndarray, seed: int) -> np.ndarray:
    """The same character in another frame: moved, lit otherwise, noisy, holding something."""
    rng = np.random.default_rng(seed)
    shift = np.float32([[1, 0, rng.uniform(-3, 3)], [0, 1, rng.uniform(-3, 3)]])
    held = rgba.copy()  # without it, the frame would be the same, compressed once more
    left, top = rng.uniform((0.3, 0.2), (0.55, 0.7)) * rgba.shape[1::-1]
    side = max(rgba.shape) // 9
    colour = rng.integers(0, 256, 3).tolist()
    held[int(top) : int(top) + side, int(left) : int(left) + side, :3] = colour
    moved = cv2.warpAffine(held, shift, rgba.shape[1::-1])
    rgb = moved[..., :3].astype(float) * rng.uniform(0.92, 1.08) + rng.normal(
        0, 2, moved[..., :3].shape
    )
    return np.dstack([np.clip(rgb, 0, 255).astype(np.uint8), moved[..., 3]])


def write_show(
    folder: Path, characters: int = 3, frames: int = 12, episodes: int = 2, seed: int = 0
) -> Path:
    """A small show in the usual layout: every character in every episode, `frames` in each."""
    for episode in range(1, episodes + 1):
        layer = folder / f"episode_{episode:03d}" / "character"
        layer.mkdir(parents=True, exist_ok=True)
        number = 0
        for character in range(characters):
            look = make_rgba(1000 * seed + character)
            for _ in range(frames):
                number += 1
                name = (
                    f"scene{character + 1:04d}_frame{number:06d}_t{number / 24:.2f}s_character.png"
                )
                (layer / name).write_bytes(encode_png(jitter(look, 10_000 * episode + number)))
    return folder


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """Three characters, two episodes, 72 frames."""
    return write_show(tmp_path / "show")


@pytest.fixture
def write_image(tmp_path: Path) -> Callable[..., Path]:
    """Write bytes (or a default cut-out) to a file under the test's folder."""

    def write(name: str, data: bytes | None = None) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encode_png(make_rgba()) if data is None else data)
        return path

    return write


@pytest.fixture(scope="session")
def report_result(tmp_path_factory: pytest.TempPathFactory) -> clusterkit.Result:
    """A result with everything a report shows: characters, noise, each rule, an unreadable file."""
    folder = write_show(tmp_path_factory.mktemp("report") / "show")
    layer = folder / "episode_002" / "character"
    for number in range(4):
        alone = encode_png(make_rgba(500 + number))
        name = f"scene0009_frame00090{number}_t{40 + number}.00s_character.png"
        (layer / name).write_bytes(alone)
    (layer / "scene0010_frame000910_t50.00s_character.png").write_bytes(
        encode_png(make_rgba(7, width=40, height=50))
    )
    (layer / "scene0010_frame000911_t51.00s_character.png").write_bytes(
        encode_png(make_rgba(8, blur=9))
    )
    empty = make_rgba(9)
    empty[10:, :, 3] = 0
    (layer / "scene0010_frame000912_t52.00s_character.png").write_bytes(encode_png(empty))
    (layer / "scene0010_frame000913_t53.00s_character.png").write_bytes(b"no image")
    # Without learning from scenes: the lone frames stay noise.
    return clusterkit.cluster_characters(
        folder, folder.parent / "out", model="builtin", progress=False, temporal_weight=0
    )


@pytest.fixture(scope="module")
def chromium():
    """A browser for the tests of one module; skipped with the reason where there is none."""
    with start_chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def one_thread():
    """Sums of torch come in one order, so that two runs can be held against each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
