"""The contact sheet: nothing runs over its edge, whatever the names and however many images."""

import io

import numpy as np
import pytest
from conftest import encode_png, make_rgba
from PIL import Image, ImageColor

from clusterkit.datasets import sheet
from clusterkit.datasets.coverage import Coverage
from clusterkit.datasets.lettering import count_missing, pick_font
from clusterkit.datasets.sheet import Group, draw_contact_sheets


@pytest.fixture
def files(tmp_path):
    paths = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        path.write_bytes(encode_png(make_rgba(number)))
        paths.append(path)
    return tuple(paths)


def make_group(files, name="Mai", tag="", **facts):
    facts = {"views": {}, "episodes": {}, "missing_views": (), "missing_episodes": (),
             "absent_episodes": (), **facts}  # fmt: skip
    coverage = Coverage(character=name, n_selected=len(files), n_available=99, n_duplicates=3,
                        **facts)  # fmt: skip
    return Group(coverage, files, (tag,) * len(files))


def draw(*groups, title="a title"):
    return [np.asarray(Image.open(io.BytesIO(png))) for png in draw_contact_sheets(groups, title)]


def is_paper(pixels):
    return (pixels == ImageColor.getrgb(sheet.PAPER)).all()


@pytest.mark.parametrize("name", ["Mai", "W" * 300, "円堂 守", "مها", "\u200b"])
def test_nothing_runs_into_the_margins(name, files):
    many = {f"episode_{number:03d}": number for number in range(1, 99)}
    group = make_group(
        files, name, "a view with a very long name", views={"front": 3, name: 4}, episodes=many,
        missing_views=("side", "back"), missing_episodes=tuple(f"special {n}" for n in range(60)),
    )  # fmt: skip
    (page,) = draw(group, title=name * 3)
    assert page.shape[1] == sheet.WIDTH
    assert is_paper(page[:, : sheet.MARGIN - 2])
    assert is_paper(page[:, -sheet.MARGIN + 2 :])
    assert is_paper(page[-sheet.MARGIN + 4 :])


def test_every_image_is_shown_under_the_words_of_its_character(files):
    (page,) = draw(make_group(files[:3]), make_group(files))
    assert page.shape[0] == sheet.TITLE_HEIGHT + sum(
        sheet.HEAD + rows * (sheet.CELL + sheet.GAP) + sheet.MARGIN for rows in (1, 2)
    )
    top = sheet.TITLE_HEIGHT + sheet.HEAD
    step = sheet.CELL + sheet.GAP
    for column in range(sheet.COLUMNS):
        left = sheet.MARGIN + column * step
        cell = page[top : top + sheet.CELL, left : left + sheet.CELL]
        assert is_paper(cell) == (column >= 3)


def test_lacks_stand_out(files):
    def count_warnings(**facts):
        (page,) = draw(make_group(files, **facts))
        return (page == ImageColor.getrgb(sheet.WARNING)).all(axis=2).sum()

    views = {"views": {"front": 12}}
    assert count_warnings(**views) == 0
    assert count_warnings(**views, missing_views=("back",)) > 20
    assert count_warnings(**views, absent_episodes=("episode_002",)) == 0, "nobody can help that"


def test_too_many_for_one_sheet_go_on_in_another(files, monkeypatch):
    monkeypatch.setattr(sheet, "TALLEST", 700)
    pages = draw(*[make_group(files, f"{number}") for number in range(5)])
    assert all(len(page) <= 700 for page in pages)
    assert 3 <= len(pages) <= 5


def test_a_crowd_is_counted(files, monkeypatch):
    monkeypatch.setattr(sheet, "MOST_SHOWN", 10)
    (short,), (long,) = draw(make_group(files[:10])), draw(make_group(files))
    assert len(long) == len(short) + sheet.LINE


def test_a_font_is_found_that_has_the_letters():
    own = pick_font("Mai", 13)
    found = pick_font("円堂 守", 13)
    assert count_missing(own, "Mai") == 0
    assert count_missing(found, "円堂 守") <= count_missing(own, "円堂 守")
