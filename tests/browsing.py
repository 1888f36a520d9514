"""A real Chromium for the tests: found on this machine, started once, never on the network."""

import os
import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


def find_chromium():
    """The browser's path; without one the test is skipped, but never in CI."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None and os.environ.get("CI") != "true":
        pytest.skip("no Chromium on this machine")
    assert path, "CI has no Chromium"
    return path


@contextmanager
def start_chromium():
    """A browser of Playwright's on the installed Chromium."""
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def open_file(browser, path, **options):
    """A page of a file, network off; fails if the console complains or anything is loaded."""
    context = browser.new_context(
        offline=True, **{"viewport": {"width": 1280, "height": 900}, **options}
    )
    page = context.new_page()
    said, loaded = [], []

    def hear(message):
        # The advice about reading pixels back is for the tests themselves.
        if message.type in ("error", "warning") and "willReadFrequently" not in message.text:
            said.append(message.text)

    page.on("console", hear)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}") or dialog.dismiss())
    page.on("request", lambda request: loaded.append(request.url))
    page.goto(path.as_uri())
    page.wait_for_timeout(100)  # the script has drawn once
    yield page
    assert not said, said
    strange = [url for url in loaded if not url.startswith(("file:", "data:", "blob:"))]
    assert not strange, strange
    files = {url for url in loaded if url.startswith("file:")}
    assert len(files) == 1, "the page loaded other files"
    context.close()
