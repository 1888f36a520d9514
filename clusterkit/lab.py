"""JupyterLab on the notebooks of one result: copies in its folder, which a person owns."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clusterkit.errors import ClusterkitError
from clusterkit.folders.planning import NOTEBOOK_FOLDER
from clusterkit.notebooks import find_notebook, read_parameters, set_parameters
from clusterkit.organize import read_summary

LAB_NOTEBOOKS = ("tune", "cluster", "export")
"""What a person opens, the first one at once."""


def prepare_notebooks(output_dir: str | Path) -> list[Path]:
    """Copy the notebooks into a result folder, with their parameters set to it.

    A notebook that is there already is left as it is: somebody may have worked in it.

    Returns
    -------
    list of Path
        One for each of `LAB_NOTEBOOKS`, in that order.

    Raises
    ------
    InputError
        The folder is missing, or no result of clusterkit.
    OutputError
        It cannot be written.
    """
    summary = read_summary(output_dir)
    output = Path(output_dir).absolute()
    places = {"input_dir": summary["input_dir"], "output_dir": str(output),
              "dest": f"{output}-training-set"}  # fmt: skip
    known = {**summary["settings"], **places, "copy": summary.get("link_kind") == "copy"}
    targets = []
    for name in LAB_NOTEBOOKS:
        target = output / NOTEBOOK_FOLDER / f"{name}.ipynb"
        if not target.exists():
            notebook = find_notebook(name)
            asked = {name: known[name] for name in read_parameters(notebook) if name in known}
            set_parameters(notebook, target, asked)
        targets.append(target)
    return targets


def open_lab(output_dir: str | Path, options: list[str]) -> int:
    """Start JupyterLab on the tuning notebook of a result, and wait until it is closed.

    Parameters
    ----------
    output_dir : path
    options : list of str
        Handed on to `jupyter lab`, such as --no-browser or --port=8900.

    Returns
    -------
    int
        The exit status of JupyterLab.

    Raises
    ------
    ClusterkitError
        The folder is no result, cannot be written, or JupyterLab is not installed.
    """
    first, *_ = prepare_notebooks(output_dir)
    command = [sys.executable, "-m", "jupyterlab", str(first), *options]
    try:
        return subprocess.run(command, check=False).returncode
    except OSError as error:
        raise ClusterkitError(f"JupyterLab could not be started: {error}") from None
