"""Two encoders side by side: `A+B`, each seeing what the other does not.

A network knows that a face from the side is the same face; a colour histogram never mistakes a red
coat for a blue one. Their unit vectors are put end to end, scaled so that the cosine of two rows is
the weighted mean of the parts' cosines:

    cos = (w1 cos1 + w2 cos2) / (w1 + w2)

so a weight is how much a part has to say, whatever its number of dimensions. `A*2+B` gives A twice
the say of B. A part without a weight has `DEFAULT_WEIGHTS`'s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clusterkit.encoders.base import Encoder, make_fingerprint, normalize_rows, reads_text
from clusterkit.errors import SettingsError
from clusterkit.images import Picture

DEFAULT_WEIGHTS = {"descriptor": 1.0}
"""Say of a part that is given none, by its name; every other part has 1."""


@dataclass(frozen=True)
class Part:
    """One encoder of several: its name as `load_encoder` takes it, and its say."""

    name: str
    weight: float


def split_name(name: str) -> list[Part]:
    """Take `ViT-B/32*2+descriptor` apart; a name without a plus is one part.

    Raises
    ------
    SettingsError
        An empty part, a weight that is not a positive number, or one part twice.
    """
    if Path(name).expanduser().is_file():  # a file may have a plus or a star in its name
        return [Part(name, 1.0)]
    parts = [_read_part(text.strip(), name) for text in name.split("+")]
    names = [part.name for part in parts]
    if len(set(names)) < len(names):
        raise SettingsError(f"model {name!r} joins an encoder with itself; give it a weight: A*2")
    return parts


def _read_part(text: str, whole: str) -> Part:
    name, star, weight = text.rpartition("*")
    if not star:
        name, weight = text, str(DEFAULT_WEIGHTS.get(text, 1.0))
    try:
        value = float(weight)
    except ValueError:
        value = math.nan
    if not name.strip() or not (math.isfinite(value) and value > 0):
        raise SettingsError(
            f"model {whole!r}: encoders are joined as A+B, with weights as A*2+B*0.5; {text!r} is "
            "not NAME or NAME*WEIGHT with a weight above 0"
        )
    return Part(name.strip(), value)


class JoinedEncoder:
    """Several encoders as one.

    Parameters
    ----------
    name : str
        As the user gave it.
    encoders : sequence of Encoder
    weights : sequence of float
        Positive, one an encoder; only their ratios matter.
    """

    weighs_pictures = False
    """Whether `weigh` looks at the pictures: then rows of the parts alone cannot be joined."""

    def __init__(self, name: str, encoders: Sequence[Encoder], weights: Sequence[float]) -> None:
        self.name = name
        self.encoders = tuple(encoders)
        self.weights = np.asarray(weights, np.float64) / np.sum(weights)
        self.dimensions = sum(encoder.dimensions for encoder in encoders)
        self.batch_size = min(encoder.batch_size for encoder in encoders)
        self.fingerprint = make_fingerprint(
            "joined",
            parts=[
                [encoder.fingerprint, round(float(weight), 6)]
                for encoder, weight in zip(encoders, self.weights, strict=True)
            ],
        )

    def prepare(self, picture: Picture) -> np.ndarray:
        """Prepare for each part: one record, shape (), with a field `part0`, `part1`, … each."""
        prepared = [np.asarray(encoder.prepare(picture)) for encoder in self.encoders]
        record = np.empty(
            (), [(f"part{i}", part.dtype, part.shape) for i, part in enumerate(prepared)]
        )
        for i, part in enumerate(prepared):
            record[f"part{i}"] = part
        return record

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures; see `Encoder.encode`. A row without one part has none."""
        if not len(batch):
            return np.empty((0, self.dimensions), np.float32)
        rows = [
            encoder.encode(np.ascontiguousarray(batch[f"part{i}"]))
            for i, encoder in enumerate(self.encoders)
        ]
        return join_rows(rows, self.weigh(batch))

    def weigh(self, batch: np.ndarray) -> np.ndarray:
        """Say of each part in prepared pictures: (k,) for all of them, or (n, k)."""
        return self.weights

    @property
    def text_digest(self) -> str:
        """Of the text towers of its parts; empty where no part has one."""
        digests = [part.text_digest for part in self.encoders if reads_text(part)]
        return make_fingerprint("texts", parts=digests) if digests else ""

    def embed_sentences(self, sentences: Sequence[str]) -> np.ndarray:
        """Embed sentences; see `TextEncoder.embed_sentences`.

        Parts without a text tower have zeros, the others what makes up for their weight: the
        product with a joined row is the mean of the cosines of the parts that read.
        """
        n_reading = sum(map(reads_text, self.encoders))
        columns = [
            encoder.embed_sentences(sentences) / (n_reading * math.sqrt(weight))
            if reads_text(encoder)
            else np.zeros((len(sentences), encoder.dimensions))
            for encoder, weight in zip(self.encoders, self.weights, strict=True)
        ]
        return np.hstack(columns).astype(np.float32)

    def join(self, rows: Sequence[np.ndarray]) -> np.ndarray:
        """Put the parts' rows, one array (n, d) a part, end to end; see `join_rows`."""
        return join_rows(rows, self.weights)


def join_rows(parts: Sequence[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Put rows end to end, so that a cosine is the weighted mean of the parts' cosines.

    Parameters
    ----------
    parts : sequence of ndarray, shape (n, d) each
        Unit rows, one array a part.
    weights : ndarray, shape (k,) or (n, k)
        Say of each part, for all rows or for each of them; only ratios matter. Of two rows with
        other weights, a part counts with the geometric mean of what both give it.

    Returns
    -------
    ndarray, shape (n, sum of d), float32
        Unit rows; NaN where a part has none.
    """
    scales = np.sqrt(np.broadcast_to(weights, (len(parts[0]), len(parts))))
    return normalize_rows(
        np.hstack([scale[:, None] * rows for scale, rows in zip(scales.T, parts, strict=True)])
    )
