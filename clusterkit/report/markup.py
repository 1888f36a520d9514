"""Pieces of HTML. Names of files and folders are data: whatever they hold is shown as text."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.palette import pick_colour
from clusterkit.report.facts import NOISE_CODE, Report, format_time
from clusterkit.result_files import escape_text


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that a notebook shows as such."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return f"<Fragment of {len(self.html):,} characters>"


_OPTION = re.compile(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*(?:=\w+)?")


def show_text(value: object) -> str:
    r"""Escape any text for HTML, bytes that are no text included.

    >>> show_text('<img onerror="x">')
    '&lt;img onerror=&quot;x&quot;&gt;'
    """
    return html.escape(_make_printable(str(value)), quote=True)


def show_words(value: object) -> str:
    """Escape a sentence, its options set as code: no line ends within one.

    >>> show_words("a smaller --min-samples, or none")
    'a smaller <code>--min-samples</code>, or none'
    >>> show_words("--duplicates=embed gives each its own")
    '<code>--duplicates=embed</code> gives each its own'
    """
    return _OPTION.sub(r"<code>\g<0></code>", show_text(value))


def show_name(value: object) -> str:
    """Escape a name, and keep its direction of writing from reaching beyond it."""
    return f"<bdi>{show_text(value)}</bdi>"


def dump_json(value: Any) -> str:
    r"""Write JSON that can stand in a script element: no name can end it.

    >>> dump_json("</script>")
    '"\\u003c/script\\u003e"'
    """
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def list_names(names: Iterable[object]) -> list[str]:
    """Names as plain text for JSON."""
    return [_make_printable(str(name)) for name in names]


def pack(values: np.ndarray) -> str:
    """Write an array of numbers as base64 of its little-endian bytes."""
    return base64.b64encode(values.astype(values.dtype.newbyteorder("<")).tobytes()).decode()


def embed_image(data: bytes) -> str:
    """Address of a WebP that is part of the page."""
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"


def draw_still(report: Report, row: int, label: str, css: str = "") -> str:
    """One frame as an image with an alternative text; a quiet box where it has no picture."""
    title = describe_frame(report, row)
    picture = report.album.draw_still(row)
    name = f"ck-still {css}".strip()
    if picture is None:
        return f'<span class="{name} ck-blank" title="{show_text(title)}">no picture</span>'
    alt = f"{label}: {title}"
    return (
        f'<img class="{name}" src="{embed_image(picture)}" alt="{show_text(alt)}" '
        f'title="{show_text(title)}" width="128" height="128" decoding="async">'
    )


def draw_stills(report: Report, rows: Sequence[int], label: str) -> str:
    """Several frames in a row."""
    return f'<div class="ck-stills">{"".join(draw_still(report, row, label) for row in rows)}</div>'


def describe_frame(report: Report, row: int) -> str:
    """Path, time and certainty of one frame, in one line."""
    frame = report.frames.iloc[row]
    parts = [str(frame["path"])]
    if pd.notna(frame["seconds"]):
        parts.append(f"at {format_time(float(frame['seconds']))}")
    if report.codes[row] >= 0:
        parts.append(f"{report.result.assignments['probability'].iloc[row]:.0%} certain")
    return " · ".join(parts)


def draw_gallery_button(code: str, words: str) -> str:
    """A button that opens the gallery of a character, of noise, or of what a rule rejected."""
    return (
        f'<button type="button" class="ck-button" data-ck-gallery="{show_text(code)}" '
        f'aria-haspopup="dialog">{words}</button>'
    )


def draw_swatch(label: int) -> str:
    """The colour of a cluster, as in the map."""
    colour = pick_colour(label) if label != NOISE_CODE else pick_colour(-1)
    return f'<span class="ck-swatch" style="background:{colour}" aria-hidden="true"></span>'


def format_count(number: int, noun: str) -> str:
    """A number with its noun.

    >>> format_count(1, "frame"), format_count(1234, "frame")
    ('1 frame', '1,234 frames')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def format_share(part: int, whole: int) -> str:
    """A share in percent that never rounds something to nothing, nor to all.

    >>> format_share(1, 1000), format_share(999, 1000), format_share(0, 5)
    ('0.1 %', '99.9 %', '0 %')
    """
    if not whole or part in (0, whole):
        return f"{100 * part // max(1, whole)} %"
    share = 100 * part / whole
    digits = 0 if 1 <= share <= 99 else 1
    return f"{min(max(share, 0.1), 99.9):.{digits}f} %"


def _make_printable(text: str) -> str:
    """Undecodable bytes and control characters as escapes: a page must be valid text."""
    text = escape_text(text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\u200d" else _escape_control(c) for c in text)


def _escape_control(character: str) -> str:
    return f"\\x{ord(character):02x}" if ord(character) < 256 else f"\\u{ord(character):04x}"
