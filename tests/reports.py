"""Report pages for the tests, made without a kernel."""

import nbformat
from bs4 import BeautifulSoup

from clusterkit import report
from clusterkit.report.export import convert_notebook

SHOWN = (
    report.show_overview, report.show_characters, report.show_map, report.show_left_out,
    report.show_quality, report.show_curve, report.show_run,
)  # fmt: skip


def build_page(facts, path):
    """The page that the notebook would give, as a file."""
    cells = []
    for show in SHOWN:
        cell = nbformat.v4.new_code_cell("")
        fragment = show(facts)
        cell.outputs = [nbformat.v4.new_output("display_data", {"text/html": fragment.html})]
        cells.append(cell)
    notebook = path.with_suffix(".ipynb")
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    path.write_text(convert_notebook(notebook, "a report"), encoding="utf-8")
    return path


def read_page(path):
    """The page as a tree."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
