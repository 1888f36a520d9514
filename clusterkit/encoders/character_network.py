"""The network behind `--model builtin`: small, convolutional, and aware of what is transparent.

It sees a character of 96 x 96 premultiplied pixels with their alpha. Three stages of residual
blocks (He et al., CVPR 2016) look at a quarter, an eighth and a sixteenth of that size. From each
stage it keeps the mean over the character, the means over its upper, middle and lower third (as in
part-based person re-identification: Sun et al., ECCV 2018) and the maximum, none of them over empty
background; a linear map makes 128 numbers of them all.
"""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.nn.utils import fuse_conv_bn_eval

SIZE = 96
"""Side of the square input in pixels."""
DIMENSIONS = 128
WIDTHS = (64, 120, 208)
"""Channels of the stages."""
PARTS = 3
"""Bands of equal height that means are taken over, besides the whole."""
SMALLEST_AREA = 0.3
"""Covered cells a mean is damped by: an empty band is zero, not noise."""
VISIBLE = 0.05
"""Coverage from which a cell counts for the maximum."""
DROPOUT = 0.1

Stages = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""Maps of what the stages see: (n, channels, h, w) each, ever more channels and ever coarser."""


class ConvolutionUnit(nn.Sequential):
    """Convolution, batch normalisation, rectifier."""

    def __init__(
        self, inputs: int, outputs: int, size: int = 3, stride: int = 1, padding: int = 1
    ) -> None:
        super().__init__(
            nn.Conv2d(inputs, outputs, size, stride, padding, bias=False),
            nn.BatchNorm2d(outputs),
            nn.ReLU(inplace=True),
        )


class ResidualBlock(nn.Module):
    """Two convolutions through a narrower middle, added to what came in."""

    def __init__(self, channels: int, middle: int) -> None:
        super().__init__()
        self.narrow = ConvolutionUnit(channels, middle)
        self.widen = nn.Conv2d(middle, channels, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        # A block that starts as nearly the identity trains faster (Goyal et al., 2017).
        nn.init.constant_(self.norm.weight, 0.2)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """(n, channels, h, w) to the same."""
        return functional.relu_(self.norm(self.widen(self.narrow(maps))).add_(maps))


def shrink_cover(alpha: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Mean coverage of each cell of a coarser grid.

    As two products of matrices: with one channel, pooling goes pixel by pixel and takes as long as
    a convolution.

    Parameters
    ----------
    alpha : Tensor, shape (n, 1, H, W)

    Returns
    -------
    Tensor, shape (n, 1, height, width), float32
    """
    with torch.autocast(alpha.device.type, enabled=False):
        down, across = (
            _share_line(length, cells).to(alpha.device)
            for length, cells in zip(alpha.shape[2:], (height, width), strict=True)
        )
        return down @ alpha.float() @ across.T


@cache
def _share_line(length: int, cells: int) -> torch.Tensor:
    """By how much each of a line's pixels counts in the mean of each cell: (cells, length)."""
    return functional.adaptive_avg_pool1d(torch.eye(length), cells).T


