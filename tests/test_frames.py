import os

import pytest

from clusterkit.errors import InputError
from clusterkit.frames import find_frames, make_natural_key, parse_name

NAME = "scene0001_frame000012_t48.50s_character.png"


def touch(path, data=b"x"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"episode_001/character/{NAME}", ("episode_001", 1, 12, 48.5, "character")),
        (f"show a/episode_002/character/{NAME}", ("show a/episode_002", 1, 12, 48.5, "character")),
        ("t3s_hero.webp", (None, None, None, 3.0, "hero")),
        ("scene7_frame8.png", (None, 7, 8, None, None)),
        ("season 1/face.png", ("season 1", None, None, None, None)),
        ("obscene12_framework3.png", (None, None, None, None, None)),
        ("no_extension.d/x.y.z.PNG", ("no_extension.d", None, None, None, None)),
    ],
)
def test_names_are_read_and_missing_parts_are_missing(path, expected):
    assert parse_name(path) == expected


@pytest.mark.parametrize(
    "below", ["episode_001/character", "character", "", "a/b/c", "season/episode_3/character"]
)
def test_every_layout_is_found(tmp_path, below):
    touch(tmp_path / "in" / below / NAME)
    frames = find_frames(tmp_path / "in")
    assert len(frames) == 1
    assert frames["scene"][0] == 1
    assert frames["seconds"][0] == 48.5
    assert frames["file"][0] == str(tmp_path / "in" / below / NAME)


def test_other_layers_of_an_episode_are_not_cutouts(tmp_path):
    touch(tmp_path / "episode_001/character" / NAME)
    touch(tmp_path / "episode_001/background/scene0001_frame000012_t48.50s_background.png")
    assert find_frames(tmp_path)["layer"].tolist() == ["character"]


def test_one_episodes_folder_knows_its_episode(tmp_path):
    touch(tmp_path / "episode_004/character" / NAME)
    assert find_frames(tmp_path / "episode_004")["episode"].tolist() == ["episode_004"]
    assert find_frames(tmp_path / "episode_004/character")["episode"].tolist() == ["episode_004"]


def test_order_is_natural(tmp_path):
    for number in (10, 9, 100, 1):
        touch(tmp_path / f"f{number}.png")
    assert find_frames(tmp_path)["path"].tolist() == ["f1.png", "f9.png", "f10.png", "f100.png"]
    assert make_natural_key("frame2") < make_natural_key("frame10")


def test_extensions_in_any_case_and_nothing_else(tmp_path):
    names = ["a.PNG", "b.jpg", "c.JpEg", "d.webp", "e.bmp", "f.TIF", "g.tiff", "h.avif"]
    for name in [*names, "i.txt", "j.psd", ".hidden.png", "png"]:
        touch(tmp_path / name)
    touch(tmp_path / ".cache/x.png")
    assert find_frames(tmp_path)["path"].tolist() == names


def test_linked_episodes_are_followed_once_and_loops_refused(tmp_path):
    touch(tmp_path / "far/one/character/a.png")
    touch(tmp_path / "far/two/character/a.png")
    links = tmp_path / "links"
    links.mkdir()
    (links / "episode_001").symlink_to("../far/one")
    (links / "episode_002").symlink_to("../far/two")
    (links / "episode_003").symlink_to("../far/one")  # the same folder again
    (tmp_path / "far/two/loop").symlink_to(links)
    assert find_frames(links)["path"].tolist() == [
        "episode_001/character/a.png",
        "episode_002/character/a.png",
    ]


def test_dangling_links_are_frames_and_pipes_are_not(tmp_path):
    (tmp_path / "gone.png").symlink_to("nowhere.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    assert find_frames(tmp_path)["path"].tolist() == ["gone.png"]


@pytest.mark.parametrize(
    "name", ["sp ace.png", "quo'te\".png", "new\nline.png", "円堂守.png", "x" * 251 + ".png"]
)
def test_any_file_name(tmp_path, name):
    touch(tmp_path / name)
    assert find_frames(tmp_path)["path"].tolist() == [name]


def test_undecodable_names_survive(tmp_path):
    raw = os.fsencode(tmp_path) + b"/caf\xe9.png"
    with open(raw, "wb"):
        pass
    frames = find_frames(tmp_path)
    assert os.fsencode(frames["file"][0]) == raw


def test_bad_folders_say_what_to_do(tmp_path):
    (tmp_path / "empty").mkdir()
    touch(tmp_path / "file.png")
    for folder, words in [
        ("missing", "not found"),
        ("file.png", "is a file"),
        ("empty", "no images"),
    ]:
        with pytest.raises(InputError, match=words):
            find_frames(tmp_path / folder)
