"""Decisions alone, without any clustering: who is who among the frames that they name.

The decisions that hold are replayed in their order, so that of two that disagree the later wins.
An undo takes its decision out of the replay, whenever that was made: the outcome is exactly that of
a log which never had it. An undo can be undone.

What each kind does to *identities*, which are sets of frames with perhaps a name:

- name: the frames become one identity of that name. An identity follows as a whole when most of its
  frames are among them, or when it has the name that was replaced. A name is one character: two
  identities of one name are one.
- merge, same: the identities of the groups become one, named by the first that has a name.
- not-same: two identities that stay apart whatever looks alike; if they were one, the smaller group
  leaves it. A group that was noise is no identity: each of its frames is a *stray*, of which is
  only known who it is not.
- split: each part becomes an identity of its own, apart from the rest and from the other parts.
- move, confirm: these very frames belong to that identity, wherever a clustering puts them.
- reject: these frames belong to nobody, for good: only an undo brings them back.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from clusterkit.decisions.kinds import Decision


@dataclass(frozen=True)
class Identities:
    """Who is who, as far as people have said.

    Attributes
    ----------
    owner : dict
        From digest to identity, a number; identities are numbered as they came to be.
    names : dict
        From identity to its name, as it was typed; unnamed identities are not in it.
    bound : frozenset of str
        Digests that belong to their identity wherever a clustering puts them.
    rejected : frozenset of str
    apart : frozenset of (int, int)
        Pairs of identities that are not the same, the smaller number first.
    strays : frozenset of int
        Identities of one frame each, of which is only known who they are not.
    """

    owner: dict[str, int]
    names: dict[int, str]
    bound: frozenset[str]
    rejected: frozenset[str]
    apart: frozenset[tuple[int, int]]
    strays: frozenset[int] = frozenset()


def find_active(decisions: Iterable[Decision]) -> list[Decision]:
    """Find the decisions that hold, in their order: those that no undo which holds undoes."""
    ordered = sorted(decisions, key=lambda decision: decision.order)
    undone: set[str] = set()
    active = []
    for decision in reversed(ordered):  # an undo is later than what it undoes
        if decision.id in undone:
            continue
        if decision.kind == "undo":
            undone.add(decision.values["of"])
        active.append(decision)
    return active[::-1]


def resolve_identities(decisions: Iterable[Decision]) -> Identities:
    """Replay the decisions that hold.

    Parameters
    ----------
    decisions : iterable of Decision
        In any order, undone ones among them.
    """
    replay = _Replay()
    for decision in find_active(decisions):
        _APPLY.get(decision.kind, lambda *_: None)(replay, decision)
    return Identities(
        owner=replay.owner,
        names=replay.names,
        bound=frozenset(replay.bound),
        rejected=frozenset(replay.rejected),
        apart=frozenset(replay.apart),
        strays=frozenset(replay.strays),
    )


def fold_name(name: str) -> str:
    """Make what two spellings of one name share: the same letters may be coded in two ways."""
    return unicodedata.normalize("NFC", name)


@dataclass
class _Replay:
    owner: dict[str, int] = field(default_factory=dict)
    members: dict[int, set[str]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    bound: set[str] = field(default_factory=set)
    rejected: set[str] = field(default_factory=set)
    apart: set[tuple[int, int]] = field(default_factory=set)
    strays: set[int] = field(default_factory=set)
    n_made: int = 0

    def make(self, frames: Iterable[str] = ()) -> int:
        identity, self.n_made = self.n_made, self.n_made + 1
        self.members[identity] = set()
        self.give(frames, identity)
        return identity

    def give(self, frames: Iterable[str], identity: int) -> None:
        for digest in frames:
            before = self.owner.get(digest)
            if before is not None:
                self.members[before].discard(digest)
                if not self.members[before] and before != identity:
                    self.drop(before)
            self.owner[digest] = identity
            self.members[identity].add(digest)

    def drop(self, identity: int) -> None:
        """An identity without frames is nobody; its name is free again."""
        del self.members[identity]
        self.names.pop(identity, None)
        self.strays.discard(identity)
        self.apart = {pair for pair in self.apart if identity not in pair}

    def find_named(self, name: str | None) -> int | None:
        if name is None:
            return None
        wanted = fold_name(name)
        return next((i for i, known in self.names.items() if fold_name(known) == wanted), None)

    def find_subjects(self, group: Sequence[str], name: str | None) -> list[int]:
        """Identities that follow a group as a whole."""
        votes = Counter(self.owner[digest] for digest in group if digest in self.owner)
        named = self.find_named(name)
        return sorted(
            identity
            for identity, count in votes.items()
            if identity == named or 2 * count > len(self.members[identity])
        )

    def find_referred(self, group: Sequence[str], name: str | None) -> int:
        """The identity that a group stands for; made of the group if there is none yet."""
        owners = [self.owner[digest] for digest in group if digest in self.owner]
        strays = sorted(self.strays.intersection(owners))
        votes = Counter(owner for owner in owners if owner not in self.strays)
        unknown = [digest for digest in group if digest not in self.owner]
        if votes:
            count, identity = min((-count, identity) for identity, count in votes.items())
            if -count > len(unknown) + len(strays):
                return identity
        named = self.find_named(name)
        return self.unite(strays, unknown) if named is None else named

    def unite(self, identities: Sequence[int], frames: Iterable[str]) -> int:
        """Make one of several, the first; what was said to be apart, earlier, is one now."""
        target = identities[0] if identities else self.make()
        self.strays.discard(target)
        for other in identities[1:]:
            self.apart = {
                order_pair(target if a == other else a, target if b == other else b)
                for a, b in self.apart
                if {a, b} != {target, other}
            }
            if target not in self.names and other in self.names:
                self.names[target] = self.names[other]
            self.give(list(self.members[other]), target)
        self.give(frames, target)
        return target

    def set_name(self, identity: int, name: str) -> int:
        same = self.find_named(name)
        if same is not None and same != identity:
            identity = self.unite([identity, same], ())
        self.names[identity] = name
        return identity

    def separate(self, first: int, second: int) -> None:
        if first != second:
            self.apart.add(order_pair(first, second))


def order_pair(first: int, second: int) -> tuple[int, int]:
    """Two numbers as `Identities.apart` holds them."""
    return (first, second) if first < second else (second, first)


def _apply_name(replay: _Replay, decision: Decision) -> None:
    (frames,) = decision.frames
    subjects = replay.find_subjects(frames, decision.values.get("was"))
    replay.set_name(replay.unite(subjects, frames), decision.values["name"])


def _apply_merge(replay: _Replay, decision: Decision) -> None:
    names = decision.values.get("names") or [None] * len(decision.frames)
    subjects: list[int] = []
    for group, name in zip(decision.frames, names, strict=True):
        subjects += replay.find_subjects(group, name)
    frames = [digest for group in decision.frames for digest in group]
    united = replay.unite(list(dict.fromkeys(subjects)), frames)
    if decision.values.get("name") is not None:
        replay.set_name(united, decision.values["name"])


def _apply_not_same(replay: _Replay, decision: Decision) -> None:
    names = decision.values.get("names") or [None, None]
    if decision.values.get("noise"):
        frames, others = decision.frames
        _set_apart(replay, frames, others, names[1])
        return
    groups = sorted(zip(decision.frames, names, strict=True), key=lambda pair: -len(pair[0]))
    (larger, name), (smaller, other) = groups
    first = replay.find_referred(larger, name)
    second = replay.find_referred(smaller, other)
    if first == second:
        leaving = set(smaller) - set(larger)
        second = replay.make(leaving) if leaving else first
    if first in replay.members and second in replay.members:
        replay.separate(first, second)


def _set_apart(
    replay: _Replay, frames: Sequence[str], others: Sequence[str], name: str | None
) -> None:
    """Say of each frame that it is not a character, and of no two that they are one."""
    character = replay.find_referred([d for d in others if d not in set(frames)], name)
    for digest in frames:
        if replay.owner.get(digest, character) == character:
            replay.strays.add(replay.make([digest]))
        if replay.owner[digest] in replay.strays and character in replay.members:
            replay.separate(replay.owner[digest], character)


def _apply_split(replay: _Replay, decision: Decision) -> None:
    rest, *parts = decision.frames
    names = decision.values.get("names") or [None] * len(parts)
    made = [replay.find_referred(rest, None)] if rest else []
    for part, name in zip(parts, names, strict=True):
        identity = replay.make(part)
        replay.bound.update(part)
        made.append(identity if name is None else replay.set_name(identity, name))
    present = [identity for identity in dict.fromkeys(made) if identity in replay.members]
    for position, first in enumerate(present):
        for second in present[position + 1 :]:
            replay.separate(first, second)


def _apply_move(replay: _Replay, decision: Decision) -> None:
    moved, target, *rests = decision.frames
    to = decision.values.get("to")
    for rest in rests:
        if rest:
            replay.find_referred(rest, None)
    if target:
        identity = replay.find_referred(target, to)
    else:
        named = replay.find_named(to)
        identity = replay.make() if named is None else named
        if to is not None:
            replay.names[identity] = to
    replay.give(moved, identity)
    replay.bound.update(moved)


def _apply_reject(replay: _Replay, decision: Decision) -> None:
    replay.rejected.update(decision.frames[0])


_APPLY: dict[str, Callable[[_Replay, Decision], None]] = {
    "name": _apply_name,
    "merge": _apply_merge,
    "same": _apply_merge,
    "not-same": _apply_not_same,
    "split": _apply_split,
    "move": _apply_move,
    "confirm": _apply_move,
    "reject": _apply_reject,
}
