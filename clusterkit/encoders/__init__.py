"""Encoders: from a picture of a character to a point, so that one character's points lie together.

    load_encoder     a name or a file, as given to `--model`, to a ready encoder
    Encoder          what every encoder can do: prepare (in threads) and encode (in batches)

The kinds, each in a module that is imported only when it is asked for:

    network          `network`: learnt on drawn characters; its weights are in the package
    descriptor       `descriptor`: colours and shapes by hand, without weights and without torch
    clip             `ViT-B/32`, any open_clip name, `hf-hub:...`, a checkpoint file
    onnx             `encoder.onnx`: any exported image encoder
    ccip             `ccip`: trained to tell anime characters apart
    joined           `A+B`, `A*2+B`: any of these side by side
    builtin          `builtin`: the first two side by side, each picture weighing them by itself

Importing this package loads neither torch nor open_clip nor onnxruntime.
"""

from __future__ import annotations

from clusterkit.encoders.base import Encoder
from clusterkit.encoders.joined import JoinedEncoder, split_name
from clusterkit.errors import SettingsError
from clusterkit.settings import DEVICES, PREPROCESSES

__all__ = ["Encoder", "load_encoder"]

BUILTIN = ("network", "descriptor")
OWN_NAMES = ("builtin", *BUILTIN)
"""What comes with the package: `builtin` is the two others side by side."""


def load_encoder(
    name: str, *, device: str = "auto", preprocess: str = "letterbox", precision: str = "auto"
) -> Encoder:
    """Load the encoder that a name stands for.

    Parameters
    ----------
    name : str
        `builtin`, `network` or `descriptor`; `ccip`; a file that ends in .onnx; `ViT-B/32`,
        `ViT-B/16`, `ViT-L/14` (OpenAI's weights) or any open_clip `name@pretrained`;
        `hf-hub:owner/name`; a checkpoint file, bare or as `name@file`. Several are joined by a
        plus, each with a weight after a star if it has more or less to say:
        `ViT-B/32+descriptor`, `ViT-B/32*2+descriptor`.
    device : str
        'auto' takes cuda, then mps, then cpu.
    preprocess : str
        'letterbox' shows the model the whole character over a neutral colour; 'stock' is
        open_clip's own transform, for CLIP models only.
    precision : str
        'auto' takes the fastest that keeps a cosine of 0.999 to float32 on this device;
        'float32', 'bfloat16' or 'float16' insist. For CLIP models only.

    Raises
    ------
    EncoderError
        Unknown name, weights or device that cannot be had; `MissingExtraError` for a package.
    SettingsError
        An option with a value that makes no sense, or of no meaning for this kind of encoder.

    Examples
    --------
    >>> encoder = load_encoder("builtin")
    >>> encoder.name
    'builtin'
    """
    name = name.strip()
    if device not in DEVICES:
        raise SettingsError(f"device must be one of {', '.join(DEVICES)}, got {device!r}")
    if preprocess not in PREPROCESSES:
        raise SettingsError(f"preprocess must be 'letterbox' or 'stock', got {preprocess!r}")

    parts = split_name(name)
    if len(parts) == 1:
        return _load_single(parts[0].name, device, preprocess, precision)
    if preprocess == "stock" and not any(_is_clip(part.name) for part in parts):
        raise _make_stock_error(name)
    encoders = [
        _load_single(
            part.name, device, preprocess if _is_clip(part.name) else "letterbox", precision
        )
        for part in parts
    ]
    return JoinedEncoder(name, encoders, [part.weight for part in parts])


def _is_clip(name: str) -> bool:
    return not (name in (*OWN_NAMES, "ccip") or name.lower().endswith(".onnx"))


def _make_stock_error(name: str) -> SettingsError:
    return SettingsError(f"preprocess 'stock' is open_clip's own transform; {name!r} has none")


def _load_single(name: str, device: str, preprocess: str, precision: str) -> Encoder:
    if not _is_clip(name) and preprocess == "stock":
        raise _make_stock_error(name)

    if name == "builtin":
        from clusterkit.encoders.builtin import BuiltinEncoder

        parts = [_load_single(part, device, preprocess, precision) for part in BUILTIN]
        return BuiltinEncoder(name, *parts)
    if name == "descriptor":
        from clusterkit.encoders.descriptor import DescriptorEncoder

        return DescriptorEncoder(name)
    if name == "network":
        from clusterkit.encoders.network import NetworkEncoder

        return NetworkEncoder(name)
    if name == "ccip":
        from clusterkit.encoders.ccip import load_ccip_encoder

        return load_ccip_encoder(device=device)
    if not _is_clip(name):
        from clusterkit.encoders.onnx import load_onnx_encoder

        return load_onnx_encoder(name, device=device)

    from clusterkit.encoders.clip import load_clip_encoder

    return load_clip_encoder(name, device=device, preprocess=preprocess, precision=precision)
