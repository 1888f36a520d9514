"""Unpack the figures of Dink Smallwood: art for film_of_sprites.py.

    dpkg -x freedink-data_*.deb ART
    python benchmarks/unpack_dink.py ART OUT
    python benchmarks/film_of_sprites.py OUT FILM --art folders

ART is Debian's freedink-data, unpacked. Its graphics lie in archives, dir.ff: how many entries
there are (4 bytes), as often an offset (4 bytes) and a name (13 bytes), then the pictures, 8-bit
BMPs; the last entry is the end of the last picture. The game looks through what is pure white.
Writes IDENTITY/STRIP/*.png, an identity for each folder of people and foes, a strip for each
sequence, its name ending in the direction in which the figure looks.
"""

from __future__ import annotations

import argparse
import re
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

FOLK = {"people", "foes"}
ACTIONS = {"walk", "attack", "attack2"}
"""Folders that hold what the figure of the folder above does."""
NO_FIGURES = {"pill", "puddle", "spike", "death"}
PICTURE = r"([cf]\d+)-?([awrs])([1-9a])-(\d+)\.bmp"
"""Figure, action, direction, number: c05a2-01.bmp, c5-w1-10.bmp."""
DIRECTIONS = dict(zip("12346789", ("sw", "s", "se", "w", "e", "nw", "n", "ne"), strict=True))
"""By their place on a keypad; an attack in all directions, a, counts as s."""


def read_archive(file: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Names in lower case and BGRA pictures, uint8."""
    data = file.read_bytes()
    (count,) = struct.unpack_from("<I", data)
    entries = [struct.unpack_from("<I13s", data, 4 + 17 * place) for place in range(count)]
    for (start, name), (end, _) in pairwise(entries):
        picture = cv2.imdecode(np.frombuffer(data[start:end], np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            alpha = np.where((picture == 255).all(axis=2), 0, 255).astype(np.uint8)
            yield name.split(b"\0")[0].decode("latin-1").lower(), np.dstack([picture, alpha])


def unpack(art: Path, out: Path) -> None:
    """Write IDENTITY/STRIP/*.png."""
    graphics = next(art.rglob("graphics"))
    for file in sorted(graphics.rglob("dir.ff")):
        folders = [part.lower() for part in file.parent.relative_to(graphics).parts]
        if folders[0] not in FOLK or NO_FIGURES & set(folders):
            continue
        identity = "-".join(part for part in folders[1:] if part not in ACTIONS)
        for name, picture in read_archive(file):
            if parts := re.fullmatch(PICTURE, name):
                figure, action, direction, number = parts.groups()
                strip = out / identity / f"{figure}{action}-{DIRECTIONS.get(direction, 's')}"
                strip.mkdir(parents=True, exist_ok=True)
                cv2.imwrite(str(strip / f"{number}.png"), picture)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("art", type=Path, metavar="ART")
    parser.add_argument("out", type=Path, metavar="OUT")
    options = parser.parse_args()
    unpack(options.art, options.out)


if __name__ == "__main__":
    main()
