"""The tuner without a browser: events in, the state of the widgets out."""

import json

import pytest
from points import unpack_columns
from views import make_material

from clusterkit.figures import POINTS, UPDATE, WANTED
from clusterkit.galleries import PAGE, Gallery
from clusterkit.progress import has_frontend
from clusterkit.still import draw_still
from clusterkit.widgets import Tuner


@pytest.fixture
def tuner():
    tuner = Tuner(make_material())
    assert tuner.widget is tuner.widget
    return tuner


def test_a_slider_changes_the_state_and_the_figure(tuner):
    tuner._clusters.sliders["min_cluster_size"].value = 25
    assert tuner.state.settings.clustering.min_cluster_size == 25
    labels = unpack_columns(tuner._sources[UPDATE].data)["label"]
    assert (labels == tuner.state.clustering.labels).all()
    assert "min_cluster_size=25" in tuner._lines.value


def test_reset_moves_the_sliders_back(tuner):
    tuner._metrics["blur"].slider.value = 450
    tuner._clusters.sliders["method"].value = "leaf"
    tuner._reset.click()
    assert tuner._metrics["blur"].slider.value == 100
    assert tuner._clusters.sliders["method"].value == "eom"
    assert tuner.state.settings == tuner.explorer.material.settings


def test_choosing_a_cluster_shows_it_and_selects_its_points(tuner):
    tuner._list.value = 1
    members = tuner.explorer.list_members(1)
    assert tuner._gallery.rows == members
    assert tuner._sources[POINTS].selected.indices == members
    for words in ("Medoid", "Least certain"):
        assert words in tuner._gallery._chosen.value


@pytest.mark.parametrize("status", ["noise", "rejected", "unreadable"])
def test_what_is_in_no_cluster_has_a_gallery(tuner, status):
    tuner._list.value = status
    assert tuner._gallery.rows == tuner.explorer.list_status(status)
    assert len(tuner._gallery.rows) == tuner.state.counts[status]


def test_frames_without_a_place_in_the_picture_fade_no_point(tuner):
    tuner._list.value = 1
    tuner._list.value = "unreadable"
    assert tuner._sources[POINTS].selected.indices == []
    assert len(tuner._gallery.rows) == 2, "that no point is selected does not empty the gallery"
    assert "2 frames, with no place in the picture" in tuner._gallery._head.value
    tuner._list.value = "rejected"
    assert tuner._sources[POINTS].selected.indices == tuner.explorer.list_status("rejected")
    assert "place" not in tuner._gallery._head.value


def test_a_lasso_fills_the_gallery_with_characters_together(tuner):
    tuner._list.value = 0
    tuner._sources[POINTS].selected.indices = [95, 50, 3, 45, 1]
    labels = [int(tuner.state.clustering.labels[row]) for row in tuner._gallery.rows]
    assert sorted(tuner._gallery.rows) == [1, 3, 45, 50, 95]
    found = [label for label in labels if label >= 0]
    assert found == sorted(found)
    assert tuner._list.value is None


def list_buttons(gallery):
    """What the buttons for views say, those that are there, and which of them is down."""
    buttons = [b for b in gallery._views.children if b.layout.display != "none"]
    assert gallery._views.layout.display == "flex"
    return {button.description: button.value for button in buttons}


def press(gallery, words):
    button = next(b for b in gallery._views.children if b.description.startswith(words))
    button.value = not button.value


def test_one_view_of_a_character_can_be_looked_at():
    n = len(make_material())
    views = [(None, "front", "back")[row % 3] for row in range(n)]
    tuner = Tuner(make_material(views=views))
    assert tuner.widget
    gallery = tuner._gallery
    assert gallery._views.layout.display == "none", "nothing is shown yet"
    tuner._list.value = 0
    members = tuner.explorer.list_members(0)
    count = {view: sum(views[row] == view for row in members) for view in ("front", "back", None)}
    words = {f"all views {len(members)}": True, f"front {count['front']}": False,
             f"back {count['back']}": False, f"not told {count[None]}": False}  # fmt: skip
    assert list_buttons(gallery) == words
    press(gallery, "back")
    assert gallery.rows == [row for row in members if views[row] == "back"]
    uncertain = [row for row in tuner.explorer.find_representatives(0).uncertain
                 if views[row] == "back"]  # fmt: skip
    assert gallery._chosen.value.count("<figure") >= len(uncertain) > 0
    assert [words for words, down in list_buttons(gallery).items() if down] == [
        f"back {count['back']}"
    ]
    tuner._list.value = 1
    assert {views[row] for row in gallery.rows} == {"back"}, "it stays from one to the next"
    press(gallery, "back")
    assert gallery.rows == tuner.explorer.list_members(1), "pressed again it lets go"
    press(gallery, "not told")
    gallery.learn_views(["side"] * n)
    assert list_buttons(gallery) == {f"all views {len(gallery.rows)}": True,
                                     f"side {len(gallery.rows)}": False}  # fmt: skip


def test_where_no_view_is_known_none_is_offered(tuner):
    tuner._list.value = 0
    assert tuner._gallery._views.layout.display == "none"
    assert tuner._gallery.rows == tuner.explorer.list_members(0)


def test_a_page_opened_anew_gets_the_present_state(tuner):
    tuner._sources[UPDATE].data = {}
    tuner._sources[WANTED].data = {"row": [-1]}
    assert "x" in unpack_columns(tuner._sources[UPDATE].data)


def test_saving_without_a_folder_is_a_notice(tuner):
    tuner._save.click()
    assert "Not saved" in tuner._notices.value


def test_five_thousand_frames_are_sent_a_page_at_a_time():
    asked = []

    def load(rows):
        asked.append(len(rows))
        return [b"RIFF"] * len(rows)

    gallery = Gallery(load, lambda row: (str(row), str(row)))
    gallery.show("all", range(5000))
    assert gallery._tiles.value.count("<img") == PAGE == max(asked)
    gallery.turn_to(10_000)
    assert gallery._where.value == "Page 84 of 84"
    assert gallery._tiles.value.count("<img") == 5000 - 83 * PAGE
    assert gallery._next.disabled
    gallery._back.click()
    assert gallery._where.value == "Page 83 of 84"


def test_no_browser_is_taken_for_granted():
    assert not has_frontend()


def test_the_still_picture_needs_no_script(tuner):
    drawn = draw_still(tuner.explorer)
    assert "<script" not in drawn
    assert "data:image/png;base64," in drawn
    assert json.dumps(tuner.state.counts["clustered"]) in drawn
