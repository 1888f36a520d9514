"""What is in no character: noise, what each rule rejected, and what could not be read."""

from __future__ import annotations

import numpy as np

from clusterkit.quality import RULES
from clusterkit.report.facts import NOISE_CODE, REJECTED_CODE, UNREADABLE_CODE, Report
from clusterkit.report.markup import (
    Fragment,
    draw_gallery_button,
    draw_stills,
    format_count,
    format_share,
    show_name,
    show_text,
)

SAMPLES = 12
LISTED_PROBLEMS = 20


def show_left_out(report: Report) -> Fragment:
    """Noise, rejected frames by rule, and unreadable files, each with samples."""
    parts = [
        _draw_noise(report),
        _draw_rejected(report),
        _draw_unreadable(report),
    ]
    body = "".join(parts)
    if not body:
        body = '<p class="ck-empty">Nothing: every frame is in a character.</p>'
    return Fragment(
        '<section class="ck" id="left-out"><h2>What was left out</h2>'
        "<p>These frames are in no character. They are all here, none is lost.</p>"
        f"{body}</section>"
    )


def _draw_noise(report: Report) -> str:
    rows = np.flatnonzero(report.codes == NOISE_CODE)
    if not len(rows):
        return ""
    passed = len(rows) + report.counts["clustered"]
    return _draw_group(
        report,
        f"Noise · {format_count(len(rows), 'frame')}",
        "Like no group of others: rare characters, crowds, odd poses. "
        f"{format_share(len(rows), passed)} of the frames that passed.",
        _spread(rows),
        "Noise",
        "noise",
        len(rows),
    )


def _draw_rejected(report: Report) -> str:
    rejected = report.codes == REJECTED_CODE
    if not rejected.any():
        return ""
    groups = []
    for rule in RULES:
        failing = np.flatnonzero(rejected & report.verdicts[rule].to_numpy())
        if not len(failing):
            continue
        nearest = failing[np.argsort(-_measure(report, rule)[failing], kind="stable")]
        groups.append(
            _draw_group(
                report,
                f"{_TITLES[rule]} · {format_count(len(failing), 'frame')}",
                f"{describe_rule(report, rule)} Shown are those that came nearest to passing.",
                nearest[:SAMPLES],
                _TITLES[rule],
                f"rejected-{rule}",
                len(failing),
            )
        )
    several = int((report.verdicts.loc[rejected, list(RULES)].sum(axis=1) > 1).sum())
    note = (
        f" {several:,} of them fail more than one rule, so the groups add up to more."
        if several
        else ""
    )
    total = int(rejected.sum())
    return (
        f"<div class='ck-group'><h3>Rejected · {format_count(total, 'frame')}</h3>"
        f"<p>They fail a quality rule.{note}</p></div><div class='ck-rules'>{''.join(groups)}</div>"
    )


_TITLES = {"size": "Too small", "blur": "Blurred", "content": "Nearly empty"}


def describe_rule(report: Report, rule: str) -> str:
    """What a rule asks, in one sentence with its number."""
    thresholds = report.result.settings.thresholds
    return {
        "size": f"The shorter side has under {thresholds.min_size:,} pixels.",
        "blur": f"The blur score is {thresholds.min_blur:g} or less.",
        "content": f"The character covers {100 * thresholds.min_coverage:g} % of the image, "
        "or less.",
    }[rule]


def _measure(report: Report, rule: str) -> np.ndarray:
    quality = report.result.quality
    columns = {
        "size": quality[["width", "height"]].astype("float64").min(axis=1),
        "blur": quality["blur_score"],
        "content": quality["alpha_coverage"],
    }
    return columns[rule].astype("float64").fillna(-1).to_numpy()


def _draw_unreadable(report: Report) -> str:
    rows = np.flatnonzero(report.codes == UNREADABLE_CODE)
    if not len(rows):
        return ""
    problems = report.result.quality["problem"].tolist()
    items = "".join(
        f"<li>{show_name(report.frames['path'].iloc[row])}: {show_text(problems[row])}</li>"
        for row in rows[:LISTED_PROBLEMS]
    )
    rest = len(rows) - LISTED_PROBLEMS
    more = f"<p>and {rest:,} more; quality_report.json has them all</p>" if rest > 0 else ""
    return (
        f"<div class='ck-group'><h3>Unreadable · {format_count(len(rows), 'file')}</h3>"
        f"<ul class='ck-problems'>{items}</ul>{more}</div>"
    )


def _draw_group(
    report: Report,
    title: str,
    words: str,
    rows: np.ndarray,
    label: str,
    gallery: str,
    total: int,
) -> str:
    button = draw_gallery_button(gallery, f"All {format_count(total, 'frame')}")
    return (
        f"<div class='ck-group'><h3>{show_text(title)}</h3><p>{show_text(words)}</p>"
        f"{draw_stills(report, rows.tolist(), label)}{button}</div>"
    )


def _spread(rows: np.ndarray) -> np.ndarray:
    """Samples from the whole of the film, not its first minute."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, SAMPLES).round().astype(int))]
