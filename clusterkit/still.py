"""The tuner as a still picture: what a notebook keeps when nobody is there to drag a slider."""

from __future__ import annotations

import base64
from html import escape

from clusterkit.charts import (
    draw_counts,
    draw_curve,
    draw_histogram,
    draw_notices,
    draw_refinement,
    draw_tiles,
)
from clusterkit.explorer import Explorer
from clusterkit.figures import read_script
from clusterkit.plots import draw_projection
from clusterkit.projection import Projection

MOST_FACES = 24
"""Characters whose medoid is shown."""


def draw_still(explorer: Explorer) -> str:
    """Draw the state of an explorer as HTML that needs no script and no kernel."""
    state = explorer.state
    projection = Projection(state.scatter.points, state.scatter.axis_labels)
    title = f"{len(state.clusters)} characters in {len(explorer):,} frames"
    picture = base64.b64encode(draw_projection(projection, state.clustering, title)).decode()
    shown = state.clusters[:MOST_FACES]
    medoids = [explorer.find_representatives(cluster.label, 1).medoid for cluster in shown]
    faces = draw_tiles(
        explorer.load_thumbnails(medoids),
        [f"{cluster.name} · {cluster.count:,}" for cluster in shown],
        [explorer.describe_frame(row)["name"] for row in medoids],
        empty="No characters yet: see the notes above.",
    )
    rest = len(state.clusters) - len(shown)
    more = f'<p class="ck-empty">… and {rest} more characters</p>' if rest > 0 else ""
    histograms = "".join(
        f'<div><div class="ck-label"><b>{metric.setting} = {metric.cut:g}</b>'
        f"<span>{metric.n_below:,} rejected</span></div>{draw_histogram(metric)}</div>"
        for metric in state.metrics
    )
    size = state.settings.clustering.min_cluster_size
    return (
        f"<style>{read_script('tuner.css')}</style>"
        f'<div class="ck-tuner ck-still">{draw_counts(state.counts, len(state.clusters))}'
        f"{draw_notices(state.notices, state.hints)}"
        f'<div class="ck-grid" style="margin-top:12px"><div style="display:grid;gap:14px">'
        f"{histograms}<div><b>min_cluster_size = {size}</b>{draw_curve(state.curve, size)}"
        f"{draw_refinement(state.found, size)}</div>"
        f'</div><div style="grid-column:span 2"><img class="ck-whole" '
        f'alt="{escape(title)}: every frame a point, its colour the character" '
        f'src="data:image/png;base64,{picture}"></div></div>'
        f'<div class="ck-gallery">{faces}{more}</div>'
        f'<div class="ck-lines"><code>{escape(explorer.python_line)}</code></div></div>'
    )
