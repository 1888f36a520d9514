"""Decisions steer the next clustering: what people said, as constraints on it.

- merge, same: the groups are linked, as far as their frames are still one identity.
- not-same, split: the two identities are parted, frame by frame; so is a stray from whom it is not.
- move, confirm, split: these very frames are placed with the other frames of their identity.
- name: nothing by itself. Most frames of a named cluster are who it says; that all of them are was
  never asked, and a better clustering may still tell them apart.
- reject: a rejected frame is no witness for anything.

So a clustering is a pure function of frames, settings and the decisions that hold, and without
decisions it is what it would be. What is undone stops steering at the next clustering; who is in
which character follows at once (`characters`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from clusterkit.decisions.identities import Identities, find_active, resolve_identities
from clusterkit.decisions.kinds import Decision
from clusterkit.refining.constraints import Constraints, constrain

Group = list[int]


def derive_constraints(
    decisions: Iterable[Decision], digests: Sequence[str | None] | pd.Series
) -> Constraints:
    """Say what decisions mean for a clustering.

    Parameters
    ----------
    decisions : iterable of Decision
        In any order, undone ones among them.
    digests : sequence of str or None
        Of each row.
    """
    active = find_active(decisions)
    if not active:
        return Constraints()
    identities = resolve_identities(active)
    rows_of: dict[str, Group] = defaultdict(list)
    for row, digest in enumerate(digests):
        if isinstance(digest, str) and digest not in identities.rejected:
            rows_of[digest].append(row)
    members: dict[int, list[str]] = defaultdict(list)
    for digest, identity in identities.owner.items():
        members[identity].append(digest)

    def find_rows(some: Iterable[str]) -> Group:
        return [row for digest in some for row in rows_of.get(digest, ())]

    linked = [(find_rows(one), find_rows(other)) for one, other in _find_linked(active, identities)]
    parted = [
        (find_rows(members[one]), find_rows(members[other]))
        for one, other in sorted(identities.apart)
    ]
    placed = []
    for some in members.values():
        bound = [digest for digest in some if digest in identities.bound]
        loose = [digest for digest in some if digest not in identities.bound]
        placed.append((find_rows(bound), find_rows(loose or bound)))
    return constrain(linked=linked, parted=parted, placed=placed)


def _find_linked(
    active: Iterable[Decision], identities: Identities
) -> Iterator[tuple[list[str], list[str]]]:
    """The groups that were said to be one, each with the first of its decision."""
    for decision in active:
        if decision.kind not in ("merge", "same"):
            continue
        owners = Counter(
            identities.owner[digest]
            for group in decision.frames
            for digest in group
            if digest in identities.owner
        )
        # Later decisions may have taken frames away, or the whole answer back.
        united = min(owners, key=lambda identity: (-owners[identity], identity))
        first, *others = (
            [
                digest
                for digest in group
                if identities.owner.get(digest) == united and digest not in identities.bound
            ]
            for group in decision.frames
        )
        for other in others:
            yield first, other
