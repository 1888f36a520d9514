"""The tuner: drag a slider and watch characters form and dissolve.

Every callback does one thing: it tells the explorer what changed and renders the state it gets
back. The widgets hold no other state. Rendering writes the state's values into the sliders; a
slider that has the value already sends nothing, so there is no cycle to break.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from html import escape
from typing import Any

import ipywidgets as widgets

from clusterkit.background import Background
from clusterkit.charts import (
    draw_counts,
    draw_curve,
    draw_legend,
    draw_notices,
    draw_refinement,
    encode_picture,
)
from clusterkit.clustering import NOISE, REJECTED, UNREADABLE
from clusterkit.controls import ClusterControl, MetricControl, make_view_controls
from clusterkit.errors import ClusterkitError
from clusterkit.explorer import Explorer, ExplorerState
from clusterkit.figures import (
    ARRIVED,
    HIDDEN,
    POINTS,
    UPDATE,
    WANTED,
    draw_scatter,
    pack_update,
    read_script,
)
from clusterkit.galleries import Gallery
from clusterkit.material import Material
from clusterkit.overview import lay_out_frames
from clusterkit.palette import CLUSTER_COLOURS
from clusterkit.progress import has_frontend
from clusterkit.results import Result
from clusterkit.still import draw_still
from clusterkit.views.column import list_views

PAUSE_SECONDS = 0.15
"""How long sliders must rest before pictures are sent: while they move, words and points are."""

OTHER_ENTRIES = {
    NOISE: "No frame is noise.",
    REJECTED: "No frame is rejected: every one passes the quality rules.",
    UNREADABLE: "Every file could be read.",
}


class Tuner:
    """Explore and save a clustering in a notebook, or in Voila.

    Parameters
    ----------
    source : Result, Material or Explorer

    Examples
    --------
    >>> clusterkit.Tuner(clusterkit.load_result("out"))                # doctest: +SKIP
    """

    def __init__(self, source: Result | Material | Explorer) -> None:
        self.explorer = source if isinstance(source, Explorer) else Explorer(source)
        self._shown: ExplorerState | None = None
        self._chosen: Any = None
        self._background, self._side_job = Background(), Background()
        self._pause: asyncio.TimerHandle | None = None
        self._is_built = False

    @property
    def state(self) -> ExplorerState:
        """What is on the screen."""
        return self.explorer.state

    @property
    def widget(self) -> widgets.Widget:
        """The whole view, as one widget."""
        if not self._is_built:
            self._build()
        return self._root

    def _ipython_display_(self) -> None:
        from IPython.display import HTML, display

        if not has_frontend():
            display(HTML(draw_still(self.explorer)))
            return
        load_bokeh()
        display(self.widget)
        explorer, arrangement = self.explorer, self.state.arrangement
        self._side_job.run(
            "UMAP",
            lambda: lay_out_frames(explorer.material, arrangement),
            lambda projection: self._render(explorer.add_projection("umap", projection)),
        )

    # ── building ─────────────────────────────────────────────────────────────────────────────

    def _build(self) -> None:
        from jupyter_bokeh.widgets import BokehModel

        state = self.state
        self._is_built = True
        self._figure = draw_scatter(state.scatter, ask_for_pictures=True)
        self._sources = {
            name: self._figure.select_one({"name": name})
            for name in (POINTS, UPDATE, WANTED, ARRIVED)
        }
        self._sources[WANTED].on_change("data", lambda attr, old, new: self._send_picture(new))
        self._sources[POINTS].selected.on_change(
            "indices", lambda attr, old, new: self._select_points(list(new))
        )
        self._counts, self._notices = widgets.HTML(), widgets.HTML()
        self._legend = widgets.HTML()
        self._metrics = {m.name: MetricControl(m, self._change) for m in state.metrics}
        self._clusters = ClusterControl(state, self._change)
        self._projection, self._colour_by = make_view_controls(state, self._change)
        self._list = widgets.ToggleButtons(options=_list_entries(state), value=None)
        self._list.add_class("ck-clusters")
        self._list.observe(lambda event: self._choose(event["new"]), "value")
        self._swatches = widgets.HTML()
        self._gallery = Gallery(
            self.explorer.load_thumbnails, self._describe, self.explorer.material.views
        )
        self._save = _make_button(
            "Save", "check", "Write the result folder as shown", self._on_save
        )
        self._save.button_style = "primary"
        self._reset = _make_button("Reset", "undo", "Back to the first settings", self._on_reset)
        self._lines = widgets.HTML()

        deeds = widgets.HBox([self._reset, self._save])
        deeds.add_class("ck-deeds")
        looks = widgets.HBox([self._projection, self._colour_by, deeds])
        looks.add_class("ck-bar-row")
        left = _make_column(
            [widgets.HTML("<h4>Quality</h4>"), *self._metrics.values(),
             widgets.HTML("<h4>Clusters</h4>"), self._clusters], "ck-left"
        )  # fmt: skip
        main = _make_column(
            [
                self._counts,
                looks,
                BokehModel(self._figure),
                self._legend,
                self._notices,
                self._lines,
            ],
            "ck-main",
        )
        side = _make_column([widgets.HTML("<h4>Characters</h4>"), self._list], "ck-list")
        grid = widgets.Box([left, main, side, self._gallery])
        grid.add_class("ck-grid")
        style = widgets.HTML(f"<style>{read_script('tuner.css')}</style>")
        self._root = widgets.VBox([style, self._swatches, grid])
        self._root.add_class("ck-tuner")
        self._render(state)
        self._render_pictures()

    # ── events: one call of the explorer, one rendering ──────────────────────────────────────

    def _change(self, name: str, value: object) -> None:
        self.explorer.patient = not self._background.has_loop()
        self._render(self.explorer.update(**{name: value}))

    def _on_reset(self) -> None:
        self._render(self.explorer.reset())

    def _on_save(self) -> None:
        try:
            saved = self.explorer.save()
        except ClusterkitError as error:
            self._notices.value = draw_notices([f"not saved: {error}"], ())
            return
        self._gallery.learn_views(list_views(saved.assignments["view"]))
        self._render(self.state)

    def _choose(self, entry: int | str | None) -> None:
        """Show what was clicked in the list, a cluster or a status."""
        if entry is None:
            return
        self._chosen = entry
        self._sources[POINTS].selected.indices = self._list_points(entry)
        self._render_gallery()

    def _select_points(self, rows: list[int]) -> None:
        """Points were selected in the figure, or a choice in the list selected them."""
        if self._chosen is not None and rows == self._list_points(self._chosen):
            return
        self._list.value = None
        self._chosen = self._sort_rows(rows) or None
        self._render_gallery()

    def _send_picture(self, wanted: dict[str, Any]) -> None:
        rows = [int(row) for row in wanted["row"] if 0 <= int(row) < len(self.explorer)]
        if not rows:  # a page that was just opened asks for the present state
            self._sources[UPDATE].data = pack_update(self.state.scatter, moved=True)
            return
        pictures = [encode_picture(picture) for picture in self.explorer.load_thumbnails(rows)]
        self._sources[ARRIVED].data = {"row": rows, "uri": pictures}

    # ── rendering ────────────────────────────────────────────────────────────────────────────

    def _render(self, state: ExplorerState) -> None:
        before, self._shown = self._shown, state
        if before is not None and before.scatter is not state.scatter:
            moved = before.scatter.points is not state.scatter.points
            self._sources[UPDATE].data = pack_update(state.scatter, moved=moved)
        self._counts.value = draw_counts(state.counts, len(state.clusters), state.is_settled)
        # Of clusters the list is the legend.
        is_list = state.view.colour_by == "cluster"
        self._legend.value = "" if is_list else draw_legend(state.scatter.legend)
        self._notices.value = draw_notices(state.notices, state.hints)
        for metric in state.metrics:
            self._metrics[metric.name].render(metric)
        size = state.settings.clustering.min_cluster_size
        curve = draw_curve(state.curve, size) + draw_refinement(state.found, size)
        self._clusters.render(state, curve)
        self._projection.value, self._colour_by.value = state.view.projection, state.view.colour_by
        if before is None or before.clusters != state.clusters or before.counts != state.counts:
            self._list.options = _list_entries(state)
            self._list.value = None
            self._swatches.value = _style_swatches(state)
        self._lines.value = (
            f'<div class="ck-lines"><code>{escape(self.explorer.python_line)}</code>'
            f"<code>{escape(self.explorer.command_line)}</code></div>"
        )
        if before is not None and (
            before.settings != state.settings or before.is_settled != state.is_settled
        ):
            self._after_pause(self._render_pictures)
        if not state.is_settled:  # last: from here on the thread takes half of the kernel
            self._background.run(
                "clustering",
                self.explorer.plan_arrangement(),
                lambda arranged: self._render(self.explorer.settle(arranged)),
            )

    def _render_pictures(self) -> None:
        """Send what has to wait until the sliders rest."""
        for metric in self.state.metrics:
            control = self._metrics[metric.name]
            if getattr(control, "near_of", None) is not metric:
                control.near_of = metric
                control.render_near(metric, self.explorer.load_thumbnails, self._describe)
        self._render_gallery()

    def _render_gallery(self) -> None:
        entry, explorer = self._chosen, self.explorer
        if isinstance(entry, int) and entry < len(self.state.clusters):
            cluster = self.state.clusters[entry]
            chosen = explorer.find_representatives(entry)
            self._gallery.show(
                _head(cluster.name, _count(cluster.count)),
                explorer.list_members(entry),
                sections=[
                    ("Medoid and exemplars: its faces and outfits", list(chosen.exemplars)),
                    ("Least certain: look here for strays", list(chosen.uncertain)),
                ],
            )
        elif isinstance(entry, str):
            rows = explorer.list_status(entry)
            words = _count(len(rows))
            if n_hidden := len(rows) - len(self._list_points(entry)):
                some = "" if n_hidden == len(rows) else f"{n_hidden:,} "
                words += f", {some}with no place in the picture"
            self._gallery.show(_head(entry.capitalize(), words), rows, empty=OTHER_ENTRIES[entry])
        elif isinstance(entry, list):
            self._gallery.show(_head("Selection", _count(len(entry))), entry)
        else:
            self._gallery.show(
                _head("Gallery", ""), [],
                empty="Click an entry of the list, or draw a lasso around points.",
            )  # fmt: skip

    def _list_points(self, entry: int | str | list[int]) -> list[int]:
        """Rows of an entry that the picture shows."""
        if isinstance(entry, list):
            return entry
        if isinstance(entry, str):
            rows = self.explorer.list_status(entry)
        else:
            rows = self.explorer.list_members(entry)
        # A selection of frames without a place is none that can be seen, yet it fades all points.
        return [row for row in rows if self.state.scatter.kinds[row] != HIDDEN]

    def _sort_rows(self, rows: list[int]) -> list[int]:
        """Characters together, the largest first; then noise, then what was rejected."""
        state = self.state
        others = len(state.clusters)
        order = {NOISE: others, REJECTED: others + 1}

        def rank(row: int) -> int:
            label = int(state.clustering.labels[row])
            return label if label >= 0 else order.get(state.status[row], others + 2)

        return sorted(rows, key=rank)

    def _describe(self, row: int) -> tuple[str, str]:
        words = self.explorer.describe_frame(row)
        state = self.state
        label = int(state.clustering.labels[row])
        sure = f" · {state.clustering.probabilities[row]:.0%}" if label >= 0 else ""
        caption = f"{words['time'] or words['name']}{sure}"
        if state.status[row] == REJECTED:
            rules = state.verdicts.iloc[row]
            wrong = {"size": "too small", "blur": "blurred", "content": "nearly empty"}
            caption = ", ".join(word for rule, word in wrong.items() if rules[rule]) or "by hand"
        parts = (words["name"], words["episode"], words["time"], words["note"])
        return caption, " · ".join(part for part in parts if part)

    def _after_pause(self, work: Callable[[], None]) -> None:
        """Call once nothing has moved for a while; at once where there is no loop to wait in."""
        if self._pause is not None:
            self._pause.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            work()
            return
        self._pause = loop.call_later(PAUSE_SECONDS, work)


def load_bokeh() -> None:
    """Send the scripts of Bokeh to the page, from here and not from the internet."""
    from bokeh.io import output_notebook
    from bokeh.resources import Resources

    # Without the parts for tables, sliders and formulas: a third of the size.
    output_notebook(Resources(mode="inline", components=["bokeh", "bokeh-gl"]), hide_banner=True)


def _list_entries(state: ExplorerState) -> list[tuple[str, int | str]]:
    entries: list[tuple[str, int | str]] = [
        (f"{cluster.name} · {cluster.count:,}", cluster.label) for cluster in state.clusters
    ]
    return entries + [(f"{name} · {state.counts[name]:,}", name) for name in OTHER_ENTRIES]


def _style_swatches(state: ExplorerState) -> str:
    """Write the colour beside each entry of the list, by its place."""
    rules = "".join(
        f".ck-tuner .ck-clusters button:nth-of-type({place})"
        f"{{--ck-swatch:{CLUSTER_COLOURS[colour]}}}"
        for place, colour in enumerate(state.colours, 1)
    )
    return f"<style>{rules}</style>"


def _count(number: int) -> str:
    return f"{number:,} frame{'' if number == 1 else 's'}"


def _head(name: str, words: str) -> str:
    return f'<div class="ck-title">{escape(name)} <small>{escape(words)}</small></div>'


def _make_button(words: str, icon: str, tooltip: str, work: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=words, icon=icon, tooltip=tooltip)
    button.add_class(f"ck-{words.lower()}")
    button.on_click(lambda _: work())
    return button


def _make_column(children: list[widgets.Widget], *classes: str) -> widgets.VBox:
    column = widgets.VBox(children)
    for name in ("ck-column", *classes):
        column.add_class(name)
    return column
