"""The report as a reader meets it: a file, opened in a real Chromium with the network off."""

import dataclasses

import cv2
import numpy as np
import pytest
from browsing import open_file
from conftest import write_show
from reports import build_page
from test_report import hostile, make_small  # noqa: F401 - fixtures

import clusterkit
from clusterkit.palette import pick_colour
from clusterkit.report import prepare_report

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def page_file(report_result, tmp_path_factory):
    facts = prepare_report(report_result.output_dir)
    return build_page(facts, tmp_path_factory.mktemp("browser") / "it's #1 report.html")


def find_point(page):
    """Move the pointer to coloured places of the map until it meets a frame."""
    canvas = page.locator("canvas")
    canvas.scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    box = canvas.bounding_box()
    picture = cv2.imdecode(np.frombuffer(canvas.screenshot(), np.uint8), 1).astype(int)
    ys, xs = np.nonzero(picture.max(axis=2) - picture.min(axis=2) > 60)
    for at in np.random.default_rng(0).permutation(len(xs))[:100]:
        x, y = box["x"] + int(xs[at]), box["y"] + int(ys[at])
        page.mouse.move(x, y)
        if page.locator(".ck-tip").is_visible():
            return x, y
    raise AssertionError("no point in the map")


def count_ink(page):
    """Pixels of the map that are drawn."""
    return page.evaluate(
        "() => { const c = document.querySelector('canvas');"
        "const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        "let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 200; return n; }"
    )


def read_picture(page, selector):
    return page.locator(selector).first.evaluate("node => getComputedStyle(node).backgroundImage")


def test_hovering_shows_one_frame_with_its_picture(chromium, page_file):
    with open_file(chromium, page_file) as page:
        x, y = find_point(page)
        tip = page.locator(".ck-tip")
        assert tip.count() == 1
        assert ".png" in tip.inner_text()
        assert "% certain" in tip.inner_text() or "noise" in tip.inner_text()
        assert read_picture(page, ".ck-tip .ck-picture").startswith('url("blob:')
        box, stage = tip.bounding_box(), page.locator(".ck-stage").bounding_box()
        assert box["x"] >= stage["x"]
        assert box["x"] + box["width"] <= stage["x"] + stage["width"]
        assert box["y"] >= stage["y"]
        assert box["y"] + box["height"] <= stage["y"] + stage["height"]
        page.mouse.click(x, y)
        found = page.locator("dialog .ck-found")
        assert found.count() == 1, "the gallery opens at the frame that was clicked"
        assert found.get_attribute("title") in tip.inner_text()


def test_the_switch_lays_the_map_out_anew(chromium, page_file):
    with open_file(chromium, page_file) as page:
        before = page.locator("canvas").screenshot()
        page.get_by_text("PCA", exact=True).click()
        page.wait_for_timeout(100)
        assert page.locator("canvas").screenshot() != before
        page.get_by_text("UMAP", exact=True).click()
        page.wait_for_timeout(100)
        page.mouse.move(0, 0)
        assert page.locator("canvas").screenshot() == before


def test_the_legend_singles_characters_out(chromium, page_file):
    with open_file(chromium, page_file) as page:
        everything = count_ink(page)
        entry = page.locator("[data-ck-entry='1']")
        entry.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(100)
        assert entry.get_attribute("aria-pressed") == "true"
        assert 0 < count_ink(page) < everything
        find_point(page)
        assert "character_001" in page.locator(".ck-tip").inner_text(), (
            "the others are out of reach"
        )
        page.locator("[data-ck-entry=all]").click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(100)
        assert entry.get_attribute("aria-pressed") == "false"
        assert count_ink(page) == everything


def test_the_map_by_keyboard_alone(chromium, page_file):
    with open_file(chromium, page_file) as page:
        page.locator("canvas").focus()
        page.keyboard.press("ArrowRight")
        first = page.locator(".ck-tip").inner_text()
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("ArrowDown")
        assert page.locator(".ck-tip").inner_text() != first
        told = page.locator(".ck-live").inner_text()
        assert ".png" in told, "a screen reader is told"
        page.keyboard.press("Enter")
        assert page.locator("dialog").is_visible()
        page.keyboard.press("Escape")
        assert not page.locator("dialog").is_visible()
        assert page.evaluate("document.activeElement.tagName") == "CANVAS"


