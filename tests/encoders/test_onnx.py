"""A real exported network, with the JSON that says what it wants to see."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

onnxruntime = pytest.importorskip("onnxruntime", reason="the onnx extra is not installed")

from clusterkit.encoders import load_encoder, onnx  # noqa: E402
from clusterkit.errors import EncoderError  # noqa: E402
from clusterkit.images import letterbox  # noqa: E402

REPOSITORY = Path(__file__).parents[2]
NETWORK = REPOSITORY.parent / "shared" / "encoders" / "mobilenet_v1_imagenet.onnx"
WANTS = {"scale": 1, "mean": [0, 0, 0], "std": [1, 1, 1], "output": "feat"}

real_network = pytest.mark.skipif(
    not NETWORK.is_file(), reason="the MobileNet of the development machine is not here"
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    shutil.copy(NETWORK, folder / "encoder.onnx")
    return folder


def load(folder, **wants):
    (folder / "encoder.json").write_text(json.dumps({**WANTS, **wants}))
    return load_encoder(str(folder / "encoder.onnx"), device="cpu")


def embed(encoder, pictures):
    return encoder.encode(np.stack([encoder.prepare(picture) for picture in pictures]))


@real_network
def test_vectors_equal_onnxruntime_used_directly(folder, pictures):
    rows = embed(load(folder), pictures)
    assert rows.shape == (6, 1024)
    assert rows.dtype == np.float32
    session = onnxruntime.InferenceSession(str(NETWORK), providers=["CPUExecutionProvider"])
    squares = [letterbox(p.character, 224, (127, 127, 127)) for p in pictures]
    feed = np.stack(squares).transpose(0, 3, 1, 2).astype(np.float32)
    (direct,) = session.run(["feat"], {"x": feed})
    direct /= np.linalg.norm(direct, axis=1, keepdims=True)
    np.testing.assert_allclose(rows, direct, atol=1e-5)


@real_network
def test_one_figure_drawn_twice_is_nearer_than_another(folder, pictures):
    rows = embed(load(folder), pictures)
    similarity = rows @ rows.T - 2 * np.eye(6)
    np.testing.assert_array_equal(similarity.argmax(axis=1), [1, 0, 3, 2, 5, 4])


@real_network
def test_every_field_of_the_json_reaches_the_network(folder, pictures):
    plain = load(folder)
    reference = embed(plain, pictures)
    assert load(folder).fingerprint == plain.fingerprint
    for change in (
        {"channels": "BGR"},
        {"scale": 0.5},
        {"mean": [100, 0, 0]},
        {"std": [2, 1, 1]},
        {"background": [255, 255, 255]},
    ):
        changed = load(folder, **change)
        assert changed.fingerprint != plain.fingerprint, change
        assert np.abs(embed(changed, pictures) - reference).max() > 1e-3, change


@real_network
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"output": "none"}, "'feat', 'map'"),
        ({"output": None}, "'feat', 'map'"),
        ({"output": "map"}, "not a vector"),
        ({"size": 100}, "224 x 224 pixels, not 100"),
        ({"size": "big"}, "size must be pixels"),
        ({"std": [1, 0, 1]}, "std must be three numbers other than 0"),
        ({"channels": "RGBA"}, "channels must be 'RGB' or 'BGR'"),
        ({"background": [0, 0, 300]}, "background must be"),
        ({"colour": "red"}, "these fields: size, channels"),
    ],
)
def test_a_json_that_does_not_fit_says_why(folder, change, message):
    with pytest.raises(EncoderError, match=message):
        load(folder, **change)


@real_network
def test_missing_json_prints_what_to_write(tmp_path):
    shutil.copy(NETWORK, tmp_path / "other.onnx")
    with pytest.raises(EncoderError, match=r"other\.json is missing") as caught:
        load_encoder(str(tmp_path / "other.onnx"))
    assert onnx.TEMPLATE in str(caught.value)
    example = {**json.loads(onnx.TEMPLATE), "output": "feat"}
    (tmp_path / "other.json").write_text(json.dumps(example))
    load_encoder(str(tmp_path / "other.onnx"), device="cpu")


@real_network
def test_empty_batch(folder):
    encoder = load(folder)
    assert encoder.encode(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, 1024)


def test_missing_file_and_broken_network(tmp_path):
    with pytest.raises(EncoderError, match="there is no file"):
        load_encoder(str(tmp_path / "gone.onnx"))
    (tmp_path / "broken.onnx").write_bytes(b"not a network")
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(EncoderError, match="not a usable ONNX network") as caught:
        load_encoder(str(tmp_path / "broken.onnx"))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="CUDA is here"
)
def test_cuda_that_is_not_there_is_refused(tmp_path):
    (tmp_path / "any.onnx").touch()
    (tmp_path / "any.json").write_text("{}")
    with pytest.raises(EncoderError, match="cannot use cuda"):
        load_encoder(str(tmp_path / "any.onnx"), device="cuda")


class Node:
    """An input or output as onnxruntime describes it."""

    def __init__(self, name, shape, type_="tensor(float)"):
        self.name, self.shape, self.type = name, shape, type_


class FakeSession:
    """A network of fixed batch 4 in NHWC: the mean colour of each image."""

    batches: list[tuple[int, ...]]

    def __init__(self):
        self.batches = []

    def get_inputs(self):
        return [Node("image", [4, 32, 32, 3])]

    def get_outputs(self):
        return [Node("mean", [4, 3])]

    def run(self, outputs, feed):
        self.batches.append(feed["image"].shape)
        return [feed["image"].mean(axis=(1, 2))]


def test_fixed_batch_is_filled_up_and_layout_told_from_the_shape():
    session = FakeSession()
    raw = onnx.InputSpec(scale=1, mean=(0, 0, 0), std=(1, 1, 1))
    spec, dtype, fixed_batch = onnx._fit_spec(raw, session, "encoder.json")
    assert (spec.layout, spec.size, fixed_batch) == ("NHWC", 32, 4)
    encoder = onnx.OnnxEncoder(
        "x", session, spec, dtype=dtype, fixed_batch=fixed_batch, digest="", device="cpu"
    )
    colours = np.random.default_rng(0).integers(1, 255, (6, 1, 1, 3), dtype=np.uint8)
    rows = encoder.encode(np.repeat(np.repeat(colours, 32, 1), 32, 2))
    expected = colours[:, 0, 0].astype(float)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(rows, expected, atol=1e-6)
    assert set(session.batches) == {(4, 32, 32, 3)}


@pytest.mark.parametrize(("channels", "expected"), [("RGB", [3, 0, 4]), ("BGR", [4, 0, 3])])
def test_channels_reach_the_network_in_the_order_it_wants(channels, expected):
    spec = onnx.InputSpec(
        size=32, layout="NHWC", channels=channels, scale=1, mean=(0, 0, 0), std=(1, 1, 1),
        input="image", output="mean",
    )  # fmt: skip
    encoder = onnx.OnnxEncoder(
        "x", FakeSession(), spec, dtype=np.float32, fixed_batch=4, digest="", device="cpu"
    )
    (row,) = encoder.encode(np.full((1, 32, 32, 3), (30, 0, 40), np.uint8))
    np.testing.assert_allclose(row, np.array(expected) / 5, atol=1e-6)


def test_network_without_a_size_asks_for_it():
    class Open(FakeSession):
        def get_inputs(self):
            return [Node("image", ["n", 3, "h", "w"])]

    with pytest.raises(EncoderError, match=r'give "size" in encoder\.json'):
        onnx._fit_spec(onnx.InputSpec(), Open(), "encoder.json")


def test_transparent_margin_does_not_matter(pictures):
    spec = onnx.InputSpec(size=32, layout="NHWC", input="image", output="mean")
    encoder = onnx.OnnxEncoder(
        "x", FakeSession(), spec, dtype=np.float32, fixed_batch=4, digest="", device="cpu"
    )
    picture = pictures[0]
    wider = cv2.copyMakeBorder(picture.rgba, 0, 40, 30, 0, cv2.BORDER_CONSTANT)
    np.testing.assert_array_equal(
        encoder.prepare(type(picture)(wider, True)), encoder.prepare(picture)
    )
