"""What a text tower says of views: kept in the store, heard as far as it agrees, harmless else."""

import numpy as np
import open_clip
import pytest
import torch
from conftest import write_show
from test_views import make_show

import clusterkit
from clusterkit.encoders import clip, load_encoder
from clusterkit.encoders.base import normalize_rows, reads_text
from clusterkit.errors import EncoderError
from clusterkit.store import MeasurementStore
from clusterkit.views import VIEWS, tell_views
from clusterkit.views.knowledge import load_weights
from clusterkit.views.symmetry import SYMMETRY_NAMES
from clusterkit.views.words import (
    PHRASES,
    load_words,
    name_words,
    read_words,
    remember_words,
)

SMALL = "ViT-S-32"


class Reader:
    """An encoder that reads: random sentences, but for an axis for each view."""

    fingerprint, dimensions, text_digest = "reader-0", 8, "0123abcd"

    def __init__(self):
        self.asked = []

    def embed_sentences(self, sentences):
        self.asked.append(sentences)
        rows = np.random.default_rng(0).normal(0, 0.1, (len(sentences), 8))
        for row, sentence in zip(rows, sentences, strict=True):
            view = next(at for at, phrases in enumerate(PHRASES.values())
                        if any(phrase in sentence for phrase in phrases))  # fmt: skip
            row[view] += 1
        return normalize_rows(rows)


@pytest.fixture
def store(tmp_path):
    with MeasurementStore(tmp_path / "store.sqlite") as store:
        yield store


@pytest.fixture(scope="module")
def small_file(tmp_path_factory):
    from safetensors.torch import save_file

    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("small") / "weights.safetensors"
    save_file(open_clip.create_model(SMALL).state_dict(), path)
    yield path
    path.unlink()


def make_hard_show(seed):
    """As `make_show`, but geometry sees little."""
    measured, characters, frames, views = make_show(seed=seed)
    spread = load_weights().spread[: len(SYMMETRY_NAMES)]
    noise = np.random.default_rng(seed).normal(0, 0.9, (len(measured), len(spread)))
    measured[:, : len(spread)] += (noise * spread).astype(np.float32)
    return measured, characters, frames, views


def score(views, told):
    """The mean of the shares of each view that are told right."""
    real = np.array(VIEWS, object)[views]
    return np.mean([(told.views[real == view] == view).mean() for view in VIEWS])


def test_sentences_are_embedded_once_and_again_for_another_text_tower(store):
    reader = Reader()
    assert load_words(store, reader.fingerprint) is None
    remember_words(reader, store)
    words = load_words(store, reader.fingerprint)
    assert words.shape == (3, 8)
    np.testing.assert_allclose(np.linalg.norm(words, axis=1), 1, atol=1e-5)
    assert words[:, :3].argmax(axis=1).tolist() == [0, 1, 2]
    remember_words(reader, store)
    assert len(reader.asked) == 1
    reader.text_digest = "another"
    remember_words(reader, store)
    assert len(reader.asked) == 2
    assert len({len(set(sentences)) for sentences in reader.asked}) == 1
    assert load_words(store, "clip-unknown") is None


def test_who_reads_nothing_leaves_the_store_as_it_is(store, caplog):
    encoder = load_encoder("descriptor")
    assert not reads_text(encoder)
    remember_words(encoder, store)
    assert not store.find_embedded(name_words(encoder.fingerprint))

    class Mute(Reader):
        def embed_sentences(self, sentences):
            raise EncoderError("x: its words cannot be read: no tokenizer")

    remember_words(Mute(), store)
    assert load_words(store, Mute.fingerprint) is None
    assert "told without words" in caplog.text


def test_words_are_read_as_clip_reads_them():
    rows = np.array([[1, 0, 0], [0, 0.8, 0.6], [np.nan] * 3], np.float32)
    said = read_words(rows, np.eye(3, dtype=np.float32))
    expected = torch.log_softmax(100 * torch.from_numpy(rows[:2]).double(), 1).numpy()
    np.testing.assert_allclose(said[:2], expected, atol=1e-9)
    assert np.isnan(said[2]).all()


def test_words_that_are_right_help():
    gains = []
    for seed in range(4):
        measured, characters, frames, views = make_hard_show(seed)
        rng = np.random.default_rng(seed)
        # As a text tower is: right on the whole, its own opinion of every character.
        said = 2.0 * np.eye(3)[views] + rng.normal(0, 1, (len(views), 3))
        said += rng.normal(0, 2, (6, 3))[characters]
        alone = score(views, tell_views(measured, characters, frames, load_weights()))
        helped = score(views, tell_views(measured, characters, frames, load_weights(), said))
        gains.append(helped - alone)
    assert np.mean(gains) > 0.02, gains
    assert min(gains) > -0.01, gains


