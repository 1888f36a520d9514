"""What users install: the wheel alone, without the clone around it."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

ASK = """
import sys
from pathlib import Path

import clusterkit
from clusterkit.encoders import load_encoder
from clusterkit.notebooks import find_notebook
from clusterkit.samples import find_sample

home = Path(sys.argv[1])
for name in sys.argv[2:]:
    assert find_notebook(name).is_relative_to(home), find_notebook(name)
frames = find_sample().frames
assert frames.is_relative_to(home), frames
assert Path(clusterkit.__file__).is_relative_to(home), clusterkit.__file__
print(load_encoder("builtin").name, sum(1 for _ in frames.rglob("*.png")))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Every file of the wheel, unpacked as an installer would."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=REPOSITORY, check=True, capture_output=True,
    )  # fmt: skip
    (archive,) = folder.glob("clusterkit-*.whl")
    with zipfile.ZipFile(archive) as pack:
        pack.extractall(folder / "site")
    return folder / "site"


def test_every_file_of_the_package_is_in_it(wheel):
    ours = {
        path.relative_to(REPOSITORY)
        for path in (REPOSITORY / "clusterkit").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours
    missing = {path for path in ours if not (wheel / path).is_file()}
    assert not missing


def test_it_finds_its_notebooks_its_sample_and_its_weights(wheel, tmp_path):
    notebooks = [path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb")]
    assert notebooks
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(wheel), *notebooks],
        cwd=tmp_path, env={"PYTHONPATH": str(wheel), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    n_frames = len(list((REPOSITORY / "data_samples" / "frames").rglob("*.png")))
    assert done.stdout.split()[-1] == str(n_frames)
