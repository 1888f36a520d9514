"""Names in a result: unique wherever it is copied to, safe, and the same on every run."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterkit.folders.naming import (
    MAX_NAME_BYTES,
    make_clash_key,
    plan_folder_names,
    plan_names,
    shorten_name,
)

# Whatever Linux takes for a name: any bytes but the separator and NUL; Python shows them so.
any_name = (
    st.binary(min_size=1, max_size=MAX_NAME_BYTES)
    .map(
        lambda raw: raw.replace(b"/", b"a").replace(b"\0", b"b").decode("utf-8", "surrogateescape")
    )
    .filter(lambda name: name not in (".", ".."))
)
# Names that are alike in all the ways that make trouble.
alike = st.sampled_from(
    ["a", "A", "a.png", "A.PNG", "a.jpg", "é.png", "e\u0301.png", "É.png", "ß.png", "SS.png",
     "a\\b.png", "a_b.png", "a~1.png", "x" * 255, "X" * 251 + ".png", "舞" * 85, "a\n.png"]
)  # fmt: skip
folder = st.sampled_from(
    ["", "character/", "episode_001/", "episode_001/character/", "ep/a/", "ep__a/"]
)
paths = st.lists(st.tuples(folder, any_name | alike).map("".join), unique=True, max_size=30)


def count_bytes(name):
    return len(os.fsencode(name))


def split(name):
    return os.path.splitext(name)


@given(paths)
def test_names_are_unique_safe_and_short_enough(paths):
    names = plan_names(paths, [None] * len(paths))
    stems = [make_clash_key(split(name)[0]) for name in names]
    assert len(set(stems)) == len(stems)
    for path, name in zip(paths, names, strict=True):
        assert 0 < count_bytes(name) <= MAX_NAME_BYTES
        assert "/" not in name
        assert "\\" not in name
        extension = split(path.rpartition("/")[2].replace("\\", "_"))[1]
        if count_bytes(extension) <= 16:
            assert name.endswith(extension)


@given(paths, st.randoms(use_true_random=False))
def test_names_do_not_depend_on_the_order_of_the_rows(paths, rng):
    names = dict(zip(paths, plan_names(paths, [None] * len(paths)), strict=True))
    shuffled = paths.copy()
    rng.shuffle(shuffled)
    assert names == dict(zip(shuffled, plan_names(shuffled, [None] * len(paths)), strict=True))


def test_another_episode_renames_nothing():
    first = [f"episode_001/character/scene0001_frame{n:06d}.png" for n in range(5)]
    second = [path.replace("episode_001", "episode_002") for path in first]
    alone = plan_names(first, ["episode_001"] * 5)
    assert plan_names(second + first, ["episode_002"] * 5 + ["episode_001"] * 5)[5:] == alone
    assert alone[0] == "episode_001__scene0001_frame000000.png"


def test_an_episode_given_alone_has_the_names_it_has_in_its_show():
    in_show = plan_names(["episode_001/character/a.png"], ["episode_001"])
    assert plan_names(["character/a.png"], ["episode_001"]) == in_show
    assert plan_names(["a.png"], ["episode_001"]) == in_show


def test_frames_without_a_folder_keep_their_names():
    names = ["plain.png", "with space.png", 'it\'s "quoted".png', "two\nlines.png", "舞.png"]
    assert plan_names(names, [None] * len(names)) == names


def test_stems_differ_because_captions_go_by_stem():
    first, second = plan_names(["a.png", "a.jpg"], [None, None])
    assert {first, second} >= {"a.jpg"}
    assert split(first)[0] != split(second)[0]


@pytest.mark.parametrize(
    ("first", "second"), [("a.png", "A.png"), ("\u00e9.png", "e\u0301.png"), ("a.png", "a.PNG")]
)
def test_names_that_some_system_takes_for_one_are_told_apart(first, second):
    names = plan_names([first, second], [None, None])
    assert sum(name in (first, second) for name in names) == 1


def test_long_names_are_cut_between_characters():
    [name] = plan_names(["episode_001/character/" + "舞" * 83 + ".png"], [None])
    assert name.startswith("episode_001__舞")
    assert name.endswith(".png")
    assert count_bytes(name) <= MAX_NAME_BYTES
    assert count_bytes(name) > MAX_NAME_BYTES - 3
    name.encode()  # no half characters


def test_shortening_leaves_short_names_alone():
    assert shorten_name("abc", ".png") == "abc.png"


@given(
    st.lists(st.text(min_size=1, max_size=300) | st.sampled_from(["noise", "Noise", "a/b", "a_b"]))
)
def test_folder_names_are_unique_and_safe(characters):
    folders = plan_folder_names(characters, reserved=["noise", ".clusterkit"])
    assert set(folders) == set(characters)
    keys = [make_clash_key(name) for name in folders.values()]
    assert len(set(keys)) == len(keys)
    for name in folders.values():
        assert make_clash_key(name) not in ("noise", ".clusterkit")
        assert not set(name) & set('/\\:*?"<>|\n\0')
        assert not name.startswith(".")
        assert name == name.strip()
        assert 0 < len(name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize("name", ["..", "../escape", "/etc/passwd", ".clusterkit"])
def test_a_character_cannot_leave_the_result_folder(name):
    [folder] = plan_folder_names([name], reserved=[".clusterkit"]).values()
    assert "/" not in folder
    assert not folder.startswith(".")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("CON", "CON_"),
        ("con", "con_"),
        ("nul.txt", "nul_.txt"),
        ("AUX .bak", "AUX_ .bak"),
        ("com1", "com1_"),
        ("LPT\u00b2", "LPT\u00b2_"),
        ("CONIN$", "CONIN$_"),
        ("com10", "com10"),
        ("Conan", "Conan"),
        ("console.log", "console.log"),
    ],
)
def test_devices_of_windows_are_no_folders(name, folder):
    assert plan_folder_names([name]) == {name: folder}


@pytest.mark.parametrize("name", ["mai.", "mai...", "mai ", "mai . .", ". mai", "  mai"])
def test_dots_and_spaces_that_windows_drops_are_dropped_before(name):
    assert plan_folder_names([name]) == {name: "mai"}


@pytest.mark.parametrize("letter", [*'<>:"/\\|?*', "\0", "\x1f", "\x7f"])
def test_letters_that_windows_refuses_are_replaced(letter):
    assert plan_folder_names([f"a{letter}b"]) == {f"a{letter}b": "a_b"}


@pytest.mark.parametrize("letter", ["x", "\u821e", "\U0001f600"])
def test_a_name_has_at_most_255_bytes_and_no_half_letter(letter):
    exact = letter * (MAX_NAME_BYTES // len(letter.encode()))
    long, longer = letter * 256, letter * 257
    folders = plan_folder_names([exact, long, longer])
    assert folders[exact] == exact, "what fits stays as it is"
    assert len({*folders.values()}) == 3
    for folder in folders.values():
        assert count_bytes(folder) <= MAX_NAME_BYTES
    stem = folders[long].rpartition("~")[0]
    assert stem == letter * len(stem)


def test_two_names_that_differ_in_case_alone_have_folders_that_differ_in_more():
    folders = plan_folder_names(["Mai", "mai", "MAI"])
    assert len({folder.casefold() for folder in folders.values()}) == 3
    assert "MAI" in folders.values(), "the first in order keeps its own"


def test_one_name_in_two_unicode_forms_has_two_folders_in_one_form():
    composed, apart = "\u30c9", "\u30c8\u3099"  # do, as one letter and as two
    folders = plan_folder_names([composed, apart])
    assert folders[composed] == composed
    assert folders[apart].startswith(f"{composed}~")
    alone = plan_folder_names([apart])
    assert alone == {apart: composed}, "every folder is composed, as most systems expect"
