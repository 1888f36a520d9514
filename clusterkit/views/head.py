"""What the character network's middle layers know of a view, read by small heads.

The network is taught that a face from the side is the same face: its last layer forgets the view.
Its middle layers do not. Their maps are averaged over rows of the square, and the left half is
held against the right one, so that a picture and its mirror image look the same to the heads.
"""

from __future__ import annotations

import torch
from torch.nn import functional

from clusterkit.encoders.character_network import Stages

ROWS = 4
"""Bands of the square that maps are averaged in."""
CELLS = 6
"""Rows and columns that are told apart in the finer description: as many as the last stage has."""
SMALLEST_AREA = 0.05
"""Covered share of a cell that a mean is damped by: an empty cell is zero, not noise."""


def pool_sides(maps: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Means of what the figure covers in each row, and how unlike its two halves are.

    Parameters
    ----------
    maps : Tensor, shape (n, channels, h, w)
    alpha : Tensor, shape (n, 1, H, W)
        Coverage, 0 to 1.

    Returns
    -------
    Tensor, shape (n, 2 * ROWS * channels), float32
    """
    cover = functional.adaptive_avg_pool2d(alpha, (maps.shape[2], maps.shape[3]))
    seen = functional.adaptive_avg_pool2d(maps * cover, (ROWS, 2))
    area = functional.adaptive_avg_pool2d(cover, (ROWS, 2))
    halves = seen / (area + SMALLEST_AREA)
    both = seen.sum(3) / (area.sum(3) + SMALLEST_AREA)
    unlike = (halves[..., 0] - halves[..., 1]).abs()
    return torch.cat([both.flatten(1), unlike.flatten(1)], 1)


def describe_sides(stages: Stages, alpha: torch.Tensor) -> torch.Tensor:
    """Features for the head that judges a frame alone, from what `Sight.look` gives.

    Returns
    -------
    Tensor, shape (n, n_features), float32
    """
    return torch.cat([pool_sides(stage, alpha) for stage in stages], 1)


def describe_cells(stages: Stages, alpha: torch.Tensor) -> torch.Tensor:
    """Features for the head that hears a frame beside others: finer, and with the outline.

    Every cell counts for itself, however little of it is covered, so that an arm or a nose that
    sticks out is seen.

    Returns
    -------
    Tensor, shape (n, n_features), float32
    """
    area = functional.adaptive_avg_pool2d(alpha, CELLS)
    cells = []
    for maps in stages:
        cover = functional.adaptive_avg_pool2d(alpha, (maps.shape[2], maps.shape[3]))
        seen = functional.adaptive_avg_pool2d(maps * cover, CELLS)
        cells.append(seen / (area + SMALLEST_AREA))
    halves = functional.adaptive_avg_pool2d(torch.cat([*cells, area], 1), (CELLS, 2))
    both, unlike = halves.mean(3), (halves[..., 0] - halves[..., 1]).abs()
    return torch.cat([both.flatten(1), unlike.flatten(1)], 1)
