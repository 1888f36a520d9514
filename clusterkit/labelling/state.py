"""What the labelling page shows: values that nothing needs to be computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clusterkit.decisions.questions import Question

NOISE_ENTRY, REJECTED_ENTRY, DOUBT_ENTRY = -1, -2, -3
"""What stands in the place of a character's number for frames that are in none."""


@dataclass(frozen=True)
class Card:
    """One character, as it lies on the table.

    Attributes
    ----------
    number : int
        As in the column `cluster`.
    name : str
    is_named : bool
        Whether a person gave the name.
    n_frames : int
    exemplars : tuple of int
        Rows of the frames that show its looks, the most typical first.
    n_asked : int
        Questions that concern it.
    """

    number: int
    name: str
    is_named: bool
    n_frames: int
    exemplars: tuple[int, ...]
    n_asked: int


@dataclass(frozen=True)
class Suggestion:
    """Frames of noise that may be a character.

    Attributes
    ----------
    number : int
        Of the character.
    rows : tuple of int
        The best fit first.
    """

    number: int
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Opened:
    """One character laid open; or the noise, what people rejected, what is in doubt.

    Attributes
    ----------
    number : int
        Of the character, `NOISE_ENTRY`, `REJECTED_ENTRY` or `DOUBT_ENTRY`.
    name : str
    rows : tuple of int
        All frames.
    groups : tuple of tuple of int
        The same frames by look, the largest group first; those in doubt by character.
    doubtful : tuple of int
        Frames that fit least, the worst first.
    points : ndarray, shape (len(rows), 2), float32
        Alike frames lie together; 0 to 1.
    suggested : tuple of Suggestion
        Noise that may be this character; in the noise, whose it may be, the most frames first.
    n_open : int
        Frames that nobody has put or confirmed here.
    owners : tuple of int
        Of what is in doubt: the character of each group.
    views : tuple of (str or None)
        Front, side or back of each of `rows`, as told of the characters that the result has.
    """

    number: int
    name: str
    rows: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    doubtful: tuple[int, ...]
    points: np.ndarray
    suggested: tuple[Suggestion, ...] = ()
    n_open: int = 0
    owners: tuple[int, ...] = ()
    views: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class LabellingState:
    """All of the page.

    Attributes
    ----------
    cards : tuple of Card
        Unnamed characters and named ones, the largest first.
    questions : tuple of Question
        Open ones, the next one first.
    opened : Opened or None
    counts : dict
        Frames by status; they add up to all frames.
    n_remaining : int
        What remains to be looked at: characters without a name, and open questions.
    n_begun : int
        What remained when the page was opened, or more if more came up.
    n_decisions : int
        Decisions in the log: an action that was meant for an older state is refused.
    n_rejected : int
        Frames that people rejected; those that fail a quality rule are not among them.
    undo, redo : str
        What each would do, in words; empty where there is nothing to undo or redo.
    is_written : bool
        Whether the folders say what the decisions say.
    notice : str
        What could not be done, or what was; empty otherwise.
    is_wrong : bool
        Whether the notice tells of a failure.
    """

    cards: tuple[Card, ...]
    questions: tuple[Question, ...]
    opened: Opened | None
    counts: Mapping[str, int]
    n_remaining: int
    n_begun: int
    n_decisions: int
    n_rejected: int = 0
    undo: str = ""
    redo: str = ""
    is_written: bool = True
    notice: str = ""
    is_wrong: bool = False

    @property
    def n_doubtful(self) -> int:
        """Frames of characters that questions doubt."""
        return sum(len(question.rows) for question in self.questions if question.is_doubt)
