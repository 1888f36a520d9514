"""A file in the hands of a worker: read, decoded and compared, and prepared if it is new.

Workers read ahead in parallel and decide one by one, in the order of time: whether a frame repeats
an earlier one can only be told once that one has been seen. What the store knows is not read again.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clusterkit.duplicates import Lookback, Turnstile, group_duplicates, order_sequences
from clusterkit.encoders.base import Encoder
from clusterkit.errors import ImageError
from clusterkit.fingerprints import Fingerprint, take_fingerprint
from clusterkit.images import Picture, decode_image, make_thumbnail
from clusterkit.quality import measure_quality
from clusterkit.store import FileStamp, FrameRecord, MeasurementStore

DIGEST_BYTES = 16
"""128 bits: no two of a billion frames are likely to collide."""

MOST_BYTES = 1 << 29
"""Largest file that is read, 512 MiB: no frame of a film is that large."""


@dataclass(frozen=True)
class Step:
    """One frame's turn: its place in the order of time, and what its sequence has shown so far."""

    number: int
    row: int
    lookback: Lookback


@dataclass(frozen=True)
class Reading:
    """What a worker found out about a file: all but the vector.

    Attributes
    ----------
    row : int
    stamp : FileStamp or None
    digest : str or None
        None where the file cannot be opened.
    record : FrameRecord or None
        What the store does not have yet; None where it has all but perhaps the vector.
    prepared : tuple of (ndarray or None)
        One an encoder; None where no vector is needed.
    problem : str or None
        Why the file cannot be opened.
    seconds : float
        What preparing took.
    """

    row: int
    stamp: FileStamp | None
    digest: str | None = None
    record: FrameRecord | None = None
    prepared: tuple[np.ndarray | None, ...] = ()
    problem: str | None = None
    seconds: float = 0.0


@dataclass
class _Look:
    """A file on its way: as much of it as is known."""

    digest: str | None = None
    problem: str | None = None
    data: bytes | None = None
    picture: Picture | None = None
    record: FrameRecord | None = None
    is_new: bool = False

    @property
    def fingerprint(self) -> Fingerprint | None:
        return self.record.fingerprint if self.record is not None else None

    @property
    def is_usable(self) -> bool:
        return self.record is not None and self.record.problem is None


def compute_digest(data: bytes) -> str:
    """Content digest of a file: BLAKE2b, 32 hexadecimal characters."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def _stamp_file(file: str) -> FileStamp | None:
    """Size and time of a file; None where there is none."""
    try:
        status = os.stat(file)
    except OSError:
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)


class Reader:
    """Reads what the store does not know, from several threads.

    Parameters
    ----------
    frames : DataFrame
        As `find_frames` returns it.
    encoders : sequence of Encoder
        Each gives every frame a vector of its own kind, from the one decoded picture.
    store : MeasurementStore
        Asked here only, not by the threads.
    is_sharing : bool
        Whether a frame that repeats another needs no vector of its own.

    Attributes
    ----------
    files : list of str
    sequences : list of ndarray
        As from `order_sequences`.
    digests : list of str or None
        What the store knows of each file as it is now.
    unfinished : ndarray, shape (n,), bool
        Frames that have to be read.
    """

    def __init__(
        self,
        frames: pd.DataFrame,
        encoders: Sequence[Encoder],
        store: MeasurementStore,
        *,
        is_sharing: bool,
    ) -> None:
        self.files: list[str] = frames["file"].tolist()
        self.sequences = order_sequences(frames)
        self._encoders, self._is_sharing = encoders, is_sharing
        self._stamps = [_stamp_file(file) for file in self.files]
        self.digests = store.find_digests(self.files, self._stamps)
        # A file that is new here may have been measured under another name.
        everything = any(digest is None for digest in self.digests)
        self._known = store.load_frames(None if everything else filter(None, self.digests))
        self._embedded = [store.find_embedded(encoder.fingerprint) for encoder in encoders]
        self._turnstile = Turnstile()
        self.unfinished = self._find_unfinished()

    def _find_unfinished(self) -> np.ndarray:
        records = [self._known.get(digest) if digest else None for digest in self.digests]
        marks = [record.fingerprint if record else None for record in records]
        firsts = group_duplicates(marks, self.sequences)
        unfinished = np.zeros(len(records), bool)
        for row, (digest, record) in enumerate(zip(self.digests, records, strict=True)):
            unfinished[row] = record is None or (
                record.problem is None
                and any(digest not in embedded for embedded in self._embedded)
                and not (self._is_sharing and firsts[row] != row)
            )
        return unfinished

    def plan(self) -> Iterator[Step]:
        """Every frame of the sequences that have anything to do, in the order of time.

        What is known of a sequence comes too: it is compared with.
        """
        number = 0
        for rows in self.sequences:
            if not self.unfinished[rows].any():
                continue
            lookback = Lookback()
            for row in rows.tolist():
                yield Step(number, row, lookback)
                number += 1

    def read(self, step: Step) -> Reading | None:
        """Do everything about one file that needs no other but the earlier ones of its sequence.

        Returns
        -------
        Reading or None
            None where there was nothing to do.
        """
        look = _Look()
        try:
            self._look(step.row, look)
        finally:  # whatever happens, the next one must not wait for ever
            with self._turnstile.take_turn(step.number):
                first = step.lookback.find_first(step.row, look.fingerprint)
        prepared: tuple[np.ndarray | None, ...] = (None,) * len(self._encoders)
        seconds = 0.0
        repeats = self._is_sharing and first != step.row
        lacks = [look.digest not in embedded for embedded in self._embedded]
        if look.is_usable and not repeats and any(lacks):
            if look.picture is None:
                self._decode(step.row, look)
            if look.picture is not None:
                started = time.perf_counter()
                prepared = tuple(
                    encoder.prepare(look.picture) if lacking else None
                    for encoder, lacking in zip(self._encoders, lacks, strict=True)
                )
                seconds = time.perf_counter() - started
        if look.data is None and look.problem is None:
            return None
        return Reading(
            step.row, self._stamps[step.row], look.digest, look.record if look.is_new else None,
            prepared, look.problem, seconds,
        )  # fmt: skip

    def _look(self, row: int, look: _Look) -> None:
        """Learn the fingerprint: from the store, or from the file."""
        look.digest = self.digests[row]
        if look.digest is None:
            self._load(row, look)
        if look.digest is None:
            return
        look.record = self._known.get(look.digest)
        if look.record is None:
            self._decode(row, look)

    def _load(self, row: int, look: _Look) -> None:
        stamp = self._stamps[row]
        if stamp is not None and stamp.size > MOST_BYTES:
            look.problem = f"the file is larger than {MOST_BYTES >> 20} MiB"
            return
        try:
            with open(self.files[row], "rb") as stream:
                look.data = stream.read()
        except OSError as error:
            look.problem = f"cannot be opened: {error.strerror or error}"
            return
        look.digest = compute_digest(look.data)

    def _decode(self, row: int, look: _Look) -> None:
        if look.data is None:
            self._load(row, look)
        if look.data is None or look.digest is None:
            return
        look.is_new = True
        try:
            look.picture = decode_image(look.data)
        except ImageError as error:
            look.record = FrameRecord(look.digest, None, None, str(error))
            return
        look.record = FrameRecord(
            look.digest,
            measure_quality(look.picture),
            make_thumbnail(look.picture.character),
            None,
            take_fingerprint(look.picture),
        )
