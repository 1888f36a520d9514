"""Exports that are killed, at every kind of step: the old folder, the new one, or none."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from conftest import write_show

import clusterkit

HERE = Path(__file__).parent
WHILE_BUILDING = 5
"""Every so manieth step of building is tried; of putting in place, every one."""
BETWEEN_KILLS = 4
NEVER = 0

pytestmark = pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="forks; Linux only")


@pytest.fixture(scope="module")
def place():
    """A folder in memory where there is one, a result in it, and an export with a person's work."""
    memory = Path("/dev/shm")
    root = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=root) as name:
        folder = Path(name).resolve()
        show = write_show(folder / "show", characters=2)
        result = clusterkit.cluster_characters(
            show, folder / "out", model="builtin", progress=False, visualize=False
        )
        old = folder / "pristine" / "set"
        clusterkit.export_dataset(result, old, format="kohya", root="/data/set", progress=False,
                                  characters=["character_000"], per_character=2)  # fmt: skip
        (old / "notes.txt").write_text("mine")
        max((old / "train").rglob("*.txt")).write_text("my own words")
        yield folder


@pytest.fixture(scope="module")
def export(place):
    """Export in a process of its own that dies at step `at`."""
    process = subprocess.Popen(
        [sys.executable, HERE / "export_driver.py", place / "out"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1"},
    )
    assert process.stdout.readline() == "ready\n"

    def order(dest, at=NEVER, person_at=NEVER):
        order = {"dest": str(dest), "at": at, "person_at": person_at}
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return tuple(map(int, process.stdout.readline().split()))

    yield order
    process.stdin.close()
    process.wait(10)


@pytest.fixture(params=["replacing", "new"])
def lay(request, place):
    """Lay the folder before the export, again and again."""
    work = place / f"work-{request.param}"

    def lay():
        shutil.rmtree(work, ignore_errors=True)
        if request.param == "replacing":
            shutil.copytree(place / "pristine", work)
        else:
            work.mkdir()
        return work / "set"

    return lay


def read_tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*") if path.is_file()
    }  # fmt: skip


def test_a_killed_export_leaves_the_old_folder_the_new_one_or_none(lay, export):
    dest = lay()
    before = read_tree(dest) if dest.exists() else None
    ended, steps, publishing = export(dest)
    assert ended == 0
    after = read_tree(dest)
    assert steps > publishing > 20
    seen = set()
    tried = sorted({*range(1, publishing, WHILE_BUILDING), *range(publishing, steps + 1)})
    for at in tried:
        dest = lay()
        ended, *_ = export(dest, at)
        # Threads that make one folder at once take a step more or less.
        assert ended == -signal.SIGKILL or (ended == 0 and at > publishing)
        now = read_tree(dest) if dest.exists() else None
        assert now in (before, after), f"half-written after step {at}"
        seen.add(now == after)
        beside = [path.name for path in dest.parent.iterdir() if path != dest]
        assert all(name.startswith(".set.clusterkit-export-") for name in beside)
        if at >= publishing:
            assert export(dest)[0] == 0
            assert read_tree(dest) == after
            assert [path.name for path in dest.parent.iterdir()] == ["set"]
    assert seen == {False, True} if before else seen >= {False}


@pytest.mark.parametrize("lay", ["replacing"], indirect=True)
def test_what_a_person_does_meanwhile_outlives_every_kill(lay, export):
    _, steps, publishing = export(lay())
    for person_at in (1, publishing, publishing + 1):
        kills = range(publishing + 1, steps + 9, BETWEEN_KILLS)
        for at in (NEVER, *kills) if person_at > 1 else (NEVER,):
            dest = lay()
            ended, *_ = export(dest, at, person_at)
            for again in range(2):
                texts = [file.read_bytes() for file in dest.parent.rglob("*.txt")]
                where = f"person at {person_at}, kill at {at}, {again} runs later"
                assert b"added late" in texts, where
                assert b"edited late" in texts, where
                assert b"my own words" in texts, where
                assert export(dest)[0] == 0
            for path in dest.parent.iterdir():
                assert path.name == "set" or path.name.startswith("set.clusterkit-kept-")
            if at and ended == 0:
                break
