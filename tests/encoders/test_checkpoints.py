"""What a name means, without building anything: tags, files, shapes, activations."""

import logging
import pickle
from pathlib import Path

import open_clip
import pytest
import torch

from clusterkit.encoders import checkpoints
from clusterkit.encoders.checkpoints import find_source, guess_architecture, read_shapes
from clusterkit.encoders.clip import build_model
from clusterkit.errors import EncoderError


@pytest.fixture
def no_hub(monkeypatch):
    """Note what would be asked of the hub, and answer with a path."""
    asked = []

    def answer(repository, *filenames, wanted_for):
        asked.append((repository, filenames))
        return Path(repository) / filenames[0]

    monkeypatch.setattr(checkpoints, "find_hub_file", answer)
    return asked


def shapes_of(architecture):
    with torch.device("meta"):
        config = open_clip.get_model_config(architecture)
        config.pop("custom_text", None)
        model = open_clip.CLIP(**config)
    return {key: tuple(value.shape) for key, value in model.state_dict().items()}


@pytest.mark.parametrize("name", ["ViT-B/32", "ViT-B-32", "ViT-B-32@openai"])
def test_openai_weights_are_given_quick_gelu(no_hub, name):
    source = find_source(name)
    assert source.architecture == "ViT-B-32"
    assert source.quick_gelu
    assert source.preprocess["mean"] == open_clip.OPENAI_DATASET_MEAN
    ((repository, filenames),) = no_hub
    assert "openai" in repository
    assert filenames[0].endswith(".safetensors")


def test_openai_name_of_the_large_model_with_its_own_at_sign(no_hub):
    assert find_source("ViT-L/14@336px").architecture == "ViT-L-14-336"


def test_laion_weights_keep_gelu(no_hub):
    assert not find_source("ViT-B-32@laion2b_s34b_b79k").quick_gelu


@pytest.mark.parametrize("quick_gelu", [False, True])
def test_activation_of_the_built_model(tmp_path, quick_gelu):
    torch.manual_seed(0)
    path = tmp_path / "weights.pt"
    torch.save(open_clip.create_model("ViT-S-32").state_dict(), path)
    model = build_model(checkpoints.ClipSource("ViT-S-32", path, quick_gelu))
    kinds = {type(block.mlp.gelu).__name__ for block in model.visual.transformer.resblocks}
    assert kinds == ({"QuickGELU"} if quick_gelu else {"GELU"})


@pytest.mark.parametrize("name", ["ViT-H-14", "ViT-B-32@nonsense"])
def test_missing_or_wrong_tag_lists_the_tags(name):
    with pytest.raises(EncoderError, match=r"laion2b_s3"):
        find_source(name)


@pytest.mark.parametrize("name", ["gone.safetensors", "ViT-B-32@gone.pt"])
def test_missing_file_is_named(name):
    with pytest.raises(EncoderError, match=r"no checkpoint file gone"):
        find_source(name)


@pytest.mark.parametrize("architecture", ["ViT-B-32", "ViT-B-16", "ViT-L-14", "ViT-S-32"])
def test_architecture_is_told_from_shapes(architecture):
    assert guess_architecture(shapes_of(architecture), "finetuned") == architecture


def test_file_name_decides_between_equal_shapes():
    shapes = shapes_of("ViT-B-32")
    assert guess_architecture(shapes, "vit_b_32_quickgelu_v2") == "ViT-B-32-quickgelu"


def test_shapes_win_over_a_file_name_that_lies():
    assert guess_architecture(shapes_of("ViT-B-16"), "ViT-B-32") == "ViT-B-16"


def test_tensors_of_something_else_ask_for_the_name():
    with pytest.raises(EncoderError, match="NAME@FILE"):
        guess_architecture({"layer.weight": (3, 3)}, "classifier")


def test_transformers_checkpoint_is_recognised():
    shapes = {"vision_model.embeddings.patch_embedding.weight": (768, 3, 32, 32)}
    with pytest.raises(EncoderError, match="transformers checkpoint"):
        guess_architecture(shapes, "model")


@pytest.mark.parametrize(
    ("stem", "quick_gelu", "warned"),
    [
        ("vit_b_32-openai", True, False),
        ("ViT-B-32_laion2b_e16", False, False),
        ("finetuned", False, True),
    ],
)
def test_bare_file_takes_its_activation_from_its_name(
    monkeypatch, tmp_path, caplog, stem, quick_gelu, warned
):
    monkeypatch.setattr(checkpoints, "read_shapes", lambda path: shapes_of("ViT-B-32"))
    path = tmp_path / f"{stem}.safetensors"
    path.touch()
    with caplog.at_level(logging.WARNING):
        source = find_source(str(path))
    assert (source.architecture, source.quick_gelu) == ("ViT-B-32", quick_gelu)
    assert ("ViT-B-32-quickgelu@" in caplog.text) == warned


def test_configuration_beside_the_file_decides(monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoints, "read_shapes", lambda path: {})
    (tmp_path / "open_clip_config.json").write_text('{"model_cfg": {}}')
    path = tmp_path / "open_clip_model.safetensors"
    path.touch()
    assert find_source(str(path)).architecture == f"local-dir:{tmp_path}"


class Trap:
    """Unpickling it would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
def test_a_checkpoint_that_would_run_code_is_refused_unrun(tmp_path):
    sprung = tmp_path / "sprung"
    for name, save in {"plain.pt": pickle.dump, "zipped.pt": torch.save}.items():
        with (tmp_path / name).open("wb") as stream:
            save({"state_dict": Trap(sprung)}, stream)
        with pytest.raises(EncoderError, match=r"run code|not a readable"):
            read_shapes(tmp_path / name)
    assert not sprung.exists()


@pytest.mark.filterwarnings("ignore:.*torch.jit.*is deprecated")
def test_torchscript_archive_is_refused_with_a_way_out(tmp_path):
    path = tmp_path / "ViT-B-32.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), path)
    with pytest.raises(EncoderError, match=r"TorchScript archive.*safetensors"):
        read_shapes(path)


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_truncated_checkpoint_is_one_clear_line(tmp_path, suffix):
    path = tmp_path / f"broken{suffix}"
    path.write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(EncoderError, match="not a readable checkpoint"):
        read_shapes(path)


def test_other_kinds_of_file_are_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("hello")
    with pytest.raises(EncoderError, match="a checkpoint ends in"):
        find_source(str(path))
