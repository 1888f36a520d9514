"""Which drawing each kind of top has."""

from __future__ import annotations

from .armour import draw_armour
from .canvas import Canvas
from .casual import draw_dress, draw_hoodie, draw_jersey
from .coats import draw_coat
from .palette import Colour
from .skeleton import Measures
from .traits import Outfit
from .uniforms import draw_blazer, draw_gakuran, draw_sailor

TOP_DRAWERS = {
    "sailor": draw_sailor,
    "blazer": draw_blazer,
    "gakuran": draw_gakuran,
    "jersey": draw_jersey,
    "hoodie": draw_hoodie,
    "coat": draw_coat,
    "labcoat": draw_coat,
    "dress": draw_dress,
    "armour": draw_armour,
}


def draw_top(canvas: Canvas, size: Measures, outfit: Outfit, skin: Colour, yaw: float) -> None:
    """Draw what is worn on the trunk."""
    TOP_DRAWERS[outfit.top](canvas, size, outfit, skin, yaw)
