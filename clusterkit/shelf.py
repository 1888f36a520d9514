"""What is slow about exploring, remembered: arrangements, and the curves cut from them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd

from clusterkit.clustering import Arrangement, Clustering, arrange_frames, rank_labels
from clusterkit.cuts import sweep_cuts
from clusterkit.decisions.steering import derive_constraints
from clusterkit.material import Material
from clusterkit.settings import ClusterSettings

ArrangementKey = tuple[bytes, int, float, float]
"""All that an arrangement depends on, beside the material."""

KEPT = 8
"""Arrangements remembered: the way back of a slider is then free. One of 20,000 frames is 5 MB."""

CURVE_POINTS = 48
"""Sizes on the curve, evenly spaced by their logarithm: finer steps cannot be seen."""

T = TypeVar("T")


@dataclass(frozen=True)
class Arranged:
    """An arrangement under the key that it is remembered by."""

    key: ArrangementKey
    arrangement: Arrangement


class Shelf:
    """Arrangements of one material. Making one is safe in a thread; the shelf itself is not."""

    def __init__(self, material: Material) -> None:
        self._material = material
        self._arrangements: OrderedDict[ArrangementKey, Arrangement] = OrderedDict()
        self._curves: OrderedDict[tuple, pd.DataFrame] = OrderedDict()

    def has_arrangement(self, selected: np.ndarray, settings: ClusterSettings) -> bool:
        """Whether the arrangement of these frames is at hand."""
        return make_key(selected, settings) in self._arrangements

    def plan_arrangement(
        self, selected: np.ndarray, settings: ClusterSettings
    ) -> Callable[[], Arranged]:
        """Return the slow work of arranging frames: it may run in a thread, and leaves no trace."""
        material, key = self._material, make_key(selected, settings)
        measured = material.measurements
        constraints = derive_constraints(material.decisions, measured.quality["digest"])
        return lambda: Arranged(
            key,
            arrange_frames(measured.embeddings, material.frames, selected, settings, constraints),
        )

    def add_arrangement(self, arranged: Arranged) -> None:
        """Remember what was arranged elsewhere."""
        _recall(self._arrangements, arranged.key, lambda: arranged.arrangement)

    def take_arrangement(self, selected: np.ndarray, settings: ClusterSettings) -> Arrangement:
        """Take the arrangement of these frames, made now if it is not at hand."""
        return _recall(
            self._arrangements,
            make_key(selected, settings),
            lambda: self.plan_arrangement(selected, settings)().arrangement,
        )

    def take_curve(self, arrangement: Arrangement, settings: ClusterSettings) -> pd.DataFrame:
        """Cut an arrangement at sizes over the whole range, as `sweep_cuts` does."""
        hierarchy = arrangement.hierarchy
        return _recall(
            self._curves,
            (make_key(arrangement.selected, settings), settings.method, settings.epsilon),
            lambda: sweep_cuts(
                hierarchy,
                space_sizes(len(hierarchy)),
                method=settings.method,
                epsilon=settings.epsilon,
            ),
        )


def make_key(selected: np.ndarray, settings: ClusterSettings) -> ArrangementKey:
    """Name what an arrangement of these frames depends on."""
    frames = np.packbits(selected).tobytes()
    return frames, settings.min_samples, settings.metric_weight, settings.temporal_weight


def mask_clustering(clustering: Clustering, selected: np.ndarray) -> Clustering:
    """Leave frames out of a clustering, or take in frames that it does not know, as noise.

    What is on the screen until the arrangement of these very frames has been made.
    """
    labels = rank_labels(np.where(selected, clustering.labels, -1).astype(np.int32))
    probabilities = np.where(labels >= 0, clustering.probabilities, 0).astype(np.float32)
    return Clustering(labels, probabilities, selected)


def space_sizes(n: int) -> list[int]:
    """Sizes to cut n frames at: the whole range, evenly spaced by logarithm.

    >>> space_sizes(20)
    [2, 3, 4, 5, 6, 7, 8, 9, 10]
    """
    largest = max(2, n // 2)
    return sorted({int(size) for size in np.geomspace(2, largest, CURVE_POINTS).round()})


def _recall(memory: OrderedDict, key: object, make: Callable[[], T]) -> T:
    """Take from a memory of the latest few, making what is not there."""
    if key not in memory:
        memory[key] = make()
        if len(memory) > KEPT:
            memory.popitem(last=False)
    memory.move_to_end(key)
    return memory[key]
