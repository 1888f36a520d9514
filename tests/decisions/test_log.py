"""The log loses nothing: not to a crash, not to a second writer, not to a merge."""

import dataclasses
import json
import multiprocessing
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterkit.decisions import log as logs
from clusterkit.decisions.kinds import DecisionError, format_line, make_decision, parse_line
from clusterkit.decisions.log import DECISIONS_NAME, append_decisions, choose_new, read_log
from clusterkit.errors import InputError, OutputError
from clusterkit.folders.locking import hold_folder

FRAME = "0123456789abcdef"


def name_it(name, log=None):
    after = log.decisions[-1].time if log and log.decisions else None
    return make_decision("name", [[FRAME]], {"name": name, "was": None}, after=after)


def add(folder, name):
    return append_decisions(folder, lambda log: [name_it(name, log)])[0]


def names(folder):
    return [decision.values["name"] for decision in read_log(folder).decisions]


@given(st.text(st.characters(codec=None, exclude_categories=()), min_size=1))
def test_a_line_gives_back_the_decision_whatever_the_name(name):
    if not name.strip():
        with pytest.raises(DecisionError):
            name_it(name)
        return
    decision = name_it(name)
    line = format_line(decision).encode()  # valid UTF-8, even with undecodable bytes in a name
    assert b"\n" not in line
    assert parse_line(line.decode()) == decision


def test_decisions_are_kept_in_order_and_shown(tmp_path):
    for name in ("endou_mamoru", "円堂 守", "a\nb\u2028c"):
        add(tmp_path, name)
    assert names(tmp_path) == ["endou_mamoru", "円堂 守", "a\nb\u2028c"]
    assert "円堂 守" in (tmp_path / DECISIONS_NAME).read_text("utf-8")


