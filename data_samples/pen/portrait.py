"""The whole head: face, hair and what is worn on it, in the order of depth."""

from __future__ import annotations

import numpy as np

from .acting import Expression
from .canvas import Canvas
from .eyes import draw_brows, draw_eyes
from .hair import HairDrawing
from .head import draw_beard, draw_cheeks, draw_ears, draw_mouth, draw_nose, make_contour
from .headwear import draw_face_wear, draw_hat, draw_hat_back, is_covered
from .palette import pick_line, shade_skin
from .tails import make_tails
from .traits import Character

FACE_VISIBLE = np.cos(np.radians(112))
BANG_SHADOW = (0.03, 0.10)


class Portrait:
    """A character's head at one turn, drawn in layers behind and before the body."""

    def __init__(self, character: Character, yaw: float, mood: Expression, sway: float = 0.0):
        self.character, self.yaw, self.mood = character, yaw, mood
        self.hair = HairDrawing(character.hair, yaw, sway, is_covered(character.extras))
        self.tails_behind, self.tails_before = make_tails(character.hair, yaw, sway)

    def draw_behind(self, canvas: Canvas) -> None:
        """Draw what hangs behind head and body."""
        for tail in self.tails_behind:
            tail.draw(canvas)
        self.hair.draw_back(canvas)
        draw_hat_back(canvas, self.character, self.yaw)

    def draw_before(self, canvas: Canvas) -> None:
        """Draw the head itself with all that lies before it."""
        face, hair, mood, yaw = self.character.face, self.character.hair, self.mood, self.yaw
        contour = make_contour(face, yaw)
        draw_ears(canvas, face, yaw, near=False)
        canvas.shape(contour, face.skin, pick_line(face.skin, 0.62))
        clip = canvas.mask([contour])
        away = -1 if np.sin(yaw) >= -0.05 else 1
        canvas.cel_shade([contour], shade_skin(face.skin), 0.05 * away, -0.035)
        if np.cos(yaw) > FACE_VISIBLE:
            draw_cheeks(canvas, face, mood, yaw, clip)
            draw_beard(canvas, face, hair.colour, yaw, clip)
            draw_nose(canvas, face, yaw)
            draw_mouth(canvas, face, mood, yaw, clip)
        draw_ears(canvas, face, yaw, near=True)
        cast = canvas.shift_mask(canvas.mask(self.hair.get_front_outlines()), *BANG_SHADOW)
        canvas.paint(cast, shade_skin(face.skin), 1.0, clip)
        if np.cos(yaw) > FACE_VISIBLE:
            draw_eyes(canvas, face, mood, hair.colour, yaw)
        self.hair.draw_front(canvas)
        if np.cos(yaw) > FACE_VISIBLE:
            draw_brows(canvas, face, mood, hair.colour, yaw)
        draw_face_wear(canvas, self.character, yaw)
        if not is_covered(self.character.extras):
            self.hair.draw_ahoge(canvas)
        for tail in self.tails_before:
            tail.draw(canvas)
        draw_hat(canvas, self.character, yaw)
