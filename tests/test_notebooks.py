import json
import sys

import nbformat
import papermill
import pytest
from conftest import REPOSITORY

from clusterkit.errors import InputError, NotebookError, SettingsError
from clusterkit.notebooks import find_notebook, read_parameters, run_notebook


@pytest.fixture
def write_notebook(tmp_path):
    """A small notebook of code cells; the first is the parameters."""

    def write(*sources, name="small"):
        cells = [
            nbformat.v4.new_markdown_cell(source) if source.startswith("#")
            else nbformat.v4.new_code_cell(source)
            for source in sources
        ]  # fmt: skip
        cells[0].metadata["tags"] = ["parameters"]
        notebook = nbformat.v4.new_notebook(cells=cells)
        notebook.metadata["kernelspec"] = {"name": "python3", "language": "python",
                                           "display_name": "Python 3"}  # fmt: skip
        notebook.metadata["language_info"] = {"name": "python"}
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def read_text(path):
    return [
        output.get("text", "") or "".join(output.get("data", {}).get("text/plain", ""))
        for cell in json.loads(path.read_text())["cells"]
        for output in cell.get("outputs", [])
    ]


def test_the_report_notebook_is_found_and_has_one_parameter():
    assert read_parameters(find_notebook("report")) == {"output_dir": '"clusterkit-demo"'}


def test_a_notebook_that_is_not_there():
    with pytest.raises(InputError, match=r"no notebook 'repord'.*report"):
        find_notebook("repord")


def test_parameters_reach_the_notebook(write_notebook, tmp_path):
    """In this very Python, in the notebook's folder, into one whose name papermill would fill."""
    notebook = write_notebook(
        "words: str = 'none'  # help\nsize: int = 1", "import os, sys",
        "print((words, size, sys.executable, os.getcwd()))",
    )  # fmt: skip
    (tmp_path / "a{b}").mkdir()
    output = run_notebook(notebook, tmp_path / "a{b}" / "out.ipynb", {"words": "it's", "size": 7})
    assert output.exists()
    said = " ".join("".join(text) for text in read_text(output))
    assert str(("it's", 7, sys.executable, str(tmp_path))) in said


def test_an_unknown_parameter_is_refused_before_anything_runs(write_notebook, tmp_path):
    notebook = write_notebook("min_cluster_size: int = 10  # frames", "1 / 0")
    with pytest.raises(SettingsError) as caught:
        run_notebook(notebook, tmp_path / "out.ipynb", {"min_clustersize": 3})
    assert "'min_clustersize'" in str(caught.value)
    assert "did you mean 'min_cluster_size'?" in str(caught.value)
    assert not (tmp_path / "out.ipynb").exists()


def test_a_failing_notebook_leaves_what_was_executed(write_notebook, tmp_path):
    notebook = write_notebook("x: int = 1", "print('before', x)", "## The hard part", "x / 0", "x")
    with pytest.raises(NotebookError) as caught:
        run_notebook(notebook, tmp_path / "out.ipynb", {"x": 2})
    message = str(caught.value)
    assert "\n" not in message
    assert "under “The hard part”" in message
    assert "ZeroDivisionError: division by zero" in message
    assert str(tmp_path / "out.ipynb") in message
    assert caught.value.is_fault
    executed = json.loads((tmp_path / "out.ipynb").read_text())
    said = json.dumps(executed)
    assert "before 2" in said
    assert "ZeroDivisionError" in said


def test_what_a_person_can_mend_is_no_fault(write_notebook, tmp_path):
    notebook = write_notebook(
        "where: str = '.'", "import clusterkit\nclusterkit.load_result(where)"
    )
    with pytest.raises(NotebookError, match="InputError") as caught:
        run_notebook(notebook, tmp_path / "out.ipynb", {"where": str(tmp_path)})
    assert not caught.value.is_fault


def test_a_file_that_is_no_notebook(tmp_path):
    (tmp_path / "x.ipynb").write_text("hello")
    with pytest.raises(InputError, match="no notebook"):
        read_parameters(tmp_path / "x.ipynb")
    with pytest.raises(InputError, match="cannot read"):
        read_parameters(tmp_path / "y.ipynb")


def test_papermill_alone_runs_the_report_notebook(report_result, tmp_path, monkeypatch):
    """As any papermill user would, from any folder."""
    monkeypatch.setenv("PYTHONPATH", str(REPOSITORY))
    done = papermill.execute_notebook(
        str(find_notebook("report")), str(tmp_path / "out.ipynb"),
        {"output_dir": str(report_result.output_dir)}, progress_bar=False, cwd=str(tmp_path),
    )  # fmt: skip
    shown = {
        cell.id: output["data"]["text/html"]
        for cell in done.cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    }
    assert set(shown) == {"overview", "characters", "map", "left-out", "quality", "curve", "run"}
    n = len(report_result.assignments)
    assert f"3 characters in {n} frames" in shown["overview"]
    assert not any(o.output_type == "error" for c in done.cells for o in c.get("outputs", []))
