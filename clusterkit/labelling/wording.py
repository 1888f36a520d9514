"""Decisions in words, as a button or a list says them."""

from __future__ import annotations

from clusterkit.decisions.kinds import Decision

_SHOWN_LETTERS = 30


def describe_decision(decision: Decision) -> str:
    """Say what a decision did.

    >>> from clusterkit.decisions.kinds import make_decision
    >>> describe_decision(make_decision("reject", [["0" * 32]]))
    'reject 1 frame'
    """
    values, groups = decision.values, decision.frames
    names = [_quote(name) for name in values.get("names") or [] if name]
    if decision.kind == "name":
        return f"name {_quote(values['name'])}"
    if decision.kind in ("merge", "same"):
        return f"merge {' and '.join(names)}" if names else f"merge {len(groups)} characters"
    if decision.kind == "not-same":
        if values.get("noise"):
            return f"{_count(len(groups[0]))} not {names[0] if names else 'the same'}"
        return f"not the same: {' and '.join(names) or 'two characters'}"
    if decision.kind == "split":
        return f"split off {_count(sum(map(len, groups[1:])))}"
    if decision.kind in ("move", "confirm"):
        to = f" {'to' if decision.kind == 'move' else 'in'} {_quote(values['to'] or '')}"
        return f"{decision.kind} {_count(len(groups[0]))}{to if values.get('to') else ''}"
    if decision.kind == "reject":
        return f"reject {_count(len(groups[0]))}"
    return "undo"


def _count(number: int) -> str:
    return f"{number:,} frame{'' if number == 1 else 's'}"


def _quote(name: str) -> str:
    return name if len(name) <= _SHOWN_LETTERS else f"{name[:_SHOWN_LETTERS]}…"
