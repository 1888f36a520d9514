"""What trainers stop at or pass over without a word: each trap is seen, or cannot be written."""

import json

import numpy as np
import pytest
from conftest import make_rgba
from PIL import Image

import clusterkit
from clusterkit.datasets import ai_toolkit, diffusers, kohya
from clusterkit.datasets.captions import make_slug, write_caption
from clusterkit.datasets.kohya_keys import check_config
from clusterkit.datasets.options import ExportOptions
from clusterkit.datasets.rendering import HIDDEN, pick_background, render_frame
from clusterkit.datasets.selection import drop_near_duplicates, find_typical, select_varied
from clusterkit.images import Picture, decode_image

MAGENTA = (255, 0, 255)
MASKED = {"image_dir": "x", "conditioning_data_dir": "y"}


@pytest.fixture
def picture():
    rgba = make_rgba(1)
    rgba[rgba[..., 3] == 0] = (*MAGENTA, 0)
    rgba[:3, :, 3] = 6  # the haze of a matte
    return Picture(rgba, True)


def render(picture, **options):
    rendered = render_frame(picture, "d1", ExportOptions(**{"format": "kohya", **options}))
    return rendered, decode_image(rendered.data)


def write(folder, place, data=b"x"):
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_bytes(data)


def write_image(folder, place, mode="RGB"):
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (64, 64)).save(folder / place)


@pytest.mark.parametrize("image_type", ["png", "webp"])
@pytest.mark.parametrize("max_side", [64, 1024])
def test_hidden_colours_are_cleaned_and_alpha_is_kept(picture, image_type, max_side):
    _, shown = render(picture, image_type=image_type, max_side=max_side, margin=0.2)
    alpha = shown.rgba[..., 3]
    assert shown.has_alpha
    assert (shown.rgba[alpha == 0][:, :3] == HIDDEN).all()
    assert alpha.max() == 255
    assert alpha[0].max() == 0


@pytest.mark.parametrize(
    ("background", "colour"),
    [("white", (255, 255, 255)), ("grey", (128, 128, 128)), ("#102030", (16, 32, 48))],
)
def test_a_background_covers_what_was_hidden(picture, background, colour):
    _, shown = render(picture, background=background)
    assert not shown.has_alpha
    assert tuple(shown.rgba[0, 0, :3]) == colour


def test_random_backgrounds_depend_on_the_frame_and_the_seed():
    colours = {pick_background("random", digest, seed) for digest in "ab" for seed in (0, 1)}
    assert len(colours) == 4
    assert pick_background("random", "a", 0) == pick_background("random", "a", 0)


def test_the_long_side_is_limited_and_nothing_is_enlarged_unasked(picture):
    assert max(render(picture)[0].size) < 1024
    assert max(render(picture, max_side=80)[0].size) == 80
    large, _ = render(picture, upscale=True)
    assert max(large.size) == 1024
    left, top, right, bottom = large.crop
    assert large.size[0] / large.size[1] == pytest.approx((right - left) / (bottom - top), abs=0.01)


def test_a_mask_can_reach_beyond_the_outline(picture):
    plain, grown = render(picture, margin=0.2)[1], render(picture, margin=0.2, grow_mask=4)[1]
    assert (grown.rgba[..., 3] > 0).sum() > (plain.rgba[..., 3] > 0).sum()
    assert not (grown.rgba[..., :3] == MAGENTA).all(axis=2).any()


def test_an_opaque_image_stays_rgba_even_as_webp():
    rgba = np.dstack([make_rgba(2)[..., :3], np.full((160, 120), 255, np.uint8)])
    rendered, _ = render(Picture(rgba, False), image_type="webp")
    assert rendered.extension == ".png"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("character_000", "passed over"),
        ("0_mai", "passed over"),
        ("noise", "passed over"),
        ("-1_mai", "passed over"),
    ],
)
def test_kohya_passes_over_folders_without_repeats(name, sentence, tmp_path):
    write_image(tmp_path, f"train/{name}/a.png")
    found = kohya.read_folders(tmp_path)
    assert not found.images
    assert sentence in found.problems[0]
    assert name in found.problems[0]


def test_kohya_reads_repeats_captions_and_one_level_only(tmp_path):
    write_image(tmp_path, "train/7_mai_san/a_t48.50s_x.png")
    write(tmp_path, "train/7_mai_san/a_t48.50s_x.txt", b"mai, smile\nsecond line")
    write(tmp_path, "train/7_mai_san/a_t48.txt", b"of another image")
    write_image(tmp_path, "train/7_mai_san/b.png")
    write_image(tmp_path, "train/7_mai_san/deeper/c.png")
    found = kohya.read_folders(tmp_path)
    assert [(r.caption, r.repeats) for r in found.images] == [("mai, smile", 7), ("mai_san", 7)]
    assert not found.problems


