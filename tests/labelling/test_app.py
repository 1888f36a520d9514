"""The whole round in a real browser: Voila serves the page, Chromium clicks, types and reloads."""

import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import numpy as np
import pytest
from conftest import write_show

import clusterkit
from clusterkit.labelling.session import Labelling

pytestmark = pytest.mark.browser

PATIENCE = 240_000  # milliseconds: a kernel that starts on a busy machine


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("app")
    write_show(folder / "show")
    clusterkit.cluster_characters(
        folder / "show",
        folder / "out",
        model="builtin",
        progress=False,
        visualize=False,
        temporal_weight=0.75,
    )
    return folder / "out"


@pytest.fixture(scope="module")
def address(out):
    command = [sys.executable, "-m", "clusterkit", "app", str(out), "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        url = re.search(r"http://\S+", server.stdout.readline())[0]
        yield url
        # Not an interrupt: what runs in the background of a shell is deaf to it.
        server.terminate()
        try:
            server.wait(60)
        finally:
            server.kill()


def wait_for_server(url):
    """The address is printed before the server listens; it answers strangers with a refusal."""
    for _ in range(1200):
        try:
            return urllib.request.urlopen(url.partition("?")[0])
        except urllib.error.HTTPError as refusal:
            return refusal
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server never answered")


def open_page(browser, url):
    wait_for_server(url).close()
    page = browser.new_page(viewport={"width": 1280, "height": 860})
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector(".ck-card")
    return page


def read_cards(page):
    return dict(page.locator(".ck-card").evaluate_all(
        "cards => cards.map((card) => [card.querySelector('input').title,"
        "parseInt(card.querySelector('.ck-card-facts').innerText)])"
    ))  # fmt: skip


def list_frames(page, group):
    section = page.locator("section", has=page.locator(f"[data-ck-group={group}]"))
    tiles = section.locator(".ck-tile")
    return tiles.evaluate_all("tiles => tiles.map((tile) => tile.dataset.ckFrame)")


def wait_for(page, cards):
    page.wait_for_function(
        "(wanted) => JSON.stringify([...document.querySelectorAll('.ck-card-facts')]"
        ".map((node) => parseInt(node.innerText)).sort((a, b) => a - b)) === wanted",
        arg=str(sorted(cards.values())).replace(" ", ""),
    )
    page.wait_for_function("!document.querySelector('.ck-busy')")
    assert read_cards(page) == cards


def test_without_the_token_there_is_no_page(address):
    with wait_for_server(address) as answer:
        assert "/login" in answer.url, "who has no token is asked for it"
        assert "clusterkit" not in answer.read().decode()


def test_the_whole_round(out, address, chromium):
    """Rename, merge, split, undo, reload: everything is still there."""
    page = open_page(chromium, address)
    remaining = int(page.locator(".ck-remaining").inner_text())
    assert read_cards(page) == {f"character_00{n}": 24 for n in range(3)}

    page.keyboard.press("ArrowRight")
    page.keyboard.press("n")
    page.keyboard.type("円堂 守")
    page.keyboard.press("Enter")
    wait_for(page, {"円堂 守": 24, "character_001": 24, "character_002": 24})
    assert int(page.locator(".ck-remaining").inner_text()) == remaining - 1
    page.keyboard.type("<b>../rei</b>")  # the next nameless one has the focus
    page.keyboard.press("Enter")
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 24, "character_002": 24})

    page.locator(".ck-card").nth(0).locator(".ck-looks").click()
    page.locator(".ck-card").nth(2).locator(".ck-looks").click()
    page.locator("[data-ck-do=merge]").click()
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 48})

    page.locator(".ck-card", has=page.locator("input[title='<b>../rei</b>']")).focus()
    page.keyboard.press("o")
    page.wait_for_selector(".ck-title")
    tiles = page.locator("section", has=page.locator("[data-ck-group=look-0]")).locator(".ck-tile")
    # One that is among the least certain as well: the stretch begins where it was clicked.
    uncertain = list_frames(page, "doubt")
    first = next(at for at, frame in enumerate(list_frames(page, "look-0")) if frame in uncertain)
    tiles.nth(first).click()
    tiles.nth(first + 4 if first < 12 else first - 4).click(modifiers=["Shift"])
    assert page.locator(".ck-bar b").inner_text() == "5 selected"
    page.keyboard.press("s")
    page.wait_for_function("!document.querySelector('.ck-busy')")
    page.keyboard.press("Escape")
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 43, "character_003": 5})

    page.keyboard.press("Control+z")
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 48})
    page.keyboard.press("Control+Shift+z")
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 43, "character_003": 5})
    page.keyboard.press("Control+z")
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 48})
    page.close()

    page = open_page(chromium, address)
    wait_for(page, {"円堂 守": 24, "<b>../rei</b>": 48})
    assert page.locator("b >> text=../rei").count() == 0, "a name is text"
    page.close()


