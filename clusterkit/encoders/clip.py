"""CLIP image encoders of open_clip: the whole character, letterboxed, as one unit vector.

Radford et al., "Learning Transferable Visual Models From Natural Language Supervision", ICML 2021;
Ilharco et al., "OpenCLIP", 2021. The model's own transform cuts a square from the middle, and a
tall cut-out loses head and feet to it; `letterbox` fits the character's box in instead, over the
model's mean colour, which its normalisation turns into zeros.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterkit.encoders.base import make_fingerprint, normalize_rows
from clusterkit.encoders.checkpoints import ClipSource, find_source
from clusterkit.errors import EncoderError, SettingsError
from clusterkit.images import Picture, letterbox
from clusterkit.threads import run_side_by_side, split_rows

if TYPE_CHECKING:
    import torch

BATCH_SIZES = {"cpu": min(16 * max(2, os.cpu_count() or 1), 256), "cuda": 256, "mps": 64}
"""Large enough to keep the device busy, each core of a CPU; larger ones only take memory."""
PRECISIONS = {"float32": "fp32", "bfloat16": "bf16", "float16": "fp16"}
"""Our names and open_clip's. Its reduced ones keep layer norms in float32, all else in 16 bits."""
BFLOAT16_CAPABILITY = (8, 0)
"""CUDA compute capability from which bfloat16 is in the hardware (Ampere)."""
PREPARE_VERSION = 1


