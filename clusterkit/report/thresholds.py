"""What the numbers mean: quality with its cuts, and the curve of the minimum size."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterkit.report.charts import draw_curve, draw_histogram
from clusterkit.report.facts import Report
from clusterkit.report.markup import Fragment, format_count, format_share, show_text

TINY_CLUSTERS = 60
MUCH_NOISE = 0.3
SWALLOWED = 0.5
"""From which share of all frames the largest cluster looks like several in one."""


def show_quality(report: Report) -> Fragment:
    """One histogram a quality rule, with the threshold and what fails it."""
    quality, verdicts = report.result.quality, report.verdicts
    thresholds = report.result.settings.thresholds
    known = quality["width"].notna().to_numpy()
    side = quality[["width", "height"]].astype("float64").min(axis=1).to_numpy()
    rows = [
        ("size", "Shorter side, in pixels", "have fewer than", f"{thresholds.min_size:,}",
         draw_histogram(side, thresholds.min_size, title="Histogram of the shorter side",
                        cut_label=f"at least {thresholds.min_size:,}", logarithmic=True)),
        ("blur", "Blur score: low is blurred", "score no more than", f"{thresholds.min_blur:g}",
         draw_histogram(quality["blur_score"].to_numpy(float), thresholds.min_blur,
                        title="Histogram of the blur score",
                        cut_label=f"above {thresholds.min_blur:g}", logarithmic=True)),
        ("content", "Share of the image that is character", "cover no more than",
         f"{100 * thresholds.min_coverage:g} %",
         draw_histogram(100 * quality["alpha_coverage"].to_numpy(float),
                        100 * thresholds.min_coverage, title="Histogram of the coverage",
                        cut_label=f"above {100 * thresholds.min_coverage:g} %",
                        show=lambda value: f"{value:.0f} %")),
    ]  # fmt: skip
    figures = ""
    for rule, title, verb, number, chart in rows:
        failing = int((verdicts[rule].to_numpy() & known).sum())
        words = f"{format_count(failing, 'frame')} of {known.sum():,} {verb} {number}"
        figures += (
            f'<figure class="ck-figure"><figcaption><b>{show_text(title)}</b>'
            f"<span>{show_text(words)}</span></figcaption>{chart}</figure>"
        )
    if not known.any():
        figures = '<p class="ck-empty">No frame could be read, so there is nothing to measure.</p>'
    return Fragment(
        '<section class="ck" id="quality"><h2>Quality</h2>'
        "<p>Each frame is measured once; the line is the threshold of this run. Where it cuts "
        "through a hill, small changes move many frames.</p>"
        f'<div class="ck-figures">{figures}</div></section>'
    )


def show_curve(report: Report) -> Fragment:
    """Characters and noise against `min_cluster_size`, the value in use marked."""
    curve, options = report.curve, report.result.settings.clustering
    head = '<section class="ck" id="curve"><h2>If the minimum size were another</h2>'
    if curve.empty:
        return Fragment(
            f'{head}<p class="ck-empty">There are too few frames to try other sizes.</p></section>'
        )
    sizes = curve["min_cluster_size"].to_numpy()
    total = report.counts["clustered"] + report.counts["noise"]
    noise = curve["n_noise"].to_numpy() / max(total, 1)
    current = options.min_cluster_size
    n_here = _at(curve, current)["n_clusters"]
    clusters = draw_curve(
        sizes, curve["n_clusters"].to_numpy(float), current,
        title=f"Characters against min_cluster_size; {n_here} at {current}",
    )  # fmt: skip
    share = draw_curve(
        sizes, noise, current, most=1.0, show=lambda value: f"{100 * value:.0f} %",
        title=f"Noise against min_cluster_size; {noise[sizes == current][0]:.0%} at {current}",
    )  # fmt: skip
    hints = "".join(f"<li>{show_text(hint)}</li>" for hint in describe_curve(report))
    rows = "".join(
        f"<tr{' class=ck-current' if row.min_cluster_size == current else ''}>"
        f"<th scope='row'>{row.min_cluster_size:,}</th><td>{row.n_clusters:,}</td>"
        f"<td>{row.n_noise:,}</td><td>{row.n_largest:,}</td></tr>"
        for row in curve.itertuples()
    )
    return Fragment(
        f"{head}<p>A group smaller than <code>min_cluster_size</code> is noise. This is what other "
        f"values would have given on the same frames; the marked one is {current:,}.</p>"
        f'<ul class="ck-hints">{hints}</ul><div class="ck-figures ck-wide">'
        f'<figure class="ck-figure"><figcaption><b>Characters</b></figcaption>{clusters}</figure>'
        "<figure class='ck-figure'><figcaption><b>Noise, of the frames that passed</b></figcaption>"
        f"{share}</figure></div><details><summary>The same in numbers</summary>"
        "<div class='ck-scroll' tabindex='0'><table class='ck-numbers'><thead><tr>"
        "<th scope='col'>min_cluster_size</th><th scope='col'>characters</th>"
        "<th scope='col'>noise</th><th scope='col'>largest</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></details></section>"
    )


def describe_curve(report: Report) -> list[str]:
    """What the curve says about the value in use, in words; the first line is always there."""
    curve, current = report.curve, report.result.settings.clustering.min_cluster_size
    here = _at(curve, current)
    total = report.counts["clustered"] + report.counts["noise"]
    share = format_share(int(here["n_noise"]), total)
    hints = [
        f"At {current:,}: {format_count(int(here['n_clusters']), 'character')}, {share} noise."
    ]
    low, high = _find_plateau(curve, current)
    if low < high:
        hints.append(f"The number of characters is the same from {low:,} to {high:,}.")
    elif here["n_clusters"]:
        hints.append(
            "The next smaller and the next larger value tried give other numbers of characters."
        )
    if here["n_noise"] > MUCH_NOISE * total:
        best = curve.iloc[int(curve["n_noise"].argmin())]
        hints.append(
            f"Much is noise. The least, {format_share(int(best['n_noise']), total)}, is at "
            f"{int(best['min_cluster_size']):,}, with "
            f"{format_count(int(best['n_clusters']), 'character')}."
        )
    if here["n_clusters"] > TINY_CLUSTERS:
        hints.append("Many small characters: a larger value would join or drop some of them.")
    if here["n_clusters"] > 1 and here["n_largest"] > SWALLOWED * total:
        hints.append(
            f"One character holds {format_share(int(here['n_largest']), total)} of the frames: "
            "look whether it is several in one."
        )
    return hints


def _at(curve: pd.DataFrame, size: int) -> pd.Series:
    return curve[curve["min_cluster_size"] == size].iloc[0]


def _find_plateau(curve: pd.DataFrame, current: int) -> tuple[int, int]:
    """The tried sizes around the current one that give as many clusters."""
    sizes = curve["min_cluster_size"].to_numpy()
    clusters = curve["n_clusters"].to_numpy()
    place = int(np.flatnonzero(sizes == current)[0])
    first = last = place
    while first > 0 and clusters[first - 1] == clusters[place]:
        first -= 1
    while last + 1 < len(sizes) and clusters[last + 1] == clusters[place]:
        last += 1
    return int(sizes[first]), int(sizes[last])
