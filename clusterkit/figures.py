"""The picture one hovers: every frame a point, its face beside the mouse. State in, figure out.

The figure works in three places without a change: in a notebook, where pictures are sent when they
are asked for; in a page on disk, where all of them come along; and as a plain Bokeh figure. All
colours of lines and letters are mid greys on no background, so it fits a light and a dark page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    CustomJS,
    CustomJSFilter,
    DataRange1d,
    FixedTicker,
    HoverTool,
    LassoSelectTool,
    LinearColorMapper,
    PanTool,
    ResetTool,
    WheelZoomTool,
)
from bokeh.plotting import figure as make_figure

INK = "#808080"
"""Lines and letters: 3.9 to 1 on white, 4.4 to 1 on the dark theme's grey."""

HIDDEN, REJECTED, NOISE, MEMBER = range(4)
"""What a point is, from the bottom of the picture to its top; a hidden one is not drawn."""

MOST_COLOURS = 256
"""Entries of the palette: clusters beyond share the colours again."""

POINTS, UPDATE, WANTED, ARRIVED, LEGEND, TEXTS, CENTRES = (
    f"clusterkit-{name}"
    for name in ("points", "update", "wanted", "arrived", "legend", "texts", "centres")
)
"""Names of the data sources of a scatter, for `figure.select_one` and for scripts in a page."""

MOST_WITHOUT_WEBGL = 20_000
"""Points up to which no WebGL is used: where the browser has no graphics card (a remote desktop, a
plain server) a picture of it takes .15 s for 3,000 points and .75 s for 17,000; the plain canvas
takes .03 and .12 s everywhere."""

SMALLEST_POINT, LARGEST_POINT = 4.0, 10.0
AREA_OF_ALL_POINTS = 120_000.0
"""Square pixels that all points together take, so that few are easy to hit and many do not blot."""


@dataclass(frozen=True)
class LegendEntry:
    """One colour of a scatter and what it means.

    Attributes
    ----------
    name : str
        Shown as text, whatever it contains.
    colour : str
        As #rrggbb.
    count : int
        Frames of that colour.
    label : int
        The cluster, or −1 where the colour is no cluster.
    """

    name: str
    colour: str
    count: int
    label: int = -1


@dataclass(frozen=True)
class Scatter:
    """Everything a scatter shows; all arrays have one entry a frame.

    Attributes
    ----------
    points : ndarray, shape (n, 2), float32
        NaN where a frame has no place.
    axis_labels : tuple of str
    kinds : ndarray, shape (n,), uint8
        HIDDEN, REJECTED, NOISE or MEMBER: who is drawn over whom, and noise as a cross.
    codes : ndarray, shape (n,), uint8
        Which entry of `palette`.
    palette : tuple of str
    labels : ndarray, shape (n,), int32
        Cluster, −1 for none.
    probabilities : ndarray, shape (n,), float32
    cluster_names : tuple of str
        Names of the clusters, by label.
    texts : dict of str to list of str
        Columns name, episode, time and note: what the hover says beside cluster and probability.
    legend : tuple of LegendEntry
    """

    points: np.ndarray
    axis_labels: tuple[str, str]
    kinds: np.ndarray
    codes: np.ndarray
    palette: tuple[str, ...]
    labels: np.ndarray
    probabilities: np.ndarray
    cluster_names: tuple[str, ...]
    texts: dict[str, list[str]]
    legend: tuple[LegendEntry, ...] = ()