class ClipEncoder:
    """The image tower of a CLIP model.

    Parameters
    ----------
    name : str
        As the user gave it.
    source : ClipSource
        Kept, so that the text tower can be built from the same weights when it is asked for.
    model : torch.nn.Module
        As from `build_model`; only its image tower is kept.
    device, precision, preprocess : str
        As chosen; none of them 'auto'.

    Attributes
    ----------
    text_digest : str
        Of the weights of the text tower; empty where the checkpoint has none.
    """

    def __init__(
        self,
        name: str,
        source: ClipSource,
        model: torch.nn.Module,
        *,
        device: str,
        precision: str,
        preprocess: str,
    ) -> None:
        import torch

        self.name = name
        self.source = source
        tower: Any = model.visual  # open_clip hangs its own attributes on it
        self.tower = tower.eval().requires_grad_(False)
        self.batch_size = BATCH_SIZES[device]
        self._device, self._letterboxed = device, preprocess == "letterbox"
        self._precision = precision
        self._dtype = getattr(torch, precision)

        config: dict[str, Any] = tower.preprocess_cfg
        mean, std = np.broadcast_to(config["mean"], 3), np.broadcast_to(config["std"], 3)
        red, green, blue = (round(255 * float(level)) for level in mean)
        self.background = (red, green, blue)
        self._size = _get_square_size(config["size"], self._letterboxed)
        self._shrink = None if self._letterboxed else _make_stock_transform(config)
        # (pixel / 255 - mean) / std as one multiplication and one subtraction, on the device.
        column = (1, 3, 1, 1)
        self._scale = torch.tensor(1 / (255 * std), dtype=torch.float32, device=device).view(column)
        self._shift = torch.tensor(mean / std, dtype=torch.float32, device=device).view(column)
        self.dimensions = self._run(self.prepare(_blank_picture())[None]).shape[1]
        self.fingerprint = make_fingerprint(
            "clip",
            weights=_digest_tensors(self.tower.state_dict().items()),
            vision=_read_vision_config(source),
            preprocess={**config, "kind": preprocess, "version": PREPARE_VERSION},
            precision=precision,
        )
        text = [item for item in model.state_dict().items() if not item[0].startswith("visual.")]
        self.text_digest = _digest_tensors(text) if has_text_tower(model) else ""

    def prepare(self, picture: Picture) -> np.ndarray:
        """Frame one picture: (size, size, 3), uint8, RGB.

        'stock' does to the file's colours what open_clip's transform does: alpha is ignored.
        """
        if self._letterboxed:
            return letterbox(picture.character, self._size, self.background)
        from PIL import Image

        assert self._shrink is not None
        rgb = np.ascontiguousarray(picture.rgba[..., :3])
        return np.array(self._shrink(Image.fromarray(rgb)))

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures; see `Encoder.encode`."""
        if not len(batch):
            return np.empty((0, self.dimensions), np.float32)
        if self._device == "cpu":
            return normalize_rows(np.concatenate(run_side_by_side(self._run, split_rows(batch))))
        return normalize_rows(self._run(batch))

    def embed_sentences(self, sentences: Sequence[str]) -> np.ndarray:
        """Embed sentences; see `TextEncoder.embed_sentences`. Builds the text tower, for once."""
        import open_clip
        import torch

        model: Any = build_model(self.source, device=self._device, precision=self._precision)
        try:
            tokens = open_clip.get_tokenizer(self.source.architecture)(list(sentences))
        except Exception as error:  # noqa: BLE001 - some want transformers, or files from a hub
            raise EncoderError(
                f"{self.name}: its words cannot be read: {_first_line(error)}"
            ) from None
        with torch.inference_mode():
            vectors = model.eval().encode_text(tokens.to(self._device))
        return normalize_rows(vectors.float().cpu().numpy())

    def _run(self, batch: np.ndarray) -> np.ndarray:
        import torch

        with torch.inference_mode():
            writable = np.require(batch, requirements=["C", "W"])  # torch warns of any other
            pixels = torch.from_numpy(writable).to(self._device)
            values = pixels.permute(0, 3, 1, 2).float() * self._scale - self._shift
            vectors = self.tower(values.to(self._dtype).contiguous())
            if isinstance(vectors, tuple):  # CoCa's towers return their tokens too
                vectors = vectors[0]
            return vectors.float().cpu().numpy()


def load_clip_encoder(
    name: str, *, device: str = "auto", preprocess: str = "letterbox", precision: str = "auto"
) -> ClipEncoder:
    """Load a CLIP image encoder; the parameters are those of `load_encoder`.

    Raises
    ------
    EncoderError
        Unknown name, weights or device that cannot be had.
    SettingsError
        An unknown precision.
    """
    try:
        import open_clip  # noqa: F401
    except ImportError:
        raise EncoderError(
            "CLIP models need open_clip: pip install open_clip_torch; --model builtin needs nothing"
        ) from None
    device = choose_device(device)
    if precision == "auto":
        precision = choose_precision(device)
    if precision not in PRECISIONS:
        raise SettingsError(f"precision must be auto, {', '.join(PRECISIONS)}, got {precision!r}")
    source = find_source(name)
    model = build_model(source, device=device, precision=precision)
    return ClipEncoder(
        name, source, model, device=device, precision=precision, preprocess=preprocess
    )


def build_model(
    source: ClipSource, *, device: str = "cpu", precision: str = "float32"
) -> torch.nn.Module:
    """Build a whole open_clip model and load its weights, both towers.

    Raises
    ------
    EncoderError
        The weights are not of this architecture, or the model needs what is not installed.
    """
    import open_clip

    where = source.weights.name
    try:
        with _quiet_open_clip():
            model = open_clip.create_model(
                source.architecture,
                load_weights=False,
                pretrained_image=False,
                pretrained_text=False,
                precision=PRECISIONS[precision],
                device=device,
                force_quick_gelu=source.quick_gelu,
                force_preprocess_cfg=source.preprocess,
            )
    except Exception as error:  # noqa: BLE001 - a text tower may want transformers, or a timm that is newer
        raise EncoderError(f"open_clip cannot build {where}: {_first_line(error)}") from None
    try:
        # Not strict: a checkpoint without its text tower is as good. The image tower is checked.
        missing = open_clip.load_checkpoint(model, str(source.weights), strict=False)
    except Exception:  # noqa: BLE001 - shapes that do not fit, in a message of a hundred lines
        raise _make_misfit_error(source) from None
    if any(key.startswith("visual.") for key in [*missing.missing_keys, *missing.unexpected_keys]):
        raise _make_misfit_error(source)
    # What the file did not hold is random; a text tower of that kind has nothing to say.
    model._has_text_tower = not missing.missing_keys
    return model


def has_text_tower(model: torch.nn.Module) -> bool:
    """Whether the weights of the text tower came from the checkpoint, as those of the image's."""
    return bool(getattr(model, "_has_text_tower", False))


