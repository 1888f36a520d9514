"""Hold a result against known labels.

The frames that count ("scored") are those with a label whose kind can be used: all but blurred,
tiny and transparent ones. A one-off (a frame without identity) is an identity of its own. A frame
that is in no cluster (noise, rejected, unreadable) is a cluster of its own: leaving a frame out is
never rewarded as if all left-out frames belonged together, and is paid for in recall.
"""

from __future__ import annotations

import csv
import io
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE, REJECTED
from clusterkit.errors import InputError

UNUSABLE_KINDS = ("blurred", "tiny", "transparent")
"""Kinds of frame that the quality rules must reject; they must let all others pass."""

GOOD_KIND = "good"

_LABEL_COLUMNS = ("path", "identity")


@dataclass(frozen=True)
class Evaluation:
    """How a result compares with known labels. A measure that has nothing to count is None.

    Attributes
    ----------
    n_scored : int
        Labelled frames that the clustering measures are taken over.
    n_frames_unlabelled, n_labels_unmatched : int
        Frames of the result without a label, and labels without a frame.
    n_identities : int
        Identities among the scored frames, one-offs left out.
    n_clusters : int
        Clusters that hold a scored frame.
    n_identities_found : int
        Identities that are the majority of at least one cluster.
    ari : float
        Adjusted Rand index (Hubert & Arabie, Comparing partitions, 1985) over all scored frames,
        each frame outside every cluster and each one-off on its own: noise-aware.
    nmi : float
        Mutual information over the mean of the two entropies, over the same frames.
    ari_clustered : float
        Adjusted Rand index over the scored frames that are in a cluster: the folders alone.
    ari_noise_pooled : float
        Adjusted Rand index over frames with an identity, all frames outside every cluster taken
        for one more cluster: what `adjusted_rand_score` gives on plain HDBSCAN labels.
    pairwise_precision, pairwise_recall, pairwise_f : float
        Of the pairs of frames in one cluster, the share of one identity; of the pairs of one
        identity, the share in one cluster; their harmonic mean.
    purity : float
        Share of the scored frames in clusters that are of their cluster's majority identity.
    coverage : float
        Share of the scored frames with an identity that are in a cluster.
    noise_share : float
        Share of noise among all frames of the result that took part in clustering.
    rejection_precision, rejection_recall : float
        Of the labelled frames that the quality rules rejected, the share that had to be; and of
        those that had to be, the share that was. Only where the labels tell the kind.
    false_rejection_rate : float
        Share of the frames of kind 'good' that the quality rules rejected.
    rejected_by_kind : dict
        Frames and rejected frames of each kind.
    """

    n_scored: int
    n_frames_unlabelled: int
    n_labels_unmatched: int
    n_identities: int
    n_clusters: int
    n_identities_found: int
    ari: float | None
    nmi: float | None
    ari_clustered: float | None
    ari_noise_pooled: float | None
    pairwise_precision: float | None
    pairwise_recall: float | None
    pairwise_f: float | None
    purity: float | None
    coverage: float | None
    noise_share: float | None
    rejection_precision: float | None
    rejection_recall: float | None
    false_rejection_rate: float | None
    rejected_by_kind: dict[str, dict[str, int]]

    def to_dict(self) -> dict[str, Any]:
        """Give all measures as plain numbers, ready for JSON."""
        return asdict(self)


