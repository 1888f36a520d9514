"""Views in a result: sub-folders, decisions on top of them, captions in an export."""

import pandas as pd
import pytest

import clusterkit
from clusterkit.clustering import CLUSTERED
from clusterkit.views import VIEWS


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A function that sorts a small show into one folder, with options."""
    from conftest import write_show

    folder = tmp_path_factory.mktemp("views")
    show = write_show(folder / "show")

    def run(**options):
        return clusterkit.cluster_characters(
            show, folder / "out", model="builtin", visualize=False, progress=False, **options
        )

    return run


def read_places(result):
    """Folders of the frames of characters, as their listing has them, and as they should be."""
    table = result.assignments[result.assignments["status"].eq(CLUSTERED)]
    listed = [place.rpartition("/")[0] for place in table["file"]]
    wanted = [
        name if pd.isna(view) else f"{name}/{view}"
        for name, view in zip(table["character"], table["view"], strict=True)
    ]
    assert all((result.output_dir / place).exists() for place in table["file"])
    return listed, wanted


def test_views_have_folders_that_decisions_and_a_second_run_keep(made):
    result = made(views=True)
    assert result.assignments["view"].isin(VIEWS).sum() > 60
    listed, wanted = read_places(result)
    assert listed == wanted
    place = result.assignments["file"].dropna().iloc[0]
    caption = (result.output_dir / place).with_suffix(".txt")
    caption.write_text("mine")

    named = result.rename(0, "Hero")
    listed, wanted = read_places(named)
    assert listed == wanted
    assert any(folder.startswith("Hero/") for folder in listed)
    rejected = named.reject(
        [named.assignments.loc[named.assignments["cluster"].eq(0), "path"].iloc[0]]
    )
    assert (
        rejected.assignments.loc[rejected.assignments["status"].eq("rejected"), "view"].isna().all()
    )

    again = made(views=True)
    assert read_places(again)[0] == read_places(again)[1]
    flat = made()
    assert read_places(flat)[0] == flat.assignments["character"].dropna().tolist()
    assert "mine" in {path.read_text() for path in flat.output_dir.rglob("*.txt")}
    assert flat.assignments["view"].equals(again.assignments["view"])


def test_an_export_says_the_view(made, tmp_path):
    result = made(views=True)
    done = clusterkit.export_dataset(
        result, tmp_path / "set", format="kohya", per_character=6, progress=False
    )
    captions = [path.read_text() for path in (done.folder / "train").rglob("*.txt")]
    assert len(captions) >= 6
    assert any(text.endswith(f", {view} view") for text in captions for view in VIEWS)
    assert "views not known" not in (done.folder / "coverage.md").read_text()


def test_views_that_are_not_asked_for_are_not_measured(made):
    result = made(tell_views=False)
    assert result.assignments["view"].isna().all()
    assert read_places(result)[0] == result.assignments["character"].dropna().tolist()
