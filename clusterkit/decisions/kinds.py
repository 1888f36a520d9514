"""One decision: its kinds, its line of JSON, and what makes such a line valid.

    {"id": "5f0c…", "time": "2026-01-31T18:03:11.000123+00:00", "kind": "name",
     "values": {"name": "endou_mamoru", "was": null}, "frames": [["0a41…", "93fe…"]]}

`frames` is a list of groups of digests; what the groups mean depends on the kind:

    kind       frames                                    values
    name       [members]                                 name; was (the name before, or null)
    merge      [members, members, …]                     name or null; names (of each, or null)
    same       [members, members]                        names
    not-same   [members, members]                        names; noise (true: the first group are
                                                         frames of noise, each on its own)
    split      [reference to the rest, part, part, …]    names (of each part, or null)
    move       [moved, reference to the target,          to (name, or null)
                reference to the rest of a source, …]
    confirm    [confirmed, reference to the character]   to
    reject     [rejected]
    undo       []                                        of (the id of a decision)

A *reference* is a sample of a character's frames, enough to find the character again: so moving
one frame out of thousands does not write thousands of digests.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, get_args

Kind = Literal[
    "name", "merge", "split", "move", "reject", "confirm", "same", "not-same", "undo"
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

NAMING_KINDS = ("name", "merge", "split", "move")
"""Kinds that can give a character a name."""

REFERENCE_FRAMES = 32
"""Digests that stand for a character. They are the smallest ones: a digest is as good as a random
number, so these are a random sample of the members, and the same one on every machine."""

ID_BYTES = 6
"""Two logs of 10,000 decisions, merged, clash with a chance of one in a million."""

_ID = re.compile(r"[0-9a-z][0-9a-z-]{3,63}")
_DIGEST = re.compile(r"[0-9a-f]{16,128}")
_SURROGATE = re.compile("[\ud800-\udfff]")

# Groups of frames that each kind has, at least and at most; None is any number.
_GROUPS: dict[str, tuple[int, int | None]] = {
    "name": (1, 1),
    "merge": (2, None),
    "same": (2, 2),
    "not-same": (2, 2),
    "split": (2, None),
    "move": (2, None),
    "confirm": (2, 2),
    "reject": (1, 1),
    "undo": (0, 0),
}
# The groups that may be empty: the rest of what was split whole, a target that is only a name.
_MAY_BE_EMPTY = {"split": 0, "move": 1, "confirm": 1}
_NAME_VALUES = ("name", "was", "to")


class DecisionError(ValueError):
    """A line is no decision; the message says what is wrong with it."""


@dataclass(frozen=True)
class Decision:
    """One thing that a person decided.

    Attributes
    ----------
    id : str
        Unique in this log and in every log it may be merged with.
    time : datetime
        In UTC. Later than every decision that was known when it was made.
    kind : str
        One of `KINDS`.
    frames : tuple of tuple of str
        Groups of digests; see the table at the top of the module.
    values : dict
    """

    id: str
    time: datetime
    kind: Kind
    frames: tuple[tuple[str, ...], ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def order(self) -> tuple[datetime, str]:
        """Decisions are applied in this order, whatever the order of their lines."""
        return self.time, self.id


def make_decision(
    kind: Kind,
    frames: Sequence[Iterable[str]] = (),
    values: Mapping[str, Any] | None = None,
    *,
    after: datetime | None = None,
) -> Decision:
    """Make a new decision, with an id of its own.

    Parameters
    ----------
    kind : str
    frames : sequence of groups of digests
    values : mapping, optional
    after : datetime, optional
        The time of the last known decision: a clock that was set back must not put this one
        before it.
    """
    now = datetime.now(UTC)
    if after is not None and now <= after:
        now = after + timedelta(microseconds=1)
    groups = tuple(tuple(sorted(set(group))) for group in frames)
    decision = Decision(secrets.token_hex(ID_BYTES), now, kind, groups, dict(values or {}))
    return parse_line(format_line(decision))


def choose_reference(digests: Iterable[str]) -> list[str]:
    """Choose the frames that stand for a character in a decision about others."""
    return sorted(set(digests))[:REFERENCE_FRAMES]


def format_line(decision: Decision) -> str:
    """Write a decision as one line of JSON, the long part last; without the line break."""
    entry = {
        "id": decision.id,
        "time": decision.time.isoformat(timespec="microseconds"),
        "kind": decision.kind,
        "values": dict(decision.values),
        "frames": [list(group) for group in decision.frames],
    }
    text = json.dumps(entry, ensure_ascii=False, allow_nan=False)
    # Letters stay readable; undecodable bytes of a name are written as JSON writes them.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def parse_line(line: str) -> Decision:
    """Read one line.

    Raises
    ------
    DecisionError
        It is no decision; the message says why.
    """
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        raise DecisionError("it is not JSON, or was cut short") from None
    _require(isinstance(entry, dict), "it is no JSON object")
    for name in ("id", "time", "kind", "values", "frames"):
        _require(name in entry, f"it has no {name!r}")
    name, kind = entry["id"], entry["kind"]
    _require(isinstance(name, str) and bool(_ID.fullmatch(name)), f"the id {name!r} is odd")
    _require(isinstance(kind, str) and kind in KINDS, f"the kind {kind!r} is unknown")
    values = entry["values"]
    _require(isinstance(values, dict), "'values' is no JSON object")
    return Decision(
        name, _parse_time(entry["time"]), kind, _parse_frames(kind, entry["frames"]),
        _check_values(kind, values, len(entry["frames"])),
    )  # fmt: skip


def _parse_time(text: Any) -> datetime:
    try:
        time = datetime.fromisoformat(text)
        _require(time.tzinfo is not None, "the time has no time zone")
        return time.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, DecisionError):
            raise
        raise DecisionError(f"the time {text!r} is not like 2026-01-31T18:03:11+00:00") from None


def _parse_frames(kind: str, frames: Any) -> tuple[tuple[str, ...], ...]:
    _require(isinstance(frames, list), "'frames' is no list of groups")
    least, most = _GROUPS[kind]
    fits = least <= len(frames) and (most is None or len(frames) <= most)
    _require(fits, f"{kind!r} has {len(frames)} groups of frames")
    for number, group in enumerate(frames):
        fine = isinstance(group, list) and all(
            isinstance(digest, str) and _DIGEST.fullmatch(digest) for digest in group
        )
        _require(fine, f"group {number + 1} of 'frames' is no list of digests")
        may_be_empty = _MAY_BE_EMPTY.get(kind) == number or (kind == "move" and number > 1)
        _require(bool(group) or may_be_empty, f"group {number + 1} of 'frames' is empty")
    return tuple(tuple(group) for group in frames)


def _check_values(kind: str, values: dict[str, Any], n_groups: int) -> dict[str, Any]:
    for name in _NAME_VALUES:
        value = values.get(name)
        _require(value is None or is_name(value), f"{name!r} is no name: {value!r}")
    names = values.get("names")
    if names is not None:
        fine = isinstance(names, list) and all(value is None or is_name(value) for value in names)
        _require(fine, "'names' is no list of names")
        expected = n_groups - 1 if kind == "split" else n_groups
        _require(len(names) == expected, f"'names' has {len(names)} entries, not {expected}")
    _require(values.get("noise") in (None, False, True), "'noise' is neither true nor false")
    if kind == "name":
        _require(values.get("name") is not None, "'name' is missing")
    if kind == "undo":
        target = values.get("of")
        _require(isinstance(target, str) and bool(_ID.fullmatch(target)), "'of' is no id")
    return values


def is_name(value: object) -> bool:
    """Whether something can be a character's name: any text that shows something."""
    return isinstance(value, str) and bool(value.strip())


def _require(condition: bool, reason: str) -> None:
    if not condition:
        raise DecisionError(reason)
