"""Small charts and galleries as HTML: state in, text out. They need no script and no kernel.

Lines and letters take the colour of the text around them, so they fit a light and a dark page, and
paper. Whatever comes from a file's name is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE, REJECTED, UNREADABLE, Clustering
from clusterkit.colouring import REJECTED_COLOUR
from clusterkit.figures import LegendEntry
from clusterkit.histograms import Metric
from clusterkit.palette import NOISE_COLOUR

ACCENT = "#2071ff"
WARM = "#e07b00"
UNREADABLE_COLOUR = "#5b5b5b"

MOST_ENTRIES = 30
"""Entries of a legend: the colours repeat after sixty, and nobody reads so many."""

STATUS_WORDS = {
    CLUSTERED: ("in characters", ACCENT),
    NOISE: ("noise", NOISE_COLOUR),
    REJECTED: ("rejected", REJECTED_COLOUR),
    UNREADABLE: ("unreadable", UNREADABLE_COLOUR),
}


def draw_histogram(metric: Metric, *, width: int = 280, height: int = 44) -> str:
    """Bars of one metric, what its rule rejects in grey, the cut drawn in. An SVG."""
    counts = metric.counts
    tallest = max(1, int(counts.max(initial=0)))
    bar = width / len(counts)
    cut = min(1.0, metric.cut / metric.upper) * width if metric.upper else 0.0
    bars = []
    for index, count in enumerate(counts):
        if not count:
            continue
        # Square roots: the few bad frames must be seen beside the many good ones.
        tall = max(1.5, (height - 4) * (count / tallest) ** 0.5)
        rejected = (index + 0.5) * bar < cut
        colour = "currentColor" if rejected else ACCENT
        bars.append(
            f'<rect x="{index * bar + 0.5:.1f}" y="{height - tall:.1f}" width="{bar - 1:.1f}" '
            f'height="{tall:.1f}" fill="{colour}" opacity="{0.35 if rejected else 0.85}"/>'
        )
    words = f"{metric.name}: {metric.n_below:,} frames rejected below {metric.cut:g}"
    return (
        f'<svg class="ck-histogram" viewBox="0 0 {width} {height}" preserveAspectRatio="none" '
        f'role="img" aria-label="{words}">{"".join(bars)}'
        f'<line x1="{cut:.1f}" x2="{cut:.1f}" y1="0" y2="{height}" stroke="{WARM}" '
        f'stroke-width="2" vector-effect="non-scaling-stroke"/></svg>'
    )


def draw_curve(
    curve: pd.DataFrame, min_cluster_size: int, *, width: int = 300, height: int = 150
) -> str:
    """Clusters and noise against min_cluster_size, the current value marked. An SVG.

    Both lines share the width, a logarithmic axis over the whole range; each has its own height:
    clusters by their number, noise as a share of all that took part.
    """
    if curve.empty or not curve[["n_clusters", "n_noise"]].to_numpy().any():
        return '<p class="ck-empty">No frame takes part, so there is nothing to cut.</p>'
    left, right, top, bottom = 26, 34, 10, 26
    sizes = curve["min_cluster_size"].to_numpy(float)
    clusters = curve["n_clusters"].to_numpy(float)
    total = max(1.0, float(curve["n_noise"].max()))
    noise = curve["n_noise"].to_numpy(float) / total
    low, high = np.log(sizes[0]), max(np.log(sizes[-1]), np.log(sizes[0]) + 1e-9)

    def place_x(size: float) -> float:
        share = (np.log(max(size, sizes[0])) - low) / (high - low)
        return left + min(1.0, float(share)) * (width - left - right)

    def place_y(share: float) -> float:
        return height - bottom - share * (height - top - bottom)

    most = max(1.0, float(clusters.max()))
    xs = [place_x(size) for size in sizes]
    cluster_path = _join_steps(xs, [place_y(count / most) for count in clusters])
    noise_path = _join_steps(xs, [place_y(share) for share in noise])
    at = int(np.abs(sizes - min_cluster_size).argmin())
    now = place_x(min_cluster_size)
    marks = [mark for mark in (2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
             if sizes[0] <= mark <= sizes[-1]]  # fmt: skip
    ticks = "".join(
        f'<text x="{place_x(mark):.1f}" y="{height - 12}" text-anchor="middle">{mark}</text>'
        for mark in marks
    )
    base = height - bottom
    words = (
        f"clusters and noise against min cluster size; at {min_cluster_size}: "
        f"{int(clusters[at]):,} clusters, {int(curve['n_noise'].iloc[at]):,} frames noise"
    )
    return (
        f'<svg class="ck-curve" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">'
        f'<line x1="{left}" x2="{width - right}" y1="{base}" y2="{base}" class="ck-axis"/>'
        f'<path d="{noise_path}" fill="none" stroke="{NOISE_COLOUR}" stroke-width="1.6" '
        f'stroke-dasharray="4 2.5"/>'
        f'<path d="{cluster_path}" fill="none" stroke="{ACCENT}" stroke-width="2"/>'
        f'<line x1="{now:.1f}" x2="{now:.1f}" y1="{top - 6}" y2="{base}" stroke="{WARM}" '
        f'stroke-width="1.6"/>'
        f'<circle cx="{now:.1f}" cy="{place_y(clusters[at] / most):.1f}" r="3.5" fill="{ACCENT}"/>'
        f'<circle cx="{now:.1f}" cy="{place_y(noise[at]):.1f}" r="3" fill="{NOISE_COLOUR}"/>'
        f'<text x="{left - 4}" y="{top + 4}" text-anchor="end" fill="{ACCENT}">{int(most)}</text>'
        f'<text x="{left - 4}" y="{base}" text-anchor="end" fill="{ACCENT}">0</text>'
        f'<text x="{width - right + 4}" y="{top + 4}" class="ck-grey">{int(total):,}</text>'
        f'<text x="{width - right + 4}" y="{base}" class="ck-grey">0</text>'
        f"{ticks}"
        f'<text x="{left}" y="{height - 1}" fill="{ACCENT}">— clusters</text>'
        f'<text x="{width - right}" y="{height - 1}" text-anchor="end" class="ck-grey">'
        f"- - noise frames</text></svg>"
    )


def draw_refinement(found: Clustering, min_cluster_size: int) -> str:
    """What splits, joins and joined noise make of the cut that the curve marks; or nothing.

    Parameters
    ----------
    found : Clustering
        As cut and refined.
    min_cluster_size : int
    """
    if not (found.splits or found.joins or found.n_joined):
        return ""
    n_noise = int((found.labels[found.selected] < 0).sum())
    plural = "character" if found.n_clusters == 1 else "characters"
    return (
        f'<p class="ck-note">The curve is of the hierarchy alone: refined, {min_cluster_size:,} '
        f"gives {found.n_clusters:,} {plural} and {n_noise:,} noise.</p>"
    )


def draw_counts(counts: dict[str, int], n_clusters: int, is_settled: bool = True) -> str:
    """How many frames are where: numbers in words, and one bar of all of them."""
    total = max(1, sum(counts.values()))
    parts = "".join(
        f'<span style="width:{100 * counts[status] / total:.2f}%;background:{colour}"></span>'
        for status, (_, colour) in STATUS_WORDS.items()
        if counts[status]
    )
    words = "".join(
        f'<span class="ck-count"><i style="background:{colour}"></i><b>{counts[status]:,}</b> '
        f"{word}</span>"
        for status, (word, colour) in STATUS_WORDS.items()
        if counts[status] or status in (CLUSTERED, NOISE)
    )
    tail = f"{sum(counts.values()):,} frames" if is_settled else "finding the clusters …"
    plural = "character" if n_clusters == 1 else "characters"
    return (
        f'<div class="ck-counts"><span class="ck-headline"><b>{n_clusters}</b> {plural}</span>'
        f'{words}<span class="ck-total">{tail}</span></div>'
        f'<div class="ck-bar">{parts}</div>'
    )


def draw_legend(entries: Sequence[LegendEntry]) -> str:
    """Colours and what they mean, in one flowing line; nothing where there is none."""
    words = "".join(
        f'<span class="ck-count"><i style="background:{entry.colour}"></i>{escape(entry.name)}'
        f" <small>{entry.count:,}</small></span>"
        for entry in entries[:MOST_ENTRIES]
    )
    rest = len(entries) - MOST_ENTRIES
    more = f'<span class="ck-count">… and {rest} more</span>' if rest > 0 else ""
    return f'<div class="ck-legend">{words}{more}</div>' if entries else ""


def draw_notices(notices: Sequence[str], hints: Sequence[str]) -> str:
    """Notices and hints as a list; nothing where there is none."""
    lines = [f'<li class="ck-notice">{_begin(line)}</li>' for line in notices]
    lines += [f"<li>{_begin(line)}</li>" for line in hints]
    return f'<ul class="ck-hints" role="status">{"".join(lines)}</ul>' if lines else ""


def draw_tiles(
    thumbnails: Sequence[bytes | None],
    captions: Sequence[str],
    titles: Sequence[str],
    *,
    empty: str = "Nothing here.",
    small: bool = False,
) -> str:
    """Pictures side by side, each with a caption and, on hover, its whole name."""
    if not len(thumbnails):
        return f'<p class="ck-empty">{escape(empty)}</p>'
    tiles = "".join(
        _draw_tile(thumbnail, caption, title)
        for thumbnail, caption, title in zip(thumbnails, captions, titles, strict=True)
    )
    return f'<div class="ck-tiles{" ck-small" if small else ""}">{tiles}</div>'


def encode_picture(thumbnail: bytes | None) -> str:
    """Make the data address of a WebP; empty where there is no picture."""
    if thumbnail is None:
        return ""
    return f"data:image/webp;base64,{base64.b64encode(thumbnail).decode()}"


def _draw_tile(thumbnail: bytes | None, caption: str, title: str) -> str:
    title, caption = escape(title, quote=True), escape(caption)
    picture = (
        f'<img src="{encode_picture(thumbnail)}" alt="{title}" loading="lazy">'
        if thumbnail
        else "<span class='ck-missing'>no picture</span>"
    )
    words = f"<figcaption>{caption}</figcaption>" if caption else ""
    return f'<figure title="{title}"><span class="ck-picture">{picture}</span>{words}</figure>'


def _join_steps(xs: Sequence[float], ys: Sequence[float]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))


def _begin(line: str) -> str:
    """Make a sentence of a line, as text."""
    return escape(line[:1].upper() + line[1:] + ("" if line.endswith((".", "…")) else "."))
