"""CLIP: the loading path a user takes, held against open_clip itself."""

import numpy as np
import open_clip
import pytest
import torch
from PIL import Image

from clusterkit.encoders import clip, load_encoder
from clusterkit.encoders.checkpoints import ClipSource
from clusterkit.errors import EncoderError, SettingsError

SMALL = "ViT-S-32"  # 12 layers of 384: the real architecture, at a third of ViT-B/32's time
SAME = 0.999


@pytest.fixture(scope="session")
def small_model():
    torch.manual_seed(0)
    return open_clip.create_model(SMALL).eval()


@pytest.fixture(scope="session")
def small_file(small_model, tmp_path_factory):
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("small") / "weights.safetensors"
    save_file(small_model.state_dict(), path)
    yield path
    path.unlink()


@pytest.fixture(scope="session")
def encoder(small_file):
    return load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="float32")


def embed(encoder, pictures):
    return encoder.encode(np.stack([encoder.prepare(picture) for picture in pictures]))


def embed_directly(model, pictures):
    """What open_clip gives for the files as its own examples use it."""
    transform = open_clip.image_transform(model.visual.image_size, is_train=False)
    images = [Image.fromarray(picture.rgba).convert("RGB") for picture in pictures]
    with torch.inference_mode():
        return model.encode_image(torch.stack([transform(i) for i in images]), normalize=True)


def cosines(a, b):
    return (np.asarray(a) * np.asarray(b)).sum(axis=1)


def test_vectors_are_float32_unit_rows(encoder, pictures):
    rows = embed(encoder, pictures)
    assert rows.dtype == np.float32
    assert rows.shape == (len(pictures), encoder.dimensions) == (6, 384)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_prepared_pictures_are_small_and_alike(encoder, pictures):
    prepared = [encoder.prepare(picture) for picture in pictures]
    assert {(p.shape, p.dtype) for p in prepared} == {((224, 224, 3), np.dtype(np.uint8))}


def test_stock_preprocess_equals_open_clip(small_file, small_model, pictures):
    stock = load_encoder(
        f"{SMALL}@{small_file}", device="cpu", precision="float32", preprocess="stock"
    )
    ours = embed(stock, pictures)
    assert cosines(ours, embed_directly(small_model, pictures)).min() > 0.99999


def test_vit_b_32_through_the_default_precision_equals_open_clip(tmp_path, pictures):
    torch.manual_seed(1)
    model = open_clip.create_model("ViT-B-32-quickgelu").eval()
    path = tmp_path / "vit_b_32-openai.pt"
    torch.save(model.state_dict(), path)
    stock = load_encoder(str(path), device="cpu", preprocess="stock")
    path.unlink()  # 600 MB
    assert type(stock.tower.transformer.resblocks[0].mlp.gelu).__name__ == "QuickGELU"
    assert stock.dimensions == 512
    assert cosines(embed(stock, pictures), embed_directly(model, pictures)).min() > SAME


def test_reduced_precision_keeps_the_vectors(small_file, encoder, pictures):
    reduced = load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="bfloat16")
    assert reduced.tower.transformer.resblocks[0].mlp.c_fc.weight.dtype == torch.bfloat16
    rows = embed(reduced, pictures)
    assert rows.dtype == np.float32
    assert cosines(rows, embed(encoder, pictures)).min() > SAME
    assert reduced.fingerprint != encoder.fingerprint


def test_letterbox_keeps_the_head_and_the_neutral_background(encoder, pictures):
    picture = pictures[0]
    prepared = encoder.prepare(picture)
    red = np.array([200, 40, 40])
    assert (np.abs(prepared[:60].astype(int) - red).max(axis=2) < 25).sum() > 500  # the hair
    corner = encoder._scale.numpy()[0, :, 0, 0] * prepared[0, 0]
    normalised = corner - encoder._shift.numpy()[0, :, 0, 0]
    np.testing.assert_allclose(normalised, 0, atol=0.01)


def test_what_is_hidden_under_alpha_zero_does_not_matter(encoder, pictures):
    clean = pictures[0]
    rgba = clean.rgba.copy()
    rgba[rgba[..., 3] == 0, :3] = (255, 0, 255)
    np.testing.assert_array_equal(encoder.prepare(type(clean)(rgba, True)), encoder.prepare(clean))


def test_only_the_image_tower_is_kept(encoder):
    names = [name for name, _ in encoder.tower.named_parameters()]
    assert names
    assert not any("token_embedding" in name for name in names)
    assert not hasattr(encoder, "model")


def test_text_tower_can_be_built_from_the_same_source(encoder):
    model = clip.build_model(encoder.source)
    tokens = open_clip.get_tokenizer(SMALL)(["from behind"])
    with torch.inference_mode():
        assert model.encode_text(tokens).shape == (1, encoder.dimensions)


def test_fingerprint_follows_weights_framing_and_nothing_else(encoder, small_file, tmp_path):
    kind = {"device": "cpu", "precision": "float32"}
    moved = tmp_path / "elsewhere.pt"
    from safetensors.torch import load_file

    state = load_file(small_file)
    torch.save({"epoch": 3, "state_dict": state}, moved)
    assert load_encoder(f"{SMALL}@{moved}", **kind).fingerprint == encoder.fingerprint
    stock = load_encoder(f"{SMALL}@{small_file}", preprocess="stock", **kind)
    assert stock.fingerprint != encoder.fingerprint
    state["visual.proj"] += 0.001
    torch.save(state, moved)
    assert load_encoder(f"{SMALL}@{moved}", **kind).fingerprint != encoder.fingerprint


def test_quick_gelu_changes_the_fingerprint(small_file):
    built = {}
    for quick_gelu in (False, True):
        source = ClipSource(SMALL, small_file, quick_gelu)
        built[quick_gelu] = clip.ClipEncoder(
            "x", source, clip.build_model(source),
            device="cpu", precision="float32", preprocess="letterbox",
        )  # fmt: skip
    assert built[False].fingerprint != built[True].fingerprint


def test_dead_network_gives_nan_rows(encoder, small_file, pictures):
    broken = load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="float32")
    torch.nn.init.zeros_(broken.tower.proj)
    assert np.isnan(embed(broken, pictures[:2])).all()


def test_empty_batch(encoder):
    assert encoder.encode(np.empty((0, 224, 224, 3), np.uint8)).shape == (0, encoder.dimensions)


def test_weights_of_another_architecture_are_refused_in_one_line(small_file):
    with pytest.raises(EncoderError, match="does not hold the weights of ViT-B-32") as caught:
        load_encoder(f"ViT-B-32@{small_file}", device="cpu")
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has CUDA")
def test_cuda_that_is_not_there_is_refused():
    with pytest.raises(EncoderError, match="torch finds no cuda device"):
        load_encoder("ViT-B/32", device="cuda")


def test_unknown_precision_is_refused(small_file):
    with pytest.raises(SettingsError, match="precision"):
        load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="int4")


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [({"avx512_bf16": True}, "bfloat16"), ({"amx_bf16": True}, "bfloat16"), ({}, "float32")],
)
def test_cpu_precision_follows_the_hardware(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities, raising=False)
    assert clip.choose_precision("cpu") == expected


def test_no_warning_of_random_weights(small_file, caplog):
    load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="float32")
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
