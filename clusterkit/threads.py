"""How many threads arithmetic may use, and how work is dealt out to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from threading import Barrier
from typing import TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

T = TypeVar("T")
R = TypeVar("R")

SMALLEST_PART = 8
"""Rows below which a part is not worth its thread: weights are read anew for each."""


def use_one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra on one thread for a while.

    For what takes many small products: on a busy machine threads wait for each other many times
    longer than a product takes.
    """
    return _find_pools().limit(limits=1, user_api="blas")


def split_rows(batch: np.ndarray, most_rows: int | None = None) -> list[np.ndarray]:
    """Split a batch into parts to run side by side; a few rows stay together.

    Parameters
    ----------
    batch : ndarray, shape (n, ...)
    most_rows : int, optional
        Rows of the largest part: what a network makes of few stays in the processor's cache.
        Otherwise there is a part for each core.
    """
    n_parts = min(os.cpu_count() or 1, len(batch) // SMALLEST_PART)
    if most_rows:
        n_parts = max(n_parts, -(-len(batch) // most_rows))
    return np.array_split(batch, max(1, n_parts))


def run_side_by_side(work: Callable[[T], R], parts: Sequence[T]) -> list[R]:
    """Run a torch network over parts, each on one of as many threads as there are cores.

    Threads that share every product wait for each other after each of its hundreds of products,
    and longer when other threads decode pictures meanwhile: parts wait for nobody.

    Parameters
    ----------
    work : callable
        From a part to whatever comes of it; called from several threads at once.
    parts : sequence
        As from `split_rows`. One part alone stays on the thread that asked.

    Returns
    -------
    list
        What came of each part, in order.
    """
    if len(parts) < 2:
        return [work(part) for part in parts]
    return list(_start_workers().map(work, parts))


@cache
def _start_workers() -> ThreadPoolExecutor:
    """A thread a core, each of which does its arithmetic alone."""
    import torch

    n_threads, n_workers = torch.get_num_threads(), os.cpu_count() or 1
    everyone = Barrier(n_workers)

    def work_alone() -> None:
        torch.set_num_threads(1)
        torch.get_num_threads()  # a thread takes the number in when it first looks, not before
        everyone.wait()

    pool = ThreadPoolExecutor(n_workers, "network")
    for started in [pool.submit(work_alone) for _ in range(n_workers)]:
        started.result()
    # What one thread sets, every later one begins with: this is not meant for others.
    torch.set_num_threads(n_threads)
    return pool


@cache
def _find_pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes longer than a cut."""
    return ThreadpoolController()
