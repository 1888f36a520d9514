"""Decode an image once; find the character in it; frame the character for an encoder or an eye.

Everything here takes and returns arrays in RGB order. Alpha is *straight* in a `Picture` (as in the
file) and *premultiplied* in what `letterbox` returns, because resizing straight alpha lets the
colours hidden under transparent pixels bleed into the edge.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from clusterkit.errors import ImageError

EXTENSIONS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".avif"})

MAX_PIXELS = 64_000_000
"""Largest image that is decoded, in pixels: 8,000 x 8,000 takes 256 MB a worker as RGBA."""

VISIBLE_ALPHA = 12
"""Alpha (0-255) from which a pixel is the character: mattes leave a haze of 1-10 around it."""

THUMBNAIL_SIZE = 128
THUMBNAIL_QUALITY = 80

# We guard the memory ourselves, before decoding, with a message of our own.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Picture:
    """One decoded image.

    Attributes
    ----------
    rgba : ndarray, shape (height, width, 4), uint8
        Straight alpha, RGB order, upright (EXIF rotation applied).
    has_alpha : bool
        Whether the file carries transparency; without it the character is the whole rectangle.
    """

    rgba: np.ndarray
    has_alpha: bool

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.rgba.shape[0])

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.rgba.shape[1])

    @property
    def character(self) -> np.ndarray:
        """The character's box, shape (h, w, 4), uint8, premultiplied; made once for all who ask."""
        # Not `functools.cached_property`: before Python 3.12 one thread at a time may make one.
        made: np.ndarray | None = self.__dict__.get("_character")
        if made is None:
            top, bottom, left, right = find_character_box(self.rgba[..., 3])
            made = self.__dict__["_character"] = premultiply(self.rgba[top:bottom, left:right])
        return made

    def fit(self, size: int) -> np.ndarray:
        """The character in a square, as `letterbox` makes it; made once for all who ask for it.

        Parameters
        ----------
        size : int
            Side of the square in pixels.

        Returns
        -------
        ndarray, shape (size, size, 4), uint8
            Premultiplied. It is shared: do not write to it.
        """
        squares: dict[int, np.ndarray] = self.__dict__.setdefault("_squares", {})
        if size not in squares:
            squares[size] = letterbox(self.character, size)
        return squares[size]


def decode_image(data: bytes, *, max_pixels: int = MAX_PIXELS) -> Picture:
    """Decode an image file's bytes, whatever its mode, depth or orientation.

    Parameters
    ----------
    data : bytes
        The whole file: PNG, JPEG, WebP, BMP, TIFF or AVIF; 1 to 4 channels, palette, CMYK, 8 or 16
        bit. Told by its content, so a mislabelled extension does not matter.
    max_pixels : int
        Larger images are refused from their header, before any memory is taken.

    Raises
    ------
    ImageError
        Empty, not an image, truncated, or larger than `max_pixels`.
    """
    if not data:
        raise ImageError("the file is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
            if width * height > max_pixels:
                raise ImageError(
                    f"{width} x {height} pixels are more than the limit of {max_pixels:,}; "
                    "scale it down"
                )
            image.load()
            has_alpha = image.has_transparency_data
            upright = ImageOps.exif_transpose(image)
            return Picture(_to_rgba(upright), has_alpha)
    except ImageError:
        raise
    except UnidentifiedImageError:
        raise ImageError("not an image, or of a format that is not supported") from None
    except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError) as error:
        # Pillow raises all of these for damaged files, depending on the format and the place.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ImageError(f"damaged or truncated: {reason}") from None


