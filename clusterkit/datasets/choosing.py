"""Which characters of a result are exported, and which frames of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from tqdm.auto import tqdm

from clusterkit.clustering import name_cluster
from clusterkit.datasets.captions import make_slug, make_trigger
from clusterkit.datasets.coverage import Coverage, describe_coverage, is_known
from clusterkit.datasets.options import FEWEST_FRAMES, ExportOptions
from clusterkit.datasets.selection import (
    drop_near_duplicates,
    find_typical,
    keep_surest,
    make_fingerprint,
    rank_quality,
    select_varied,
)
from clusterkit.errors import InputError, SettingsError
from clusterkit.folders.naming import make_clash_key
from clusterkit.frames import make_natural_key
from clusterkit.results import Result

REGULAR_SLUG = "regularisation"


@dataclass(frozen=True)
class Choice:
    """The frames of one character that are exported, in the order of choice.

    Attributes
    ----------
    character, trigger, slug : str
        The name, the word it is trained as, and the name in paths.
    rows : tuple of int
        Rows of the frames.
    coverage : Coverage
    is_regular : bool
        The regularisation set, which is no character.
    """

    character: str
    trigger: str
    slug: str
    rows: tuple[int, ...]
    coverage: Coverage
    is_regular: bool = False


def pick_characters(result: Result, wanted: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of the characters to export, the largest first, and what is worth saying of that.

    Raises
    ------
    InputError
        A name is unknown, or the result has no character.
    """
    clustered = result.assignments[result.assignments["character"].notna()]
    sizes = clustered["character"].value_counts(sort=True)
    order = sorted(sizes.index, key=lambda name: (-sizes[name], make_natural_key(str(name))))
    if not order:
        raise InputError(f"{result.output_dir} holds no characters: nothing to export")
    unknown = [name for name in wanted if name not in sizes.index]
    if unknown:
        known = ", ".join(map(str, order[:8])) + (", …" if len(order) > 8 else "")
        raise InputError(f"no character {unknown[0]!r} in {result.output_dir}; it has {known}")
    if wanted:
        return [name for name in order if name in set(wanted)], []
    automatic = {name_cluster(int(label)) for label in clustered["cluster"].dropna() if label >= 0}
    named = [name for name in order if name not in automatic]
    if named:
        left = len(order) - len(named)
        words = "1 character without a name was" if left == 1 else (
            f"{left:,} characters without a name were"
        )  # fmt: skip
        return named, [f"{words} left out"] if left else []
    return order, ["no character has a name yet: all were exported"]


def choose_frames(
    result: Result, characters: Sequence[str], options: ExportOptions, *, progress: bool = False
) -> list[Choice]:
    """Choose the frames of every character."""
    known = sorted({str(e) for e in result.frames["episode"] if is_known(e)}, key=make_natural_key)
    slugs = _make_slugs(characters)
    triggers = _make_triggers(characters, options)
    quality = rank_quality(result.quality, options.max_side)
    return [
        _choose(result, name, triggers[name], slugs[name], quality, known, options)
        for name in tqdm(characters, "choose", disable=not progress, unit="character")
    ]


def choose_regular(
    result: Result, characters: Sequence[str], options: ExportOptions
) -> list[Choice]:
    """Choose figures that are none of the exported characters, for kohya's regularisation folder.

    Raises
    ------
    InputError
        There are none.
    """
    if not options.regularisation:
        return []
    others = ~result.assignments["character"].isin(list(characters)).to_numpy()
    usable = result.assignments["status"].isin(["clustered", "noise"]).to_numpy()
    rows = np.flatnonzero(others & usable)
    if not len(rows):
        raise InputError("no frames are left for the regularisation folder: every one is exported")
    quality = rank_quality(result.quality, options.max_side)[rows]
    fresh = _drop_copies(result, rows, quality)
    chosen = fresh[select_varied(
        result.embeddings[fresh], options.regularisation,
        quality=rank_quality(result.quality, options.max_side)[fresh],
    )]  # fmt: skip
    table = result.assignments
    word = options.class_word.strip()
    title = f"{word} (regularisation)"
    coverage = replace(
        describe_coverage(title, table.iloc[chosen], table.iloc[rows], [], 0), is_regular=True
    )
    return [Choice(word, word, REGULAR_SLUG, tuple(map(int, chosen)), coverage, True)]


def _choose(
    result: Result, name: str, trigger: str, slug: str, quality: np.ndarray,
    episodes: Sequence[str], options: ExportOptions,
) -> Choice:  # fmt: skip
    table = result.assignments
    members = np.flatnonzero(table["character"].eq(name).to_numpy())
    members = members[~np.isnan(result.embeddings[members]).any(axis=1)]
    fresh = _drop_copies(result, members, quality[members])
    typical = find_typical(result.embeddings[fresh], result.embeddings[members], FEWEST_FRAMES)
    n_duplicates, n_unlike = len(members) - len(fresh), int((~typical).sum())
    fresh = fresh[typical]
    certainty = table["probability"].to_numpy(float)[fresh]
    pool = fresh[keep_surest(certainty, quality[fresh], options.per_character)]
    groups = [
        np.array([str(v) if is_known(v) else None for v in table[column].iloc[pool]], object)
        for column in ("view", "episode", "scene")
    ]
    # The order of choice is kept: the first images are the ones that show most.
    chosen = pool[select_varied(
        result.embeddings[pool], options.per_character, quality=quality[pool], groups=groups
    )]  # fmt: skip
    coverage = describe_coverage(
        name, table.iloc[chosen], table.iloc[members], episodes, n_duplicates, n_unlike
    )
    return Choice(name, trigger, slug, tuple(map(int, chosen)), coverage)


def _drop_copies(result: Result, rows: np.ndarray, quality: np.ndarray) -> np.ndarray:
    result.embeddings  # noqa: B018 - a cache that was deleted is measured anew, thumbnails included
    prints = [make_fingerprint(t) for t in result.load_thumbnails(rows.tolist())]
    return rows[drop_near_duplicates(prints, quality)]


def _make_slugs(characters: Sequence[str]) -> dict[str, str]:
    """Names in paths, all different on every file system."""
    taken: set[str] = {REGULAR_SLUG}
    slugs = {}
    for name in characters:
        base, number = make_slug(name), 1
        slug = base
        while make_clash_key(slug) in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(make_clash_key(slug))
        slugs[name] = slug
    return slugs


def _make_triggers(characters: Sequence[str], options: ExportOptions) -> dict[str, str]:
    given = dict(options.triggers)
    unknown = sorted(set(given) - set(characters))
    if unknown:
        raise SettingsError(f"a trigger for {unknown[0]!r}, which is not exported")
    triggers: dict[str, str] = {}
    for name in characters:
        trigger = make_trigger(given.get(name, name))
        if trigger in triggers.values():
            other = next(key for key, value in triggers.items() if value == trigger)
            raise SettingsError(
                f"{name!r} and {other!r} would both be trained as {trigger!r}; give one a trigger"
            )
        triggers[name] = trigger
    return triggers
