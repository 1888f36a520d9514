"""Draw families that no training sees as a folder with labels, for any encoder to be tried on.

    python -m training.held_out FOLDER --drawer figures --families 120
    clusterkit evaluate FOLDER FOLDER/labels.csv --model network --model descriptor

Every identity is drawn `N_DRAWINGS` times and cut out once of each drawing, as training would.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
from pen.camera import unmultiply

from training.augment import cut_out
from training.families import DRAWERS, FIRST_HELD_OUT, draw_family
from training.render import N_DRAWINGS

SIDE = 112
"""Side of a cut-out: a little more than the network sees."""


def draw_held_out(folder: Path, drawer: str, n_families: int) -> int:
    """Write FOLDER/DRAWER-SEED/… and a line each in FOLDER/labels.csv; returns how many files."""
    rows = []
    for seed in range(FIRST_HELD_OUT, FIRST_HELD_OUT + n_families):
        images, views = draw_family(drawer, seed, N_DRAWINGS)
        rng = np.random.default_rng(seed)
        family = folder / f"{drawer}-{seed}"
        family.mkdir(parents=True, exist_ok=True)
        for sibling, (drawings, seen) in enumerate(zip(images, views, strict=True)):
            for number, (drawing, view) in enumerate(zip(drawings, seen, strict=True)):
                path = family / f"{sibling}_{number}.png"
                straight = unmultiply(cut_out(drawing, SIDE, rng))
                cv2.imwrite(str(path), cv2.cvtColor(straight, cv2.COLOR_RGBA2BGRA))
                rows.append([path.relative_to(folder), f"{drawer}-{seed}-{sibling}", view, "good"])
    labels = folder / "labels.csv"
    is_new = not labels.exists()
    with labels.open("a", newline="") as stream:
        writer = csv.writer(stream)
        if is_new:
            writer.writerow(["path", "identity", "view", "kind"])
        writer.writerows(rows)
    return len(rows)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--drawer", choices=list(DRAWERS), default="figures")
    parser.add_argument("--families", type=int, default=120)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    print(f"{draw_held_out(options.folder, options.drawer, options.families):,} cut-outs")


if __name__ == "__main__":
    main()
