"""A result is replaced in whole: whatever happens, the old one or the new one is there."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from tables import NOISE, make_input, snapshot, write

from clusterkit.errors import OutputError
from clusterkit.folders import staging
from clusterkit.folders.exchange import can_exchange, exchange_folders
from clusterkit.folders.locking import hold_folder
from clusterkit.organize import prepare_output, read_assignments

TESTS = Path(__file__).parents[1]
PATHS = [f"episode_00{e}/character/{name}.png" for e in (1, 2) for name in "ab"]
OLD, NEW = [0, 0, 1, NOISE], [0, 1, NOISE, 1]
DECISIONS = b'{"rename": "character_000"}\n'


@pytest.fixture(params=[False, True], ids=["exchange", "journal"])
def journal(request, monkeypatch):
    """Both ways of replacing: most file systems here can exchange folders, volumes cannot."""
    if request.param:
        monkeypatch.setattr(staging, "can_exchange", lambda *_: False)
    return request.param


@pytest.fixture
def fast_folder():
    """A folder in memory where there is one: the crash tests write thousands of files."""
    memory = Path("/dev/shm")
    root = memory if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=root) as folder:
        yield Path(folder).resolve()


@pytest.fixture(scope="module")
def driver():
    """The process that forks children which die."""
    process = subprocess.Popen(
        [sys.executable, TESTS / "crash_driver.py"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
    )
    assert process.stdout.readline() == "ready\n"

    def order(source, output, *, how="kill", early=False, **options):
        options |= {"how": how, "early": early, "paths": PATHS, "labels": NEW}
        options |= {"input": str(source), "output": str(output)}
        process.stdin.write(json.dumps(options) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    yield order
    process.stdin.close()
    process.wait(10)


def make_old_result(folder, *, copy=False):
    """A result of an earlier run, with what people and other programs put into it since."""
    source = make_input(folder / "input", PATHS)
    output = prepare_output(source, folder / "out")
    write(output, source, PATHS, OLD, copy=copy)
    (output / "decisions.jsonl").write_bytes(DECISIONS)
    (output / "report.html").write_text("<html>")
    (output / "character_000" / "mine.txt").write_text("a caption")
    (output / "mine").mkdir()
    (output / "mine" / "link").symlink_to("../character_000")
    (output / ".clusterkit" / "measurements.sqlite").write_text("an hour of work")
    return source, output


def list_leftovers(output):
    beside = {path.name for path in output.parent.iterdir()} - {"input", "out", "pristine"}
    folders = (output, output / ".clusterkit")
    inside = {p.name for folder in folders for p in folder.glob(".clusterkit-*")}
    return beside | inside


@pytest.mark.parametrize("copy", [False, True], ids=["links", "copies"])
def test_killed_at_every_step_leaves_the_old_or_the_new_result(driver, fast_folder, journal, copy):
    source, output = make_old_result(fast_folder, copy=copy)
    old = snapshot(output)
    pristine = fast_folder / "pristine"
    shutil.copytree(output, pristine, symlinks=True)
    write(output, source, PATHS, NEW, copy=copy)
    new = snapshot(output)
    assert old != new
    seen = []
    for at in range(1, 1000, 3 if copy else 1):
        shutil.rmtree(output)
        shutil.copytree(pristine, output, symlinks=True)
        ended = driver(source, output, at=at, journal=journal, copy=copy)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        if journal:
            read_assignments(output)  # whoever reads first finishes the replacement
        found = {p: c for p, c in snapshot(output).items() if not p.startswith(".clusterkit-")}
        assert found in (old, new), f"killed at step {at}"
        seen.append(found == new)
        # The next run mends everything, and what nobody can compute again is still there.
        prepare_output(source, output)
        assert (output / ".clusterkit" / "measurements.sqlite").read_text() == "an hour of work"
        assert not list_leftovers(output), f"killed at step {at}"
        write(output, source, PATHS, NEW, copy=copy)
        assert snapshot(output) == new, f"killed at step {at}"
    assert seen == sorted(seen), "once the new result is there, it stays"
    assert {False, True} == set(seen)
    assert len(seen) > (15 if copy else 45)


def test_a_recovery_may_be_killed_too(driver, fast_folder, journal):
    source, output = make_old_result(fast_folder)
    old = snapshot(output)
    pristine = fast_folder / "pristine"
    shutil.copytree(output, pristine, symlinks=True)
    write(output, source, PATHS, NEW)
    new = snapshot(output)
    rng = random.Random(0)
    for _ in range(25):
        shutil.rmtree(output)
        shutil.copytree(pristine, output, symlinks=True)
        steps = [rng.randint(20, 58), rng.randint(1, 25), rng.randint(1, 25)]
        for early, at in enumerate(steps):
            driver(source, output, at=at, journal=journal, copy=False, early=bool(early))
        if journal:
            read_assignments(output)
        found = {p: c for p, c in snapshot(output).items() if not p.startswith(".clusterkit-")}
        assert found in (old, new), f"killed at steps {steps}"
        prepare_output(source, output)
        assert snapshot(output) in (old, new), f"killed at steps {steps}"
        assert (output / ".clusterkit" / "measurements.sqlite").read_text() == "an hour of work"
        assert not list_leftovers(output), f"killed at steps {steps}"


@pytest.mark.parametrize("copy", [False, True], ids=["links", "copies"])
def test_disk_full_from_any_step_on_loses_nothing(driver, fast_folder, journal, copy):
    source, output = make_old_result(fast_folder, copy=copy)
    old = snapshot(output)
    pristine = fast_folder / "pristine"
    shutil.copytree(output, pristine, symlinks=True)
    write(output, source, PATHS, NEW, copy=copy)
    new = snapshot(output)
    refused = 0
    for at in range(1, 1000):
        shutil.rmtree(output)
        shutil.copytree(pristine, output, symlinks=True)
        ended = driver(source, output, how="full", at=at, journal=journal, copy=copy)
        if ended == 0 and snapshot(output) == new and not list_leftovers(output):
            break
        assert ended in (0, 2), f"full at step {at}: not one clear line"
        if ended == 2 and snapshot(output) == old:
            assert not list_leftovers(output), f"full at step {at}"
            refused += 1
        # What was decided when the disk filled up is completed as soon as there is space.
        prepare_output(source, output)
        assert snapshot(output) in (old, new), f"full at step {at}"
        assert not list_leftovers(output)
    assert refused > 10


def test_killed_at_any_time_leaves_one_whole_result(tmp_path):
    paths = [f"episode_001/character/{number:04d}.png" for number in range(150)]
    source = make_input(tmp_path / "input", paths)
    labels = [[number % 3 for number in range(150)], [number % 5 for number in range(150)]]
    output = prepare_output(source, tmp_path / "out")
    wholes = []
    for kind in labels:
        write(output, source, paths, kind)
        wholes.append(snapshot(output))
    code = (
        "import sys, pathlib, tables\n"
        "source, output = map(pathlib.Path, sys.argv[1:])\n"
        "paths = sorted(p.relative_to(source).as_posix() for p in source.rglob('*.png'))\n"
        "print('ready', flush=True)\n"
        "while True:\n"
        "    for k in (3, 5):\n"
        "        tables.write(output, source, paths, [n % k for n in range(len(paths))])\n"
    )
    rng = random.Random(0)
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", code, source, output],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS.parent), str(TESTS)])},
        )
        child.stdout.readline()
        time.sleep(rng.uniform(0.05, 0.5))
        child.kill()
        child.wait()
        child.stdout.close()
        assert snapshot(output) in wholes
        prepare_output(source, output)
        assert snapshot(output) in wholes
        assert not list_leftovers(output)


def test_replacing_keeps_what_people_added(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    (output / "empty").mkdir()
    before = os.stat(output / "decisions.jsonl").st_ino
    written = write(output, source, PATHS, NEW)
    assert (output / "decisions.jsonl").read_bytes() == DECISIONS
    assert os.stat(output / "decisions.jsonl").st_ino == before, "an open log must stay the log"
    assert (output / "report.html").read_text() == "<html>"
    assert (output / "character_000" / "mine.txt").read_text() == "a caption"
    assert str((output / "mine" / "link").readlink()) == "../character_000"
    assert (output / "empty").is_dir()
    assert set(written.kept) == {"character_000/mine.txt", "mine/link"}
    assert "character_000/mine.txt" in written.notices[0]
    # What the old result had and the new one has not is gone.
    frames = {path.name for path in (output / "character_000").iterdir()}
    assert frames == {"episode_001__a.png", "mine.txt"}


def test_a_character_that_is_gone_leaves_no_folder(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    write(output, source, PATHS, [0, 0, 0, 0])
    assert {p.name for p in output.iterdir() if p.is_dir()} == {
        ".clusterkit",
        "character_000",
        "mine",
    }


def test_the_cache_stays_the_same_folder(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    cache = output / ".clusterkit"
    before = cache.stat().st_ino
    with open(cache / "measurements.sqlite", "a") as other_process:
        write(output, source, PATHS, NEW)
        other_process.write("!")
    assert cache.stat().st_ino == before
    assert (cache / "measurements.sqlite").read_text() == "an hour of work!"


def test_a_file_in_the_way_is_renamed_not_lost(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    (output / "character_002").write_text("a file where a folder goes")
    (output / "clustering_summary.json").unlink()
    (output / "clustering_summary.json").mkdir()
    (output / "clustering_summary.json" / "note.txt").write_text("a folder where a file goes")
    (output / "quality_report.json").unlink()
    (output / "quality_report.json").mkdir()
    (output / "noise" / "episode_001__a.png").write_text("the name of a frame that comes here")
    written = write(output, source, PATHS, [NOISE, 0, 1, 2])
    assert (output / "character_002 (kept)").read_text() == "a file where a folder goes"
    kept = output / "clustering_summary (kept).json" / "note.txt"
    assert kept.read_text() == "a folder where a file goes"
    kept = output / "noise" / "episode_001__a (kept).png"
    assert kept.read_text() == "the name of a frame that comes here"
    assert (output / "noise" / "episode_001__a.png").is_symlink()
    assert set(written.kept) >= {
        "character_002 (kept)",
        "clustering_summary (kept).json/note.txt",
        "noise/episode_001__a (kept).png",
    }
    assert read_assignments(output)["file"].iloc[0] == "noise/episode_001__a.png"


def test_links_to_folders_are_never_followed(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    outside = tmp_path / "outside"
    shutil.copytree(output / "character_000", outside, symlinks=True)
    shutil.rmtree(output / "character_000")
    (output / "character_000").symlink_to(outside)
    before = snapshot(outside)
    write(output, source, PATHS, NEW)
    assert snapshot(outside) == before
    assert (output / "character_000 (kept)").is_symlink()
    assert not (output / "character_000").is_symlink()


def test_an_old_result_without_its_listing_is_still_known(tmp_path, journal):
    source, output = make_old_result(tmp_path)
    (output / "assignments.csv").write_text("spoilt by a spreadsheet;;;")
    written = write(output, source, PATHS, NEW)
    assert set(written.kept) == {"character_000/mine.txt", "mine/link"}


def test_what_changes_while_the_result_is_written_is_kept(tmp_path, monkeypatch):
    source, output = make_old_result(tmp_path)

    def save_meanwhile(first, second):
        if second.parent == output.parent and first == output:
            (output / "late.txt").write_text("added")
            fresh = output / "decisions.new"
            fresh.write_bytes(DECISIONS * 2)
            fresh.replace(output / "decisions.jsonl")
        exchange_folders(first, second)

    monkeypatch.setattr(staging, "exchange_folders", save_meanwhile)
    write(output, source, PATHS, NEW)
    assert (output / "late.txt").read_text() == "added"
    assert (output / "decisions.jsonl").read_bytes() == DECISIONS * 2
    assert not list_leftovers(output)


def test_a_folder_that_cannot_be_exchanged_after_all_is_replaced_by_journal(tmp_path, monkeypatch):
    source, output = make_old_result(tmp_path)
    monkeypatch.setattr(staging, "can_exchange", lambda *_: True)

    def refuse(first, second):
        raise PermissionError(1, "Operation not permitted", str(first))

    monkeypatch.setattr(staging, "exchange_folders", refuse)
    write(output, source, PATHS, NEW)
    assert list(read_assignments(output)["cluster"]) == NEW
    assert not list_leftovers(output)


def test_an_interrupt_while_writing_leaves_the_old_result(tmp_path, journal, monkeypatch):
    source, output = make_old_result(tmp_path)
    old = snapshot(output)

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("clusterkit.organize.save_assignments", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(output, source, PATHS, NEW)
    assert snapshot(output) == old
    assert not list_leftovers(output)


def test_only_our_own_leftovers_are_removed(tmp_path):
    source, output = make_old_result(tmp_path)
    stale = tmp_path / ".out.clusterkit-new-0123abcd"
    others = [
        tmp_path / ".out.clusterkit-new-0123abcd.bak",
        tmp_path / ".out2.clusterkit-new-0123abcd",
        output / ".clusterkit-staging-mine",
    ]
    for folder in (stale, *others):
        folder.mkdir()
        (folder / "file").write_text("?")
    prepare_output(source, output)
    assert not stale.exists()
    assert all(folder.exists() for folder in others)


def test_two_runs_at_once_are_refused(tmp_path):
    source, output = make_old_result(tmp_path)
    code = (
        "import sys, pathlib, clusterkit.folders.locking as l\n"
        "with l.hold_folder(pathlib.Path(sys.argv[1])):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, output],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(TESTS.parent)},
    )
    assert other.stdout.readline() == b"held\n"
    before = snapshot(output)
    with pytest.raises(OutputError, match=rf"another clusterkit run \(process {other.pid}\)"):
        write(output, source, PATHS, NEW)
    with pytest.raises(OutputError, match="another clusterkit run"):
        prepare_output(source, output)
    assert snapshot(output) == before
    other.communicate()
    write(output, source, PATHS, NEW)


def test_the_lock_holds_through_the_exchange(tmp_path):
    """A run that starts just after the exchange must still find the folder taken."""
    source, output = make_old_result(tmp_path)
    before = (output / ".clusterkit" / "lock").stat().st_ino
    inodes = []

    def look(first, second):
        exchange_folders(first, second)
        inodes.append((output / ".clusterkit" / "lock").stat().st_ino)

    original, staging.exchange_folders = staging.exchange_folders, look
    try:
        write(output, source, PATHS, NEW)
    finally:
        staging.exchange_folders = original
    assert inodes == [before] * 2


def test_threads_of_one_process_exclude_each_other_and_calls_nest(tmp_path):
    import threading

    _, output = make_old_result(tmp_path)
    refused = []

    def try_to_hold():
        try:
            with hold_folder(output):
                pass
        except OutputError as error:
            refused.append(error)

    with hold_folder(output), hold_folder(output):
        thread = threading.Thread(target=try_to_hold)
        thread.start()
        thread.join()
    assert len(refused) == 1
    try_to_hold()
    assert len(refused) == 1


@contextmanager
def mounted(folder, options):
    """A small file system of its own; needs the rights of root, and a kernel that lets it."""
    folder.mkdir(exist_ok=True)
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", options, "none", str(folder)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_exchanging_is_tried_without_a_trace(tmp_path):
    (tmp_path / "out").mkdir()
    assert can_exchange(tmp_path / "out", tmp_path / "beside", tmp_path / "out" / "within")
    with mounted(tmp_path / "out", "size=1m"):
        assert not can_exchange(tmp_path / "out", tmp_path / "beside", tmp_path / "out" / "within")
        assert snapshot(tmp_path) == {"out": "folder"}
    assert snapshot(tmp_path) == {"out": "folder"}


def test_a_cache_on_another_disk_stays_there(tmp_path):
    source = make_input(tmp_path / "input", PATHS)
    with mounted(tmp_path / "disk", "size=4m") as disk:
        (tmp_path / "out").mkdir()
        (disk / "cache").mkdir()
        (tmp_path / "out" / ".clusterkit").symlink_to(disk / "cache")
        output = prepare_output(source, tmp_path / "out")
        for labels in (OLD, NEW):
            write(output, source, PATHS, labels)
            assert list(read_assignments(output)["cluster"]) == labels
        assert (output / ".clusterkit").is_symlink()
        assert not list_leftovers(output) - {"disk"}


def test_a_mounted_volume_is_replaced_by_journal(tmp_path):
    source = make_input(tmp_path / "input", PATHS)
    with mounted(tmp_path / "out", "size=4m"):
        output = prepare_output(source, tmp_path / "out")
        write(output, source, PATHS, OLD)
        (output / "mine.txt").write_text("mine")
        written = write(output, source, PATHS, NEW)
        assert list(read_assignments(output)["cluster"]) == NEW
        assert written.kept == ("mine.txt",)
        assert not list_leftovers(output)


def test_a_volume_inside_the_result_is_left_alone(tmp_path):
    source, output = make_old_result(tmp_path)
    with mounted(output / "volume", "size=1m") as volume:
        (volume / "precious.txt").write_text("precious")
        write(output, source, PATHS, NEW)
        assert (volume / "precious.txt").read_text() == "precious"
        assert list(read_assignments(output)["cluster"]) == NEW
        assert not list_leftovers(output)


@pytest.mark.parametrize("inside", [False, True], ids=["exchange", "journal"])
def test_a_full_disk_is_one_clear_line(tmp_path, inside):
    """A real one: two megabytes of frames do not fit into one."""
    source = make_input(tmp_path / "input", PATHS, size=500_000)
    with mounted(tmp_path / "disk", "size=1m") as disk:
        output = disk if inside else disk / "out"
        output = prepare_output(source, output)
        with pytest.raises(OutputError, match="disk is full") as caught:
            write(output, source, PATHS, OLD, copy=True)
        assert "\n" not in str(caught.value)
        assert snapshot(output) == {}
        write(output, source, PATHS, OLD)
        old = snapshot(output)
        with pytest.raises(OutputError, match="disk is full"):
            write(output, source, PATHS, NEW, copy=True)
        assert snapshot(output) == old
        assert [p.name for p in output.parent.iterdir() if "clusterkit-" in p.name] == []


def test_an_output_that_cannot_be_written_is_refused_early(tmp_path):
    source = make_input(tmp_path / "input", PATHS)
    with mounted(tmp_path / "disk", "ro"):
        with pytest.raises(OutputError, match=r"cannot write .*choose another"):
            prepare_output(source, tmp_path / "disk" / "out")
        with pytest.raises(OutputError, match=r"cannot write .*choose another"):
            prepare_output(source, tmp_path / "disk")


@pytest.mark.skipif(
    os.geteuid() == 0, reason="permissions do not bind root; see the read-only disk"
)
def test_a_folder_without_permission_is_refused_early(tmp_path):
    source = make_input(tmp_path / "input", PATHS)
    (tmp_path / "locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match=r"cannot write .*choose another"):
        prepare_output(source, tmp_path / "locked" / "out")
    with pytest.raises(OutputError, match=r"cannot write .*choose another"):
        prepare_output(source, tmp_path / "locked")
