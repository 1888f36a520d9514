"""What it costs a person to put a clustering right: our decisions, beside folders alone.

    python benchmarks/effort.py [FOLDER ...] [--model builtin]

A folder holds frames and a labels.csv (path, identity); without a folder, the bundled sample. Both
reviewers know the labels, and work until pairwise precision is 0.99 and 95 % of the labelled frames
are in the right character. Naming a character is needed in any case and is not counted.

- *With clusterkit*: each answer to a question is one decision, and so is each merge, split, move or
  rejection of frames selected together. The reviewer merges what is one character, answers
  questions while they bring something, then opens the characters that are still mixed. Frames
  picked one by one are counted beside the decisions: picking is work too.
- *With folders*: merging two folders is one decision, and so is moving one file to another folder,
  or out of all of them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.evaluation import UNUSABLE_KINDS
from clusterkit.labelling.session import Labelling

PRECISION, SHARE_RIGHT = 0.99, 0.95

MOST_STEPS = 2000

STRANGER = ""
"""Identity of a one-off: it belongs to no character."""

HEADER = """\
| set | characters | at first P / right | decisions a character | picked | by folders | ratio | \
at last P / right |
|---|---:|---:|---:|---:|---:|---:|---:|"""


@dataclass(frozen=True)
class Truth:
    """What the reviewer knows: identity of each frame, None where it does not count."""

    identities: np.ndarray

    def score(self, labels: np.ndarray) -> tuple[float, float]:
        """Pairwise precision, and the share of frames with an identity that are in its character.

        A character is that of its most frequent identity; of two of one identity, the larger.
        """
        counted = np.array([identity is not None for identity in self.identities])
        pairs = right_pairs = 0
        best: dict[str, int] = {}
        for label in np.unique(labels[counted & (labels >= 0)]):
            counts = Counter(self.identities[counted & (labels == label)])
            size = sum(counts.values())
            pairs += size * (size - 1) // 2
            right_pairs += sum(n * (n - 1) // 2 for who, n in counts.items() if who != STRANGER)
            who, n = counts.most_common(1)[0]
            if who != STRANGER:
                best[who] = max(best.get(who, 0), n)
        total = sum(1 for who in self.identities if who)
        return right_pairs / max(1, pairs), sum(best.values()) / max(1, total)

    def is_done(self, labels: np.ndarray) -> bool:
        """Whether the reviewer may stop."""
        precision, right = self.score(labels)
        return precision >= PRECISION and right >= SHARE_RIGHT

    def find_owner(self, labels: np.ndarray, label: int) -> str:
        """Who most frames of a character are."""
        counts = Counter(who for who in self.identities[labels == label] if who is not None)
        return counts.most_common(1)[0][0] if counts else STRANGER


def review_folders(truth: Truth, labels: np.ndarray) -> int:
    """Work with folders alone: the cheapest order of merges and moves. Returns the decisions."""
    labels, n_decisions = labels.copy(), 0
    homes: dict[str, int] = {}
    sizes = Counter(labels[labels >= 0].tolist())
    for label, _ in sizes.most_common():
        who = truth.find_owner(labels, label)
        if who != STRANGER and who not in homes:
            homes[who] = label
        elif who != STRANGER:
            labels[labels == label] = homes[who]
            n_decisions += 1
    # A file that is in the wrong folder costs precision, one in none only its own: wrong ones go
    # first, from the folders where most are.
    wrong = [row for row, who in enumerate(truth.identities)
             if who is not None and labels[row] != homes.get(who, -1)]  # fmt: skip
    wrong.sort(key=lambda row: (labels[row] < 0, -int((labels == labels[row]).sum())))
    for row in wrong:
        if truth.is_done(labels):
            break
        labels[row] = homes.get(truth.identities[row], -1)
        n_decisions += 1
    return n_decisions


class Reviewer:
    """Works with the labelling page, through the very view-model that the page renders."""

    def __init__(self, truth: Truth, result: clusterkit.Result) -> None:
        self.truth, self.page = truth, Labelling(result)
        self.n_decisions = self.n_picked = 0

    @property
    def labels(self) -> np.ndarray:
        """Character of each frame now."""
        return self.page.characters.labels

    def is_done(self) -> bool:
        """Whether nothing more is needed."""
        return self.truth.is_done(self.labels)

    def act(self, action: str, picked: int = 0, **values: object) -> None:
        """Decide something, and count it."""
        state = self.page.update(action, **values)
        if state.is_wrong:
            raise RuntimeError(f"{action}: {state.notice}")
        self.n_decisions += 1
        self.n_picked += picked

    def run(self) -> None:
        """Work until it is done."""
        self._merge()
        self._answer()
        self._sort_out()

    def _merge(self) -> None:
        """Select the cards that show one character, and merge them: one decision each."""
        groups: dict[str, list[int]] = {}
        for card in self.page.state.cards:
            groups.setdefault(self.truth.find_owner(self.labels, card.number), []).append(
                card.number
            )
        for who, numbers in groups.items():
            if who != STRANGER and len(numbers) > 1 and not self.is_done():
                self.act("merge", numbers=numbers)

    def _answer(self) -> None:
        """Answer the questions in their order while the answers bring something."""
        for _ in range(MOST_STEPS):
            if self.is_done() or not self.page.state.questions:
                return
            question = self.page.state.questions[0]
            who = self.truth.find_owner(self.labels, question.target)
            if question.is_whole:
                same = self.truth.find_owner(self.labels, question.source) == who
                self.act("answer", answer="yes" if same else "no")
                continue
            known = self.truth.identities
            belong = [row for row in question.rows if known[row] == who or known[row] is None]
            others = len(question.rows) - len(belong)
            at_home = question.source == question.target
            if (at_home and not others) or (not at_home and not belong):
                self.page.update("answer", answer="skip")  # it would change nothing
                if self.page.state.questions[0] == question:
                    return
                self._n_skipped = getattr(self, "_n_skipped", 0) + 1
                if self._n_skipped > len(self.page.state.questions):
                    return
                continue
            self._n_skipped = 0
            if belong:
                self.act("answer", picked=others, answer="yes", rows=belong)
            else:
                self.act("answer", answer="no")

    def _sort_out(self) -> None:
        """Open the most mixed characters; select what belongs elsewhere and move or reject it."""
        for _ in range(MOST_STEPS):
            if self.is_done():
                return
            wrong: Counter[tuple[int, str]] = Counter()
            homes = self._find_homes()
            for row, who in enumerate(self.truth.identities):
                label = int(self.labels[row])
                if who is not None and label != homes.get(who, -1) and (label >= 0 or who in homes):
                    wrong[label, who] += 1
            if not wrong:
                return
            (label, who), n = wrong.most_common(1)[0]
            rows = np.flatnonzero((self.labels == label) & (self.truth.identities == who)).tolist()
            if who == STRANGER:
                self.act("reject", picked=n, rows=rows)
            elif who in homes:
                self.act("move", picked=n, rows=rows, to=homes[who])
            else:
                self.page.update("open", number=label)
                self.act("split", picked=n, rows=rows)

    def _find_homes(self) -> dict[str, int]:
        homes: dict[str, int] = {}
        for card in self.page.state.cards:  # the largest first
            who = self.truth.find_owner(self.labels, card.number)
            if who != STRANGER:
                homes.setdefault(who, card.number)
        return homes


def read_truth(result: clusterkit.Result, file: Path) -> Truth:
    """What labels.csv says about the frames of a result."""
    labels = clusterkit.read_labels(file).set_index("path")
    known = labels.reindex(result.frames["path"])
    identities = np.array(known["identity"].fillna(STRANGER), dtype=object)
    counted = result.frames["path"].isin(labels.index) & result.assignments["cluster"].notna()
    if "kind" in known:
        counted &= ~known["kind"].isin(UNUSABLE_KINDS).to_numpy()
    identities[~counted.to_numpy()] = None
    return Truth(identities)


def main() -> None:
    """Review every folder in both ways and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    arguments = parser.parse_args()
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        frames, labels = find_frames_and_labels(folder)
        with tempfile.TemporaryDirectory() as scratch:
            result = clusterkit.cluster_characters(
                frames, Path(scratch) / "out", model=arguments.model, visualize=False,
                progress=False,
            )  # fmt: skip
            print(review(folder.resolve().name, result, labels), flush=True)


def review(name: str, result: clusterkit.Result, labels: Path) -> str:
    """Review one result in both ways."""
    truth = read_truth(result, labels)
    begun = result.clustering.labels
    n_folders = review_folders(truth, begun)
    reviewer = Reviewer(truth, result)
    reviewer.run()
    n = len({who for who in truth.identities if who})
    first, last = truth.score(begun), truth.score(reviewer.labels)
    ratio = n_folders / max(1, reviewer.n_decisions)
    return (
        f"| {name} | {n} | {first[0]:.3f} / {first[1]:.1%} | {reviewer.n_decisions / n:.2f} "
        f"({reviewer.n_decisions}) | {reviewer.n_picked} | {n_folders / n:.2f} ({n_folders}) "
        f"| {ratio:.1f} | {last[0]:.3f} / {last[1]:.1%} |"
    )


if __name__ == "__main__":
    main()
