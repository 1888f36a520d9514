"""Loops in machine code: numba's `njit`, with what all of ours have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

Loop = TypeVar("Loop", bound=Callable[..., object])


def compiled(function: Loop) -> Loop:
    """Compile a loop when it is first called; it runs outside Python's lock.

    The code is kept beside the module or in the user's cache folder, so that one process of many
    compiles it. Where neither can be written, as in a container whose user has no home, each
    process compiles for itself: later, but no worse.
    """
    try:
        loop: Any = njit(nogil=True, cache=True)(function)
    except RuntimeError:  # numba has nowhere to put it, and says so when it is asked to
        loop = njit(nogil=True)(function)
    return cast("Loop", loop)