def pool_covered(maps: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Means over the whole and over bands, and the maximum, of what the character covers.

    Parameters
    ----------
    maps : Tensor, shape (n, channels, h, w)
    alpha : Tensor, shape (n, 1, H, W)
        Coverage, 0 to 1, at any multiple of the maps' size.

    Returns
    -------
    Tensor, shape (n, channels * (PARTS + 2)), float32
    """
    n, channels, height, width = maps.shape
    cover = shrink_cover(alpha, height, width)[:, 0]
    bands = torch.zeros(1 + PARTS, height, device=maps.device)
    bands[0] = 1
    for part in range(PARTS):
        bands[1 + part, part * height // PARTS : (part + 1) * height // PARTS] = 1
    weights = (cover[:, None] * bands[..., None]).flatten(2)
    cells = maps.float().permute(0, 2, 3, 1).reshape(n, height * width, channels)
    means = (weights @ cells) / (weights.sum(2, keepdim=True) + SMALLEST_AREA)
    most = (cells * (cover > VISIBLE).reshape(n, -1, 1)).amax(1)
    return torch.cat([means.flatten(1), most], 1)


class CharacterNetwork(nn.Module):
    """From a batch of characters to unit vectors.

    Parameters
    ----------
    widths : tuple of int
        Channels of the three stages.
    dimensions : int
        Length of a vector.
    """

    def __init__(self, widths: tuple[int, int, int] = WIDTHS, dimensions: int = DIMENSIONS) -> None:
        super().__init__()
        low, middle, high = widths
        self.stem = ConvolutionUnit(4, low, size=8, stride=4, padding=2)
        self.low = ResidualBlock(low, low // 2)
        self.low_summary = ConvolutionUnit(low, low // 2, size=1, padding=0)
        self.middle = nn.Sequential(
            ConvolutionUnit(low, middle, stride=2), ResidualBlock(middle, middle * 2 // 3)
        )
        self.high = nn.Sequential(
            ConvolutionUnit(middle, high, stride=2),
            ResidualBlock(high, high // 2),
            ResidualBlock(high, high // 2),
        )
        self.n_features = (PARTS + 2) * (low // 2 + middle + high)
        self.norm = nn.BatchNorm1d(self.n_features)
        self.project = nn.Linear(self.n_features, dimensions, bias=False)

    def look(self, pixels: torch.Tensor) -> Stages:
        """Maps of the three stages; (n, 4, 96, 96) as from `to_input`."""
        low = self.low(self.stem(pixels))
        middle = self.middle(low)
        return self.low_summary(low), middle, self.high(middle)

    def pool(self, stages: Stages, alpha: torch.Tensor) -> torch.Tensor:
        """Features of what was seen, (n, n_features), float32; the coverage is (n, 1, 96, 96)."""
        return self.norm(torch.cat([pool_covered(stage, alpha.float()) for stage in stages], 1))

    def embed(self, features: torch.Tensor) -> torch.Tensor:
        """(n, n_features) to (n, dimensions), float32, unit rows."""
        with torch.autocast(features.device.type, enabled=False):
            return functional.normalize(self.project(features.float()), dim=1)

    def summarize(self, stages: Stages, alpha: torch.Tensor) -> torch.Tensor:
        """What was seen as vectors, (n, dimensions), float32, unit rows."""
        return self.embed(self.pool(stages, alpha))

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(n, 4, 96, 96) as from `to_input` to (n, dimensions), float32, unit rows."""
        features = self.pool(self.look(pixels), pixels[:, 3:])
        return self.embed(functional.dropout(features, DROPOUT, self.training))


def fold(network: CharacterNetwork) -> CharacterNetwork:
    """Make a copy that looks at pixels as they are stored, with less to compute.

    What every picture goes through alike is multiplied into the weights once: the normalisations
    into the convolutions before them, `to_input` and the division by 255 into the first. Maps are
    the same to within rounding. The copy is for `look` alone, whose pixels are levels, 0 to 255.

    Parameters
    ----------
    network : CharacterNetwork
        Ready to run (`eval`).
    """
    folded = copy.deepcopy(network)
    for module in folded.modules():
        if isinstance(module, ConvolutionUnit):
            _absorb(module, "0", "1")
        elif isinstance(module, ResidualBlock):
            _absorb(module, "widen", "norm")
    first: Any = folded.stem[0]
    first.weight.data[:, 3] -= 0.5 * first.weight.data[:, :3].sum(1)
    first.weight.data /= 255
    return folded.to(memory_format=torch.channels_last)


def _absorb(module: nn.Module, convolution: str, norm: str) -> None:
    """Multiply a normalisation into the convolution before it."""
    fused = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
    setattr(module, convolution, fused)
    setattr(module, norm, nn.Identity())


def to_input(squares: torch.Tensor) -> torch.Tensor:
    """Turn premultiplied pixels into what the network sees: colours round zero, empty is zero.

    Parameters
    ----------
    squares : Tensor, shape (n, 4, 96, 96), float32, 0 to 1
        Premultiplied RGB and alpha.
    """
    alpha = squares[:, 3:]
    return torch.cat([squares[:, :3] - 0.5 * alpha, alpha], 1)
