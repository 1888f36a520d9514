"""Where weights cannot be had: one line, no hosts, three ways out."""

import httpx
import huggingface_hub
import pytest
from huggingface_hub import errors

from clusterkit.encoders import load_encoder
from clusterkit.encoders.hub import find_hub_file
from clusterkit.errors import EncoderError


@pytest.fixture
def closed_network(monkeypatch, tmp_path):
    """An empty cache, and a network that refuses every question."""

    def refuse(*args, **kwargs):
        raise httpx.ConnectError("[Errno -2] Name or service not known: hub.example.org")

    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *args: None)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)


@pytest.mark.parametrize(
    "name", ["ViT-B/32", "ViT-L/14", "ViT-B-32@laion2b_s34b_b79k", "hf-hub:owner/name"]
)
def test_unreachable_weights_name_three_ways_out(closed_network, name):
    with pytest.raises(EncoderError) as caught:
        load_encoder(name, device="cpu")
    message = str(caught.value)
    assert name in message
    for way_out in ("online", "--model builtin", "checkpoint file"):
        assert way_out in message
    for leak in ("\n", "Traceback", "http", "example.org", "huggingface.co", "Errno"):
        assert leak not in message
    assert caught.value.__suppress_context__  # no chain of network errors behind it


def test_cached_file_is_used_without_asking(closed_network, monkeypatch, tmp_path):
    path = tmp_path / "weights.safetensors"
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *args: str(path))
    assert find_hub_file("owner/name", path.name, wanted_for="x") == path


def make_hub_error(kind):
    response = httpx.Response(404, request=httpx.Request("HEAD", "https://example.org"))
    return kind("404 from https://example.org", response=response)


def test_unknown_repository_is_not_called_a_network_fault(closed_network, monkeypatch):
    def refuse(*args, **kwargs):
        raise make_hub_error(errors.RepositoryNotFoundError)

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", refuse)
    with pytest.raises(EncoderError, match="no repository 'owner/name'"):
        find_hub_file("owner/name", "a", wanted_for="hf-hub:owner/name")


def test_second_file_name_is_tried_where_the_first_is_missing(closed_network, monkeypatch):
    def answer(url, **kwargs):
        if url.endswith("a.safetensors"):
            raise make_hub_error(errors.RemoteEntryNotFoundError)

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", answer)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", lambda repository, name: f"/x/{name}")
    found = find_hub_file("owner/name", "a.safetensors", "a.bin", wanted_for="x")
    assert found.name == "a.bin"
