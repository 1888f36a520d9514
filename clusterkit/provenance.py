"""What a result was made with: versions and machine, for whoever reads it later."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform

_PACKAGES = (
    "clusterkit",
    "numpy",
    "pandas",
    "pillow",
    "opencv-python-headless",
    "torch",
    "hdbscan",
)
"""The packages that decide a result; what is not installed is left out."""


def list_versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide a result."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    return versions


def describe_machine() -> dict[str, str]:
    """What the run had to work with, without the name of the computer: reports are sent around."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.release()}",
        "processor": f"{platform.machine()}, {cores} cores",
    }
