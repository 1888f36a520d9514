"""Characters = clustering × decisions, a pure function, and its rules where the two disagree.

1. A rejected frame is in no character, whatever else was decided: only an undo brings it back.
2. A frame that was moved, confirmed or split off is where it was put, noise or not.
3. A cluster belongs to the identity that most of its known frames have, if they are at least a
   quarter of the cluster, or most of that identity's frames. (Rule 2's frames have a say only where
   they alone are more than half of a cluster.) So a name goes where its frames go, and new frames
   of the cluster come along; one identity may own several clusters, which then are one character.
4. A known frame in a cluster that is not its own follows the cluster: a better clustering may mend
   a stray. It stays with its identity all the same if the two were said to be not the same, if most
   of its identity's frames are there, or if its identity has no cluster of its own. So a name never
   disappears because a setting changed, and noise is treated in the same way.
5. Frames nobody decided about are in the character of their cluster, or noise. A stray is so too,
   but never in a character that it was said not to be: there it is noise.

Equal votes go to the identity that was known first. No rule looks at a row's position.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE, REJECTED, Clustering, name_cluster
from clusterkit.decisions.identities import Identities, order_pair, resolve_identities
from clusterkit.decisions.kinds import Decision
from clusterkit.folders.naming import make_clash_key
from clusterkit.refining.constraints import LEAST_SHARE
from clusterkit.result_files import FOUND_COLUMN

NOBODY = -1


@dataclass(frozen=True)
class Characters:
    """Who is in each frame.

    Attributes
    ----------
    labels : ndarray, shape (n,), int32
        Number of each frame's character; -1 for noise, rejected frames and those that took no part.
        A character has the number of its first cluster, so a merge renumbers no other; one that
        has no cluster comes after all clusters.
    rejected : ndarray, shape (n,), bool
        Frames that people rejected.
    names : dict
        From number to name; those that nobody has named are character_000 and so on.
    named : frozenset of int
        Numbers of the characters that people have named.
    apart : frozenset of (int, int)
        Pairs of characters that are not the same, the smaller number first.
    refused : dict
        From the row of a stray to the numbers of the characters that it is not.
    bound : ndarray, shape (n,), bool
        Frames that people put where they are: moved, confirmed or split off.
    """

    labels: np.ndarray
    rejected: np.ndarray
    names: dict[int, str]
    named: frozenset[int]
    apart: frozenset[tuple[int, int]] = frozenset()
    refused: Mapping[int, frozenset[int]] = field(default_factory=dict)
    bound: np.ndarray = field(default_factory=lambda: np.zeros(0, bool))


def apply_decisions(
    clustering: Clustering, digests: Sequence[str | None], decisions: Iterable[Decision]
) -> Characters:
    """Apply decisions to a clustering.

    Parameters
    ----------
    clustering : Clustering
    digests : sequence of str or None
        Of each frame; frames of the same bytes share all decisions.
    decisions : iterable of Decision
        In any order, undone ones among them.
    """
    return join_identities(clustering, digests, resolve_identities(decisions))


def join_identities(
    clustering: Clustering, digests: Sequence[str | None], identities: Identities
) -> Characters:
    """Apply what decisions say to a clustering; see `apply_decisions`."""
    keys = [None if pd.isna(digest) else digest for digest in digests]
    rejected = np.array([digest in identities.rejected for digest in keys], dtype=bool)
    rejected &= clustering.selected
    taking_part = np.flatnonzero(clustering.selected & ~rejected)
    owner_of = {row: identities.owner.get(keys[row] or "") for row in taking_part.tolist()}
    strays = {row: i for row, i in owner_of.items() if i in identities.strays}
    known = {row: i for row, i in owner_of.items() if i is not None and row not in strays}
    bound = {row for row in known if keys[row] in identities.bound}
    owners = _find_owners(clustering.labels, taking_part, known, bound, identities)

    settled = set(owners.values())
    places = Counter((identity, int(clustering.labels[row])) for row, identity in known.items())
    totals = Counter(known.values())
    chosen: dict[int, int] = {}  # row → identity; rows left out stay in their cluster
    for row in taking_part.tolist():
        cluster, identity = int(clustering.labels[row]), known.get(row)
        owner = owners.get(cluster)
        if identity is not None and identity != owner and (
            row in bound
            or identity not in settled
            or 2 * places[identity, cluster] > totals[identity]
            or (owner is not None and order_pair(identity, owner) in identities.apart)
        ):  # fmt: skip
            chosen[row] = identity
        elif (
            owner is not None and order_pair(strays.get(row, owner), owner) not in identities.apart
        ):
            chosen[row] = owner
        elif owner is not None:
            chosen[row] = NOBODY
    numbers, found = _number(clustering, taking_part, chosen, owners, rejected, identities.names)
    apart: set[tuple[int, int]] = set()
    refused: dict[int, set[int]] = defaultdict(set)
    for one, another in identities.apart:
        for identity, other in ((one, another), (another, one)):
            if other in numbers and identity in identities.strays:
                refused[identity].add(numbers[other])
            elif other in numbers and identity in numbers:
                apart.add(order_pair(numbers[identity], numbers[other]))
    is_bound = np.zeros(len(keys), bool)
    is_bound[list(bound)] = True
    return replace(
        found,
        apart=frozenset(apart),
        refused={row: frozenset(refused[i]) for row, i in strays.items() if i in refused},
        bound=is_bound,
    )


def decide_assignments(
    assignments: pd.DataFrame, digests: Sequence[str | None], decisions: Sequence[Decision]
) -> pd.DataFrame:
    """Apply decisions to the table of a result; nothing changes where there is none.

    Parameters
    ----------
    assignments : DataFrame
        As computed, or as an earlier call returned it.
    digests : sequence of str or None
        Aligned with the rows.
    decisions : sequence of Decision

    Returns
    -------
    DataFrame
        status, cluster and character changed, and the column found added. A frame that a person
        rejected has the status rejected.
    """
    if not decisions and FOUND_COLUMN not in assignments:
        return assignments
    found = find_computed(assignments)
    characters = apply_decisions(found, digests, decisions)
    table = assignments.copy()
    table[FOUND_COLUMN] = pd.Series(found.labels, dtype="Int64").where(found.selected).array
    status = table["status"].to_numpy(dtype=object, copy=True)
    taking_part = found.selected & ~characters.rejected
    status[taking_part] = np.where(characters.labels[taking_part] >= 0, CLUSTERED, NOISE)
    status[characters.rejected] = REJECTED
    table["status"] = status
    table["cluster"] = pd.Series(characters.labels, dtype="Int64").where(taking_part).array
    table["character"] = pd.Series(
        [characters.names.get(int(label)) for label in characters.labels], dtype=object
    ).array
    return table


def find_computed(assignments: pd.DataFrame) -> Clustering:
    """Find the clustering that a table was made from, without any decision."""
    column = FOUND_COLUMN if FOUND_COLUMN in assignments else "cluster"
    cluster = assignments[column].astype("Int64")
    return Clustering(
        labels=cluster.fillna(NOBODY).to_numpy(np.int32),
        probabilities=assignments["probability"].to_numpy(np.float32),
        selected=cluster.notna().to_numpy(bool),
    )


def _find_owners(
    labels: np.ndarray,
    taking_part: np.ndarray,
    known: dict[int, int],
    bound: set[int],
    identities: Identities,
) -> dict[int, int]:
    """Rule 3: which identity each cluster belongs to, if any."""
    sizes = Counter(labels[taking_part].tolist())
    loose: dict[int, Counter[int]] = defaultdict(Counter)
    every: dict[int, Counter[int]] = defaultdict(Counter)
    for row, identity in known.items():
        every[int(labels[row])][identity] += 1
        if row not in bound:
            loose[int(labels[row])][identity] += 1
    # All frames that an identity ever had, absent ones too: one that happens to be here is no home.
    totals = Counter(
        identity
        for digest, identity in identities.owner.items()
        if digest not in identities.rejected and digest not in identities.bound
    )
    owners = {}
    for cluster, size in sizes.items():
        if cluster == NOBODY:
            continue
        fit = [
            (-votes, identity)
            for identity, votes in loose[cluster].items()
            if votes >= LEAST_SHARE * size or 2 * votes > totals[identity]
        ] or [
            (-votes, identity)
            for identity, votes in every[cluster].items()
            if 2 * votes > size
        ]  # fmt: skip
        if fit:
            owners[cluster] = min(fit)[1]
    return owners


def _number(
    clustering: Clustering,
    taking_part: np.ndarray,
    chosen: dict[int, int],
    owners: dict[int, int],
    rejected: np.ndarray,
    known_names: dict[int, str],
) -> tuple[dict[int, int], Characters]:
    present = set(chosen.values()) - {NOBODY}
    numbers: dict[int, int] = {NOBODY: NOBODY}
    for cluster in sorted(owners):
        if owners[cluster] in present:
            numbers.setdefault(owners[cluster], cluster)
    following = clustering.n_clusters
    for identity in sorted(present - set(numbers)):
        numbers[identity] = following
        following += 1
    labels = np.full(len(clustering.labels), NOBODY, np.int32)
    for row in taking_part:
        labels[row] = numbers[chosen[row]] if row in chosen else clustering.labels[row]
    names = {
        numbers[identity]: known_names[identity] for identity in present if identity in known_names
    }
    named = frozenset(names)
    # A person may call someone character_003: an unnamed character makes way.
    taken = {make_clash_key(name) for name in names.values()}
    for number in sorted(set(labels[labels >= 0].tolist()) - named):
        names[number] = _name_unnamed(number, taken)
        taken.add(make_clash_key(names[number]))
    return numbers, Characters(labels, rejected, names, named)


def _name_unnamed(number: int, taken: set[str]) -> str:
    name, attempt = name_cluster(number), 1
    while make_clash_key(name) in taken:
        attempt += 1
        name = f"{name_cluster(number)} ({attempt})"
    return name
