"""A run written down: as a line of Python, a script, or a command line to copy."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

from clusterkit.settings import Settings


def write_python(
    input_dir: Path | None, output_dir: Path | None, settings: Settings, *, copy: bool = False
) -> str:
    """Write a run as one line of Python.

    Parameters
    ----------
    input_dir, output_dir : Path or None
        What is not known is an ellipsis to fill in.
    settings : Settings
        The model, and what is not a default.
    copy : bool
        Whether the folders hold copies.

    Examples
    --------
    >>> write_python(Path("in"), Path("out"), Settings(model="builtin"))
    "clusterkit.cluster_characters('in', 'out', model='builtin')"
    """
    arguments = _list_arguments(input_dir, output_dir, settings, copy)
    return f"clusterkit.cluster_characters({', '.join(arguments)})"


def write_script(
    input_dir: Path | None, output_dir: Path | None, settings: Settings, *, copy: bool = False
) -> str:
    """Write a run as a script of its own, one option a line; as `write_python`."""
    arguments = _list_arguments(input_dir, output_dir, settings, copy)
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"import clusterkit\n\nresult = clusterkit.cluster_characters(\n{lines})"


def write_command(
    input_dir: Path | None, output_dir: Path | None, settings: Settings, *, copy: bool = False
) -> str:
    """Write a run as one command line for a shell; as `write_python`.

    Examples
    --------
    >>> write_command(Path("in"), Path("a b"), Settings(model="builtin"), copy=True)
    "clusterkit cluster in --output-dir 'a b' --model builtin --copy"
    """
    words = ["clusterkit", "cluster", str(input_dir or "INPUT_DIR"),
             "--output-dir", str(output_dir or "OUT")]  # fmt: skip
    for name, value in list_options(settings, copy=copy):
        option = name.replace("_", "-")
        if isinstance(value, bool):  # a switch: each turns round what is the default
            words.append(f"--{option}" if value else f"--no-{option}")
        else:
            words += [f"--{option}", str(value)]
    return shlex.join(words)


def list_options(settings: Settings, *, copy: bool = False) -> list[tuple[str, Any]]:
    """List the model, and every option that is not its default."""
    now, default = settings.to_options(), Settings().to_options()
    changed = [(name, now[name]) for name in now if name == "model" or now[name] != default[name]]
    return [*changed, ("copy", True)] if copy else changed


def _list_arguments(
    input_dir: Path | None, output_dir: Path | None, settings: Settings, copy: bool
) -> list[str]:
    places = [repr(str(input_dir or "…")), repr(str(output_dir or "…"))]
    return places + [f"{name}={value!r}" for name, value in list_options(settings, copy=copy)]