def draw_scatter(
    scatter: Scatter,
    *,
    pictures: Sequence[str | None] | None = None,
    ask_for_pictures: bool = False,
    height: int = 480,
) -> Any:
    """Draw every frame as a point, with one tooltip: picture, name, episode, time, cluster.

    Parameters
    ----------
    scatter : Scatter
    pictures : sequence of str or None, optional
        For each frame the address of its picture (a data address), to come along with the figure.
    ask_for_pictures : bool
        Instead, ask for each picture when its point is hovered: the page sets the data of the
        source named WANTED to {"row": [i]} and expects row and uri in the source named ARRIVED.
    height : int
        In pixels; the width is that of the place.

    Returns
    -------
    bokeh.plotting.figure
        Of very many points drawn with WebGL. New data for the same frames goes into the source
        named UPDATE, as `pack_update` packs it.
    """
    points = ColumnDataSource(name=POINTS, data={**_place(scatter), **_describe(scatter)})
    texts = ColumnDataSource(name=TEXTS, data=dict(scatter.texts))
    legend = ColumnDataSource(name=LEGEND, data={"name": list(scatter.cluster_names)})
    centres = ColumnDataSource(name=CENTRES, data=find_centres(scatter))
    ring = ColumnDataSource(data={"x": [], "y": []})
    corners = ColumnDataSource(data=_find_corners(scatter))

    # Bokeh's own types cannot say that a dictionary is a column with a transform.
    plot: Any = make_figure(
        height=height,
        sizing_mode="stretch_width",
        output_backend="webgl" if len(scatter.points) > MOST_WITHOUT_WEBGL else "canvas",
        x_axis_label=scatter.axis_labels[0],
        y_axis_label=scatter.axis_labels[1],
        x_range=DataRange1d(range_padding=0.04),
        # Room for the number above the topmost cluster.
        y_range=DataRange1d(range_padding=0.08),
        tools=[],
        min_border=4,
    )
    _calm(plot)
    size = measure_point(int((scatter.kinds != HIDDEN).sum()))
    mapper = LinearColorMapper(palette=list(pad_palette(scatter.palette)), low=0, high=MOST_COLOURS)
    colour = {"field": "code", "transform": mapper}
    # The axes reach from one corner to the other, drawn with nothing, and stay as they are when a
    # slider hides a point. Circles are left out: Bokeh takes their pixels for units of the axes.
    frame = plot.scatter("x", "y", source=corners, size=1, fill_alpha=0, line_alpha=0)
    plot.x_range.renderers = plot.y_range.renderers = [frame]

    def draw_layer(kind: int, draw: Any, **look: Any) -> Any:
        view = CDSView(filter=CustomJSFilter(code=_FILTER.replace("KIND", str(kind))))
        return draw(
            "x", "y", source=points, view=view, fill_color=colour,
            nonselection_fill_alpha=0.06, nonselection_line_alpha=0.06, **look,
        )  # fmt: skip

    # Circles of their own kind: a marker of that shape moves the canvas to each point and back,
    # which takes as long as drawing it.
    disc = {"draw": plot.circle, "radius_units": "screen", "line_color": None}
    layers = [
        draw_layer(REJECTED, radius=size * 0.375, alpha=0.35, **disc),
        draw_layer(
            NOISE, plot.scatter, marker="x", size=size, alpha=0.6,
            line_width=1.2, line_color=colour,
        ),
        draw_layer(MEMBER, radius=size / 2, alpha=0.85, **disc),
    ]  # fmt: skip
    plot.text(
        "x", "y", text="text", source=centres, y_offset=-11,
        text_align="center", text_baseline="middle",
        text_font_size="11px", text_font_style="bold", text_color="#1a1a1a", padding=3,
        background_fill_color="#ffffff", background_fill_alpha=0.82, border_radius=7,
    )  # fmt: skip
    plot.scatter(
        "x", "y", source=ring, size=size + 7, fill_color=None, line_color=INK, line_width=2
    )

    wanted = ColumnDataSource(name=WANTED, data={"row": []})
    # What Python sends is not sent back, which the notebook's side of Bokeh does otherwise.
    arrived = ColumnDataSource(name=ARRIVED, data={"row": [], "uri": []}, syncable=False)
    if pictures is not None:
        arrived.data = {"row": list(range(len(pictures))), "uri": [uri or "" for uri in pictures]}
    hover = HoverTool(
        renderers=layers,
        tooltips=None,
        callback=CustomJS(
            args={"points": points, "texts": texts, "legend": legend, "ring": ring,
                  "layers": layers, "wanted": wanted, "arrived": arrived,
                  "ask": ask_for_pictures},
            code=read_script("hover.js"),
        ),
    )  # fmt: skip
    arrived.js_on_change("data", CustomJS(code="cb_obj.__arrived?.()"))
    update = ColumnDataSource(name=UPDATE, data={}, syncable=False)
    update.js_on_change(
        "data",
        CustomJS(
            args={"points": points, "corners": corners, "legend": legend, "centres": centres,
                  "mapper": mapper,
                  "x_axis": plot.xaxis[0], "y_axis": plot.yaxis[0], "plot": plot},
            code=read_script("update.js"),
        ),
    )  # fmt: skip
    # Sources that no glyph draws must hang on something, to be part of the document.
    plot.tags = [update, wanted, arrived, legend, texts]
    lasso = LassoSelectTool(renderers=layers, continuous=False)
    wheel = WheelZoomTool(zoom_on_axis=False)
    pan = PanTool()
    plot.add_tools(
        pan, wheel, lasso, BoxSelectTool(renderers=layers, continuous=False), ResetTool(), hover
    )
    plot.toolbar.active_drag = lasso if ask_for_pictures else pan
    # A page that is scrolled past the picture must not zoom it.
    plot.toolbar.active_scroll = wheel if ask_for_pictures else None
    plot.toolbar.logo = None
    plot.toolbar.autohide = False
    return plot


