"""The HDBSCAN* hierarchy, built once; `clusterkit.cuts` cuts it as often as a slider moves.

Campello, Moulavi and Sander (2013) define the hierarchy as single linkage under the mutual
reachability distance, ``max(core(a), core(b), distance(a, b))``. Here it is exact:

1. `clusterkit.distances` bounds all squared distances from below with one float32 matrix product;
2. core distances come from exact nearest neighbours, found through those bounds;
3. Prim's algorithm grows the minimum spanning tree, reading one row of bounds a step and measuring
   in float64 only the pairs whose bound beats the best edge so far;
4. its edges in ascending order, joined by union-find, are the single linkage tree.

Every weight is a float64 distance and edges are taken in the order the hdbscan package takes them,
so the tree is the one of ``hdbscan.HDBSCAN(algorithm="prims_kdtree")``, ties included.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numba import njit

from clusterkit.distances import (
    Rows,
    _any_below,
    _round_up_square,
    compute_all_bounds,
    compute_bounds,
    find_neighbours,
    measure_distance,
    prepare_rows,
)
from clusterkit.errors import InputError, SettingsError

# What UMAP and the galleries of similar frames ask for; core distances rarely need more.
_MIN_NEIGHBOURS = 15
# The rest is left to the notebook, the encoder and the system.
_SHARE_OF_AVAILABLE_MEMORY = 0.5
_BYTES_PER_BOUND = 4
# Rows of bounds held at once when all of them do not fit: below, BLAS is slow; above, no faster.
_MIN_BLOCK_ROWS = 64
_MAX_BLOCK_ROWS = 2048
# Steps of Prim's algorithm between two reports of progress.
_STEPS_PER_REPORT = 1000
# Entries of a Prim step summarised by one minimum, so that few are read again to find the next.
_GROUP = 64
_NO_SLOT = -1
