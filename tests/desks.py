"""The tuner as a person has it on the desk: in a real JupyterLab, or in a real Voila."""

import json
import re
import shutil
import time
from contextlib import contextmanager

import cv2
import numpy as np
from browsing import start_chromium
from playwright.sync_api import expect
from serving import serve_lab, serve_voila

from clusterkit.lab import prepare_notebooks

PATIENCE = 120_000
"""Milliseconds that anything may take: a busy machine is no failure."""

expect.set_options(timeout=PATIENCE)

VIEWPORT = {"width": 1500, "height": 1500}

THEIRS = (
    "fontawesome", "net::ERR_FAILED",  # Voila's template asks a distributor for icons it has
    "shared singleton module", "shared scope default",  # extensions of both servers' other versions
    "GL Driver Message", "software WebGL", "WebSocket", "Connection lost",
    "ms to activate.", "too long to activate.",  # a busy machine: of plugins of JupyterLab
)  # fmt: skip
"""What the consoles of JupyterLab and Voila say about themselves."""


class Desk:
    """One tuner on a page, and the hands of a person."""

    def __init__(self, page, result_dir):
        self.page, self.result_dir = page, result_dir
        self.said, self.asked, self.sockets = [], [], []
        self.root = page.locator(".ck-tuner")
        page.set_default_timeout(PATIENCE)
        page.on("console", self._hear)
        page.on("websocket", lambda socket: self.sockets.append(socket.url))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("dialog", lambda dialog: self.said.append(dialog.message) or dialog.dismiss())

    def _hear(self, message):
        if message.type in ("error", "warning") and not any(w in message.text for w in THEIRS):
            self.said.append(message.text)

    # ── looking ──────────────────────────────────────────────────────────────────────────────

    def find(self, selector):
        return self.root.locator(selector)

    def expect(self, selector):
        return expect(self.find(selector).first, selector)

    def read_value(self, setting):
        """What a slider says it is at."""
        return float(self.find(f".ck-{setting} .noUi-handle").get_attribute("aria-valuenow"))

    def expect_state(self, state):
        """Wait until the page shows a state of an explorer; every number must be there."""
        n = len(state.clusters)
        self.expect(".ck-headline").to_have_text(f"{n} character{'s' * (n != 1)}")
        self.expect(".ck-total").to_have_text(f"{len(state.status):,} frames")
        for word, status in (("in characters", "clustered"), ("noise", "noise")):
            self.expect(f".ck-count:has-text('{word}') b").to_have_text(f"{state.counts[status]:,}")
        entries = [f"{cluster.name} · {cluster.count:,}" for cluster in state.clusters]
        shown = self.find(".ck-clusters button")
        expect(shown).to_have_text(
            [*entries, *(f"{name} · {state.counts[name]:,}"
                         for name in ("noise", "rejected", "unreadable"))]
        )  # fmt: skip

    def take_plot(self):
        """The plot as pixels, shape (height, width, 3), and where it is on the page."""
        canvas = self.find("canvas").first
        canvas.scroll_into_view_if_needed()
        box = canvas.bounding_box()
        picture = cv2.imdecode(np.frombuffer(self.page.screenshot(clip=box), np.uint8), 1)
        return picture.astype(int), box

    def wait_for_plot(self, holds):
        """Wait until something holds of the pixels of the plot."""
        end = time.monotonic() + PATIENCE / 1000
        while not holds(self.take_plot()[0]):
            assert time.monotonic() < end, "the plot never came to look so"
            self.page.wait_for_timeout(200)

    # ── doing ────────────────────────────────────────────────────────────────────────────────

    def reset(self):
        self.find(".ck-reset").click()
        self.page.mouse.move(2, 2)

    def drag(self, setting, share, steps=12):
        """Drag a slider to a share of its track, and return the value it came to."""
        handle, track = (
            self.find(f".ck-{setting} {part}") for part in (".noUi-handle", ".noUi-base")
        )
        handle.scroll_into_view_if_needed()
        start, end = handle.bounding_box(), track.bounding_box()
        y = start["y"] + start["height"] / 2
        mouse = self.page.mouse
        mouse.move(start["x"] + start["width"] / 2, y)
        mouse.down()
        mouse.move(end["x"] + share * end["width"], y, steps=steps)
        mouse.up()
        return self.read_value(setting)

    def hover_point(self):
        """Move over coloured places of the plot until a frame's card is shown."""
        picture, box = self.take_plot()
        card = self.page.locator(".clusterkit-hover")
        ys, xs = np.nonzero(picture.max(axis=2) - picture.min(axis=2) > 60)
        inside = (xs > 60) & (xs < box["width"] - 90) & (ys > 20) & (ys < box["height"] - 60)
        ys, xs = ys[inside], xs[inside]
        for at in np.random.default_rng(0).permutation(len(xs))[:60]:
            self.page.mouse.move(box["x"] + int(xs[at]), box["y"] + int(ys[at]))
            self.page.mouse.move(box["x"] + int(xs[at]) + 1, box["y"] + int(ys[at]))
            end = time.monotonic() + 3
            while time.monotonic() < end:
                if card.count() and card.is_visible():
                    return card
                self.page.wait_for_timeout(50)
        raise AssertionError("no point under any colour")

    def draw_lasso(self):
        """Draw a lasso around all points."""
        _, box = self.take_plot()
        left, top = box["x"] + 27, box["y"] + 8
        right, bottom = box["x"] + box["width"] - 36, box["y"] + box["height"] - 26
        mouse = self.page.mouse
        mouse.move(left, top)
        mouse.down()
        for x, y in ((right, top), (right, bottom), (left, bottom), (left, top + 2)):
            mouse.move(x, y, steps=6)
        mouse.up()

    def draw_box(self):
        """Take the tool for boxes, draw one around all points, and put the tool back."""
        self.find(".bk-ToolButton, .bk-tool-icon-box-select").first.wait_for()
        tools = self.find("[title='Box Select']"), self.find("[title='Lasso Select']")
        tools[0].first.click()
        _, box = self.take_plot()
        left, top = box["x"] + 27, box["y"] + 8
        mouse = self.page.mouse
        mouse.move(left, top)
        mouse.down()
        mouse.move(box["x"] + box["width"] - 36, box["y"] + box["height"] - 26, steps=8)
        mouse.up()
        tools[1].first.click()

    def show_umap(self):
        """Switch to UMAP, and wait until it has been laid out."""
        self.find(".ck-projection button").filter(has_text="UMAP").click()
        expect(self.find(".ck-projection .mod-active")).to_have_text("UMAP")
        expect(self.find(".ck-notice")).to_have_count(0)  # none says that it is still to come

    def choose(self, words):
        """Click an entry of the list."""
        self.find(".ck-clusters button").filter(has_text=words).first.click()


