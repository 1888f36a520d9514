"""`builtin`: network and descriptor; the flatter a picture, the more the network has to say.

The network learnt on drawings: areas of one colour, lines round them. There it knows characters
better than the descriptor does. In finely textured pictures (painted sprites, renders) it finds
neighbours where there are none, while colours and shapes hold. Which of the two a picture is can be
measured on it: how much of the character's inside has no edge. So each picture decides by itself,
whatever else is in the folder, and a new episode changes nothing.
"""

from __future__ import annotations

import cv2
import numpy as np

from clusterkit.encoders.base import Encoder, make_fingerprint
from clusterkit.encoders.joined import JoinedEncoder

LEAST_SAY, MOST_SAY = 0.25, 2.0
"""Say of the network, the descriptor's being 1, in textured and in flat pictures."""
FLAT = 0.30
"""Flatness from which the network has most to say; below, the say grows by equal factors from 0 on.
Sprites have .00 to .10, avatars and cel drawings .30 to .75. Chosen on the sample, three sets of
sprites and six films, reported on others: `training/RESULTS.md`."""

EDGE = 16
"""Sobel's slopes, down and across together, from which a pixel is on an edge: 2 levels a pixel."""
MARGIN = 5
"""Side in pixels of what the silhouette is eroded by: its own edge does not count."""
SOLID = 200
"""Alpha above which a pixel shows the character alone."""
LEAST_INSIDE = 50
"""Pixels inside of which less is not enough to tell."""


class BuiltinEncoder(JoinedEncoder):
    """Network and descriptor as one; every picture decides how much the network has to say.

    Parameters
    ----------
    name : str
        As the user gave it.
    network, descriptor : Encoder
        The network prepares (96, 96, 4), uint8, premultiplied.
    """

    weighs_pictures = True

    def __init__(self, name: str, network: Encoder, descriptor: Encoder) -> None:
        super().__init__(name, (network, descriptor), (LEAST_SAY, 1.0))
        self.fingerprint = make_fingerprint(
            "builtin", parts=[network.fingerprint, descriptor.fingerprint],
            say=[LEAST_SAY, MOST_SAY, FLAT, EDGE, MARGIN, SOLID, LEAST_INSIDE],
        )  # fmt: skip

    def weigh(self, batch: np.ndarray) -> np.ndarray:
        """Say of network and descriptor in each prepared picture: (n, 2), float64."""
        say = weigh_network(np.array([measure_flatness(square) for square in batch["part0"]]))
        return np.stack([say, np.ones_like(say)], axis=1)


def measure_flatness(square: np.ndarray) -> float:
    """Share of a character's inside that has no edge, 0 to 1; 0 where there is hardly any inside.

    Parameters
    ----------
    square : ndarray, shape (h, w, 4), uint8
        Premultiplied RGBA.
    """
    kernel = np.ones((MARGIN, MARGIN), np.uint8)
    inside = cv2.erode(cv2.extractChannel(square, 3), kernel) > SOLID
    if np.count_nonzero(inside) < LEAST_INSIDE:
        return 0.0
    slope = np.zeros(inside.shape, np.int16)
    for across in (0, 1):
        steps = np.abs(cv2.Sobel(square, cv2.CV_16S, across, 1 - across))
        # numpy's maximum along an axis of three takes ten times as long.
        slope += np.maximum(np.maximum(steps[..., 0], steps[..., 1]), steps[..., 2])
    return float(np.mean(slope[inside] < EDGE))


def weigh_network(flatness: np.ndarray) -> np.ndarray:
    """Say of the network for pictures of this flatness, the descriptor's being 1: same shape."""
    towards = np.clip(flatness / FLAT, 0, 1)
    say: np.ndarray = LEAST_SAY * (MOST_SAY / LEAST_SAY) ** towards
    return say
