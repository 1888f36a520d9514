"""Any exported image encoder: an ONNX file, and beside it a JSON that says what it wants to see.

A network's file names its inputs and outputs but not their meaning: whether the colours are 0 to 1,
which mean is taken off, whether red comes first. A wrong guess costs quality that nobody notices,
so we do not guess: `encoder.onnx` needs `encoder.json` beside it. `{}` there means what most
exported networks want, RGB with ImageNet's mean and deviation.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from clusterkit.encoders.base import digest_file, make_fingerprint, normalize_rows
from clusterkit.errors import EncoderError, MissingExtraError
from clusterkit.images import Picture, letterbox

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
NEUTRAL_GREY = (127, 127, 127)
BATCH_SIZES = {"cpu": 16, "cuda": 128, "mps": 32}
PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
    "cpu": "CPUExecutionProvider",
}
INPUT_TYPES = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
PREPARE_VERSION = 1


@dataclass(frozen=True)
class InputSpec:
    """What the network wants: the fields of the JSON file beside it, all optional.

    The network is given `(pixels * scale - mean) / std`, pixels being 0 to 255.
    """

    size: int | None = None
    """Side of the square input in pixels; needed where the network's own shape leaves it open."""
    channels: str = "RGB"
    """'RGB' or 'BGR'."""
    layout: str | None = None
    """'NCHW' or 'NHWC'; told from the network's input shape where that is fixed."""
    scale: float = 1 / 255
    """Factor on pixels of 0 to 255; 1 for a network that takes them as they are."""
    mean: tuple[float, float, float] = IMAGENET_MEAN
    """Taken off after scaling, in the order of `channels`."""
    std: tuple[float, float, float] = IMAGENET_STD
    """Divided by after that."""
    background: tuple[int, int, int] = NEUTRAL_GREY
    """RGB colour, 0 to 255, that the cut-out is laid over."""
    input: str | None = None
    """Name of the image input; needed where there are several."""
    output: str | None = None
    """Name of the output that holds one vector an image; needed where there are several."""


TEMPLATE = (
    '{"size": 224, "channels": "RGB", "layout": "NCHW", "scale": 0.00392157, '
    '"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225], '
    '"background": [127, 127, 127], "output": "NAME"}'
)


def read_input_spec(path: Path) -> InputSpec:
    """Read the JSON beside a network.

    Raises
    ------
    EncoderError
        Missing, not JSON, an unknown field or a value of the wrong kind.
    """
    try:
        given = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise EncoderError(
            f"{path.name} is missing beside the ONNX file: it says what the network wants to see. "
            f"Write for example {TEMPLATE}, or {{}} for RGB with ImageNet's mean and deviation"
        ) from None
    except (OSError, ValueError) as error:
        raise EncoderError(f"{path.name} cannot be read as JSON: {error}") from None
    known = [field.name for field in fields(InputSpec)]
    if not isinstance(given, dict) or set(given) - set(known):
        raise EncoderError(f"{path.name} must be an object of these fields: {', '.join(known)}")
    given = {key: tuple(v) if isinstance(v, list) else v for key, v in given.items()}
    spec = InputSpec(**given)
    _check_spec(spec, path.name)
    return spec


