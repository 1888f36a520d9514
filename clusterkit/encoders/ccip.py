"""CCIP: a network trained to tell whether two pictures show the same anime character.

From dghs-imgutils (`clusterkit[anime]`), model `ccip-caformer-24-randaug-pruned`: 768 dimensions
from a CAFormer (Yu et al., "MetaFormer Baselines for Vision", 2022) at 384 x 384 pixels. CCIP
compares two features with a small network of its own, for which every pair must be looked at. We
use the L2-normalised features themselves instead: its authors' own `ccip_merge` averages normalised
features, so direction is what carries the identity, and Euclidean distance on unit rows is what the
hierarchy, the projection and every other view here are built on.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from PIL import Image

from clusterkit.encoders.base import make_fingerprint, normalize_rows
from clusterkit.errors import EncoderError, MissingExtraError
from clusterkit.images import Picture, letterbox

MODEL = "ccip-caformer-24-randaug-pruned"
REPOSITORY = "deepghs/ccip_onnx"
SIZE = 384
DIMENSIONS = 768
WHITE = (255, 255, 255)
"""CCIP's own loader lays transparent pictures over white."""
BATCH_SIZE = 16
PREPARE_VERSION = 1


class CcipEncoder:
    """CCIP features of the whole character, letterboxed over white.

    Parameters
    ----------
    extract : callable
        `imgutils.metrics.ccip_batch_extract_features` or one that behaves like it: a list of
        Pillow images to (n, 768) float32.
    """

    name = "ccip"
    dimensions = DIMENSIONS
    batch_size = BATCH_SIZE

    def __init__(self, extract: Callable[..., np.ndarray]) -> None:
        self.fingerprint = make_fingerprint(
            "ccip", model=MODEL, size=SIZE, background=WHITE, prepare=PREPARE_VERSION
        )
        self._extract = extract

    def prepare(self, picture: Picture) -> np.ndarray:
        """Letterbox the character: (384, 384, 3), uint8, RGB."""
        return letterbox(picture.character, SIZE, WHITE)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures; see `Encoder.encode`."""
        if not len(batch):
            return np.empty((0, DIMENSIONS), np.float32)
        images = [Image.fromarray(pixels) for pixels in batch]
        return normalize_rows(self._extract(images, size=SIZE, model=MODEL))


def load_ccip_encoder(*, device: str = "auto") -> CcipEncoder:
    """Open CCIP; onnxruntime chooses its device itself, the GPU where it has one.

    Raises
    ------
    MissingExtraError
        dghs-imgutils or onnxruntime is not installed.
    EncoderError
        A device that cannot be used, or weights that are neither here nor reachable.
    """
    # Without onnxruntime, imgutils would install one by itself on import: ask first.
    if find_spec("onnxruntime") is None or find_spec("imgutils") is None:
        raise MissingExtraError("The CCIP encoder", "anime")
    try:
        from imgutils.metrics import ccip_batch_extract_features
    except ImportError:
        raise MissingExtraError("The CCIP encoder", "anime") from None
    _check_device(device)

    from clusterkit.encoders.hub import find_hub_file

    # imgutils asks the hub itself, patiently; asking first makes a missing network fail at once.
    find_hub_file(REPOSITORY, f"{MODEL}/model_feat.onnx", wanted_for="ccip")
    encoder = CcipEncoder(ccip_batch_extract_features)
    try:
        encoder.encode(np.zeros((1, SIZE, SIZE, 3), np.uint8))
    except Exception as error:  # noqa: BLE001 - whatever imgutils, the hub or onnxruntime raise
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise EncoderError(f"CCIP cannot be run: {reason}") from None
    return encoder


def _check_device(device: str) -> None:
    import onnxruntime

    if device == "mps":
        raise EncoderError("ccip runs on cuda or cpu, not on mps; use --device auto")
    if device == "cuda" and "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        raise EncoderError("this onnxruntime cannot use cuda; use --device auto or cpu")
