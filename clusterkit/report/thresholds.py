"""What the numbers mean: quality with its cuts, and the curve of the minimum size."""

from __future__ import annotations

import pandas as pd

from clusterkit.hints import describe_clusters, describe_curve
from clusterkit.report.charts import draw_curve, draw_histogram
from clusterkit.report.facts import Report
from clusterkit.report.markup import Fragment, format_count, format_share, show_text


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
    hints = "".join(f"<li>{show_text(hint)}</li>" for hint in describe_choice(report))
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


def describe_choice(report: Report) -> list[str]:
    """Say what the value in use gives, and what stands out about it; sentences."""
    current = report.result.settings.clustering.min_cluster_size
    sizes = [len(character.members) for character in report.characters]
    n_noise = report.counts["noise"]
    share = format_share(n_noise, n_noise + report.counts["clustered"])
    found = f"At {current:,}: {format_count(len(sizes), 'character')}, {share} noise"
    hints = [*describe_clusters(sizes, n_noise, current), *describe_curve(report.curve, current)]
    return [f"{hint[:1].upper()}{hint[1:]}." for hint in (found, *hints)]


def _at(curve: pd.DataFrame, size: int) -> pd.Series:
    return curve[curve["min_cluster_size"] == size].iloc[0]
