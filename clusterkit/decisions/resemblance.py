"""How well a frame fits a character, on a scale that is the film's own.

A frame's *strangeness* to a character is its mean distance to the nearest few of the character's
frames. How strange is too strange differs from one encoder and one film to the next, so the
characters themselves are the yardstick: the strangeness that most of a character's own frames stay
below, of the median character. The *fit* of a frame is the yardstick over its strangeness: at 1 it
is as near as a character's own frames are, at a half twice as far. (One yardstick for all: with
one for each, a loose cluster of strangers would find that everybody fits it.)

Frames are never compared within their scene: those of one shot are near each other whoever they
show, and a new episode has no shot in common with the known ones.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

import numpy as np
import pandas as pd

from clusterkit.looks import learn_from_looks
from clusterkit.sequences import learn_from_scenes, number_scenes
from clusterkit.settings import ClusterSettings

WITNESSES = 3
"""Frames of a character that speak for it: one may be a stray."""

OWN_SHARE = 0.75
"""Share of a character's own frames that stay below the yardstick: the rest may be strays, or its
rarest views."""

MOST_MEMBERS = 400
"""Frames of a character that are compared; of more, evenly chosen ones."""

CLOSEST_SHARE = 0.02
"""Share of the pairs of two samples that says how close they come: one pair may be chance."""

_KEPT = 512
_LEAST_STRANGENESS = 1e-6  # copies of one frame are no infinity
_OPPOSITE = 2.0  # the cosine distance of opposite rows


class Resemblance:
    """Compares frames with characters, and remembers what it found.

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Unit rows; NaN where there is none.
    scenes : ndarray, shape (n,), int
        Number of each frame's scene; -1 where the name tells none.

    Attributes
    ----------
    usable : ndarray, shape (n,), bool
        Which frames have a row.
    """

    def __init__(self, rows: np.ndarray, scenes: np.ndarray) -> None:
        self.rows, self.scenes = rows, scenes
        self.usable = np.isfinite(rows).all(axis=1)
        # By the members: the strangeness of every frame, NaN until it is asked for. A decision
        # about one character then costs nothing for the others.
        self._found: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._closeness: dict[tuple[bytes, bytes], float] = {}

    def find_yardstick(self, characters: Iterable[np.ndarray]) -> float:
        """Strangeness of most of a character's own frames to the rest of it; the median character.

        Parameters
        ----------
        characters : iterable of ndarray of int64
            Rows of each.
        """
        own = [
            np.quantile(self.measure(some, some), OWN_SHARE)
            for some in (thin_out(members, MOST_MEMBERS) for members in characters)
            if len(some) > 1
        ]
        return max(_LEAST_STRANGENESS, float(np.median(own))) if own else _OPPOSITE

    def find_fit(self, frames: np.ndarray, members: np.ndarray, yardstick: float) -> np.ndarray:
        """How well frames fit a character: 1 is as well as its own frames do, 0 not at all.

        Parameters
        ----------
        frames, members : ndarray of int64
            Row numbers, all of them usable; a frame that is a member is compared with the others.
        yardstick : float

        Returns
        -------
        ndarray, shape (len(frames),), float64
        """
        return yardstick / np.maximum(self.measure(frames, members), _LEAST_STRANGENESS)

    def measure(self, frames: np.ndarray, members: np.ndarray) -> np.ndarray:
        """Strangeness of frames to a character, as a cosine distance, 0 to 2; remembered."""
        members = thin_out(members, MOST_MEMBERS)
        key = members.tobytes()
        found = self._found.setdefault(key, np.full(len(self.rows), np.nan))
        self._found.move_to_end(key)
        if len(self._found) > _KEPT:
            self._found.popitem(last=False)
        unknown = frames[np.isnan(found[frames])]
        if len(unknown):
            found[unknown] = self._measure(unknown, members)
        return found[frames]

    def find_closeness(self, ones: np.ndarray, others: np.ndarray) -> float:
        """Mean cosine of the closest pairs of two samples of frames; remembered."""
        key = ones.tobytes(), others.tobytes()
        if key not in self._closeness:
            likeness = (self.rows[ones] @ self.rows[others].T).ravel()
            count = max(1, round(CLOSEST_SHARE * likeness.size))
            closest = np.partition(likeness, likeness.size - count)[-count:]
            self._closeness[key] = float(closest.mean())
        return self._closeness[key]

    def _measure(self, frames: np.ndarray, members: np.ndarray) -> np.ndarray:
        if not len(frames) or not len(members):
            return np.full(len(frames), _OPPOSITE)
        distances = (1 - self.rows[frames] @ self.rows[members].T).astype(np.float64)
        distances[frames[:, None] == members] = np.inf
        own = self.scenes[frames][:, None]
        apart = np.where((self.scenes[members] == own) & (own >= 0), np.inf, distances)
        # A character that is seen in one scene only is compared with all of its frames.
        alone = np.isinf(apart).all(axis=1)
        apart[alone] = distances[alone]
        count = min(WITNESSES, len(members))
        nearest = np.partition(apart, count - 1, axis=1)[:, :count]
        known = np.isfinite(nearest)
        total = np.where(known, nearest, 0).sum(axis=1)
        return np.where(known.any(axis=1), total / np.maximum(1, known.sum(axis=1)), _OPPOSITE)


def thin_out(rows: np.ndarray, most: int) -> np.ndarray:
    """Choose at most so many rows, evenly."""
    if len(rows) <= most:
        return rows
    return rows[np.linspace(0, len(rows) - 1, most).astype(int)]


def learn_resemblance(
    embeddings: np.ndarray, frames: pd.DataFrame, selected: np.ndarray, settings: ClusterSettings
) -> Resemblance:
    """Compare frames as the clustering does: by what looks and the scenes of the film teach.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
    frames : DataFrame
        Aligned, as from `find_frames`.
    selected : ndarray, shape (n,), bool
        Frames that take part; the others are compared with nobody.
    settings : ClusterSettings
    """
    usable = selected & np.isfinite(embeddings).all(axis=1)
    by_looks = learn_from_looks(embeddings[usable], settings.metric_weight)
    learnt = learn_from_scenes(by_looks, frames[usable], settings.temporal_weight).rows
    rows = np.full((len(embeddings), learnt.shape[1]), np.nan, np.float32)
    rows[usable] = learnt
    return Resemblance(rows, number_scenes(frames))
