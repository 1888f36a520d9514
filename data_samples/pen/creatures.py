"""Characters that are not human: a cat-like mascot and a robot."""

from __future__ import annotations

import numpy as np

from .acting import Expression, Pose
from .canvas import Canvas
from .eyes import draw_eyes
from .head import draw_cheeks, draw_mouth
from .palette import INK, WHITE, lighten, mix, pick_line, shade
from .shapes import make_affine, make_capsule, make_ellipse, make_ribbon, smooth_curve
from .skeleton import turn_joint
from .surface import draw_buttons, put
from .traits import Character
from .turning import Tube, turn

CAT_GROUND = 3.3
ROBOT_GROUND = 6.3
BACKWARDS = np.pi


def _make_ball(wide: float, deep: float, top: float, bottom: float, plump: float = 0.5) -> Tube:
    # A tube that closes at both ends; `plump` below 0.5 makes it squarer.
    angle = np.linspace(-np.pi / 2, np.pi / 2, 17)
    bow = np.cos(angle) ** plump
    y = (top + bottom) / 2 + np.sin(angle) * (bottom - top) / 2
    return Tube(np.stack([y, wide * bow, deep * bow, 0 * y], axis=1), dip=0.06)


def draw_cat(
    canvas: Canvas, character: Character, pose: Pose, mood: Expression, sway: float
) -> None:
    """Draw a cat-like mascot that stands on two short legs."""
    fur, pale, yaw = character.face.skin, character.hair.colour, pose.head_yaw
    line, accent = pick_line(fur, 0.7), character.outfit.accent
    body = _make_ball(0.78, 0.70, 0.72, 2.9, 0.6)
    tail_root, tail_depth = turn_joint(np.array([0.0, 2.4, -0.65]), pose.yaw)
    tail_tip, _ = turn_joint(np.array([0.35 + sway, 0.95, -1.45]), pose.yaw)
    tail_bend, _ = turn_joint(np.array([0.1, 2.5, -1.45]), pose.yaw)
    tail = smooth_curve([tail_root, tail_bend, (tail_tip + tail_bend) / 2 + (0.12, 0), tail_tip])

    def draw_tail() -> None:
        strip = make_ribbon(tail, np.linspace(0.15, 0.19, len(tail)))
        tip = make_ellipse(*tail_tip, 0.21, 0.21)
        canvas.group([strip, tip], fur, line)
        canvas.cel_shade([strip, tip], shade(fur), -0.06, -0.02)
        canvas.fill(make_ellipse(*tail_tip, 0.20, 0.20), pale)

    if tail_depth < 0.2:
        draw_tail()
    for side, leg in ((-1, pose.left_leg), (1, pose.right_leg)):
        foot, _ = turn_joint(
            np.array([side * 0.38, CAT_GROUND - 0.18, 0.15 + 0.7 * np.sin(leg.forward)]),
            pose.yaw,
            0.1,
        )
        hip, _ = turn_joint(np.array([side * 0.36, 2.55, 0.0]), pose.yaw)
        parts = [
            make_capsule(hip, foot, 0.30, 0.24),
            make_ellipse(*np.add(foot, (0.1 * np.sin(pose.yaw), 0.06)), 0.32, 0.20),
        ]
        canvas.group(parts, fur, line)
        canvas.cel_shade(parts, shade(fur), -0.06, -0.05)
    trunk = body.outline(pose.yaw)
    canvas.shape(trunk, fur, line)
    canvas.cel_shade([trunk], shade(fur), -0.15, -0.05)
    put(
        canvas,
        body,
        [(0.72 * np.cos(a), 1.85 + 0.72 * np.sin(a)) for a in np.linspace(0, 6.28, 28)],
        pale,
        pose.yaw,
        canvas.mask([trunk]),
        0,
    )
    for side, arm in ((-1, pose.left), (1, pose.right)):
        shoulder = np.array([side * 0.62, 1.30, 0.1])
        lift = arm.raised + 0.35 * arm.bend * (arm.towards[1] < -0.5)
        way = np.array(
            [side * np.sin(lift + 0.25), np.cos(lift + 0.25), 0.35 * np.sin(arm.forward) + 0.1]
        )
        start, _ = turn_joint(shoulder, pose.yaw)
        paw, depth = turn_joint(shoulder + way * 0.85, pose.yaw)
        if depth < -0.55:
            continue
        parts = [make_capsule(start, paw, 0.22, 0.18), make_ellipse(*paw, 0.22, 0.21)]
        canvas.group(parts, fur, line)
        canvas.cel_shade(parts, shade(fur), -0.05, -0.04)
        canvas.fill(make_ellipse(*paw, 0.11, 0.09), mix(pale, (240, 130, 140), 0.5), 0.9)
    if tail_depth >= 0.2:
        draw_tail()
    with canvas.moved(make_affine(pose.head_roll, (0.0, 0.9), shift=(0, pose.nod))):
        _draw_cat_head(canvas, character, mood, yaw, accent)


