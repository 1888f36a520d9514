"""Which CLIP a name means: its architecture, weights file and preprocessing.

    ViT-B/32                       OpenAI's weights (they exist for this architecture)
    ViT-B-32@laion2b_s34b_b79k     open_clip's name and pretrained tag
    hf-hub:owner/name              a repository on the hub that holds open_clip's configuration
    ViT-B-32@weights.safetensors   a checkpoint file and its architecture
    weights.safetensors            the architecture told from, in this order: open_clip_config.json
                                   beside it, the shapes of its tensors, its file name

OpenAI trained with QuickGELU, x * sigmoid(1.702 x), most others with GELU. Both load into the same
shapes, and with the wrong one the vectors are quietly worse. A tag knows which; so does
open_clip_config.json. For a bare file we look for a tag's name in the file's ("...openai...",
"...metaclip..."), and `ViT-B-32-quickgelu@weights.safetensors` says it outright.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clusterkit.encoders.hub import find_hub_file
from clusterkit.errors import EncoderError

HUB_PREFIX = "hf-hub:"
QUICK_GELU_SUFFIX = "-quickgelu"
CONFIG_FILE = "open_clip_config.json"
WEIGHTS_FILES = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
CHECKPOINT_SUFFIXES = (".safetensors", ".pt", ".pth", ".bin", ".ckpt")
SHORT_NAMES = ("ViT-B/32", "ViT-B/16", "ViT-L/14")
OPENAI_TAG = "openai"
OPENAI_ALIASES = {"ViT-L/14@336px": "ViT-L-14-336"}
"""OpenAI's own names where open_clip's differ by more than the slash."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClipSource:
    """Everything needed to build a CLIP model, image tower or, later, text tower too.

    Attributes
    ----------
    architecture : str
        An open_clip name, or "local-dir:..." of a folder that holds `open_clip_config.json`.
    weights : Path
        A file on this machine.
    quick_gelu : bool
        Force QuickGELU on an architecture that does not have it by its name.
    preprocess : dict
        open_clip's own keys that the weights were trained with: mean, std, interpolation,
        resize_mode. Empty: what the architecture or its configuration file says.
    """

    architecture: str
    weights: Path
    quick_gelu: bool = False
    preprocess: dict[str, Any] = field(default_factory=dict)


def find_source(name: str) -> ClipSource:
    """Find what a name means, downloading its weights where they are not here yet.

    Raises
    ------
    EncoderError
        Unknown name, missing or unusable file, weights that cannot be reached.
    """
    import open_clip

    if name.startswith(HUB_PREFIX):
        return _find_on_hub(name.removeprefix(HUB_PREFIX), name)
    if Path(name).expanduser().is_file():
        return _find_for_file(Path(name).expanduser())

    architecture, _, weights = OPENAI_ALIASES.get(name, name).partition("@")
    architecture = architecture.replace("/", "-")
    if architecture not in open_clip.list_models():
        if name.lower().endswith(CHECKPOINT_SUFFIXES) and "@" not in name:
            raise EncoderError(f"there is no checkpoint file {name}")
        raise EncoderError(_describe_unknown(name, open_clip.list_models()))
    file = Path(weights).expanduser()
    if weights and file.is_file():
        read_shapes(file)  # refuses, in our words, what is no checkpoint
        return ClipSource(architecture, file)
    if weights.lower().endswith(CHECKPOINT_SUFFIXES):
        raise EncoderError(f"there is no checkpoint file {weights}")
    return _find_for_tag(architecture, weights or OPENAI_TAG, name)


