"""One card a character: how large it is, when it appears, who stands for it, whom to doubt."""

from __future__ import annotations

import numpy as np

from clusterkit.palette import pick_colour
from clusterkit.report.charts import draw_timeline
from clusterkit.report.facts import Character, Report
from clusterkit.report.markup import (
    Fragment,
    draw_gallery_button,
    draw_still,
    draw_stills,
    draw_swatch,
    format_count,
    format_share,
    show_name,
)
from clusterkit.views.column import VIEW_COLUMN, describe_views


def show_characters(report: Report) -> Fragment:
    """All characters, the largest first."""
    cards = "".join(_draw_card(report, character) for character in report.characters)
    body = (
        f'<div class="ck-cards">{cards}</div>'
        if cards
        else '<p class="ck-empty">No character was found.</p>'
    )
    return Fragment(
        '<section class="ck" id="characters"><h2>Characters</h2>'
        "<p>The largest first. The frame in the middle of a character stands large; beside it the "
        "frames that differ most from one another, and the ones that belong least.</p>"
        f"{body}</section>"
    )


def _draw_card(report: Report, character: Character) -> str:
    size = len(character.members)
    share = format_share(size, len(report.frames))
    exemplars = _draw_row(report, character, "Exemplars", character.exemplars)
    uncertain = _draw_row(report, character, "Least certain", character.uncertain)
    heading = f"ck-name-{character.label}"
    words = f"All {format_count(size, 'frame')}"
    return (
        f'<article class="ck-card" id="character-{character.label}" aria-labelledby="{heading}" '
        f'style="--ck-colour:{pick_colour(character.label)}">'
        f'<header><h3 id="{heading}">{draw_swatch(character.label)}{show_name(character.name)}</h3>'
        f"<p><b>{format_count(size, 'frame')}</b> · {share} of all{_count_views(report, character)}"
        f"</p></header>"
        f'<div class="ck-card-body">'
        f"{draw_still(report, character.medoid, f'Medoid of {character.name}', 'ck-medoid')}"
        f'<div class="ck-card-rows">{exemplars}{uncertain}</div></div>'
        f"{_draw_appearance(report, character)}"
        f"{draw_gallery_button(str(character.label), words)}</article>"
    )


def _count_views(report: Report, character: Character) -> str:
    words = describe_views(report.result.assignments[VIEW_COLUMN].iloc[character.members])
    return f"<br>{words}" if words else ""


def _draw_row(report: Report, character: Character, title: str, rows: tuple[int, ...]) -> str:
    if not rows:
        return ""
    label = f"{title.removesuffix('s')} of {character.name}"
    return f"<div><h4>{title}</h4>{draw_stills(report, rows, label)}</div>"


def _draw_appearance(report: Report, character: Character) -> str:
    """When a character is seen: the episodes side by side, each cut into stretches of time."""
    stretches = report.stretches
    if not stretches.names:
        return ""
    places = stretches.places[character.members]
    counts = np.bincount(places[places >= 0], minlength=len(stretches.names))
    if not counts.any():
        return ""
    present = np.unique(report.episode_codes[character.members][places >= 0])
    most = stretches.names[int(np.argmax(counts))]
    n = len(report.episodes)
    where = f"in {len(present)} of {n} episodes" if n > 1 else f"in {report.episodes[0]}"
    if n < 1:
        where = f"most at {most}"
    chart = draw_timeline(
        counts.tolist(),
        stretches.names,
        stretches.starts,
        pick_colour(character.label),
        f"Frames over time; most in {most}",
    )
    first, last = stretches.ends
    return (
        f'<figure class="ck-appears"><figcaption>Appears {show_name(where)}</figcaption>{chart}'
        f'<div class="ck-ends"><span>{show_name(first)}</span><span>{show_name(last)}</span>'
        "</div></figure>"
    )
