"""Who is watching: a person at a terminal, a browser, or nobody; and the progress each can see."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def track(items: Iterable[T], **options: Any) -> Iterable[T]:
    """Show progress over some items, as tqdm does: a widget in a browser, else a line of text.

    `tqdm.auto` takes every notebook for a live one. Run headless, it would leave a widget that
    needs a kernel, and an empty box in the page made of it.
    """
    if has_kernel() and not has_frontend():
        from tqdm.std import tqdm
    else:
        from tqdm.auto import tqdm
    return tqdm(items, **options)


def has_kernel() -> bool:
    """Whether this code runs in a notebook's kernel."""
    return getattr(_find_shell(), "kernel", None) is not None


def has_frontend() -> bool:
    """Whether a browser is on the other side: not under papermill or nbconvert, but in Voila.

    Programs that execute notebooks do not allow a cell to ask for input; people's browsers do.
    """
    shell = _find_shell()
    if shell is None:
        return False
    if "VOILA_KERNEL_ID" in os.environ or os.environ.get("SERVER_SOFTWARE", "").startswith("voila"):
        return True
    return bool(getattr(getattr(shell, "kernel", None), "_allow_stdin", False))


def _find_shell() -> Any:
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return None
    return get_ipython()
