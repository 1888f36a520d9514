"""Small charts as SVG: arrays in, markup out. They take the colours of the page they stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clusterkit.report.markup import show_text

WIDTH, HEIGHT = 320, 168
LEFT, RIGHT, TOP, BOTTOM = 40, 18, 22, 30
N_BINS = 40


def draw_histogram(
    values: np.ndarray,
    cut: float,
    *,
    title: str,
    cut_label: str,
    logarithmic: bool = False,
    show: Callable[[float], str] = lambda value: f"{value:,.0f}",
) -> str:
    """A histogram with the cut drawn in; what lies on its wrong side is shaded otherwise.

    Parameters
    ----------
    values : ndarray, shape (n,), float
        NaN is left out.
    cut : float
        The threshold.
    title, cut_label : str
        The title is what a screen reader reads.
    logarithmic : bool
        Equal steps of the axis are equal factors.
    show : callable
        Writes a value of the axis.
    """
    values = values[np.isfinite(values)]
    scale: Callable[[np.ndarray], np.ndarray] = (
        (lambda x: np.log10(np.maximum(x, 1))) if logarithmic else (lambda x: np.asarray(x, float))
    )
    inside = [*scale(values), float(scale(np.array(cut)))]
    low, high = min(inside), max(inside)
    if high <= low:
        low, high = low - 1, high + 1
    counts, edges = np.histogram(scale(values), bins=N_BINS, range=(low, high))
    tallest = max(int(counts.max(initial=0)), 1)
    plot_width, plot_height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    limit = float(scale(np.array(cut)))
    bars = []
    for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True):
        if not count:
            continue
        height = max(1.5, plot_height * count / tallest)
        x = LEFT + plot_width * (left - low) / (high - low)
        kind = "ck-bar-out" if (left + right) / 2 < limit else "ck-bar"
        bars.append(
            f'<rect class="{kind}" x="{x:.1f}" y="{TOP + plot_height - height:.1f}" '
            f'width="{max(1.0, plot_width / N_BINS - 1):.1f}" height="{height:.1f}"/>'
        )
    at = LEFT + plot_width * (limit - low) / (high - low)
    foot = TOP + plot_height
    side = "end" if at > WIDTH * 0.6 else "start"
    offset = -5 if side == "end" else 5
    ticks = _pick_log_ticks(low, high) if logarithmic else _pick_ticks(low, high)
    marks = "".join(
        f'<text class="ck-tick" x="{LEFT + plot_width * (tick - low) / (high - low):.1f}" '
        f'y="{HEIGHT - 12}" text-anchor="middle">{words}</text>'
        for tick in ticks
        for words in [show_text(show(10**tick if logarithmic else tick))]
    )
    return _wrap(
        title,
        f'<line class="ck-axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{TOP + plot_height}" '
        f'y2="{TOP + plot_height}"/>{"".join(bars)}'
        f'<line class="ck-cut" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP - 6}" y2="{foot}"/>'
        f'<text class="ck-cut-label" x="{at + offset:.1f}" y="{TOP - 1}" text-anchor="{side}">'
        f"{show_text(cut_label)}</text>"
        f'<text class="ck-tick" x="{LEFT - 5}" y="{TOP + 4}" text-anchor="end">{tallest:,}</text>'
        f'<text class="ck-tick" x="{LEFT - 5}" y="{TOP + plot_height}" text-anchor="end">0</text>'
        f"{marks}",
    )


def draw_curve(
    sizes: np.ndarray,
    values: np.ndarray,
    current: int,
    *,
    title: str,
    show: Callable[[float], str] = lambda value: f"{value:,.0f}",
    most: float | None = None,
) -> str:
    """A line over `min_cluster_size`, on a logarithmic axis, with the value in use marked.

    Parameters
    ----------
    sizes : ndarray, shape (n,), int
        Increasing.
    values : ndarray, shape (n,), float
    current : int
        One of the sizes.
    title : str
    show : callable
        Writes a value of the upright axis.
    most : float, optional
        End of the upright axis; the largest value by default.
    """
    wide, tall = 520, 200
    plot_width, plot_height = wide - LEFT - RIGHT, tall - TOP - BOTTOM
    top = max(float(most if most is not None else values.max(initial=1)), 1e-9)
    low, high = np.log10(sizes[0]), max(np.log10(sizes[-1]), np.log10(sizes[0]) + 0.1)

    def place(size: float, value: float) -> tuple[float, float]:
        x = LEFT + plot_width * (np.log10(size) - low) / (high - low)
        return x, TOP + plot_height * (1 - value / top)

    points = [place(size, value) for size, value in zip(sizes, values, strict=True)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    here = float(values[np.flatnonzero(sizes == current)[0]])
    x, y = place(current, here)
    side = "end" if x > wide * 0.7 else "start"
    dots = "".join(
        f'<circle class="ck-dot" cx="{px:.1f}" cy="{py:.1f}" r="7"><title>'
        f"{size:,}: {show_text(show(value))}</title></circle>"
        for (px, py), size, value in zip(points, sizes, values, strict=True)
    )
    marks = "".join(
        f'<text class="ck-tick" x="{place(10**tick, 0)[0]:.1f}" y="{tall - 12}" '
        f'text-anchor="middle">{10**tick:,.0f}</text>'
        for tick in _pick_log_ticks(low, high)
    )
    return _wrap(
        title,
        f'<line class="ck-axis" x1="{LEFT}" x2="{wide - RIGHT}" y1="{TOP + plot_height}" '
        f'y2="{TOP + plot_height}"/>'
        f'<line class="ck-cut" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 6}" y2="{TOP + plot_height}"/>'
        f'<polyline class="ck-line" points="{path}"/>'
        f'<circle class="ck-here" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
        f'<text class="ck-cut-label" x="{x + (-8 if side == "end" else 8):.1f}" '
        f'y="{TOP - 1}" text-anchor="{side}">'
        f"at {current:,}: {show_text(show(here))}</text>{dots}"
        f'<text class="ck-tick" x="{LEFT - 5}" y="{TOP + 4}" text-anchor="end">'
        f"{show_text(show(top))}</text>"
        f'<text class="ck-tick" x="{LEFT - 5}" y="{TOP + plot_height}" text-anchor="end">'
        f"{show_text(show(0))}</text>{marks}",
        wide,
        tall,
    )


def draw_timeline(
    counts: Sequence[int], names: Sequence[str], starts: Sequence[int], colour: str, title: str
) -> str:
    """Bars side by side, one a stretch of time; a fine line where an episode begins.

    Parameters
    ----------
    counts : sequence of int
    names : sequence of str
        What each bar is, for the pointer.
    starts : sequence of int
        Bars before which a line is drawn.
    colour, title : str
    """
    wide, tall = 480, 34
    step = wide / max(1, len(counts))
    gap = min(1.5, 0.25 * step)
    most = max([*counts, 1])
    bars = "".join(
        f'<rect x="{place * step + gap / 2:.1f}" y="{tall - max(3.0, tall * count / most):.1f}" '
        f'width="{step - gap:.1f}" height="{max(3.0, tall * count / most):.1f}" '
        f'fill="{colour}"><title>{show_text(name)}: {count:,}</title></rect>'
        for place, (count, name) in enumerate(zip(counts, names, strict=True))
        if count
    )
    lines = "".join(
        f'<line class="ck-axis" x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{tall}"/>'
        for x in (start * step for start in starts)
    )
    base = f'<line class="ck-axis" x1="0" x2="{wide}" y1="{tall + 0.5}" y2="{tall + 0.5}"/>'
    inner = lines + bars + base
    return _wrap(title, inner, wide, tall + 1, css="ck-timeline", stretch=True)


def _wrap(
    title: str,
    inner: str,
    width: int = WIDTH,
    height: int = HEIGHT,
    css: str = "ck-chart",
    stretch: bool = False,
) -> str:
    ratio = ' preserveAspectRatio="none"' if stretch else ""
    return (
        f'<svg class="{css}" viewBox="0 0 {width} {height}"{ratio} role="img" '
        f'aria-label="{show_text(title)}">{inner}</svg>'
    )


def _pick_ticks(low: float, high: float) -> list[float]:
    """Round values at equal steps, four or five of them."""
    raw = (high - low) / 4
    power = 10.0 ** np.floor(np.log10(raw))
    step = min((s * power for s in (1, 2, 5, 10)), key=lambda s: abs(s - raw))
    return list(np.arange(np.ceil(low / step) * step, high + step * 1e-6, step))


def _pick_log_ticks(low: float, high: float) -> list[float]:
    """Round values, 1 2 5 10 …, in log10; never more than seven."""
    every = [
        power + np.log10(step)
        for power in range(int(np.floor(low)), int(np.ceil(high)) + 1)
        for step in (1, 2, 5)
    ]
    for chosen in (every, every[::3]):
        ticks = [tick for tick in chosen if low - 1e-9 <= tick <= high + 1e-9]
        if len(ticks) <= 7:
            return ticks
    return ticks[:: len(ticks) // 7 + 1]
