"""An action on a result, such as a merge → the decision that records it, checked."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clusterkit.decisions.identities import find_active, fold_name
from clusterkit.decisions.kinds import (
    Decision,
    Kind,
    choose_reference,
    is_name,
    make_decision,
)
from clusterkit.decisions.log import DecisionLog
from clusterkit.decisions.targets import Reference, Scene
from clusterkit.errors import InputError

Frame = str | os.PathLike[str]


def decide_name(scene: Scene, character: Reference, name: str) -> Decision:
    """Name a character, or give it another name.

    Raises
    ------
    InputError
        There is no such character, the name is empty, or another one has it.
    """
    number = scene.find_character(character)
    _check_free(scene, name, {number})
    values = {"name": name, "was": scene.find_name(number)}
    return _make(scene.log, "name", [scene.list_members(number)], values)


def decide_merge(
    scene: Scene, characters: Sequence[Reference], name: str | None = None
) -> Decision:
    """Make several characters one, named by the first that has a name, unless a name is given."""
    numbers = _find_different(scene, characters)
    names = [scene.find_name(number) for number in numbers]
    if name is not None:
        _check_free(scene, name, set(numbers))
    groups = [scene.list_members(number) for number in numbers]
    return _make(scene.log, "merge", groups, {"name": name, "names": names})


def decide_same(
    scene: Scene, first: Reference, second: Reference, *, same: bool = True
) -> Decision:
    """Answer whether two characters are the same one."""
    numbers = _find_different(scene, [first, second])
    names = [scene.find_name(number) for number in numbers]
    groups = [scene.list_members(number) for number in numbers]
    return _make(scene.log, "same" if same else "not-same", groups, {"names": names})


def decide_not(scene: Scene, frames: Iterable[Frame], character: Reference) -> Decision:
    """Say that frames of noise are not a character, without saying who they are."""
    number = scene.find_character(character)
    refused = scene.find_frames(frames)
    if not refused:
        raise InputError("name at least one frame")
    values = {"names": [None, scene.find_name(number)], "noise": True}
    groups = [refused, choose_reference(set(scene.list_members(number)) - set(refused))]
    return _make(scene.log, "not-same", groups, values)


def decide_split(
    scene: Scene,
    character: Reference,
    parts: Sequence[Iterable[Frame]],
    names: Sequence[str | None] | None = None,
) -> Decision:
    """Take parts out of a character, each a new character.

    Raises
    ------
    InputError
        A part is empty, holds frames of others, overlaps another part; or nothing would remain.
    """
    number = scene.find_character(character)
    members = set(scene.list_members(number))
    groups = [set(scene.find_frames(part)) for part in parts]
    taken: set[str] = set()
    for group in groups:
        if not group:
            raise InputError("a part of a split needs at least one frame")
        if group - members:
            title = scene.characters.names[number]
            raise InputError(f"{len(group - members)} of these frames are not in {title!r}")
        if group & taken:
            raise InputError("a frame is in two parts of the split")
        taken |= group
    if not taken or taken == members:
        raise InputError("a split leaves some frames and takes others; to rename use rename")
    chosen: list[str | None] = list(names or [None] * len(groups))
    given = [name for name in chosen if name is not None]
    for name in given:
        _check_free(scene, name, set())
    wanted = [fold_name(name) for name in given]
    if len(chosen) != len(groups) or len(set(wanted)) != len(wanted):
        raise InputError("a split needs one name a part, each of them another")
    rest = choose_reference(members - taken)
    return _make(scene.log, "split", [rest, *groups], {"names": chosen})


def decide_move(scene: Scene, frames: Iterable[Frame], to: Reference) -> Decision:
    """Put frames into a character, also from noise; into a new one where none has that name."""
    moved = scene.find_frames(frames)
    if not moved:
        raise InputError("name at least one frame")
    is_new = isinstance(to, str) and not to.isdecimal() and not _has_character(scene, to)
    name: str | None
    if is_new:
        _check_free(scene, str(to), set())
        target, name = [], str(to)
    else:
        number = scene.find_character(to)
        target, name = scene.list_members(number), scene.find_name(number)
    rests = [choose_reference(rest) for rest in _list_rests(scene, set(moved), set(target))]
    groups = [moved, choose_reference(set(target) - set(moved)) or choose_reference(target), *rests]
    return _make(scene.log, "move", groups, {"to": name})


def decide_confirm(scene: Scene, frames: Iterable[Frame]) -> Decision:
    """Say that frames are in the right character: they stay there whatever is clustered next."""
    confirmed = scene.find_frames(frames)
    labels = dict(zip(scene.digests, scene.characters.labels.tolist(), strict=True))
    numbers = {labels[digest] for digest in confirmed}
    if len(numbers) != 1 or -1 in numbers:
        raise InputError("confirm frames of one character at a time")
    number = numbers.pop()
    target = choose_reference(scene.list_members(number))
    return _make(scene.log, "confirm", [confirmed, target], {"to": scene.find_name(number)})


def decide_reject(scene: Scene, frames: Iterable[Frame]) -> Decision:
    """Throw frames out for good."""
    rejected = scene.find_frames(frames)
    if not rejected:
        raise InputError("name at least one frame")
    return _make(scene.log, "reject", [rejected])


def decide_undo(log: DecisionLog, name: str | None = None) -> Decision:
    """Take back a decision: the last that holds and is no undo itself, or the one given.

    Raises
    ------
    InputError
        There is no such decision, or it is undone already.
    """
    active = find_active(log.decisions)
    if name is None:
        made = [decision for decision in active if decision.kind != "undo"]
        if not made:
            raise InputError("there is no decision to undo")
        target = made[-1]
    else:
        target = log.find(name)
        if target not in active:
            raise InputError(f"the decision {target.id} is undone already")
    return _make(log, "undo", (), {"of": target.id})


def _make(
    log: DecisionLog,
    kind: Kind,
    frames: Sequence[Iterable[str]],
    values: Mapping[str, Any] | None = None,
) -> Decision:
    after = log.decisions[-1].time if log.decisions else None
    return make_decision(kind, frames, values, after=after)


def _find_different(scene: Scene, characters: Sequence[Reference]) -> list[int]:
    numbers = [scene.find_character(character) for character in characters]
    if len(set(numbers)) < max(2, len(numbers)):
        raise InputError("name at least two different characters")
    return numbers


def _check_free(scene: Scene, name: str, allowed: set[int]) -> None:
    if not is_name(name):
        raise InputError("a name needs at least one visible character")
    for number in scene.characters.named - allowed:
        if fold_name(scene.characters.names[number]) == fold_name(name):
            raise InputError(f"{name!r} is the name of another character; merge the two instead")


def _has_character(scene: Scene, name: str) -> bool:
    try:
        scene.find_character(name)
    except InputError as error:
        if "may be" in str(error):
            raise
        return False
    return True


def _list_rests(scene: Scene, moved: set[str], target: set[str]) -> list[set[str]]:
    """What remains of the characters that frames are moved out of: they are not the target."""
    labels = zip(scene.digests, scene.characters.labels.tolist(), strict=True)
    sources = {label for digest, label in labels if digest in moved and label >= 0}
    rests = [set(scene.list_members(number)) - moved for number in sorted(sources)]
    return [rest for rest in rests if rest and not rest & target]
