"""Batches from the shards that have been drawn so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from training.families import DRAWERS, FIRST_HELD_OUT, MOST_SIBLINGS, is_of_people

Family = list[tuple[str, int, int]]
"""For each identity its shard, its row there, and its number, which is nobody else's."""


def find_shards(folder: Path) -> list[Path]:
    """The finished shards, in order of their names."""
    return sorted(path for path in folder.glob("*-*.npy") if "." not in path.stem)


@dataclass
class Library:
    """Families by drawer, read from a folder that is still growing; those held out are left out.

    Parameters
    ----------
    folder : Path
    mix : dict
        Share of families by drawer; a drawer that has no shard yet leaves its share to the others.
    siblings : bool
        Whether a family is drawn whole; otherwise its first identity stands for it.
    only_people : bool
        Whether families of anything else are left out.
    """

    folder: Path
    mix: dict[str, float]
    siblings: bool = True
    only_people: bool = False
    _shards: dict[str, np.ndarray] = field(default_factory=dict)
    _families: dict[str, list[Family]] = field(default_factory=dict)

    def __len__(self) -> int:
        """How many identities there are."""
        return sum(len(family) for families in self._families.values() for family in families)

    def refresh(self) -> int:
        """Take in shards that are new; returns how many identities there are now."""
        for path in find_shards(self.folder):
            drawer = path.stem.rsplit("-", 1)[0]
            if path.stem in self._shards or drawer not in self.mix:
                continue
            self._shards[path.stem] = np.load(path, mmap_mode="r")
            self._families.setdefault(drawer, []).extend(self._read_families(path, drawer))
        return len(self)

    def _read_families(self, path: Path, drawer: str) -> Iterator[Family]:
        seeds = np.load(path.with_suffix(".families.npy"))
        for seed in np.unique(seeds[seeds < FIRST_HELD_OUT]):
            if self.only_people and not is_of_people(drawer, int(seed)):
                continue
            rows = np.flatnonzero(seeds == seed)
            # A number that is the same in every process, which a hash of words is not.
            first = (int(seed) * len(DRAWERS) + list(DRAWERS).index(drawer)) * (MOST_SIBLINGS + 1)
            family = [(path.stem, int(row), first + place) for place, row in enumerate(rows)]
            yield family if self.siblings else family[:1]

    def sample(
        self, rng: np.random.Generator, n_identities: int, n_views: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw whole families until the batch is full.

        Returns
        -------
        drawings : ndarray, shape (n_identities * n_views, 112, 112, 4), uint8
        labels : ndarray, shape (n_identities * n_views,), int64
            The same for one identity in every batch.
        """
        drawers = [name for name in self.mix if name in self._families]
        shares = np.array([self.mix[name] for name in drawers])
        chosen: Family = []
        while len(chosen) < n_identities:
            families = self._families[drawers[rng.choice(len(drawers), p=shares / shares.sum())]]
            chosen += families[rng.integers(len(families))]
        drawings, labels = [], []
        for shard, row, number in chosen[:n_identities]:
            pool = self._shards[shard][row]
            # With more views than drawings some come twice, each cut and lit on its own.
            views = rng.choice(len(pool), n_views, replace=n_views > len(pool))
            drawings.append(pool[np.sort(views)])
            labels += [number] * n_views
        return np.concatenate(drawings), np.array(labels)