def _draw_cat_head(
    canvas: Canvas, character: Character, mood: Expression, yaw: float, accent
) -> None:
    fur, pale = character.face.skin, character.hair.colour
    line = pick_line(fur, 0.7)
    for far in (True, False):
        for side in (-1, 1):
            x, depth = turn(side * 0.74, 0.0, yaw)
            if (depth < 0) != far:
                continue
            width = 0.30 + 0.10 * abs(np.cos(yaw))
            ear = np.array(
                [
                    (x - width, -0.45),
                    (x + side * 0.12 * np.cos(yaw), -1.55),
                    (x + width, -0.40),
                    (x, -0.2),
                ]
            )
            canvas.shape(ear, fur, line)
            if np.cos(yaw) > -0.2:
                inner = ear * (1, 1)
                inner = (inner - inner.mean(axis=0)) * 0.55 + inner.mean(axis=0) + (0, 0.06)
                canvas.fill(inner, mix(pale, (240, 130, 140), 0.6))
    skull = _make_ball(1.16, 1.04, -0.98, 1.02, 0.72)
    outline = skull.outline(yaw, steps=17)
    if abs(np.sin(yaw)) > 0.25:
        muzzle_x = turn(0.0, 0.92, yaw)[0]
        muzzle = make_ellipse(muzzle_x, 0.52, 0.30, 0.28)
        canvas.group([outline, muzzle], fur, line)
    else:
        canvas.shape(outline, fur, line)
    clip = canvas.mask([outline])
    canvas.cel_shade([outline], shade(fur), -0.10 if np.sin(yaw) < 0.4 else 0.10, -0.08)
    for azimuth, wide in (
        (0.0, 0.10),
        (-0.32, 0.08),
        (0.32, 0.08),
        (BACKWARDS, 0.12),
        (BACKWARDS - 0.4, 0.09),
        (BACKWARDS + 0.4, 0.09),
    ):
        put(
            canvas,
            skull,
            [
                (azimuth - wide, -0.98),
                (azimuth + wide, -0.98),
                (azimuth + wide * 0.3, -0.42),
                (azimuth - wide * 0.3, -0.42),
            ],
            shade(shade(fur)),
            yaw,
            clip,
            0,
        )
    if np.cos(yaw) > -0.25:
        x = turn(0.0, 0.80, yaw)[0]
        canvas.fill(
            make_ellipse(x, 0.60, 0.52 * max(np.cos(yaw), 0.45), 0.34),
            pale,
            1,
            None if abs(np.sin(yaw)) > 0.25 else clip,
        )
        draw_cheeks(canvas, character.face, mood, yaw, clip)
        draw_eyes(canvas, character.face, mood, INK, yaw)
        nose_x = turn(0.0, 1.06, yaw)[0]
        canvas.shape(
            smooth_curve([(nose_x - 0.09, 0.44), (nose_x + 0.09, 0.44), (nose_x, 0.54)], True),
            (225, 110, 120),
            line,
            0.6,
        )
        draw_mouth(canvas, character.face, mood, yaw, clip)
        for side in (-1, 1):
            root, depth = turn(side * 0.75, 0.6, yaw)
            if depth < -0.1:
                continue
            for lift in (-0.10, 0.02, 0.14):
                out = side * 0.52 * max(np.cos(yaw), 0.2)
                canvas.stroke(
                    [
                        (root, 0.56 + lift * 0.4),
                        (root + out * 0.5, 0.55 + lift * 0.8),
                        (root + out, 0.54 + lift * 1.6),
                    ],
                    line,
                    0.7,
                    (1, 0),
                )
    collar = make_ribbon(smooth_curve([(-0.72, 0.88), (0, 1.08), (0.72, 0.88)]), 0.10)
    canvas.shape(collar, accent, pick_line(accent), 0.8)
    if np.cos(yaw) > 0:
        bell_x = 0.55 * np.sin(yaw)
        canvas.shape(make_ellipse(bell_x, 1.18, 0.17, 0.17), (245, 205, 80), (120, 80, 20), 0.8)
        canvas.fill(make_ellipse(bell_x - 0.05, 1.12, 0.05, 0.04), WHITE)
        canvas.stroke([(bell_x, 1.2), (bell_x, 1.32)], (120, 80, 20), 1.2, (1, 1))