def _to_rgba(image: Image.Image) -> np.ndarray:
    """Convert any Pillow mode to straight RGBA, scaling deep pixels instead of clipping them."""
    if image.mode.startswith("I") or image.mode == "F":
        grey = np.nan_to_num(np.asarray(image).astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
        scale = 1.0
        if image.mode == "F" and grey.max(initial=0) <= 1:
            scale = 255.0  # floating-point TIFFs hold 0 to 1
        elif image.mode.startswith("I;16") or grey.max(initial=0) > 255:
            scale = 1 / 257  # 16 bit: 65535 / 255
        level = np.clip(grey * scale, 0, 255).round().astype(np.uint8)
        return np.dstack([level, level, level, np.full_like(level, 255)])
    return np.asarray(image.convert("RGBA"))


def find_character_box(alpha: np.ndarray) -> tuple[int, int, int, int]:
    """Smallest box that holds every visible pixel, as (top, bottom, left, right), end-exclusive.

    Parameters
    ----------
    alpha : ndarray, shape (height, width), uint8

    Returns
    -------
    tuple of int
        The whole image where nothing is visible: there is no character to crop to.
    """
    visible = (alpha >= VISIBLE_ALPHA).view(np.uint8)
    left, top, width, height = cv2.boundingRect(visible)
    if not width or not height:
        return 0, alpha.shape[0], 0, alpha.shape[1]
    return top, top + height, left, left + width


def premultiply(rgba: np.ndarray) -> np.ndarray:
    """Multiply the colours by alpha: what lies hidden under alpha 0 becomes black.

    Parameters
    ----------
    rgba : ndarray, shape (h, w, 4), uint8, straight alpha

    Returns
    -------
    ndarray, shape (h, w, 4), uint8
    """
    alpha = rgba[..., 3]
    if alpha.min(initial=255) == 255:
        return rgba
    return cv2.cvtColor(rgba, cv2.COLOR_RGBA2mRGBA)


def letterbox(
    premultiplied: np.ndarray, size: int, background: tuple[int, int, int] | None = None
) -> np.ndarray:
    """Fit a cut-out into a square, aspect kept, centred: no head is ever lost to a centre crop.

    Parameters
    ----------
    premultiplied : ndarray, shape (h, w, 4), uint8
    size : int
        Side of the square in pixels.
    background : tuple of int, optional
        RGB colour to composite over. Without one the result keeps its alpha.

    Returns
    -------
    ndarray, uint8
        (size, size, 3) composited over `background`, or (size, size, 4) premultiplied.
    """
    height, width = premultiplied.shape[:2]
    scale = size / max(height, width)
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    resized = cv2.resize(premultiplied, (new_width, new_height), interpolation=interpolation)
    square = np.zeros((size, size, 4), np.uint8)
    top, left = (size - new_height) // 2, (size - new_width) // 2
    square[top : top + new_height, left : left + new_width] = resized
    return square if background is None else composite(square, background)


def composite(premultiplied: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """Lay a premultiplied cut-out over one colour.

    Parameters
    ----------
    premultiplied : ndarray, shape (h, w, 4), uint8
    background : tuple of int
        RGB.

    Returns
    -------
    ndarray, shape (h, w, 3), uint8
    """
    uncovered = 255 - premultiplied[..., 3]
    under = cv2.merge([cv2.convertScaleAbs(uncovered, alpha=level / 255) for level in background])
    return cv2.add(premultiplied[..., :3], under)


def make_thumbnail(premultiplied: np.ndarray, size: int = THUMBNAIL_SIZE) -> bytes:
    """A small WebP of a cut-out, transparency kept, aspect kept.

    Parameters
    ----------
    premultiplied : ndarray, shape (h, w, 4), uint8
    size : int
        Longest side in pixels; a smaller image is not enlarged.
    """
    height, width = premultiplied.shape[:2]
    scale = min(1.0, size / max(height, width))
    new_width, new_height = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(premultiplied, (new_width, new_height), interpolation=cv2.INTER_AREA)
    pixels = cv2.cvtColor(small, cv2.COLOR_mRGBA2RGBA)
    stream = io.BytesIO()
    Image.fromarray(pixels, "RGBA").save(stream, "WEBP", quality=THUMBNAIL_QUALITY, method=2)
    return stream.getvalue()
