"""The commands that decide something about a result: a part of the command line."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

import clusterkit
from clusterkit.errors import InputError

AddCommand = Callable[
    [str, Callable[[argparse.Namespace], None], str], argparse.ArgumentParser
]  # fmt: skip

_CHARACTER = "a character: its number, name or folder"
_FRAME = "a frame: its path in the input or in OUT, or its file name"


def add_decision_commands(add: AddCommand) -> None:
    """Add rename, merge, split, move, reject, undo and log."""
    rename = _add(add, "rename", run_rename, "name a character")
    rename.add_argument("character", metavar="CHARACTER", help=_CHARACTER)
    rename.add_argument("name", metavar="NAME", help="any text")

    merge = _add(add, "merge", run_merge, "make several characters one")
    merge.add_argument("characters", nargs="+", metavar="CHARACTER", help=_CHARACTER)
    merge.add_argument("--name", help="its name (default: the first name that one of them has)")

    split = _add(add, "split", run_split, "take frames out of a character into a new one")
    split.add_argument("character", metavar="CHARACTER", help=_CHARACTER)
    split.add_argument("frames", nargs="*", metavar="FRAME",
                       help=f"{_FRAME}; none: the groups that a finer cut finds")  # fmt: skip
    split.add_argument("--name", help="the new character's name")
    split.add_argument("--min-cluster-size", type=int, metavar="N",
                       help="frames in a group of the finer cut (default: half as many as of the "
                       "clustering)")  # fmt: skip

    move = _add(add, "move", run_move, "put frames into a character")
    move.add_argument("frames", nargs="+", metavar="FRAME", help=_FRAME)
    move.add_argument("--to", required=True, metavar="CHARACTER",
                      help=f"{_CHARACTER}; a new name is a new character")  # fmt: skip

    reject = _add(add, "reject", run_reject, "throw frames out for good")
    reject.add_argument("frames", nargs="+", metavar="FRAME", help=_FRAME)

    undo = _add(add, "undo", run_undo, "take back a decision")
    undo.add_argument("decision", nargs="?", metavar="ID",
                      help="as clusterkit log shows it (default: the last decision)")  # fmt: skip

    log = _add(add, "log", run_log, "list the decisions, or take in those of someone else")
    log.add_argument("--json", action="store_true", help="print JSON, one decision a line")
    log.add_argument("--import", dest="file", type=Path, metavar="FILE",
                     help="take in the decisions in FILE, such as one downloaded from a report; "
                     "each line is checked, and named if it is no decision")  # fmt: skip


def _add(
    add: AddCommand, name: str, run: Callable[[argparse.Namespace], None], summary: str
) -> argparse.ArgumentParser:
    command = add(name, run, summary)
    command.add_argument("output_dir", type=Path, metavar="OUT", help="a result folder")
    return command


def run_rename(arguments: argparse.Namespace) -> None:
    """The `rename` command."""
    result = clusterkit.load_result(arguments.output_dir)
    _print_change(result, result.rename(arguments.character, arguments.name))


def run_merge(arguments: argparse.Namespace) -> None:
    """The `merge` command."""
    result = clusterkit.load_result(arguments.output_dir)
    _print_change(result, result.merge(*arguments.characters, name=arguments.name))


def run_split(arguments: argparse.Namespace) -> None:
    """The `split` command."""
    result = clusterkit.load_result(arguments.output_dir)
    if arguments.frames:
        if arguments.min_cluster_size is not None:
            raise InputError("--min-cluster-size is for a split without frames")
        new = result.split(arguments.character, arguments.frames, names=[arguments.name])
    else:
        if arguments.name is not None:
            raise InputError("--name is for a split with frames; name the groups afterwards")
        new = result.split_finer(arguments.character, arguments.min_cluster_size)
    _print_change(result, new)


def run_move(arguments: argparse.Namespace) -> None:
    """The `move` command."""
    result = clusterkit.load_result(arguments.output_dir)
    _print_change(result, result.move(arguments.frames, arguments.to))


def run_reject(arguments: argparse.Namespace) -> None:
    """The `reject` command."""
    result = clusterkit.load_result(arguments.output_dir)
    _print_change(result, result.reject(arguments.frames))


def run_undo(arguments: argparse.Namespace) -> None:
    """The `undo` command."""
    result = clusterkit.load_result(arguments.output_dir)
    _print_change(result, result.undo(arguments.decision))


def run_log(arguments: argparse.Namespace) -> None:
    """The `log` command."""
    from clusterkit.decisions.kinds import format_line

    if arguments.file is not None:
        result, n_added, offered = clusterkit.import_decisions(arguments.output_dir, arguments.file)
        for line in offered.damaged:
            print(f"{arguments.file}: passed over line {line.number}: {line.reason}",
                  file=sys.stderr)  # fmt: skip
        n_known = len(offered.decisions) - n_added
        print(f"{n_added:,} decisions taken in, {n_known:,} known already, "
              f"{len(offered.damaged):,} lines passed over")  # fmt: skip
        n_strange = _count_strange(result, offered)
        if n_strange:
            print(f"Note: {n_strange:,} of them are about frames that are not in this result; "
                  "they hold once those frames are.", file=sys.stderr)  # fmt: skip
        _print_notices(result)
        return
    output = clusterkit.load_result(arguments.output_dir).output_dir
    log = clusterkit.read_log(output)
    if arguments.json:
        for decision in log.decisions:
            print(json.dumps(json.loads(format_line(decision))))
    else:
        _print_log(log)
    for notice in log.describe_damage():
        print(f"Note: {notice}.", file=sys.stderr)


def _count_strange(result: clusterkit.Result, offered: clusterkit.DecisionLog) -> int:
    """Decisions of which no frame is in a result: perhaps the file belongs to another one."""
    here = set(result.quality["digest"].dropna())
    named = [{digest for group in decision.frames for digest in group}
             for decision in offered.decisions]  # fmt: skip
    return sum(bool(frames) and here.isdisjoint(frames) for frames in named)


def _print_log(log: clusterkit.DecisionLog) -> None:
    from clusterkit.decisions.identities import find_active

    active = {decision.id for decision in find_active(log.decisions)}
    for decision in log.decisions:
        values = decision.values
        said = [values.get(key) for key in ("was", "name", "to", "of")] + values.get("names", [])
        words = " ".join(make_printable(value) for value in said if value is not None)
        counts = ", ".join(f"{len(group):,}" for group in decision.frames if group)
        undone = "" if decision.id in active else "  (undone)"
        print(f"{decision.id}  {decision.time:%Y-%m-%d %H:%M:%S}  {decision.kind:<9} {words}"
              f"{f'  [{counts} frames]' if counts else ''}{undone}")  # fmt: skip
    if not log.decisions:
        print("nothing has been decided yet")


def make_printable(text: str) -> str:
    """A name as it can stand in a line of a terminal: no line breaks, no control characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)


def _print_change(before: clusterkit.Result, after: clusterkit.Result) -> None:
    """What a decision did, in one line, and how to take it back."""
    old = before.assignments["character"].value_counts()
    new = after.assignments["character"].value_counts()
    changed = [
        f"{make_printable(name)} ({int(new.get(name, 0)):,})"
        for name in dict.fromkeys([*new.index, *old.index])
        if new.get(name, 0) != old.get(name, 0)
    ]
    decision = after.decisions[-1].id
    what = ", ".join(changed) or "no frame is elsewhere than before"
    print(f"{what}; taken back by: clusterkit undo {after.output_dir} {decision}")
    _print_notices(after)


def _print_notices(result: clusterkit.Result) -> None:
    for notice in result.notices:
        if notice.startswith("decisions.jsonl"):
            print(f"Note: {notice}.", file=sys.stderr)
