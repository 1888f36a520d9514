"""All that is known about the frames beside the hierarchy: what refining a cut may ask."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from clusterkit.likeness import measure_pairs
from clusterkit.refining.constraints import Constraints
from clusterkit.sequences import FilmRows, pair_simultaneous


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows, each with a weight.

    Attributes
    ----------
    first, second : ndarray, shape (n_pairs,), int64
    weights : ndarray, shape (n_pairs,), float64
    """

    first: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    second: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    weights: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.first)

    def tally(self, labels: np.ndarray, count: int) -> np.ndarray:
        """Sum the weights between groups: (count, count), symmetric; -1 is no group."""
        one, other = labels[self.first], labels[self.second]
        inside = (one >= 0) & (other >= 0)
        sums = np.zeros((count, count))
        np.add.at(sums, (one[inside], other[inside]), self.weights[inside])
        return sums + sums.T


@dataclass(frozen=True)
class Evidence:
    """What is known about the rows of a hierarchy.

    Attributes
    ----------
    witnesses : tuple of ndarray, shape (n, d), float32
        Unit rows: those the hierarchy was built on, and those that scenes had not taught where they
        differ.
    scenes : ndarray, shape (n,), int
        -1 where the name tells none, or scenes are not to be used.
    companions : Pairs
        Frames of one scene, weighed by how likely they are one character.
    rivals : Pairs
        Frames of one moment, weighed by how likely they are two characters: in a mirror or a
        flashback one character is there twice, and looks it.
    constraints : Constraints
        What a person said is, and is not, one character.
    embeddings : ndarray, shape (n, d), float32, or None
        Unit rows before anything was learnt.
    insights : dict
        What `crowds` found inside clusters before.
    """

    witnesses: tuple[np.ndarray, ...]
    scenes: np.ndarray
    companions: Pairs = field(default_factory=Pairs)
    rivals: Pairs = field(default_factory=Pairs)
    constraints: Constraints = field(default_factory=Constraints)
    embeddings: np.ndarray | None = None
    insights: dict[tuple[str, int, int], np.ndarray] = field(default_factory=dict, repr=False)


def gather_evidence(
    rows: np.ndarray,
    film: FilmRows,
    frames: pd.DataFrame,
    constraints: Constraints,
    embeddings: np.ndarray,
) -> Evidence:
    """Weigh what the names and the person say about the rows.

    Parameters
    ----------
    rows : ndarray, shape (n, k), float32
        Before the scenes taught anything.
    film : FilmRows
        What the scenes taught; without a likeness the names say nothing.
    frames : DataFrame
        Aligned with the rows.
    constraints : Constraints
        On these rows.
    embeddings : ndarray, shape (n, d), float32
        Before anything was learnt.
    """
    if film.likeness is None or film.scenes is None or film.companions is None:
        alone = np.full(len(rows), -1)
        return Evidence((rows,), alone, constraints=constraints, embeddings=embeddings)
    first, second = film.companions
    companions = Pairs(first, second, film.likeness(measure_pairs(film.rows, first, second)))
    first, second = pair_simultaneous(frames)
    rivals = Pairs(first, second, 1 - film.likeness(measure_pairs(film.rows, first, second)))
    return Evidence((film.rows, rows), film.scenes, companions, rivals, constraints, embeddings)
