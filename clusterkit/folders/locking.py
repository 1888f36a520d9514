"""One run at a time in a result folder.

The lock is a POSIX record lock: the system drops it when its process ends, however it ends, and
forked workers do not inherit it. (With flock, the orphaned workers of a killed run would hold it.)
"""

from __future__ import annotations

import contextlib
import errno
import os
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from pathlib import Path

from clusterkit.errors import OutputError
from clusterkit.store import CACHE_FOLDER

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK_NAME = "lock"

# Record locks do not exclude threads of one process: this does.
_guard = threading.Lock()
_held_here: set[str] = set()
# What the calls around this one hold, so that a stage can be called alone and inside a longer run.
_held_around: ContextVar[frozenset[str]] = ContextVar("held_around", default=frozenset())


@contextlib.contextmanager
def hold_folder(folder: Path) -> Iterator[None]:
    """Keep every other run out of a result folder; calls inside one another are fine.

    Parameters
    ----------
    folder : path
        Resolved; holds a `.clusterkit` folder.

    Raises
    ------
    OutputError
        Another run, of this process or another, is writing there.
    """
    name = str(folder)
    if name in _held_around.get():
        yield
        return
    with _guard:
        if name in _held_here:
            raise OutputError(f"another run in this process is writing {folder}; wait for its end")
        descriptor = _lock_file(folder / CACHE_FOLDER / LOCK_NAME, folder)
        _held_here.add(name)
    token = _held_around.set(_held_around.get() | {name})
    try:
        yield
    finally:
        _held_around.reset(token)
        with _guard:
            _held_here.discard(name)
            os.close(descriptor)


def _lock_file(file: Path, folder: Path) -> int:
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(f"cannot write {folder}: {error.strerror}") from None
    try:
        _lock_descriptor(descriptor)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            process = f" (process {owner})" if owner.isdecimal() else ""
            raise OutputError(
                f"another clusterkit run{process} is writing {folder}; "
                "wait until it ends, or choose another folder"
            ) from None
        # A file system without locks (some network mounts): better one run than none.
    with contextlib.suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode("ascii"))
    return descriptor


def _lock_descriptor(descriptor: int) -> None:
    if fcntl is not None:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt  # type: ignore[unreachable, unused-ignore]

    # One byte far behind the process number, which the loser must be able to read.
    os.lseek(descriptor, 1 << 20, os.SEEK_SET)
    msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    os.lseek(descriptor, 0, os.SEEK_SET)
