"""What a result folder holds, and which folders may become one."""

import errno
import json
import os
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from tables import (
    NOISE,
    REJECTED,
    UNREADABLE,
    make_input,
    make_tables,
    snapshot,
    summarize,
    write,
)

from clusterkit.errors import InputError, OutputError
from clusterkit.folders.planning import plan_folders
from clusterkit.organize import (
    build_quality_report,
    prepare_output,
    read_assignments,
    read_quality_report,
    read_summary,
    write_result,
)

PATHS = [f"episode_00{e}/character/{name}.png" for e in (1, 2) for name in "abc"]
LABELS = [0, 0, 1, NOISE, REJECTED, UNREADABLE]
PLACES = [
    "character_000/episode_001__a.png",
    "character_000/episode_001__b.png",
    "character_001/episode_001__c.png",
    "noise/episode_002__a.png",
    None,
    None,
]
FOLDERS_ONLY = {"character_000", "character_001", "noise"}


@pytest.fixture
def source(tmp_path):
    return make_input(tmp_path / "input", PATHS)


@pytest.fixture
def output(tmp_path, source):
    return prepare_output(source, tmp_path / "out")


# what a result holds


def test_every_frame_is_where_its_assignment_says(source, output):
    written = write(output, source, PATHS, LABELS)
    table = read_assignments(output)
    assert [place if isinstance(place, str) else None for place in table["file"]] == PLACES
    for path, place in zip(PATHS, PLACES, strict=True):
        if place:
            assert (output / place).read_bytes() == (source / path).read_bytes()
    files = {place for place in snapshot(output) if "/" in place}
    assert files == set(filter(None, PLACES)), "and nothing else is anywhere"
    assert written.counts == {
        "total": 6, "clustered": 3, "noise": 1, "rejected": 1, "unreadable": 1,
    }  # fmt: skip
    assert written.kept == ()
    assert written.notices == ()


def test_the_top_level_is_what_the_readme_lists(source, output):
    write(output, source, PATHS, LABELS)
    assert {path.name for path in output.iterdir()} == FOLDERS_ONLY | {
        "assignments.csv", "clustering_summary.json", "quality_report.json",
        "cluster_visualization.png", ".clusterkit",
    }  # fmt: skip


def test_links_are_relative_and_survive_a_move_of_both(source, output, tmp_path):
    written = write(output, source, PATHS, LABELS)
    assert written.link_kind == "symlink"
    link = output / PLACES[0]
    assert link.is_symlink()
    assert not link.readlink().is_absolute()
    tmp_path.rename(tmp_path.with_name("moved"))
    moved = tmp_path.with_name("moved") / "out" / PLACES[0]
    assert moved.read_bytes() == b"000000" * 4
    tmp_path.with_name("moved").rename(tmp_path)


def test_links_lead_to_the_frame_when_folders_are_links_themselves(tmp_path, source):
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "in").symlink_to(source)
    (tmp_path / "outlink").symlink_to(tmp_path / "far" / "away")
    output = prepare_output(tmp_path / "in", tmp_path / "outlink")
    write(output, tmp_path / "in", PATHS, LABELS)
    assert (tmp_path / "outlink").is_symlink()
    assert (tmp_path / "outlink" / PLACES[0]).read_bytes() == b"000000" * 4


def test_copies_are_files_with_the_time_of_the_frame(source, output):
    written = write(output, source, PATHS, LABELS, copy=True)
    assert written.link_kind == "copy"
    copy, frame = output / PLACES[0], source / PATHS[0]
    assert not copy.is_symlink()
    assert copy.read_bytes() == frame.read_bytes()
    assert copy.stat().st_mtime_ns == frame.stat().st_mtime_ns
    assert copy.stat().st_ino != frame.stat().st_ino


def test_links_become_copies_and_copies_links(source, output):
    write(output, source, PATHS, LABELS)
    write(output, source, PATHS, LABELS, copy=True)
    assert not (output / PLACES[0]).is_symlink()
    written = write(output, source, PATHS, LABELS)
    assert (output / PLACES[0]).is_symlink()
    assert written.kept == ()


def test_a_second_run_copies_nothing_twice(source, output):
    write(output, source, PATHS, LABELS, copy=True)
    before = (output / PLACES[0]).stat().st_ino
    write(output, source, PATHS, [1, 0, 0, *LABELS[3:]], copy=True)
    moved = output / PLACES[0].replace("character_000", "character_001")
    assert moved.stat().st_ino == before
    assert moved.stat().st_nlink == 1


