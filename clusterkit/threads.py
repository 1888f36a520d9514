"""How many threads arithmetic may use."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def use_one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra on one thread for a while.

    For what takes many small products: on a busy machine threads wait for each other many times
    longer than a product takes.
    """
    return _find_pools().limit(limits=1, user_api="blas")


@cache
def _find_pools() -> ThreadpoolController:
    """The thread pools of this process; looking for them takes longer than a cut."""
    return ThreadpoolController()
