"""How views are learnt: what the two heads hear, and the one command that makes the weights."""

import numpy as np
import pytest
import torch

from clusterkit.views import VIEWS
from clusterkit.views.judging import judge_sides, normalise_logarithms
from clusterkit.views.knowledge import LEARNT_ON, ViewWeights, load_weights
from clusterkit.views.meter import ViewMeter
from training import views as command
from training.view_heads import choose_company, train_alone, train_beside
from training.views import Lot, export_heads

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def identities():
    """Features whose middle is each identity's own, and what a view adds the same for all."""
    rng = np.random.default_rng(0)
    ids = np.repeat(np.arange(900), 6)
    views = rng.integers(0, 3, len(ids))
    middles, shifts = rng.normal(0, 6, (900, 12)), rng.normal(0, 1.5, (3, 12))
    features = middles[ids] + shifts[views] + rng.normal(0, 0.3, (len(ids), 12))
    return torch.from_numpy(features.astype(np.float32)), torch.from_numpy(views), ids


def count_hits(logits, views):
    return (logits.argmax(1) == views).float().mean().item()


def test_what_identities_have_of_their_own_is_heard_only_beside_others(identities):
    features, views, ids = identities
    is_taught = ids < 800
    taught = torch.from_numpy(is_taught)
    alone = train_alone(features[taught], views[taught])
    beside = train_beside(features[taught], views[taught], ids[is_taught])
    own = torch.from_numpy(ids[~is_taught] - 800)
    with torch.inference_mode():
        by_itself = alone(features[~taught])
        in_company = beside(features[~taught], own)
    assert (
        count_hits(in_company, views[~taught]) > 0.85 > 0.7 > count_hits(by_itself, views[~taught])
    )

    weights = ViewWeights(*export_heads(alone, beside), np.zeros(0), np.zeros(0))
    numbers = features[~taught].numpy() @ weights.reduce_weight.T + weights.reduce_bias
    logarithms = normalise_logarithms(by_itself.numpy().astype(float))
    told = judge_sides(np.hstack([logarithms, numbers]), own.numpy(), weights)
    both = torch.stack([by_itself.log_softmax(1), in_company.log_softmax(1)]).mean(0)
    np.testing.assert_allclose(np.exp(told), both.softmax(1).numpy(), atol=0.02)


def test_companies_are_parts_of_an_identity_and_often_one_sided():
    rng = np.random.default_rng(0)
    rows = np.arange(40, 52)
    views = np.zeros(60, int)
    views[rows] = np.repeat([0, 1, 2], 4)
    companies = [choose_company(rows, views, rng) for _ in range(400)]
    for company in companies:
        assert len(set(company.tolist())) == len(company) >= 1
        assert set(company.tolist()) <= set(rows.tolist())
    one_sided = np.mean([(np.bincount(views[c]).max() > 0.75 * len(c)) for c in companies])
    assert 0.15 < one_sided < 0.5
    assert [choose_company(np.array([7]), views, rng).tolist() for _ in range(9)] == [[7]] * 9


def test_one_command_draws_learns_and_writes_weights_that_tell(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(command, "LEARN", (Lot("figures", 0, 2, 4), Lot("anime", 0, 1, 4)))
    monkeypatch.setattr(command, "LEARN_MORE", (Lot("figures", 8, 2, 3),))
    monkeypatch.setattr(command, "COMPARE", Lot("anime", 0, 1, 4))
    monkeypatch.setattr(command, "HELD_OUT", Lot("figures", 0, 2, 4))
    lots, out = tmp_path / "lots", tmp_path / "out"
    monkeypatch.setattr("sys.argv", ["views", str(lots), "--output", str(out)])
    command.main()
    first = capsys.readouterr().out
    assert first.count(": drawn") == 3, "a lot that is there is not drawn again"
    command.main()
    again = capsys.readouterr().out
    assert ": drawn" not in again
    digest = again.partition("WEIGHTS_DIGEST ")[2].split()[0]
    assert digest in first, "the same drawings, the same weights"
    assert f"LEARNT_ON {LEARNT_ON}" in again
    (path,) = out.iterdir()
    weights = load_weights(path, digest)
    shipped = load_weights()
    for name, array in vars(weights).items():
        assert array.shape == getattr(shipped, name).shape, name
        assert np.isfinite(array).all(), name
    images = np.load(next(lots.glob("anime*")))["images"][:, 8:104, 8:104]
    rows = ViewMeter(weights).encode(np.ascontiguousarray(images))
    assert rows.shape == (len(images), ViewMeter(weights).dimensions)
    assert "alone, on figures held out: " + VIEWS[0] in again
