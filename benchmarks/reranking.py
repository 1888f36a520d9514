"""Would k-reciprocal re-ranking find more characters? Plain HDBSCAN on both distances.

    python benchmarks/reranking.py [FOLDER ...] [--model builtin] [--cache DIR]

Re-ranking as in Zhong et al., "Re-ranking person re-identification with k-reciprocal encoding"
(CVPR 2017), which is what re-identification of people gains most from: two frames are near if their
neighbourhoods are the same. Its distance is mixed with the Euclidean one by `--share`. Folders are
those of video.py, whose cache it shares. Scenes are not used. Prints Markdown.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from sklearn.cluster import HDBSCAN
from video import load_set

import clusterkit
from clusterkit.clustering import Clustering, rank_labels, select_frames
from clusterkit.evaluation import Evaluation
from clusterkit.quality import judge_quality
from clusterkit.settings import Settings

NEAR, NEAREST = 20, 6
"""k1 and k2 of the paper."""


def rerank(rows: np.ndarray, share: float) -> np.ndarray:
    """Mix the Jaccard distance of k-reciprocal neighbourhoods with the Euclidean one.

    Parameters
    ----------
    rows : ndarray, shape (n, d), float32
        Of length one.
    share : float
        Of the Euclidean distance (lambda in the paper, where it is 0.3).

    Returns
    -------
    ndarray, shape (n, n), float64
    """
    squares = np.maximum(2 - 2 * (rows @ rows.T).astype(np.float64), 0)
    order = np.argsort(squares, axis=1, kind="stable")
    scaled = squares / squares.max(axis=0)

    def find_mutual(row: int, count: int) -> np.ndarray:
        forward = order[row, : count + 1]
        return forward[(order[forward, : count + 1] == row).any(axis=1)]

    weights = np.zeros_like(squares)
    for row in range(len(rows)):
        mutual = find_mutual(row, NEAR)
        expanded = [mutual]
        for other in mutual:
            theirs = find_mutual(int(other), NEAR // 2)
            if len(np.intersect1d(theirs, mutual)) > 2 / 3 * len(theirs):
                expanded.append(theirs)
        found = np.unique(np.concatenate(expanded))
        near = np.exp(-scaled[row, found])
        weights[row, found] = near / near.sum()
    weights = np.stack([weights[order[row, :NEAREST]].mean(axis=0) for row in range(len(rows))])
    distances = np.empty_like(squares)
    for row in range(len(rows)):
        inside = np.flatnonzero(weights[row])
        common = np.minimum(weights[row, inside], weights[:, inside]).sum(axis=1)
        distances[row] = 1 - common / (2 - common)
    distances = (1 - share) * distances + share * np.sqrt(squares)
    return np.maximum(distances, distances.T)


def main() -> None:
    """Print a row for every set and distance."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--share", type=float, nargs="+", default=[0.3])
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "clusterkit")
    arguments = parser.parse_args()
    arguments.cache.mkdir(parents=True, exist_ok=True)
    print("| set | distance | clusters / identities | F | ARI | noise |")
    print("|---|---|---:|---:|---:|---:|")
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        chosen = load_set(folder, arguments.model, arguments.cache, without_names=True)
        settings = Settings.from_options(model=arguments.model)
        quality = chosen.measurements.quality
        verdicts = judge_quality(quality, settings.thresholds)
        selected = select_frames(quality, verdicts)
        rows = chosen.measurements.embeddings[selected]
        distances = {"Euclidean": np.sqrt(np.maximum(2 - 2 * (rows @ rows.T), 0)).astype(float)}
        for share in arguments.share:
            distances[f"k-reciprocal, {share:g} Euclidean"] = rerank(rows, share)
        for name, matrix in distances.items():
            options = settings.clustering
            found = HDBSCAN(
                min_cluster_size=options.min_cluster_size, min_samples=options.min_samples,
                metric="precomputed", copy=True,
            ).fit(matrix)  # fmt: skip
            labels = np.full(len(selected), -1, np.int32)
            labels[selected] = rank_labels(found.labels_)
            clustering = Clustering(labels, (labels >= 0).astype(np.float32), selected)
            table = clusterkit.tabulate_assignments(chosen.frames, quality, verdicts, clustering)
            scores: Evaluation = clusterkit.evaluate_labels(table, chosen.labels)
            print(
                f"| {chosen.name} | {name} | {scores.n_clusters} / {scores.n_identities} "
                f"| {scores.pairwise_f:.3f} | {scores.ari:.3f} | {scores.noise_share:.1%} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
