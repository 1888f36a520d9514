"""The controls of the tuner: sliders that know their range from the data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import ipywidgets as widgets

from clusterkit.charts import draw_histogram, draw_tiles
from clusterkit.colouring import COLOURINGS
from clusterkit.explorer import ExplorerState
from clusterkit.histograms import Metric

METRIC_WORDS = {
    "size": ("Smallest side", "px", "d"),
    "blur": ("Sharpness", "", ".0f"),
    "coverage": ("Coverage", "", ".1%"),
}

LEAST_LARGEST = 30
"""The slider of min_cluster_size reaches this at least, however small the set."""

MOST_SAMPLES = 50
"""Beyond this, min_samples only makes all noise."""

MOST_DISTANCE = 1.0
"""End of the slider of epsilon: unit rows 1 apart have nothing in common."""


class MetricControl(widgets.VBox):
    """One quality rule: name, histogram with the cut, slider, frames on both sides of the cut."""

    def __init__(self, metric: Metric, change: Callable[[str, float], None]) -> None:
        self._title = widgets.HTML()
        self._histogram = widgets.HTML()
        self._near = widgets.HTML()
        make = widgets.IntSlider if metric.name == "size" else widgets.FloatSlider
        _, _, number = METRIC_WORDS[metric.name]
        self.slider = make(
            value=metric.cut, min=0, max=metric.upper, step=metric.step,
            readout_format=number, description="", tooltip=metric.setting,
        )  # fmt: skip
        self.slider.add_class(f"ck-{metric.setting}")
        self.slider.observe(lambda event: change(metric.setting, event["new"]), "value")
        super().__init__([self._title, self._histogram, self.slider, self._near])
        self.add_class("ck-column")

    def render(self, metric: Metric) -> None:
        """Show a rule as it is now."""
        words, unit, _ = METRIC_WORDS[metric.name]
        self._title.value = (
            f'<div class="ck-label"><b>{words}{f" ({unit})" if unit else ""}</b>'
            f"<span>{metric.n_below:,} rejected</span></div>"
        )
        self._histogram.value = draw_histogram(metric)
        if metric.cut > self.slider.max:
            self.slider.max = metric.upper
        self.slider.value = int(metric.cut) if metric.name == "size" else metric.cut

    def render_near(
        self,
        metric: Metric,
        load: Callable[[Sequence[int]], list[bytes | None]],
        describe: Callable[[int], tuple[str, str]],
    ) -> None:
        """Show the frames on both sides of the cut, the nearest ones in the middle."""
        below = metric.below[::-1]
        thumbnails = load([*below, *metric.above])
        parts = []
        for words, rows, some in (
            ("just rejected", below, thumbnails[: len(below)]),
            ("just kept", metric.above, thumbnails[len(below) :]),
        ):
            tiles = draw_tiles(
                some, [""] * len(rows), [describe(row)[1] for row in rows], empty="none", small=True
            )
            parts.append(f"<div><p>{words}</p>{tiles}</div>")
        self._near.value = f'<div class="ck-near">{"".join(parts)}</div>'


class ClusterControl(widgets.VBox):
    """How the hierarchy is built and cut."""

    def __init__(self, state: ExplorerState, change: Callable[[str, object], None]) -> None:
        options = state.settings.clustering
        self._curve = widgets.HTML()
        self.sliders: dict[str, widgets.Widget] = {
            "min_cluster_size": widgets.IntSlider(
                value=options.min_cluster_size, min=2, max=find_largest(state)
            ),
            "min_samples": widgets.IntSlider(
                value=options.min_samples, min=1, max=max(MOST_SAMPLES, options.min_samples)
            ),
            "epsilon": widgets.FloatSlider(
                value=options.epsilon, min=0, max=max(MOST_DISTANCE, options.epsilon), step=0.01
            ),
            "method": widgets.ToggleButtons(
                options=[("EOM · most stable", "eom"), ("Leaf · finest", "leaf")],
                value=options.method,
            ),
        }
        for name, control in self.sliders.items():
            control.add_class(f"ck-{name}")
            control.observe(lambda event, name=name: change(name, event["new"]), "value")
        method = widgets.HBox([self.sliders["method"]])
        method.add_class("ck-bar-row")
        super().__init__(
            [
                _title("Min cluster size", "frames a character"),
                self.sliders["min_cluster_size"],
                self._curve,
                _title("Min samples", "higher is stricter"),
                self.sliders["min_samples"],
                _title("Epsilon", "closer clusters are not split"),
                self.sliders["epsilon"],
                _title("Selection", ""),
                method,
            ]
        )
        self.add_class("ck-column")

    def render(self, state: ExplorerState, curve: str) -> None:
        """Show the settings as they are now."""
        self._curve.value = curve
        options = state.settings.clustering
        for name, control in self.sliders.items():
            value = getattr(options, name)
            if name != "method" and value > control.max:
                control.max = value
            control.value = value


def make_view_controls(
    state: ExplorerState, change: Callable[[str, object], None]
) -> tuple[widgets.ToggleButtons, widgets.Dropdown]:
    """Make the choice of projection and of colours."""
    projection = widgets.ToggleButtons(
        options=[("PCA", "pca"), ("UMAP", "umap")], value=state.view.projection
    )
    projection.add_class("ck-projection")
    words = {"size": "smallest side", "blur": "sharpness"}
    colour_by = widgets.Dropdown(
        options=[(words.get(name, name), name) for name in COLOURINGS],
        value=state.view.colour_by,
        description="Colour by",
        style={"description_width": "initial"},
        layout={"width": "190px"},
    )
    colour_by.add_class("ck-colour-by")
    projection.observe(lambda event: change("projection", event["new"]), "value")
    colour_by.observe(lambda event: change("colour_by", event["new"]), "value")
    return projection, colour_by


def find_largest(state: ExplorerState) -> int:
    """Where the slider of min_cluster_size ends: the largest size that still tells two apart."""
    several = state.curve.loc[state.curve["n_clusters"] >= 2, "min_cluster_size"]
    largest = int(several.max()) if len(several) else 0
    return max(LEAST_LARGEST, largest, state.settings.clustering.min_cluster_size)


def _title(words: str, explanation: str) -> widgets.HTML:
    return widgets.HTML(
        f'<div class="ck-label"><b>{escape(words)}</b><span>{escape(explanation)}</span></div>'
    )
