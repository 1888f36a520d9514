"""A crowd in one uniform: characters so alike that, among all the others, they are one cluster.

What a crowd has in common (a uniform, a pen, white paper) outweighs what its members differ in, and
at no depth does the hierarchy of the whole show come apart between them. Looked at by themselves
they do: once the crowd's mean is taken from its rows, what is left is how they differ.

But one character comes apart as well, into its views. The show tells which it is. Parts of a crowd
are characters, and as wide as the show's characters usually are; parts of one character are views,
and much narrower. So only a cluster that is large and wide is looked at, and it is taken apart only
if its parts are wide too. (A cluster's width is one minus the mean cosine of its pairs.)

Giants, which hold a good part of the whole show, are looked at first, then the others, and only
then does `splitting` compare parts: what it would break a crowd into would become noise, and then
join whatever is left of it.

The thresholds were chosen on seven films of seven kinds of art, and on five of them with all but
one character thinned to a third or an eighth, so that it leads as a hero does. Where leads had a
fifth of all frames or more, they were at most 1.25 medians wide (giants from 1.4 on), and their
parts at most .6 where they were many (a giant's from .64 on): `benchmarks/leading.py`.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass

import numpy as np

from clusterkit.cuts import cut_hierarchy
from clusterkit.hierarchy import build_hierarchy
from clusterkit.refining.evidence import Evidence
from clusterkit.refining.fragments import count_shared_scenes
from clusterkit.refining.groups import renumber, sum_groups
from clusterkit.refining.noise import join_noise, offer_noise
from clusterkit.refining.splitting import Split, split_fused
from clusterkit.settings import ClusterSettings

MANY, WIDE, AS_WIDE = 2.5, 1.4, 0.8
"""A crowd has so many times the frames of the median cluster, and so many times its width; and its
parts are, on average, so many times as wide as the median cluster. Lower ones take leading
characters apart."""
MANY_IN_FILM, WIDE_IN_FILM = 3.0, 1.3
"""The same where scenes are known, which may object."""
LEAST_CLUSTERS = 5
"""Clusters, the crowd included, from which their median is what is usual."""

GIANT_SHARE = 0.2
"""Of all frames in clusters: a giant holds as many."""
MANY_PARTS, GIANT_WIDE, GIANT_AS_WIDE = 6, 1.2, 0.6
"""A giant of so many parts may be narrower, and so may they: no character has so many views."""
LEAST_BESIDE_GIANT = 3
"""As `LEAST_CLUSTERS`, for a giant of many parts."""

MOST_BETWEEN = 0.4
"""Share of the crowd that may be in no part: above it, nothing was found."""

MOST_CHANCE = 0.05
"""Two parts that share more scenes than chance explains at this level are one character."""

MOST_REMEMBERED = 32
"""Clusters that were looked at, kept for whoever asks again."""

MOST_MEASURED = 100
"""Members of a cluster that its width is measured on."""

NO_WIDTH = 1e-9


def split_giants(
    labels: np.ndarray, evidence: Evidence, settings: ClusterSettings
) -> tuple[np.ndarray, tuple[Split, ...]]:
    """Take apart clusters that hold a good part of the show; the rest as `split_crowds`."""
    sizes = np.bincount(labels[labels >= 0])
    if len(sizes) < LEAST_BESIDE_GIANT:
        return renumber(labels), ()
    least = max(GIANT_SHARE * float(sizes.sum()), MANY * float(np.median(sizes)))
    # Beside one or two others a character in several outfits may well look wide.
    few = _Bar(WIDE if len(sizes) >= LEAST_CLUSTERS else np.inf, AS_WIDE)
    many = _Bar(GIANT_WIDE, GIANT_AS_WIDE)
    return _take_apart(labels, evidence, settings, least, few, many)


def split_crowds(
    labels: np.ndarray, evidence: Evidence, settings: ClusterSettings
) -> tuple[np.ndarray, tuple[Split, ...]]:
    """Take apart large, wide clusters whose parts are as wide as the show's characters.

    Where there are several witnesses (embeddings, and what looks and scenes taught), all must find
    a cluster wide and its parts too.

    Parameters
    ----------
    labels : ndarray, shape (n,), int
        Clusters from 0 on, -1 for noise.
    evidence : Evidence
    settings : ClusterSettings

    Returns
    -------
    labels : ndarray, shape (n,), int32
    splits : tuple of Split
    """
    sizes = np.bincount(labels[labels >= 0])
    if len(sizes) < LEAST_CLUSTERS:
        return renumber(labels), ()
    knows_scenes = evidence.scenes.max(initial=-1) >= 0
    many, width = (MANY_IN_FILM, WIDE_IN_FILM) if knows_scenes else (MANY, WIDE)
    bar = _Bar(width, AS_WIDE)
    return _take_apart(labels, evidence, settings, many * float(np.median(sizes)), bar, bar)


@dataclass(frozen=True)
class _Bar:
    """How wide a crowd and its parts must be, in medians of the show's clusters."""

    crowd: float
    parts: float