def test_everything_that_acts_can_be_reached_with_tab(chromium, page_file):
    with open_file(chromium, page_file) as page:
        reached = set()
        for _ in range(60):
            page.keyboard.press("Tab")
            reached.add(page.evaluate(
                "(() => { const a = document.activeElement; return a.dataset.ckGallery ?? "
                "a.dataset.ckEntry ?? a.dataset.ckZoom ?? a.name ?? a.tagName; })()"
            ))  # fmt: skip
        assert {"0", "1", "2", "noise", "rejected-blur", "in", "out", "all",
                "ck-projection"} <= reached  # fmt: skip


def test_a_gallery_turns_its_pages(chromium, tmp_path):
    show = write_show(tmp_path / "show", characters=2, frames=75, episodes=1)
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", progress=False, visualize=False
    )
    size = (result.clustering.labels == 0).sum()
    assert 60 < size <= 120
    path = build_page(prepare_report(result.output_dir), tmp_path / "report.html")
    with open_file(chromium, path) as page:
        page.locator("[data-ck-gallery='0']").click()
        tiles = page.locator("dialog .ck-tile")
        assert tiles.count() == 60, "a page holds sixty, however many there are"
        assert page.locator(".ck-place").inner_text() == f"1–60 of {size}"
        assert page.get_by_text("← Back").is_disabled()
        names = [tiles.nth(n).get_attribute("title") for n in range(60)]
        page.get_by_text("Next →").click()
        assert page.locator(".ck-place").inner_text() == f"61–{size} of {size}"
        rest = [tiles.nth(n).get_attribute("title") for n in range(tiles.count())]
        assert len({*names, *rest}) == size, "every frame once"
        page.keyboard.press("PageUp")
        assert page.locator(".ck-place").inner_text() == f"1–60 of {size}"
        page.get_by_label("Order of the frames").select_option("as in the film")
        ordered = [tiles.nth(n).get_attribute("title") for n in range(60)]
        assert ordered == sorted(ordered)
        assert read_picture(page, "dialog .ck-picture").startswith('url("blob:')
        tiles.first.focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("document.activeElement.title") == ordered[1]
        assert ordered[1] in page.locator(".ck-detail").inner_text()


def test_what_was_left_out_has_galleries(chromium, page_file, report_result):
    with open_file(chromium, page_file) as page:
        for code, size in (("noise", report_result.counts["noise"]), ("rejected-blur", 1)):
            page.locator(f"[data-ck-gallery='{code}']").click()
            assert page.locator("dialog .ck-tile").count() == size
            page.keyboard.press("Escape")


def test_names_stay_text(chromium, hostile, tmp_path):  # noqa: F811
    path = build_page(hostile, tmp_path / "report.html")
    with open_file(chromium, path) as page:
        page.locator("[data-ck-gallery='0']").click()
        assert "</script><img src=x" in page.locator("dialog h2").inner_text()
        page.locator("dialog .ck-tile").first.hover()
        page.keyboard.press("Escape")
        find_point(page)
        page.locator("canvas").focus()
        page.keyboard.press("ArrowRight")
        assert page.evaluate("window.hacked") is None
        assert page.locator("img:not([src^='data:'])").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_can_be_read_in_both_themes(chromium, page_file, scheme):
    """Contrast of text against its ground, by WCAG 2: at least 4.5."""
    with open_file(chromium, page_file, color_scheme=scheme) as page:
        worst = page.evaluate(
            """() => {
              const read = (c) => c.match(/[\\d.]+/g).map(Number);
              const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
                .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const ground = (node) => {
                for (; node; node = node.parentElement) {
                  const c = read(getComputedStyle(node).backgroundColor);
                  if (c.length === 3 || c[3] > 0.5) return c;
                }
                return [255, 255, 255];
              };
              let worst = [99, ""];
              for (const node of document.querySelectorAll("main *, nav *")) {
                const own = [...node.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
                if (!own || !node.checkVisibility()) continue;
                if (node.closest("svg, script, button:disabled")) continue;
                const a = light(read(getComputedStyle(node).color)), b = light(ground(node));
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < worst[0]) worst = [ratio, node.outerHTML.slice(0, 120)];
              }
              return worst;
            }"""
        )
        assert worst[0] >= 4.5, worst


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_reaches_beyond_the_page(chromium, page_file, width):
    options = {"viewport": {"width": width, "height": 844}}
    with open_file(chromium, page_file, **options) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("[data-ck-gallery='0']").click()
        assert page.locator("dialog").bounding_box()["width"] <= width


