import io
import struct
import zlib

import numpy as np
import pytest
from conftest import encode_png, make_rgba
from PIL import Image

from clusterkit.errors import ImageError
from clusterkit.images import (
    Picture,
    decode_image,
    find_character_box,
    letterbox,
    make_thumbnail,
    premultiply,
)


def save(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


RED = Image.new("RGB", (40, 60), (250, 10, 20))
GREY = (128, 128, 128)


@pytest.mark.parametrize(
    ("data", "has_alpha"),
    [
        (save(RED, "PNG"), False),
        (save(RED.convert("RGBA"), "PNG"), True),
        (save(RED.quantize(4), "PNG"), False),
        (save(RED.convert("CMYK"), "JPEG", quality=95), False),
        (save(RED, "JPEG", quality=95), False),
        (save(RED, "BMP"), False),
        (save(RED, "TIFF"), False),
        (save(RED, "WEBP", lossless=True), False),
        (save(RED, "AVIF", quality=95), False),
    ],
    ids=["rgb", "rgba", "palette", "cmyk", "jpeg", "bmp", "tiff", "webp", "avif"],
)
def test_every_format_gives_the_same_red(data, has_alpha):
    picture = decode_image(data)
    assert (picture.width, picture.height, picture.has_alpha) == (40, 60, has_alpha)
    assert picture.rgba.dtype == np.uint8
    np.testing.assert_allclose(picture.rgba[30, 20, :3].astype(int), [250, 10, 20], atol=12)
    assert picture.rgba[30, 20, 3] == 255


@pytest.mark.parametrize("mode", ["L", "LA", "1", "I;16", "F"])
def test_grey_of_any_depth_keeps_its_brightness(mode):
    if mode == "I;16":
        image = Image.fromarray(np.full((8, 8), 200 * 257, np.uint16))
    elif mode == "F":
        image = Image.fromarray(np.full((8, 8), 200 / 255, np.float32))
    else:
        image = Image.new("L", (8, 8), 255 if mode == "1" else 200).convert(mode)
    picture = decode_image(save(image, "TIFF" if mode == "F" else "PNG"))
    assert picture.rgba[4, 4].tolist() == ([255] * 4 if mode == "1" else [200, 200, 200, 255])


def test_floats_that_are_not_numbers_become_black():
    pixels = np.full((8, 8), np.nan, np.float32)
    assert decode_image(save(Image.fromarray(pixels), "TIFF")).rgba[..., :3].max() == 0


def test_palette_transparency_is_alpha():
    image = RED.quantize(4)
    picture = decode_image(save(image, "PNG", transparency=image.getpixel((5, 5))))
    assert picture.has_alpha
    assert picture.rgba[5, 5, 3] == 0


def test_rotation_in_exif_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = decode_image(save(RED, "JPEG", exif=exif))
    assert (picture.width, picture.height) == (60, 40)


WHOLE = encode_png(make_rgba())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello", "not an image"),
        (WHOLE[: len(WHOLE) // 2], "damaged or truncated"),
        (WHOLE[:200] + b"\0" * 400 + WHOLE[600:], "damaged or truncated"),
        (save(RED, "JPEG")[:-100], "damaged or truncated"),
    ],
    ids=["zero-byte", "text", "half", "overwritten", "short jpeg"],
)
def test_damage_is_named(data, words):
    with pytest.raises(ImageError, match=words) as caught:
        decode_image(data)
    assert "\n" not in str(caught.value)


def test_a_huge_image_is_refused_from_its_header():
    """60,000 x 60,000 RGBA pixels would take 14 GB; the file that says so has 60 bytes."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b""))
    with pytest.raises(ImageError, match=r"60000 x 60000 pixels .* limit"):
        decode_image(bomb)


def test_the_box_is_the_character_not_the_haze():
    alpha = np.zeros((50, 40), np.uint8)
    alpha[5:45, 3:38] = 6  # what a matte leaves around
    alpha[10:30, 8:20] = 255
    assert find_character_box(alpha) == (10, 30, 8, 20)
    assert find_character_box(np.zeros((5, 4), np.uint8)) == (0, 5, 0, 4)


def test_the_character_of_a_picture_is_found_once():
    rgba = make_rgba()
    rgba[:3] = (0, 0, 0, 6)  # haze
    picture = Picture(rgba, True)
    top, bottom, left, right = find_character_box(rgba[..., 3])
    assert top >= 3
    character = picture.character
    np.testing.assert_array_equal(character, premultiply(rgba)[top:bottom, left:right])
    assert picture.character is character


def test_a_square_is_made_once_for_each_size():
    picture = Picture(make_rgba(), True)
    small, large = picture.fit(64), picture.fit(96)
    np.testing.assert_array_equal(small, letterbox(picture.character, 64))
    np.testing.assert_array_equal(large, letterbox(picture.character, 96))
    assert picture.fit(64) is small
    assert picture.fit(96) is large


def test_hidden_colours_never_show():
    rgba = make_rgba()
    rgba[rgba[..., 3] == 0, :3] = (255, 0, 255)
    clean = rgba.copy()
    clean[clean[..., 3] == 0, :3] = 0
    np.testing.assert_array_equal(premultiply(rgba), premultiply(clean))
    for size in (32, 224):
        np.testing.assert_array_equal(
            letterbox(premultiply(rgba), size, GREY), letterbox(premultiply(clean), size, GREY)
        )


def test_letterbox_keeps_head_and_feet():
    tall = np.zeros((300, 50, 4), np.uint8)
    tall[..., 3] = 255
    tall[:20, :, 0] = 255  # a red head
    tall[-20:, :, 2] = 255  # blue feet
    square = letterbox(tall, 60, (128, 128, 128))
    assert square.shape == (60, 60, 3)
    assert square[1, 30].tolist() == [255, 0, 0]
    assert square[-2, 30].tolist() == [0, 0, 255]
    assert square[30, 2].tolist() == [128, 128, 128]
    assert letterbox(tall, 60)[30, 2].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1)])
def test_extreme_shapes(shape):
    rgba = np.full((*shape, 4), 200, np.uint8)
    assert letterbox(rgba, 64).shape == (64, 64, 4)
    assert make_thumbnail(rgba)


def test_thumbnail_is_small_and_transparent():
    picture = decode_image(encode_png(make_rgba(width=400, height=800)))
    data = make_thumbnail(picture.character)
    small = Image.open(io.BytesIO(data))
    assert small.format == "WEBP"
    assert max(small.size) == 128
    assert small.convert("RGBA").getpixel((0, 0))[3] == 0
    assert len(data) < 20_000


def test_thumbnail_of_what_is_translucent_keeps_its_colours():
    rgba = np.full((300, 200, 4), (200, 100, 50, 128), np.uint8)
    with Image.open(io.BytesIO(make_thumbnail(premultiply(rgba)))) as thumbnail:
        pixels = np.asarray(thumbnail.convert("RGBA"))
    np.testing.assert_allclose(pixels.mean(axis=(0, 1)), (200, 100, 50, 128), atol=6)
