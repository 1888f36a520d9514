"""Slow work beside a live view: one thing at a time, and only the newest of what waits."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)


class Background:
    """A thread that works for an event loop.

    Work that is asked for while other work runs waits; newer work of the same kind takes its place,
    so nothing stale is ever queued. Without a running loop, work is done at once.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {}
        self._is_busy = False
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    @staticmethod
    def has_loop() -> bool:
        """Whether there is a running event loop to come back to."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return False
        return True

    def run(self, kind: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do work in the thread, then hand its result over in the loop.

        Parameters
        ----------
        kind : str
            Of two that wait of the same kind only the newer one is done.
        work : callable
        then : callable
            Gets what `work` returned. After an error it is not called: the error is logged.
        """
        if not self.has_loop():
            then(work())
            return
        with self._lock:
            self._loop = asyncio.get_running_loop()
            self._waiting[kind] = (work, then)
            if self._is_busy:
                return
            self._is_busy = True
        # A daemon, so that a kernel can be stopped in the middle of it.
        threading.Thread(target=self._work, name="clusterkit", daemon=True).start()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_busy = False
                    return
                kind = next(iter(self._waiting))
                work, then = self._waiting.pop(kind)
                loop = self._loop
            try:
                result = work()
            except Exception:  # a thread has nobody to raise to
                logger.exception("the %s could not be computed", kind)
                continue
            if loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(then, result)
