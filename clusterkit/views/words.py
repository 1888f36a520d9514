"""What a text tower says of views: sentences held against the vectors that are there already.

CLIP lays pictures and sentences in one space (Radford et al., ICML 2021). Several sentences a view
are averaged, as in its section 3.1.4. They are embedded once for a store and kept in it under the
encoder's fingerprint, so that views can be told later without the model.
"""

from __future__ import annotations

import logging

import numpy as np

from clusterkit.encoders.base import Encoder, make_fingerprint, normalize_rows, reads_text
from clusterkit.errors import EncoderError
from clusterkit.store import MeasurementStore
from clusterkit.views.judging import normalise_logarithms
from clusterkit.views.telling import VIEWS

PHRASES = {
    "front": ("seen from the front", "facing the viewer", "front view, the face visible"),
    "side": ("seen from the side", "in profile", "side view, facing left or right"),
    "back": ("seen from behind", "facing away from the viewer", "back view, no face visible"),
}
TEMPLATES = (
    "an anime character {}", "a cartoon character {}", "a drawing of a character {}",
    "a video game sprite of a character {}",
)  # fmt: skip
WORDS_VERSION = 1
"""Raise it when phrases or their averaging change: they are then embedded anew."""

LOGIT_SCALE = 100.0
"""What CLIP multiplies cosines with before a softmax."""

TOWER = "text tower"
"""Name of the entry that says which text tower the others came from."""

logger = logging.getLogger(__name__)


def remember_words(encoder: Encoder, store: MeasurementStore) -> None:
    """Put the vectors of front, side and back into the store, if the encoder reads text.

    An encoder without a text tower, or without its tokenizer, leaves the store as it is.
    """
    if not reads_text(encoder):
        return
    key, tower = name_words(encoder.fingerprint), _write_digest(encoder.text_digest)
    known = store.load_vectors([TOWER], key).get(TOWER)
    # The fingerprint knows the image tower only, and one can be trained to another text tower.
    if known is not None and np.array_equal(known, tower):
        return
    sentences = [form.format(phrase) for view in VIEWS for phrase in PHRASES[view]
                 for form in TEMPLATES]  # fmt: skip
    try:
        rows = encoder.embed_sentences(sentences)
    except EncoderError as error:
        logger.warning("views are told without words: %s", error)
        return
    means = rows.reshape(len(VIEWS), -1, rows.shape[1]).mean(axis=1)
    # To the length of one sentence: all are equally long, whatever parts an encoder is joined of.
    words = normalize_rows(means) * np.linalg.norm(rows[0])
    store.add_vectors([*zip(VIEWS, words, strict=True), (TOWER, tower)], key)


def load_words(store: MeasurementStore, encoder: str) -> np.ndarray | None:
    """The vectors of `VIEWS` in the space of an encoder, (3, d); None where there are none.

    Parameters
    ----------
    store : MeasurementStore
    encoder : str
        Fingerprint.
    """
    found = store.load_vectors(VIEWS, name_words(encoder))
    return np.stack([found[view] for view in VIEWS]) if len(found) == len(VIEWS) else None


def read_words(embeddings: np.ndarray, words: np.ndarray) -> np.ndarray:
    """Hold vectors of frames against those of words.

    Parameters
    ----------
    embeddings : ndarray, shape (n, d), float32
        Unit rows; NaN where there is none.
    words : ndarray, shape (3, d), float32
        As from `load_words`.

    Returns
    -------
    ndarray, shape (n, 3), float64
        Logarithms of the probabilities of `VIEWS`, as CLIP would give them; NaN as above.
    """
    cosines = embeddings.astype(np.float64) @ words.T.astype(np.float64)
    return normalise_logarithms(LOGIT_SCALE * cosines)


def name_words(encoder: str) -> str:
    """Key of the words' vectors in the store."""
    return make_fingerprint(
        "words", encoder=encoder, phrases=PHRASES, templates=TEMPLATES, version=WORDS_VERSION
    )


def _write_digest(digest: str) -> np.ndarray:
    """Letters as numbers: a store keeps vectors, and nothing else beside frames."""
    return np.array(list(digest.encode()), np.float32)
