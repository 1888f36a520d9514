"""Material for the tests of views: clusters without any image, and results with images."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterkit.material import Material
from clusterkit.measurements import Measurements
from clusterkit.settings import Settings


def make_material(
    sizes=(40, 30, 20), n_strays=6, n_blurred=5, n_unreadable=2, seed=0, settings=None, **folders
):
    """Well-parted clusters, strays between them, blurred frames and files that are no images."""
    rng = np.random.default_rng(seed)
    n = sum(sizes) + n_strays + n_blurred + n_unreadable
    centres = np.linalg.qr(rng.normal(size=(64, len(sizes))))[0].T
    kinds = np.repeat(np.arange(len(sizes)), sizes)
    rows = centres[kinds] + rng.normal(scale=0.03, size=(len(kinds), 64))
    strays = rng.normal(size=(n_strays, 64))
    blurred = centres[np.zeros(n_blurred, int)] + rng.normal(scale=0.03, size=(n_blurred, 64))
    unreadable = np.full((n_unreadable, 64), np.nan)
    embeddings = np.vstack([rows, strays, blurred, unreadable])
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    bad = np.arange(n) >= n - n_unreadable
    blur = np.concatenate(
        [np.full(len(kinds) + n_strays, 400.0) + np.arange(len(kinds) + n_strays),
         np.linspace(20, 80, n_blurred), np.full(n_unreadable, np.nan)]
    )  # fmt: skip
    quality = pd.DataFrame(
        {
            "digest": [f"{row:032x}" for row in range(n)],
            "width": pd.array(np.where(bad, 0, 100), dtype="Int64"),
            "height": pd.array(np.where(bad, 0, 200), dtype="Int64"),
            "blur_score": blur,
            "alpha_coverage": np.where(bad, np.nan, 0.4),
            "problem": pd.Series([None] * n, dtype=object),
            "duplicate_of": pd.Series([None] * n, dtype=object),
        }
    )
    quality.loc[bad, ["width", "height"]] = pd.NA
    quality.loc[bad, "problem"] = "not an image"
    frames = pd.DataFrame(
        {
            "path": [f"episode_00{1 + row % 2}/frame{row:04d}.png" for row in range(n)],
            "file": [f"/nowhere/frame{row:04d}.png" for row in range(n)],
            "episode": [f"episode_00{1 + row % 2}" for row in range(n)],
            "scene": pd.array([pd.NA] * n, dtype="Int64"),
            "frame": pd.array(range(n), dtype="Int64"),
            "seconds": pd.array([row / 2 for row in range(n)], dtype="Float64"),
            "layer": pd.Series([None] * n, dtype=object),
        }
    )
    return Material(
        frames=frames,
        measurements=Measurements(quality, embeddings.astype(np.float32), "test"),
        settings=settings or Settings(model="builtin"),
        **folders,
    )
