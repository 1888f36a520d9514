"""The encoder that learnt on drawn characters: weights inside the package, nothing to download.

What it saw, what it is good at and where it fails stands in `weights/MODEL_CARD.md`; how it came to
be, in `training/`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from clusterkit.encoders.base import digest_file, make_fingerprint, normalize_rows
from clusterkit.encoders.character_network import (
    DIMENSIONS,
    SIZE,
    CharacterNetwork,
    Stages,
    fold,
)
from clusterkit.errors import EncoderError
from clusterkit.images import Picture
from clusterkit.threads import run_side_by_side, split_rows

WEIGHTS_FILE = Path(__file__).parent / "weights" / "character_network.safetensors"
WEIGHTS_DIGEST = "2b0e5f7de3bbeb08cb3070ceaf97309a13c413175d855cdc4fa368e512800c55"
"""SHA-256 of the weights this code was measured with, as `python -m training.export` prints it."""

BATCH_SIZE = 128
PART_SIZE = 32
"""Pictures that one core looks at together; what is made of more leaves its cache."""


class NetworkEncoder:
    """The package's own network, on the CPU: it is small enough that a GPU would wait for decoding.

    Parameters
    ----------
    name : str
        As the user gave it.
    weights : Path, optional
        The file, in safetensors.
    digest : str, optional
        The SHA-256 that the file must have.

    Raises
    ------
    EncoderError
        The weights are missing, or are not those that this version was measured with.
    """

    dimensions = DIMENSIONS
    batch_size = BATCH_SIZE

    def __init__(
        self, name: str = "network", weights: Path = WEIGHTS_FILE, digest: str = WEIGHTS_DIGEST
    ) -> None:
        self.name = name
        self.fingerprint = make_fingerprint("network", weights=digest, size=SIZE)
        self._sight = load_sight(weights, digest)

    def prepare(self, picture: Picture) -> np.ndarray:
        """Fit the character into a square: (96, 96, 4), uint8, premultiplied."""
        return picture.fit(SIZE)

    def encode(self, batch: np.ndarray) -> np.ndarray:
        """Embed prepared pictures; see `Encoder.encode`. A row where nothing is visible is NaN."""
        if not len(batch):
            return np.empty((0, DIMENSIONS), np.float32)
        vectors = self._sight.summarize(batch, self._sight.network.summarize).numpy()
        vectors[~batch[..., 3].any(axis=(1, 2))] = np.nan
        return normalize_rows(vectors)


@dataclass
class Glance:
    """Some prepared pictures, (n, 96, 96, 4), uint8, and what was seen in them once looked at."""

    pictures: np.ndarray
    seen: tuple[Stages, torch.Tensor] | None = None


class Sight:
    """The network at work; what it saw last is kept for whoever asks about the same pictures next.

    So the views, which are told from the same maps, cost no second look.

    Parameters
    ----------
    network : CharacterNetwork
        Ready to run.
    """

    def __init__(self, network: CharacterNetwork) -> None:
        self.network = network
        self._folded = fold(network)
        self._last: tuple[np.ndarray, list[Glance]] | None = None

    def summarize(
        self, batch: np.ndarray, summary: Callable[[Stages, torch.Tensor], torch.Tensor]
    ) -> torch.Tensor:
        """Look at prepared pictures and make numbers of what is seen, a part on each core.

        Parameters
        ----------
        batch : ndarray, shape (n, 96, 96, 4), uint8
            Premultiplied RGBA.
        summary : callable
            From the stages' maps and the coverage, (n, 1, 96, 96), float32, 0 to 1, of some
            pictures to a row each; called from several threads at once.

        Returns
        -------
        Tensor, shape (n, ...)
        """
        last = self._last
        if last is None or not np.array_equal(last[0], batch):
            batch = np.ascontiguousarray(batch)
            last = self._last = batch, [Glance(part) for part in split_rows(batch, PART_SIZE)]

        def work(glance: Glance) -> torch.Tensor:
            with torch.inference_mode():
                if glance.seen is None:
                    glance.seen = self.look(glance.pictures)
                return summary(*glance.seen)

        return torch.cat(run_side_by_side(work, last[1]))

    def look(self, pictures: np.ndarray) -> tuple[Stages, torch.Tensor]:
        """Maps and coverage of a few pictures, on the thread that asks; see `summarize`."""
        levels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float()
        return self._folded.look(levels), levels[:, 3:] / 255


@cache
def load_sight(weights: Path = WEIGHTS_FILE, digest: str = WEIGHTS_DIGEST) -> Sight:
    """Load the network once for all who look through it."""
    return Sight(load_network(weights, digest))


def load_network(weights: Path = WEIGHTS_FILE, digest: str = WEIGHTS_DIGEST) -> CharacterNetwork:
    """Read and check the weights; float32, ready to run."""
    try:
        found = digest_file(weights)
    except OSError as error:
        raise EncoderError(
            f"the built-in weights cannot be read ({error.strerror}): {weights}; install "
            "clusterkit again, or use --model descriptor"
        ) from None
    if found != digest:
        raise EncoderError(
            f"the built-in weights are damaged or of another version (SHA-256 {found[:12]}…, "
            f"expected {digest[:12]}…): {weights}; install clusterkit again, or use "
            "--model descriptor"
        )
    try:
        state = load_file(weights)
    except SafetensorError as error:
        raise EncoderError(f"the built-in weights cannot be read: {error}: {weights}") from None
    network = CharacterNetwork()
    network.load_state_dict(
        {k: t.float() if t.is_floating_point() else t for k, t in state.items()}
    )
    return network.eval().to(memory_format=torch.channels_last)
