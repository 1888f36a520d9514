"""What the package learnt of views: the heads' weights, and by how much frames differ by view.

How it came about: `python -m training.views`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from clusterkit.encoders.base import digest_file, make_fingerprint
from clusterkit.errors import EncoderError

WEIGHTS_FILE = Path(__file__).parent / "weights" / "views.safetensors"
WEIGHTS_DIGEST = "703c844a29275e0f9a83acbcde42dd73588138fd8b8b2fd0cdd5a1c75c9aa588"
"""SHA-256 of the weights this code was measured with, as `python -m training.views` prints it."""

LEARNT_ON = "2b0e5f7de3bbeb08cb3070ceaf97309a13c413175d855cdc4fa368e512800c55"
"""SHA-256 of the character network whose middle layers the heads read: they fit no other."""

METER_VERSION = 2
"""Raise it when a number of `ViewMeter` changes its meaning: frames are then measured anew."""

FINGERPRINT = make_fingerprint("views", weights=WEIGHTS_DIGEST, version=METER_VERSION)
"""Key of the meter's numbers in the store."""


@dataclass(frozen=True)
class ViewWeights:
    """What the package knows of views; all float32.

    Attributes
    ----------
    hidden_weight, hidden_bias : ndarray, shape (h, n_features) and (h,)
    output_weight, output_bias : ndarray, shape (3, h) and (3,)
        The head that judges a frame alone: front, side, back.
    reduce_weight, reduce_bias : ndarray, shape (k, n_finer) and (k,)
        From the finer features of a frame to the few numbers that are held against other frames.
    beside_weight, beside_bias : ndarray, shape (g, 2 * k) and (g,)
    verdict_weight, verdict_bias : ndarray, shape (3, g) and (3,)
        The head that hears these numbers, and how far they are from their mean in the character.
    shift : ndarray, shape (3, m)
        By how much the m compared numbers of a frame differ in each view from those of its
        character, in units of `spread`.
    spread : ndarray, shape (m,)
        How much those numbers vary inside a character.
    """

    hidden_weight: np.ndarray
    hidden_bias: np.ndarray
    output_weight: np.ndarray
    output_bias: np.ndarray
    reduce_weight: np.ndarray
    reduce_bias: np.ndarray
    beside_weight: np.ndarray
    beside_bias: np.ndarray
    verdict_weight: np.ndarray
    verdict_bias: np.ndarray
    shift: np.ndarray
    spread: np.ndarray


def load_weights(path: Path = WEIGHTS_FILE, digest: str = WEIGHTS_DIGEST) -> ViewWeights:
    """Read and check the weights.

    Raises
    ------
    EncoderError
        They are missing, or are not those that this version was measured with.
    """
    way_out = "install clusterkit again, or use --no-tell-views"
    try:
        found = digest_file(path)
    except OSError as error:
        raise EncoderError(
            f"the weights for views cannot be read ({error.strerror}): {path}; {way_out}"
        ) from None
    if found != digest:
        raise EncoderError(
            f"the weights for views are damaged or of another version (SHA-256 {found[:12]}…, "
            f"expected {digest[:12]}…): {path}; {way_out}"
        )
    try:
        values = load_file(path)
    except SafetensorError as error:
        raise EncoderError(f"the weights for views cannot be read: {error}: {path}") from None
    return ViewWeights(**{name: array.astype(np.float32) for name, array in values.items()})
