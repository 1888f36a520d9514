"""A contact sheet: a row of drawings for each identity of some families.

python -m training.sheet sheet.png --drawer anime --first 0 --families 6
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from training.families import DRAWERS, draw_family

PAPER = (226, 222, 214)


def draw_sheet(drawer: str, seeds: range, n_drawings: int) -> np.ndarray:
    """Lay the drawings over paper; (height, width, 3), uint8, RGB."""
    rows = []
    for seed in seeds:
        for drawings in draw_family(drawer, seed, n_drawings)[0]:
            row = np.concatenate(list(drawings), axis=1).astype(np.float32)
            paper = np.array(PAPER, np.float32) * (1 - row[..., 3:] / 255)
            rows.append((row[..., :3] + paper).astype(np.uint8))
    return np.concatenate(rows)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--drawer", choices=list(DRAWERS), default="anime")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--families", type=int, default=6)
    parser.add_argument("--drawings", type=int, default=12)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.families)
    sheet = draw_sheet(options.drawer, seeds, options.drawings)
    cv2.imwrite(str(options.output), sheet[..., ::-1])


if __name__ == "__main__":
    main()
