"""The whole figure: body, clothes and head in the order of depth."""

from __future__ import annotations

import numpy as np

from .acting import Expression, Pose
from .canvas import Canvas
from .coats import draw_top_tail
from .creatures import draw_cat, draw_robot
from .head import NECK_PIVOT
from .limbs import ArmDrawing, LegDrawing
from .palette import pick_line, shade_skin
from .portrait import Portrait
from .shapes import chain_affines, make_affine
from .skeleton import Measures, find_drop, measure
from .skirts import draw_cape, draw_lower, draw_scarf
from .tops import draw_top
from .traits import Character


def draw_neck(canvas: Canvas, size: Measures, character: Character, yaw: float) -> None:
    """Draw the neck with the chin's shadow on it."""
    skin = character.face.skin
    outline = size.neck_tube.outline(yaw)
    canvas.shape(outline, skin, pick_line(skin, 0.6))
    clip = canvas.mask([outline])
    shadow = outline.copy()
    shadow[:, 1] = np.minimum(shadow[:, 1], 1.30 + 0.12 * np.cos(shadow[:, 0] * 3))
    canvas.fill(shadow, shade_skin(skin), 1.0, clip)


def draw_human(
    canvas: Canvas, character: Character, pose: Pose, mood: Expression, sway: float
) -> None:
    """Draw a human figure; the skull's middle is at the origin in an upright pose."""
    size, outfit, skin = measure(character.build), character.outfit, character.face.skin
    drop = find_drop(size, pose)
    sink = make_affine(shift=(0.0, drop))
    upper = chain_affines(sink, make_affine(pose.lean, (0.0, size.hip_y)))
    head = chain_affines(
        upper, make_affine(pose.head_roll, NECK_PIVOT, shift=(0.10 * np.sin(pose.yaw), pose.nod))
    )
    portrait = Portrait(character, pose.head_yaw, mood, sway)
    legs = [
        LegDrawing(size, pose.left_leg, -1, pose.yaw),
        LegDrawing(size, pose.right_leg, 1, pose.yaw),
    ]
    legs.sort(key=lambda leg: leg.depth)
    arms = [ArmDrawing(size, pose.left, -1, pose.yaw), ArmDrawing(size, pose.right, 1, pose.yaw)]
    arms.sort(key=lambda arm: arm.depth)
    behind = [arm for arm in arms if arm.depth < -0.16]
    before = [arm for arm in arms if arm.depth >= -0.16]
    back_seen = np.cos(pose.yaw) < -0.1
    with canvas.moved(head):
        portrait.draw_behind(canvas)
    with canvas.moved(upper):
        if outfit.cape is not None and not back_seen:
            draw_cape(canvas, size, outfit.cape, pose.yaw, sway)
        for arm in behind:
            arm.draw(canvas, outfit, skin)
    with canvas.moved(sink):
        draw_top_tail(canvas, size, outfit, pose.yaw, far=True)
        for leg in legs:
            leg.draw(canvas, outfit, skin)
        draw_lower(canvas, size, outfit, pose.yaw)
    with canvas.moved(upper):
        draw_neck(canvas, size, character, pose.yaw)
        draw_top(canvas, size, outfit, skin, pose.yaw)
    with canvas.moved(sink):
        draw_top_tail(canvas, size, outfit, pose.yaw, far=False)
    with canvas.moved(upper):
        for arm in before:
            if not arm.before_head:
                arm.draw(canvas, outfit, skin)
        if outfit.cape is not None and back_seen:
            draw_cape(canvas, size, outfit.cape, pose.yaw, sway)
        if outfit.scarf is not None:
            draw_scarf(canvas, size, outfit.scarf, pose.yaw, sway)
    with canvas.moved(head):
        portrait.draw_before(canvas)
    with canvas.moved(upper):
        for arm in before:
            if arm.before_head:
                arm.draw(canvas, outfit, skin)


def draw_figure(
    character: Character,
    pose: Pose,
    mood: Expression,
    window: tuple[float, float, float, float],
    scale: float,
    line: float = 1.2,
    sway: float = 0.0,
) -> np.ndarray:
    """Draw a character.

    Parameters
    ----------
    character : Character
        Who.
    pose : Pose
        The body's state.
    mood : Expression
        The face's state.
    window : tuple of float
        Left, top, right and bottom of what the picture shows, in drawing units.
    scale : float
        Pixels per drawing unit.
    line : float
        Line width in pixels.
    sway : float
        Distance in drawing units that long hair and cloth are blown to the right.

    Returns
    -------
    numpy.ndarray, shape (height, width, 4), uint8
        Premultiplied red, green, blue and alpha.
    """
    canvas = Canvas(window, scale, line)
    draw = {"human": draw_human, "cat": draw_cat, "robot": draw_robot}[character.kind]
    draw(canvas, character, pose, mood, sway)
    return canvas.finish()
