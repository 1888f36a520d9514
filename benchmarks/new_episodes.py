"""New episodes: how many new frames get the right name with no question, and how many a wrong one.

    python benchmarks/new_episodes.py [FOLDER ...] [--model builtin] [--put-right] [--cache DIR]

A folder holds episode_*/ and a labels.csv (path, identity); without a folder, the bundled sample.
The first two thirds of the episodes are clustered, every character is named after most of its
frames and those of one name are merged; then the other episodes are added, and the same command
runs again. With --put-right, the reviewer of `effort.py` first sorts the known part out, as a
person would who sees two characters in one folder. DIR may hold NAME.sqlite, the cache of an
earlier run on the folder NAME: it only saves time.

Counted are the new frames that pass the quality rules: of those that show somebody who was named,
the share with the right name; of all, the share with a wrong one. Wrong names are told apart:
*fused* frames show somebody whose known frames had that very name already, for most of their
cluster shows somebody else; *one-offs* show nobody who has a name; the rest is *mistaken*.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from accuracy import find_frames_and_labels
from effort import STRANGER, Reviewer, bring_cache, read_truth

import clusterkit

KNOWN_SHARE = 2 / 3

HEADER = """\
| set | known / new frames | right, no question | wrong name | fused | one-off | mistaken | \
the run says |
|---|---:|---:|---:|---:|---:|---:|---|"""


def name_everybody(result: clusterkit.Result, labels: Path) -> clusterkit.Result:
    """Name each character after most of its frames; characters of one name are merged."""
    named: set[str] = {STRANGER}
    while True:  # a decision may change the numbers of the others
        truth = read_truth(result, labels)
        numbers = result.assignments["cluster"].fillna(-1).to_numpy(int)
        groups: dict[str, list[int]] = {}
        for number in sorted(set(numbers.tolist()) - {-1}):
            groups.setdefault(truth.find_owner(numbers, number), []).append(number)
        waiting = sorted(groups.keys() - named)
        if not waiting:
            return result
        who, some = waiting[0], groups[waiting[0]]
        result = result.merge(*some, name=who) if len(some) > 1 else result.rename(some[0], who)
        named.add(who)


def put_right(result: clusterkit.Result, labels: Path) -> clusterkit.Result:
    """Sort a result out as the reviewer of the effort benchmark does."""
    reviewer = Reviewer(read_truth(result, labels), result)
    reviewer.run()
    return reviewer.page.write()


def grow(
    frames: Path, labels: Path, scratch: Path, model: str, *, is_put_right: bool, cache: Path | None
) -> str:
    """Cluster, name, add the other episodes, cluster again; returns a line of the table."""
    episodes = sorted(path for path in frames.iterdir() if path.is_dir())
    n_known = max(1, round(KNOWN_SHARE * len(episodes)))
    show, out = scratch / "show", scratch / "out"
    show.mkdir()
    bring_cache(cache, labels.parent, out)

    def add(some: list[Path]) -> None:
        for episode in some:
            (show / episode.name).symlink_to(episode.resolve())

    def cluster() -> clusterkit.Result:
        return clusterkit.cluster_characters(
            show, out, model=model, progress=False, visualize=False
        )

    add(episodes[:n_known])
    begun = put_right(cluster(), labels) if is_put_right else cluster()
    known = name_everybody(begun, labels)
    named = set(known.assignments["character"].dropna())
    add(episodes[n_known:])
    grown = cluster()
    truth = read_truth(grown, labels)
    is_new = ~grown.frames["path"].isin(set(known.frames["path"])).to_numpy()
    given = grown.assignments["character"].where(grown.assignments["character"].isin(named), None)
    counted = [(name, who) for name, who, new in zip(given, truth.identities, is_new, strict=True)
               if new and who is not None]  # fmt: skip
    wanted = [name == who for name, who in counted if who in named]
    wrong = [(name, who) for name, who in counted if isinstance(name, str) and name != who]
    already = set(zip(known.assignments["character"], read_truth(known, labels).identities,
                      strict=True))  # fmt: skip
    one_off = sum(who == STRANGER for _, who in wrong)
    fused = sum(pair[1] != STRANGER and pair in already for pair in wrong)
    causes = (len(wrong), fused, one_off, len(wrong) - fused - one_off)
    shares = " | ".join(f"{count / max(1, len(counted)):.1%}" for count in causes)
    said = next((notice for notice in grown.notices if "new frames" in notice), "nothing")
    return (
        f"| {frames.parent.name if frames.name == 'frames' else frames.name} "
        f"| {len(known.frames):,} / {int(is_new.sum()):,} | {np.mean(wanted):.1%} "
        f"| {shares} | {said} |"
    )


def main() -> None:
    """Grow every folder and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--put-right", action="store_true")
    parser.add_argument("--cache", type=Path, metavar="DIR")
    arguments = parser.parse_args()
    print(HEADER)
    for folder in arguments.folders or [clusterkit.find_sample().labels.parent]:
        frames, labels = find_frames_and_labels(folder)
        with tempfile.TemporaryDirectory() as scratch:
            row = grow(frames, labels, Path(scratch), arguments.model,
                       is_put_right=arguments.put_right, cache=arguments.cache)  # fmt: skip
            print(row, flush=True)


if __name__ == "__main__":
    main()