@pytest.mark.parametrize("kind", ["noise", "of the character", "constant", "nothing"])
def test_words_that_say_nothing_do_no_harm(kind):
    losses = []
    for seed in range(4):
        measured, characters, frames, views = make_hard_show(seed)
        rng = np.random.default_rng(seed)
        said = {
            "noise": rng.normal(0, 3, (len(views), 3)),
            "of the character": rng.normal(0, 5, (6, 3))[characters],
            "constant": np.zeros((len(views), 3)),
            "nothing": np.full((len(views), 3), np.nan),
        }[kind]
        alone = tell_views(measured, characters, frames, load_weights())
        other = tell_views(measured, characters, frames, load_weights(), said)
        if kind != "noise":
            assert (alone.views == other.views).mean() > 0.99
        losses.append(score(views, alone) - score(views, other))
    assert np.mean(losses) < 0.015, losses


def test_frames_without_words_are_told_by_the_rest():
    measured, characters, frames, views = make_show()
    said = 3.0 * np.eye(3)[views]
    said[::2] = np.nan
    told = tell_views(measured, characters, frames, load_weights(), said)
    assert all(view is not None for view in told.views)
    assert np.isfinite(told.probabilities).all()


def test_sentences_lie_in_the_space_of_the_pictures(small_file):
    encoder = load_encoder(f"{SMALL}@{small_file}", device="cpu", precision="float32")
    assert reads_text(encoder)
    rows = encoder.embed_sentences(["seen from behind", "in profile"])
    torch.manual_seed(0)
    model = open_clip.create_model(SMALL).eval()
    with torch.inference_mode():
        tokens = open_clip.get_tokenizer(SMALL)(["seen from behind", "in profile"])
        np.testing.assert_allclose(rows, model.encode_text(tokens, normalize=True), atol=1e-5)


def test_a_joined_row_times_a_sentence_is_the_cosine_of_the_part_that_reads(small_file):
    joined = load_encoder(f"{SMALL}@{small_file}*2+descriptor", device="cpu", precision="float32")
    part, other = joined.encoders
    assert reads_text(joined)
    assert joined.text_digest != part.text_digest
    rng = np.random.default_rng(0)
    rows = normalize_rows(rng.normal(size=(5, part.dimensions)))
    rest = normalize_rows(rng.normal(size=(5, other.dimensions)))
    sentences = ["front view", "back view"]
    np.testing.assert_allclose(
        joined.join([rows, rest]) @ joined.embed_sentences(sentences).T,
        rows @ part.embed_sentences(sentences).T, atol=1e-5,
    )  # fmt: skip


def test_weights_without_a_text_tower_read_nothing(small_file, tmp_path):
    from safetensors.torch import load_file, save_file

    state = load_file(small_file)
    path = tmp_path / "image.safetensors"
    save_file({key: value for key, value in state.items() if key.startswith("visual.")}, path)
    encoder = load_encoder(f"{SMALL}@{path}", device="cpu")
    assert not reads_text(encoder)


@pytest.mark.parametrize("name", ["{}", "{}+descriptor"])
def test_a_run_with_a_text_tower_tells_views_and_keeps_its_words(
    name, small_file, tmp_path, monkeypatch
):
    write_show(tmp_path / "show", frames=6)
    model = name.format(f"{SMALL}@{small_file}")
    built = []
    build = clip.build_model
    monkeypatch.setattr(
        clip, "build_model", lambda *args, **options: built.append(1) or build(*args, **options)
    )
    options = {"model": model, "progress": False, "visualize": False, "min_cluster_size": 4,
               "device": "cpu"}  # fmt: skip
    result = clusterkit.cluster_characters(tmp_path / "show", tmp_path / "out", **options)
    assert len(built) == 2, "the model, and its text tower for once"
    assert result.assignments["view"].isin(VIEWS).any()
    again = clusterkit.cluster_characters(tmp_path / "show", tmp_path / "out", **options)
    assert len(built) == 3, "the words were there"
    assert again.assignments["view"].equals(result.assignments["view"])
    clusterkit.load_result(tmp_path / "out").rename(0, "mai")
    assert len(built) == 3, "and no model is needed to tell views again"
    kept = clusterkit.load_result(tmp_path / "out").assignments["view"]
    assert kept.equals(result.assignments["view"])
