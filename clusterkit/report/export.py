"""Run the report notebook and turn what it shows into one HTML file."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from clusterkit.errors import OutputError
from clusterkit.notebooks import find_notebook, run_notebook
from clusterkit.report.markup import list_names
from clusterkit.result_files import load_summary
from clusterkit.store import CACHE_FOLDER

REPORT_NAME = "report.html"
NOTEBOOK_NAME = "report.ipynb"

SECTIONS = (
    ("overview", "Overview"),
    ("characters", "Characters"),
    ("map", "Map"),
    ("left-out", "Left out"),
    ("quality", "Quality"),
    ("curve", "Minimum size"),
    ("run", "How it was made"),
)

_ASSETS = Path(__file__).parent / "assets"


def write_report(
    output_dir: str | os.PathLike[str],
    destination: str | os.PathLike[str] | None = None,
    *,
    progress: bool = False,
) -> Path:
    """Write the report of a result as one HTML file that loads nothing.

    The bundled notebook is executed by papermill and converted by nbconvert. The file appears whole
    or not at all; an earlier report stays until the new one is there.

    Parameters
    ----------
    output_dir : path
        A result folder.
    destination : path, optional
        The file; `report.html` in the result folder by default.
    progress : bool
        Show a bar, one step a section.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        The folder is missing, or no result of clusterkit.
    NotebookError
        A section failed; what was executed is kept in the result's cache.
    OutputError
        The file cannot be written.
    """
    folder = Path(output_dir).absolute()
    load_summary(folder)  # before a kernel is started for nothing
    target = Path(destination).absolute() if destination else folder / REPORT_NAME
    if target.is_dir():
        raise OutputError(f"the report {target} is a folder; choose a file")
    executed = folder / CACHE_FOLDER / NOTEBOOK_NAME
    try:
        executed.parent.mkdir(exist_ok=True)
        run_notebook(
            find_notebook("report"), executed, {"output_dir": str(folder)}, progress=progress
        )
        page = convert_notebook(
            executed, title=f"{list_names([folder.name])[0]} · clusterkit report"
        )
        _replace_file(target, page)
        executed.unlink(missing_ok=True)  # as large as the page; it is of use after a failure only
    except OSError as error:
        raise OutputError(f"cannot write the report {target}: {error.strerror or error}") from error
    return target


def convert_notebook(notebook: Path, title: str) -> str:
    """Turn an executed notebook into one page: its outputs, in our own template.

    nbconvert's own templates load MathJax and RequireJS from the network; this one loads nothing.
    """
    import nbformat
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(
        template_name="page", extra_template_basedirs=[str(_ASSETS)], template_file="index.html.j2"
    )
    resources = {"clusterkit_title": title, "clusterkit_sections": SECTIONS}
    body, _ = exporter.from_notebook_node(nbformat.read(notebook, as_version=4), resources)
    return body


def _replace_file(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", dir=target.parent)
    temporary = Path(name)
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
