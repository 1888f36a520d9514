"""Kills between any two writes, reclusterings and undos: nothing that was acknowledged is lost."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from test_characters import apply, stories

from clusterkit.decisions.log import append_decisions, read_log

# Writes the decisions of a file one by one and dies at its n-th system call on the log: before it
# opens, writes, or has the disk hold the log.
WRITER = """
import os, signal, sys
from pathlib import Path
from clusterkit.decisions.log import append_decisions, read_log_file

folder, story, fatal = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
calls = 0

def watch(event, arguments):
    global calls
    if event == "open" and str(arguments[0]).endswith("out/decisions.jsonl"):
        step()

def step():
    global calls
    calls += 1
    if calls == fatal:
        os.kill(os.getpid(), signal.SIGKILL)

flush = os.fsync
def fsync(descriptor):
    step()
    flush(descriptor)
    step()
os.fsync = fsync
sys.addaudithook(watch)
for decision in read_log_file(story).decisions:
    append_decisions(folder, lambda log, decision=decision: [decision])
    print(decision.id, flush=True)
"""

CLUSTERINGS = ([0] * 7 + [1] * 5 + [-1] * 2, [0] * 14, [-1] * 14, [1, 0] * 7)


@settings(max_examples=8)
@given(story=stories(), fatal=st.integers(1, 40), rest=st.integers(0, 3))
def test_what_was_acknowledged_holds_after_any_kill(story, fatal, rest):
    with tempfile.TemporaryDirectory() as scratch:
        folder, whole = Path(scratch) / "out", Path(scratch) / "whole"
        folder.mkdir()
        whole.mkdir()
        append_decisions(whole, lambda log: story)
        (whole / "decisions.jsonl").touch()
        command = [sys.executable, "-c", WRITER, folder, whole / "decisions.jsonl", str(fatal)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
        acknowledged = done.stdout.split()
        assert done.returncode in (0, -signal.SIGKILL)
        kept = read_log(folder)
        ids = [decision.id for decision in kept.decisions]
        assert ids[: len(acknowledged)] == acknowledged
        assert len(ids) <= len(acknowledged) + 1, "at most the one that was being written"
        with open(folder / "decisions.jsonl", "ab") as stream:
            stream.write(b'{"id": "cut sh'[: 5 * rest])  # as a crash of the machine may leave it
        missing = [decision for decision in story if decision.id not in ids]
        append_decisions(folder, lambda log: missing)
        again = read_log(folder).decisions
        assert sorted(d.id for d in again) == sorted(d.id for d in story)
        for labels in CLUSTERINGS:
            assert apply(labels, again) == apply(labels, story)
