"""Batches from the shards that have been drawn so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HELD_OUT_FROM = 9000
"""Shards from this number on are never trained on: they judge."""


@dataclass
class Library:
    """Families by drawer, read from a folder that is still growing.

    Parameters
    ----------
    folder : Path
    mix : dict
        Share of families by drawer; a drawer that has no shard yet leaves its share to the others.
    """

    folder: Path
    mix: dict[str, float]
    _shards: dict[str, np.ndarray] = field(default_factory=dict)
    _families: dict[str, list[tuple[str, np.ndarray]]] = field(default_factory=dict)

    def refresh(self) -> int:
        """Take in shards that are new; returns how many identities there are now."""
        for path in sorted(self.folder.glob("*-*.npy")):
            drawer, number = path.stem.split("-")[0], path.stem.split("-")[1]
            if "." in number or path.stem in self._shards or drawer not in self.mix:
                continue
            if int(number) >= HELD_OUT_FROM:
                continue
            self._shards[path.stem] = np.load(path, mmap_mode="r")
            families = np.load(path.with_suffix(".families.npy"))
            rows = [np.flatnonzero(families == family) for family in np.unique(families)]
            self._families.setdefault(drawer, []).extend((path.stem, row) for row in rows)
        return sum(len(shard) for shard in self._shards.values())

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
        chosen: list[tuple[str, int]] = []
        while len(chosen) < n_identities:
            families = self._families[drawers[rng.choice(len(drawers), p=shares / shares.sum())]]
            shard, rows = families[rng.integers(len(families))]
            chosen += [(shard, int(row)) for row in rows]
        drawings, labels = [], []
        for shard, row in chosen[:n_identities]:
            pool = self._shards[shard][row]
            # With more views than drawings some come twice, each cut and lit on its own.
            views = rng.choice(len(pool), n_views, replace=n_views > len(pool))
            drawings.append(pool[np.sort(views)])
            labels += [hash((shard, row))] * n_views
        return np.concatenate(drawings), np.array(labels)


def read_held_out(folder: Path, drawer: str) -> tuple[np.ndarray, np.ndarray]:
    """Drawings, shape (n, 8, 112, 112, 4), and families, shape (n,), kept apart for judging."""
    paths = [
        path
        for path in sorted(folder.glob(f"{drawer}-[0-9]*.npy"))
        if "." not in path.stem and int(path.stem.split("-")[1]) >= HELD_OUT_FROM
    ]
    if not paths:
        raise SystemExit(f"{folder} holds no {drawer} shard from number {HELD_OUT_FROM} on")
    drawings = np.concatenate([np.load(path) for path in paths])
    families = np.concatenate([np.load(path.with_suffix(".families.npy")) for path in paths])
    return drawings, families
