"""The colours of clusters: apart from one another, for colour-blind eyes too, on light and dark."""

from __future__ import annotations

CLUSTER_COLOURS = (
    "#2071ff", "#00df00", "#971838", "#00d7e7", "#f7b78f", "#085887", "#0000ff", "#608000",
    "#7800af", "#80a7ff", "#c7789f", "#d720b7", "#28af58", "#007860", "#604800", "#b7cf60",
    "#1838df", "#e70870", "#40b720", "#10dfbf", "#ff8797", "#a75038", "#50b7e7", "#8078e7",
    "#8f0878", "#6070b7", "#ff7060", "#ff70c7", "#68b797", "#803060", "#6848d7", "#78289f",
    "#c728ff", "#8f8738", "#d74000", "#cf8708", "#8f608f", "#38afbf", "#ffa7b7", "#8f4850",
    "#8f4097", "#cf8078", "#af2020", "#70c778", "#8f00ff", "#408fd7", "#288040", "#105838",
    "#f79748", "#38d7ff", "#9f30bf", "#cf58a7", "#bf60cf", "#c76080", "#586028", "#188f87",
    "#e7afdf", "#efb710", "#97cf70", "#7060df",
)  # fmt: skip
"""Sixty colours, most distinct first, each as far as can be from all before it as a normal eye, a
deuteranope and a protanope see them: benchmarks/choose_palette.py chose them and prints by how
much. Least distance in CIELAB of two of all sixty: 13.2, 8.3 and 8.3; of the first twenty: 26.4,
15.8 and 16.8."""

NOISE_COLOUR = "#9a9a9a"


def pick_colour(label: int) -> str:
    """Colour of a cluster; they begin again after the sixtieth. Grey for noise.

    >>> pick_colour(0), pick_colour(-1)
    ('#2071ff', '#9a9a9a')
    """
    return NOISE_COLOUR if label < 0 else CLUSTER_COLOURS[label % len(CLUSTER_COLOURS)]
