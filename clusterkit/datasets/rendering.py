"""One frame as a trainer gets it: cropped, sized, and clean under its transparent pixels."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image

from clusterkit.datasets.options import ExportOptions
from clusterkit.images import VISIBLE_ALPHA, Picture, composite, find_character_box, premultiply

WHITE, GREY = (255, 255, 255), (128, 128, 128)
HIDDEN = WHITE
"""The colour under alpha 0: what a trainer sees that drops the alpha channel."""

DARKEST_RANDOM = 48
"""Random backgrounds lie between this and its mirror: neither near black nor near white, where
outlines and highlights would melt into them."""


@dataclass(frozen=True)
class Rendering:
    """One image, encoded.

    Attributes
    ----------
    data : bytes
        The image file.
    extension : str
        .png or .webp.
    mask : bytes or None
        A grey PNG of the same size, white = the character.
    crop : tuple of int
        (left, top, right, bottom) in the source, end-exclusive.
    size : tuple of int
        (width, height) in pixels.
    background : str
        transparent or #rrggbb.
    """

    data: bytes
    extension: str
    mask: bytes | None
    crop: tuple[int, int, int, int]
    size: tuple[int, int]
    background: str


def render_frame(picture: Picture, digest: str, options: ExportOptions) -> Rendering:
    """Crop to the character, limit the long side, lay over the background, encode.

    Parameters
    ----------
    picture : Picture
    digest : str
        Of the source file: with the seed it decides a random background, so that the colour of one
        frame does not depend on which others are exported.
    options : ExportOptions
    """
    left, top, right, bottom = crop = plan_crop(picture.rgba[..., 3], options.margin)
    rgba = _resize(picture.rgba[top:bottom, left:right], options.max_side, options.upscale)
    alpha = _grow(rgba[..., 3], options.grow_mask)
    size = (rgba.shape[1], rgba.shape[0])
    if options.background == "transparent":
        # Under a grown mask the soft edge is seen: it must lie on what surrounds it.
        grown = composite(premultiply(rgba), HIDDEN) if options.grow_mask else rgba[..., :3]
        pixels = np.dstack([grown, alpha])
        data, extension = _encode(pixels, options.image_type)
        return Rendering(data, extension, None, crop, size, "transparent")
    colour = pick_background(options.background, digest, options.seed)
    data, extension = _encode(composite(premultiply(rgba), colour), options.image_type)
    mask = _encode(alpha, "png")[0] if options.masks_apart else None
    return Rendering(data, extension, mask, crop, size, "#{:02x}{:02x}{:02x}".format(*colour))


def plan_crop(alpha: np.ndarray, margin: float) -> tuple[int, int, int, int]:
    """The character's box with room around it, as (left, top, right, bottom), inside the frame."""
    top, bottom, left, right = find_character_box(alpha)
    room = round(margin * max(bottom - top, right - left))
    height, width = alpha.shape
    return max(0, left - room), max(0, top - room), min(width, right + room), \
        min(height, bottom + room)  # fmt: skip


def clean_hidden(rgba: np.ndarray) -> np.ndarray:
    """Give invisible pixels one colour: mattes leave magenta, or another character, under alpha 0.

    Parameters
    ----------
    rgba : ndarray, shape (h, w, 4), uint8, straight alpha

    Returns
    -------
    ndarray, shape (h, w, 4), uint8
        The haze below `VISIBLE_ALPHA` becomes fully transparent as well.
    """
    clean = rgba.copy()
    clean[rgba[..., 3] < VISIBLE_ALPHA] = (*HIDDEN, 0)
    return clean


def pick_background(name: str, digest: str, seed: int) -> tuple[int, int, int]:
    """RGB of a background; `random` is one colour an image, always the same for one seed."""
    if name.startswith("#"):
        return int(name[1:3], 16), int(name[3:5], 16), int(name[5:7], 16)
    if name != "random":
        return {"white": WHITE, "grey": GREY}[name]
    noise = hashlib.blake2b(f"{seed}:{digest}".encode(), digest_size=3).digest()
    span = 256 - 2 * DARKEST_RANDOM
    red, green, blue = (DARKEST_RANDOM + level * span // 256 for level in noise)
    return red, green, blue


def _resize(rgba: np.ndarray, max_side: int, upscale: bool) -> np.ndarray:
    height, width = rgba.shape[:2]
    scale = max_side / max(height, width)
    if scale == 1 or (scale > 1 and not upscale):
        return clean_hidden(rgba)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    # Premultiplied, or the hidden colours would bleed into the outline.
    small = cv2.resize(premultiply(clean_hidden(rgba)), size, interpolation=method)
    alpha = small[..., 3].astype(np.float32)
    straight = small[..., :3] * (255 / np.maximum(alpha, 1))[..., None]
    return clean_hidden(
        np.dstack([np.minimum(straight, 255).round().astype(np.uint8), small[..., 3]])
    )


def _grow(alpha: np.ndarray, pixels: int) -> np.ndarray:
    """Dilate a mask by a disc; its soft edge moves outwards as it is."""
    if not pixels or alpha.min(initial=255) == 255:
        return alpha
    side = 2 * pixels + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.dilate(alpha, disc)


def _encode(pixels: np.ndarray, image_type: str) -> tuple[bytes, str]:
    image = Image.fromarray(pixels)
    # WebP forgets an alpha channel that is opaque everywhere; ai-toolkit's mask step then fails.
    opaque = pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].min() == 255
    stream = io.BytesIO()
    if image_type == "webp" and not opaque:
        image.save(stream, "WEBP", lossless=True, exact=True, quality=60, method=3)
        return stream.getvalue(), ".webp"
    image.save(stream, "PNG", compress_level=6)
    return stream.getvalue(), ".png"
