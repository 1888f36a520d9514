"""The report of a large result: how long it takes, and how large the one file is.

    python benchmarks/report.py [--sizes 426 3000 16929] [--characters 40]

The result is a synthetic one (see synthetic.py). What is timed is `clusterkit.write_report`: the
kernel's start, the hierarchy, PCA and UMAP, the curve, all pictures and the page. Prints Markdown.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from synthetic import make_result

import clusterkit

MEGABYTE = 1e6


def main() -> None:
    """Make the results and time their reports."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=[426, 3000, 16929])
    parser.add_argument("--characters", type=int, default=40)
    parser.add_argument("--keep", type=Path, help="leave the reports in this folder")
    arguments = parser.parse_args()
    print("| frames | characters | time | file | peak memory of the kernel, at most |")
    print("|---:|---:|---:|---:|---:|", flush=True)
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory() as scratch:
            output = make_result(Path(scratch), size, arguments.characters)
            n_characters = clusterkit.load_result(output).clustering.n_clusters
            target = (arguments.keep or Path(scratch)).absolute() / f"report_{size}.html"
            start = time.perf_counter()
            clusterkit.write_report(output, target)
            seconds = time.perf_counter() - start
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            megabytes = target.stat().st_size / MEGABYTE
            print(f"| {size:,} | {n_characters} | {seconds:.1f} s | {megabytes:.1f} MB "
                  f"| {peak:,.0f} MB |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