def test_a_changed_frame_is_copied_anew(source, output):
    write(output, source, PATHS, LABELS, copy=True)
    (source / PATHS[0]).write_bytes(b"drawn again")
    written = write(output, source, PATHS, LABELS, copy=True)
    assert (output / PLACES[0]).read_bytes() == b"drawn again"
    assert written.kept == ()


@pytest.mark.parametrize(
    ("broken", "kind"), [({"symlink"}, "hardlink"), ({"symlink", "link"}, "copy")]
)
def test_without_links_the_next_best_is_used_and_said(source, output, monkeypatch, broken, kind):
    def refuse(*_, **__):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    for name in broken:
        monkeypatch.setattr(os, name, refuse)
    written = write(output, source, PATHS, LABELS)
    assert written.link_kind == kind
    assert "has no symbolic links" in written.notices[0]
    assert read_summary(output)["link_kind"] == kind
    assert written.notices[0] in read_summary(output)["notices"]
    same = (output / PLACES[0]).samefile(source / PATHS[0])
    assert same == (kind == "hardlink")
    # Copies that are asked for are copies, not what was there before.
    write(output, source, PATHS, LABELS, copy=True)
    assert not (output / PLACES[0]).samefile(source / PATHS[0])
    # And such a result is replaced like any other.
    again = write(output, source, PATHS, [0, 1, 1, 1, *LABELS[4:]])
    assert again.kept == ()
    assert not (output / PLACES[1]).exists()


def test_a_hard_link_is_to_the_file_not_to_a_link_to_it(source, output, monkeypatch):
    real = source.parent / "elsewhere.png"
    (source / PATHS[0]).rename(real)
    (source / PATHS[0]).symlink_to(real)

    def refuse(*_, **__):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "symlink", refuse)
    write(output, source, PATHS, LABELS)
    assert not (output / PLACES[0]).is_symlink()
    assert (output / PLACES[0]).samefile(real)


def test_a_frame_that_disappeared_is_one_clear_line_and_nothing_changes(source, output):
    write(output, source, PATHS, LABELS)
    before = snapshot(output)
    (source / PATHS[0]).unlink()
    with pytest.raises(InputError, match=r"episode_001/character/a\.png has disappeared"):
        write(output, source, PATHS, LABELS)
    assert snapshot(output) == before


def test_names_that_make_trouble_survive(tmp_path):
    long = "x" * 251 + ".png"
    names = ["it's \"q\".png", "two\nlines.png", "re\rturn.png", "舞妓.png", "b\udcff.png", long,
             "a.png", "A.png", "a.jpg", "-rf.png", " lead.png"]  # fmt: skip
    paths = [f"episode_00{e}/{name}" for e in (1, 2) for name in names] + names
    source = make_input(tmp_path / "input", paths)
    output = prepare_output(source, tmp_path / "out")
    write(output, source, paths, [0] * len(paths))
    table = read_assignments(output)
    assert list(table["path"]) == paths
    assert len(set(table["file"])) == len(paths)
    for path, place in zip(paths, table["file"], strict=True):
        assert (output / place).read_bytes() == (source / path).read_bytes()
    assert len(list((output / "character_000").iterdir())) == len(paths)
    json.loads((output / "quality_report.json").read_bytes())


def test_characters_that_people_named_have_safe_folders(source):
    tables = make_tables(source, PATHS, LABELS)
    named = tables["assignments"]
    named["character"] = pd.Series(
        ["Noise", "Noise", "../Mai / 舞", None, None, None], dtype=object
    )
    places = plan_folders(named, tables["frames"])
    assert places[0].startswith("Noise~")
    assert places[0].rpartition("/")[0] == places[1].rpartition("/")[0]
    assert places[2] == "_Mai _ 舞/episode_001__c.png"
    assert places[3] == "noise/episode_002__a.png"


# the summary and the quality report


def test_the_summary_adds_up(source, output):
    write(output, source, PATHS, LABELS)
    summary = json.loads((output / "clustering_summary.json").read_text())
    assert summary["organization"] == {
        "total_images": 4, "clusters": {"0": 2, "1": 1}, "noise": 1,
    }  # fmt: skip
    assert summary["characters"] == {"character_000": 2, "character_001": 1}
    assert sum(n for name, n in summary["counts"].items() if name != "total") == 6
    assert summary["rejected_by_rule"] == {"size": 0, "blur": 1, "content": 0}
    assert summary["min_cluster_size"] == 10
    assert summary["input_dir"] == str(source)
    assert summary["n_episodes"] == 2
    assert summary["versions"]["python"]
    pd.Timestamp(summary["timestamp"])
    assert read_summary(output) == summary


