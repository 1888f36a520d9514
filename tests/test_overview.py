import numpy as np
from views import make_material

from clusterkit.explorer import Explorer
from clusterkit.overview import lay_out_frames


def test_a_layout_is_made_once_and_remembered(tmp_path, monkeypatch):
    material = make_material(output_dir=tmp_path)
    arrangement = Explorer(material).arrangement
    first = lay_out_frames(material, arrangement)

    def fail(*_, **__):
        raise AssertionError("laid out again")

    monkeypatch.setattr("clusterkit.overview.project_umap", fail)
    again = lay_out_frames(material, arrangement)
    assert np.array_equal(first.points, again.points, equal_nan=True)
    (file,) = (tmp_path / ".clusterkit").glob("umap-*.npy")
    file.write_bytes(b"damaged")
    monkeypatch.undo()
    anew = lay_out_frames(material, arrangement)
    assert np.array_equal(first.points, anew.points, equal_nan=True), "a fixed seed"


def test_rejected_frames_lie_beside_those_they_resemble():
    material = make_material(n_strays=0)  # its blurred frames are of the first cluster
    points = lay_out_frames(material, Explorer(material).arrangement).points
    assert np.isfinite(points[:-2]).all()
    assert np.isnan(points[-2:]).all(), "unreadable frames have no place"
    centres = [points[a:b].mean(axis=0) for a, b in ((0, 40), (40, 70), (70, 90))]
    for row in range(90, 95):
        assert np.argmin([np.linalg.norm(points[row] - centre) for centre in centres]) == 0


def test_another_selection_is_another_layout(tmp_path):
    material = make_material(output_dir=tmp_path)
    explorer = Explorer(material)
    lay_out_frames(material, explorer.arrangement)
    explorer.update(min_blur=430.0)
    lay_out_frames(material, explorer.arrangement)
    assert len(list((tmp_path / ".clusterkit").glob("umap-*.npy"))) == 2


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path, caplog):
    (tmp_path / ".clusterkit").write_text("in the way")
    material = make_material(output_dir=tmp_path)
    assert np.isfinite(lay_out_frames(material, Explorer(material).arrangement).points).any()
    assert "could not remember" in caplog.text
