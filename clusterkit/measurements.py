"""The one slow pass: read, decode, judge and embed each image once; remember all of it."""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TypeVar

import cv2
import numpy as np
import pandas as pd

from clusterkit.encoders.base import Encoder
from clusterkit.errors import ImageError, SettingsError
from clusterkit.images import crop_to_character, decode_image, make_thumbnail
from clusterkit.progress import track
from clusterkit.quality import measure_quality, tabulate_quality
from clusterkit.store import FileStamp, FrameRecord, MeasurementStore

DIGEST_BYTES = 16
"""128 bits: no two of a billion frames are likely to collide."""

BATCHES_AHEAD = 2
"""Batches decoded ahead of the encoder: enough to keep it busy, few enough to bound the memory."""

MOST_UNCOMMITTED = 128
"""Frames in a batch at most, whatever the encoder would take: what a killed run does again."""

MOST_BYTES = 1 << 29
"""Largest file that is read, 512 MiB: no frame of a film is that large."""

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
        width, height (Int64), blur_score, alpha_coverage (float64), problem (None, or one line).
    embeddings : ndarray, shape (n, d), float32
        L2-normalised rows; NaN where a frame has a problem.
    encoder : str
        Fingerprint of the encoder that made the rows.
    """

    quality: pd.DataFrame
    embeddings: np.ndarray
    encoder: str


@dataclass(frozen=True)
class _Decoded:
    """One file after the workers' part: all but the vector."""

    row: int
    stamp: FileStamp | None
    record: FrameRecord | None
    prepared: np.ndarray | None
    problem: str | None = None


def compute_digest(data: bytes) -> str:
    """Content digest of a file: BLAKE2b, 32 hexadecimal characters."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).hexdigest()


def measure(
    frames: pd.DataFrame,
    encoder: Encoder,
    *,
    store: MeasurementStore,
    workers: int | None = None,
    progress: bool = True,
) -> Measurements:
    """Measure and embed every frame that the store does not know yet.

    Files are read and decoded by threads (decoding and resizing run outside Python's lock), vectors
    come from the encoder a batch at a time, and every batch is committed before the next begins: a
    killed run repeats one batch at most.

    Parameters
    ----------
    frames : DataFrame
        As `find_frames` returns it.
    encoder : Encoder
    store : MeasurementStore
    workers : int, optional
        Threads that decode; one a core by default.
    progress : bool
        Show a bar with rate and time left.

    Raises
    ------
    SettingsError
        `workers` is less than one.
    OutputError
        The store cannot be written (disk full); what was measured before is kept.
    """
    if workers is not None and workers < 1:
        raise SettingsError(f"workers must be 1 or more, got {workers}")
    files = frames["file"].tolist()
    stamps = [_stamp_file(file) for file in files]
    digests = store.find_digests(files, stamps)
    measured = store.find_measured(encoder.fingerprint)
    problems: list[str | None] = [None] * len(files)
    todo = [row for row, digest in enumerate(digests) if digest is None or digest not in measured]

    def read(row: int) -> _Decoded:
        return _read_frame(row, files[row], stamps[row], encoder, measured)

    batch_size = min(encoder.batch_size, MOST_UNCOMMITTED)
    with _single_threaded_opencv(), ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        decoded = _map_ahead(pool, read, todo, BATCHES_AHEAD * batch_size)
        seen = track(decoded, total=len(todo), desc="Measuring", unit="frame",
                     disable=not (progress and todo))  # fmt: skip
        for batch in _take_batches(seen, batch_size):
            _store_batch(batch, files, encoder, store)
            for item in batch:
                digests[item.row] = item.record.digest if item.record else None
                problems[item.row] = item.problem
    return _collect(digests, problems, encoder, store)


def _stamp_file(file: str) -> FileStamp | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return FileStamp(status.st_size, status.st_mtime_ns)


def _read_frame(
    row: int, file: str, stamp: FileStamp | None, encoder: Encoder, measured: set[str]
) -> _Decoded:
    """Everything about one file that needs no other file; runs in a worker."""
    if stamp is not None and stamp.size > MOST_BYTES:
        return _Decoded(row, None, None, None, f"the file is larger than {MOST_BYTES >> 20} MiB")
    try:
        with open(file, "rb") as stream:
            data = stream.read()
    except OSError as error:
        return _Decoded(row, None, None, None, f"cannot be opened: {error.strerror or error}")
    digest = compute_digest(data)
    if digest in measured:
        return _Decoded(row, stamp, FrameRecord(digest, None, None, None), None)
    try:
        picture = decode_image(data)
    except ImageError as error:
        return _Decoded(row, stamp, FrameRecord(digest, None, None, str(error)), None)
    record = FrameRecord(
        digest, measure_quality(picture), make_thumbnail(crop_to_character(picture)), None
    )
    return _Decoded(row, stamp, record, encoder.prepare(picture))


def _store_batch(
    batch: list[_Decoded], files: list[str], encoder: Encoder, store: MeasurementStore
) -> None:
    read = [(item.record, item.prepared) for item in batch if item.record is not None]
    records = [record for record, _ in read if record.problem]
    fresh = [(record, prepared) for record, prepared in read if prepared is not None]
    if fresh:
        vectors = encoder.encode(np.stack([prepared for _, prepared in fresh]))
        records += [
            replace(record, vector=vector)
            for (record, _), vector in zip(fresh, vectors, strict=True)
        ]
    store.add_frames(records, encoder.fingerprint)
    store.add_files(
        (files[item.row], item.stamp, item.record.digest)
        for item in batch
        if item.record is not None and item.stamp is not None
    )


def _collect(
    digests: list[str | None],
    problems: list[str | None],
    encoder: Encoder,
    store: MeasurementStore,
) -> Measurements:
    """Gather what the store holds for these digests, in row order."""
    present = [digest for digest in digests if digest is not None]
    records = store.load_frames(present)
    vectors = store.load_vectors(present, encoder.fingerprint)
    embeddings = np.full((len(digests), encoder.dimensions), np.nan, np.float32)
    qualities = []
    for row, digest in enumerate(digests):
        record = records.get(digest) if digest is not None else None
        qualities.append(record.quality if record else None)
        vector = vectors.get(digest) if digest is not None else None
        if record is not None and record.problem:
            problems[row] = record.problem
        elif vector is not None and np.isfinite(vector).all():
            embeddings[row] = vector
        elif problems[row] is None:
            problems[row] = NO_DIRECTION
    quality = tabulate_quality(qualities)
    quality.insert(0, "digest", pd.Series(digests, dtype=object))
    quality["problem"] = pd.Series(problems, dtype=object)
    return Measurements(quality, embeddings, encoder.fingerprint)


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
        for future in waiting:
            future.cancel()


def _take_batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
