"""What the character network's middle layers know of a view, read by small heads.

The network is taught that a face from the side is the same face: its last layer forgets the view.
Its middle layers do not. Their maps are averaged over rows of the square, and the left half is
held against the right one, so that a picture and its mirror image look the same to the heads.
"""

from __future__ import annotations

from functools import cache

import torch
from torch.nn import functional

from clusterkit.encoders.character_network import Stages, shrink_cover

ROWS = 4
"""Bands of the square that maps are averaged in."""
CELLS = 6
"""Rows and columns that are told apart in the finer description: as many as the last stage has."""
SMALLEST_AREA = 0.05
"""Covered share of a cell that a mean is damped by: an empty cell is zero, not noise."""


def average_covered(
    maps: torch.Tensor, cover: torch.Tensor, rows: int, columns: int
) -> torch.Tensor:
    """Mean of `maps * cover` in each cell of a grid, as one product of matrices.

    Parameters
    ----------
    maps : Tensor, shape (n, channels, h, w)
    cover : Tensor, shape (n, 1, h, w)
    rows, columns : int
        Of the grid; where they do not divide the maps, cells overlap (`adaptive_avg_pool2d`).

    Returns
    -------
    Tensor, shape (n, channels, rows, columns)
    """
    n, channels, height, width = maps.shape
    weights = _share_pixels(height, width, rows, columns) * cover.reshape(n, 1, height * width)
    pixels = maps.permute(0, 2, 3, 1).reshape(n, height * width, channels)
    return (weights @ pixels).transpose(1, 2).reshape(n, channels, rows, columns)


@cache
def _share_pixels(height: int, width: int, rows: int, columns: int) -> torch.Tensor:
    """By how much each pixel counts in the mean of each cell: (rows * columns, height * width)."""
    each = torch.eye(height * width).reshape(-1, 1, height, width)
    return functional.adaptive_avg_pool2d(each, (rows, columns)).reshape(height * width, -1).T


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
    cover = shrink_cover(alpha, *maps.shape[2:])
    seen = average_covered(maps, cover, ROWS, 2)
    area = shrink_cover(cover, ROWS, 2)
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
    area = shrink_cover(alpha, CELLS, CELLS)
    cells = []
    for maps in stages:
        cover = shrink_cover(alpha, *maps.shape[2:])
        cells.append(average_covered(maps, cover, CELLS, CELLS) / (area + SMALLEST_AREA))
    halves = torch.cat([*cells, area], 1).unflatten(3, (2, CELLS // 2)).mean(4)
    both, unlike = halves.mean(3), (halves[..., 0] - halves[..., 1]).abs()
    return torch.cat([both.flatten(1), unlike.flatten(1)], 1)
