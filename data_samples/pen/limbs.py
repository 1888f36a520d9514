"""Arms, hands, legs and feet, bare and clothed."""

from __future__ import annotations

import cv2
import numpy as np

from .acting import Arm, Leg
from .canvas import Canvas
from .palette import Colour, lighten, mix, pick_line, shade, shade_skin
from .shapes import make_capsule, make_ellipse, make_ribbon, smooth_curve
from .skeleton import Measures, place_arm, place_leg, turn_joint
from .traits import Outfit

SHADE_TOWARDS_LIGHT = (-0.07, -0.03)
PALM = [
    (-0.04, -0.11),
    (0.12, -0.16),
    (0.30, -0.15),
    (0.44, -0.09),
    (0.50, 0.0),
    (0.45, 0.09),
    (0.30, 0.12),
    (0.12, 0.14),
    (-0.04, 0.11),
]
FIST = [
    (-0.04, -0.12),
    (0.08, -0.17),
    (0.24, -0.17),
    (0.32, -0.06),
    (0.31, 0.08),
    (0.22, 0.15),
    (0.06, 0.15),
    (-0.04, 0.12),
]
THUMB = [(0.02, 0.08), (0.12, 0.20), (0.27, 0.23), (0.30, 0.16), (0.20, 0.08)]
FINGER = [(0.20, -0.14), (0.50, -0.12), (0.56, -0.07), (0.50, -0.03), (0.22, 0.0)]


def draw_hand(
    canvas: Canvas,
    wrist: np.ndarray,
    way: np.ndarray,
    side: int,
    size: float,
    hand: str,
    skin: Colour,
) -> None:
    """Draw a hand at a wrist, reaching along `way`, shape (2,)."""
    length = np.linalg.norm(way)
    along = way / length if length > 0.25 else np.array([0.0, 1.0])
    across = np.array([-along[1], along[0]]) * -side
    frame = np.stack([along, across]) * size
    line = pick_line(skin, 0.6)

    def put(points):
        return np.asarray(points) @ frame + wrist

    parts = [
        put(smooth_curve(PALM if hand == "open" else FIST, True)),
        put(smooth_curve(THUMB, True)),
    ]
    if hand == "point":
        parts.append(put(smooth_curve(FINGER, True)))
    canvas.group(parts, skin, line, 0.8)
    canvas.cel_shade(parts, shade_skin(skin), -0.04, -0.02)
    if hand == "open":
        for root, tip in (((0.24, -0.06), (0.44, -0.045)), ((0.24, 0.02), (0.46, 0.03))):
            canvas.stroke(put([root, ((root[0] + tip[0]) / 2, root[1]), tip]), line, 0.55, (0, 0.5))
    else:
        for down in (-0.08, 0.0, 0.07):
            canvas.stroke(
                put([(0.17, down), (0.24, down), (0.31, down + 0.01)]), line, 0.5, (0, 0.5)
            )


