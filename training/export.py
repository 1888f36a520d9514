"""Put a trained network into the package: half precision, and the digest that loading checks.

    python -m training.export RUN [--output clusterkit/encoders/weights]

Prints the digest that `clusterkit/encoders/network.py` must name as `WEIGHTS_DIGEST`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import save_file

from clusterkit.encoders.base import digest_file
from clusterkit.encoders.network import WEIGHTS_FILE


def export_network(run: Path, output: Path) -> Path:
    """Write RUN's averaged weights as half-precision safetensors; returns the file."""
    state = torch.load(run / "network.pt", weights_only=True)
    half = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for name, tensor in state.items()
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
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("--output", type=Path, default=WEIGHTS_FILE.parent)
    options = parser.parse_args()
    path = export_network(options.run, options.output)
    print(f"{path}: {path.stat().st_size:,} bytes\n{digest_file(path)}")


if __name__ == "__main__":
    main()
