"""The notebooks people open, executed as papermill users execute them, their values asserted."""

import ast
import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from conftest import REPOSITORY, write_show

import clusterkit
from clusterkit.lab import prepare_notebooks
from clusterkit.notebooks import find_notebook, read_parameters, set_parameters

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))
MOST_CELLS = 12


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """A small show, and the run notebook executed on it from another folder."""
    folder = tmp_path_factory.mktemp("run")
    write_show(folder / "show")
    command = [
        sys.executable, "-m", "papermill", str(find_notebook("cluster")), "out.ipynb",
        "-p", "input_dir", "show", "-p", "output_dir", "result", "-p", "min_cluster_size", "20",
        "-k", "python3",
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def read_outputs(path: Path) -> list[dict]:
    notebook = json.loads(path.read_text())
    return [output for cell in notebook["cells"] for output in cell.get("outputs", [])]


def test_the_run_notebook_does_what_its_parameters_say(shown):
    result = clusterkit.load_result(shown / "result")
    assert result.settings.clustering.min_cluster_size == 20
    assert result.settings.model == "builtin"
    assert result.counts == {"clustered": 72, "noise": 0, "rejected": 0, "unreadable": 0}
    assert result.clustering.n_clusters == 3
    assert len(list((shown / "result" / "character_000").iterdir())) == 24


def test_headless_every_widget_is_a_picture(shown):
    outputs = read_outputs(shown / "out.ipynb")
    said = json.dumps(outputs)
    assert "application/vnd.jupyter.widget-view+json" not in said, "nor does progress leave one"
    assert "72/72" in said
    assert "bokeh" not in said.lower()
    pages = ["".join(o["data"]["text/html"]) for o in outputs if "text/html" in o.get("data", {})]
    (still,) = [page for page in pages if "ck-still" in page]
    assert "data:image/png;base64," in still
    assert still.count("<figure") == 3, "one face for each character"


def test_the_tuning_notebook_opens_a_result_and_makes_a_new_one(shown, tmp_path):
    output = tmp_path / "tuned.ipynb"
    parameters = {"output_dir": str(shown / "fresh"), "input_dir": str(shown / "show")}
    for _ in range(2):  # at first the result is made, then it is opened
        clusterkit.notebooks.run_notebook(find_notebook("tune"), output, parameters)
        said = json.dumps(read_outputs(output))
        assert "ck-still" in said
        assert "clusterkit.cluster_characters(" in said
        parameters.pop("input_dir", None)
    assert clusterkit.load_result(shown / "fresh").clustering.n_clusters == 3


def test_the_export_notebook_makes_a_training_set_and_shows_it(shown, tmp_path):
    output = tmp_path / "exported.ipynb"
    parameters = {"output_dir": str(shown / "result"), "dest": str(tmp_path / "set"),
                  "trainer": "ai-toolkit", "per_character": 4}  # fmt: skip
    clusterkit.notebooks.run_notebook(find_notebook("export"), output, parameters)
    assert len(list((tmp_path / "set" / "images").rglob("*.png"))) == 12
    outputs = read_outputs(output)
    said = json.dumps(outputs)
    assert "12 images of 3 characters" in said
    assert "4 of 24 selected" in said
    assert "datasets.yaml" in said
    (sheet,) = [o["data"]["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert base64.b64decode(sheet) == (tmp_path / "set" / "contact_sheet.png").read_bytes()


def test_lab_copies_are_set_to_the_result_and_never_overwritten(shown):
    tune, cluster, export = prepare_notebooks(shown / "result")
    parameters = read_parameters(cluster)
    assert parameters["min_cluster_size"] == "20"
    assert parameters["output_dir"].strip("'\"") == str(shown / "result")
    assert "# frames that make a character" in cluster.read_text()
    assert read_parameters(tune)["model"].strip("'\"") == "builtin"
    tune.write_text("mine")
    assert prepare_notebooks(shown / "result") == [tune, cluster, export]
    assert read_parameters(export)["dest"].strip("'\"") == f"{shown / 'result'}-training-set"
    assert tune.read_text() == "mine"


def test_the_run_notebook_asks_for_every_setting_and_means_it():
    """A setting that it lacked would be lost on the way from a result to `clusterkit lab`."""
    notebook = find_notebook("cluster")
    asked = read_parameters(notebook)
    defaults = {**clusterkit.Settings().to_options(), "model": "builtin"}
    assert {name: ast.literal_eval(asked[name]) for name in defaults} == defaults
    (call,) = [
        node
        for cell in nbformat.read(notebook, 4).cells
        if "cluster_characters(" in cell.source
        for node in ast.walk(ast.parse(cell.source))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("cluster_characters")
    ]
    handed_on = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    assert {name: name for name in (*defaults, "copy", "device")} == handed_on


def test_a_value_of_any_kind_survives_being_set(tmp_path):
    odd = {"input_dir": 'it\'s # a "folder" = x', "min_blur": 0.5, "copy": True}
    target = tmp_path / "copy.ipynb"
    set_parameters(find_notebook("cluster"), target, odd)
    set_parameters(target, target, {"min_size": 3})  # what was set can be set again
    (cell,) = [
        c for c in nbformat.read(target, 4).cells if "parameters" in c.metadata.get("tags", [])
    ]
    values = {}
    exec(cell.source, values)
    assert {name: values[name] for name in odd} == odd
    assert values["min_size"] == 3
    assert "# the blur score must be above this" in cell.source


def test_lab_on_a_folder_that_is_no_result(tmp_path):
    with pytest.raises(clusterkit.InputError):
        prepare_notebooks(tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_keep_the_house_rules(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert sum(cell.cell_type == "code" for cell in notebook.cells) <= MOST_CELLS
    assert notebook.cells[0].source.startswith("# ")
    for line in filter(None, tagged[0].source.splitlines()):
        assert line.count("  # ") == 1, f"no help: {line}"
        assert ": " in line.partition("=")[0], f"no type: {line}"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not cell.outputs
            assert cell.execution_count is None
            starts = tuple(line.split(" ")[0] for line in cell.source.splitlines())
            assert not {"def", "class", "async"} & set(starts)
