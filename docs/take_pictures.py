"""Take the README's pictures: the tuner in a real JupyterLab, and the report from disk.

    python docs/take_pictures.py [--result OUT] [--to docs] [--theme light]

Without a result the bundled sample is clustered first. Needs Chromium and the packages that the
tests need. Writes tuner.png and report.png.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image

import clusterkit
from clusterkit.organize import read_summary

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "tests"))  # the hands and servers that the tests have
from browsing import open_file, start_chromium  # noqa: E402
from desks import open_desk  # noqa: E402

WINDOW = {"width": 1500, "height": 1010}

HIDE_FOLDERS = """([from, to]) => document.querySelectorAll(".ck-lines code").forEach(
  (line) => { line.textContent = line.textContent.replaceAll(from, to); })"""
"""Where the folders are on the machine that takes the picture is nobody's business."""


def take_tuner(result: Path, target: Path, theme: str) -> None:
    """Open the tuner, show UMAP, choose a character and point at a frame, as a person does."""
    with (
        tempfile.TemporaryDirectory() as scratch,
        open_desk("lab", result, Path(scratch) / "home", theme=theme, viewport=WINDOW) as desk,
    ):
        desk.show_umap()
        desk.choose("character_002")
        desk.find(".ck-gallery figure").first.wait_for()
        desk.root.evaluate("node => node.scrollIntoView({block: 'start'})")
        desk.hover_point()
        summary = read_summary(result)
        for folder, name in ((summary["input_dir"], "show"), (str(result), "characters")):
            desk.page.evaluate(HIDE_FOLDERS, [folder, name])
        desk.page.wait_for_timeout(1_000)
        save_picture(desk.page.screenshot(), target)


def take_report(result: Path, target: Path, theme: str) -> None:
    """Open the report from disk, network off, at its beginning."""
    path = clusterkit.write_report(result, target.with_suffix(".html"))
    with (
        start_chromium() as browser,
        open_file(browser, path, viewport=WINDOW, color_scheme=theme) as page,
    ):
        save_picture(page.screenshot(), target)
    path.unlink()


def save_picture(data: bytes, target: Path) -> None:
    """Write a screenshot as a small PNG, with all colours: they tell characters apart."""
    Image.open(io.BytesIO(data)).convert("RGB").save(target, optimize=True)
    print(f"{target}: {target.stat().st_size / 1e3:,.0f} kB")


def main() -> None:
    """Take both."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--result", type=Path, help="a result folder; it stays as it is")
    parser.add_argument("--to", type=Path, default=REPOSITORY / "docs")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "result"
        if arguments.result:
            shutil.copytree(arguments.result, result, symlinks=True)
        else:
            clusterkit.cluster_characters(clusterkit.find_sample().frames, result, model="builtin")
        arguments.to.mkdir(parents=True, exist_ok=True)
        take_tuner(result, arguments.to / "tuner.png", arguments.theme)
        take_report(result, arguments.to / "report.png", arguments.theme)


if __name__ == "__main__":
    main()