def draw_loop(page, corners):
    """Draw a loop on the map through points given from 0 to 1, y upwards as frames lie there."""
    box = page.locator(".ck-map").bounding_box()
    margin = 12
    places = [(box["x"] + margin + x * (box["width"] - 2 * margin),
               box["y"] + box["height"] - margin - y * (box["height"] - 2 * margin))
              for x, y in corners]  # fmt: skip
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in [*places[1:], places[0]]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def read_selected(page):
    return set(page.locator("[data-ck-frame][aria-checked=true]").evaluate_all(
        "tiles => tiles.map((tile) => Number(tile.dataset.ckFrame))"
    ))  # fmt: skip


def test_a_loop_on_the_map_selects_what_is_in_it(out, address, chromium):
    page = open_page(chromium, address)
    card = page.locator(".ck-card").first
    number = int(card.get_attribute("data-ck-card"))
    opened = Labelling(clusterkit.load_result(out)).update("open", number=number).opened
    x = opened.points[:, 0]
    middle = float(np.sort(x)[[len(x) // 2 - 1, len(x) // 2]].mean())
    left = {row for row, place in zip(opened.rows, x, strict=True) if place < middle}
    assert 0 < len(left) < len(opened.rows)
    card.dblclick(position={"x": 5, "y": 5})
    page.wait_for_selector(".ck-map")
    draw_loop(page, [(-0.02, -0.02), (middle, -0.02), (middle, 1.02), (-0.02, 1.02)])
    chosen = read_selected(page)
    # The page may lay the axes the other way round: then it is the other half.
    assert chosen in (left, set(opened.rows) - left)
    assert page.locator(".ck-bar b").inner_text() == f"{len(chosen)} selected"

    page.keyboard.down("Shift")
    draw_loop(page, [(middle, -0.02), (1.02, -0.02), (1.02, 1.02), (middle, 1.02)])
    page.keyboard.up("Shift")
    assert read_selected(page) == set(opened.rows), "Shift adds"
    assert page.locator("[data-ck-do=split]").is_disabled(), "a split leaves some"
    draw_loop(page, [(-0.02, -0.02), (middle, -0.02), (middle, 1.02), (-0.02, 1.02)])
    assert read_selected(page) == chosen, "without Shift a loop begins anew"

    page.keyboard.press("s")
    page.wait_for_function("!document.querySelector('.ck-busy')")
    again = Labelling(clusterkit.load_result(out))
    parts = {frozenset(np.flatnonzero(again.characters.labels == one.number))
             for one in again.state.cards}  # fmt: skip
    assert frozenset(chosen) in parts
    assert frozenset(set(opened.rows) - chosen) in parts
    page.keyboard.press("Control+z")
    page.wait_for_function("!document.querySelector('.ck-busy')")
    page.close()


def test_one_key_settles_a_whole_character(out, address, chromium):
    """All are right; a character of each look; what is in doubt: each taken back by one undo."""
    page = open_page(chromium, address)

    def press(key):
        page.keyboard.press(key)
        page.wait_for_function("!document.querySelector('.ck-busy')")

    before = read_cards(page)
    page.locator(".ck-card").first.focus()
    press("o")
    page.wait_for_selector(".ck-map")
    page.locator("[data-ck-do=confirm-all]").wait_for()
    press("a")
    page.get_by_text("all confirmed").wait_for()
    assert page.locator("[data-ck-group=doubt]").count() == 0, "nothing of it is uncertain"
    press("Control+z")
    page.locator("[data-ck-do=confirm-all]").wait_for()
    looks = page.locator("[data-ck-group^=look-]").all_inner_texts()
    assert len(looks) > 1
    press("l")
    press("Escape")
    page.wait_for_function(
        "(n) => document.querySelectorAll('.ck-card').length === n",
        arg=len(before) - 1 + len(looks),
    )
    assert sum(read_cards(page).values()) == sum(before.values())
    press("Control+z")
    wait_for(page, before)
    press("4")
    page.locator("h2", has_text="n doubt").first.wait_for()
    assert page.locator("[data-ck-view=doubt]").get_attribute("aria-current") == "page"
    page.close()


def test_what_was_rejected_can_be_looked_at(address, chromium):
    page = open_page(chromium, address)
    before = read_cards(page)
    page.locator(".ck-card").first.focus()
    page.keyboard.press("o")
    page.wait_for_selector("[data-ck-frame]")
    page.locator("[data-ck-frame]").first.click()
    page.keyboard.press("x")
    tab = page.locator("[data-ck-view=rejected]")
    tab.get_by_text("1", exact=True).wait_for()
    page.keyboard.press("Escape")
    page.wait_for_selector(".ck-card")
    page.keyboard.press("5")
    page.locator("h2", has_text="Rejected by hand").wait_for()
    assert page.locator("[data-ck-frame]").count() == 1
    assert tab.get_attribute("aria-current") == "page"
    page.keyboard.press("Control+z")
    page.get_by_text("No frame was rejected here").wait_for()
    page.keyboard.press("Escape")
    wait_for(page, before)
    page.close()


def test_one_view_of_a_character_can_be_looked_at(out, address, chromium):
    """What is not shown is neither selected nor, by a key, rejected."""
    page = open_page(chromium, address)
    told = clusterkit.load_result(out).assignments["view"]
    card = page.locator(".ck-card").first
    number = int(card.get_attribute("data-ck-card"))
    card.focus()
    page.keyboard.press("o")
    page.wait_for_selector(".ck-views")
    rows = Labelling(clusterkit.load_result(out)).update("open", number=number).opened.rows
    counts = told[list(rows)].fillna("not told").value_counts()
    counts = counts.reindex(["front", "side", "back", "not told"]).dropna().astype(int)
    words = page.locator(".ck-views button").all_inner_texts()
    assert words == [f"all views {len(rows)}", *(f"{kind} {n}" for kind, n in counts.items())]
    looks = page.locator("section:has([data-ck-group^=look-]) [data-ck-frame]")
    assert looks.count() == len(rows)
    for kind, count in counts.items():
        page.locator(f"[data-ck-seen='{kind}']").click()
        assert page.locator(f"[data-ck-seen='{kind}']").get_attribute("aria-pressed") == "true"
        shown = looks.evaluate_all("tiles => tiles.map(tile => Number(tile.dataset.ckFrame))")
        assert len(shown) == count
        assert set(told[shown].fillna("not told")) == {kind}
        page.keyboard.press("Control+a")
        assert page.locator(".ck-bar b").inner_text() == f"{count} selected"
    last = page.locator(".ck-bar b").inner_text()
    page.keyboard.press("v")  # after the last one, all again
    page.locator("[data-ck-seen=all][aria-pressed=true]").wait_for()
    assert looks.count() == len(rows)
    assert page.locator(".ck-bar b").inner_text() == last, "what is still shown stays selected"
    page.keyboard.press("v")
    assert page.locator("[data-ck-seen=all]").get_attribute("aria-pressed") == "false"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_selector(".ck-card")
    page.close()
