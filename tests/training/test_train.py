"""A small training: the loss falls, a killed run goes on as if nothing had happened, and ships."""

import csv
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import REPOSITORY
from safetensors.torch import load_file

from clusterkit.encoders.base import digest_file
from clusterkit.encoders.character_network import SIZE, to_input
from clusterkit.encoders.network import WEIGHTS_FILE, NetworkEncoder
from training.augment import cut_out_all
from training.export import export_network
from training.families import sample_family
from training.held_out import draw_held_out
from training.judge import COLUMNS, judge, leave_out_siblings
from training.render import N_DRAWINGS, write_shard
from training.render import main as render
from training.shards import Library
from training.train import FINE_TUNING, WARM_UP_STEPS, Recipe, Trainer, compute_loss, train
from training.train import main as train_by_command

pytestmark = pytest.mark.usefixtures("one_thread")

RECIPE = Recipe(
    steps=24, n_identities=8, n_views=3, queue=24, save_every=6, mix="figures=1", bfloat16=False,
    coarse_until=1.0, rate=4e-3,
)  # fmt: skip
OPTIONS = [
    "--steps", "24", "--n-identities", "8", "--n-views", "3", "--queue", "24", "--save-every", "6",
    "--mix", "figures=1", "--float32", "--coarse-until", "1", "--rate", "4e-3", "--threads", "1",
]  # fmt: skip


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shard(folder, "figures", 0, n_families=3)
    return folder


