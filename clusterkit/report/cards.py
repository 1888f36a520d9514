"""One card a character: how large it is, when it appears, who stands for it, whom to doubt."""

from __future__ import annotations

import numpy as np

from clusterkit.palette import pick_colour
from clusterkit.report.charts import draw_timeline
from clusterkit.report.facts import Character, Report
from clusterkit.report.markup import (
    SECONDS_A_MINUTE,
    Fragment,
    draw_gallery_button,
    draw_still,
    draw_stills,
    draw_swatch,
    format_count,
    format_share,
    format_time,
    show_name,
    show_text,
)

TIME_BINS = 40
"""Stretches that one episode is divided into, where there is only one."""

NAMED_EPISODES = 3


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
        f"<p><b>{format_count(size, 'frame')}</b> · {share} of all</p></header>"
        f'<div class="ck-card-body">'
        f"{draw_still(report, character.medoid, f'Medoid of {character.name}', 'ck-medoid')}"
        f'<div class="ck-card-rows">{exemplars}{uncertain}</div></div>'
        f"{_draw_appearance(report, character)}"
        f"{draw_gallery_button(str(character.label), words)}</article>"
    )


def _draw_row(report: Report, character: Character, title: str, rows: tuple[int, ...]) -> str:
    if not rows:
        return ""
    label = f"{title.rstrip('s') if title == 'Exemplars' else title} of {character.name}"
    return f"<h4>{title}</h4>{draw_stills(report, rows, label)}"


def _draw_appearance(report: Report, character: Character) -> str:
    """Frames by episode; within the one episode by time; nothing where names say neither."""
    colour = pick_colour(character.label)
    if len(report.episodes) > 1:
        codes = report.episode_codes[character.members]
        counts = np.bincount(codes[codes >= 0], minlength=len(report.episodes))
        present = int((counts > 0).sum())
        if not present:
            return ""
        order = np.argsort(-counts, kind="stable")[:NAMED_EPISODES]
        most = ", ".join(f"{report.episodes[at]} ({counts[at]:,})" for at in order if counts[at])
        words = f"In {present} of {len(report.episodes)} episodes, most in {most}"
        chart = draw_timeline(counts.tolist(), report.episodes, colour, words)
        ends = (report.episodes[0], report.episodes[-1])
        shown = f"in {present} of {len(report.episodes)} episodes"
    else:
        times = report.frames["seconds"].astype("float64").to_numpy()
        own = times[character.members]
        own = own[np.isfinite(own)]
        if not len(own):
            return ""
        end = max(float(np.nanmax(times)), 1.0)
        counts, edges = np.histogram(own, bins=TIME_BINS, range=(0, end))
        names = [
            f"{format_time(a)} to {format_time(b)}" for a, b in zip(edges, edges[1:], strict=False)
        ]
        words = f"From {format_time(own.min())} to {format_time(own.max())}"
        chart = draw_timeline(counts.tolist(), names, colour, words)
        ends = ("0:00", format_time(end))
        minutes = len(set((own // SECONDS_A_MINUTE).astype(int)))
        shown = f"in {format_count(minutes, 'minute')}"
    return (
        f'<figure class="ck-appears"><figcaption>Appears {show_text(shown)}</figcaption>{chart}'
        f'<div class="ck-ends"><span>{show_name(ends[0])}</span><span>{show_name(ends[1])}</span>'
        "</div></figure>"
    )
