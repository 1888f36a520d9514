import dataclasses
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

from clusterkit.charts import (
    MOST_ENTRIES,
    draw_counts,
    draw_curve,
    draw_histogram,
    draw_legend,
    draw_notices,
    draw_refinement,
    draw_tiles,
)
from clusterkit.clustering import Clustering
from clusterkit.figures import LegendEntry
from clusterkit.histograms import Metric

COUNTS = {"clustered": 90, "noise": 5, "rejected": 4, "unreadable": 1}


def make_metric(cut=25.0, upper=100.0):
    return Metric("blur", "min_blur", upper, 1.0, np.arange(10), cut, 7, (1,), (2,))


def test_the_cut_is_drawn_where_it_is():
    drawing = ElementTree.fromstring(draw_histogram(make_metric(), width=200))
    (line,) = drawing.iter("line")
    assert float(line.get("x1")) == 50
    greys = [bar for bar in drawing.iter("rect") if bar.get("fill") == "currentColor"]
    assert len(greys) == 1, "bars left of the cut are grey; the first bin is empty"


def test_the_current_value_is_marked_on_the_curve():
    curve = pd.DataFrame(
        {"min_cluster_size": [2, 10, 50], "n_clusters": [30, 12, 1], "n_noise": [3, 9, 40],
         "n_largest": [9, 20, 80]}
    )  # fmt: skip
    drawing = ElementTree.fromstring(draw_curve(curve, 10))
    assert "12 clusters" in drawing.get("aria-label")
    marked = {float(circle.get("cx")) for circle in drawing.iter("circle")}
    assert len(marked) == 1
    assert min(float(x) for x in marked) > 26, "right of the left end"


def test_an_empty_curve_says_so():
    columns = ["min_cluster_size", "n_clusters", "n_noise", "n_largest"]
    assert "nothing to cut" in draw_curve(pd.DataFrame([[2, 0, 0, 0]], columns=columns), 10)


def test_what_refining_made_of_the_cut_is_said_beside_its_curve():
    labels, selected = np.array([0, 0, 1, -1, -1, -1]), np.array([True] * 5 + [False])
    found = Clustering(labels, np.ones(6, np.float32), selected)
    assert draw_refinement(found, 10) == "", "the curve says all"
    words = draw_refinement(dataclasses.replace(found, n_joined=1), 10)
    assert "refined, 10 gives 2 characters and 2 noise" in words


def test_totals_add_up_and_name_every_frame():
    words = draw_counts(COUNTS, 3)
    assert "100 frames" in words
    for part in ("<b>3</b> characters", "<b>90</b>", "<b>5</b> noise", "<b>1</b> unreadable"):
        assert part in words


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "\"'><script>", "a&b"])
def test_names_are_text(name):
    drawn = draw_tiles([b"RIFF", None], [name, name], [name, name])
    drawn += draw_notices([name], [name])
    root = ElementTree.fromstring(f"<div>{drawn}</div>".replace(' loading="lazy">', "/>"))
    tags = {element.tag for element in root.iter()}
    assert tags <= {"div", "figure", "span", "img", "figcaption", "ul", "li"}
    assert name in "".join(root.itertext())


def test_an_empty_gallery_says_what_to_do():
    assert "Click a character" in draw_tiles([], [], [], empty="Click a character")


def test_a_legend_counts_every_frame_and_shows_names_as_text():
    entries = [LegendEntry("<img src=x>", "#123456", 7), *[LegendEntry("e", "#000000", 1)] * 40]
    drawn = draw_legend(entries)
    assert "&lt;img src=x&gt; <small>7</small>" in drawn
    assert f"… and {41 - MOST_ENTRIES} more" in drawn
    assert draw_legend(()) == ""
