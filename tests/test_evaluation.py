"""Measures of a result: held against scikit-learn, brute force, and cases worked by hand."""

import itertools
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from clusterkit.errors import InputError
from clusterkit.evaluation import evaluate_labels, read_labels

NOISE, REJECTED, UNREADABLE = -1, -2, -3
STATUS = {NOISE: "noise", REJECTED: "rejected", UNREADABLE: "unreadable"}


def make_assignments(clusters):
    return pd.DataFrame(
        {
            "path": [f"e/{number}.png" for number in range(len(clusters))],
            "status": [STATUS.get(cluster, "clustered") for cluster in clusters],
            "cluster": pd.array([None if c < NOISE else c for c in clusters], dtype="Int64"),
            "character": pd.Series(
                [f"character_{c:03d}" if c >= 0 else None for c in clusters], dtype=object
            ),
        }
    )


def make_labels(identities, kinds=None):
    table = {
        "path": [f"e/{number}.png" for number in range(len(identities))],
        "identity": pd.Series(identities, dtype=object),
    }
    return pd.DataFrame(table | ({"kind": pd.Series(kinds, dtype=object)} if kinds else {}))


def split_singletons(values, alone):
    """Plain numbers in which every frame that stands alone has a number of its own."""
    return [f"alone {row}" if value in alone else value for row, value in enumerate(values)]


cluster_numbers = st.integers(-3, 4)
identities = st.sampled_from([None, "x", "y", "z"])


@given(st.lists(st.tuples(cluster_numbers, identities), min_size=1, max_size=40))
def test_measures_agree_with_sklearn_and_brute_force(rows):
    clusters, names = (list(values) for values in zip(*rows, strict=True))
    scores = evaluate_labels(make_assignments(clusters), make_labels(names))
    truth = split_singletons(names, {None})
    found = split_singletons(clusters, {NOISE, REJECTED, UNREADABLE})
    if len(rows) > 1:
        assert scores.ari == pytest.approx(adjusted_rand_score(truth, found), abs=1e-12)
    assert scores.nmi == pytest.approx(normalized_mutual_info_score(truth, found), abs=1e-9)
    pairs = list(itertools.combinations(range(len(rows)), 2))
    together = {(i, j) for i, j in pairs if found[i] == found[j]}
    alike = {(i, j) for i, j in pairs if truth[i] == truth[j]}
    for value, whole in (
        (scores.pairwise_precision, together),
        (scores.pairwise_recall, alike),
    ):
        assert value == (pytest.approx(len(together & alike) / len(whole)) if whole else None)
    placed = [row for row, cluster in enumerate(clusters) if cluster >= 0]
    if len(placed) > 1:
        expected = adjusted_rand_score([truth[r] for r in placed], [found[r] for r in placed])
        assert scores.ari_clustered == pytest.approx(expected, abs=1e-12)
    known = [row for row, name in enumerate(names) if name]
    if len(known) > 1:
        expected = adjusted_rand_score(
            [names[r] for r in known], [max(clusters[r], NOISE) for r in known]
        )
        assert scores.ari_noise_pooled == pytest.approx(expected, abs=1e-12)
    best = sum(
        max(sum(truth[r] == name for r in members) for name in {truth[r] for r in members})
        for members in ([r for r in placed if clusters[r] == c] for c in set(clusters) if c >= 0)
    )
    assert scores.purity == (pytest.approx(best / len(placed)) if placed else None)


def test_a_perfect_result():
    scores = evaluate_labels(
        make_assignments([0, 0, 1, 1, NOISE]), make_labels(["x", "x", "y", "y", None])
    )
    assert (scores.ari, scores.nmi, scores.pairwise_f, scores.purity, scores.coverage) == (1,) * 5
    assert (scores.n_clusters, scores.n_identities, scores.n_identities_found) == (2, 2, 2)
    assert scores.noise_share == 0.2


def test_leaving_frames_out_costs_recall_and_coverage_not_precision():
    labels = make_labels(["x"] * 4 + ["y"] * 4)
    scores = evaluate_labels(make_assignments([0, 0, NOISE, REJECTED, 1, 1, 1, UNREADABLE]), labels)
    assert scores.pairwise_precision == 1
    assert scores.pairwise_recall == pytest.approx(4 / 12)
    assert scores.coverage == pytest.approx(5 / 8)
    assert scores.purity == 1
    assert scores.ari < 1
    assert scores.ari_clustered == 1


def test_all_noise_is_not_rewarded():
    scores = evaluate_labels(make_assignments([NOISE] * 6), make_labels(["x"] * 3 + ["y"] * 3))
    assert scores.ari == 0
    assert scores.pairwise_recall == 0
    assert scores.pairwise_precision is None
    assert scores.purity is None
    assert scores.coverage == 0
    assert scores.n_clusters == 0


def test_one_offs_are_nobody_and_cost_purity():
    scores = evaluate_labels(make_assignments([0, 0, 0, 0]), make_labels(["x", "x", None, None]))
    assert scores.purity == 0.5
    assert scores.pairwise_precision == pytest.approx(1 / 6)
    assert scores.pairwise_recall == 1
    assert scores.coverage == 1
    assert scores.n_identities == 1


