import numpy as np
from bokeh.embed import file_html
from bokeh.resources import INLINE
from points import unpack_columns

from clusterkit import figures
from clusterkit.figures import (
    HIDDEN,
    MEMBER,
    NOISE,
    Scatter,
    draw_scatter,
    find_centres,
    pack_update,
)


def make_scatter(n=40, clusters=3):
    rng = np.random.default_rng(0)
    labels = (np.arange(n) % (clusters + 1) - 1).astype(np.int32)
    return Scatter(
        points=rng.normal(size=(n, 2)).astype(np.float32),
        axis_labels=("PC 1", "PC 2"),
        kinds=np.where(labels < 0, NOISE, MEMBER).astype(np.uint8),
        codes=(labels + 1).astype(np.uint8),
        palette=("#9a9a9a", "#2071ff", "#d22018", "#fb31b2"),
        labels=labels,
        probabilities=rng.random(n).astype(np.float32),
        cluster_names=("a", "b", "c"),
        texts={column: ["</script><b>"] * n for column in ("name", "episode", "time", "note")},
    )


def test_names_of_files_cannot_break_out_of_the_page():
    page = file_html(draw_scatter(make_scatter(), pictures=["data:,"] * 40), INLINE)
    assert "</script><b>" not in page


def test_every_source_is_part_of_the_figure():
    plot = draw_scatter(make_scatter(), ask_for_pictures=True)
    for name in (figures.POINTS, figures.UPDATE, figures.WANTED, figures.ARRIVED, figures.CENTRES):
        assert plot.select_one({"name": name}) is not None


def test_numbers_stand_at_the_medians_of_what_is_drawn():
    scatter = make_scatter()
    kinds = scatter.kinds.copy()
    kinds[scatter.labels == 1] = HIDDEN
    centres = find_centres(Scatter(**{**scatter.__dict__, "kinds": kinds}))
    assert centres["text"] == ["0", "2"]
    expected = np.median(scatter.points[scatter.labels == 2], axis=0)
    assert np.allclose([centres["x"][1], centres["y"][1]], expected)


def test_an_update_leaves_names_and_still_points_at_home():
    packed = pack_update(make_scatter(), moved=False)
    assert "name" not in packed
    assert set(unpack_columns(packed)) == {"label", "probability", "code", "kind"}
    assert {"x", "y"} < set(unpack_columns(pack_update(make_scatter(), moved=True)))
    assert len(packed["palette"][0]) == figures.MOST_COLOURS


def test_an_update_carries_its_columns_in_one_piece_and_unchanged():
    scatter = make_scatter(33)
    columns = unpack_columns(pack_update(scatter, moved=True))
    np.testing.assert_array_equal(columns["x"], scatter.points[:, 0])
    np.testing.assert_array_equal(columns["label"], scatter.labels)
    np.testing.assert_array_equal(columns["probability"], scatter.probabilities)
    np.testing.assert_array_equal(columns["code"], scatter.codes)
    np.testing.assert_array_equal(columns["kind"], scatter.kinds)


def test_a_picture_without_any_frame_is_still_a_picture():
    empty = make_scatter(0)
    assert "clusterkit-points" in file_html(draw_scatter(empty), INLINE)


def test_webgl_is_for_more_points_than_a_canvas_draws_at_once():
    few, many = make_scatter(), make_scatter(figures.MOST_WITHOUT_WEBGL + 1)
    assert draw_scatter(few).output_backend == "canvas"
    assert draw_scatter(many).output_backend == "webgl"
