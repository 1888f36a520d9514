"""The notebooks that come with clusterkit: where they are, what they ask, and running one headless.

Any papermill user can run them too; our own commands are stricter. They refuse a parameter that
the notebook does not have, they run it in this very Python, whatever kernels the machine knows,
and what went wrong comes back as one line that names the cell.
"""

from __future__ import annotations

import difflib
import logging
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterkit.errors import InputError, NotebookError, OutputError, SettingsError

if TYPE_CHECKING:
    import nbformat

_PACKAGE = Path(__file__).parent

PARAMETERS_TAG = "parameters"

_PARAMETER_LINE = re.compile(
    r"(?P<name>\w+)(?P<type>:\s*[^=]+?)?\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|[^#]*?)"
    r"(?P<help>\s*#.*)?$"
)

START_SECONDS = 120
"""How long a kernel may take to start: on a machine that is busy with a first import, a minute."""


def find_notebook(name: str) -> Path:
    """Where a bundled notebook is, installed or in a clone.

    Parameters
    ----------
    name : str
        Without the extension, such as 'report'.

    Raises
    ------
    InputError
        There is no such notebook; the message lists those there are.
    """
    known: list[str] = []
    for folder in (_PACKAGE / "_bundled" / "notebooks", _PACKAGE.parent / "notebooks"):
        path = folder / f"{name}.ipynb"
        if path.is_file():
            return path
        known += sorted(found.stem for found in folder.glob("*.ipynb"))
    listing = f"there are {', '.join(known)}" if known else "reinstall clusterkit"
    raise InputError(f"no notebook {name!r} in this installation: {listing}")


def read_parameters(notebook: Path) -> dict[str, Any]:
    """Read what a notebook asks for: names, and the literals of their defaults as written.

    Raises
    ------
    InputError
        The file is missing or no notebook.
    """
    from papermill.inspection import _infer_parameters  # `inspect_notebook` logs and formats paths

    loaded = _load_notebook(notebook)
    for cell in loaded.cells:  # papermill asks every cell for its tags
        cell.metadata.setdefault("tags", [])
    parameters = _infer_parameters(loaded)
    return {parameter.name: parameter.default for parameter in parameters}


def check_parameters(notebook: Path, parameters: Mapping[str, Any]) -> None:
    """Refuse a parameter that the notebook does not have: papermill alone would only warn.

    Raises
    ------
    SettingsError
        Naming the first unknown one, its nearest neighbour and all that are known.
    """
    known = list(read_parameters(notebook))
    for name in parameters:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise SettingsError(
                f"{notebook.name} has no parameter {name!r}{hint} "
                f"(it has {', '.join(known) or 'none'})"
            )


def set_parameters(notebook: Path, target: Path, parameters: Mapping[str, Any]) -> None:
    """Copy a notebook with other values in its parameters; types and help stay beside them.

    Parameters
    ----------
    notebook : Path
    target : Path
        Its folder is made if need be; a file there is replaced.
    parameters : mapping
        Literals by name.

    Raises
    ------
    SettingsError
        A parameter is unknown.
    OutputError
        The copy cannot be written.
    """
    import nbformat

    check_parameters(notebook, parameters)
    loaded = _load_notebook(notebook)
    for cell in loaded.cells:
        if PARAMETERS_TAG in cell.metadata.get("tags", []):
            cell.source = "\n".join(
                _set_value(line, parameters) for line in cell.source.split("\n")
            )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(loaded, target)
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from None