def test_a_clock_set_back_does_not_reorder(tmp_path):
    first = name_it("first")
    ahead = dataclasses.replace(first, time=first.time.replace(year=2999))
    append_decisions(tmp_path, lambda log: [ahead])
    add(tmp_path, "second")
    assert names(tmp_path) == ["first", "second"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_crash_at_any_byte_loses_no_earlier_and_no_later_decision(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("log")
    kept = [add(folder, f"name {number}") for number in range(2)]
    size = (folder / DECISIONS_NAME).stat().st_size
    add(folder, "円堂")
    whole = (folder / DECISIONS_NAME).read_bytes()
    cut = data.draw(st.integers(size, len(whole)))
    (folder / DECISIONS_NAME).write_bytes(whole[:cut])
    before = read_log(folder)
    later = add(folder, "later")
    after = read_log(folder)
    assert all(decision in after.decisions for decision in (*kept, later))
    complete = cut >= len(whole) - 1  # all but the line break is a whole decision
    assert len(after.damaged) == (0 if complete or cut == size else 1)
    assert [d.id for d in before.decisions] == [d.id for d in after.decisions[:-1]]
    assert (folder / DECISIONS_NAME).read_bytes().startswith(whole[:cut])  # append-only
    if after.damaged:
        assert "line 3" in after.describe_damage()[0]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "cut short"),
        ("[]", "no JSON object"),
        ('{"id": "abcd"}', "no 'time'"),
        ('{"id": "abcd", "time": "now", "kind": "name", "values": {}, "frames": []}', "time"),
        ('{"id": "abcd", "time": "2026-01-01T00:00:00", "kind": "name", "values": {}, '
         '"frames": []}', "time zone"),
        ('{"id": "abcd", "time": "2026-01-01T00:00:00+00:00", "kind": "nom", "values": {}, '
         '"frames": []}', "kind"),
        ('{"id": "abcd", "time": "2026-01-01T00:00:00+00:00", "kind": "reject", "values": {}, '
         '"frames": [["../x"]]}', "digests"),
        ('{"id": "abcd", "time": "2026-01-01T00:00:00+00:00", "kind": "reject", "values": {}, '
         '"frames": [[]]}', "empty"),
        ('{"id": "abcd", "time": "2026-01-01T00:00:00+00:00", "kind": "undo", "values": {}, '
         '"frames": []}', "'of'"),
        ('{"id": ["abcd"], "time": 3, "kind": {}, "values": 1, "frames": 2}', "id"),
        ("<<<<<<< HEAD", "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_what_is_no_decision_is_passed_over_and_reported(tmp_path, line, reason):
    add(tmp_path, "one")
    with open(tmp_path / DECISIONS_NAME, "a") as stream:
        stream.write(line + "\n")
    add(tmp_path, "two")
    log = read_log(tmp_path)
    assert names(tmp_path) == ["one", "two"]
    assert [damage.number for damage in log.damaged] == [2]
    assert reason in log.damaged[0].reason


def test_two_logs_merge_by_putting_their_lines_together(tmp_path):
    mine, yours, both = (tmp_path / name for name in ("mine", "yours", "both"))
    for folder in (mine, yours, both):
        folder.mkdir()
    shared = add(mine, "shared")
    (yours / DECISIONS_NAME).write_bytes((mine / DECISIONS_NAME).read_bytes())
    made = [add(mine, "a"), add(yours, "b"), add(mine, "c")]
    lines = (yours / DECISIONS_NAME).read_bytes() + (mine / DECISIONS_NAME).read_bytes()
    (both / DECISIONS_NAME).write_bytes(lines)
    assert list(read_log(both).decisions) == [shared, *made]
    assert choose_new(read_log(mine), read_log(yours)) == [made[1]]


def test_another_decision_of_the_same_id_is_refused(tmp_path):
    decision = add(tmp_path, "one")
    entry = json.loads(format_line(decision))
    entry["values"]["name"] = "other"
    other = logs.DecisionLog((parse_line(json.dumps(entry)),))
    with pytest.raises(InputError, match=decision.id):
        choose_new(read_log(tmp_path), other)


def test_a_full_disk_leaves_the_log_as_it_was(tmp_path, monkeypatch):
    add(tmp_path, "one")
    before = (tmp_path / DECISIONS_NAME).read_bytes()

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(logs.os, "fsync", fail)
    with pytest.raises(OutputError, match="disk is full"):
        add(tmp_path, "two")
    assert (tmp_path / DECISIONS_NAME).read_bytes() == before


def _write_many(folder, writer):
    for number in range(8):
        add(folder, f"{writer}-{number}")


def test_two_writers_lose_nothing_of_each_other(tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write_many, args=(tmp_path, writer)) for writer in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    log = read_log(tmp_path)
    expected = {f"{writer}-{number}" for writer in "ab" for number in range(8)}
    assert {decision.values["name"] for decision in log.decisions} == expected
    assert not log.damaged
    times = [decision.time for decision in log.decisions]
    assert len(set(times)) == len(times)


def test_a_long_run_is_not_waited_for(tmp_path):
    (tmp_path / ".clusterkit").mkdir()
    code = (
        "import sys; from pathlib import Path; from clusterkit.folders.locking import hold_folder\n"
        "with hold_folder(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as holder:  # fmt: skip
        assert holder.stdout.readline() == b"held\n"
        with (
            pytest.raises(OutputError, match="another clusterkit run"),
            logs.hold_log(tmp_path, patience=0.1),
        ):
            pass
        holder.communicate()
    with hold_folder(tmp_path):
        pass
    assert add(tmp_path, "now")


CRASH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_log import add
for number in range(1000):
    add(Path(sys.argv[1]), f"name {number}")
    print(number, flush=True)
"""


@pytest.mark.parametrize("patience", [0.0, 0.013, 0.031])
def test_what_was_acknowledged_survives_a_kill(tmp_path, patience):
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", CRASH, str(tmp_path), here]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        acknowledged = [int(writer.stdout.readline()) for _ in range(3)]
        time.sleep(patience)
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().split(b"\n")[:-1]]
    kept = names(tmp_path)
    assert kept[: len(acknowledged)] == [f"name {number}" for number in acknowledged]
    assert len(kept) <= len(acknowledged) + 1
    add(tmp_path, "after")
    assert names(tmp_path)[-1] == "after"