@pytest.fixture(scope="module")
def run(shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "whole"
    train(shards, folder, RECIPE)
    return folder


def read_log(folder):
    with (folder / "log.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_the_loss_falls(run):
    rows = read_log(run)
    assert [int(row["step"]) for row in rows] == [6, 12, 18, 24]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"]) - 0.2


def test_a_killed_run_goes_on_as_if_nothing_had_happened(shards, run, tmp_path):
    folder = tmp_path / "killed"
    command = [sys.executable, "-m", "training.train", str(shards), str(folder), *OPTIONS]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    while not (folder / "log.csv").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"

    train(shards, folder, RECIPE, resume=True)
    ours, theirs = (torch.load(place / "checkpoint.pt") for place in (run, folder))
    assert ours["step"] == theirs["step"] == RECIPE.steps
    assert ours["draws"] == theirs["draws"]
    assert torch.equal(ours["dropout"], theirs["dropout"])
    assert torch.equal(ours["queue_labels"], theirs["queue_labels"])
    likeness = (ours["queue"] * theirs["queue"]).sum(1)
    assert likeness.min() > 0.99


def test_a_run_is_neither_overwritten_nor_made_up(shards, run, tmp_path):
    with pytest.raises(SystemExit, match="--resume"):
        train(shards, run, RECIPE)
    with pytest.raises(SystemExit, match="leave out --resume"):
        train(shards, tmp_path / "none", RECIPE, resume=True)
    with pytest.raises(SystemExit, match=r"training\.render"):
        train(tmp_path, tmp_path / "new", RECIPE)
    with pytest.raises(SystemExit, match="other widths"):
        train(shards, run, replace(RECIPE, widths=(16, 24, 32)), resume=True)


def test_an_exported_run_loads_and_gives_the_same_vectors(shards, run, tmp_path):
    weights = export_network([run], tmp_path)
    encoder = NetworkEncoder("trained", weights, digest_file(weights))
    trainer = Trainer(RECIPE)
    trainer.load(run)
    library = Library(shards, {"figures": 1.0})
    library.refresh()
    pictures, _ = library.sample(np.random.default_rng(1), 6, 2)
    squares = cut_out_all(pictures, SIZE, np.random.default_rng(1))
    with torch.inference_mode():
        pixels = to_input(torch.from_numpy(squares).permute(0, 3, 1, 2).float() / 255)
        expected = trainer.average.eval()(pixels).numpy()
    np.testing.assert_allclose(encoder.encode(squares), expected, atol=0.01)
    assert weights.stat().st_size < 0.6 * (run / "network.pt").stat().st_size


def test_of_several_runs_the_mean_is_exported(shards, run, tmp_path):
    train(shards, tmp_path / "other", replace(RECIPE, steps=2, save_every=2, seed=1))
    both = load_file(export_network([run, tmp_path / "other"], tmp_path / "both"))
    one, other = (torch.load(place / "network.pt") for place in (run, tmp_path / "other"))
    for name, tensor in both.items():
        if tensor.is_floating_point():
            mean = (one[name] + other[name]) / 2
            torch.testing.assert_close(tensor.float(), mean, rtol=1e-3, atol=1e-4)
    assert not torch.equal(one["stem.0.weight"], other["stem.0.weight"])


def test_a_run_goes_on_from_what_was_exported(shards, run, tmp_path, monkeypatch):
    weights = export_network([run], tmp_path)
    arguments = ["train", str(shards), str(tmp_path / "tuned"), *OPTIONS, "--from", str(weights)]
    rate = arguments.index("--rate")
    del arguments[rate : rate + 2]
    monkeypatch.setattr(sys, "argv", arguments)
    train_by_command()
    begun, tuned = read_log(run), read_log(tmp_path / "tuned")
    assert float(tuned[0]["loss"]) < float(begun[0]["loss"]) - 0.2
    last = FINE_TUNING["rate"] * RECIPE.steps / WARM_UP_STEPS
    assert 0 < float(tuned[-1]["rate"]) < last < RECIPE.rate

    trainer = Trainer(RECIPE)
    trainer.start_from(weights)
    exported = torch.load(run / "network.pt")
    for name, ours in trainer.average.state_dict().items():
        torch.testing.assert_close(ours, exported[name], rtol=1e-3, atol=1e-5)


def test_a_run_starts_only_at_weights_of_this_network(tmp_path):
    with pytest.raises(SystemExit, match="cannot be read"):
        Trainer(RECIPE).start_from(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_text("no weights")
    with pytest.raises(SystemExit, match="cannot be read"):
        Trainer(RECIPE).start_from(tmp_path / "text.safetensors")
    with pytest.raises(SystemExit, match="another network"):
        Trainer(replace(RECIPE, widths=(16, 24, 32))).start_from(WEIGHTS_FILE)


def test_runs_and_encoders_are_judged_side_by_side(run, tmp_path):
    draw_held_out(tmp_path, "figures", 2)
    table = judge(tmp_path, [run], ["descriptor"])
    assert list(table.columns) == COLUMNS
    assert list(table["model"]) == ["whole", "descriptor"]
    assert table["nearest_right"].between(0, 1).all()
    only = judge(tmp_path, [], ["descriptor"], labels="decidable.csv")
    assert list(only["model"]) == ["descriptor"]


def test_siblings_can_be_left_out(tmp_path):
    labels = pd.DataFrame(
        {"path": ["a", "b", "c"], "identity": ["figures-7-0", "figures-7-1", None]}
    )
    assert list(leave_out_siblings(labels)["path"]) == ["a"]
    with pytest.raises(SystemExit, match="FAMILY-0"):
        leave_out_siblings(labels[1:])
    draw_held_out(tmp_path, "figures", 3)
    alone = judge(tmp_path, [], ["descriptor"], unrelated=True)["nearest_right"][0]
    assert alone >= judge(tmp_path, [], ["descriptor"])["nearest_right"][0]


def test_a_batch_is_made_of_whole_families(shards):
    library = Library(shards, {"figures": 1.0})
    library.refresh()
    families = {number // 8 for number in set(library.sample(np.random.default_rng(0), 8, 1)[1])}
    assert len(families) < 8
    alone = Library(shards, {"figures": 1.0}, siblings=False)
    alone.refresh()
    assert len(alone) == 3 < len(library)


def test_only_people_leaves_out_what_is_none(shards, tmp_path):
    library = Library(shards, {"figures": 1.0})
    library.refresh()
    people = Library(shards, {"figures": 1.0}, only_people=True)
    people.refresh()
    write_shard(tmp_path, "anime", 0, n_families=12, n_drawings=1)
    seeds = np.unique(np.load(tmp_path / "anime-0000.families.npy"))
    kinds = [sample_family("anime", int(seed))[0][0].character.kind for seed in seeds]
    assert 0 < kinds.count("human") < len(kinds)
    pen = Library(tmp_path, {"anime": 1.0}, siblings=False, only_people=True)
    assert pen.refresh() == kinds.count("human")
    assert 0 < len(people) < len(library)


@pytest.mark.parametrize("name", ["recolour", "restyle"])
def test_drawings_are_varied_unless_a_run_goes_without(name, shards, monkeypatch):
    def make_white(drawings, *_):
        return np.repeat(drawings[..., 3:], 4, axis=-1)

    monkeypatch.setattr(f"training.train.{name}", make_white)
    library = Library(shards, {"figures": 1.0})
    library.refresh()
    batch = library.sample(np.random.default_rng(0), 8, 3)
    seen = []

    def look(drawings, size, rng):
        seen.append(np.array_equal(drawings, make_white(drawings)))
        return cut_out_all(drawings, size, rng)

    monkeypatch.setattr("training.train.cut_out_all", look)
    bare = replace(RECIPE, recolour=False, restyle=False)
    for recipe in (bare, replace(bare, **{name: True})):
        Trainer(recipe).train_batch(*batch)
    assert seen == [False, True]


def test_a_part_that_is_silent_stays_silent_and_ships_so(shards, tmp_path):
    recipe = replace(RECIPE, steps=2, save_every=2, without=("bands", "alpha"))
    network = train(shards, tmp_path / "run", recipe).average
    speaks = network.norm.weight.reshape(-1) != 0
    low, middle, high = recipe.widths
    assert speaks.sum() == 2 * (low // 2 + middle + high), "the mean of the whole, the maximum"
    assert not network.stem[0].weight[:, 3].any()
    weights = export_network([tmp_path / "run"], tmp_path)
    NetworkEncoder("silent", weights, digest_file(weights))
    trainer = Trainer(recipe)
    trainer.start_from(WEIGHTS_FILE)
    assert not trainer.network.stem[0].weight[:, 3].any(), "nor does it speak in the first step"


def test_a_shard_that_is_there_is_not_drawn_again(tmp_path, monkeypatch, capsys):
    arguments = ["render", str(tmp_path), "--drawer", "figures", "--families", "1"]
    monkeypatch.setattr(sys, "argv", arguments)
    render()
    assert "figures-0000" in capsys.readouterr().out
    drawn = np.load(tmp_path / "figures-0000.npy")
    assert drawn.shape[1:] == (N_DRAWINGS, 112, 112, 4)
    assert len(drawn) == len(np.load(tmp_path / "figures-0000.families.npy"))
    render()
    assert capsys.readouterr().out == ""


def test_a_queue_adds_negatives_but_never_ones_own():
    vectors = torch.nn.functional.normalize(torch.randn(4, 8, generator=torch.manual_seed(0)))
    labels = torch.tensor([1, 1, 2, 2])
    none, no_labels = torch.zeros(0, 8), torch.zeros(0, dtype=torch.long)
    alone = compute_loss(vectors, labels, none, no_labels, 0.1)
    same = compute_loss(vectors, labels, vectors[:1], torch.tensor([1]), 0.1)
    other = compute_loss(vectors, labels, vectors[:1], torch.tensor([3]), 0.1)
    assert other > same
    right = torch.eye(8)[[0, 0, 1, 1]]
    assert compute_loss(right, labels, none, no_labels, 0.1) < 0.01 < alone