class ArmDrawing:
    """One arm of a pose, seen at the body's turn."""

    def __init__(self, size: Measures, arm: Arm, side: int, yaw: float):
        joints = place_arm(size, arm, side)
        self.size, self.side, self.hand = size, side, arm.hand
        self.inward = np.array([-side * 0.16 * np.cos(yaw), -0.05]) * size.limb
        self.shoulder, near = turn_joint(joints[0], yaw)
        self.elbow, middle = turn_joint(joints[1], yaw)
        self.wrist, far = turn_joint(joints[2], yaw)
        self.way = turn_joint(joints[3], yaw)[0]
        self.depth = 0.45 * near + 0.25 * middle + 0.30 * far
        self.wrist_depth = far
        self.before_head = self.wrist[1] < 1.35 and far > 0.15

    def draw(self, canvas: Canvas, outfit: Outfit, skin: Colour) -> None:
        """Draw the arm, its hand and its sleeve."""
        limb = self.size.limb
        line = pick_line(skin, 0.6)
        bare = [
            make_capsule(self.shoulder, self.elbow, 0.25 * limb, 0.185 * limb),
            make_capsule(self.elbow, self.wrist, 0.185 * limb, 0.125 * limb),
        ]
        gauntlet = outfit.top == "armour"
        hand_colour = outfit.accent if gauntlet else skin
        draw_hand(canvas, self.wrist, self.way, self.side, limb, self.hand, hand_colour)
        canvas.group(bare, skin, line)
        canvas.cel_shade(bare, shade_skin(skin), *SHADE_TOWARDS_LIGHT)
        if gauntlet:
            self._draw_plates(canvas, outfit)
        else:
            self._draw_sleeve(canvas, outfit)

    def _draw_sleeve(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, colour = self.size.limb, outfit.main
        if outfit.top == "dress":
            colour = outfit.trim
        line = pick_line(colour)
        loose = {"hoodie": 0.09, "coat": 0.09, "labcoat": 0.09, "jersey": 0.05}.get(
            outfit.top, 0.04
        )
        if outfit.short_sleeves:
            end = self.shoulder + (self.elbow - self.shoulder) * 0.58
            parts = [_cut_band(self.shoulder, end, (0.29 + loose) * limb, (0.30 + loose) * limb)]
            band = _cut_band(
                self.shoulder + (end - self.shoulder) * 0.84,
                end,
                (0.305 + loose) * limb,
                (0.31 + loose) * limb,
                True,
            )
        else:
            flare = 0.10 if outfit.top in ("coat", "labcoat", "dress") else 0.02
            end = self.elbow + (self.wrist - self.elbow) * 0.94
            parts = [
                make_capsule(
                    self.shoulder, self.elbow, (0.27 + loose) * limb, (0.20 + loose) * limb
                ),
                _cut_band(self.elbow, end, (0.20 + loose) * limb, (0.15 + loose + flare) * limb),
            ]
            band = _cut_band(
                self.elbow + (end - self.elbow) * 0.80,
                end,
                (0.165 + loose + 0.8 * flare) * limb,
                (0.16 + loose + flare) * limb,
                True,
            )
        canvas.group(parts, colour, line)
        canvas.cel_shade(parts, shade(colour), *SHADE_TOWARDS_LIGHT)
        if outfit.top != "dress":
            # Cloth runs on from the trunk, so no line crosses the shoulder.
            canvas.fill(
                make_ellipse(*(self.shoulder + self.inward), 0.25 * limb, 0.24 * limb), colour
            )
        if not outfit.short_sleeves:
            fold = self.elbow - (self.wrist - self.shoulder) * 0.02
            across = np.array([-(self.wrist - self.shoulder)[1], (self.wrist - self.shoulder)[0]])
            across = across / max(np.linalg.norm(across), 1e-6) * 0.15 * limb
            canvas.stroke(
                smooth_curve([fold - across, np.add(fold, (0, 0.05)), fold + across * 0.3]),
                line,
                0.6,
                (0, 0),
            )
        if outfit.top in ("sailor", "jersey", "hoodie", "dress", "coat"):
            trim = {"dress": outfit.accent, "coat": shade(outfit.main)}.get(outfit.top, outfit.trim)
            canvas.shape(band, trim, line, 0.7)
        if outfit.top == "jersey":
            stripe = make_ribbon(np.array([self.shoulder - (0.05, 0), self.elbow]), 0.05)
            canvas.fill(stripe, outfit.trim, 1, canvas.mask(parts[:1]))

    def _draw_plates(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, steel = self.size.limb, outfit.accent
        line = pick_line(steel)
        sleeve = [make_capsule(self.shoulder, self.elbow, 0.28 * limb, 0.22 * limb)]
        canvas.group(sleeve, outfit.trim, pick_line(outfit.trim))
        fore = [_cut_band(self.elbow, self.wrist, 0.25 * limb, 0.19 * limb)]
        canvas.group(fore, steel, line)
        canvas.cel_shade(fore, shade(steel), *SHADE_TOWARDS_LIGHT)
        canvas.shape(
            make_ellipse(*self.elbow, 0.22 * limb, 0.20 * limb), lighten(steel, 0.2), line, 0.8
        )
        for grow, drop in ((0.47, 0.17), (0.44, -0.02)):
            pad = make_ellipse(
                self.shoulder[0] + 0.04 * self.side,
                self.shoulder[1] + drop - 0.10,
                grow * limb,
                0.30 * limb,
            )
            canvas.shape(pad, steel, line)
            canvas.cel_shade([pad], shade(steel), -0.10, -0.09)
            gleam = make_ellipse(
                self.shoulder[0] - 0.12, self.shoulder[1] + drop - 0.22, 0.12, 0.04, -0.4
            )
            canvas.fill(gleam, lighten(steel, 0.75))


def _cut_band(start, end, start_half: float, end_half: float, square: bool = False) -> np.ndarray:
    # A band with a square end; it starts round, at a joint, or square, as a cuff does.
    start, end = np.asarray(start, dtype=float), np.asarray(end, dtype=float)
    along = end - start
    length = max(np.linalg.norm(along), 1e-6)
    if length < 0.12 and not square:
        return make_ellipse(*end, end_half, end_half)
    angle = np.arctan2(along[1], along[0])
    back = angle + np.pi + np.linspace(-np.pi / 2, np.pi / 2, 10)
    rear = start + start_half * np.stack([np.cos(back), np.sin(back)], axis=1)
    across = np.array([-along[1], along[0]]) / length * end_half
    bow = end + along / length * 0.05
    if square:
        side = np.array([-along[1], along[0]]) / length * start_half
        rear = np.array([start + side, start - side])
    return np.concatenate(
        [rear, [end - across, bow - across * 0.4, bow + across * 0.4, end + across]]
    )


class LegDrawing:
    """One leg of a pose, seen at the body's turn."""

    def __init__(self, size: Measures, leg: Leg, side: int, yaw: float):
        joints = place_leg(size, leg, side)
        self.size = size
        self.hip, near = turn_joint(joints[0], yaw)
        self.knee, middle = turn_joint(joints[1], yaw, 0.05)
        self.ankle, far = turn_joint(joints[2], yaw, 0.05)
        self.toes, _ = turn_joint(joints[3], yaw, 0.16)
        shin = self.ankle - self.knee
        self.down = shin / max(np.linalg.norm(shin), 1e-6)
        self.depth = near + 0.3 * middle + 0.2 * far

    def draw(self, canvas: Canvas, outfit: Outfit, skin: Colour) -> None:
        """Draw the leg with its shoe and what covers it."""
        limb, line = self.size.limb, pick_line(skin, 0.6)
        bare = [
            make_capsule(self.hip, self.knee, 0.44 * limb, 0.27 * limb),
            make_capsule(
                self.knee, self.knee * 0.62 + self.ankle * 0.38, 0.26 * limb, 0.265 * limb
            ),
            make_capsule(
                self.knee * 0.62 + self.ankle * 0.38, self.ankle, 0.265 * limb, 0.15 * limb
            ),
        ]
        self._draw_shoe(canvas, outfit)
        canvas.group(bare, skin, line)
        canvas.cel_shade(bare, shade_skin(skin), *SHADE_TOWARDS_LIGHT)
        if outfit.socks is not None:
            self._draw_sock(canvas, outfit)
        if outfit.lower in ("trousers", "shorts"):
            self._draw_trouser(canvas, outfit)
        if outfit.lower == "greaves":
            self._draw_greave(canvas, outfit)

    def _draw_shoe(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, colour = self.size.limb**0.7, outfit.shoes
        heel = self.ankle + self.down * 0.20
        toe = heel + self.toes * 0.46 * limb + self.down * 0.03
        points = np.concatenate([
            make_ellipse(*heel, 0.17 * limb, 0.13 * limb), make_ellipse(*toe, 0.20 * limb,
                0.13 * limb),
            make_ellipse(*(self.ankle + self.down * 0.02), 0.16 * limb, 0.08 * limb),
        ])  # fmt: skip
        hull = cv2.convexHull(points.astype(np.float32)).reshape(-1, 2).astype(float)
        canvas.shape(hull, colour, pick_line(colour))
        canvas.cel_shade([hull], shade(colour), -0.03, -0.08)
        if outfit.top in ("jersey", "hoodie"):
            sole = canvas.mask([hull])
            canvas.fill(hull + self.down * 0.19 * limb, (246, 246, 246), 1, sole)
        gleam = make_ellipse(*(toe - self.down * 0.05 - (0.04, 0)), 0.07 * limb, 0.03 * limb)
        canvas.fill(gleam, lighten(colour, 0.5), 0.8)

    def _draw_sock(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, colour = self.size.limb, outfit.socks
        parts = []
        reach = outfit.sock_height
        calf = self.knee * 0.62 + self.ankle * 0.38
        if reach > 1.0:
            top = self.knee + (self.hip - self.knee) * (reach - 1.0)
            parts.append(
                _cut_band(self.knee, top, 0.285 * limb, (0.285 + 0.16 * (reach - 1.0)) * limb)
            )
            parts.append(make_capsule(self.knee, calf, 0.275 * limb, 0.28 * limb))
            parts.append(make_capsule(calf, self.ankle, 0.28 * limb, 0.165 * limb))
        else:
            top = self.ankle + (self.knee - self.ankle) * reach
            half = np.interp(reach, (0.0, 0.62, 1.0), (0.17, 0.28, 0.275)) * limb
            parts.append(_cut_band(self.ankle, top, 0.165 * limb, half))
        canvas.group(parts, colour, pick_line(colour))
        canvas.cel_shade(parts, shade(colour), *SHADE_TOWARDS_LIGHT)

    def _draw_trouser(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, colour = self.size.limb, outfit.bottom
        line = pick_line(colour)
        if outfit.lower == "shorts":
            end = self.hip + (self.knee - self.hip) * 0.72
            parts = [_cut_band(self.hip, end, 0.46 * limb, 0.44 * limb)]
        else:
            parts = [
                make_capsule(self.hip, self.knee, 0.47 * limb, 0.33 * limb),
                _cut_band(self.knee, self.ankle + self.down * 0.06, 0.33 * limb, 0.27 * limb),
            ]
        canvas.group(parts, colour, line)
        canvas.cel_shade(parts, shade(colour), -0.11, -0.03)
        if outfit.lower == "trousers":
            crease = [(self.hip * 0.5 + self.knee * 0.5), self.knee, self.ankle]
            canvas.stroke(
                smooth_curve(np.array(crease) - (0.02, 0)), mix(line, colour, 0.4), 0.6, (0, 0.3)
            )
            for down in (0.0, 0.10):
                spot = np.add(self.knee, (0, down))
                canvas.stroke(
                    smooth_curve(
                        np.add(spot, [(0.22 * limb, 0), (0.05, 0.06), (-0.1 * limb, 0.03)])
                    ),
                    line,
                    0.55,
                    (0.4, 0),
                )
        elif outfit.top == "jersey":
            stripe = make_ribbon(np.add([self.hip, end - (0, -0.1)], (0.30 * limb, 0)), 0.05)
            canvas.fill(stripe, outfit.trim, 1, canvas.mask(parts))

    def _draw_greave(self, canvas: Canvas, outfit: Outfit) -> None:
        limb, steel = self.size.limb, outfit.accent
        line = pick_line(steel)
        calf = self.knee * 0.62 + self.ankle * 0.38
        plates = [
            make_capsule(self.knee, calf, 0.29 * limb, 0.31 * limb),
            _cut_band(calf, self.ankle, 0.31 * limb, 0.23 * limb),
        ]
        canvas.group(plates, steel, line)
        canvas.cel_shade(plates, shade(steel), -0.10, -0.03)
        gleam = make_ribbon(
            np.array([self.knee * 0.8 + self.ankle * 0.2, self.knee * 0.3 + self.ankle * 0.7])
            - (0.10, 0),
            0.03,
        )
        canvas.fill(gleam, lighten(steel, 0.7))
        cup = make_ellipse(*self.knee, 0.28 * limb, 0.25 * limb)
        canvas.shape(cup, lighten(steel, 0.15), line, 0.9)
        canvas.cel_shade([cup], shade(steel), -0.07, -0.07)