def run_notebook(
    notebook: Path, output: Path, parameters: Mapping[str, Any], *, progress: bool = False
) -> Path:
    """Execute a notebook headless, as papermill does, and keep what was executed.

    Parameters
    ----------
    notebook : Path
    output : Path
        The executed notebook: after a failure it holds all cells up to the one that failed.
    parameters : mapping
        Literals by name. Paths should be absolute: the kernel works in the notebook's folder.
    progress : bool
        Show a bar, one step a cell.

    Returns
    -------
    Path
        `output`.

    Raises
    ------
    InputError
        The file is missing or no notebook.
    SettingsError
        A parameter is unknown.
    NotebookError
        A cell failed, or no kernel started.
    """
    check_parameters(notebook, parameters)
    import papermill
    from papermill.exceptions import PapermillExecutionError

    logging.getLogger("papermill").setLevel(logging.WARNING)
    notebook, output = notebook.absolute(), output.absolute()
    try:
        papermill.execute_notebook(
            _escape_braces(notebook),
            _escape_braces(output),
            dict(parameters),
            cwd=_escape_braces(notebook.parent),
            progress_bar=progress,
            start_timeout=START_SECONDS,
            kernel_manager_class=_define_kernel_manager(),
        )
    except PapermillExecutionError as error:
        raise NotebookError(
            f"{notebook.name} failed in cell {error.cell_index + 1} "
            f"({_name_cell(notebook, error)}): {error.ename}: {_first_line(error.evalue)}; "
            f"what was executed is in {output}",
            is_fault=not _is_mendable(error.ename),
        ) from None
    except (RuntimeError, OSError) as error:  # no kernel, no socket, no room
        raise NotebookError(
            f"{notebook.name} could not be run: {_first_line(str(error))}"
        ) from error
    return output


def _set_value(line: str, parameters: Mapping[str, Any]) -> str:
    """Write a line `name: type = value  # help` with the value asked for."""
    found = _PARAMETER_LINE.match(line)
    if not found or found["name"] not in parameters:
        return line
    value = repr(parameters[found["name"]])
    return f"{found['name']}{found['type'] or ''} = {value}{found['help'] or ''}"


def _load_notebook(path: Path) -> nbformat.NotebookNode:
    import nbformat

    try:
        return nbformat.read(path, as_version=4)
    except OSError as error:
        raise InputError(f"cannot read the notebook {path}: {error.strerror}") from None
    except (ValueError, AttributeError, nbformat.reader.NotJSONError):
        raise InputError(f"{path} is no notebook") from None


def _escape_braces(path: Path) -> str:
    """Papermill fills parameters into paths, `{name}`; a folder may really be called so."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _name_cell(notebook: Path, error: Any) -> str:
    """Find the heading that a failed cell stands under, or its first line."""
    heading = ""
    for cell in _load_notebook(notebook).cells:
        lines = cell.source.splitlines()
        if cell.cell_type == "markdown":
            heading = next((line.lstrip("# ") for line in lines if line.startswith("#")), heading)
        elif cell.source == error.source:
            return f"under “{heading}”" if heading else f"“{_first_line(cell.source)}”"
    return f"“{_first_line(error.source)}”"


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")


def _is_mendable(name: str) -> bool:
    """Whether an exception, known by the name its kernel gave, is one that a person can mend."""
    from clusterkit import errors

    kind = getattr(errors, name.rpartition(".")[2], None)
    return isinstance(kind, type) and issubclass(kind, errors.ClusterkitError)


def _define_kernel_manager() -> type:
    """Define a kernel manager that starts this very Python.

    The name 'python3' in a notebook may mean another one: a kernel that the user once registered by
    that name, for an environment without clusterkit.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    # The kernel works elsewhere: entries like '.' would no longer point here.
    entries = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    search = [str(Path(entry).resolve()) for entry in entries]
    launch = [sys.executable, "-m", "ipykernel_launcher"]
    environment = {"PYTHONPATH": os.pathsep.join([*search, str(_PACKAGE.parent)])}

    class OwnKernelManager(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(
                # Its level of logging: each start would warn of what every local kernel does.
                argv=[*launch, "-f", "{connection_file}", "--log-level=ERROR"],
                display_name="clusterkit",
                language="python",
                env=environment,
            )

    return OwnKernelManager
