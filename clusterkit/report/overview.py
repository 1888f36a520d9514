"""The first and the last section: what came out, and how it was made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import clusterkit
from clusterkit.invocation import write_command, write_script
from clusterkit.report.facts import Report
from clusterkit.report.markup import (
    Fragment,
    draw_still,
    draw_swatch,
    format_count,
    format_share,
    show_name,
    show_text,
    show_words,
)

CAST_SHOWN = 24
"""Faces in the strip at the top; every character has its card below."""

_STATUS_WORDS = {
    "clustered": "in characters",
    "noise": "noise",
    "rejected": "rejected",
    "unreadable": "unreadable",
}

_ASSETS = Path(__file__).parent / "assets"


def load_style() -> str:
    """The style of the report, as a style element."""
    return f"<style>{(_ASSETS / 'report.css').read_text(encoding='utf-8')}</style>"


def show_overview(report: Report) -> Fragment:
    """The headline, totals that add up, notices, and the cast at a glance."""
    n, counts = len(report.characters), report.counts
    name = report.result.input_dir.name or str(report.result.input_dir)
    parts = [
        load_style(),
        '<section class="ck ck-hero" id="overview">',
        f'<p class="ck-eyebrow">clusterkit report · {show_name(name)}</p>',
        f"<h1>{_head(report)}</h1>",
        f'<p class="ck-lead">{_describe_run(report)}</p>',
        _draw_totals(report),
        _draw_notices(report.result.notices),
    ]
    if n:
        parts.append(_draw_cast(report))
    elif not counts["clustered"] + counts["noise"]:
        parts.append(
            '<p class="ck-empty">No frame passed the quality rules, so there is nothing to '
            "cluster. See <a href='#left-out'>what was left out</a>, and lower the rule that "
            "rejects most.</p>"
        )
    else:
        parts.append(
            '<p class="ck-empty">No character was found: all frames that passed are noise. '
            "See <a href='#curve'>what another minimum size would give</a>.</p>"
        )
    return Fragment("".join([*parts, "</section>"]))


def _draw_notices(notices: Sequence[str]) -> str:
    """What the run had to say, in one box; nothing where it had nothing."""
    lines = "".join(f"<li>{show_words(_sentence(notice))}</li>" for notice in notices)
    return f'<ul class="ck-notices">{lines}</ul>' if lines else ""


def _head(report: Report) -> str:
    n, total = len(report.characters), len(report.frames)
    found = format_count(n, "character") if n else "No character"
    return f"{found} in {format_count(total, 'frame')}"


def _describe_run(report: Report) -> str:
    episodes = len(report.episodes)
    parts = [_format_date(report.summary.get("timestamp")), f"model {report.result.settings.model}"]
    if episodes:
        parts.append(format_count(episodes, "episode"))
    return " · ".join(show_text(part) for part in parts if part)


def _format_date(timestamp: str | None) -> str:
    if not timestamp:
        return ""
    moment = datetime.fromisoformat(timestamp)
    return f"{moment.day} {moment:%B %Y, %H:%M} {moment.tzname() or ''}".strip()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _draw_totals(report: Report) -> str:
    """One bar, and the sum spelled out: every input frame is in exactly one part."""
    counts, total = report.counts, len(report.frames)
    bars = "".join(
        f'<span class="ck-part ck-{status}" style="flex-grow:{count}" aria-hidden="true"></span>'
        for status, count in counts.items()
        if count
    )
    terms = "".join(
        f'<li><span class="ck-key ck-{status}" aria-hidden="true"></span><b>{count:,}</b> '
        f"{_STATUS_WORDS[status]} <small>{format_share(count, total)}</small></li>"
        for status, count in counts.items()
    )
    return (
        f'<div class="ck-totals"><div class="ck-stack">{bars}</div>'
        f'<ul class="ck-sum" aria-label="Totals">{terms}'
        f'<li class="ck-total"><b>{total:,}</b> in all</li></ul></div>'
    )


def _draw_cast(report: Report) -> str:
    faces = "".join(
        f'<li><a href="#character-{character.label}">'
        f"{draw_still(report, character.medoid, character.name)}"
        f"<b>{show_name(character.name)}</b><span>{draw_swatch(character.label)}"
        f"<small>{format_count(len(character.members), 'frame')}</small></span></a></li>"
        for character in report.characters[:CAST_SHOWN]
    )
    rest = len(report.characters) - CAST_SHOWN
    more = f"<p class='ck-more'>and {rest} more below</p>" if rest > 0 else ""
    return f'<ul class="ck-cast">{faces}</ul>{more}'


def show_run(report: Report) -> Fragment:
    """Settings, versions, machine, date and times; and the lines that run it again."""
    summary, settings = report.summary, report.result.settings
    times = summary.get("seconds") or {}
    groups = [
        ("Settings", settings.to_options()),
        ("Input", {
            "folder": str(report.result.input_dir),
            "frames": f"{len(report.frames):,}",
            "episodes": f"{len(report.episodes):,}",
        }),
        ("Run", {
            "date": _format_date(summary.get("timestamp")),
            **{name: _format_seconds(value) for name, value in times.items()},
            "encoder": summary.get("encoder", ""),
            "frames placed as": summary.get("link_kind", ""),
        }),
        ("Machine", summary.get("machine") or {}),
        ("Versions", summary.get("versions") or {}),
    ]  # fmt: skip
    tables = "".join(_draw_table(title, values) for title, values in groups if values)
    result = report.result
    run = (result.input_dir, result.output_dir, settings)
    copy = summary.get("link_kind") == "copy"
    command, python = write_command(*run, copy=copy), write_script(*run, copy=copy)
    return Fragment(
        '<section class="ck" id="run"><h2>How it was made</h2>'
        f'<div class="ck-tables">{tables}</div>'
        "<h3>Run it again</h3>"
        "<p>The same command on the same folder gives the same result, and measures nothing "
        "twice.</p>"
        f"{_draw_code('On the command line', command)}{_draw_code('In Python', python)}"
        f'<p class="ck-foot">Made by clusterkit {show_text(clusterkit.__version__)}. '
        "This page is one file: it loads nothing and works without a network.</p></section>"
    )


def _draw_table(title: str, values: dict[str, object]) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{show_text(name)}</th><td>{show_name(value)}</td></tr>"
        for name, value in values.items()
        if value not in ("", None)
    )
    return f"<table><caption>{show_text(title)}</caption><tbody>{rows}</tbody></table>"


def _draw_code(title: str, text: str) -> str:
    lines = "\n".join(show_text(line) for line in text.split("\n"))
    return (
        f'<figure class="ck-code"><figcaption>{show_text(title)}'
        '<button type="button" class="ck-button" data-ck-copy>Copy</button></figcaption>'
        f'<pre tabindex="0">{lines}</pre></figure>'
    )


def _format_seconds(value: float) -> str:
    return f"{value:,.1f} s" if value < 100 else f"{value / 60:,.1f} min"
