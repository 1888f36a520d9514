"""`OUT/decisions.jsonl`: append-only, and as safe as the disk it lies on.

- A decision is on the disk before `append_decisions` returns; one writer at a time, by the lock of
  the result folder.
- Nothing that was written is ever changed. A line that a crash cut short stays where it is, is
  passed over and reported; the next decision begins on a line of its own.
- Lines may stand in any order and more than once, so two logs are merged by putting their lines
  together, as `git merge` does with the attribute `merge=union`. Even the markers of a merge that
  conflicts do no harm: they are lines that are passed over.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clusterkit.decisions.kinds import Decision, DecisionError, format_line, parse_line
from clusterkit.errors import InputError, OutputError
from clusterkit.folders.exchange import flush_folder
from clusterkit.folders.locking import hold_folder
from clusterkit.folders.output_folder import explain_failure
from clusterkit.store import CACHE_FOLDER

DECISIONS_NAME = "decisions.jsonl"

PATIENCE_SECONDS = 10.0
"""How long a decision waits for another one to be written; a long run is not waited for."""

_RETRY_SECONDS = 0.05
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class DamagedLine:
    """A line of a log that is no decision.

    Attributes
    ----------
    number : int
        Counted from 1.
    reason : str
    """

    number: int
    reason: str


@dataclass(frozen=True)
class DecisionLog:
    """All decisions about a result.

    Attributes
    ----------
    decisions : tuple of Decision
        By time, then id; every id once. Undone ones are among them.
    damaged : tuple of DamagedLine
        What was passed over.
    lines : mapping of str to int
        From the id of a decision to the number of its line, counted from 1, where they were read
        from a file.
    """

    decisions: tuple[Decision, ...] = ()
    damaged: tuple[DamagedLine, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)

    def describe_damage(self) -> list[str]:
        """Say what was passed over, as sentences without a full stop; often nothing."""
        if not self.damaged:
            return []
        first, more = self.damaged[0], len(self.damaged) - 1
        others = f", and {more:,} more" if more else ""
        what = f"passed over line {first.number} ({first.reason}){others}"
        return [f"{DECISIONS_NAME}: {what}; all other decisions hold"]

    def find(self, name: str) -> Decision:
        """Find a decision by its id, or the beginning of it.

        Raises
        ------
        InputError
            There is none, or several begin so.
        """
        found = [d for d in self.decisions if d.id == name]
        found = found or [d for d in self.decisions if name and d.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(f"{len(found)} decisions have an id that begins with {name!r}")
        raise InputError(f"no decision has the id {name!r}; clusterkit log OUT lists them")


def read_log(folder: Path) -> DecisionLog:
    """Read the decisions of a result folder; none where there is no file.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    return read_log_file(folder / DECISIONS_NAME, may_be_missing=True)


def read_log_file(path: Path, *, may_be_missing: bool = False) -> DecisionLog:
    """Read a file of decisions.

    Raises
    ------
    InputError
        It cannot be read.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        if may_be_missing:
            return DecisionLog()
        raise InputError(f"file of decisions not found: {path}") from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    found: dict[str, Decision] = {}
    lines: dict[str, int] = {}
    damaged = []
    # Only b"\n" ends a line: a name may hold other separators that Python would split at.
    for number, raw in enumerate(data.split(b"\n"), start=1):
        try:
            line = raw.decode("utf-8").removeprefix(_BYTE_ORDER_MARK)
            if not line.strip():
                continue
            decision = parse_line(line)
            if found.setdefault(decision.id, decision) != decision:
                raise DecisionError(f"another decision has the id {decision.id}")
            lines.setdefault(decision.id, number)
        except UnicodeDecodeError:
            damaged.append(DamagedLine(number, "it is not UTF-8, or was cut short"))
        except DecisionError as error:
            damaged.append(DamagedLine(number, str(error)))
    decisions = sorted(found.values(), key=lambda decision: decision.order)
    return DecisionLog(tuple(decisions), tuple(damaged), lines)


@contextlib.contextmanager
def hold_log(folder: Path, patience: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Keep other writers out of a result folder; waits a while for those that are quick.

    Raises
    ------
    OutputError
        Another run is still writing there.
    """
    end = time.monotonic() + patience
    with explain_failure(folder):
        (folder / CACHE_FOLDER).mkdir(exist_ok=True)  # a person may have deleted the cache
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(hold_folder(folder))
                break
            except OutputError:
                if time.monotonic() > end:
                    raise
                time.sleep(_RETRY_SECONDS)
        yield


def append_decisions(
    folder: Path,
    choose: Callable[[DecisionLog], Sequence[Decision]],
    patience: float = PATIENCE_SECONDS,
) -> tuple[Decision, ...]:
    """Add decisions to the log; the disk holds them when this returns.

    Parameters
    ----------
    folder : path
        A result folder, resolved.
    choose : callable
        Given the log as it is when no one else can write, says what to add.
    patience : float
        Seconds to wait for another writer.

    Raises
    ------
    OutputError
        Another run is writing there, the disk is full, or there is no permission. The log is as
        it was.
    """
    with hold_log(folder, patience):
        chosen = tuple(choose(read_log(folder)))
        if chosen:
            with explain_failure(folder):
                _append_lines(folder / DECISIONS_NAME, [format_line(d) for d in chosen])
    return chosen


def choose_new(log: DecisionLog, offered: DecisionLog) -> list[Decision]:
    """The decisions of another log that this one lacks; two of one id are two that clash.

    Raises
    ------
    InputError
        A decision with an id that this log has says something else.
    """
    known = {decision.id: decision for decision in log.decisions}
    for decision in offered.decisions:
        if known.get(decision.id, decision) != decision:
            place = f"line {number}: " if (number := offered.lines.get(decision.id)) else ""
            raise InputError(
                f"{place}the decision {decision.id} is another one in {DECISIONS_NAME}; nothing "
                "was taken in"
            )
    return [decision for decision in offered.decisions if decision.id not in known]


def _append_lines(file: Path, lines: Sequence[str]) -> None:
    is_new = not file.exists()
    with open(file, "r+b" if not is_new else "x+b", buffering=0) as stream:
        size = stream.seek(0, os.SEEK_END)
        begin = b""
        if size:
            stream.seek(size - 1)
            begin = b"" if stream.read(1) == b"\n" else b"\n"
        data = memoryview(begin + "".join(line + "\n" for line in lines).encode())
        try:
            while data:
                data = data[stream.write(data) :]
            os.fsync(stream.fileno())
        except OSError:
            stream.truncate(size)  # a full disk: no half of a decision stays
            raise
    if is_new:
        flush_folder(file.parent)
