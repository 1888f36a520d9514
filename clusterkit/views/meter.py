"""What network and geometry see of one frame, as numbers that its view can be told from."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

from clusterkit.encoders.character_network import SIZE, Stages
from clusterkit.encoders.filters import PART_SIZE
from clusterkit.encoders.network import load_sight
from clusterkit.images import Picture
from clusterkit.threads import run_side_by_side, split_rows
from clusterkit.views.head import describe_cells, describe_sides
from clusterkit.views.knowledge import FINGERPRINT, ViewWeights, load_weights
from clusterkit.views.symmetry import SYMMETRY_NAMES, measure_symmetry

BATCH_SIZE = 128


class ViewMeter:
    """Measures frames as an encoder does: prepared in threads, then a batch at a time.

    Its rows are no embedding: first `SYMMETRY_NAMES`, then what `judge_sides` takes.

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
    batch_size = BATCH_SIZE

    def __init__(self, weights: ViewWeights | None = None) -> None:
        self._sight = load_sight()
        weights = weights or load_weights()
        self._hidden, self._output, self._reduce = (
            (torch.from_numpy(weight), torch.from_numpy(bias))
            for weight, bias in (
                (weights.hidden_weight, weights.hidden_bias),
                (weights.output_weight, weights.output_bias),
                (weights.reduce_weight, weights.reduce_bias),
            )
        )
        self.dimensions = len(SYMMETRY_NAMES) + 3 + len(weights.reduce_bias)

    def prepare(self, picture: Picture) -> np.ndarray:
        """Fit the character into a square: (96, 96, 4), uint8, premultiplied."""
        return picture.fit(SIZE)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Measure prepared pictures.

        Returns
        -------
        ndarray, shape (n, dimensions), float32
            NaN where nothing is visible.
        """
        if not len(batch):
            return np.empty((0, self.dimensions), np.float32)
        judged = self._sight.summarize(batch, self._judge).numpy()
        symmetry = np.vstack(run_side_by_side(measure_symmetry, split_rows(batch, PART_SIZE)))
        rows = np.hstack([symmetry, judged])
        rows[~batch[..., 3].any(axis=(1, 2))] = np.nan
        return rows

    def _judge(self, stages: Stages, alpha: torch.Tensor) -> torch.Tensor:
        """What the frame alone says, as logarithms, and what it says beside others; (n, d)."""
        hidden = functional.relu(functional.linear(describe_sides(stages, alpha), *self._hidden))
        alone = functional.linear(hidden, *self._output).log_softmax(1)
        beside = functional.linear(describe_cells(stages, alpha), *self._reduce)
        return torch.cat([alone, beside], 1)
