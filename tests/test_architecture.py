"""The house rules that a reader relies on, held by the machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import REPOSITORY

PACKAGE = REPOSITORY / "clusterkit"

# Each module imports only from those above it; a line of several is a floor of equals.
FLOORS = [
    ["errors", "palette", "provenance", "figures", "background", "progress", "threads", "compiled"],
    ["settings"],
    ["images", "invocation"],
    ["frames", "quality", "layout", "fingerprints"],
    ["projection", "notebooks"],
    ["encoders"],
    ["store", "duplicates"],
    ["reading"],
    ["measurements"],
    ["distances"],
    ["spanning"],
    ["hierarchy"],
    ["condensed", "likeness", "metric"],
    ["cuts", "sequences"],
    ["looks"],
    ["refining"],
    ["clustering"],
    ["views"],
    ["evaluation", "retrieval", "samples", "plots", "result_files"],
    ["folders"],
    ["decisions"],
    ["organize"],
    ["results"],
    ["datasets"],
    ["pipeline"],
    ["comparison", "material"],
    ["colouring", "hints", "shelf", "overview", "cast"],
    ["report"],
    ["labelling"],
    ["histograms"],
    ["explorer"],
    ["charts"],
    ["galleries", "controls", "still"],
    ["widgets"],
    ["doctor", "lab", "app", "decision_commands", "evaluate_command", "setting_options"],
    ["cli"],
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}

MOST_LINES = 400


def find_modules():
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__main__.py")


def read_imports(path):
    """Modules of the package that a file imports, anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("clusterkit."):
            yield node.module.split(".")[1]


@pytest.mark.parametrize("path", find_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_upwards(path):
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in FLOOR_OF, f"{own} has no place in the house yet: give it one in FLOORS"
    for name in set(read_imports(path)) - {own}:
        assert FLOOR_OF[name] < FLOOR_OF[own], f"{own} imports {name}, which stands below it"


@pytest.mark.parametrize("path", find_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_stay_small(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES


def test_importing_the_package_loads_nothing_heavy():
    heavy = ["torch", "bokeh", "numba", "pandas", "cv2", "matplotlib", "open_clip", "sklearn"]
    code = f"import sys, clusterkit; print([m for m in {heavy} if m in sys.modules])"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"


def test_the_descriptor_never_loads_torch():
    code = (
        "import sys, clusterkit; clusterkit.load_encoder('descriptor');"
        "print('torch' in sys.modules)"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "False"


def test_every_public_name_can_be_had():
    import clusterkit

    for name in clusterkit.__all__:
        assert getattr(clusterkit, name) is not None
    assert len(clusterkit.__all__) > 30


def test_notebooks_carry_no_outputs():
    import json

    for path in Path(REPOSITORY / "notebooks").glob("*.ipynb"):
        for cell in json.loads(path.read_text())["cells"]:
            assert not cell.get("outputs"), f"{path.name} is committed with outputs"