def draw_robot(
    canvas: Canvas, character: Character, pose: Pose, mood: Expression, sway: float
) -> None:
    """Draw a round-headed robot with a screen for a face."""
    shell, trim = character.face.skin, character.outfit.trim
    accent, joint = character.outfit.accent, (92, 98, 110)
    line, dark = pick_line(shell, 0.75), pick_line(joint, 0.8)
    body = _make_ball(1.02, 0.80, 1.25, 3.75, 0.36)

    def draw_arm(side: int, arm) -> None:
        shoulder = np.array([side * 1.10, 1.85, 0.0])
        out = np.array(
            [
                side * np.sin(arm.raised + 0.1),
                np.cos(arm.raised + 0.1) * np.cos(arm.forward),
                np.sin(arm.forward),
            ]
        )
        aim = np.array([-side * arm.towards[0], arm.towards[1], arm.towards[2]])
        across = aim - (aim @ out) * out
        across /= max(np.linalg.norm(across), 1e-6)
        low = np.cos(arm.bend) * out + np.sin(arm.bend) * across
        points = [
            turn_joint(p, pose.yaw)[0]
            for p in (shoulder, shoulder + out * 1.05, shoulder + out * 1.05 + low * 0.95)
        ]
        canvas.group([make_capsule(points[0], points[1], 0.14, 0.14)], joint, dark)
        fore = make_capsule(points[1] * 0.75 + points[2] * 0.25, points[2], 0.24, 0.31)
        canvas.shape(fore, shell, line)
        canvas.cel_shade([fore], shade(shell), -0.08, -0.04)
        canvas.shape(make_ellipse(*points[1], 0.19, 0.19), joint, dark, 0.8)
        canvas.shape(make_ellipse(*points[0], 0.30, 0.30), accent, pick_line(accent))
        tip = (
            points[2]
            + (points[2] - points[1]) / max(np.linalg.norm(points[2] - points[1]), 0.3) * 0.28
        )
        for spread in (-0.17, 0.0, 0.17):
            side_way = np.array([-(tip - points[2])[1], (tip - points[2])[0]]) * spread * 3.2
            canvas.shape(
                make_capsule(points[2] + side_way * 0.8, tip + side_way, 0.09, 0.075),
                joint,
                dark,
                0.7,
            )

    arms = [
        (turn_joint(np.array([side * 1.1, 0, 0]), pose.yaw)[1], side, arm)
        for side, arm in ((-1, pose.left), (1, pose.right))
    ]
    arms.sort(key=lambda entry: entry[0])
    for depth, side, arm in arms:
        if depth < -0.15:
            draw_arm(side, arm)
    for side, leg in sorted(
        ((-1, pose.left_leg), (1, pose.right_leg)),
        key=lambda entry: turn_joint(np.array([entry[0], 0, 0]), pose.yaw)[1],
    ):
        hip, _ = turn_joint(np.array([side * 0.48, 3.6, 0.0]), pose.yaw)
        ankle, _ = turn_joint(
            np.array([side * 0.50, ROBOT_GROUND - 0.5, 1.3 * np.sin(leg.forward)]), pose.yaw, 0.06
        )
        toe, _ = turn_joint(
            np.array([side * 0.54, ROBOT_GROUND - 0.28, 1.3 * np.sin(leg.forward) + 0.32]),
            pose.yaw,
            0.12,
        )
        canvas.group([make_capsule(hip, ankle, 0.17, 0.15)], joint, dark)
        boot = make_capsule(hip * 0.35 + ankle * 0.65, ankle, 0.27, 0.36)
        canvas.group([boot, make_ellipse(toe[0], toe[1], 0.46, 0.27)], shell, line)
        canvas.cel_shade(
            [boot, make_ellipse(toe[0], toe[1], 0.46, 0.27)], shade(shell), -0.09, -0.05
        )
    trunk = body.outline(pose.yaw, steps=17)
    neck = make_capsule((0, 0.9), (0, 1.5), 0.24, 0.30)
    canvas.shape(neck, joint, dark)
    canvas.shape(trunk, shell, line)
    canvas.cel_shade([trunk], shade(shell), -0.20, -0.06)
    clip = canvas.mask([trunk])
    put(
        canvas,
        body,
        [(-3.0, 2.95), (0, 2.95), (3.0, 2.95), (3.0, 3.2), (0, 3.2), (-3.0, 3.2)],
        trim,
        pose.yaw,
        clip,
        0,
    )
    put(
        canvas,
        body,
        [(-0.55, 1.75), (0.55, 1.75), (0.55, 2.55), (-0.55, 2.55)],
        lighten(shell, 0.5),
        pose.yaw,
        clip,
    )
    draw_buttons(canvas, body, -0.28, (2.0,), accent, pose.yaw, 0.13)
    draw_buttons(canvas, body, 0.22, (1.95, 2.2), trim, pose.yaw, 0.07)
    put(
        canvas,
        body,
        [
            (BACKWARDS - 0.5, 1.6),
            (BACKWARDS + 0.5, 1.6),
            (BACKWARDS + 0.5, 2.7),
            (BACKWARDS - 0.5, 2.7),
        ],
        joint,
        pose.yaw,
        clip,
    )
    with canvas.moved(make_affine(pose.head_roll, (0.0, 0.95), shift=(0, pose.nod))):
        _draw_robot_head(canvas, character, mood, pose.head_yaw)
    for depth, side, arm in arms:
        if depth >= -0.15:
            draw_arm(side, arm)