def _make_misfit_error(source: ClipSource) -> EncoderError:
    name = source.architecture.removeprefix("local-dir:")
    return EncoderError(
        f"{source.weights} does not hold the weights of {name}; give the right architecture as "
        "NAME@FILE"
    )


def choose_device(device: str) -> str:
    """Resolve 'auto' and refuse what this machine does not have.

    Raises
    ------
    EncoderError
        For 'cuda' or 'mps' where torch finds none.
    """
    import torch

    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if device == "auto":
        return next(name for name, there in available.items() if there)
    if not available[device]:
        raise EncoderError(f"torch finds no {device} device here; use --device auto or cpu")
    return device


def choose_precision(device: str) -> str:
    """Choose the fastest precision that keeps the vectors: 16 bits where the hardware has them.

    Measured with ViT-B/32 on two cores with AVX512-BF16: 15 images/s in float32, 68 in bfloat16, at
    a cosine of 0.9999 between the two. Casting the weights does it; autocast was slower than
    float32. On 'mps' nothing was measured, so nothing is reduced.
    """
    import torch

    if device == "cuda":
        modern = torch.cuda.get_device_capability() >= BFLOAT16_CAPABILITY
        return "bfloat16" if modern else "float16"
    if device == "cpu" and torch.backends.mkldnn.is_available():
        # The public get_capabilities is younger than some torch that we run with.
        capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
        if capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"):
            return "bfloat16"
    return "float32"


def _get_square_size(size: int | tuple[int, int], letterboxed: bool) -> int:
    if isinstance(size, int):
        return size
    height, width = size
    if letterboxed and height != width:
        raise EncoderError(f"the model takes {height} x {width} pixels: use --preprocess stock")
    return int(height)


def _make_stock_transform(config: dict[str, Any]) -> Any:
    """open_clip's transform up to, not including, the conversion to numbers."""
    from open_clip.transform import PreprocessCfg, image_transform_v2
    from torchvision.transforms import Compose, Normalize, ToTensor

    steps = image_transform_v2(PreprocessCfg(**config), is_train=False).transforms
    return Compose([step for step in steps if not isinstance(step, ToTensor | Normalize)])


def _digest_tensors(tensors: Iterable[tuple[str, torch.Tensor]]) -> str:
    """Digest the weights themselves: equal wherever they came from, however they were stored."""
    import torch

    digest = hashlib.sha256()
    for key, tensor in sorted(tensors, key=itemgetter(0)):
        digest.update(f"{key} {tensor.dtype} {tuple(tensor.shape)}".encode())
        flat = tensor.detach().cpu().contiguous().flatten()
        digest.update(flat.view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _read_vision_config(source: ClipSource) -> dict[str, Any]:
    """Read what the weights do not tell: heads, activation, pooling."""
    import open_clip

    config = open_clip.get_model_config(source.architecture)
    quick_gelu = source.quick_gelu or bool(config.get("quick_gelu"))
    vision = json.loads(json.dumps(config["vision_cfg"], default=str))
    return {"quick_gelu": quick_gelu, **vision}


@contextmanager
def _quiet_open_clip() -> Iterator[None]:
    """Drop open_clip's warning of random weights: ours are loaded in the next step."""

    def keep(record: logging.LogRecord) -> bool:
        return "initialized randomly" not in record.getMessage()

    root = logging.getLogger()  # open_clip logs to the root logger itself
    root.addFilter(keep)
    try:
        yield
    finally:
        root.removeFilter(keep)


def _blank_picture() -> Picture:
    return Picture(np.full((8, 8, 4), 255, np.uint8), False)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