@pytest.mark.parametrize(
    ("place", "data", "word"),
    [
        ("train/3_mai/a.txt", b"", "empty caption"),
        ("train/3_mai/a.txt", b"\n mai", "empty caption"),
        ("train/3_mai/a.txt", "舞".encode("shift-jis"), "not UTF-8"),
        ("train/sheet.txt", b"x", "file among the folders"),
        ("train/3_mai/x_1_2_3_4.png", b"x", "face box"),
    ],
)
def test_kohya_trouble_names_the_file(place, data, word, tmp_path):
    write_image(tmp_path, "train/3_mai/a.png")
    write(tmp_path, place, data)
    (problem,) = kohya.read_folders(tmp_path).problems
    assert word in problem
    assert place.rpartition("/")[2].split(".")[0] in problem


@pytest.mark.parametrize(
    "config",
    [
        {"general": {"alpha_mask": True}},
        {"datasets": [{"alpha_mask": True, "subsets": [{"image_dir": "x"}]}]},
        {"datasets": [{"subsets": [{"image_dir": "x", "trigger": "y"}]}]},
        {"datasets": [{"subsets": [{"image_dir": "x", "num_repeats": "3"}]}]},
        {"datasets": [{"subsets": [{"num_repeats": 3}]}]},
        {"datasets": [{"subsets": [{"image_dir": "x", "num_repeats": True}]}]},
        {"subsets": []},
        {"general": {"network_multiplier": 1}},
        {"datasets": [{"subsets": [{**MASKED, "class_tokens": "x"}]}]},
        {"datasets": [{"class_tokens": "x", "subsets": [MASKED]}]},
        {"datasets": [{"subsets": [{**MASKED, "alpha_mask": True}]}]},
        {"datasets": [{"subsets": [{**MASKED, "is_reg": True}]}]},
        {"datasets": [{"subsets": [MASKED, {"image_dir": "x"}]}]},
    ],
)
def test_kohya_refuses_keys_in_the_wrong_place(config):
    good = {"datasets": [{"subsets": [{"image_dir": "x", "alpha_mask": True}]},
                         {"subsets": [MASKED]}]}  # fmt: skip
    assert check_config(good) == []
    assert check_config({**good, **config})


@pytest.mark.parametrize(
    ("name", "size", "word"),
    [
        ("a.png", (64, 64), None),
        ("a.png", (64, 63), "is not as large as"),
        ("b.png", (64, 64), "train/3_mai/a.png has no mask"),
        ("a.jpg", (64, 64), None),
    ],
)
def test_kohya_masks_are_one_an_image_and_as_large(name, size, word, tmp_path):
    write_image(tmp_path, "train/3_mai/a.png")
    write(tmp_path, "train/3_mai/a.txt", b"mai")
    (tmp_path / "masks/mai").mkdir(parents=True)
    Image.new("L", size).save(tmp_path / "masks/mai" / name)
    text = '[[datasets]]\n[[datasets.subsets]]\nimage_dir = "/d/train/3_mai"\n'
    text += 'conditioning_data_dir = "/d/masks/mai"\ncaption_extension = ".txt"\n'
    write(tmp_path, "dataset.toml", text.encode())
    problems = kohya.read_config(tmp_path, "/d").problems
    assert bool(problems) == bool(word)
    assert not word or word in problems[0]
    assert len(problems) == (2 if name == "b.png" else bool(word)), "and the mask of no image"


@pytest.mark.parametrize("name", ["A.Png", ".hidden.png"])
def test_kohya_passes_over_odd_names(name, tmp_path):
    write_image(tmp_path, f"train/3_mai/{name}")
    assert not kohya.read_folders(tmp_path).images


def test_kohya_images_below_a_bucket_step_may_be_enlarged():
    from clusterkit.datasets.items import Item

    item = Item("a", ".png", "mai", "Mai", "mai", "mai")
    options = ExportOptions(format="kohya")
    for size, expected in (((63, 200), "false"), ((64, 200), "true")):
        text = kohya.write_texts([item], [["train/10_mai/a.png"]], [size], options, "/d")
        assert f"bucket_no_upscale = {expected}" in text["dataset.toml"]


def test_diffusers_wants_a_line_an_image_and_an_image_a_line(tmp_path):
    for name in ("a", "b"):
        write_image(tmp_path, f"train/{name}.png")
    lines = [{"file_name": "a.png", "text": "x"}, {"file_name": "c.png", "text": "x"},
             {"file_name": "a.png", "text": "x"}]  # fmt: skip
    write(tmp_path, "train/metadata.jsonl", "\n".join(map(json.dumps, lines)).encode())
    problems = " ".join(diffusers.read_metadata(tmp_path).problems)
    assert "train/b.png has no line" in problems
    assert "train/c.png is listed" in problems
    assert "a.png is listed twice" in problems