def _check_spec(spec: InputSpec, file: str) -> None:
    def is_number(value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def is_triple(value: object) -> bool:
        return isinstance(value, tuple) and len(value) == 3 and all(map(is_number, value))

    def is_name(value: object) -> bool:
        return value is None or isinstance(value, str)

    rules = {
        "size": (spec.size is None or (type(spec.size) is int and spec.size > 0), "pixels"),
        "channels": (spec.channels in ("RGB", "BGR"), "'RGB' or 'BGR'"),
        "layout": (spec.layout in ("NCHW", "NHWC", None), "'NCHW' or 'NHWC'"),
        "scale": (is_number(spec.scale) and spec.scale != 0, "a number other than 0"),
        "mean": (is_triple(spec.mean), "three numbers"),
        "std": (is_triple(spec.std) and 0 not in spec.std, "three numbers other than 0"),
        "background": (
            is_triple(spec.background) and all(0 <= level <= 255 for level in spec.background),
            "three numbers from 0 to 255",
        ),
        "input": (is_name(spec.input), "a name"),
        "output": (is_name(spec.output), "a name"),
    }
    for name, (good, wanted) in rules.items():
        if not good:
            raise EncoderError(f"{file}: {name} must be {wanted}, got {getattr(spec, name)!r}")


class OnnxEncoder:
    """An ONNX network; the cut-out is letterboxed whole over the background of its JSON.

    Parameters
    ----------
    name : str
        As the user gave it.
    session : onnxruntime.InferenceSession
    spec : InputSpec
        With no field left open.
    dtype : numpy dtype
        Of the network's input.
    fixed_batch : int or None
        The number of images the network insists on, if it does.
    digest : str
        Of the network's file.
    device : str
    """

    def __init__(
        self,
        name: str,
        session: Any,
        spec: InputSpec,
        *,
        dtype: type,
        fixed_batch: int | None,
        digest: str,
        device: str,
    ) -> None:
        self.name = name
        self.batch_size = fixed_batch or BATCH_SIZES[device]
        self.fingerprint = make_fingerprint(
            "onnx", weights=digest, prepare=PREPARE_VERSION, spec=asdict(spec)
        )
        self._session, self._spec, self._dtype = session, spec, dtype
        self._fixed_batch = fixed_batch
        self._mean = np.asarray(spec.mean, np.float32)
        self._std = np.asarray(spec.std, np.float32)
        self.dimensions = self._run(self.prepare(_blank_picture())[None]).shape[1]

    def prepare(self, picture: Picture) -> np.ndarray:
        """Letterbox the character: (size, size, 3), uint8, RGB."""
        assert self._spec.size is not None
        return letterbox(picture.character, self._spec.size, self._spec.background)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures; see `Encoder.encode`."""
        if not len(batch):
            return np.empty((0, self.dimensions), np.float32)
        step = self._fixed_batch or len(batch)
        parts = [self._run(batch[start : start + step]) for start in range(0, len(batch), step)]
        return normalize_rows(np.concatenate(parts))

    def _run(self, batch: np.ndarray) -> np.ndarray:
        count = len(batch)
        if self._fixed_batch and count < self._fixed_batch:
            filler = np.repeat(batch[-1:], self._fixed_batch - count, axis=0)
            batch = np.concatenate([batch, filler])
        pixels = batch[..., ::-1] if self._spec.channels == "BGR" else batch
        values = (pixels.astype(np.float32) * np.float32(self._spec.scale) - self._mean) / self._std
        if self._spec.layout == "NCHW":
            values = values.transpose(0, 3, 1, 2)
        feed: dict[str | None, np.ndarray] = {
            self._spec.input: np.ascontiguousarray(values.astype(self._dtype))
        }
        try:
            (vectors,) = self._session.run([self._spec.output], feed)
        except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions share no public base class
            raise EncoderError(f"{self.name} cannot be run: {_first_line(error)}") from None
        if vectors.shape[0] != len(batch) or vectors.size % len(batch) or vectors.ndim < 2:
            raise EncoderError(f"output {self._spec.output!r} is not one vector an image")
        if max(vectors.shape[2:], default=1) > 1:
            raise EncoderError(
                f"output {self._spec.output!r} is a map of shape {vectors.shape[1:]}, not a "
                'vector; name the pooled one as "output" in the JSON file'
            )
        return vectors.reshape(len(batch), -1)[:count]


def load_onnx_encoder(name: str, *, device: str = "auto") -> OnnxEncoder:
    """Open an ONNX file and the JSON beside it.

    Raises
    ------
    MissingExtraError
        onnxruntime is not installed.
    EncoderError
        No such file, not a network, a JSON that does not fit, or no such device.
    """
    try:
        import onnxruntime
    except ImportError:
        raise MissingExtraError("An ONNX encoder", "onnx") from None
    path = Path(name).expanduser()
    if not path.is_file():
        raise EncoderError(f"there is no file {name}")
    spec = read_input_spec(path.with_suffix(".json"))
    device = _choose_device(device, onnxruntime.get_available_providers())
    providers = list(dict.fromkeys([PROVIDERS[device], PROVIDERS["cpu"]]))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # errors only: its warnings are about the graph, not the user
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # noqa: BLE001 - onnxruntime's exceptions share no public base class
        raise EncoderError(f"{name} is not a usable ONNX network: {_first_line(error)}") from None
    spec, dtype, fixed_batch = _fit_spec(spec, session, path.with_suffix(".json").name)
    return OnnxEncoder(
        name, session, spec, dtype=dtype, fixed_batch=fixed_batch,
        digest=_digest_network(path), device=device,
    )  # fmt: skip


def _fit_spec(spec: InputSpec, session: Any, file: str) -> tuple[InputSpec, type, int | None]:
    """Fill what the JSON leaves open from the network's own signature, and check the rest."""
    taken = _pick(session.get_inputs(), spec.input, "input", file)
    output = _pick(session.get_outputs(), spec.output, "output", file)
    if taken.type not in INPUT_TYPES or len(taken.shape) != 4:
        raise EncoderError(f"input {taken.name!r} ({taken.type}, {taken.shape}) takes no images")
    batch, *shape = [side if isinstance(side, int) else None for side in taken.shape]
    layout = spec.layout or ("NHWC" if shape[2] == 3 and shape[0] != 3 else "NCHW")
    sides = shape[1:] if layout == "NCHW" else shape[:2]
    size = spec.size or sides[0] or sides[1]
    if size is None:
        raise EncoderError(f'the network takes any size: give "size" in {file}, in pixels')
    if any(side not in (None, size) for side in sides):
        raise EncoderError(f"the network takes {sides[0]} x {sides[1]} pixels, not {size} x {size}")
    spec = replace(spec, size=size, layout=layout, input=taken.name, output=output.name)
    return spec, INPUT_TYPES[taken.type], batch


def _pick(nodes: list[Any], name: str | None, kind: str, file: str) -> Any:
    """Find the input or output of that name, or the only one there is."""
    found = [node for node in nodes if name in (None, node.name)]
    if len(found) != 1:
        names = ", ".join(repr(node.name) for node in nodes)
        raise EncoderError(f'set "{kind}" in {file} to one of the network\'s own: {names}')
    return found[0]


def _choose_device(device: str, providers: list[str]) -> str:
    if device == "auto":
        # CoreML rewrites the graph and is not faster for all networks: only when asked for.
        return "cuda" if PROVIDERS["cuda"] in providers else "cpu"
    if PROVIDERS[device] not in providers:
        raise EncoderError(f"this onnxruntime cannot use {device}; use --device auto or cpu")
    return device


def _digest_network(path: Path) -> str:
    """Digest of the graph and, where weights lie in a file of their own, of that one too."""
    beside = [path.with_name(path.name + suffix) for suffix in (".data", "_data")]
    return "+".join(digest_file(file) for file in [path, *beside] if file.is_file())


def _blank_picture() -> Picture:
    return Picture(np.full((8, 8, 4), 255, np.uint8), False)


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
