"""What this machine can do: why it is slow, and why it does not find the model."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

WIDGET_PACKAGES = ("jupyterlab", "ipywidgets", "bokeh", "jupyter_bokeh", "voila")

OPTIONAL_PACKAGES = {
    "onnxruntime": "ONNX encoders: pip install 'clusterkit[onnx]'",
    "dghs-imgutils": "--model ccip: pip install 'clusterkit[anime]'",
}


@dataclass(frozen=True)
class Finding:
    """One line of the examination: whether all is well, what it is about, and the words."""

    good: bool
    subject: str
    words: str


def examine_machine() -> Iterator[Finding]:
    """Look at Python, the device, the weights, links, widgets, the browser and the extras."""
    import clusterkit

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    python = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    yield Finding(True, "clusterkit", f"{clusterkit.__version__} on {python}, {cores} cores")
    yield _examine_device()
    yield _examine_weights()
    yield _examine_sample()
    yield _examine_links()
    yield _examine_widgets()
    yield _examine_browser()
    for package, purpose in OPTIONAL_PACKAGES.items():
        found = _find_version(package)
        yield Finding(found is not None, package, found or f"not installed ({purpose})")


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _examine_device() -> Finding:
    try:
        import torch
    except Exception as error:  # noqa: BLE001 - a broken installation fails in many ways
        return Finding(False, "device", f"torch cannot be imported: {error}; --model builtin works")
    from clusterkit.encoders.clip import choose_device, choose_precision

    device = choose_device("auto")
    name = torch.cuda.get_device_name() if device == "cuda" else device
    return Finding(
        True, "device", f"{name}, CLIP in {choose_precision(device)} (torch {torch.__version__})"
    )


def _examine_weights() -> Finding:
    """Look for CLIP weights that were downloaded before; nothing is downloaded here."""
    home = (
        os.environ.get("HF_HUB_CACHE")
        or Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub"
    )
    found = sorted(
        folder.name.removeprefix("models--").replace("--", "/")
        for folder in (Path(home).iterdir() if Path(home).is_dir() else ())
        if "clip" in folder.name.lower()
    )
    if found:
        return Finding(True, "weights", f"downloaded: {', '.join(found)}")
    return Finding(
        False, "weights",
        "no CLIP weights downloaded yet: the first run fetches them; --model builtin needs none",
    )  # fmt: skip


def _examine_sample() -> Finding:
    from clusterkit.errors import InputError
    from clusterkit.samples import find_sample

    try:
        return Finding(True, "sample", f"bundled, in {find_sample().frames}")
    except InputError as error:
        return Finding(False, "sample", str(error))


def _examine_links() -> Finding:
    with tempfile.TemporaryDirectory() as folder:
        try:
            (Path(folder) / "link").symlink_to("target")
        except OSError as error:
            return Finding(
                False, "links", f"none here ({error.strerror}): hard links or copies are made"
            )
    return Finding(True, "links", "symbolic links work")


def _examine_widgets() -> Finding:
    versions = {package: _find_version(package) for package in WIDGET_PACKAGES}
    missing = [package for package, found in versions.items() if found is None]
    if missing:
        return Finding(False, "widgets", f"missing: pip install {' '.join(missing)}")
    return Finding(
        True, "widgets", ", ".join(f"{name} {found}" for name, found in versions.items())
    )


def _examine_browser() -> Finding:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path:
        return Finding(True, "browser", path)
    return Finding(False, "browser", "no Chromium found: only the browser tests need one")