def _draw_robot_head(canvas: Canvas, character: Character, mood: Expression, yaw: float) -> None:
    shell, accent, trim = character.face.skin, character.outfit.accent, character.outfit.trim
    line, glow = pick_line(shell, 0.75), character.face.eyes
    canvas.stroke([(0, -0.9), (0.02, -1.2), (0, -1.5)], (92, 98, 110), 2.6, (1, 1))
    canvas.shape(make_ellipse(0, -1.55, 0.13, 0.13), accent, pick_line(accent))
    skull = _make_ball(1.24, 1.05, -0.98, 1.05, 0.42)
    outline = skull.outline(yaw, steps=17)

    def draw_disc(side: int) -> None:
        x, depth = turn(side * 1.16, 0.0, yaw)
        disc = make_ellipse(x, 0.08, 0.14 + 0.26 * abs(depth) / 1.16, 0.40)
        canvas.shape(disc, trim, pick_line(trim))
        canvas.fill(make_ellipse(x, 0.08, (0.14 + 0.26 * abs(depth) / 1.16) * 0.5, 0.20), accent)

    for side in (-1, 1):
        if turn(side * 1.16, 0.0, yaw)[1] < 0.3:
            draw_disc(side)
    canvas.shape(outline, shell, line)
    canvas.cel_shade([outline], shade(shell), -0.18, -0.08)
    clip = canvas.mask([outline])
    screen = [
        (
            0.98 * np.sign(np.cos(a)) * abs(np.cos(a)) ** 0.6,
            0.10 + 0.62 * np.sign(np.sin(a)) * abs(np.sin(a)) ** 0.6,
        )
        for a in np.linspace(0, 6.28, 40)
    ]
    put(canvas, skull, screen, (28, 34, 52), yaw, clip)
    canvas.fill(make_ellipse(-0.45, -0.72, 0.30, 0.09, -0.35), lighten(shell, 0.8), 0.9, clip)
    for side in (-1, 1):
        azimuth = side * 0.42
        facing = np.cos(azimuth + yaw)
        if facing > 0.1:
            x, _, _ = skull.point(azimuth, 0.02, yaw)
            _draw_robot_eye(canvas, x, facing, mood, glow, side)
    if np.cos(yaw) > 0.1:
        x = skull.point(0.0, 0.42, yaw)[0]
        narrow = np.cos(yaw)
        curve = {
            "frown": 0.1,
            "wobble": 0.08,
            "shout": -0.12,
            "open": -0.12,
            "o": 0.0,
            "line": 0.0,
        }.get(mood.mouth, -0.07)
        way = smooth_curve(
            [
                (x - 0.17 * narrow, 0.44 + curve * 0.5),
                (x, 0.44 - curve * 0.5),
                (x + 0.17 * narrow, 0.44 + curve * 0.5),
            ]
        )
        if mood.mouth in ("open", "shout"):
            canvas.fill(np.concatenate([way, [(x, 0.40)]]), glow)
        canvas.stroke(way, glow, 1.8, (0.8, 0.8))
    for side in (-1, 1):
        if turn(side * 1.16, 0.0, yaw)[1] >= 0.3:
            draw_disc(side)


def _draw_robot_eye(
    canvas: Canvas, x: float, facing: float, mood: Expression, glow, side: int
) -> None:
    if mood.closed or mood.wink == side:
        bow = -0.16 if mood.closed != "calm" else 0.10
        curve = smooth_curve([(x - 0.2 * facing, 0.05), (x, 0.05 + bow), (x + 0.2 * facing, 0.05)])
        canvas.fill(make_ribbon(curve, 0.045), glow)
        return
    tall = 0.27 * mood.openness
    canvas.fill(make_ellipse(x, 0.02, 0.20 * facing, tall), glow)
    canvas.fill(
        make_ellipse(x + 0.05 * mood.gaze[0], 0.05, 0.12 * facing, tall * 0.6), lighten(glow, 0.55)
    )
    if mood.brow_tilt > 0.1:
        lid = [
            (x - 0.3, -0.35),
            (x + 0.3, -0.35),
            (x + 0.3, -0.22 + 0.14 * -side),
            (x - 0.3, -0.22 + 0.14 * side),
        ]
        canvas.fill(lid, (28, 34, 52))
