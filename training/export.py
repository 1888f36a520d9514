"""Put a trained network into the package: half precision, and the digest that loading checks.

    python -m training.export RUN [RUN ...] [--output clusterkit/encoders/weights]

Of several runs that started at the same weights the mean is taken, number by number: it is as good
as the best of them or better, and costs no more to use (Wortsman et al., "Model soups", ICML 2022).
Prints the digest that `clusterkit/encoders/network.py` must name as `WEIGHTS_DIGEST`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from clusterkit.encoders.base import digest_file
from clusterkit.encoders.network import WEIGHTS_FILE


def export_network(runs: Sequence[Path], output: Path) -> Path:
    """Write the mean of the runs' weights as half-precision safetensors; returns the file."""
    states = [torch.load(run / "network.pt", weights_only=True) for run in runs]
    half = {
        name: torch.stack([state[name] for state in states]).mean(0).half().contiguous()
        if tensor.is_floating_point()
        else tensor
        for name, tensor in states[0].items()
    }
    output.mkdir(parents=True, exist_ok=True)
    path = output / WEIGHTS_FILE.name
    save_file(half, path)
    return path


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN")
    parser.add_argument("--output", type=Path, default=WEIGHTS_FILE.parent)
    options = parser.parse_args()
    path = export_network(options.runs, options.output)
    print(f"{path}: {path.stat().st_size:,} bytes\n{digest_file(path)}")


if __name__ == "__main__":
    main()
