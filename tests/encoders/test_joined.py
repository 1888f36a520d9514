"""Encoders side by side: what a weight means, what is refused, and threads."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from clusterkit.encoders import load_encoder
from clusterkit.encoders.base import normalize_rows
from clusterkit.encoders.joined import JoinedEncoder, Part, split_name
from clusterkit.errors import EncoderError, SettingsError
from clusterkit.images import Picture


class MeanColours:
    """A tiny encoder of another shape and dtype than the descriptor's."""

    name, fingerprint, dimensions, batch_size = "mean", "mean-1", 4, 7

    def prepare(self, picture):
        return picture.rgba.reshape(-1, 4).mean(0).round().astype(np.uint8)[None]

    def encode(self, batch):
        return normalize_rows(batch[:, 0].astype(np.float32))


@pytest.fixture(scope="module")
def parts():
    return load_encoder("descriptor"), MeanColours()


def embed(encoder, pictures):
    return encoder.encode(np.stack([encoder.prepare(picture) for picture in pictures]))


@pytest.mark.parametrize("weights", [(1, 1), (3, 1), (0.5, 2)])
def test_the_cosine_is_the_weighted_mean_of_the_parts(parts, pictures, weights):
    joined = JoinedEncoder("d+m", parts, weights)
    rows = embed(joined, pictures)
    assert rows.shape == (len(pictures), joined.dimensions)
    assert rows.dtype == np.float32
    cosines = [embed(part, pictures) @ embed(part, pictures).T for part in parts]
    expected = np.average(cosines, axis=0, weights=weights)
    np.testing.assert_allclose(rows @ rows.T, expected, atol=1e-5)


def test_preparing_in_threads_gives_the_same_rows(parts, pictures):
    joined = JoinedEncoder("d+m", parts, (1, 1))
    with ThreadPoolExecutor(4) as pool:
        prepared = list(pool.map(joined.prepare, pictures * 5))
    np.testing.assert_array_equal(joined.encode(np.stack(prepared)), embed(joined, pictures * 5))


def test_a_picture_that_one_part_cannot_see_has_no_row(parts):
    empty = Picture(np.zeros((30, 20, 4), np.uint8), True)
    assert np.isnan(embed(JoinedEncoder("d+m", parts, (1, 1)), [empty])).all()


def test_the_fingerprint_knows_parts_and_ratios_and_nothing_else(parts):
    def fingerprint(name, parts, weights):
        return JoinedEncoder(name, parts, weights).fingerprint

    same = fingerprint("a", parts, (1, 1))
    assert fingerprint("b", parts, (2, 2)) == same
    assert fingerprint("a", parts, (1, 2)) != same
    assert fingerprint("a", parts[::-1], (1, 1)) != same


def test_no_pictures_no_rows(parts):
    joined = JoinedEncoder("d+m", parts, (1, 1))
    assert joined.encode(np.empty((0,))).shape == (0, joined.dimensions)
    assert joined.batch_size == 7


def test_names_are_taken_apart():
    assert split_name("ViT-B/32*2 + descriptor*0.5") == [
        Part("ViT-B/32", 2.0),
        Part("descriptor", 0.5),
    ]
    assert split_name("descriptor") == [Part("descriptor", 1.0)]


def test_a_file_with_a_plus_in_its_name_is_one_encoder(tmp_path):
    file = tmp_path / "a+b*c.onnx"
    file.touch()
    assert split_name(str(file)) == [Part(str(file), 1.0)]


@pytest.mark.parametrize(
    "name", ["descriptor+", "+descriptor", "ccip+descriptor*0", "ccip+descriptor*-1",
             "ccip*x+descriptor", "ccip+descriptor*nan", "*2+ccip"],
)  # fmt: skip
def test_what_is_no_join_is_refused_in_one_line(name):
    with pytest.raises(SettingsError, match=r"A\+B") as caught:
        load_encoder(name)
    assert "\n" not in str(caught.value)


def test_joining_an_encoder_with_itself_is_refused():
    with pytest.raises(SettingsError, match="itself"):
        load_encoder("descriptor+descriptor*2")


def test_an_unknown_part_is_named():
    with pytest.raises(EncoderError, match="buitlin"):
        load_encoder("descriptor+buitlin")


def test_stock_preprocess_needs_a_part_that_has_it():
    with pytest.raises(SettingsError, match="stock"):
        load_encoder("descriptor+ccip", preprocess="stock")
