"""Which frames of a character train best: sharp, large, and as different as they come."""

from __future__ import annotations

import io
from collections.abc import Sequence

import cv2
import numpy as np
import pandas as pd
from PIL import Image

from clusterkit.images import premultiply

FINGERPRINT_SIDE = 24
NEAR_DUPLICATE = 5.0
"""Mean difference (0-255) of two 24 x 24 pictures below which they show the same: the noise of a
codec and a shift of a pixel stay under it, a blink of an anime eye in a close-up does not."""

POOL_FACTOR = 3
"""Frames are chosen among this many times as many, the surest and best: farthest-first would seek
out every stray otherwise."""

QUALITY_WEIGHT = 0.5
"""How much a poor frame's distance is discounted: the poorest counts half."""

FELLOWS = 3
"""Frames of the same character by which one is held: alone, a second stray would vouch for it."""

MOST_DEVIATIONS = 3.0
"""Robust standard deviations from the usual distance to those fellows, beyond which a frame is
taken for somebody else: farthest-first seeks strays out."""

_TO_DEVIATION = 1.4826  # of a normal distribution, from its median absolute deviation
_BLOCK_ROWS = 1024

GROUP_WEIGHT = 0.5
"""What the first frame of a view or an episode is worth, in units of the typical distance."""


def select_varied(
    embeddings: np.ndarray,
    count: int,
    *,
    quality: np.ndarray | None = None,
    groups: Sequence[np.ndarray] = (),
) -> np.ndarray:
    """Choose frames that differ: farthest-first, discounted by quality, led by groups.

    The traversal is Gonzalez' (Clustering to minimize the maximum intercluster distance, 1985).

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows.
    count : int
        How many at most.
    quality : ndarray, shape (n,), optional
        0 (poorest) to 1; the best of those near the middle is chosen first.
    groups : sequence of ndarray, shape (n,)
        Views, episodes, …: a value that few chosen frames have is worth more. Missing values
        (None) lead nowhere.

    Returns
    -------
    ndarray, int
        Row numbers in the order of choice; the same for the same input.

    Examples
    --------
    >>> rows = np.float32([[1, 0], [1, 0], [0, 1]])
    >>> select_varied(rows, 2).tolist()
    [0, 2]
    """
    n = len(embeddings)
    if not n or count < 1:
        return np.empty(0, int)
    goodness = np.ones(n) if quality is None else np.asarray(quality, float)
    discount = 1 - QUALITY_WEIGHT * (1 - goodness)
    middle = embeddings.mean(axis=0)
    closeness = embeddings @ (middle / max(float(np.linalg.norm(middle)), 1e-12))
    chosen = [int(np.argmax(np.clip(closeness, 0, 1) * discount))]
    typical = max(float(np.mean(1 - closeness)), 1e-6)
    nearest = 1 - embeddings @ embeddings[chosen[0]]
    codes = [pd.factorize(np.asarray(group, dtype=object))[0] for group in groups]
    while len(chosen) < min(count, n):
        gain = np.clip(nearest, 0, None) / typical
        for code in codes:
            taken = np.bincount(code[chosen][code[chosen] >= 0], minlength=code.max(initial=0) + 1)
            gain += np.where(code >= 0, GROUP_WEIGHT / (1 + taken[code]), 0)
        gain *= discount
        gain[chosen] = -1
        best = int(np.argmax(gain))
        chosen.append(best)
        nearest = np.minimum(nearest, 1 - embeddings @ embeddings[best])
    return np.array(chosen)


def rank_quality(quality: pd.DataFrame, max_side: int) -> np.ndarray:
    """How good frames are, 0 to 1: half by the rank of their sharpness, half by their size."""
    sharpness = quality["blur_score"].rank(pct=True).fillna(0).to_numpy(float)
    side = quality[["width", "height"]].max(axis=1).fillna(0).to_numpy(float)
    return (sharpness + np.minimum(side / max_side, 1)) / 2


def keep_surest(probability: np.ndarray, quality: np.ndarray, count: int) -> np.ndarray:
    """The part of a character that frames are chosen from: the surer half, or what count needs."""
    size = max(POOL_FACTOR * count, len(probability) // 2)
    order = np.lexsort((np.arange(len(quality)), -quality, -np.round(probability, 2)))
    return np.sort(order[:size])


def find_typical(embeddings: np.ndarray, members: np.ndarray, least: int) -> np.ndarray:
    """Tell the frames that have their like in the character from strays.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows of frames of one character.
    members : ndarray, shape (m, d), float32
        All frames of the character, those above among them.
    least : int
        So many are called typical in any case, the least isolated.

    Returns
    -------
    ndarray, shape (n,), bool
    """
    count = min(FELLOWS, len(members) - 1)
    if count < 1:
        return np.ones(len(embeddings), bool)
    isolation = np.empty(len(embeddings))
    for begin in range(0, len(embeddings), _BLOCK_ROWS):
        likeness = embeddings[begin : begin + _BLOCK_ROWS] @ members.T
        # The nearest of all is the frame itself.
        nearest = np.sort(np.partition(likeness, -count - 1, axis=1)[:, -count - 1 :], axis=1)
        isolation[begin : begin + _BLOCK_ROWS] = 1 - nearest[:, :-1].mean(axis=1)
    middle = np.median(isolation)
    deviation = _TO_DEVIATION * np.median(np.abs(isolation - middle))
    typical = isolation <= middle + MOST_DEVIATIONS * deviation
    typical[np.argsort(isolation, kind="stable")[:least]] = True
    return typical


def drop_near_duplicates(
    fingerprints: Sequence[np.ndarray | None], quality: np.ndarray
) -> np.ndarray:
    """Keep the best of the frames that show the same.

    Parameters
    ----------
    fingerprints : sequence of ndarray or None
        As `make_fingerprint` makes them; a frame without one is kept.
    quality : ndarray, shape (n,)

    Returns
    -------
    ndarray, int
        Kept rows, ascending.
    """
    kept: list[int] = []
    prints = np.empty((0, 0), np.float32)
    for row in np.lexsort((np.arange(len(quality)), -quality)):
        current = fingerprints[row]
        if current is None:
            kept.append(int(row))
            continue
        if len(prints) and np.abs(prints - current).mean(axis=1).min() < NEAR_DUPLICATE:
            continue
        kept.append(int(row))
        prints = np.vstack([prints, current[None]]) if len(prints) else current[None]
    return np.sort(np.array(kept, int))


def make_fingerprint(thumbnail: bytes | None) -> np.ndarray | None:
    """A cut-out's thumbnail as a small vector, shape (24 * 24 * 4,), float32, 0-255."""
    if thumbnail is None:
        return None
    with Image.open(io.BytesIO(thumbnail)) as image:
        rgba = np.asarray(image.convert("RGBA"))
    size = (FINGERPRINT_SIDE, FINGERPRINT_SIDE)
    small = cv2.resize(premultiply(rgba), size, interpolation=cv2.INTER_AREA)
    return small.reshape(-1).astype(np.float32)
