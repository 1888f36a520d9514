"""The text beside an image: one line of UTF-8, never empty."""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Mapping

from clusterkit.errors import SettingsError

CAPTION_FIELDS = ("trigger", "character", "view", "episode", "scene")

_SPACE = re.compile(r"\s+")
# A comma ends a tag, brackets are placeholders (ai-toolkit), braces and bars wildcards (kohya).
_NOT_A_WORD = re.compile(r"[\s,\[\]{}|<>\"\\]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def check_template(template: str) -> None:
    """Refuse a template that could not be filled for some image.

    Raises
    ------
    SettingsError
        Empty, unbalanced braces, an unknown field, or a conversion such as `{view!r}`.
    """
    known = ", ".join(f"{{{name}}}" for name in CAPTION_FIELDS)
    if not template.strip():
        raise SettingsError(f"the caption template is empty; its fields are {known}")
    try:
        parts = list(string.Formatter().parse(template))
    except ValueError as error:
        raise SettingsError(
            f"the caption template {template!r} is wrong: {error}; write {{{{ for a brace"
        ) from None
    for _, field, form, conversion in parts:
        if field is None:
            continue
        if field not in CAPTION_FIELDS or form or conversion:
            raise SettingsError(f"the caption template has no field {{{field}}}; it has {known}")


def write_caption(template: str, values: Mapping[str, str | None]) -> str:
    """Fill a template. A tag (what stands between commas) whose value is unknown is left out.

    Parameters
    ----------
    template : str
        Checked by `check_template`.
    values : mapping
        Every field of `CAPTION_FIELDS`; None where not known. `trigger` is never None.

    Returns
    -------
    str
        One line, not empty: the trigger alone where nothing else is left.

    Examples
    --------
    >>> values = dict(trigger="mai", character="Mai", view=None, episode=None, scene=None)
    >>> write_caption("{trigger}, {view} view", values)
    'mai'
    >>> write_caption("{trigger}, {view} view", {**values, "view": "back"})
    'mai, back view'
    """
    tags: list[str] = [""]
    known = [True]
    for literal, field, _, _ in string.Formatter().parse(template):
        first, *others = literal.split(",")
        tags[-1] += first
        for other in others:
            tags.append(other)
            known.append(True)
        if field is not None:
            value = values[field]
            tags[-1] += value or ""
            known[-1] = known[-1] and bool(value)
    kept = [clean_text(tag) for tag, complete in zip(tags, known, strict=True) if complete]
    return ", ".join(filter(None, kept)) or str(values["trigger"])


def clean_text(text: str) -> str:
    r"""One line without control characters: kohya reads the first line of a caption only.

    >>> clean_text(" a\nb\t c\x00")
    'a b c'
    """
    return _CONTROL.sub("", _SPACE.sub(" ", unicodedata.normalize("NFC", text))).strip()


def make_trigger(name: str) -> str:
    """A trigger word from a name: one tag, whatever a person typed.

    >>> make_trigger("Mai, the [Dancer]"), make_trigger("円堂守"), make_trigger(" , ")
    ('Mai_the_Dancer', '円堂守', 'character')
    """
    return _NOT_A_WORD.sub("_", clean_text(name)).strip("_") or "character"


def make_slug(name: str) -> str:
    """A name for files: letters, digits and '-'. kohya reads '_' in file names as a face box.

    >>> make_slug("character_000"), make_slug("Mai / 舞."), make_slug("...")
    ('character-000', 'Mai-舞', 'character')
    """
    kept = "".join(letter if letter.isalnum() else " " for letter in clean_text(name))
    return "-".join(kept.split())[:60] or "character"