def _find_for_tag(architecture: str, tag: str, name: str) -> ClipSource:
    import open_clip

    known = open_clip.get_pretrained_cfg(architecture, tag)
    if not known:
        tags = ", ".join(open_clip.list_pretrained_tags_by_model(architecture)) or "none"
        raise EncoderError(f"{name}: write {architecture}@TAG or {architecture}@FILE; tags: {tags}")
    repository, _, filename = known["hf_hub"].rpartition("/")
    weights = find_hub_file(repository, *_prefer_safe(filename), wanted_for=name)
    keys = ("mean", "std", "interpolation", "resize_mode")
    preprocess = {key: known[key] for key in keys if key in known}
    return ClipSource(architecture, weights, bool(known.get("quick_gelu")), preprocess)


def _prefer_safe(filename: str) -> tuple[str, ...]:
    """List the names to look for: the safetensors twin first, as open_clip does itself."""
    if not filename:
        return WEIGHTS_FILES
    return tuple(dict.fromkeys([f"{Path(filename).with_suffix('.safetensors')}", filename]))


def _find_on_hub(repository: str, name: str) -> ClipSource:
    config = find_hub_file(repository, CONFIG_FILE, wanted_for=name)
    weights = find_hub_file(repository, *WEIGHTS_FILES, wanted_for=name)
    return ClipSource(f"local-dir:{config.parent}", weights)


def _find_for_file(path: Path) -> ClipSource:
    shapes = read_shapes(path)
    if _is_open_clip_config(path.with_name(CONFIG_FILE)):
        return ClipSource(f"local-dir:{path.parent}", path)
    architecture = guess_architecture(shapes, path.stem)
    if architecture.endswith(QUICK_GELU_SUFFIX):
        return ClipSource(architecture, path)
    quick_gelu = _names_quick_gelu(architecture, path.stem)
    if quick_gelu is None:
        logger.warning(
            "%s is taken for %s with GELU; if it was trained with QuickGELU, as OpenAI's weights "
            "were, give %s%s@%s", path.name, architecture, architecture, QUICK_GELU_SUFFIX, path,
        )  # fmt: skip
    return ClipSource(architecture, path, bool(quick_gelu))


def _is_open_clip_config(path: Path) -> bool:
    try:
        return "model_cfg" in json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return False


