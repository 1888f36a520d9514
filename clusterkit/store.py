"""What the slow pass measured, kept in one SQLite file that survives a crash at any moment.

Everything is keyed by content: a frame by the digest of its bytes, a vector by that digest and the
encoder's fingerprint. So a renamed file, another model or another preprocessing can never be given
a stale value. Deleting the file costs time, nothing else.
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from clusterkit.errors import OutputError
from clusterkit.fingerprints import Fingerprint
from clusterkit.quality import Quality

logger = logging.getLogger(__name__)

CACHE_FOLDER = ".clusterkit"
STORE_NAME = "measurements.sqlite"

STORE_VERSION = 4
"""Raise it when a column or a metric changes its meaning: frames are then measured anew. Vectors
stay, and are what takes hours: who changes how pictures are prepared changes the encoders'
fingerprints, which say all that a vector depends on."""

BUSY_SECONDS = 30
"""How long to wait for another process that is writing to the same store."""

SQL_VARIABLES = 500
"""Values in one query; SQLite's own limit was 999 for long."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, modified_ns INTEGER NOT NULL,
    digest TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS frame (
    digest TEXT PRIMARY KEY, width INTEGER, height INTEGER, blur_score REAL, alpha_coverage REAL,
    problem TEXT, fingerprint BLOB, thumbnail BLOB);
CREATE TABLE IF NOT EXISTS embedding (
    digest TEXT NOT NULL, encoder TEXT NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (digest, encoder)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class FileStamp:
    """What tells, without reading it, that a file is the one measured before."""

    size: int
    modified_ns: int


@dataclass(frozen=True)
class FrameRecord:
    """One frame as measured.

    Attributes
    ----------
    digest : str
        Content digest of the file.
    quality : Quality or None
        None where the image cannot be decoded.
    thumbnail : bytes or None
        WebP.
    problem : str or None
        Why the image cannot be used.
    fingerprint : Fingerprint or None
        None where there is too little to compare.
    vector : ndarray, shape (d,), float32, or None
        None where there is nothing to embed; NaN where the encoder gave no direction.
    """

    digest: str
    quality: Quality | None
    thumbnail: bytes | None
    problem: str | None
    fingerprint: Fingerprint | None = None
    vector: np.ndarray | None = None


class MeasurementStore:
    """The measurements of one result folder. Use it as a context manager; one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection = self._open()

    def __enter__(self) -> MeasurementStore:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the store cannot be used afterwards."""
        self._connection.close()

    def _open(self) -> sqlite3.Connection:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                return self._connect()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                damaged = self.path.with_suffix(".damaged")
                self.path.replace(damaged)
                logger.warning(
                    "%s was damaged (%s): set aside as %s", self.path, error, damaged.name
                )
                return self._connect()
        except (OSError, sqlite3.OperationalError) as error:
            raise OutputError(f"cannot write the cache {self.path}: {error}") from None

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS)
        try:
            # A rollback journal, not a write-ahead log: it also works on network file systems.
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = NORMAL")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            with connection:
                if version != STORE_VERSION:
                    for table in ("file", "frame"):
                        connection.execute(f"DROP TABLE IF EXISTS {table}")
                    connection.execute(f"PRAGMA user_version = {STORE_VERSION}")
                connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._connection as connection:
                yield connection
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"cannot write the cache {self.path}: {error}. What was measured before is kept: "
                "make room and run the same command again"
            ) from None

    def find_digests(
        self, files: Sequence[str], stamps: Sequence[FileStamp | None]
    ) -> list[str | None]:
        """Digests of files that have not changed since they were last read; None for the others."""
        known = {
            path: (FileStamp(size, modified), digest)
            for path, size, modified, digest in self._connection.execute("SELECT * FROM file")
        }
        found = [known.get(os.fsencode(file)) for file in files]
        return [
            entry[1] if entry is not None and entry[0] == stamp else None
            for entry, stamp in zip(found, stamps, strict=True)
        ]

    def find_embedded(self, encoder: str) -> set[str]:
        """Digests that have a vector of this encoder."""
        query = "SELECT digest FROM embedding WHERE encoder = ?"
        return {digest for (digest,) in self._connection.execute(query, (encoder,))}

    def add_frames(self, records: Iterable[FrameRecord], encoder: str) -> None:
        """Write one batch, whole or not at all."""
        frames, vectors = [], []
        for record in records:
            quality = record.quality
            metrics = (
                (None,) * 4
                if quality is None
                else (quality.width, quality.height, quality.blur_score, quality.alpha_coverage)
            )
            mark = record.fingerprint.to_bytes() if record.fingerprint else None
            frames.append((record.digest, *metrics, record.problem, mark, record.thumbnail))
            if record.vector is not None:
                vectors.append((record.digest, encoder, record.vector.astype("<f4").tobytes()))
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO frame VALUES (?, ?, ?, ?, ?, ?, ?, ?)", frames
            )
            connection.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", vectors)

    def add_vectors(self, vectors: Iterable[tuple[str, np.ndarray]], encoder: str) -> None:
        """Write vectors of an encoder, (digest, vector) each, all of them or none."""
        rows = [(digest, encoder, vector.astype("<f4").tobytes()) for digest, vector in vectors]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO embedding VALUES (?, ?, ?)", rows)

    def add_files(self, entries: Iterable[tuple[str, FileStamp, str]]) -> None:
        """Remember which digest each (file, stamp) had, so that it need not be read again."""
        rows = [
            (os.fsencode(f), stamp.size, stamp.modified_ns, digest) for f, stamp, digest in entries
        ]
        with self._writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", rows)

    def load_frames(self, digests: Iterable[str] | None = None) -> dict[str, FrameRecord]:
        """Metrics, problems and fingerprints by digest, without thumbnails and vectors.

        Parameters
        ----------
        digests : iterable of str, optional
            All that the store knows, by default.
        """
        query = (
            "SELECT digest, width, height, blur_score, alpha_coverage, problem, fingerprint "
            "FROM frame"
        )
        rows = self._connection.execute(query) if digests is None else self._select(query, digests)
        found = {}
        for digest, width, height, blur, coverage, problem, mark in rows:
            quality = None if width is None else Quality(width, height, blur, coverage)
            fingerprint = None if mark is None else Fingerprint.from_bytes(mark)
            found[digest] = FrameRecord(digest, quality, None, problem, fingerprint)
        return found

    def load_vectors(self, digests: Iterable[str], encoder: str) -> dict[str, np.ndarray]:
        """Vectors of one encoder by digest, each shape (d,), float32."""
        query = "SELECT digest, vector FROM embedding"
        rows = self._select(query, digests, " AND encoder = ?", (encoder,))
        return {digest: np.frombuffer(vector, "<f4") for digest, vector in rows}

    def load_thumbnails(self, digests: Iterable[str]) -> dict[str, bytes]:
        """WebP thumbnails by digest; a frame that could not be decoded has none."""
        query = "SELECT digest, thumbnail FROM frame"
        rows = self._select(query, digests, " AND thumbnail IS NOT NULL")
        return dict(rows)

    def _select(
        self, query: str, digests: Iterable[str], rest: str = "", values: tuple[object, ...] = ()
    ) -> Iterator[tuple]:
        distinct = list(dict.fromkeys(digests))
        for start in range(0, len(distinct), SQL_VARIABLES):
            some = distinct[start : start + SQL_VARIABLES]
            marks = ",".join("?" * len(some))
            yield from self._connection.execute(
                f"{query} WHERE digest IN ({marks}){rest}", (*some, *values)
            )