def test_the_quality_report_has_every_frame(source, output):
    write(output, source, PATHS, LABELS)
    report = json.loads(
        (output / "quality_report.json").read_text(), parse_constant=lambda name: pytest.fail(name)
    )
    assert [entry["path"] for entry in report] == PATHS
    good, rejected, unreadable = report[0], report[4], report[5]
    assert good["quality"] == {
        "passed": True, "width": 120, "height": 160, "blur_score": 432.1, "alpha_coverage": 0.5,
        "reasons": {"size": False, "blur": False, "content": False},
    }  # fmt: skip
    assert "problem" not in good
    assert rejected["quality"]["passed"] is False
    assert rejected["quality"]["reasons"] == {"size": False, "blur": True, "content": False}
    assert unreadable["quality"]["passed"] is False
    assert unreadable["quality"]["width"] is None
    assert unreadable["quality"]["blur_score"] is None
    assert unreadable["problem"] == "damaged or truncated: it ends early"


def test_the_quality_comes_back_as_it_was(source, output):
    tables = make_tables(source, PATHS, LABELS)
    write(output, source, PATHS, LABELS)
    pd.testing.assert_frame_equal(read_quality_report(output), tables["quality"], check_dtype=False)
    assert read_quality_report(output)["width"].dtype == "Int64"


def test_a_frame_with_a_problem_has_not_passed_whatever_the_rules_say(source):
    tables = make_tables(source, PATHS, LABELS)
    tables["verdicts"]["passed"] = True
    report = build_quality_report(tables["frames"], tables["quality"], tables["verdicts"])
    assert [entry["quality"]["passed"] for entry in report] == [True] * 5 + [False]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t.update(assignments=t["assignments"].iloc[:-1]),
        lambda t: t.update(assignments=t["assignments"].iloc[::-1].reset_index(drop=True)),
        lambda t: t.update(assignments=t["assignments"].assign(status="lost")),
        lambda t: t.update(assignments=t["assignments"].assign(status="noise")),
        lambda t: t.update(assignments=t["assignments"].assign(character=None)),
    ],
    ids=["missing", "shuffled", "status", "contradiction", "nameless"],
)
def test_tables_that_lose_a_frame_are_never_written(source, output, spoil):
    tables = make_tables(source, PATHS, LABELS)
    summary = summarize(tables, source)
    spoil(tables)
    with pytest.raises(ValueError, match="rows|aligned|status|cluster|character"):
        write_result(output, **tables, summary=summary)
    assert snapshot(output) == {}


# what a person did to a result


def test_an_edited_copy_stays_in_the_place_of_its_frame(source, output):
    write(output, source, PATHS, LABELS, copy=True)
    (output / PLACES[0]).write_bytes(b"retouched by hand")
    (output / PLACES[2]).write_bytes(b"x" * len((source / PATHS[2]).read_bytes()))
    for _ in range(2):
        written = write(output, source, PATHS, [0, 0, NOISE, *LABELS[3:]], copy=True)
        assert (output / PLACES[0]).read_bytes() == b"retouched by hand"
        # This frame has moved to noise; the edited copy stays where it was put.
        assert (output / PLACES[2]).read_bytes() == b"x" * 24
        assert (output / "noise/episode_001__c.png").read_bytes() == b"000002" * 4
        assert set(written.kept) == {PLACES[0], PLACES[2]}
    assert "changed by hand" in read_summary(output)["notices"][0]


def test_without_the_cache_copies_are_still_known_as_ours(source, output):
    import shutil

    write(output, source, PATHS, LABELS, copy=True)
    shutil.rmtree(output / ".clusterkit")
    (output / PLACES[1]).touch()
    prepare_output(source, output)
    written = write(output, source, PATHS, [1, 1, 0, *LABELS[3:]], copy=True)
    assert written.kept == ()
    assert not (output / PLACES[0]).exists()


def test_a_picture_that_is_not_drawn_does_not_stay(source, output):
    write(output, source, PATHS, LABELS)
    write(output, source, PATHS, LABELS, picture=None)
    assert not (output / "cluster_visualization.png").exists()


# which folders may become a result


