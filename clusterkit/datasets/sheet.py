"""The contact sheet: every exported image small, under what the set shows of its character."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

from clusterkit.datasets.coverage import Coverage
from clusterkit.datasets.lettering import Font, fit_text, pick_font

COLUMNS = 10
CELL, GAP, MARGIN = 112, 6, 28
WIDTH = 2 * MARGIN + COLUMNS * CELL + (COLUMNS - 1) * GAP
TITLE_SIZE, NAME_SIZE, TEXT_SIZE, TAG_SIZE = 24, 19, 13, 10
TITLE_HEIGHT, LINE, TAG_HEIGHT = 72, 18, 15
HEAD = 72
"""Height of a character's name, its words and its counts."""

MOST_SHOWN = 200
"""Images of one character that are drawn; the rest are counted."""
TALLEST = 12_000
"""Pixels: a sheet that would be taller goes on in another file, or viewers refuse it."""

PAPER, CARD, RULE, INK, FADED, WARNING = (
    "#f6f5f2", "#e9e7e1", "#dcd9d2", "#22211f", "#6d6a64", "#9a3412"
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """One character on the sheet.

    Attributes
    ----------
    coverage : Coverage
    files : tuple of path
        The images, in the order of choice.
    tags : tuple of str
        A word under each image, such as its view; empty where nothing is known.
    """

    coverage: Coverage
    files: tuple[Path, ...]
    tags: tuple[str, ...]

    @property
    def row_height(self) -> int:
        """From one row of images to the next."""
        return CELL + GAP + (TAG_HEIGHT if any(self.tags) else 0)

    @property
    def height(self) -> int:
        """Of the whole group, with the space below it."""
        shown = min(len(self.files), MOST_SHOWN)
        hidden = LINE if len(self.files) > MOST_SHOWN else 0
        return HEAD + -(-shown // COLUMNS) * self.row_height + hidden + MARGIN


def draw_contact_sheets(groups: Sequence[Group], title: str) -> list[bytes]:
    """Draw all groups, on as many sheets as it takes.

    Returns
    -------
    list of bytes
        PNGs, 1,230 pixels wide, 12,000 high at most unless one group alone is higher.
    """
    pages: list[list[Group]] = [[]]
    for group in groups:
        if pages[-1] and sum(g.height for g in (*pages[-1], group)) > TALLEST - TITLE_HEIGHT:
            pages.append([])
        pages[-1].append(group)
    # One font for all: lines in two would look like an accident.
    letters = title + "".join(_list_texts(group) for group in groups)
    fonts = {size: pick_font(letters, size)
             for size in (TITLE_SIZE, NAME_SIZE, TEXT_SIZE, TAG_SIZE)}  # fmt: skip
    titles = [title if len(pages) == 1 else f"{title}, sheet {number} of {len(pages)}"
              for number in range(1, len(pages) + 1)]  # fmt: skip
    return [_draw_page(*page, fonts) for page in zip(pages, titles, strict=True)]


def _draw_page(groups: Sequence[Group], title: str, fonts: dict[int, Font]) -> bytes:
    height = TITLE_HEIGHT + sum(group.height for group in groups)
    sheet = Image.new("RGB", (WIDTH, height), PAPER)
    pen = ImageDraw.Draw(sheet)
    shown = fit_text(title, fonts[TITLE_SIZE], WIDTH - 2 * MARGIN)
    pen.text((MARGIN, MARGIN - 6), shown, INK, fonts[TITLE_SIZE])
    top = TITLE_HEIGHT
    for group in groups:
        _draw_group(sheet, pen, group, top, fonts)
        top += group.height
    stream = io.BytesIO()
    sheet.save(stream, "PNG", compress_level=6)
    return stream.getvalue()


def _draw_group(
    sheet: Image.Image, pen: ImageDraw.ImageDraw, group: Group, top: int, fonts: dict[int, Font]
) -> None:
    width, text = WIDTH - 2 * MARGIN, fonts[TEXT_SIZE]
    pen.line((MARGIN, top - 10, WIDTH - MARGIN, top - 10), RULE, 1)
    name = fit_text(group.coverage.character, fonts[NAME_SIZE], width)
    pen.text((MARGIN, top), name, INK, fonts[NAME_SIZE])
    left = float(MARGIN)
    for words, is_lack in group.coverage.parts:
        shown = fit_text(words, text, WIDTH - MARGIN - left)
        pen.text((left, top + 27), shown, WARNING if is_lack else INK, text)
        left += text.getlength(shown + "  ·  ")
        if shown != words or left > WIDTH - MARGIN - CELL:
            break
        if words != group.coverage.parts[-1][0]:
            pen.text((left - text.getlength("·  "), top + 27), "·", FADED, text)
    pen.text((MARGIN, top + 27 + LINE), fit_text(_list_counts(group), text, width), FADED, text)
    upper = top + HEAD
    for number, (file, tag) in enumerate(zip(group.files, group.tags, strict=True)):
        if number == MOST_SHOWN:
            break
        left = MARGIN + number % COLUMNS * (CELL + GAP)
        upper = top + HEAD + number // COLUMNS * group.row_height
        pen.rounded_rectangle((left, upper, left + CELL - 1, upper + CELL - 1), 4, CARD)
        _paste(sheet, file, left, upper)
        pen.text((left + 1, upper + CELL + 1), fit_text(tag, fonts[TAG_SIZE], CELL), FADED,
                 fonts[TAG_SIZE])  # fmt: skip
    if len(group.files) > MOST_SHOWN:
        hidden = f"and {len(group.files) - MOST_SHOWN:,} more"
        pen.text((MARGIN, upper + group.row_height), hidden, FADED, text)


def _paste(sheet: Image.Image, file: Path, left: int, upper: int) -> None:
    with Image.open(file) as image:
        small = image.convert("RGBA")
    # Straight alpha would let the colour under alpha 0 into the outline.
    small = small.convert("RGBa")
    small.thumbnail((CELL, CELL), Image.Resampling.BOX, reducing_gap=2)
    small = small.convert("RGBA")
    place = (left + (CELL - small.width) // 2, upper + (CELL - small.height) // 2)
    sheet.paste(small, place, small)


def _list_counts(group: Group) -> str:
    coverage = group.coverage
    views = [f"{count} {name}" for name, count in coverage.views.items()]
    return "   ·   ".join(filter(None, (", ".join(views), coverage.episode_counts)))


def _list_texts(group: Group) -> str:
    words = "".join(words for words, _ in group.coverage.parts)
    return group.coverage.character + words + _list_counts(group) + "".join(group.tags)
