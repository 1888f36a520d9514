"""Time and memory of the hierarchy beside the hdbscan package, each in a process of its own.

    python benchmarks/hierarchy.py                        # 16,929 × 512, as README quotes it
    python benchmarks/hierarchy.py --n 4000 --generic --blocks

Prints a markdown table. ARI compares the labels with those of the package as it comes.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

MIN_CLUSTER_SIZE = 10
MIN_SAMPLES = 5
N_CLUSTERS = 60
NOISE_SHARE = 0.15
CUTS_TIMED = 20
# Enough for a few hundred rows of bounds, nowhere near all of them.
BLOCKS_MEMORY = 16_000_000


def make_unit_rows(n: int, dim: int, seed: int = 0) -> np.ndarray:
    """Clusters of very different sizes, each spread along a few directions, and noise."""
    rng = np.random.default_rng(seed)
    noise = int(n * NOISE_SHARE)
    weights = rng.pareto(1.0, N_CLUSTERS) + 0.2
    common = rng.standard_normal(dim)
    parts = [common + 1.1 * rng.standard_normal((noise, dim))]
    for size in rng.multinomial(n - noise, weights / weights.sum()):
        directions = 0.3 * rng.standard_normal((8, dim))
        spread = rng.uniform(0.15, 0.35) * rng.standard_normal((size, dim))
        centre = common + rng.standard_normal(dim)
        parts.append(centre + rng.standard_normal((size, 8)) @ directions + spread)
    rows = np.concatenate(parts)[rng.permutation(n)].astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def run_clusterkit(rows: np.ndarray, memory_limit: int | None) -> dict:
    """Build and cut with compiled kernels, as in a notebook that has been used once."""
    from clusterkit.cuts import cut_hierarchy, sweep_cuts
    from clusterkit.hierarchy import build_hierarchy

    for limit in (None, 1):
        cut_hierarchy(build_hierarchy(rows[:100], memory_limit=limit))
    started = time.perf_counter()
    hierarchy = build_hierarchy(rows, min_samples=MIN_SAMPLES, memory_limit=memory_limit)
    cut = cut_hierarchy(hierarchy, min_cluster_size=MIN_CLUSTER_SIZE)
    seconds = time.perf_counter() - started
    cuts = []
    for _ in range(CUTS_TIMED):
        started = time.perf_counter()
        cut_hierarchy(hierarchy, min_cluster_size=MIN_CLUSTER_SIZE)
        cuts.append(time.perf_counter() - started)
    started = time.perf_counter()
    sweep_cuts(hierarchy, range(2, 201))
    sweep = time.perf_counter() - started
    return {
        "seconds": seconds,
        "cut_ms": 1000 * float(np.median(cuts)),
        "sweep_ms": 1000 * sweep,
        "labels": cut.labels.tolist(),
    }


def run_package(rows: np.ndarray, algorithm: str) -> dict:
    """Fit the hdbscan package; its generic algorithm refuses float32."""
    import hdbscan

    model = hdbscan.HDBSCAN(
        min_cluster_size=MIN_CLUSTER_SIZE, min_samples=MIN_SAMPLES, algorithm=algorithm
    )
    started = time.perf_counter()
    model.fit(rows)
    return {"seconds": time.perf_counter() - started, "labels": model.labels_.tolist()}


RUNS = {
    "hdbscan, as it comes": lambda rows: run_package(rows, "best"),
    "hdbscan, generic": lambda rows: run_package(rows.astype(np.float64), "generic"),
    "clusterkit": lambda rows: run_clusterkit(rows, None),
    "clusterkit, in blocks": lambda rows: run_clusterkit(rows, BLOCKS_MEMORY),
}


def run_apart(name: str, n: int, dim: int) -> dict:
    """Run one contestant in a fresh process, so that its peak memory is its own."""
    command = [sys.executable, __file__, "--n", str(n), "--dim", str(dim), "--only", name]
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root)
    return json.loads(done.stdout)


def print_table(names: list[str], n: int, dim: int, repeat: int) -> None:
    """Run everything in turn, the fastest of `repeat` runs counting, and print the table."""
    from sklearn.metrics import adjusted_rand_score

    results = {}
    for _ in range(repeat):
        for name in names:
            result = run_apart(name, n, dim)
            if name not in results or result["seconds"] < results[name]["seconds"]:
                results[name] = result
    reference = results[names[0]]
    print(f"{n:,} × {dim} float32 unit rows, best of {repeat}\n")
    print("| | seconds | ratio | peak RSS, GB | ARI | one cut, ms | 199 cuts, ms |")
    print("|---|---|---|---|---|---|---|")
    for name, result in results.items():
        ari = adjusted_rand_score(reference["labels"], result["labels"])
        ratio = reference["seconds"] / result["seconds"]
        cuts = [f"{result[key]:.2f}" if key in result else "" for key in ("cut_ms", "sweep_ms")]
        print(
            f"| {name} | {result['seconds']:.2f} | {ratio:.1f} | {result['peak_gb']:.2f} "
            f"| {ari:.6f} | {cuts[0]} | {cuts[1]} |"
        )


def main() -> None:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=16_929)
    parser.add_argument("--dim", type=int, default=512)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--generic", action="store_true", help='also hdbscan algorithm="generic"')
    parser.add_argument("--blocks", action="store_true", help="also clusterkit with little memory")
    parser.add_argument("--only", choices=sorted(RUNS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.only:
        result = RUNS[args.only](make_unit_rows(args.n, args.dim))
        # Linux counts in kibibytes.
        result["peak_gb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        json.dump(result, sys.stdout)
        return
    names = ["hdbscan, as it comes", "clusterkit"]
    names += ["hdbscan, generic"] * args.generic + ["clusterkit, in blocks"] * args.blocks
    print_table(names, args.n, args.dim, args.repeat)


if __name__ == "__main__":
    main()
