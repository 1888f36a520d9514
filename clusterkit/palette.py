"""The colours of clusters: apart from one another, for colour-blind eyes too, on light and dark."""

from __future__ import annotations

CLUSTER_COLOURS = (
    "#2071ff", "#d22018", "#fb31b2", "#7de700", "#146d61", "#00d7ff", "#0cca9a", "#aa00a2",
    "#ff4171", "#eb35ff", "#289ea6", "#00b241", "#ba0055", "#f7aedb", "#f7ba92", "#456941",
    "#699679", "#be4192", "#00e7df", "#ff82fb", "#047daa", "#ff4531", "#ce92a6", "#009eff",
    "#9200ca", "#df04be", "#008e00", "#f3188a", "#9eaeca", "#ff8e0c", "#b27149", "#28d26d",
    "#104dff", "#c200f7", "#efbabe", "#9ea271", "#595d79", "#b20028", "#8aa2e3", "#3deba6",
    "#20ae9a", "#a67d96", "#d275ca", "#9279be", "#517d82", "#fb8a92", "#ff825d", "#7d5161",
    "#148669", "#c6c6f3", "#df1459", "#ff75ce", "#a6007d", "#fbba59", "#24ca08", "#ae7900",
    "#9e6575", "#008e49", "#96beba", "#795d00",
)  # fmt: skip
"""Sixty colours, most distinct first, chosen so that each differs as much as it can from all before
it, seen with normal sight and with deuteranomaly of severity 60, lightness 30 to 75. Made once with
the glasbey package: create_palette(60, lightness_bounds=(30, 75), chroma_bounds=(20, 90),
colorblind_safe=True, cvd_type="deuteranomaly", cvd_severity=60)."""

NOISE_COLOUR = "#9a9a9a"


def pick_colour(label: int) -> str:
    """Colour of a cluster; they begin again after the sixtieth. Grey for noise.

    >>> pick_colour(0), pick_colour(-1)
    ('#2071ff', '#9a9a9a')
    """
    return NOISE_COLOUR if label < 0 else CLUSTER_COLOURS[label % len(CLUSTER_COLOURS)]
