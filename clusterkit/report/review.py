"""What a reviewer needs to decide something on the page: digests, names, and pairs worth asking.

The page decides as everything else does: about frames by the digest of their content. Its script
(`assets/decided.js`, `assets/review.js`) writes the lines of a log, and `clusterkit log OUT
--import FILE` takes them in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from clusterkit.clustering import rank_labels
from clusterkit.decisions.characters import apply_decisions, find_computed
from clusterkit.decisions.log import DecisionLog
from clusterkit.decisions.questions import find_pairs
from clusterkit.decisions.resemblance import learn_resemblance
from clusterkit.results import Result

MOST_PAIRS = 60
"""Pairs that are asked about: a reviewer with more patience finds the others by hand."""

_KEY_BYTES = 8


@dataclass(frozen=True)
class Review:
    """What decisions on the page are made of.

    Attributes
    ----------
    digests : tuple of str or None
        Of each frame.
    log : DecisionLog
        As it was when the report was made.
    names : dict of int to str
        Of the characters that people have named, by their rank, as they typed it.
    pairs : tuple of (int, int)
        Ranks of characters that may be one, the pair most worth asking first.
    """

    digests: tuple[str | None, ...]
    log: DecisionLog
    names: dict[int, str]
    pairs: tuple[tuple[int, int], ...]


def prepare_review(
    result: Result, digests: Sequence[str | None], log: DecisionLog, embeddings: np.ndarray
) -> Review:
    """Gather what a reviewer needs.

    Parameters
    ----------
    result : Result
        Its assignments are those by the log.
    digests : sequence of str or None
        Of each frame.
    log : DecisionLog
    embeddings : ndarray, shape (n, d), float32
    """
    found = find_computed(result.assignments)
    characters = apply_decisions(found, digests, log.decisions)
    # A character keeps its number through decisions; the report ranks them by their size now.
    ranks = dict(
        zip(characters.labels.tolist(), rank_labels(characters.labels).tolist(), strict=True)
    )
    pairs: list[tuple[int, int]] = []
    if len(characters.names) > 1:
        settings = result.settings.clustering
        resemblance = learn_resemblance(embeddings, result.frames, found.selected, settings)
        questions = find_pairs(characters, resemblance)[:MOST_PAIRS]
        pairs = [(ranks[question.target], ranks[question.source]) for question in questions]
    names = {ranks[number]: characters.names[number] for number in sorted(characters.named)}
    return Review(tuple(digests), log, names, tuple(pairs))


def make_key(output_dir: Path) -> str:
    """The name under which a browser keeps what is pending: one for every report of a result."""
    place = str(output_dir.resolve()).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(place, digest_size=_KEY_BYTES).hexdigest()


def pack_digests(digests: Sequence[str | None]) -> np.ndarray:
    """Digests as bytes, all zero where there is none; shape (n, length of a digest), uint8."""
    length = max((len(digest) for digest in digests if digest), default=0) // 2
    packed = np.zeros((len(digests), length), np.uint8)
    for row, digest in enumerate(digests):
        if digest:
            packed[row] = np.frombuffer(bytes.fromhex(digest), np.uint8)
    return packed
