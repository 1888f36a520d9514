"""Names to encoders, and what importing must not load."""

import subprocess
import sys

import numpy as np
import pytest

from clusterkit.encoders import BUILTIN, load_encoder
from clusterkit.errors import EncoderError, MissingExtraError, SettingsError

HEAVY = ("torch", "torchvision", "open_clip", "onnxruntime", "huggingface_hub")


def list_loaded(code):
    """The heavy modules that a fresh interpreter has loaded after running `code`."""
    script = f"{code}\nimport sys; print([m for m in {HEAVY} if m in sys.modules])"
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_importing_loads_nothing_heavy():
    assert list_loaded("import clusterkit.encoders") == "[]"


def test_the_descriptor_never_loads_torch():
    code = (
        "import numpy as np\n"
        "from clusterkit.encoders import load_encoder\n"
        "from clusterkit.images import Picture\n"
        "encoder = load_encoder('descriptor')\n"
        "picture = Picture(np.full((40, 30, 4), 255, np.uint8), True)\n"
        "assert np.isfinite(encoder.encode(encoder.prepare(picture)[None])).all()"
    )
    assert list_loaded(code) == "[]"


def test_builtin_is_the_network_beside_the_descriptor():
    encoder = load_encoder(" builtin ")
    assert encoder.name == "builtin"
    assert [part.name for part in encoder.encoders] == list(BUILTIN)
    assert encoder.fingerprint != load_encoder("network*0.25+descriptor").fingerprint


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("vit-b/23", "ViT-B/32"), ("buitlin", "builtin"), ("VIT_L/14", "ViT-L/14")],
)
def test_unknown_name_suggests_a_close_one_and_lists_what_is_accepted(name, suggestion):
    with pytest.raises(EncoderError) as caught:
        load_encoder(name)
    message = str(caught.value)
    assert f"did you mean {suggestion!r}?" in message
    for accepted in ("builtin", "ViT-B/16", "ccip", "hf-hub:", "checkpoint", ".onnx"):
        assert accepted in message


def test_name_like_nothing_gets_no_suggestion():
    with pytest.raises(EncoderError, match="unknown model 'zzzzqqqq'") as caught:
        load_encoder("zzzzqqqq")
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("name", ["builtin", "network", "ccip", "encoder.onnx"])
def test_stock_preprocess_is_for_clip_only(name):
    with pytest.raises(SettingsError, match="stock"):
        load_encoder(name, preprocess="stock")


@pytest.mark.parametrize("option", [{"device": "tpu"}, {"preprocess": "squash"}])
def test_options_without_meaning_are_refused(option):
    with pytest.raises(SettingsError, match=next(iter(option.values()))):
        load_encoder("builtin", **option)


def test_missing_extras_print_their_install_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "encoder.onnx").write_bytes(b"")
    with pytest.raises(MissingExtraError, match=r"pip install 'clusterkit\[onnx\]'"):
        load_encoder(str(tmp_path / "encoder.onnx"))


def test_encoders_agree_on_empty_batches():
    encoder = load_encoder("builtin")
    rows = encoder.encode(np.empty((0, encoder.dimensions), np.float32))
    assert rows.shape == (0, encoder.dimensions)
    assert rows.dtype == np.float32
