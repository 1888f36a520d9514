"""What it costs a person to put a clustering right: our decisions, beside folders alone.

    python benchmarks/effort.py [FOLDER ...] [--model builtin] [--cache DIR]

A folder holds frames and a labels.csv (path, identity); without a folder, the bundled sample. DIR
may hold NAME.sqlite, the cache of an earlier run on the folder NAME: it only saves time.

Both reviewers know the labels, and work until pairwise precision is 0.99 and 95 % of the labelled
frames are in the right character. Both take, of all steps open to them, the one that brings them
nearest to that, so neither is played badly. Naming a character is needed in any case and is not
counted.

- *With clusterkit*: one decision is an answer to the question that is asked; a merge of the cards
  selected; all noise suggested for a character taken in at once; a character split along its
  looks; strays rejected together among the frames in doubt of all characters; or frames of one
  character selected and moved, split off or rejected together. Frames picked one by one are
  counted beside the decisions: picking is work too.
- *With folders*: merging two folders is one decision, and so is moving one file to another folder,
  to a new one, or out of all of them.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from accuracy import find_frames_and_labels

import clusterkit
from clusterkit.evaluation import UNUSABLE_KINDS
from clusterkit.labelling.opening import gather_doubts, suggest
from clusterkit.labelling.session import Labelling
from clusterkit.labelling.state import DOUBT_ENTRY, NOISE_ENTRY
from clusterkit.store import CACHE_FOLDER, STORE_NAME

PRECISION, SHARE_RIGHT = 0.99, 0.95

MOST_STEPS = 3000

MOST_LOOKS = 4
"""Looks that the reviewer tries to split a character along."""

STRANGER = ""
"""Identity of a one-off: it belongs to no character."""

HEADER = """\
| set | characters | at first P / right | decisions a character | made of | picked | by folders \
| ratio | at last P / right |
|---|---:|---:|---:|---|---:|---:|---:|---:|"""


@dataclass(frozen=True)
class Truth:
    """What the reviewer knows: identity of each frame, None where it does not count."""

    identities: np.ndarray

    @cached_property
    def people(self) -> list[str]:
        """Everybody who has an identity; the last is the stranger."""
        return [*sorted({who for who in self.identities if who}), STRANGER]

    @cached_property
    def codes(self) -> np.ndarray:
        """Place of each frame's identity among the people; -1 where it does not count."""
        place = {who: at for at, who in enumerate(self.people)}
        return np.array([-1 if who is None else place[who] for who in self.identities])

    def count(self, labels: np.ndarray) -> np.ndarray:
        """Frames of everybody in each character: (characters, people)."""
        shown = (self.codes >= 0) & (labels >= 0)
        counts = np.zeros((int(labels.max(initial=-1)) + 1, len(self.people)), np.int64)
        np.add.at(counts, (labels[shown], self.codes[shown]), 1)
        return counts

    def score(self, labels: np.ndarray) -> tuple[float, float]:
        """Pairwise precision, and the share of frames with an identity that are in its character.

        A character is that of its most frequent identity; of two of one identity, the larger.
        """
        counts = self.count(labels)
        sizes = counts.sum(axis=1)
        pairs, right_pairs = (n * (n - 1) // 2 for n in (sizes, counts[:, :-1]))
        best = np.zeros(len(self.people), np.int64)
        np.maximum.at(best, counts.argmax(axis=1), counts.max(axis=1, initial=0))
        total = int((self.codes >= 0).sum() - (self.codes == len(self.people) - 1).sum())
        return (
            float(right_pairs.sum() / max(1, pairs.sum())), float(best[:-1].sum() / max(1, total))
        )  # fmt: skip

    def find_deficit(self, labels: np.ndarray) -> float:
        """How far from done."""
        precision, right = self.score(labels)
        return max(0.0, PRECISION - precision) + max(0.0, SHARE_RIGHT - right)

    def is_done(self, labels: np.ndarray) -> bool:
        """Whether the reviewer may stop."""
        return self.find_deficit(labels) == 0

    def find_owner(self, labels: np.ndarray, label: int) -> str:
        """Who most frames of a character are."""
        counts = Counter(who for who in self.identities[labels == label] if who is not None)
        return counts.most_common(1)[0][0] if counts else STRANGER

    def find_homes(self, labels: np.ndarray) -> dict[str, list[int]]:
        """The characters in which somebody is the most frequent, the one with most first."""
        counts = self.count(labels)
        homes: dict[str, list[int]] = {}
        for label in np.argsort(-counts.max(axis=1, initial=0), kind="stable").tolist():
            if counts[label].any():
                homes.setdefault(self.people[int(counts[label].argmax())], []).append(label)
        homes.pop(STRANGER, None)
        return homes

    def find_misplaced(self, labels: np.ndarray) -> Iterator[tuple[int, str, np.ndarray]]:
        """Frames of one person in one place that is not theirs: place, who, rows; -1 is noise."""
        homes = self.find_homes(labels)
        for label in range(-1, int(labels.max(initial=-1)) + 1):
            here = np.flatnonzero((labels == label) & (self.codes >= 0))
            for code in np.unique(self.codes[here]):
                who = self.people[code]
                is_home = label in homes.get(who, ())
                if not is_home and not (who == STRANGER and label < 0):
                    yield label, who, here[self.codes[here] == code]


def put(labels: np.ndarray, rows: np.ndarray | list[int], label: int) -> np.ndarray:
    """The same labels with some frames elsewhere."""
    changed = labels.copy()
    changed[rows] = label
    return changed


def review_folders(truth: Truth, labels: np.ndarray) -> int:
    """Work with folders alone. Returns the decisions."""
    for n_decisions in range(MOST_STEPS):
        if truth.is_done(labels):
            return n_decisions
        homes, new = truth.find_homes(labels), int(labels.max(initial=-1)) + 1
        steps = [np.where(labels == other, first, labels)
                 for first, *others in homes.values() for other in others]  # fmt: skip
        for _, who, rows in truth.find_misplaced(labels):
            to = -1 if who == STRANGER else homes.get(who, [new])[0]
            steps.append(put(labels, rows[:1], to))
        labels = min(steps, key=truth.find_deficit)
    raise RuntimeError("the reviewer of folders comes to no end")


@dataclass(frozen=True)
class Step:
    """A decision that is open to the reviewer: what it would lead to, and how to make it."""

    key: tuple
    labels: np.ndarray
    n_picked: int
    act: Callable[[], object]


class Reviewer:
    """Works with the labelling page, through the very view-model that the page renders."""

    def __init__(self, truth: Truth, result: clusterkit.Result) -> None:
        self.truth, self.page = truth, Labelling(result)
        self.n_decisions = self.n_picked = 0
        self.kinds: Counter[str] = Counter()
        self._made: set[tuple] = set()

    @property
    def labels(self) -> np.ndarray:
        """Character of each frame now."""
        return self.page.characters.labels

    def run(self) -> None:
        """Work until it is done."""
        for _ in range(MOST_STEPS):
            if self.truth.is_done(self.labels):
                return
            steps = [step for step in self._list_steps() if step.key not in self._made]
            if not steps:
                return
            # Of two that bring as much, the one with less to pick.
            best = min(steps, key=lambda step: (
                round(self.truth.find_deficit(step.labels), 6), step.n_picked
            ))  # fmt: skip
            best.act()
            if self.page.state.is_wrong:
                raise RuntimeError(f"{best.key}: {self.page.state.notice}")
            self._made.add(best.key)
            self.kinds[best.key[0]] += 1
            self.n_decisions += 1
            self.n_picked += best.n_picked

    def _list_steps(self) -> Iterator[Step]:
        yield from self._merges()
        yield from self._answers()
        yield from self._offers()
        yield from self._doubts()
        yield from self._selections()
        yield from self._looks()

    def _merges(self) -> Iterator[Step]:
        for first, *others in self.truth.find_homes(self.labels).values():
            if others:
                numbers = [first, *others]
                merged = np.where(np.isin(self.labels, others), first, self.labels)
                yield Step(("merge", *numbers), merged, 0, lambda numbers=numbers:
                           self.page.update("merge", numbers=numbers))  # fmt: skip

    def _answers(self) -> Iterator[Step]:
        """The true answer to the question that the page asks."""
        question = next(iter(self.page.state.questions), None)
        if question is None:
            return
        key = ("answer", question.source, question.target, question.rows)
        who = self.truth.find_owner(self.labels, question.target)
        if question.is_whole:
            same = self.truth.find_owner(self.labels, question.source) == who != STRANGER
            merged = np.where(self.labels == question.source, question.target, self.labels)
            said = "yes" if same else "no"
            yield Step(key, merged if same else self.labels, 0,
                       lambda: self.page.update("answer", answer=said))  # fmt: skip
            return
        belong, others = self._part(question.rows, who)
        changed = put(self.labels, belong, question.target)
        if question.source == question.target:
            changed = put(changed, others, -1)
        yield Step(key, changed, len(others) if belong else 0, lambda: self.page.update(
            "answer", answer="yes" if belong else "no", **({"rows": belong} if belong else {})
        ))  # fmt: skip

    def _offers(self) -> Iterator[Step]:
        """All noise that is suggested for a character, taken in at once."""
        for offer in suggest(NOISE_ENTRY, self.page.state.questions):
            who = self.truth.find_owner(self.labels, offer.number)
            belong, others = self._part(offer.rows, who)
            if belong:
                yield Step(
                    ("take", offer.number, offer.rows), put(self.labels, belong, offer.number),
                    len(others),
                    lambda offer=offer, belong=belong, others=others: self.page.update(
                        "take", number=offer.number, rows=belong, others=others
                    ),
                )  # fmt: skip

    def _doubts(self) -> Iterator[Step]:
        """Strays among the frames in doubt, of all characters, rejected together."""
        known = self.truth.identities
        rows = [row for row in gather_doubts(self.page.state.questions).rows
                if known[row] == STRANGER]  # fmt: skip

        def act() -> None:
            self.page.update("open", number=DOUBT_ENTRY)
            self.page.update("reject", rows=rows)

        if rows:
            yield Step(("doubts", *rows), put(self.labels, rows, -1), len(rows), act)

    def _selections(self) -> Iterator[Step]:
        """Frames of one person in one place, selected and put where they belong."""
        homes, new = self.truth.find_homes(self.labels), int(self.labels.max(initial=-1)) + 1
        for label, who, found in self.truth.find_misplaced(self.labels):
            rows = found.tolist()
            if who == STRANGER:
                key, action, values = ("reject",), "reject", {}
            elif who in homes:
                key, action, values = ("move", homes[who][0]), "move", {"to": homes[who][0]}
            elif label < 0:
                key, action, values = ("gather",), "move", {"to": f"somebody {who}"}
            else:
                key, action, values = ("split",), "split", {}

            def act(label=label, action=action, rows=rows, values=values) -> None:
                if action == "split":
                    self.page.update("open", number=label)
                self.page.update(action, rows=rows, **values)

            to = -1 if who == STRANGER else homes.get(who, [new])[0]
            yield Step((*key, *rows), put(self.labels, rows, to), len(rows), act)

    def _looks(self) -> Iterator[Step]:
        """Characters that are mixed, each split along its looks."""
        counts = self.truth.count(self.labels)
        mixed = np.flatnonzero(np.sort(counts, axis=1)[:, -2] >= 3)
        for number in mixed.tolist():
            self.page.update("open", number=number)
            for count in range(2, MOST_LOOKS + 1):
                groups = self.page.update("regroup", count=count).opened.groups
                if len(groups) != count:
                    break
                changed, new = self.labels.copy(), len(counts)
                for rows in groups[1:]:
                    changed, new = put(changed, list(rows), new), new + 1

                def act(number=number, count=count) -> None:
                    self.page.update("open", number=number)
                    self.page.update("regroup", count=count)
                    self.page.update("split_looks")

                yield Step(("looks", number, *groups), changed, 0, act)
        self.page.update("open", number=None)

    def _part(self, rows: tuple[int, ...], who: str) -> tuple[list[int], list[int]]:
        """Those that are somebody, or that nobody counts, and the others."""
        known = self.truth.identities
        belong = [row for row in rows if known[row] is None or (known[row] == who != STRANGER)]
        return belong, [row for row in rows if row not in set(belong)]


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


def bring_cache(cache: Path | None, folder: Path, out: Path) -> None:
    """Lay the cache of an earlier run into a result folder to be, if there is one."""
    measured = cache / f"{folder.resolve().name}.sqlite" if cache else None
    if measured is not None and measured.exists():
        (out / CACHE_FOLDER).mkdir(parents=True)
        shutil.copy(measured, out / CACHE_FOLDER / STORE_NAME)


def main() -> None:
    """Review every folder in both ways and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--cache", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        frames, labels = find_frames_and_labels(folder)
        with tempfile.TemporaryDirectory() as scratch:
            out = Path(scratch) / "out"
            bring_cache(arguments.cache, folder, out)
            result = clusterkit.cluster_characters(
                frames, out, model=arguments.model, visualize=False,
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
    made_of = ", ".join(f"{count} {kind}" for kind, count in reviewer.kinds.most_common())
    ratio = f"{n_folders / reviewer.n_decisions:.1f}" if reviewer.n_decisions else "–"
    return (
        f"| {name} | {n} | {first[0]:.3f} / {first[1]:.1%} | {reviewer.n_decisions / n:.2f} "
        f"({reviewer.n_decisions}) | {made_of or 'none'} | {reviewer.n_picked} "
        f"| {n_folders / n:.2f} ({n_folders}) | {ratio} | {last[0]:.3f} / {last[1]:.1%} |"
    )


if __name__ == "__main__":
    main()
