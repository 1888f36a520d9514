"""How flat the pictures of folders are, and how much the network of `builtin` has to say in them.

    python benchmarks/flatness.py [FOLDER ...]

Without a folder, the bundled sample. Prints Markdown: flatness at the quartiles of all frames that
can be read, and the say (the descriptor's is 1) at the median and on average.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.encoders import load_encoder
from clusterkit.encoders.builtin import measure_flatness, weigh_network
from clusterkit.errors import ImageError
from clusterkit.images import decode_image

HEADER = """\
| set | frames | flatness, quartiles | say, median | say, mean |
|---|---:|---:|---:|---:|"""


def main() -> None:
    """Print a line for each folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    folders = parser.parse_args().folders or [clusterkit.find_sample().labels.parent]
    network = load_encoder("network")
    print(HEADER)
    for folder in folders:
        frames, _ = find_frames_and_labels(folder)
        flatness = []
        for path in clusterkit.find_frames(frames)["path"]:
            try:
                picture = decode_image((frames / path).read_bytes())
            except ImageError:
                continue
            flatness.extend(measure_flatness(network.prepare(picture)[None]))
        quartiles = " ".join(f"{value:.2f}" for value in np.percentile(flatness, (25, 50, 75)))
        say = weigh_network(np.array(flatness))
        print(f"| {folder.resolve().name} | {len(flatness):,} | {quartiles} "
              f"| {np.median(say):.2f} | {say.mean():.2f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
