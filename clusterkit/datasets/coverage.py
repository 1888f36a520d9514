"""What a training set shows of each character, and what it lacks, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from clusterkit.datasets.options import FEWEST_FRAMES, MOST_FRAMES

USUAL_VIEWS = ("front", "side", "back")
SIDES = frozenset({"side", "left", "right", "profile"})

_NUMBER = re.compile(r"(\d+)$")


@dataclass(frozen=True)
class Coverage:
    """One character in a training set.

    Attributes
    ----------
    character : str
    n_selected, n_available : int
        Frames in the set, and of the character in all.
    n_duplicates : int
        Frames left out because another shows the same.
    views, episodes : dict
        Chosen frames by view and by episode; views are empty where none is known.
    missing_views : tuple of str
    missing_episodes : tuple of str
        Where the character has frames, and none was chosen.
    absent_episodes : tuple of str
        Where the character has no frame at all.
    n_unlike : int
        Frames left out because they resemble no others of the character: strays, most likely.
    is_regular : bool
        A regularisation set, which lacks nothing.
    """

    character: str
    n_selected: int
    n_available: int
    n_duplicates: int
    views: dict[str, int]
    episodes: dict[str, int]
    missing_views: tuple[str, ...]
    missing_episodes: tuple[str, ...]
    absent_episodes: tuple[str, ...]
    n_unlike: int = 0
    is_regular: bool = False

    @property
    def parts(self) -> tuple[tuple[str, bool], ...]:
        """What is to be said, and of each whether it is a lack."""
        parts = [(f"{self.n_selected} of {self.n_available:,} selected", False)]
        if self.is_regular:
            return tuple(parts)
        if self.n_selected < FEWEST_FRAMES:
            parts.append((f"fewer than the {FEWEST_FRAMES} that training needs", True))
        if self.n_selected > MOST_FRAMES:
            words = f"more than {MOST_FRAMES}, where near-copies begin to count double"
            parts.append((words, True))
        if self.n_duplicates:
            plural = "" if self.n_duplicates == 1 else "s"
            parts.append((f"{self.n_duplicates:,} near-duplicate{plural} left out", False))
        if self.n_unlike:
            parts.append((f"{self.n_unlike:,} unlike the others left out", False))
        if self.views:
            parts += [(f"no {view} view", True) for view in self.missing_views]
        else:
            parts.append(("views not known", False))
        missing = (*self.missing_episodes, *self.absent_episodes)
        if missing:
            parts.append((f"{list_episodes(missing)} missing", bool(self.missing_episodes)))
        return tuple(parts)

    @property
    def words(self) -> str:
        """One line, such as '24 of 130 selected; no back view; episode 2 missing'."""
        return "; ".join(words for words, _ in self.parts)

    @property
    def episode_counts(self) -> str:
        """Chosen frames by episode, such as '10 in episode 1, 14 in 2'."""
        counts: list[str] = []
        for number, (episode, count) in enumerate(self.episodes.items()):
            named = list_episodes([episode])
            short = named.removeprefix("episode ") if number and counts else named
            counts.append(f"{count} in {short}")
        return ", ".join(counts)


def describe_coverage(
    character: str,
    chosen: pd.DataFrame,
    available: pd.DataFrame,
    episodes: Sequence[str],
    n_duplicates: int,
    n_unlike: int = 0,
) -> Coverage:
    """Say what the chosen frames of a character show.

    Parameters
    ----------
    character : str
    chosen, available : DataFrame
        Rows of the assignments: those in the set, and all of the character.
    episodes : sequence of str
        All episodes of the show.
    n_duplicates, n_unlike : int
    """
    views = dict(sorted(_count(chosen["view"]).items(), key=lambda item: _rank_view(item[0])))
    present = {"side" if view in SIDES else view for view in views}
    has = _count(chosen["episode"])
    had = _count(available["episode"])
    return Coverage(
        character=character,
        n_selected=len(chosen),
        n_available=len(available),
        n_duplicates=n_duplicates,
        n_unlike=n_unlike,
        views=views,
        episodes=has,
        missing_views=tuple(v for v in USUAL_VIEWS if v not in present) if views else (),
        missing_episodes=tuple(e for e in episodes if e in had and e not in has),
        absent_episodes=tuple(e for e in episodes if e not in had),
    )


def is_known(value: object) -> bool:
    """Whether a view, an episode or a scene says anything."""
    return bool(pd.notna(value)) and str(value) not in ("", "unknown")  # type: ignore[call-overload]


def list_episodes(episodes: Sequence[str]) -> str:
    """Episodes in few words.

    >>> list_episodes(["episode_002"]), list_episodes(["s_01", "s_02", "s_03", "s_07"])
    ('episode 2', 'episodes 1-3, 7')
    """
    numbers = [_NUMBER.search(episode) for episode in episodes]
    heads = {episode.rpartition("/")[0] for episode in episodes}
    if not all(numbers) or len(heads) > 1:
        return ("episode " if len(episodes) == 1 else "episodes ") + ", ".join(episodes)
    found = sorted({int(number.group(1)) for number in numbers if number})
    runs: list[list[int]] = []
    for number in found:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    named = [f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return f"episode{'s' if len(found) > 1 else ''} {', '.join(named)}"


def write_coverage(coverages: Sequence[Coverage], notices: Sequence[str], use: str) -> str:
    """The coverage report as Markdown, with how to train on the folder."""
    total = sum(coverage.n_selected for coverage in coverages)
    lines = ["# What is in this training set", ""]
    lines += [f"{total:,} images of {len(coverages):,} characters: see contact_sheet.png.", ""]
    lines += [f"- {_escape(notice)}." for notice in notices]
    lines += [""] if notices else []
    rows = [
        (
            coverage.character,
            f"{coverage.n_selected} of {coverage.n_available:,}",
            ", ".join(f"{count} {name}" for name, count in coverage.views.items()) or "not known",
            coverage.episode_counts or "not known",
            "; ".join(words for words, is_lack in coverage.parts if is_lack) or "nothing",
        )
        for coverage in coverages
    ]
    lines += ["| character | selected | views | episodes | lacks |", "|---|---|---|---|---|"]
    lines += ["| " + " | ".join(map(_escape, row)) + " |" for row in rows]
    lines += ["", "# How to train on it", "", "```", use, "```", "",
              "manifest.json tells which frame every image was made of, and how."]  # fmt: skip
    return "\n".join(lines) + "\n"


def _rank_view(view: str) -> int:
    usual = "side" if view in SIDES else view
    return USUAL_VIEWS.index(usual) if usual in USUAL_VIEWS else len(USUAL_VIEWS)


def _count(values: pd.Series) -> dict[str, int]:
    known = values[[is_known(value) for value in values]].astype(str)
    return {str(name): int(count) for name, count in known.value_counts().sort_index().items()}


def _escape(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>#|])", r"\\\1", text)