def pack_update(scatter: Scatter, *, moved: bool) -> dict[str, Any]:
    """Pack what the source named UPDATE takes: all that changed, without the names of the frames.

    Parameters
    ----------
    scatter : Scatter
    moved : bool
        Whether the positions changed too.
    """
    columns = {**(_place(scatter) if moved else {}), **_describe(scatter)}
    centres = find_centres(scatter)
    packed: dict[str, Any] = {
        # In one piece: to a notebook every array would be two messages more. The wide ones come
        # first, so that each begins where its type may.
        "columns": sorted(columns, key=lambda name: -columns[name].itemsize),
        "cluster_names": list(scatter.cluster_names),
        "palette": list(pad_palette(scatter.palette)),
        "centre_x": centres["x"],
        "centre_y": centres["y"],
        "centre_text": centres["text"],
    }
    pieces = [columns[name].view(np.uint8) for name in packed["columns"]]
    packed["bytes"] = np.concatenate(pieces)
    if moved:
        packed["axis_labels"] = list(scatter.axis_labels)
    # Columns of a source must be equally long: each is one entry, which holds all.
    return {name: [value] for name, value in packed.items()}


def find_centres(scatter: Scatter, most: int = 60) -> dict[str, list]:
    """Where to write the number of each cluster: at the median of its points."""
    drawn = (scatter.kinds == MEMBER) & (scatter.labels >= 0) & np.isfinite(scatter.points[:, 0])
    labels, points = scatter.labels[drawn], scatter.points[drawn]
    if not len(labels):
        return {"x": [], "y": [], "text": []}
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    groups = np.split(points[order], starts[1:])
    medians = np.array([np.median(group, axis=0) for group in groups[:most]])
    return {
        "x": [float(x) for x in medians[:, 0]],
        "y": [float(y) for y in medians[:, 1]],
        "text": [str(name) for name in names[:most]],
    }


def measure_point(count: int) -> float:
    """Diameter of a point in pixels, for so many points."""
    return float(
        np.clip((AREA_OF_ALL_POINTS / max(1, count)) ** 0.5, SMALLEST_POINT, LARGEST_POINT)
    )


def pad_palette(palette: Sequence[str]) -> tuple[str, ...]:
    """As many colours as codes there are, so that one code is one colour whatever the palette."""
    return (*palette, *([INK] * (MOST_COLOURS - len(palette))))[:MOST_COLOURS]


def read_script(name: str) -> str:
    """Read a script that comes with the package."""
    return (files("clusterkit") / "static" / name).read_text(encoding="utf-8")


_FILTER = "const kinds = source.data.kind; return Array.from(kinds, (kind) => kind === KIND)"


def _place(scatter: Scatter) -> dict[str, np.ndarray]:
    points = scatter.points.astype(np.float32)
    return {"x": points[:, 0].copy(), "y": points[:, 1].copy()}


def _find_corners(scatter: Scatter) -> dict[str, np.ndarray]:
    """Where the lowest and the highest of all coordinates meet, hidden frames included."""
    placed = scatter.points[np.isfinite(scatter.points).all(axis=1)]
    corners = np.array([placed.min(axis=0), placed.max(axis=0)]) if len(placed) else placed
    return {"x": corners[:, 0], "y": corners[:, 1]}


def _describe(scatter: Scatter) -> dict[str, np.ndarray]:
    return {
        "code": scatter.codes.astype(np.uint8),
        "kind": scatter.kinds.astype(np.uint8),
        "label": scatter.labels.astype(np.int32),
        "probability": scatter.probabilities.astype(np.float32),
    }


def _calm(plot: Any) -> None:
    """No ticks (a projection has no units), no box, no background: the points are the picture."""
    plot.grid.visible = False
    plot.background_fill_alpha = 0
    plot.border_fill_alpha = 0
    plot.outline_line_color = None
    for axis in plot.axis:
        axis.ticker = FixedTicker(ticks=[])
        axis.axis_line_color = INK
        axis.axis_line_alpha = 0.4
        axis.axis_label_text_color = INK
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "11px"
        axis.axis_label_standoff = 2