def test_a_cluster_of_strangers_finds_no_identity():
    scores = evaluate_labels(make_assignments([0, 1, 1]), make_labels(["x", None, None]))
    assert scores.n_clusters == 2
    assert scores.n_identities_found == 1


def test_clusters_that_a_person_merged_count_as_one():
    table = make_assignments([0, 0, 1, 1])
    table["character"] = "Mai"
    scores = evaluate_labels(table, make_labels(["x"] * 4))
    assert scores.ari == 1
    assert scores.n_clusters == 1
    assert evaluate_labels(table.drop(columns="character"), make_labels(["x"] * 4)).n_clusters == 2


def test_unusable_kinds_are_for_the_rules_not_for_the_clusters():
    kinds = ["good", "good", "blurred", "tiny", "transparent", "duplicate", "one-off", "good"]
    names = ["x", "x", "x", "x", "x", "x", None, "x"]
    clusters = [0, 0, REJECTED, 1, REJECTED, 0, REJECTED, REJECTED]
    scores = evaluate_labels(make_assignments(clusters), make_labels(names, kinds))
    assert scores.n_scored == 5
    assert scores.coverage == pytest.approx(3 / 4)
    assert scores.purity == 1
    assert scores.rejection_precision == pytest.approx(2 / 4)
    assert scores.rejection_recall == pytest.approx(2 / 3)
    assert scores.false_rejection_rate == pytest.approx(1 / 3)
    assert scores.rejected_by_kind["good"] == {"frames": 3, "rejected": 1}
    assert scores.rejected_by_kind["tiny"] == {"frames": 1, "rejected": 0}


def test_without_kinds_the_rules_are_not_judged():
    scores = evaluate_labels(make_assignments([0, REJECTED]), make_labels(["x", "x"]))
    assert scores.rejection_precision is None
    assert scores.rejection_recall is None
    assert scores.rejected_by_kind == {}


def test_frames_and_labels_that_do_not_meet_are_counted():
    labels = make_labels(["x", "x", "x"])
    labels.loc[2, "path"] = "e/gone.png"
    scores = evaluate_labels(make_assignments([0, 0, 0, NOISE]), labels)
    assert (scores.n_scored, scores.n_frames_unlabelled, scores.n_labels_unmatched) == (2, 2, 1)
    assert scores.noise_share == 0.25


def test_labels_of_another_folder_are_one_clear_line():
    labels = make_labels(["x"]).assign(path="show/e/0.png")
    with pytest.raises(InputError, match=r"'e/0\.png'.*'show/e/0\.png'") as caught:
        evaluate_labels(make_assignments([0]), labels)
    assert "\n" not in str(caught.value)


def test_measures_are_plain_numbers_for_json():
    scores = evaluate_labels(
        make_assignments([0, 0, NOISE]), make_labels(["x", "x", "y"], ["good"] * 3)
    )
    back = json.loads(json.dumps(scores.to_dict(), allow_nan=False))
    assert back == scores.to_dict()
    assert {"ari", "nmi", "pairwise_precision", "pairwise_recall", "pairwise_f", "purity",
            "coverage", "n_clusters", "n_identities", "noise_share"} <= set(back)  # fmt: skip


def test_twenty_thousand_frames_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    names = [f"id {n}" if n else None for n in rng.integers(0, 60, 20_000)]
    found = rng.integers(0, 80, 20_000).tolist()
    scores = evaluate_labels(make_assignments(found), make_labels(names))
    ones_apart = [name or f"one-off {row}" for row, name in enumerate(names)]
    assert scores.ari == pytest.approx(adjusted_rand_score(ones_apart, found), abs=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "path,identity,kind\na/1.png,x,good\na/2.png,,one-off\n",
        "\ufeffkind,identity,path\r\ngood, x ,./a/1.png\r\none-off,,a\\2.png\r\n",
        "path,identity,kind\n\na/1.png,x,good\n\na/2.png,,one-off\n\n",
    ],
    ids=["plain", "from a spreadsheet", "empty lines"],
)
def test_labels_are_read_however_they_were_saved(tmp_path, text):
    file = tmp_path / "labels.csv"
    file.write_bytes(text.encode())
    labels = read_labels(file)
    assert labels[["path", "identity", "kind"]].values.tolist() == [
        ["a/1.png", "x", "good"],
        ["a/2.png", None, "one-off"],
    ]


def test_labels_of_names_with_undecodable_bytes_match(tmp_path):
    file = tmp_path / "labels.csv"
    file.write_bytes(b'path,identity\n"a\xff\nb.png",x\n')
    assert list(read_labels(file)["path"]) == ["a\udcff\nb.png"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot read"),
        (b"", "'path'"),
        (b"path,name\n", "'identity'"),
        (b"path,identity\na,x\na,y\n", "'a' twice"),
        (b"path,identity\na\n", "row 2"),
    ],
)
def test_labels_that_cannot_be_used_are_one_clear_line(tmp_path, content, words):
    file = tmp_path / "labels.csv"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_labels(file)
    assert "\n" not in str(caught.value)