def read_shapes(path: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a checkpoint's tensors, without running anything that is in the file.

    Raises
    ------
    EncoderError
        Not a checkpoint, or one that only loads by running code: a pickle or TorchScript.
    """
    import torch

    if path.suffix.lower() not in CHECKPOINT_SUFFIXES:
        raise EncoderError(f"{path}: a checkpoint ends in {', '.join(CHECKPOINT_SUFFIXES)}")
    try:
        if path.suffix.lower() == ".safetensors":
            from safetensors import safe_open

            with safe_open(path, "pt") as file:
                keys = file.keys()  # the file itself cannot be iterated
                return {key: tuple(file.get_slice(key).get_shape()) for key in keys}
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001 - torch, pickle, zip and safetensors all have their own
        if "TorchScript" in str(error):
            reason = "is a TorchScript archive, which runs code when loaded; use safetensors"
        elif "weights_only" in str(error) or "Unsupported" in str(error):
            reason = "holds more than tensors, which could run code when loaded; use safetensors"
        else:
            reason = f"is not a readable checkpoint ({type(error).__name__})"
        raise EncoderError(f"{path} {reason}") from None
    if isinstance(state, dict) and isinstance(state.get("state_dict"), dict):
        state = state["state_dict"]
    if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
        raise EncoderError(f"{path} is not a state dict: it should map names to tensors")
    return {key: tuple(value.shape) for key, value in state.items()}


def guess_architecture(shapes: dict[str, tuple[int, ...]], file_stem: str) -> str:
    """Tell the open_clip architecture of a checkpoint from its tensors' shapes, else its name.

    Parameters
    ----------
    shapes : dict
        As from `read_shapes`.
    file_stem : str
        Decides between architectures of equal shapes, and speaks for towers that are no plain
        vision transformer.

    Raises
    ------
    EncoderError
        Nothing fits, or several do and the name does not say which.
    """
    import open_clip

    shapes = {key.removeprefix("module."): shape for key, shape in shapes.items()}
    if "vision_model.embeddings.patch_embedding.weight" in shapes:
        raise EncoderError(
            f"{file_stem} is a transformers checkpoint, not open_clip's; many are on the hub in "
            "open_clip's form too: use hf-hub:owner/name or a file from there"
        )
    found = _measure_shapes(shapes)
    fitting = [name for name in open_clip.list_models() if _measure_config(name) == found]
    candidates = fitting if found else open_clip.list_models()
    named = [name for name in candidates if _simplify(name) in _simplify(file_stem)]
    if named:
        return max(named, key=len)
    plain = [name for name in fitting if not name.endswith(QUICK_GELU_SUFFIX)]
    if found and len(plain) == 1:
        return plain[0]
    fitting_names = f" ({', '.join(plain)} would fit)" if found and plain else ""
    raise EncoderError(
        f"cannot tell the architecture of {file_stem}{fitting_names}: "
        "give it as NAME@FILE, for example ViT-B-32@weights.safetensors"
    )


def _measure_shapes(shapes: dict[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """Width, patch, grid, layers, embedding, vocabulary and text width of a plain transformer."""
    needed = [
        shapes.get("visual.conv1.weight"),
        shapes.get("visual.positional_embedding"),
        shapes.get("visual.proj"),
        shapes.get("token_embedding.weight", shapes.get("text.token_embedding.weight")),
    ]
    if any(shape is None for shape in needed):
        return None
    patches, positions, projection, tokens = [shape for shape in needed if shape is not None]
    blocks = (re.match(r"visual\.transformer\.resblocks\.(\d+)\.", key) for key in shapes)
    layers = 1 + max((int(block[1]) for block in blocks if block), default=-1)
    grid = round((positions[0] - 1) ** 0.5)
    decoder = any(key.startswith("text_decoder.") for key in shapes)
    return (patches[0], patches[-1], grid, layers, projection[-1], *tokens, int(decoder))


def _measure_config(name: str) -> tuple[int, ...] | None:
    """Measure one of open_clip's configurations in the same way."""
    import open_clip

    config = open_clip.get_model_config(name)
    vision, text = config["vision_cfg"], config["text_cfg"]
    plain = all(isinstance(vision.get(key), int) for key in ("patch_size", "width", "layers"))
    if not plain or "hf_model_name" in text:  # a text tower of another make has other tensors
        return None
    grid = vision.get("image_size", 224) // vision["patch_size"]
    return (
        vision["width"], vision["patch_size"], grid, vision["layers"], config["embed_dim"],
        text.get("vocab_size", 49408), text.get("width", 512), int("multimodal_cfg" in config),
    )  # fmt: skip


def _names_quick_gelu(architecture: str, file_stem: str) -> bool | None:
    """Tell the activation from a pretrained tag in the file's name; None where it holds none."""
    import open_clip

    tags = open_clip.list_pretrained_tags_by_model(architecture)
    named = [tag for tag in tags if _simplify(tag) in _simplify(file_stem)]
    if not named:
        return None
    return bool(open_clip.get_pretrained_cfg(architecture, max(named, key=len)).get("quick_gelu"))


def _simplify(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def _describe_unknown(name: str, models: Iterable[str]) -> str:
    accepted = (
        "builtin, descriptor, ccip, ViT-B/32, ViT-B/16, ViT-L/14, an open_clip NAME@PRETRAINED, "
        "hf-hub:OWNER/NAME, a checkpoint file or an .onnx file"
    )
    everything = ["builtin", "descriptor", "ccip", *SHORT_NAMES, *models]
    spelled = {candidate.lower(): candidate for candidate in reversed(everything)}
    close = difflib.get_close_matches(name.partition("@")[0].lower(), spelled, n=1)
    meant = f"; did you mean {spelled[close[0]]!r}?" if close else ""
    return f"unknown model {name!r}{meant} (accepted: {accepted})"
