"""Where in a result folder every frame goes."""

from __future__ import annotations

import pandas as pd

from clusterkit.clustering import CLUSTERED, NOISE
from clusterkit.folders.naming import plan_folder_names, plan_names
from clusterkit.result_files import OWN_FILES
from clusterkit.store import CACHE_FOLDER

NOISE_FOLDER = "noise"
OTHER_FILES = ("report.html", "decisions.jsonl")
"""What other parts of clusterkit write into a result folder: kept, which goes without saying."""

NOTEBOOK_FOLDER = "notebooks"
"""Where `clusterkit lab` puts a person's copies of the notebooks: theirs, and kept."""

_RESERVED_FOLDERS = (NOISE_FOLDER, CACHE_FOLDER, NOTEBOOK_FOLDER, *OWN_FILES, *OTHER_FILES)


def plan_folders(
    assignments: pd.DataFrame, frames: pd.DataFrame, views: bool = False
) -> list[str | None]:
    """Decide where every frame goes: `character_000/episode_001__scene0001_….png`.

    With `views`, to `character_000/front/…` where its view is known.

    Names are planned over all frames, so that a frame keeps its name when it changes character, and
    is found under it in every result of the same input.

    Returns
    -------
    list of str or None
        Relative to the result folder, `/` between parts; None for frames that take no part.
    """
    names = plan_names(frames["path"].tolist(), frames["episode"].tolist())
    characters = assignments["character"].where(assignments["status"].eq(CLUSTERED))
    folders = plan_folder_names(characters.dropna(), _RESERVED_FOLDERS)
    places: list[str | None] = []
    seen = assignments["view"] if views else [None] * len(names)
    for status, character, view, name in zip(
        assignments["status"], characters, seen, names, strict=True
    ):
        if status == CLUSTERED:
            within = f"{view}/" if isinstance(view, str) else ""
            places.append(f"{folders[character]}/{within}{name}")
        else:
            places.append(f"{NOISE_FOLDER}/{name}" if status == NOISE else None)
    return places
