"""Draw families that no training sees as a folder with labels, for any encoder to be tried on.

    python -m training.held_out FOLDER --drawer figures --families 120
    clusterkit evaluate FOLDER FOLDER/labels.csv --model network --model descriptor
    clusterkit evaluate FOLDER FOLDER/decidable.csv --model network --model descriptor

Every identity is drawn `N_DRAWINGS` times and cut out once of each drawing, as training would.

Siblings share all but their hair, say, and a crop may show none: whose it is cannot be known then.
`decidable.csv` has the labels of the cut-outs that would look different of any sibling in the same
pose, cut and lit alike; no encoder can be asked for more than those.
"""

from __future__ import annotations

import argparse
import copy
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pen.camera import unmultiply

from training.augment import cut_out
from training.families import DRAWERS, FIRST_HELD_OUT, Drawer, draw_visible, sample_family
from training.render import N_DRAWINGS

SIDE = 112
"""Side of a cut-out: a little more than the network sees."""
OTHER_LEVELS = 32
"""Levels of 255 by which a pixel has to differ to be seen through light, blur and grain."""
OTHER_SHARE = 0.01
"""Share of the character's pixels that have to differ: some thirty of a tall figure."""


def draw_held_out(folder: Path, drawer: str, n_families: int) -> int:
    """Write FOLDER/DRAWER-SEED/… and a line each in FOLDER/labels.csv; returns how many files."""
    rows, decidable = [], []
    for seed in range(FIRST_HELD_OUT, FIRST_HELD_OUT + n_families):
        identities, rng = sample_family(drawer, seed)
        cuts = np.random.default_rng(seed)
        family = folder / f"{drawer}-{seed}"
        family.mkdir(parents=True, exist_ok=True)
        for sibling, identity in enumerate(identities):
            others = identities[:sibling] + identities[sibling + 1 :]
            drawn = draw_cut_outs(DRAWERS[drawer], identity, others, rng, cuts)
            for number, (cut, view, is_decidable) in enumerate(drawn):
                path = family / f"{sibling}_{number}.png"
                cv2.imwrite(str(path), cv2.cvtColor(unmultiply(cut), cv2.COLOR_RGBA2BGRA))
                rows.append([path.relative_to(folder), f"{drawer}-{seed}-{sibling}", view, "good"])
                if is_decidable:
                    decidable.append(rows[-1])
    _append(folder / "labels.csv", rows)
    _append(folder / "decidable.csv", decidable)
    return len(rows)


def draw_cut_outs(
    ways: Drawer, identity: Any, others: list[Any], rng: np.random.Generator,
    cuts: np.random.Generator,
) -> Iterator[tuple[np.ndarray, str, bool]]:  # fmt: skip
    """Yield cut-outs of an identity, their views, and whether no other would have looked so.

    Parameters
    ----------
    ways : Drawer
    identity : Any
    others : list
        Its siblings; each is drawn in the same pose and cut out alike.
    rng, cuts : numpy.random.Generator
        What poses and what cuts come from; left as if there were no others.
    """
    for _ in range(N_DRAWINGS):
        pose, cut = copy.deepcopy(rng), copy.deepcopy(cuts)
        drawing = draw_visible(ways, identity, rng)
        picture = cut_out(drawing.image, SIDE, cuts)
        twins = (draw_visible(ways, other, copy.deepcopy(pose)).image for other in others)
        yield (
            picture,
            drawing.view,
            all(
                _look_different(picture, cut_out(twin, SIDE, copy.deepcopy(cut))) for twin in twins
            ),
        )


def _look_different(picture: np.ndarray, other: np.ndarray) -> bool:
    differs = cv2.absdiff(picture, other).max(2) > OTHER_LEVELS
    return bool(differs.sum() >= OTHER_SHARE * (picture[..., 3] > 0).sum())


def _append(file: Path, rows: list[list[Any]]) -> None:
    is_new = not file.exists()
    with file.open("a", newline="") as stream:
        writer = csv.writer(stream)
        if is_new:
            writer.writerow(["path", "identity", "view", "kind"])
        writer.writerows(rows)


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