def test_dreambooth_opens_every_entry(tmp_path):
    write_image(tmp_path, "dreambooth/mai/a.png")
    write(tmp_path, "dreambooth/mai/a.txt")
    (tmp_path / "dreambooth/mai/deeper").mkdir()
    assert len(diffusers.read_dreambooth(tmp_path).problems) == 2
    write_image(tmp_path, "dreambooth/my-test/a.png")
    assert len(diffusers.read_dreambooth(tmp_path).problems) == 3


@pytest.mark.parametrize("mode", ["RGB", "P", "LA"])
def test_ai_toolkit_alpha_masks_need_rgba(mode, tmp_path):
    write_image(tmp_path, "images/mai/a.png", mode)
    write(tmp_path, "images/mai/a.txt", b"mai")
    text = "datasets:\n- folder_path: /d/images/mai\n  alpha_mask: true\n  trigger_word: mai\n"
    write(tmp_path, "datasets.yaml", text.encode())
    (problem,) = ai_toolkit.read_config(tmp_path, "/d").problems
    assert "images/mai/a.png" in problem
    assert mode in problem


def test_ai_toolkit_walks_all_but_hidden_and_control_folders(tmp_path):
    for place in ("a.png", "deep/b.png", ".cache/c.png", "_controls/d.png", "_controls/x/e.png"):
        write_image(tmp_path, place)
    found = [p.name for p in ai_toolkit.walk_images(tmp_path)]
    assert found == ["a.png", "e.png", "b.png"], "only what lies directly in _controls is left out"


def test_ai_toolkit_masks_in_the_walked_folder_are_seen(tmp_path):
    write_image(tmp_path, "images/mai/a.png")
    write_image(tmp_path, "images/mai/masks/a.png")
    write(tmp_path, "images/mai/a.txt", b"mai")
    text = "datasets:\n- folder_path: /d/images/mai\n  mask_path: /d/images/mai/masks\n"
    write(tmp_path, "datasets.yaml", text.encode())
    problems = ai_toolkit.read_config(tmp_path, "/d").problems
    assert any("lies in the walked folder" in problem for problem in problems)


@pytest.mark.parametrize("template", ["{view} view", "{view}", ", ,{episode}", "{trigger}"])
def test_a_caption_is_never_empty(template):
    values = dict.fromkeys(("character", "view", "episode", "scene"))
    assert write_caption(template, {**values, "trigger": "mai"}) == "mai"


def test_a_caption_is_one_line_of_plain_text():
    values = {"trigger": 'a"\n\x00b', "character": "x", "view": "back", "episode": None,
              "scene": None}  # fmt: skip
    assert write_caption("{trigger},\n{view} view", values) == 'a" b, back view'


def test_names_of_files_hold_no_underscore():
    assert "_" not in make_slug("a_b_c_d_e_f")


def test_varied_means_far_apart_every_view_and_duplicates_once():
    rows = np.float32([[1, 0], [0.999, 0.045], [0.6, 0.8], [0, 1]])
    assert set(select_varied(rows, 2).tolist()) & {3, 2}
    same = np.tile(np.float32([[1, 0]]), (6, 1))
    views = np.array(["front"] * 5 + ["back"], object)
    assert 5 in select_varied(same, 2, groups=[views])
    prints = [np.zeros(4, np.float32), np.ones(4, np.float32), np.full(4, 99, np.float32), None]
    kept = drop_near_duplicates(prints, np.array([0.1, 0.9, 0.5, 0.2]))
    assert kept.tolist() == [1, 2, 3]


def test_a_stray_is_not_taken_for_variety():
    rng = np.random.default_rng(0)
    rows = np.float32(rng.normal([1, 0, 0], 0.05, (30, 3)))
    rows[7] = [0, 1, 0]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert 7 in select_varied(rows, 5), "farthest-first seeks it out"
    typical = find_typical(rows, rows, 10)
    assert not typical[7]
    assert typical.sum() >= 25
    assert find_typical(rows, rows, 30).all(), "where there are few, none is given up"
    assert find_typical(rows[:1], rows[:1], 0).all()
    assert find_typical(np.repeat(rows[:1], 4, 0), np.repeat(rows[:1], 4, 0), 0).sum() == 4


def test_coverage_says_what_is_missing():
    import pandas as pd

    from clusterkit.datasets.coverage import describe_coverage

    table = pd.DataFrame({"view": ["front", "left"] * 12, "episode": ["episode_001"] * 24})
    words = describe_coverage("Mai", table, table, ["episode_001", "episode_002"], 0).words
    assert words == "24 of 24 selected; no back view; episode 2 missing"


def test_public_names():
    assert clusterkit.select_varied is select_varied
