"""Where the bundled sample is: drawn characters with labels, to try everything on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clusterkit.errors import InputError

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """A labelled folder of frames.

    Attributes
    ----------
    frames : Path
        What `clusterkit cluster` takes.
    labels : Path
        CSV of path, identity, view, kind.
    """

    frames: Path
    labels: Path


def find_sample() -> Sample:
    """The sample that comes with clusterkit, installed or in a clone.

    Raises
    ------
    InputError
        This installation was made without it.
    """
    for folder in (_PACKAGE / "_bundled" / "data_samples", _PACKAGE.parent / "data_samples"):
        sample = Sample(folder / "frames", folder / "labels.csv")
        if sample.labels.is_file():
            return sample
    raise InputError("the bundled sample is missing from this installation: reinstall clusterkit")
