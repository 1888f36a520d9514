"""What network and geometry say of the view of one frame, as a dozen numbers."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from clusterkit.encoders.character_network import SIZE
from clusterkit.encoders.network import load_sight
from clusterkit.images import Picture, crop_to_character, letterbox
from clusterkit.views.head import describe_sides
from clusterkit.views.knowledge import FINGERPRINT, ViewWeights, load_weights
from clusterkit.views.symmetry import SYMMETRY_NAMES, measure_symmetry

BATCH_SIZE = 128

DIMENSIONS = len(SYMMETRY_NAMES) + 3


class ViewMeter:
    """Measures frames as an encoder does: prepared in threads, then a batch at a time.

    Its rows are no embedding: first `SYMMETRY_NAMES`, then the head's logarithms of the
    probabilities of front, side and back.

    Parameters
    ----------
    weights : ViewWeights, optional
        Those of the package.

    Raises
    ------
    EncoderError
        Weights are missing or damaged.
    """

    name = "views"
    fingerprint = FINGERPRINT
    dimensions = DIMENSIONS
    batch_size = BATCH_SIZE

    def __init__(self, weights: ViewWeights | None = None) -> None:
        self._sight = load_sight()
        weights = weights or load_weights()
        self._hidden = (
            torch.from_numpy(weights.hidden_weight),
            torch.from_numpy(weights.hidden_bias),
        )
        self._output = (
            torch.from_numpy(weights.output_weight),
            torch.from_numpy(weights.output_bias),
        )

    def prepare(self, picture: Picture) -> np.ndarray:
        """Fit the character into a square: (96, 96, 4), uint8, premultiplied."""
        return letterbox(crop_to_character(picture), SIZE)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Measure prepared pictures.

        Returns
        -------
        ndarray, shape (n, DIMENSIONS), float32
            NaN where nothing is visible.
        """
        if not len(batch):
            return np.empty((0, DIMENSIONS), np.float32)
        with torch.inference_mode():
            hidden = functional.relu(
                functional.linear(describe_sides(*self._sight.look(batch)), *self._hidden)
            )
            judged = functional.linear(hidden, *self._output).log_softmax(1).numpy()
        rows = np.hstack([measure_symmetry(batch), judged]).astype(np.float32)
        rows[~batch[..., 3].any(axis=(1, 2))] = np.nan
        return rows