def _take_apart(
    labels: np.ndarray,
    evidence: Evidence,
    settings: ClusterSettings,
    least_frames: float,
    few: _Bar,
    many: _Bar,
) -> tuple[np.ndarray, tuple[Split, ...]]:
    """Take apart what passes the bar for its number of parts, below `MANY_PARTS` or not."""
    labels, splits = renumber(labels), []
    sizes = np.bincount(labels[labels >= 0])
    unused = count = len(sizes)
    suspects = sizes >= max(least_frames, 2 * settings.min_cluster_size)
    witnesses = _list_witnesses(evidence)
    usual: list[float] = []
    wide = np.full(count, np.inf)
    for rows in witnesses:
        if not suspects.any():
            return labels, ()
        widths = _measure_widths(rows, labels, count)
        usual.append(max(float(np.median(widths)), NO_WIDTH))
        wide = np.minimum(wide, widths / usual[-1])
        suspects &= wide >= min(few.crowd, many.crowd)
    split = labels.copy()
    for cluster in np.flatnonzero(suspects):
        members = np.flatnonzero(labels == cluster)
        parts = _look_inside(members, evidence, settings)
        part_sizes = np.bincount(parts[parts >= 0])
        if len(part_sizes) < 2 or np.mean(parts < 0) > MOST_BETWEEN:
            continue
        bar = few if len(part_sizes) < MANY_PARTS else many
        if wide[cluster] < bar.crowd:
            continue
        inner = [
            np.average(_measure_widths(rows[members], parts, len(part_sizes)), weights=part_sizes)
            for rows in witnesses
        ]
        if min(each / one for each, one in zip(inner, usual, strict=True)) < bar.parts:
            continue
        told = tuple(sorted(part_sizes.tolist(), reverse=True))
        splits.append(Split(len(members), told, is_crowd=True))
        split[members] = np.where(parts >= 0, unused + parts, -1)
        unused += len(part_sizes)
    return renumber(split), tuple(splits)


def _list_witnesses(evidence: Evidence) -> tuple[np.ndarray, ...]:
    """All that must find a crowd wide, the embeddings among them.

    In distances that looks taught the views of a leading character, who has most of the groups that
    teach, are as wide as others' characters; in the embeddings they are not.
    """
    known = evidence.embeddings
    if known is None or any(rows is known for rows in evidence.witnesses):
        return evidence.witnesses
    return *evidence.witnesses, known


def _measure_widths(rows: np.ndarray, labels: np.ndarray, count: int) -> np.ndarray:
    """One minus the mean cosine of the pairs of each cluster: (count,).

    Of large clusters some members, evenly picked, tell as much.
    """
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    picked = np.concatenate(
        [
            order[np.linspace(first, end - 1, min(end - first, MOST_MEASURED), dtype=int)]
            for first, end in itertools.pairwise(starts.tolist())
        ]
    )
    widths: np.ndarray = 1 - sum_groups(rows[picked], labels[picked], count).measure_within()
    return widths


def _look_inside(members: np.ndarray, evidence: Evidence, settings: ClusterSettings) -> np.ndarray:
    """Parts of a cluster, found without what all its rows have in common; -1 between them.

    A slider asks for the same clusters again and again: what was found is kept for a while.
    """
    size, samples = settings.min_cluster_size, settings.min_samples
    key = hashlib.sha256(members.tobytes()).hexdigest(), size, samples
    parts = evidence.insights.get(key)
    if parts is None:
        parts = _cluster_apart(evidence.witnesses[0][members], size, samples)
        parts = _join_by_scenes(parts, evidence.scenes[members], evidence.scenes)
        # The tuner cuts on two threads: what one forgets, the other may be forgetting too.
        for oldest in list(evidence.insights)[: 1 - MOST_REMEMBERED]:
            evidence.insights.pop(oldest, None)
        evidence.insights[key] = parts
    return parts


def _cluster_apart(rows: np.ndarray, size: int, samples: int) -> np.ndarray:
    """Cluster rows about their mean, as a show of their own."""
    about = rows - rows.mean(axis=0)
    about /= np.maximum(np.linalg.norm(about, axis=1, keepdims=True), 1e-12)
    hierarchy = build_hierarchy(about, min_samples=samples)
    labels = cut_hierarchy(hierarchy, min_cluster_size=size).labels
    leaves = cut_hierarchy(hierarchy, min_cluster_size=max(2, size // 2), method="leaf").labels
    alone = Evidence((about,), np.full(len(rows), -1))
    labels = split_fused(labels, leaves, alone, size)[0]
    return join_noise(labels, offer_noise(labels, leaves, alone), alone)


def _join_by_scenes(parts: np.ndarray, scenes: np.ndarray, all_scenes: np.ndarray) -> np.ndarray:
    """Join parts that are in the same scenes more often than two characters are by chance."""
    parts = renumber(parts)
    n_scenes = len(np.unique(all_scenes[all_scenes >= 0]))
    while (count := int(parts.max(initial=-1)) + 1) > 1:
        asked = ~np.eye(count, dtype=bool)
        chance = count_shared_scenes(parts, scenes, n_scenes, asked)[1]
        one, other = np.unravel_index(np.argmin(np.where(asked, chance, 2)), chance.shape)
        if chance[one, other] > MOST_CHANCE:
            break
        parts = renumber(np.where(parts == other, one, parts))
    return parts
