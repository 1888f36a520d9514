"""Arithmetic on as many threads as is best for it."""

import threading

import numpy as np
import pytest

from clusterkit import threads


@pytest.fixture
def four_cores(monkeypatch):
    """A machine of four cores, with workers of its own."""
    monkeypatch.setattr(threads.os, "cpu_count", lambda: 4)
    threads._start_workers.cache_clear()
    yield
    threads._start_workers().shutdown()
    threads._start_workers.cache_clear()


def test_parts_come_back_in_order_from_threads_that_work_alone(four_cores):
    import torch

    before, seen = torch.get_num_threads(), {}
    together = threading.Barrier(4, timeout=60)

    def work(part):
        together.wait()  # all four at once, or never
        seen[threading.get_ident()] = torch.get_num_threads(), len(part)
        return 2 * part

    batch = np.arange(33)[:, None]
    done = threads.run_side_by_side(work, threads.split_rows(batch))
    np.testing.assert_array_equal(np.concatenate(done), 2 * batch)
    assert sorted(seen.values()) == [(1, 8), (1, 8), (1, 8), (1, 9)]
    assert torch.get_num_threads() == before
    later = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [before]


def test_a_few_rows_stay_on_the_thread_that_asked(four_cores):
    asked = []

    def work(part):
        asked.append(threading.get_ident())
        return part

    few = np.zeros((threads.SMALLEST_PART * 2 - 1, 3))
    threads.run_side_by_side(work, threads.split_rows(few))
    assert asked == [threading.get_ident()]


def test_a_failure_in_a_part_is_the_callers(four_cores):
    def work(part):
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        threads.run_side_by_side(work, [1, 2])


def test_no_part_is_larger_than_is_asked_for(four_cores):
    batch = np.arange(100)
    parts = threads.split_rows(batch, most_rows=16)
    assert max(map(len, parts)) <= 16
    np.testing.assert_array_equal(np.concatenate(parts), batch)
