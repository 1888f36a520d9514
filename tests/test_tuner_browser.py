"""The tuner in a real Chromium, on a real JupyterLab and a real Voila."""

import re
import shutil

import numpy as np
import pytest
from conftest import encode_png, jitter, make_rgba, write_show
from desks import expect, open_desk

import clusterkit
from clusterkit.explorer import Explorer
from clusterkit.galleries import PAGE

pytestmark = pytest.mark.browser

HOSTILE = "it's \"<img src=x onerror='window.hacked=1'>"


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Three characters, strays, blurred frames, no image, and names that would be code."""
    folder = write_show(tmp_path_factory.mktemp("tuner") / "show", frames=14)
    layer = folder / f"episode_003{HOSTILE}" / "character"
    layer.mkdir(parents=True)
    look = make_rgba(0)
    for number in range(14):
        name = f"scene0001_frame{number:06d}_t{number}.00s_{HOSTILE}.png"
        (layer / name).write_bytes(encode_png(jitter(look, number)))
    for number in range(4):
        (layer / f"stray{number}.png").write_bytes(encode_png(make_rgba(500 + number)))
        (layer / f"soft{number}.png").write_bytes(encode_png(make_rgba(number, blur=5 + number)))
    (layer / "torn.png").write_bytes(b"no image")
    return clusterkit.cluster_characters(
        folder, folder.parent / "out", model="builtin", progress=False, temporal_weight=0
    )


@pytest.fixture(scope="module", params=["lab", "voila"])
def desk(request, result, tmp_path_factory):
    home = tmp_path_factory.mktemp(request.param)
    shutil.copytree(result.output_dir, home / "out", symlinks=True)
    with open_desk(request.param, home / "out", home / "server") as desk:
        yield desk


@pytest.fixture
def explorer(desk):
    """What the page should show, without a page; the page is put back to the beginning."""
    desk.reset()
    explorer = Explorer(clusterkit.load_result(desk.result_dir))
    desk.expect_state(explorer.state)
    return explorer


def test_it_opens_on_what_the_run_found(desk, explorer, result):
    assert explorer.state.counts == result.counts
    assert result.counts["rejected"] >= 4
    assert result.counts["unreadable"] == 1
    assert desk.find(".ck-histogram").count() == 3
    assert desk.find(".ck-curve").count() == 1
    assert desk.find(".ck-near img").count() > 8
    expect(desk.find(".ck-gallery .ck-empty")).to_have_text(
        "Click an entry of the list, or draw a lasso around points."
    )


def test_the_points_fill_the_picture(desk, explorer):
    def is_full(plot):
        is_coloured = np.ptp(plot, axis=2) > 60
        return is_coloured.any() and all(
            np.ptp(np.flatnonzero(is_coloured.any(axis=axis))) > 0.6 * is_coloured.shape[1 - axis]
            for axis in (0, 1)
        )

    desk.wait_for_plot(is_full)


def test_dragging_forms_and_dissolves_characters(desk, explorer):
    before = len(explorer.state.clusters)
    value = desk.drag("min_cluster_size", 1.0)
    state = explorer.update(min_cluster_size=int(value))
    assert len(state.clusters) < before
    desk.expect_state(state)
    expect(desk.find(".ck-lines code").first).to_contain_text(f"min_cluster_size={int(value)}")
    expect(desk.find(".ck-lines code").last).to_contain_text(f"--min-cluster-size {int(value)}")
    expect(desk.find(".ck-curve")).to_have_attribute("aria-label", re.compile(f"at {int(value)}: "))


def test_dragging_a_quality_cut_rejects_frames(desk, explorer):
    value = desk.drag("min_blur", 0.8)
    state = explorer.update(min_blur=value)
    assert state.counts["rejected"] > explorer.reset().counts["rejected"]
    desk.expect_state(state)
    blur = next(metric for metric in state.metrics if metric.name == "blur")
    column = desk.find(".ck-column:has(> .ck-min_blur)").last
    expect(column.locator(".ck-label span")).to_have_text(f"{blur.n_below:,} rejected")
    names = [explorer.describe_frame(row)["name"] for row in (*blur.below[::-1], *blur.above)]
    expect(column.locator(".ck-near figure")).to_have_count(len(names))
    for number, name in enumerate(names):
        title = re.compile("^" + re.escape(name))
        expect(column.locator(".ck-near figure").nth(number)).to_have_attribute("title", title)


def test_dragging_to_and_fro_ends_where_the_hand_ends(desk, explorer):
    for share in (1.0, 0.2, 0.9, 0.1, 0.6):
        value = desk.drag("min_samples", share, steps=25)
    state = explorer.update(min_samples=int(value))
    expect(desk.find(".ck-lines code").first).to_contain_text(f"min_samples={int(value)}")
    desk.expect_state(state)


def test_hovering_shows_one_frame(desk, explorer):
    card = desk.hover_point()
    assert card.count() == 1
    names = {explorer.describe_frame(row)["name"] for row in range(len(explorer))}
    assert card.locator(".clusterkit-hover-name").inner_text() in names
    expect(card.locator(".clusterkit-hover-cluster")).to_have_text(
        re.compile(r"^(character_\d+ · \d+ %|noise|rejected)$")
    )
    expect(card.locator("img")).to_have_attribute("src", re.compile("^data:image/webp;base64,"))
    desk.page.mouse.move(2, 2)


def test_a_lasso_fills_the_gallery_and_it_turns_pages(desk, explorer):
    desk.draw_lasso()
    drawn = len(explorer) - explorer.state.counts["unreadable"]
    expect(desk.find(".ck-title")).to_have_text(f"Selection {drawn} frames")
    tiles = desk.find(".ck-gallery figure")
    expect(tiles).to_have_count(PAGE)
    first = tiles.first.get_attribute("title")
    desk.find(".ck-gallery button").filter(has_text="Next").click()
    expect(tiles).to_have_count(drawn - PAGE)
    expect(desk.find(".ck-gallery")).to_contain_text("Page 2 of 2")
    assert tiles.first.get_attribute("title") != first
    desk.find(".ck-gallery button").filter(has_text="Previous").click()
    expect(tiles).to_have_count(PAGE)


def test_a_box_fills_the_gallery_too(desk, explorer):
    desk.draw_box()
    drawn = len(explorer) - explorer.state.counts["unreadable"]
    expect(desk.find(".ck-title")).to_have_text(f"Selection {drawn} frames")


def test_a_character_shows_who_it_is_and_who_may_not_be(desk, explorer):
    desk.choose("character_001")
    expect(desk.find(".ck-title")).to_have_text(
        f"character_001 {explorer.state.clusters[1].count} frames"
    )
    heads = desk.find(".ck-gallery h5")
    expect(heads).to_have_text(
        [re.compile("Medoid"), re.compile("Least certain"), re.compile("All")]
    )
    chosen = explorer.find_representatives(1)
    medoid = explorer.describe_frame(chosen.medoid)["name"]
    expect(desk.find(".ck-gallery figure").first).to_have_attribute(
        "title", re.compile(re.escape(medoid))
    )
    for status in ("noise", "rejected", "unreadable"):
        desk.choose(status)
        count = explorer.state.counts[status]
        plural = "s" * (count != 1)
        place = ", with no place in the picture" * (status == "unreadable")
        words = f"{status.capitalize()} {count} frame{plural}{place}"
        expect(desk.find(".ck-title")).to_have_text(words)
        expect(desk.find(".ck-gallery figure")).to_have_count(count)


def test_what_has_no_place_in_the_picture_fades_no_point(desk, explorer):
    def count_coloured(plot):
        return (np.ptp(plot, axis=2) > 60).sum()

    desk.choose("character_000")
    desk.choose("unreadable")
    expect(desk.find(".ck-title")).to_contain_text("no place in the picture")
    desk.page.mouse.move(2, 2)
    desk.page.wait_for_timeout(500)
    vivid = count_coloured(desk.take_plot()[0])
    desk.choose("noise")  # fades whoever is in a character
    desk.wait_for_plot(lambda plot: count_coloured(plot) < vivid / 2)
    desk.choose("unreadable")
    desk.wait_for_plot(lambda plot: count_coloured(plot) == vivid)


def test_a_gallery_shows_one_view(desk, explorer):
    desk.choose("character_000")
    rows, views = explorer.list_members(0), explorer.material.views
    expect(desk.find(".ck-title")).to_have_text(f"character_000 {len(rows)} frames")
    told = [views[row] or "not told" for row in rows]
    kinds = [kind for kind in ("front", "side", "back", "not told") if kind in told]
    buttons = desk.find(".ck-views button:visible")
    counts = [f"{kind} {told.count(kind)}" for kind in kinds]
    expect(buttons).to_have_text([f"all views {len(rows)}", *counts])
    shown = desk.find(".ck-gallery .ck-tiles").last.locator("figure")
    for place, kind in enumerate(kinds, 1):
        buttons.nth(place).click()
        wanted = [row for row, view in zip(rows, told, strict=True) if view == kind]
        expect(shown).to_have_count(len(wanted))
        expect(desk.find(".ck-views .mod-active")).to_have_text([counts[place - 1]])
        for tile, row in zip(shown.all(), wanted, strict=True):
            words = explorer.describe_frame(row)
            title = " · ".join(words[name] for name in ("name", "episode"))
            assert tile.get_attribute("title").startswith(title)
    buttons.first.click()
    expect(shown).to_have_count(len(rows))
    desk.choose("unreadable")
    expect(buttons).to_have_count(0)


def test_umap_is_there_beside_pca(desk, explorer):
    desk.choose("unreadable")  # selects no point, so that none is faded
    expect(desk.find(".ck-title")).to_contain_text("Unreadable 1 frame")
    desk.page.mouse.move(2, 2)
    desk.page.wait_for_timeout(500)
    before, _ = desk.take_plot()
    desk.show_umap()
    desk.wait_for_plot(lambda plot: (abs(before - plot).max(axis=2) > 60).sum() > 500)
    desk.find(".ck-projection button").filter(has_text="PCA").click()
    desk.wait_for_plot(lambda plot: (abs(before - plot).max(axis=2) > 60).sum() == 0)


def test_save_writes_what_is_on_the_screen(desk, explorer):
    value = desk.drag("min_blur", 0.5)
    size = desk.drag("min_cluster_size", 0.3)
    state = explorer.update(min_blur=value, min_cluster_size=int(size))
    desk.expect_state(state)
    desk.find(".ck-save").click()
    expect(desk.find(".ck-notice").first).to_contain_text("Saved: ")
    saved = clusterkit.load_result(desk.result_dir)
    assert saved.settings == state.settings
    assert (saved.clustering.labels == state.clustering.labels).all()
    assert saved.counts == state.counts
    folders = sorted(desk.result_dir.glob("character_*"))
    assert [len(list(folder.iterdir())) for folder in folders] == [c.count for c in state.clusters]


@pytest.mark.parametrize("width", [1500, 760, 420])
def test_nothing_is_cut_off(desk, width):
    desk.page.set_viewport_size({"width": width, "height": 1500})
    wide = desk.page.evaluate(
        "() => { const root = document.querySelector('.ck-tuner');"
        "const right = root.getBoundingClientRect().right + 1;"
        "return [...root.querySelectorAll('button, img, svg, code, .widget-readout, .ck-label')]"
        ".filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > right)"
        ".map((node) => node.outerHTML.slice(0, 200)); }"
    )
    assert not wide
    desk.page.set_viewport_size({"width": 1500, "height": 1500})


def test_names_stay_text_and_the_console_stays_quiet(desk):
    """The last one: whatever the tests above have done on this page."""
    desk.choose("character_000")
    expect(desk.find(".ck-gallery figure[title*='<img src=x']").first).to_be_attached()
    assert desk.page.evaluate("window.hacked") is None
    assert desk.page.locator("img[src=x]").count() == 0
    assert not desk.said, desk.said
    assert not [url for url in desk.asked if "fontawesome" not in url]
    origin, begin = desk.page.evaluate("location.host"), "/user/somebody/"
    assert desk.sockets, "the kernel is talked to"
    for url in desk.sockets:
        assert url.partition("://")[2].startswith(origin), "no second port"
        assert begin in url or begin not in desk.page.url, "nothing beside the prefix"
