"""Near-duplicates: frames of one sequence that show the same, found as the frames come in.

A frame repeats an earlier one if `is_repeat` says so of their fingerprints. Every frame is held
against the frames that stand for a group, not against each other's copies: a slow pan, in which
each frame is a pixel from the one before, does not end up as one group.

Which frames are grouped depends on their fingerprints and their order only, not on what was
measured in which run.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd

from clusterkit.fingerprints import Fingerprint, is_repeat

LOOKBACK = 24
"""Groups that a frame is held against, the latest of its sequence: enough for a mouth that opens
and shuts, or three characters in turn, and few enough for a folder without any scenes."""


def order_sequences(frames: pd.DataFrame) -> list[np.ndarray]:
    """Part the frames into sequences, in each of which time runs.

    A sequence is one scene of one episode. Where the names tell no scene, it is all such frames
    of an episode, or of the folder; where they tell no time, the order of the names.

    Parameters
    ----------
    frames : DataFrame
        As from `find_frames`.

    Returns
    -------
    list of ndarray, int64
        Row numbers; every row is in one sequence.
    """
    if not len(frames):
        return []
    names = frames["episode"].astype(str) + "\0" + frames["scene"].astype(str)
    numbers = pd.factorize(names)[0]
    moment = frames["frame"].astype("Float64").fillna(frames["seconds"])
    times = moment.to_numpy(np.float64, na_value=np.inf)
    order = np.lexsort((np.arange(len(frames)), times, numbers))
    return np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)


class Lookback:
    """What has been seen of one sequence: its latest groups, each shown by its first frame."""

    def __init__(self) -> None:
        self._groups: deque[tuple[int, Fingerprint]] = deque(maxlen=LOOKBACK)

    def find_first(self, row: int, fingerprint: Fingerprint | None) -> int:
        """Row of the frame that this one repeats; the row itself if it is new."""
        if fingerprint is None:
            return row
        for at in range(len(self._groups) - 1, -1, -1):
            first, known = self._groups[at]
            if is_repeat(known, fingerprint):
                # Latest last: a mouth that keeps opening and shutting is never forgotten.
                del self._groups[at]
                self._groups.append((first, known))
                return first
        self._groups.append((row, fingerprint))
        return row


def group_duplicates(
    fingerprints: Sequence[Fingerprint | None], sequences: Sequence[np.ndarray]
) -> np.ndarray:
    """Find the first frame of each frame's group.

    Parameters
    ----------
    fingerprints : sequence of Fingerprint or None
        One a frame; None never repeats anything.
    sequences : sequence of ndarray
        As from `order_sequences`.

    Returns
    -------
    ndarray, shape (n,), int64
        Row numbers; a frame that repeats nothing has its own.
    """
    firsts = np.arange(len(fingerprints))
    for rows in sequences:
        lookback = Lookback()
        for row in rows.tolist():
            firsts[row] = lookback.find_first(row, fingerprints[row])
    return firsts


class Turnstile:
    """Lets threads through one by one, by number, whatever order they come in."""

    def __init__(self) -> None:
        self._next = 0
        self._changed = threading.Condition()

    @contextmanager
    def take_turn(self, number: int) -> Iterator[None]:
        """Wait until all smaller numbers are through. Every number from 0 on must come."""
        with self._changed:
            self._changed.wait_for(lambda: self._next == number)
        try:
            yield
        finally:
            with self._changed:
                self._next += 1
                self._changed.notify_all()
