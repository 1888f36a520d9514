"""The benchmark's films of other people's art: whole, labelled and the same every time."""

import struct
import subprocess
import sys

import cv2
import numpy as np
import pytest
from conftest import REPOSITORY

import clusterkit
from clusterkit.frames import find_frames

COMMAND = REPOSITORY / "benchmarks" / "film_of_sprites.py"


@pytest.fixture
def art(tmp_path):
    for number in range(8):
        strip = tmp_path / "art" / f"figure{number}" / "walk"
        strip.mkdir(parents=True)
        for step in range(6):
            picture = np.zeros((40, 30, 4), np.uint8)
            picture[4:36, 6 + step : 22 + step] = [30 * number, 250 - 30 * number, 90, 255]
            cv2.imwrite(str(strip / f"{step}.png"), picture)
    return tmp_path / "art"


def make_film(art, out, *options):
    command = [sys.executable, str(COMMAND), str(art), str(out), "--art", "folders", *options]
    subprocess.run(command, check=True, capture_output=True)
    return clusterkit.read_labels(out / "labels.csv")


def test_a_film_is_labelled_and_can_be_made_again(art, tmp_path):
    size = "--identities", "5", "--one-offs", "3", "--most", "20", "--least", "8"
    labels = make_film(art, tmp_path / "film", *size)
    assert make_film(art, tmp_path / "again", *size).equals(labels)
    for path in labels["path"]:
        assert (tmp_path / "film" / path).read_bytes() == (tmp_path / "again" / path).read_bytes()
    counts = labels["identity"].value_counts()
    assert (counts.max(), counts.min(), len(counts)) == (20, 8, 5)
    assert labels["kind"].eq("one-off").sum() == labels["identity"].isna().sum() == 3
    frames = find_frames(tmp_path / "film")
    assert sorted(frames["path"]) == sorted(labels["path"])
    assert frames[["episode", "scene", "frame", "seconds"]].notna().all(axis=None)


def test_halves_share_nobody(art, tmp_path):
    casts = [
        set(make_film(art, tmp_path / half, "--half", half, "--most", "8")["identity"].dropna())
        for half in "12"
    ]
    assert casts[0]
    assert casts[1]
    assert not casts[0] & casts[1]


def test_sheets_are_cut_along_the_grid_of_their_own_animation(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    from film_of_sprites import gather_widelands

    worker = tmp_path / "workers" / "tribe" / "carrier"
    worker.mkdir(parents=True)
    (worker / "init.lua").write_text("""
        walk = { { sw = "walk_sw" } },
        spritesheets = {
           idle = { hotspot = { 11, 18 }, frames = 8, columns = 4, rows = 2 },
           walk = { fps = 10, hotspot = { 6, 16 }, columns = 3, rows = 1, directional = true },
           walkload = { columns = 1, rows = 3, hotspot = { 6, 18 } }
        }
    """)
    picture = np.full((40, 20, 4), 255, np.uint8)
    cv2.imwrite(str(worker / "walk_sw_4.png"), np.hstack([picture] * 3))
    cv2.imwrite(str(worker / "walkload_ne_4.png"), np.vstack([picture] * 3))
    walk, walkload = gather_widelands(tmp_path)["tribe/carrier"]
    for strip in walk, walkload:
        assert [cell.shape for cell in strip.pictures] == [(40, 20, 4)] * 3
    assert (walk.view, walkload.view) == ("front", "back")


def test_archives_of_dink_become_strips(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(REPOSITORY / "benchmarks")
    from unpack_dink import unpack

    picture = np.full((40, 20, 3), 255, np.uint8)
    picture[10:30, 5:15] = 30, 60, 90
    bmp = cv2.imencode(".bmp", picture)[1].tobytes()
    names = b"F1-W9-01.BMP", b"f1-w9-02.bmp", b"death-01.bmp", b""
    starts = 4 + 17 * len(names) + len(bmp) * np.arange(len(names))
    entries = [struct.pack("<I13s", *entry) for entry in zip(starts, names, strict=True)]
    folder = tmp_path / "graphics" / "Foes" / "Goblin" / "Horns" / "Walk"
    folder.mkdir(parents=True)
    (folder / "dir.ff").write_bytes(struct.pack("<I", 4) + b"".join(entries) + bmp * 3)
    unpack(tmp_path, tmp_path / "out")
    strip = tmp_path / "out" / "goblin-horns" / "f1w-ne"
    assert sorted((tmp_path / "out").rglob("*.png")) == [strip / "01.png", strip / "02.png"]
    unpacked = cv2.imread(str(strip / "02.png"), cv2.IMREAD_UNCHANGED)
    assert (unpacked[..., :3] == picture).all()
    assert unpacked[0, 0, 3] == 0
    assert unpacked[20, 10, 3] == 255
