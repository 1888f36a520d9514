"""The one slow pass: read, decode, judge and embed each image once; remember all of it."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
import pandas as pd

from clusterkit.duplicates import group_duplicates
from clusterkit.encoders.base import Encoder
from clusterkit.errors import SettingsError
from clusterkit.progress import track
from clusterkit.quality import tabulate_quality
from clusterkit.reading import Reader, Reading
from clusterkit.reading import compute_digest as compute_digest
from clusterkit.settings import DUPLICATE_CHOICES, SHARE
from clusterkit.store import MeasurementStore

BATCHES_AHEAD = 2
"""Batches decoded ahead of the encoder: enough to keep it busy, few enough to bound the memory."""

MOST_UNCOMMITTED = 128
"""Frames in a batch at most, whatever the encoder would take: what a killed run does again."""

NO_DIRECTION = "the encoder gave no usable vector: nothing of the character is visible"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Measurements:
    """What is known about every frame before any threshold or cluster.

    Attributes
    ----------
    quality : DataFrame
        One row a frame, aligned with `frames`: digest (str; None where the file cannot be opened),
        width, height (Int64), blur_score, alpha_coverage (float64), problem (None, or one line),
        duplicate_of (path of the frame that this one repeats, or None).
    embeddings : ndarray, shape (n, d), float32
        L2-normalised rows; NaN where a frame has a problem.
    encoder : str
        Fingerprint of the encoder that made the rows.
    seconds_saved : float
        Embedding time that this run spared by sharing vectors, from what the other frames took.
    """

    quality: pd.DataFrame
    embeddings: np.ndarray
    encoder: str
    seconds_saved: float = 0.0

    @property
    def n_duplicates(self) -> int:
        """How many frames repeat another."""
        return int(self.quality["duplicate_of"].notna().sum())


def measure(
    frames: pd.DataFrame,
    encoder: Encoder,
    *,
    store: MeasurementStore,
    others: Sequence[Encoder] = (),
    duplicates: str = SHARE,
    workers: int | None = None,
    progress: bool = True,
) -> Measurements:
    """Measure and embed every frame that the store does not know yet.

    Files are read and decoded by threads (decoding and resizing run outside Python's lock), vectors
    come from the encoder a batch at a time, and every batch is committed before the next begins: a
    killed run repeats one batch at most. A frame that repeats an earlier one of its sequence is
    found out before the encoder sees it, and has that one's vector. The store holds own vectors
    only, so that no setting and no frame that comes later can make one stale.

    Parameters
    ----------
    frames : DataFrame
        As `find_frames` returns it.
    encoder : Encoder
    store : MeasurementStore
    others : sequence of Encoder
        Whose vectors are put into the store as well, such as what views are told from.
    duplicates : {"share", "embed"}
        Whether near-duplicates share the vector of the first of them, or each has its own.
    workers : int, optional
        Threads that decode; one a core by default.
    progress : bool
        Show a bar with rate and time left.

    Raises
    ------
    SettingsError
        `workers` is less than one, or `duplicates` is unknown.
    OutputError
        The store cannot be written (disk full); what was measured before is kept.
    """
    if workers is not None and workers < 1:
        raise SettingsError(f"workers must be 1 or more, got {workers}")
    if duplicates not in DUPLICATE_CHOICES:
        choices = " or ".join(map(repr, DUPLICATE_CHOICES))
        raise SettingsError(f"duplicates must be {choices}, got {duplicates!r}")
    encoders = (encoder, *others)
    reader = Reader(frames, encoders, store, is_sharing=duplicates == SHARE)
    digests = list(reader.digests)
    problems: list[str | None] = [None] * len(frames)
    effort = _Effort(workers or os.cpu_count() or 1)
    batch_size = min(MOST_UNCOMMITTED, *(each.batch_size for each in encoders))
    with _single_threaded_opencv(), ThreadPoolExecutor(effort.workers) as pool:
        readings = _map_ahead(pool, reader.read, reader.plan(), BATCHES_AHEAD * batch_size)
        new = (reading for reading in readings if reading is not None)
        n_unfinished = int(reader.unfinished.sum())
        seen = track(new, total=n_unfinished, desc="Measuring", unit="frame",
                     disable=not (progress and n_unfinished))  # fmt: skip
        for batch in _take_batches(seen, batch_size):
            _store_batch(batch, reader.files, encoders, store, effort)
            for reading in batch:
                digests[reading.row], problems[reading.row] = reading.digest, reading.problem
    quality = _tabulate(frames, digests, problems, reader.sequences, store)
    embeddings = load_embeddings(frames, quality, store, encoder.fingerprint, duplicates)
    if not embeddings.shape[1]:
        embeddings = np.full((len(frames), encoder.dimensions), np.nan, np.float32)
    lost = quality["problem"].isna().to_numpy() & np.isnan(embeddings).any(axis=1)
    quality.loc[lost, "problem"] = NO_DIRECTION
    embeddings[quality["problem"].notna().to_numpy()] = np.nan
    repeats = quality["duplicate_of"].notna().to_numpy() & reader.unfinished
    spared = effort.estimate(int(repeats.sum())) if duplicates == SHARE else 0.0
    return Measurements(quality, embeddings, encoder.fingerprint, spared)


def load_embeddings(
    frames: pd.DataFrame,
    quality: pd.DataFrame,
    store: MeasurementStore,
    encoder: str,
    duplicates: str,
) -> np.ndarray:
    """Vectors of measured frames from the store, without the encoder that made them.

    Parameters
    ----------
    frames, quality : DataFrame
        Aligned.
    store : MeasurementStore
    encoder : str
        Fingerprint.
    duplicates : {"share", "embed"}
        As they were measured.

    Returns
    -------
    ndarray, shape (n, d), float32
        NaN where the store has none; d is 0 if it has none at all.
    """
    digests: list[str | None] = quality["digest"].tolist()
    if duplicates == SHARE:
        digest_of = dict(zip(frames["path"], digests, strict=True))
        firsts = quality["duplicate_of"].tolist()
        digests = [
            digest if pd.isna(first) else digest_of.get(first, digest)
            for digest, first in zip(digests, firsts, strict=True)
        ]
    vectors = store.load_vectors((digest for digest in digests if digest), encoder)
    width = len(next(iter(vectors.values()), ()))
    embeddings = np.full((len(digests), width), np.nan, np.float32)
    for row, digest in enumerate(digests):
        if digest in vectors:
            embeddings[row] = vectors[digest]
    return embeddings


@dataclass
class _Effort:
    """What embedding took so far.

    The first batch is left out: in its time is what is done once, threads and compiled loops, and a
    few small frames would seem to take seconds each.
    """

    workers: int
    is_warm: bool = False
    n_embedded: int = 0
    encoding: float = 0.0
    preparing: float = 0.0

    def add(self, n_embedded: int, seconds: float, batch: list[Reading]) -> None:
        """Count a batch, `n_embedded` frames of which took so many seconds to encode."""
        if self.is_warm:
            self.n_embedded += n_embedded
            self.encoding += seconds
            self.preparing += sum(reading.seconds for reading in batch)
        self.is_warm = True

    def estimate(self, n_frames: int) -> float:
        """Seconds that as many frames more would have taken; workers prepare side by side."""
        if not self.n_embedded:
            return 0.0
        return n_frames * (self.encoding + self.preparing / self.workers) / self.n_embedded


def _store_batch(
    batch: list[Reading],
    files: Sequence[str],
    encoders: Sequence[Encoder],
    store: MeasurementStore,
    effort: _Effort,
) -> None:
    started = time.perf_counter()
    vectors = [_encode(batch, which, encoder) for which, encoder in enumerate(encoders)]
    if vectors[0]:
        effort.add(len(vectors[0]), time.perf_counter() - started, batch)
    records = [
        replace(reading.record, vector=vectors[0].get(reading.row))
        for reading in batch
        if reading.record is not None
    ]
    store.add_frames(records, encoders[0].fingerprint)
    for encoder, found in zip(encoders[1:], vectors[1:], strict=True):
        store.add_vectors(
            ((r.digest, found[r.row]) for r in batch if r.digest and r.row in found),
            encoder.fingerprint,
        )
    store.add_files(
        (files[reading.row], reading.stamp, reading.digest)
        for reading in batch
        if reading.digest is not None and reading.stamp is not None
    )


def _encode(batch: list[Reading], which: int, encoder: Encoder) -> dict[int, np.ndarray]:
    """The vectors of one encoder by row; only of frames that lack one."""
    prepared = {
        reading.row: pixels
        for reading in batch
        if reading.prepared and (pixels := reading.prepared[which]) is not None
    }
    if not prepared:
        return {}
    vectors = encoder.encode(np.stack(list(prepared.values())))
    return dict(zip(prepared, vectors, strict=True))


def _tabulate(
    frames: pd.DataFrame,
    digests: list[str | None],
    problems: list[str | None],
    sequences: Sequence[np.ndarray],
    store: MeasurementStore,
) -> pd.DataFrame:
    """The quality table, from what the store holds now."""
    known = store.load_frames(digest for digest in digests if digest is not None)
    records = [known.get(digest) if digest is not None else None for digest in digests]
    firsts = group_duplicates([r.fingerprint if r else None for r in records], sequences)
    paths = frames["path"].tolist()
    repeated = [None if first == row else paths[first] for row, first in enumerate(firsts)]
    said = [record.problem if record else None for record in records]
    quality = tabulate_quality([record.quality if record else None for record in records])
    quality.insert(0, "digest", pd.Series(digests, dtype=object))
    quality["problem"] = pd.Series(
        [one or other for one, other in zip(said, problems, strict=True)], dtype=object
    )
    quality["duplicate_of"] = pd.Series(repeated, dtype=object)
    return quality


@contextmanager
def _single_threaded_opencv() -> Iterator[None]:
    """OpenCV's own threads would compete with ours, one image each being the better split."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


def _map_ahead(
    pool: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T], ahead: int
) -> Iterator[R]:
    """Map in order, at most `ahead` results waiting: `pool.map` would decode the whole folder."""
    waiting: deque[Future[R]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) >= ahead:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        # The last first: a worker must not wait for the turn of one that was cancelled before it.
        for future in reversed(waiting):
            future.cancel()


def _take_batches(items: Iterable[Reading], size: int) -> Iterator[list[Reading]]:
    """Parts with `size` frames for the encoder, or `MOST_UNCOMMITTED` of any kind."""
    batch: list[Reading] = []
    n_prepared = 0
    for item in items:
        batch.append(item)
        n_prepared += item.prepared is not None
        if n_prepared == size or len(batch) == MOST_UNCOMMITTED:
            yield batch
            batch, n_prepared = [], 0
    if batch:
        yield batch
