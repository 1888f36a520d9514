"""Exchange two folders in one step of the operating system, so that no moment shows neither.

POSIX rename replaces a file in one step, but not a folder that holds something. Linux (renameat2
with RENAME_EXCHANGE, since 3.15) and macOS (renamex_np with RENAME_SWAP) can swap two folders.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import platform
import sys
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_RENAME_SWAP = 2
# Number of the renameat2 call, for C libraries without a function of that name (musl).
_RENAMEAT2 = {"x86_64": 316, "aarch64": 276, "riscv64": 276}


def exchange_folders(first: Path, second: Path) -> None:
    """Swap what two paths name, in one step.

    Raises
    ------
    OSError
        The system or the file system cannot (ENOSYS, EINVAL), the paths lie on two file systems
        (EXDEV), one is a mount point (EBUSY), or permission is missing. Nothing has changed then.
    """
    source, target = os.fsencode(first), os.fsencode(second)
    ctypes.set_errno(0)
    if sys.platform.startswith("linux"):
        failed = _call_linux(source, target)
    elif sys.platform == "darwin":
        failed = ctypes.CDLL(None, use_errno=True).renamex_np(source, target, _RENAME_SWAP)
    else:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), str(first))
    if failed:
        code = ctypes.get_errno() or errno.ENOSYS
        raise OSError(code, os.strerror(code), str(first), None, str(second))


def _call_linux(source: bytes, target: bytes) -> int:
    library = ctypes.CDLL(None, use_errno=True)
    arguments = (_AT_FDCWD, source, _AT_FDCWD, target, ctypes.c_uint(_RENAME_EXCHANGE))
    if hasattr(library, "renameat2"):
        return int(library.renameat2(*arguments))
    number = _RENAMEAT2.get(platform.machine())
    return -1 if number is None else int(library.syscall(ctypes.c_long(number), *arguments))


def can_exchange(folder: Path, beside: Path, within: Path) -> bool:
    """Tell whether `folder` can be swapped with a sibling; found by trying on two empty folders.

    False where `folder` is a mount point (a volume of a container), where the parent cannot be
    written, and where the file system has no exchange (NFS, FAT, Windows).

    Parameters
    ----------
    folder : path
    beside, within : path
        Names for the two trial folders, one beside `folder` and one below it; both are free.
    """
    try:
        beside.mkdir()
        within.mkdir()
        # Across a mount point, even of one file system, this fails with EXDEV.
        exchange_folders(beside, within)
    except OSError:
        return False
    else:
        return True
    finally:
        for trial in (beside, within):
            with contextlib.suppress(OSError):
                trial.rmdir()


def flush_folder(folder: Path) -> None:
    """Have the disk hold a folder's list of names before the next step relies on it."""
    with contextlib.suppress(OSError):  # Windows opens no folders; some file systems sync none
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def flush_file_system(folder: Path) -> None:
    """Have the disk hold everything written below a folder: one call for thousands of copies."""
    with contextlib.suppress(OSError, AttributeError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            ctypes.CDLL(None, use_errno=True).syncfs(descriptor)
        finally:
            os.close(descriptor)
