"""`builtin`: network and descriptor; the flatter a picture, the more the network has to say.

The network learnt on drawings: areas of one colour, lines round them. There it knows characters
better than the descriptor does. In finely textured pictures (painted sprites, renders) it finds
neighbours where there are none, while colours and shapes hold. Which of the two a picture is can be
measured on it: how much of the character's inside has no edge. So each picture decides by itself,
whatever else is in the folder, and a new episode changes nothing.
"""

from __future__ import annotations

import numpy as np

from clusterkit.compiled import compiled
from clusterkit.encoders.base import Encoder, make_fingerprint
from clusterkit.encoders.filters import PART_SIZE, erode_each, find_slopes
from clusterkit.encoders.joined import JoinedEncoder
from clusterkit.threads import run_side_by_side, split_rows

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
        squares = np.ascontiguousarray(batch["part0"])
        flatness = run_side_by_side(measure_flatness, split_rows(squares, PART_SIZE))
        say = weigh_network(np.concatenate(flatness))
        return np.stack([say, np.ones_like(say)], axis=1)


def measure_flatness(squares: np.ndarray) -> np.ndarray:
    """Share of each character's inside that has no edge, 0 to 1; 0 where there is hardly any.

    Parameters
    ----------
    squares : ndarray, shape (n, h, w, 4), uint8
        Premultiplied RGBA, as from `letterbox`.

    Returns
    -------
    ndarray, shape (n,), float64
    """
    inside = erode_each(squares[..., 3], MARGIN // 2) > SOLID
    flatness = np.zeros(len(squares))
    _measure_each(inside, *find_slopes(squares), flatness)
    return flatness


@compiled
def _measure_each(inside, across, down, flatness):  # type: ignore[no-untyped-def]
    """Fill one number a picture."""
    for number in range(len(inside)):
        n_inside = n_flat = 0
        for row in range(inside.shape[1]):
            for column in range(inside.shape[2]):
                if not inside[number, row, column]:
                    continue
                n_inside += 1
                most_across = most_down = 0
                for channel in range(3):
                    most_across = max(most_across, abs(across[number, row, column, channel]))
                    most_down = max(most_down, abs(down[number, row, column, channel]))
                n_flat += most_across + most_down < EDGE
        if n_inside >= LEAST_INSIDE:
            flatness[number] = n_flat / n_inside


def weigh_network(flatness: np.ndarray) -> np.ndarray:
    """Say of the network for pictures of this flatness, the descriptor's being 1: same shape."""
    towards = np.clip(flatness / FLAT, 0, 1)
    say: np.ndarray = LEAST_SAY * (MOST_SAY / LEAST_SAY) ** towards
    return say
