import json

import numpy as np
import pytest
from conftest import encode_png, make_rgba, write_show

import clusterkit
from clusterkit.errors import EncoderError, InputError, OutputError


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    """One whole run on a small show with some of everything in it."""
    folder = tmp_path_factory.mktemp("run")
    show = write_show(folder / "show", characters=4, frames=10)
    layer = show / "episode_001" / "character"
    (layer / "tiny.png").write_bytes(encode_png(make_rgba(7, 30, 40)))
    (layer / "blurred.png").write_bytes(encode_png(make_rgba(8, 300, 400, blur=20)))
    (layer / "broken.png").write_bytes(b"\x89PNG and nothing more")
    (layer / "alone.png").write_bytes(encode_png(make_rgba(99)))
    result = clusterkit.cluster_characters(
        show, folder / "out", model="builtin", temporal_weight=0, progress=False
    )
    return show, folder / "out", result


def test_characters_are_found(outcome):
    _, out, result = outcome
    assert result.clustering.n_clusters == 4
    assert result.counts == {"clustered": 80, "noise": 1, "rejected": 2, "unreadable": 1}
    for label in range(4):
        names = {p.name.split("_frame")[0][-9:] for p in (out / f"character_{label:03d}").iterdir()}
        assert len(names) == 1, "one folder holds one character"


def test_the_folder_holds_what_is_promised(outcome):
    _, out, _ = outcome
    summary = json.loads((out / "clustering_summary.json").read_text())
    assert summary["organization"]["clusters"] == {"0": 20, "1": 20, "2": 20, "3": 20}
    assert summary["organization"]["noise"] == 1
    assert summary["min_cluster_size"] == 10
    assert "timestamp" in summary
    report = json.loads((out / "quality_report.json").read_text())
    assert len(report) == 84
    keys = {"passed", "width", "height", "blur_score", "alpha_coverage", "reasons"}
    assert keys <= set(report[0]["quality"])
    assert set(report[0]["quality"]["reasons"]) == {"size", "blur", "content"}
    header = (out / "assignments.csv").read_text().splitlines()[0]
    assert header.startswith("path,status,cluster,character,probability,episode,scene,seconds,view")
    assert (out / "cluster_visualization.png").read_bytes().startswith(b"\x89PNG")
    assert (out / ".clusterkit").is_dir()


def test_a_result_opens_again(outcome):
    _, out, result = outcome
    again = clusterkit.load_result(out)
    assert again.settings == result.settings
    assert again.counts == result.counts
    np.testing.assert_array_equal(again.clustering.labels, result.clustering.labels)
    assert again.frames["file"].tolist() == result.frames["file"].tolist()
    assert np.isfinite(again.embeddings[again.clustering.selected]).all()


def test_deleting_the_cache_costs_time_and_nothing_else(outcome, tmp_path):
    import shutil

    _, out, result = outcome
    copy = tmp_path / "copy"
    shutil.copytree(out, copy, symlinks=True)
    shutil.rmtree(copy / ".clusterkit")
    again = clusterkit.load_result(copy)
    np.testing.assert_allclose(again.embeddings, result.embeddings, atol=1e-6)


def test_a_result_shows_itself_in_a_notebook(outcome):
    _, _, result = outcome
    page = result._repr_html_()
    assert page.count("<tr>") == 1 + 4
    assert page.count("data:image/webp;base64,") >= 4 * 3
    assert "80 clustered · 1 noise · 2 rejected · 1 unreadable" in page
    assert "4 characters" in repr(result)


def test_every_stage_can_be_called_alone(outcome, tmp_path):
    show, _, result = outcome
    frames = clusterkit.find_frames(show)
    encoder = clusterkit.load_encoder("builtin")
    with clusterkit.MeasurementStore(tmp_path / "m.sqlite") as store:
        measured = clusterkit.measure(frames, encoder, store=store, progress=False)
    verdicts = clusterkit.judge_quality(measured.quality, clusterkit.QualityThresholds())
    selected = clusterkit.select_frames(measured.quality, verdicts)
    hierarchy = clusterkit.build_hierarchy(measured.embeddings[selected], min_samples=5)
    clustering = clusterkit.spread_cut(clusterkit.cut_hierarchy(hierarchy), selected)
    np.testing.assert_array_equal(clustering.labels, result.clustering.labels)