def read_labels(path: str | Path) -> pd.DataFrame:
    """Read known labels.

    Parameters
    ----------
    path : path
        CSV with the columns path (relative to the input) and identity (empty for a one-off), and
        perhaps view, kind, action.

    Returns
    -------
    DataFrame
        All columns of the file, as str; None where empty.

    Raises
    ------
    InputError
        Missing, unreadable, without those columns, or with one path twice.
    """
    file = Path(path)
    try:
        # Undecodable bytes in names are kept, as they are in the names of the frames.
        text = file.read_bytes().decode("utf-8-sig", "surrogateescape")
    except OSError as error:
        raise InputError(f"cannot read the labels {file}: {error.strerror}") from None
    rows = list(csv.reader(io.StringIO(text, newline="")))
    names = [name.strip() for name in rows[0]] if rows else []
    missing = [name for name in _LABEL_COLUMNS if name not in names]
    if missing:
        raise InputError(
            f"the labels {file} have no column {missing[0]!r}; they need path,identity[,kind]"
        )
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(names):
            raise InputError(
                f"the labels {file}: row {number} has {len(row)} values, not {len(names)}"
            )
    values = [[value.strip() or None for value in row] for row in rows[1:] if row]
    table = pd.DataFrame(values, columns=names, dtype=object)
    table["path"] = [_normalise_path(name) for name in table["path"]]
    twice = table["path"][table["path"].duplicated()]
    if len(twice):
        raise InputError(f"the labels {file} name {twice.iloc[0]!r} twice")
    return table


def evaluate_labels(assignments: pd.DataFrame, labels: pd.DataFrame) -> Evaluation:
    """Compare a result with known labels. Instant: 20,000 frames take some 50 ms.

    Parameters
    ----------
    assignments : DataFrame
        path, status, cluster and, if clusters were named or merged, character.
    labels : DataFrame
        path, identity (missing for a one-off) and perhaps kind.

    Raises
    ------
    InputError
        No label belongs to any frame.
    """
    matched = match_labels(assignments, labels)
    kinds = matched["kind"] if "kind" in matched else pd.Series(None, matched.index, dtype=object)
    scored = matched[~kinds.isin(UNUSABLE_KINDS)]
    n = len(scored)
    in_cluster = scored["status"].eq(CLUSTERED).to_numpy()
    has_identity = scored["identity"].notna().to_numpy()
    found = number_groups(_name_clusters(scored), in_cluster)
    truth = number_groups(scored["identity"], has_identity)
    pairs = _count_pairs(truth, found)
    majority = _find_majorities(truth[in_cluster], found[in_cluster])
    pooled = np.where(in_cluster, found, -1)[has_identity]
    took_part = assignments["status"].isin([CLUSTERED, NOISE])
    named = majority["truth"][np.isin(majority["truth"], truth[has_identity])]
    return Evaluation(
        n_scored=n,
        n_frames_unlabelled=len(assignments) - len(matched),
        n_labels_unmatched=len(labels) - len(matched),
        n_identities=len(np.unique(truth[has_identity])),
        n_clusters=len(majority),
        n_identities_found=named.nunique(),
        ari=_adjust_rand(pairs),
        nmi=_compute_nmi(truth, found),
        ari_clustered=_adjust_rand(_count_pairs(truth[in_cluster], found[in_cluster])),
        ari_noise_pooled=_adjust_rand(_count_pairs(truth[has_identity], pooled)),
        pairwise_precision=_divide(pairs.both, pairs.found),
        pairwise_recall=_divide(pairs.both, pairs.truth),
        pairwise_f=_divide(2 * pairs.both, pairs.found + pairs.truth),
        purity=_divide(int(majority["n"].sum()), int(in_cluster.sum())),
        coverage=_divide(int((in_cluster & has_identity).sum()), int(has_identity.sum())),
        noise_share=_divide(int(assignments["status"].eq(NOISE).sum()), int(took_part.sum())),
        **_judge_rejections(matched["status"].eq(REJECTED), kinds),
    )


@dataclass(frozen=True)
class _Pairs:
    """Numbers of pairs of frames: in all, of one identity, of one cluster, of one of both."""

    total: int
    truth: int
    found: int
    both: int