@contextmanager
def open_desk(host, result_dir, home, *, watch=(), listen=None, theme="light", viewport=None):
    """The tuner on a result in JupyterLab or Voila, run by hand, with nothing but this machine.

    Scripts in `watch` run in the page before its own; `listen` is given the page before it opens.
    """
    notebook, *_ = prepare_notebooks(result_dir)
    _furnish_lab(home, theme)
    serve = serve_lab(result_dir, home) if host == "lab" else serve_voila(notebook, home)
    with serve as address, start_chromium() as browser:
        context = browser.new_context(viewport=viewport or VIEWPORT)
        page = context.new_page()
        desk = Desk(page, result_dir)
        desk.listener = listen(page) if listen else None
        for script in watch:
            page.add_init_script(script)

        def pass_or_stop(route):
            if route.request.url.startswith(address.partition("/lab")[0].rstrip("/") + "/"):
                route.continue_()
                return
            desk.asked.append(route.request.url)
            route.abort()

        context.route(lambda url: url.startswith("http"), pass_or_stop)
        if host == "lab":
            page.goto(f"{address}/{notebook.name}")
            page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            page.get_by_role("tab", name=re.compile("^File Browser")).click()  # more room
        else:
            page.goto(f"{address}?theme={theme}")
        desk.find("canvas").first.wait_for()
        yield desk
        context.close()
    shutil.rmtree(home)


def _furnish_lab(home, theme):
    """Choose a theme, and ask for no news: a notification would lie over the page."""
    folder = home / "settings" / "@jupyterlab" / "apputils-extension"
    folder.mkdir(parents=True)
    (folder / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
    name = f"JupyterLab {theme.capitalize()}"
    (folder / "themes.jupyterlab-settings").write_text(json.dumps({"theme": name}))
