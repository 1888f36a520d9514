"""The view-model of the labelling page: actions in, frozen states out. It knows no browser.

`Labelling.update` is all a view calls. An action becomes a decision in the log, on the disk before
the next state is there; what cannot be done becomes a notice in that state. The folders are written
when nothing has happened for a while, by whoever holds the session (`write`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Literal

import numpy as np

from clusterkit.clustering import (
    CLUSTERED,
    NOISE,
    REJECTED,
    UNREADABLE,
    Clustering,
    find_representatives,
)
from clusterkit.decisions import making
from clusterkit.decisions.characters import Characters, find_computed
from clusterkit.decisions.identities import find_active
from clusterkit.decisions.kinds import Decision
from clusterkit.decisions.log import DecisionLog, append_decisions, read_log
from clusterkit.decisions.questions import Question, find_questions
from clusterkit.decisions.resemblance import learn_resemblance
from clusterkit.decisions.targets import Reference, Scene
from clusterkit.errors import ClusterkitError, InputError
from clusterkit.folders.output_folder import resolve_folder
from clusterkit.labelling.opening import Opener
from clusterkit.labelling.state import DOUBT_ENTRY, Card, LabellingState
from clusterkit.labelling.wording import describe_decision
from clusterkit.material import gather_material
from clusterkit.organize import read_summary
from clusterkit.results import Result, rewrite_folders
from clusterkit.threads import use_one_thread
from clusterkit.views.column import list_views

SHOWN_EXEMPLARS = 6

PATIENCE_SECONDS = 60.0
"""How long a decision waits while the folders are written: that is our own doing, and it ends."""

Answer = Literal["yes", "no", "skip"]
Make = Callable[[Scene], Decision]


class Labelling:
    """Turns what a person does into decisions and states.

    Parameters
    ----------
    result : Result

    Attributes
    ----------
    result : Result
    state : LabellingState

    Examples
    --------
    >>> labelling = Labelling(result)                                       # doctest: +SKIP
    >>> labelling.update("rename", number=0, name="mai").n_remaining        # doctest: +SKIP
    13
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self._output = resolve_folder(result.output_dir)
        self._run = read_summary(self._output)["timestamp"]
        self._found = find_computed(result.assignments)
        digests = result.quality["digest"]
        self._digests = tuple(digests.where(digests.notna(), None))
        self._embeddings = gather_material(result).measurements.embeddings
        self._resemblance = learn_resemblance(
            self._embeddings, result.frames, self._found.selected, result.settings.clustering
        )
        views = list_views(result.assignments["view"])
        self._opener = Opener(self._resemblance, self._found.selected, views)
        self._exemplars: dict[bytes, tuple[int, ...]] = {}
        self._asked: tuple[tuple, list[Question]] | None = None
        self._skipped: list[tuple] = []
        self._together: dict[str, tuple[str, ...]] = {}
        self._opened: int | None = None
        self._n_groups: int | None = None
        self._n_begun = 0
        self._is_written = True
        self._load(read_log(self._output))
        self.state = self._compute()

    # ── what a view calls ────────────────────────────────────────────────────────────────────

    def update(self, action: str, **values: Any) -> LabellingState:
        """Do what a person asked for, and return what to show now.

        Parameters
        ----------
        action : str
            rename (number, name), merge (numbers), split (rows; name), split_looks, move (rows,
            to), take (number, rows; others), reject (rows), confirm (rows; without them all that
            is open), answer (answer; rows), open (number; None closes), regroup (count),
            undo, redo.
        **values
            Of the action; rows are row numbers of frames, and seen, if given, is `n_decisions` of
            the state that the person saw.

        Returns
        -------
        LabellingState
            Also kept as `state`. If it cannot be done everything stays, and a notice says why.
        """
        seen = values.pop("seen", None)
        try:
            if seen is not None and self._refresh() != seen:
                raise InputError("something else was decided meanwhile: look again, then repeat it")
            notice = _ACTIONS[action](self, **values) or ""
            with use_one_thread():
                self.state = self._compute(notice)
        except ClusterkitError as error:
            self.state = replace(self._compute(), notice=str(error), is_wrong=True)
        return self.state

    def write(self) -> Result:
        """Write the folders by the decisions that hold; this may run in a thread.

        Raises
        ------
        ClusterkitError
            The folder cannot be written; the decisions hold nonetheless.
        """
        n_decisions = self.state.n_decisions
        result = rewrite_folders(self._output)
        self._is_written = n_decisions == self.state.n_decisions
        self.state = replace(self.state, is_written=self._is_written)
        return result

    @property
    def characters(self) -> Characters:
        """Who is in each frame now."""
        return self._characters

    def load_thumbnails(self, rows: Sequence[int]) -> list[bytes | None]:
        """WebP pictures of some frames; None where there is none."""
        return self.result.load_thumbnails(list(rows)) if len(rows) else []

    # ── actions ──────────────────────────────────────────────────────────────────────────────

    def _rename(self, number: int, name: str) -> None:
        self._decide(lambda scene: making.decide_name(scene, number, name.strip()))

    def _merge(self, numbers: Sequence[int], name: str | None = None) -> None:
        # The largest gives the name, if it has one: the others are its fragments.
        ordered = sorted(numbers, key=lambda number: -self._count(number))
        self._decide(lambda scene: making.decide_merge(scene, ordered, name))

    def _split(self, rows: Sequence[int], name: str | None = None) -> None:
        number = self._find_opened()
        frames = self._name_frames(rows)
        self._decide(lambda scene: making.decide_split(scene, number, [frames], [name or None]))

    def _split_looks(self) -> None:
        """Make each look of the open character one of its own; the largest keeps the name."""
        number, opened = self._find_opened(), self.state.opened
        parts = [self._name_frames(rows) for rows in opened.groups[1:]] if opened else []
        self._decide(lambda scene: making.decide_split(scene, number, parts))

    def _take(self, number: int, rows: Sequence[int], others: Sequence[int] = ()) -> None:
        """Take noise into a character; `others` of what was suggested are someone else."""
        frames, strangers = self._name_frames(rows), self._name_frames(others)
        makes: list[Make] = [lambda scene: making.decide_move(scene, frames, number)]
        if strangers:
            makes.append(lambda scene: making.decide_not(scene, strangers, number))
        self._decide(*makes)

    def _move(self, rows: Sequence[int], to: Reference) -> None:
        frames = self._name_frames(rows)
        self._decide(lambda scene: making.decide_move(scene, frames, to))

    def _reject(self, rows: Sequence[int]) -> None:
        frames = self._name_frames(rows)
        self._decide(lambda scene: making.decide_reject(scene, frames))

    def _confirm(self, rows: Sequence[int] | None = None) -> None:
        if rows is None and self._opened == DOUBT_ENTRY:
            rows = self.state.opened.rows if self.state.opened else ()
        elif rows is None:
            rows = np.flatnonzero(self._characters.labels == self._find_opened()).tolist()
        labels = self._characters.labels[list(rows)]
        groups = [np.array(rows)[labels == number].tolist() for number in np.unique(labels)]
        named = [self._name_frames(group) for group in groups]
        self._decide(*(partial(making.decide_confirm, frames=frames) for frames in named))

    def _answer(self, answer: Answer, rows: Sequence[int] | None = None) -> None:
        """Answer the first question; of a yes, `rows` are the frames that it is true of."""
        if not self.state.questions:
            raise InputError("there is no question left")
        question = self.state.questions[0]
        if answer == "skip":
            self._skipped.append(_make_key(question))
            return
        if question.is_whole:
            same = answer == "yes"
            pair = question.target, question.source
            self._decide(lambda scene: making.decide_same(scene, *pair, same=same))
            return
        true_of = set(question.rows if rows is None else rows) if answer == "yes" else set()
        belong = self._name_frames([row for row in question.rows if row in true_of])
        others = self._name_frames([row for row in question.rows if row not in true_of])
        makes: list[Make] = []
        is_home = question.source == question.target
        if belong and is_home:
            makes.append(lambda scene: making.decide_confirm(scene, belong))
        elif belong:
            makes.append(lambda scene: making.decide_move(scene, belong, question.target))
        if others and (question.source < 0 or is_home):
            makes.append(lambda scene: making.decide_not(scene, others, question.target))
        elif others:
            makes.append(lambda scene: making.decide_confirm(scene, others))
        self._decide(*makes)

    def _open(self, number: int | None) -> None:
        if number is not None and number >= 0 and number not in self._characters.names:
            raise InputError("this character is no longer there")
        self._opened, self._n_groups = number, None

    def _find_opened(self) -> int:
        if self._opened is None or self._opened < 0:
            raise InputError("open a character first")
        return self._opened

    def _regroup(self, count: int) -> None:
        self._n_groups = max(1, int(count))

    def _undo(self) -> str:
        target = self._find_undoable()
        if target is None:
            raise InputError("there is nothing to undo")
        ids = self._together.get(target.id, (target.id,))
        self._decide(*[_undo_by_id(name) for name in reversed(ids)])
        return f"undone: {describe_decision(target)}"

    def _redo(self) -> str:
        undone = self._find_redoable()
        if undone is None:
            raise InputError("there is nothing to redo")
        log, target = self._log, self._log.find(undone.values["of"])
        ids = self._together.get(target.id, (target.id,))
        undos = {d.values["of"]: d.id for d in find_active(log.decisions) if d.kind == "undo"}
        self._decide(*[_undo_by_id(undos[name]) for name in ids if name in undos])
        return f"done again: {describe_decision(target)}"

    # ── the log ──────────────────────────────────────────────────────────────────────────────

    def _decide(self, *makes: Make) -> None:
        """Record one action, which may take several decisions."""

        def choose(log: DecisionLog) -> list[Decision]:
            made: list[Decision] = []
            for make in makes:
                known = DecisionLog((*log.decisions, *made))
                made.append(make(self._make_scene(known)))
            return made

        if read_summary(self._output)["timestamp"] != self._run:
            raise InputError("the frames were clustered anew: load this page again")
        made = append_decisions(self._output, choose, PATIENCE_SECONDS)
        for decision in made:
            self._together[decision.id] = tuple(one.id for one in made)
        self._is_written = False
        self._load(read_log(self._output))

    def _refresh(self) -> int:
        """Take in what others decided meanwhile; returns how many decisions there are."""
        log = read_log(self._output)
        if len(log.decisions) != len(self._log.decisions):
            self._load(log)
        return len(log.decisions)

    def _load(self, log: DecisionLog) -> None:
        self._log = log
        self._characters: Characters = self._make_scene(log).characters
        if self._opened is not None and self._opened >= 0 and not self._count(self._opened):
            self._opened = None

    def _make_scene(self, log: DecisionLog) -> Scene:
        result = self.result
        return Scene(result.assignments, self._digests, log, result.input_dir, self._output)

    def _find_undoable(self) -> Decision | None:
        made = [d for d in find_active(self._log.decisions) if d.kind != "undo"]
        return made[-1] if made else None

    def _find_redoable(self) -> Decision | None:
        """The last undo of a decision, unless something new was decided since."""
        active = find_active(self._log.decisions)
        kinds = {decision.id: decision.kind for decision in self._log.decisions}
        undos = [d for d in active if d.kind == "undo" and kinds.get(d.values["of"]) != "undo"]
        last = self._find_undoable()
        if not undos or (last is not None and last.order > undos[-1].order):
            return None
        return undos[-1]

    # ── the state ────────────────────────────────────────────────────────────────────────────

    def _compute(self, notice: str = "") -> LabellingState:
        characters = self._characters
        questions = list(self._find_questions())
        place = {key: at for at, key in enumerate(self._skipped)}
        questions.sort(key=lambda question: place.get(_make_key(question), -1))
        n_remaining = len(characters.names) - len(characters.named) + len(questions)
        self._n_begun = max(self._n_begun, n_remaining)
        undoable, redoable = self._find_undoable(), self._find_redoable()
        redone = redoable and self._log.find(redoable.values["of"])
        return LabellingState(
            cards=self._make_cards(questions),
            questions=tuple(questions),
            opened=None
            if self._opened is None
            else self._opener.open(self._opened, characters, questions, self._n_groups),
            counts=self._count_statuses(),
            n_remaining=n_remaining,
            n_begun=self._n_begun,
            n_decisions=len(self._log.decisions),
            n_rejected=int(characters.rejected.sum()),
            undo=describe_decision(undoable) if undoable else "",
            redo=describe_decision(redone) if redone else "",
            is_written=self._is_written,
            notice=notice,
        )

    def _find_questions(self) -> list[Question]:
        """The questions; found anew when frames changed hands, not when a name was given."""
        found = self._characters
        key = (found.labels.tobytes(), found.rejected.tobytes(), found.bound.tobytes(),
               found.apart, tuple(sorted(found.refused.items())))  # fmt: skip
        if self._asked is None or self._asked[0] != key:
            self._asked = key, find_questions(found, self._resemblance)
        return self._asked[1]

    def _make_cards(self, questions: Sequence[Question]) -> tuple[Card, ...]:
        characters = self._characters
        asked = [n for question in questions for n in {question.source, question.target}]
        clustering = Clustering(
            characters.labels, self._found.probabilities, self._found.selected
        )  # fmt: skip
        cards = []
        for number in sorted(characters.names):
            members = np.flatnonzero(characters.labels == number)
            key = members.tobytes()
            if key not in self._exemplars:
                self._exemplars[key] = find_representatives(
                    self._embeddings, clustering, number, SHOWN_EXEMPLARS
                ).exemplars
            cards.append(Card(
                number, characters.names[number], number in characters.named, len(members),
                self._exemplars[key], asked.count(number),
            ))  # fmt: skip
        return tuple(sorted(cards, key=lambda card: (-card.n_frames, card.number)))

    def _count_statuses(self) -> dict[str, int]:
        selected, characters = self._found.selected, self._characters
        n_clustered = int((characters.labels >= 0).sum())
        n_rejected = int(characters.rejected.sum())
        counts = self.result.counts
        by_rule = len(selected) - int(selected.sum()) - counts[UNREADABLE]
        return {
            CLUSTERED: n_clustered,
            NOISE: int(selected.sum()) - n_clustered - n_rejected,
            REJECTED: n_rejected + by_rule,
            UNREADABLE: counts[UNREADABLE],
        }

    def _count(self, number: int) -> int:
        return int((self._characters.labels == number).sum())

    def _name_frames(self, rows: Sequence[int]) -> list[str]:
        digests = (self._digests[row] for row in rows if 0 <= row < len(self._digests))
        return [digest for digest in digests if digest]


_ACTIONS: dict[str, Callable[..., str | None]] = {
    name: getattr(Labelling, f"_{name}")
    for name in ("rename", "merge", "split", "split_looks", "move", "take", "reject", "confirm",
                 "answer", "open", "regroup", "undo", "redo")
}  # fmt: skip


def _undo_by_id(name: str) -> Make:
    return lambda scene: making.decide_undo(scene.log, name)


def _make_key(question: Question) -> tuple:
    """What makes a question the same one as before, when it was skipped."""
    return question.source, question.target, question.is_whole, question.rows