def test_on_paper(chromium, page_file, tmp_path):
    with open_file(chromium, page_file, color_scheme="dark") as page:
        page.emulate_media(media="print")
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert not page.locator(".ck-nav").is_visible()
        assert not page.locator(".ck-button").first.is_visible()
        assert page.locator(".ck-card img").first.is_visible()


def test_sixty_characters_can_be_told_apart(chromium, report_result, tmp_path):
    """Legend and map of sixty: names, sizes, sixty colours, and numbers on the map."""
    facts = prepare_report(report_result.output_dir)
    n, codes = len(facts.frames), facts.codes.copy()
    rows = [row for row in range(n) if facts.codes[row] >= 0][:60]
    codes[codes >= 0] = -1
    characters = []
    for label, row in enumerate(rows):
        codes[row] = label
        characters.append(dataclasses.replace(
            facts.characters[0], label=label, name=f"character_{label:03d}",
            members=np.array([row]), medoid=row, exemplars=(), uncertain=(),
        ))  # fmt: skip
    crowd = dataclasses.replace(facts, codes=codes, characters=tuple(characters))
    path = build_page(crowd, tmp_path / "report.html")
    with open_file(chromium, path) as page:
        entries = page.locator(".ck-entry")
        assert entries.count() == 61
        colours = entries.locator(".ck-swatch").evaluate_all(
            "nodes => nodes.map((node) => getComputedStyle(node).backgroundColor)"
        )
        assert len(set(colours)) == 61
        page.locator("[data-ck-entry='59']").click()
        find_point(page)
        assert "character_059" in page.locator(".ck-tip").inner_text()
    assert len({pick_colour(label) for label in range(60)}) == 60


@pytest.mark.parametrize("case", ["one", "none"])
def test_small_results_open_too(chromium, tmp_path, case):
    facts = make_small(tmp_path, 1, **({"min_size": 5000} if case == "none" else {}))
    with open_file(chromium, build_page(facts, tmp_path / "report.html")) as page:
        assert page.locator(".ck-empty").first.is_visible()
        assert (page.locator("canvas").count() == 0) == (case == "none")
        page.locator(f"[data-ck-gallery={'rejected-size' if case == 'none' else 'noise'}]").click()
        assert page.locator("dialog .ck-tile").count() == 1


def test_the_lines_to_run_it_again_can_be_copied(chromium, page_file):
    with open_file(chromium, page_file) as page:
        button = page.locator("[data-ck-copy]").first
        button.click()
        assert button.inner_text() in ("Copied", "Selected: press Ctrl+C")
        assert page.evaluate("getSelection().toString()").startswith("clusterkit cluster ")


def test_a_gallery_shows_one_view(chromium, report_result, tmp_path):
    facts = prepare_report(report_result.output_dir)
    counts = facts.result.assignments.loc[facts.codes == 0, "view"].value_counts()
    assert len(counts), "views were told"
    with open_file(chromium, build_page(facts, tmp_path / "views.html")) as page:
        assert f"{counts.index[0]} {counts.iloc[0]}" in page.locator("#character-0").inner_text()
        page.locator("#character-0 [data-ck-gallery]").click()
        everything = page.locator("dialog .ck-tile").count()
        assert everything == (facts.codes == 0).sum()
        for view, count in counts.items():
            page.locator("dialog .ck-views").get_by_text(f"{view} {count}").click()
            tiles = page.locator("dialog .ck-tile")
            assert tiles.count() == count
            assert all(f", {view}, " in label for label in tiles.evaluate_all(
                "tiles => tiles.map(tile => tile.getAttribute('aria-label'))"))  # fmt: skip
        page.locator("dialog [data-ck-view=all]").click()
        assert page.locator("dialog .ck-tile").count() == everything
