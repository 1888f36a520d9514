"""The contact sheet: every exported image small, under what the set shows of its character."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from clusterkit.datasets.coverage import Coverage

COLUMNS = 10
CELL, GAP, MARGIN = 112, 6, 28
WIDTH = 2 * MARGIN + COLUMNS * CELL + (COLUMNS - 1) * GAP
TITLE_SIZE, TEXT_SIZE = 19, 13
HEAD = 66
"""Height of a character's title, its words and its counts."""

PAPER, CARD, INK, FADED, WARNING = "#f6f5f2", "#e7e5df", "#22211f", "#6d6a64", "#9a3412"


def draw_contact_sheet(
    coverages: Sequence[Coverage], files: Sequence[Sequence[Path]], title: str
) -> bytes:
    """Draw the sheet.

    Parameters
    ----------
    coverages : sequence of Coverage
    files : sequence of sequence of path
        The images of each, in order.
    title : str

    Returns
    -------
    bytes
        A PNG, 1,230 pixels wide.
    """
    heights = [HEAD + -(-len(images) // COLUMNS) * (CELL + GAP) + MARGIN for images in files]
    sheet = Image.new("RGB", (WIDTH, MARGIN + 44 + sum(heights)), PAPER)
    pen = ImageDraw.Draw(sheet)
    large, text = ImageFont.load_default(TITLE_SIZE), ImageFont.load_default(TEXT_SIZE)
    pen.text((MARGIN, MARGIN - 6), title, INK, ImageFont.load_default(TITLE_SIZE + 5))
    top = MARGIN + 44
    for coverage, images, height in zip(coverages, files, heights, strict=True):
        pen.line((MARGIN, top - 8, WIDTH - MARGIN, top - 8), CARD, 1)
        pen.text((MARGIN, top), coverage.character, INK, large)
        lacks = coverage.missing_views or coverage.missing_episodes
        pen.text((MARGIN, top + 26), coverage.words, WARNING if lacks else INK, text)
        pen.text((MARGIN, top + 43), _list_counts(coverage), FADED, text)
        for number, file in enumerate(images):
            left = MARGIN + number % COLUMNS * (CELL + GAP)
            upper = top + HEAD + number // COLUMNS * (CELL + GAP)
            pen.rectangle((left, upper, left + CELL - 1, upper + CELL - 1), CARD)
            _paste(sheet, file, left, upper)
        top += height
    stream = io.BytesIO()
    sheet.save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _paste(sheet: Image.Image, file: Path, left: int, upper: int) -> None:
    with Image.open(file) as image:
        image.thumbnail((CELL, CELL), Image.Resampling.BOX, reducing_gap=None)
        small = image.convert("RGBA")
    place = (left + (CELL - small.width) // 2, upper + (CELL - small.height) // 2)
    sheet.paste(small, place, small)


def _list_counts(coverage: Coverage) -> str:
    groups = [coverage.views, coverage.episodes]
    return "     ".join(
        "  ".join(f"{name} {count}" for name, count in list(group.items())[:12])
        for group in groups if group
    )  # fmt: skip
