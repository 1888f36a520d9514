"""Draw families into shards, as files that training can read while more are drawn.

    python -m training.render SHARDS --drawer anime --first 0 --shards 100

A shard is `DRAWER-NUMBER.npy`, (n_identities, n_drawings, 112, 112, 4) uint8, and beside it
`DRAWER-NUMBER.families.npy`, (n_identities,) int64. Shards that exist are not drawn again.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from training.families import DRAWERS, draw_family

FAMILIES_A_SHARD = 60
N_DRAWINGS = 8
"""Drawings an identity; training turns each into many by crop, light and blur. Fewer of them buy
more identities in the same time."""


def write_shard(
    folder: Path, drawer: str, number: int, n_families: int = FAMILIES_A_SHARD,
    n_drawings: int = N_DRAWINGS,
) -> int:  # fmt: skip
    """Draw one shard and put it in place whole; returns how many drawings it holds."""
    seeds = range(number * n_families, (number + 1) * n_families)
    drawn = [draw_family(drawer, seed, n_drawings)[0] for seed in seeds]
    families = np.repeat(np.array(seeds, np.int64), [len(family) for family in drawn])
    name = f"{drawer}-{number:04d}"
    np.save(folder / f"{name}.families.npy", families)
    unfinished = folder / f".{name}.npy"
    np.save(unfinished, np.concatenate(drawn))
    unfinished.rename(folder / f"{name}.npy")
    return len(families) * n_drawings


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shards", type=Path, metavar="SHARDS")
    parser.add_argument("--drawer", choices=list(DRAWERS), default="anime")
    parser.add_argument("--first", type=int, default=0, help="number of the first shard")
    parser.add_argument("--count", type=int, default=1, help="how many shards")
    parser.add_argument("--families", type=int, default=FAMILIES_A_SHARD, help="families a shard")
    parser.add_argument("--drawings", type=int, default=N_DRAWINGS, help="drawings an identity")
    options = parser.parse_args()
    options.shards.mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    for number in range(options.first, options.first + options.count):
        if (options.shards / f"{options.drawer}-{number:04d}.npy").exists():
            continue
        start = time.perf_counter()
        n = write_shard(options.shards, options.drawer, number, options.families, options.drawings)
        rate = n / (time.perf_counter() - start)
        print(f"{options.drawer}-{number:04d}: {n} drawings, {rate:.0f}/s", flush=True)


if __name__ == "__main__":
    main()
