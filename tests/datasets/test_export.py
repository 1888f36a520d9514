"""The whole export: three trainers, safety of DEST, same bytes, and what the manifest says."""

import json
import os
import shlex
import shutil
import tomllib
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from conftest import encode_png, make_rgba, write_show
from PIL import Image

import clusterkit
from clusterkit.cli import main
from clusterkit.datasets import delivery
from clusterkit.datasets.export import _weigh
from clusterkit.datasets.manifest import digest_file, load_manifest
from clusterkit.datasets.options import ExportOptions

FORMATS = ("kohya", "diffusers", "ai-toolkit")


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """Three characters, two episodes, 72 frames; patterns, which have no views."""
    folder = tmp_path_factory.mktemp("datasets")
    show = write_show(folder / "show")
    return clusterkit.cluster_characters(
        show, folder / "out", model="builtin", tell_views=False, progress=False
    )


@pytest.fixture
def export(result, tmp_path):
    """Export the result to a new folder (or to `dest`)."""

    def run(kind="kohya", dest=None, **options):
        options = {"per_character": 4, "progress": False, **options}
        return clusterkit.export_dataset(result, dest or tmp_path / kind, format=kind, **options)

    return run


def read_tree(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


def list_images(folder, below):
    return sorted(p for p in (folder / below).rglob("*") if p.suffix in (".png", ".webp"))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_passes_its_preflight(kind, export):
    done = export(kind)
    assert not done.preflight.problems
    assert done.preflight.table["problems"].sum() == 0
    assert set(done.preflight.table["images"]) <= {4, 12}
    assert (done.folder / "contact_sheet.png").is_file()
    assert "| 4 of 24 |" in (done.folder / "coverage.md").read_text()
    assert "no character has a name yet" in done.notices[0]


@pytest.mark.parametrize("kind", FORMATS)
def test_the_same_inputs_give_the_same_bytes(kind, export, tmp_path):
    dest = tmp_path / "set"
    first = read_tree(export(kind, dest, background="random", seed=3).folder)
    assert read_tree(export(kind, dest, background="random", seed=3, replace=True).folder) == first
    other = export(kind, tmp_path / "other", background="random", seed=4).folder
    assert set(read_tree(other)) != set(first)


def test_the_manifest_tells_where_every_image_is_from(export, result):
    done = export("ai-toolkit", background="grey")
    manifest = load_manifest(done.folder)
    digests = dict(zip(result.frames["path"], result.quality["digest"], strict=True))
    assert len(manifest["images"]) == 12
    for entry in manifest["images"]:
        assert digests[entry["source"]] == entry["digest"]
        assert entry["character"].startswith("character_")
        assert entry["view"] is None
        left, top, right, bottom = entry["crop"]
        assert entry["size"] == [right - left, bottom - top]
        assert entry["background"] == "#808080"
    assert manifest["settings"]["background"] == "grey"
    for place, digest in manifest["files"].items():
        assert digest_file(done.folder / place) == digest


def test_kohya_gets_folders_toml_and_regularisation(export):
    done = export("kohya", characters=["character_000", "character_001"], regularisation=5)
    folders = sorted(p.name for p in (done.folder / "train").iterdir())
    assert folders == ["10_character-000", "10_character-001"]
    assert all(p.is_dir() for p in (done.folder / "train").iterdir())
    others = list_images(done.folder, "reg/1_character")
    assert 3 <= len(others) <= 5
    assert {p.with_suffix(".txt").read_text() for p in others} == {"character"}
    config = tomllib.loads((done.folder / "dataset.toml").read_text())
    assert config["general"]["caption_extension"] == ".txt"
    subsets = config["datasets"][0]["subsets"]
    assert [s.get("is_reg", False) for s in subsets] == [False, False, True]
    assert all(s["alpha_mask"] for s in subsets)
    assert "alpha_mask" not in config["general"] | config["datasets"][0]
    names = [p.stem for p in list_images(done.folder, ".")]
    assert not any("_" in name for name in names if name != "contact_sheet")


def test_what_is_said_to_pass_is_all_that_is_needed(export):
    done = export("kohya", regularisation=3, characters=["character_000"])
    assert done.use == load_manifest(done.folder)["use"]
    ways = [shlex.split(line) for line in done.use.splitlines() if line.startswith("  --")]
    assert ways[0] == ["--dataset_config", f"{done.folder}/dataset.toml"]
    for words in ("--reg_data_dir", "--enable_bucket", "--alpha_mask", "--caption_extension"):
        assert words in ways[1]
    assert Path(ways[1][ways[1].index("--reg_data_dir") + 1]).is_dir()
    assert "--resolution 1024,1024" in done.use


def test_kohya_masks_may_have_their_own_folder(export):
    done = export("kohya", background="grey", mask_folder=True)
    assert done.use.splitlines()[1].endswith("dataset.toml --masked_loss")
    (dataset,) = tomllib.loads((done.folder / "dataset.toml").read_text())["datasets"]
    for subset in dataset["subsets"]:
        assert set(subset) == {"image_dir", "num_repeats", "conditioning_data_dir"}
        images, masks = list_images(Path(subset["image_dir"]), "."), list_images(
            Path(subset["conditioning_data_dir"]), "."
        )  # fmt: skip
        assert [p.name for p in images] == [p.name for p in masks]
        for image, mask in zip(images, masks, strict=True):
            with Image.open(image) as shown, Image.open(mask) as weight:
                assert shown.size == weight.size
                assert (shown.mode, weight.mode) == ("RGB", "L")
                assert weight.getextrema() == (0, 255)


def test_uneven_weights_are_said_where_nothing_can_even_them(export, tmp_path):
    assert not any("repeats" in notice for notice in export("diffusers").notices)
    counts = {"character_000": 4, "character_001": 1}
    choices = [SimpleNamespace(rows=range(count)) for count in counts.values()]
    (notice,) = _weigh(choices, ExportOptions(format="diffusers"))
    assert "1 to 4" in notice
    assert not _weigh(choices, ExportOptions(format="kohya"))


def test_an_opaque_background_asks_for_no_alpha_mask(export):
    done = export("kohya", background="white")
    text = (done.folder / "dataset.toml").read_text()
    assert "alpha_mask" not in text
    assert {Image.open(p).mode for p in list_images(done.folder, "train")} == {"RGB"}


def test_diffusers_gets_metadata_and_folders_of_images_only(export):
    done = export("diffusers")
    lines = (done.folder / "train/metadata.jsonl").read_text().splitlines()
    entries = [json.loads(line) for line in lines]
    assert len(entries) == 12
    assert all((done.folder / "train" / e["file_name"]).is_file() and e["text"] for e in entries)
    for concept in (done.folder / "dreambooth").iterdir():
        assert all(Image.open(entry).mode == "RGB" for entry in concept.iterdir())


def test_ai_toolkit_gets_rgba_or_masks_outside_what_is_walked(export, tmp_path):
    done = export("ai-toolkit")
    assert {Image.open(p).mode for p in list_images(done.folder, "images")} == {"RGBA"}
    assert all(d["alpha_mask"] for d in read_yaml(done.folder))
    opaque = export("ai-toolkit", tmp_path / "opaque", background="#d0e0ff")
    for dataset in read_yaml(opaque.folder):
        assert "alpha_mask" not in dataset
        assert not dataset["mask_path"].startswith(dataset["folder_path"])
    for image in list_images(opaque.folder, "images"):
        mask = opaque.folder / "masks" / image.parent.name / image.name
        assert Image.open(mask).size == Image.open(image).size
        assert np.asarray(Image.open(mask)).max() == 255


def read_yaml(folder):
    return yaml.safe_load((folder / "datasets.yaml").read_text())["datasets"]


def test_captions_lie_beside_the_images_under_the_whole_stem(export):
    for kind in ("kohya", "ai-toolkit"):
        done = export(kind)
        images = [p for p in list_images(done.folder, ".") if p.name != "contact_sheet.png"]
        assert len(images) == 12
        for image in images:
            caption = image.parent / (os.path.splitext(image.name)[0] + ".txt")
            assert caption.read_text() == image.name.rsplit("-", 2)[0].replace("-", "_")


def test_paths_are_those_of_the_machine_that_trains(export):
    done = export("kohya", root="/workspace/set/")
    config = tomllib.loads((done.folder / "dataset.toml").read_text())
    for subset in config["datasets"][0]["subsets"]:
        assert subset["image_dir"].startswith("/workspace/set/train/10_")
    assert not done.preflight.problems


def test_fewer_images_repeat_more(export, result):
    from clusterkit.datasets.items import balance_repeats

    assert balance_repeats({"a": 30, "b": 12, "c": 29}, 10) == {"a": 10, "b": 25, "c": 10}


def test_an_existing_folder_is_never_touched(export, tmp_path):
    dest = tmp_path / "mine"
    dest.mkdir()
    (dest / "notes.txt").write_text("mine")
    for replace in (False, True):
        with pytest.raises(clusterkit.OutputError):
            export("kohya", dest, replace=replace)
        assert read_tree(dest) == {"notes.txt": b"mine"}
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def test_replace_keeps_what_a_person_added_or_edited(export, tmp_path):
    dest = tmp_path / "set"
    export("kohya", dest)
    caption = next((dest / "train").rglob("*.txt"))
    caption.write_text("my own words")
    (dest / "notes.txt").write_text("mine")
    with pytest.raises(clusterkit.OutputError, match="--replace"):
        export("kohya", dest)
    done = export("kohya", dest, per_character=6, repeats=10, replace=True)
    # The folder's name may change with its repeats: the words go where the image is.
    (moved,) = (dest / "train").rglob(caption.name)
    assert moved.read_text() == "my own words"
    assert moved.with_suffix(".png").is_file()
    assert (dest / "notes.txt").read_text() == "mine"
    assert len(list_images(dest, "train")) > 12
    assert not done.preflight.problems
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_a_foreign_image_stops_the_replacement_and_is_named(export, tmp_path):
    dest = tmp_path / "set"
    export("kohya", dest)
    stray = next((dest / "train").iterdir()) / "stray.png"
    stray.write_bytes(encode_png(make_rgba()))
    before = read_tree(dest)
    with pytest.raises(clusterkit.OutputError, match=r"stray\.png"):
        export("kohya", dest, per_character=5, replace=True)
    assert read_tree(dest) == before


@pytest.mark.parametrize("replace", [False, True])
def test_a_kill_leaves_the_old_folder_or_none(replace, export, tmp_path, monkeypatch):
    dest = tmp_path / "set"
    if replace:
        export("kohya", dest)
    before = read_tree(dest)

    def kill(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("clusterkit.datasets.export.publish", kill)
    with monkeypatch.context() as patch:
        patch.setattr(delivery.shutil, "rmtree", lambda *a, **k: None)  # a kill sweeps nothing
        with pytest.raises(KeyboardInterrupt):
            export("kohya", dest, per_character=5, replace=replace)
    assert read_tree(dest) == before
    left = [p for p in tmp_path.iterdir() if p != dest]
    assert len(left) == 1
    assert left[0].name.startswith(".set.clusterkit-export-")
    monkeypatch.undo()
    export("kohya", dest, per_character=5, replace=replace)
    assert [p.name for p in tmp_path.iterdir()] == ["set"]


def test_the_check_names_images_that_no_longer_are_what_was_written(export):
    folder = export("kohya").folder
    cut, other, *_ = list_images(folder, "train")
    cut.write_bytes(cut.read_bytes()[:200])
    with Image.open(other) as image:
        image.resize((70, 80)).save(other)
    found = clusterkit.check_export(folder)
    place = cut.relative_to(folder).as_posix()
    assert found.problems == (
        f"{place} is no readable image",
        f"{other.relative_to(folder).as_posix()} is 70 × 80, not as written",
    )
    assert found.table["problems"].sum() == 4, "both ways of reading meet both"


def test_folders_that_must_not_be_written(export, result):
    for dest in (result.output_dir, result.output_dir.parent, result.input_dir / "set"):
        with pytest.raises(clusterkit.OutputError):
            export("kohya", dest)


def test_a_frame_that_is_gone_is_named(result, tmp_path):
    moved = tmp_path / "show"
    shutil.copytree(result.input_dir, moved)
    gone = sorted(moved.rglob("*.png"))
    copy = clusterkit.cluster_characters(moved, tmp_path / "out", model="builtin", progress=False)
    _ = copy.embeddings
    for file in gone:
        file.unlink()
    with pytest.raises(clusterkit.InputError, match=r"cannot read the frame .*\.png"):
        clusterkit.export_dataset(copy, tmp_path / "set", format="kohya", progress=False)
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "onnx"}, "format must be"),
        ({"background": "mauve"}, "background must be"),
        ({"per_character": 0}, "per_character must be"),
        ({"template": "{name}"}, "no field {name}"),
        ({"characters": ["Nobody"]}, "no character 'Nobody'"),
        ({"triggers": {"character_000": "x", "character_001": "x"}}, "both be trained as 'x'"),
        ({"mask_folder": True}, "transparent images carry their mask"),
        ({"mask_folder": True, "background": "grey", "regularisation": 3}, "leave one of them"),
        ({"mask_folder": True, "format": "diffusers"}, "diffusers has no masks"),
        ({"colour": "red"}, "unknown option 'colour'"),
    ],
)
def test_bad_options_are_one_clear_line(options, words, result, tmp_path):
    with pytest.raises(clusterkit.ClusterkitError) as caught:
        clusterkit.export_dataset(result, tmp_path / "x", **{"format": "kohya", **options})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_command_prints_coverage_preflight_and_use(result, tmp_path, capsys):
    dest = tmp_path / "set"
    arguments = ["export", str(result.output_dir), str(dest), "--format", "kohya",
                 "--per-character", "3", "--character", "character_001",
                 "--trigger", "character_001=mai"]  # fmt: skip
    assert main(arguments) == 0
    printed = capsys.readouterr().out
    assert "character_001: 3 of 24 selected" in printed
    assert "train/10_character-001" in printed
    assert "--dataset_config" in printed
    assert next((dest / "train").rglob("*.txt")).read_text() == "mai"
    assert main(arguments) == 2
    assert "--replace" in capsys.readouterr().err