def test_same_names_in_two_episodes_both_survive(tmp_path):
    look = make_rgba(3)
    for episode in (1, 2):
        for number in range(6):
            path = tmp_path / f"in/episode_{episode:03d}/character/frame{number:06d}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_png(make_rgba(10 * episode + number) if number > 3 else look))
    result = clusterkit.cluster_characters(
        tmp_path / "in", tmp_path / "out", model="builtin", min_cluster_size=3, progress=False
    )
    placed = list((tmp_path / "out").glob("*/*.png"))
    assert len(placed) == result.counts["clustered"] + result.counts["noise"] == 12


@pytest.mark.parametrize("count", [1, 2, 5])
def test_fewer_images_than_a_cluster_needs(tmp_path, count):
    for number in range(count):
        path = tmp_path / f"in/{number}.png"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(encode_png(make_rgba(number)))
    result = clusterkit.cluster_characters(
        tmp_path / "in", tmp_path / "out", model="builtin", progress=False
    )
    assert result.counts["noise"] == count
    assert any("smaller one" in notice for notice in result.notices)
    assert len(list((tmp_path / "out" / "noise").iterdir())) == count


def test_identical_images(tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(30):
        (tmp_path / f"in/{number}.png").write_bytes(encode_png(make_rgba(1)))
    result = clusterkit.cluster_characters(
        tmp_path / "in", tmp_path / "out", model="builtin", progress=False
    )
    assert sum(result.counts.values()) == 30
    assert result.counts["rejected"] == result.counts["unreadable"] == 0


def test_nothing_passes(tmp_path, show):
    result = clusterkit.cluster_characters(
        show, tmp_path / "out", model="builtin", min_size=5000, progress=False
    )
    assert result.counts["rejected"] == 72
    assert "no frame passed" in result.notices[0]
    assert (tmp_path / "out" / "cluster_visualization.png").exists()


def test_files_that_people_added_and_decisions_survive_a_new_run(show, tmp_path):
    out = tmp_path / "out"
    run = lambda **options: clusterkit.cluster_characters(  # noqa: E731
        show, out, model="builtin", progress=False, **options
    )
    run()
    (out / "character_000" / "my_caption.txt").write_text("a hero")
    (out / "decisions.jsonl").write_text('{"id": 1}\n')
    (out / "notes").mkdir()
    (out / "notes" / "todo.txt").write_text("look")
    result = run(min_cluster_size=5, copy=True)
    assert (out / "character_000" / "my_caption.txt").read_text() == "a hero"
    assert (out / "decisions.jsonl").read_text() == '{"id": 1}\n'
    assert (out / "notes" / "todo.txt").read_text() == "look"
    pictures = [p for p in (out / "character_000").iterdir() if p.suffix == ".png"]
    assert pictures
    assert not any(p.is_symlink() for p in pictures)
    assert result.settings.clustering.min_cluster_size == 5


def test_a_foreign_folder_is_never_touched(show, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match="not empty"):
        clusterkit.cluster_characters(show, out, model="builtin", progress=False)
    assert [p.name for p in out.iterdir()] == ["thesis.doc"]


def test_input_and_output_must_lie_apart(show):
    for out in (show, show / "episode_001", show / "result", show.parent):
        with pytest.raises((InputError, OutputError)):
            clusterkit.cluster_characters(show, out, model="builtin", progress=False)
    assert len(clusterkit.find_frames(show)) == 72


def test_an_unknown_model_says_what_is_known(show, tmp_path):
    with pytest.raises(EncoderError, match="builtin"):
        clusterkit.cluster_characters(show, tmp_path / "out", model="VIT-Z/99", progress=False)
