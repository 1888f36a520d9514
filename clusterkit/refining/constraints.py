"""Must-links and cannot-links between groups of frames, and what they mean for clusters.

A group is a character as somebody saw it, and a few of its frames may be strays. So a group speaks
for a cluster by vote: it *holds* a cluster of which it is at least a quarter, or that most of its
own frames are in.

- Linked groups: the clusters that they hold become one; of a group that holds none, the noise goes
  with the other.
- Parted groups: the clusters that they hold never become one, and no cluster keeps frames of both.
  Where both are at home, the cluster is divided between them; elsewhere the fewer frames leave it.
  (A frame or two that are parted from a character only stay out of it: they hold nothing.)
- Placed frames are in the cluster that their group holds, whatever they look like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression

Groups = tuple[tuple[np.ndarray, np.ndarray], ...]
"""Pairs of groups of rows."""

LEAST_SHARE = 0.25
"""Known frames that speak for a cluster, or carry their name over to it, are at least this share of
it. Lower, and a few strays would name a large new cluster; higher, and a show that grows fourfold
would lose names in clusters that are split over several."""

LEAST_WITNESSES = 3
"""Frames from which a group keeps clusters apart: one or two may be strays."""

SURENESS = 10.0
"""Inverse strength of the regularisation where two are told apart, as in `refining.noise`: rows of
length one need some."""


@dataclass(frozen=True)
class Constraints:
    """What is said about groups of rows; nothing, by default.

    Attributes
    ----------
    linked, parted : tuple of (ndarray, ndarray)
        Pairs of groups that are, and are not, one character: row numbers, int64.
    placed : tuple of (ndarray, ndarray)
        Rows, and the group whose character somebody put them into.
    """

    linked: Groups = ()
    parted: Groups = ()
    placed: Groups = ()

    def __bool__(self) -> bool:
        return bool(self.linked or self.parted or self.placed)

    def select(self, selected: np.ndarray) -> Constraints:
        """The same about the selected rows alone, by their numbers among these."""
        places = np.cumsum(selected) - 1

        def keep(pairs: Groups) -> Groups:
            chosen = [(one[selected[one]], other[selected[other]]) for one, other in pairs]
            return tuple(
                (places[one], places[other]) for one, other in chosen if len(one) and len(other)
            )

        return Constraints(keep(self.linked), keep(self.parted), keep(self.placed))

    def find_linked(self, labels: np.ndarray, count: int) -> np.ndarray:
        """Which clusters linked groups hold: (count, count), bool, symmetric."""
        return _relate(self.linked, labels, count)

    def find_parted(self, labels: np.ndarray, count: int) -> np.ndarray:
        """Which clusters parted groups hold: (count, count), bool, symmetric."""
        many = tuple(pair for pair in self.parted if min(map(len, pair)) >= LEAST_WITNESSES)
        return _relate(many, labels, count)

    def bar(self, labels: np.ndarray, count: int) -> np.ndarray:
        """Clusters that a row cannot join, for they have a row that it is parted from."""
        barred = np.zeros((len(labels), count), bool)
        for pair in self.parted:
            for rows, others in (pair, pair[::-1]):
                there = np.unique(labels[others])
                barred[np.ix_(rows, there[there >= 0])] = True
        return barred

    def follow(self, labels: np.ndarray) -> np.ndarray:
        """Let noise of linked groups that hold no cluster go where the other group is."""
        count = int(labels.max(initial=-1)) + 1
        followed, barred = labels.copy(), None
        for pair in self.linked if count else ():
            for rows, others in (pair, pair[::-1]):
                waiting = rows[followed[rows] < 0]
                home = _find_home(others, labels, count)
                if not len(waiting) or home < 0 or _hold(rows, labels, count).any():
                    continue
                barred = self.bar(labels, count) if barred is None else barred
                followed[waiting[~barred[waiting, home]]] = home
        return followed

    def place(self, labels: np.ndarray) -> np.ndarray:
        """Put rows into the cluster that their group holds, the one with most of its rows."""
        count = int(labels.max(initial=-1)) + 1
        moved = labels.copy()
        for rows, group in self.placed if count else ():
            home = _find_home(group, labels, count)
            if home >= 0:
                moved[rows] = home
        return moved

    def find_placed(self, labels: np.ndarray) -> np.ndarray:
        """Rows that are in a cluster because somebody put them there."""
        rows = np.unique(np.concatenate([np.zeros(0, np.int64), *(one for one, _ in self.placed)]))
        return rows[labels[rows] >= 0]

    def separate(
        self, labels: np.ndarray, probabilities: np.ndarray, rows: np.ndarray
    ) -> np.ndarray:
        """Leave no cluster with rows of parted groups.

        Parameters
        ----------
        labels : ndarray, shape (n,), int
        probabilities : ndarray, shape (n,), float
            Of two groups of one size the firmer stays.
        rows : ndarray, shape (n, d), float32
            Where a cluster is divided, the known rows teach what tells the two apart.
        """
        if not self.parted:
            return labels
        separated, number = labels.copy(), int(labels.max(initial=-1)) + 1
        for one, other in self.parted:
            for cluster in np.intersect1d(separated[one], separated[other]):
                if cluster < 0:
                    continue
                sides = [group[separated[group] == cluster] for group in (one, other)]
                sides.sort(key=lambda side: (-len(side), -probabilities[side].mean()))
                staying, leaving = sides
                if len(leaving) >= max(
                    LEAST_WITNESSES, LEAST_SHARE * (len(staying) + len(leaving))
                ):
                    unknown = np.setdiff1d(np.flatnonzero(separated == cluster), np.hstack(sides))
                    nearer = _tell_apart(rows[staying], rows[leaving], rows[unknown])
                    separated[np.r_[leaving, unknown[nearer]]] = number
                    number += 1
                else:
                    separated[leaving] = -1
        return separated


def constrain(
    *,
    linked: Iterable[tuple[Sequence[int], Sequence[int]]] = (),
    parted: Iterable[tuple[Sequence[int], Sequence[int]]] = (),
    placed: Iterable[tuple[Sequence[int], Sequence[int]]] = (),
) -> Constraints:
    """Say something about groups of rows, each a sequence of row numbers.

    >>> constrain(linked=[([0, 1], [5])]).linked
    ((array([0, 1]), array([5])),)
    """

    def pair(groups: Iterable[tuple[Sequence[int], Sequence[int]]]) -> Groups:
        return tuple(
            (np.unique(np.asarray(one, np.int64)), np.unique(np.asarray(other, np.int64)))
            for one, other in groups
            if len(one) and len(other)
        )

    return Constraints(pair(linked), pair(parted), pair(placed))


def _tell_apart(first: np.ndarray, second: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """Which of some rows are rather the second of two characters, by a logistic regression."""
    if not len(asked):
        return np.zeros(0, bool)
    known = np.repeat([False, True], [len(first), len(second)])
    regression = LogisticRegression(C=SURENESS, class_weight="balanced")
    told: np.ndarray = regression.fit(np.vstack([first, second]), known).predict(asked)
    return told


def _relate(pairs: Groups, labels: np.ndarray, count: int) -> np.ndarray:
    related = np.zeros((count, count), bool)
    for one, other in pairs:
        related |= np.outer(_hold(one, labels, count), _hold(other, labels, count))
    return related | related.T


def _find_home(group: np.ndarray, labels: np.ndarray, count: int) -> int:
    """The cluster that a group holds, of several that with most of its rows; -1 if none."""
    held = _hold(group, labels, count) * _count(labels[group], count)
    return int(held.argmax()) if held.any() else -1


def _hold(group: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """Which clusters a group holds: (count,), bool."""
    votes = _count(labels[group], count)
    enough = LEAST_SHARE * _count(labels, count)
    held: np.ndarray = (votes > 0) & ((votes >= enough) | (2 * votes > len(group)))
    return held


def _count(labels: np.ndarray, count: int) -> np.ndarray:
    return np.bincount(labels[labels >= 0], minlength=count)
