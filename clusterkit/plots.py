"""Figures: arrays in, a figure out. Nothing is computed here that a number elsewhere depends on."""

from __future__ import annotations

import io

import numpy as np

from clusterkit.clustering import Clustering
from clusterkit.palette import NOISE_COLOUR, pick_colour
from clusterkit.projection import Projection

FIGURE_INCHES = (10, 8)
FIGURE_DPI = 150

LEGEND_ROWS = 24
"""Clusters named in the legend; of more than that, the smaller ones are counted in one line."""

LABELLED_CLUSTERS = 60
"""Clusters whose number is written on the picture; beyond that they would hide the points."""


def draw_projection(projection: Projection, clustering: Clustering, title: str) -> bytes:
    """A static scatter of the clustered and noise frames: colour is the cluster, grey × noise.

    Parameters
    ----------
    projection : Projection
        Aligned with the clustering.
    clustering : Clustering
    title : str

    Returns
    -------
    bytes
        A PNG.
    """
    # The object interface: pyplot would keep the figure, and needs a display on some machines.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=FIGURE_INCHES, dpi=FIGURE_DPI, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    points, labels = projection.points, clustering.labels
    shown = clustering.selected & np.isfinite(points).all(axis=1)
    noise = points[shown & (labels < 0)]
    size = float(np.clip(4000 / max(1, shown.sum()), 6, 40))
    if len(noise):
        axes.scatter(
            noise[:, 0], noise[:, 1], s=size, c=NOISE_COLOUR, marker="x", linewidths=0.8, alpha=0.6,
            label=f"noise · {len(noise):,}",
        )  # fmt: skip
    for label in range(clustering.n_clusters):
        members = points[shown & (labels == label)]
        if label < LEGEND_ROWS:
            name = f"character_{label:03d} · {len(members):,}"
        elif label == LEGEND_ROWS:
            rest = clustering.n_clusters - LEGEND_ROWS
            name = f"{rest} more · {int((labels >= LEGEND_ROWS).sum()):,}"
        else:
            name = "_nolegend_"
        colour = pick_colour(label)
        axes.scatter(
            members[:, 0], members[:, 1], s=size, color=colour, alpha=0.75, linewidths=0, label=name
        )
        if label < LABELLED_CLUSTERS:
            box = {"boxstyle": "circle,pad=0.2", "fc": "white", "ec": colour, "lw": 1.2,
                   "alpha": 0.85}  # fmt: skip
            axes.annotate(
                str(label), np.median(members, axis=0), ha="center", va="center",
                fontsize=8, fontweight="bold", color="#222222", bbox=box,
            )  # fmt: skip
    if not shown.any():
        axes.text(0.5, 0.5, "No frame passed the quality rules: lower the thresholds.",
                  ha="center", va="center", transform=axes.transAxes, color="#555555")  # fmt: skip
    axes.set_title(title, loc="left", fontsize=12)
    axes.set_xlabel(projection.axis_labels[0])
    axes.set_ylabel(projection.axis_labels[1])
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8, colors="#777777")
    if shown.any():
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, fontsize=8,
                    markerscale=1.3, handletextpad=0.3)  # fmt: skip
    stream = io.BytesIO()
    figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()