def match_labels(assignments: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Rows of a table of frames (by path) that have a label, with identity, view and kind.

    Raises
    ------
    InputError
        No label belongs to any frame.
    """
    frames = assignments.assign(path=[_normalise_path(path) for path in assignments["path"]])
    extra = [name for name in ("identity", "view", "kind") if name in labels]
    frames = frames.drop(columns=[name for name in extra if name in frames])
    matched = frames.merge(labels[["path", *extra]], on="path", how="inner")
    if not len(matched):
        ours, theirs = (
            repr(table["path"].iloc[0]) if len(table) else "none" for table in (frames, labels)
        )
        raise InputError(
            f"no label belongs to a frame of this result: frames are named like {ours}, "
            f"labels like {theirs}; both are relative to the input folder"
        )
    return matched


def _normalise_path(path: str | None) -> str:
    return (path or "").replace("\\", "/").removeprefix("./")


def _name_clusters(scored: pd.DataFrame) -> pd.Series:
    """Two clusters that a person merged are one folder, and count as one."""
    clusters = scored["cluster"].astype("Int64").astype(object)
    if "character" not in scored:
        return clusters
    return scored["character"].where(scored["character"].notna(), clusters)


def number_groups(names: pd.Series, is_grouped: np.ndarray) -> np.ndarray:
    """Group numbers from 0; a frame in no group gets a number of its own."""
    numbers = np.empty(len(names), np.int64)
    numbers[is_grouped] = pd.factorize(names.to_numpy()[is_grouped])[0]
    first = numbers[is_grouped].max(initial=-1) + 1
    alone = ~is_grouped
    numbers[alone] = first + np.arange(alone.sum())
    return numbers


def _count_pairs(truth: np.ndarray, found: np.ndarray) -> _Pairs:
    return _Pairs(
        total=math.comb(len(truth), 2),
        truth=_count_pairs_within(np.bincount(truth)),
        found=_count_pairs_within(np.unique(found, return_counts=True)[1]),
        both=_count_pairs_within(_tabulate_cells(truth, found)["n"].to_numpy()),
    )


def _count_pairs_within(sizes: np.ndarray) -> int:
    return int((sizes.astype(np.int64) * (sizes - 1) // 2).sum())


def _tabulate_cells(truth: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """List the non-empty cells of the contingency table: with singletons, nearly all are empty."""
    cells = pd.DataFrame({"truth": truth, "found": found})
    return cells.groupby(["truth", "found"], sort=True).size().rename("n").reset_index()


def _adjust_rand(pairs: _Pairs) -> float | None:
    if not pairs.total:
        return None
    expected = pairs.truth * pairs.found / pairs.total
    highest = (pairs.truth + pairs.found) / 2
    # Both all singletons, or both one group: the same partition, and nothing to adjust.
    return 1.0 if highest == expected else (pairs.both - expected) / (highest - expected)


def _compute_nmi(truth: np.ndarray, found: np.ndarray) -> float | None:
    if not len(truth):
        return None
    h_truth, h_found = (
        _compute_entropy(np.unique(g, return_counts=True)[1]) for g in (truth, found)
    )
    h_both = _compute_entropy(_tabulate_cells(truth, found)["n"].to_numpy())
    mean = (h_truth + h_found) / 2
    return 1.0 if mean == 0 else max(0.0, (h_truth + h_found - h_both) / mean)


def _compute_entropy(sizes: np.ndarray) -> float:
    shares = sizes / sizes.sum()
    return float(-(shares * np.log(shares)).sum())


def _find_majorities(truth: np.ndarray, found: np.ndarray) -> pd.DataFrame:
    """Find the largest cell of each cluster: truth, found, n."""
    cells = _tabulate_cells(truth, found)
    return cells.sort_values(["found", "n"], ascending=[True, False]).drop_duplicates("found")


def _judge_rejections(rejected: pd.Series, kinds: pd.Series) -> dict[str, Any]:
    known, must = kinds.notna(), kinds.isin(UNUSABLE_KINDS)
    hits = int((rejected & must).sum())
    good = kinds.eq(GOOD_KIND)
    return {
        "rejection_precision": _divide(hits, int((rejected & known).sum())),
        "rejection_recall": _divide(hits, int(must.sum())),
        "false_rejection_rate": _divide(int((rejected & good).sum()), int(good.sum())),
        "rejected_by_kind": {
            kind: {"frames": len(group), "rejected": int(group.sum())}
            for kind, group in rejected.groupby(kinds)
        },
    }


def _divide(part: int, whole: int) -> float | None:
    return part / whole if whole else None
