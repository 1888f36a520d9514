"""What every encoder is, and the two things all of them do alike: unit rows and a fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, TypeGuard

import numpy as np

from clusterkit.images import Picture

FINGERPRINT_DIGITS = 16
"""Hexadecimal digits kept of a digest: 64 bits, ample for the encoders one cache ever meets."""

READ_BYTES = 1 << 20


class Encoder(Protocol):
    """Turns pictures into embeddings, in two halves: one for threads, one for the device.

    Attributes
    ----------
    name : str
        As the user gave it: "ViT-B/32", "builtin", "encoder.onnx".
    fingerprint : str
        Short and stable id of everything that decides the vectors: the weights themselves, the
        architecture, the framing, the precision. The key of the cache: equal fingerprints, equal
        vectors, on any machine.
    dimensions : int
        Length of an embedding.
    batch_size : int
        How many prepared pictures `encode` is best given at once on this device.
    """

    name: str
    fingerprint: str
    dimensions: int
    batch_size: int

    def prepare(self, picture: Picture) -> np.ndarray:
        """One picture's share of the CPU work; safe to call from several threads at once.

        Returns
        -------
        ndarray
            Of the same shape and dtype for every picture, so that a batch is `np.stack`.
        """
        ...

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures.

        Parameters
        ----------
        batch : ndarray, shape (n, ...)
            Stacked results of `prepare`; n may be 0.

        Returns
        -------
        ndarray, shape (n, dimensions), float32
            L2-normalised rows. A row that has no direction (zero or not finite) is all NaN.
        """
        ...


class TextEncoder(Encoder, Protocol):
    """An encoder that has a text tower: pictures and sentences lie in one space.

    Attributes
    ----------
    text_digest : str
        Of the text tower's weights; empty where there is none after all.
    """

    text_digest: str

    def embed_sentences(self, sentences: Sequence[str]) -> np.ndarray:
        """Embed sentences.

        Returns
        -------
        ndarray, shape (n, dimensions), float32
            The product with a row of `encode` is the cosine between sentence and picture.

        Raises
        ------
        EncoderError
            The model's tokenizer cannot be had.
        """
        ...


def reads_text(encoder: Encoder) -> TypeGuard[TextEncoder]:
    """Whether sentences can be held against this encoder's pictures."""
    return bool(getattr(encoder, "text_digest", ""))


def normalize_rows(vectors: np.ndarray) -> np.ndarray:
    """Scale rows to unit length; a row that has no direction becomes NaN, never a silent zero.

    Parameters
    ----------
    vectors : ndarray, shape (n, dimensions), any float dtype

    Returns
    -------
    ndarray, shape (n, dimensions), float32
    """
    # float64: the squares of a half-precision network's overflow would make a good row infinite.
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(lengths) & (lengths > 0)
    unit = np.full(rows.shape, np.nan)
    np.divide(rows, lengths, out=unit, where=usable)
    return unit.astype(np.float32)


def make_fingerprint(kind: str, **what: Any) -> str:
    """Condense everything that decides an encoder's vectors into a short id, like "clip-1f0c...".

    Parameters
    ----------
    kind : str
        Family of the encoder; kept readable in front.
    **what
        JSON values: digests, sizes, colours, names, versions of an algorithm.
    """
    text = json.dumps(what, sort_keys=True, separators=(",", ":"))
    return f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_DIGITS]}"


def digest_file(path: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(READ_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
