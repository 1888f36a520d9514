"""Names in any script on a picture: a font that has the letters, and no line too long."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_FAMILIES = (
    "Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Meiryo", "IPAGothic",
    "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "WenQuanYi Zen Hei",
    "Noto Sans CJK KR", "Apple SD Gothic Neo", "Malgun Gothic", "Arial Unicode MS", "DejaVu Sans",
)  # fmt: skip
"""What systems ship for scripts that Pillow's own font lacks, the widest first."""

_NOWHERE = "\U0010ffff"
"""A letter that no font has: what is drawn instead of it is what stands for every missing one."""

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def pick_font(text: str, size: int) -> Font:
    """Pillow's own font, or one of this machine's that has more of the letters of `text`."""
    own = ImageFont.load_default(size)
    if not count_missing(own, text):
        return own
    fonts = [own, *(ImageFont.truetype(path, size) for path in _find_fonts())]
    return min(fonts, key=lambda font: count_missing(font, text))


def count_missing(font: Font, text: str) -> int:
    """How many letters of a text a font lacks.

    >>> count_missing(ImageFont.load_default(12), "Mai"), count_missing(
    ...     ImageFont.load_default(12), "円 堂")
    (0, 2)
    """
    box = bytes(font.getmask(_NOWHERE))
    letters = {letter for letter in text if not letter.isspace()}
    return sum(bytes(font.getmask(letter)) == box for letter in letters)


def fit_text(text: str, font: Font, width: float) -> str:
    """The text, or as much of its beginning as goes into a width, with an ellipsis.

    >>> font = ImageFont.load_default(12)
    >>> fit_text("Mai", font, 100), fit_text("W" * 99, font, 60)
    ('Mai', 'WWWW…')
    """
    if font.getlength(text) <= width:
        return text
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if font.getlength(text[:middle].rstrip() + "…") <= width:
            least = middle
        else:
            most = middle - 1
    return text[:least].rstrip() + "…"


@lru_cache(maxsize=1)
def _find_fonts() -> tuple[str, ...]:
    from matplotlib import font_manager

    paths = {
        font.name: font.fname for font in font_manager.fontManager.ttflist
        if font.style == "normal" and font.weight in (400, "normal", "regular")
    }  # fmt: skip
    return tuple(paths[name] for name in _FAMILIES if name in paths and Path(paths[name]).is_file())