def test_preparing_makes_the_folder_and_a_tagged_cache(tmp_path, source):
    output = prepare_output(source, tmp_path / "new" / "deep" / "out")
    assert output == tmp_path / "new" / "deep" / "out"
    tag = (output / ".clusterkit" / "CACHEDIR.TAG").read_text()
    assert tag.startswith("Signature: 8a477f597d28d172789f06886806bc55")
    assert prepare_output(source, output) == output
    assert {p.name for p in output.iterdir()} == {".clusterkit"}


def test_a_relative_output_is_resolved(tmp_path, source, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert prepare_output("input", "out") == tmp_path / "out"


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("input", "is the input folder"),
        ("input/../input", "is the input folder"),
        ("link", "is the input folder"),
        ("input/out", "inside the input"),
        ("input/episode_001/new/out", "inside the input"),
        (".", "inside the output"),
        ("input/..", "inside the output"),
        ("file", "is a file"),
        ("file/out", "cannot write"),
        ("circle", "circle"),
    ],
)
def test_outputs_that_cannot_be_are_refused_and_nothing_changes(tmp_path, source, output, words):
    (tmp_path / "link").symlink_to(source)
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    (tmp_path / "file").write_text("x")
    before = snapshot(tmp_path)
    with pytest.raises(OutputError, match=words) as caught:
        prepare_output(source, tmp_path / output)
    assert "\n" not in str(caught.value)
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize(("name", "words"), [("missing", "not found"), ("file", "is a file")])
def test_without_an_input_no_output_is_made(tmp_path, name, words):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match=words):
        prepare_output(tmp_path / name, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "content",
    [
        {"holiday.jpg": "x"},
        {"character_000/a.png": "x"},
        {".clusterkit/CACHEDIR.TAG": "of another program", "a.txt": "x"},
        {"clustering_summary.json": '{"organization": {}}'},
        {"assignments.csv": "path,status\n"},
    ],
    ids=["photos", "look-alike", "tag", "summary", "listing"],
)
@pytest.mark.parametrize("early", [True, False])
def test_a_folder_of_somebody_else_is_never_touched(tmp_path, source, content, early):
    output = tmp_path / "out"
    for name, text in content.items():
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text(text)
    before = snapshot(tmp_path)
    run = partial(prepare_output, source, output)
    if not early:
        run = partial(write, output, source, PATHS, LABELS)
    with pytest.raises(OutputError, match="not empty and was not made by clusterkit; choose"):
        run()
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("content", [[], [".DS_Store"], [".clusterkit/measurements.sqlite"]])
def test_empty_folders_and_caches_of_killed_runs_are_taken(tmp_path, source, content):
    output = tmp_path / "out"
    output.mkdir()
    for name in content:
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_text("x")
    prepare_output(source, output)
    assert write(output, source, PATHS, LABELS).kept == ()
    assert all((output / name).read_text() == "x" for name in content)


def test_frames_that_lie_in_the_output_are_refused(tmp_path, source):
    output = prepare_output(source, tmp_path / "out")
    write(output, source, PATHS, LABELS, copy=True)
    before = snapshot(output)
    (tmp_path / "second").mkdir()
    (tmp_path / "second" / "episode_001").symlink_to(output / "character_000")
    paths = ["episode_001/episode_001__a.png", "episode_001/episode_001__b.png"]
    with pytest.raises(OutputError, match="lies in the output folder"):
        write(output, tmp_path / "second", paths, [0, 0])
    assert snapshot(output) == before


def test_writing_needs_no_preparation(tmp_path, source):
    written = write(tmp_path / "out", source, PATHS, LABELS)
    assert written.folder == tmp_path / "out"
    assert len(read_assignments(tmp_path / "out")) == 6


def test_the_folder_keeps_its_permissions(source, output):
    output.chmod(0o2770)
    write(output, source, PATHS, LABELS)
    assert output.stat().st_mode & 0o7777 == 0o2770


def test_reading_a_missing_result_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="result folder not found"):
        read_assignments(tmp_path / "nowhere")
    with pytest.raises(InputError, match="is no result of clusterkit"):
        read_summary(tmp_path)


def test_a_name_of_the_longest_length_can_be_an_output(tmp_path, source):
    output = prepare_output(source, tmp_path / ("舞" * 85))
    write(output, source, PATHS, LABELS)
    write(output, source, PATHS, LABELS)
    assert {path.name for path in Path(tmp_path).iterdir()} == {"input", "舞" * 85}
