"""CCIP: our side of the contract with imgutils, which is not installed here."""

import sys
import types
from importlib.machinery import ModuleSpec

import numpy as np
import pytest

from clusterkit.encoders import ccip, load_encoder
from clusterkit.errors import EncoderError, MissingExtraError


@pytest.fixture
def imgutils(monkeypatch):
    """A module that looks and answers like imgutils.metrics of dghs-imgutils 0.19."""
    calls = []

    def ccip_batch_extract_features(images, size=384, model="ccip-caformer-24-randaug-pruned"):
        calls.append(([image.convert("RGB").size for image in images], size, model))
        data = np.stack([np.asarray(image, np.float32) for image in images])
        return np.resize(data.mean(axis=(1, 2)), (len(images), 768)).astype(np.float32)

    metrics = types.ModuleType("imgutils.metrics")
    metrics.ccip_batch_extract_features = ccip_batch_extract_features
    package = types.ModuleType("imgutils")
    package.__spec__ = ModuleSpec("imgutils", None)
    package.metrics = metrics
    monkeypatch.setitem(sys.modules, "imgutils", package)
    monkeypatch.setitem(sys.modules, "imgutils.metrics", metrics)
    return calls


@pytest.mark.parametrize("missing", ["imgutils", "onnxruntime"])
def test_without_the_extra_the_install_line_is_printed(monkeypatch, missing):
    find = ccip.find_spec
    monkeypatch.setattr(ccip, "find_spec", lambda name: None if name == missing else find(name))
    with pytest.raises(MissingExtraError, match=r"pip install 'clusterkit\[anime\]'"):
        load_encoder("ccip")


def test_unreachable_weights_name_the_ways_out(imgutils, monkeypatch):
    pytest.importorskip("onnxruntime")
    import huggingface_hub

    def refuse(*args, **kwargs):
        raise OSError("no route to host example.org")

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *args: None)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)
    with pytest.raises(EncoderError, match="--model builtin") as caught:
        load_encoder("ccip", device="cpu")
    assert "example.org" not in str(caught.value)


def test_pictures_reach_imgutils_whole_and_come_back_as_unit_rows(imgutils, monkeypatch, pictures):
    pytest.importorskip("onnxruntime")
    monkeypatch.setattr("clusterkit.encoders.hub.find_hub_file", lambda *a, **k: None)
    encoder = load_encoder("ccip", device="cpu")
    batch = np.stack([encoder.prepare(picture) for picture in pictures])
    assert batch.shape == (6, 384, 384, 3)
    assert (batch[:, 0, 0] == 255).all()  # white where the cut-out is not
    rows = encoder.encode(batch)
    assert rows.shape == (6, encoder.dimensions)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert imgutils[-1] == ([(384, 384)] * 6, 384, "ccip-caformer-24-randaug-pruned")


def test_a_device_ccip_cannot_use_is_refused(imgutils):
    pytest.importorskip("onnxruntime")
    with pytest.raises(EncoderError, match="not on mps"):
        load_encoder("ccip", device="mps")


def test_empty_batch():
    encoder = ccip.CcipEncoder(lambda images, **options: None)
    assert encoder.encode(np.empty((0, 384, 384, 3), np.uint8)).shape == (0, 768)
