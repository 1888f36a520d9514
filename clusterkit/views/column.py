"""The column `view` of a result: told from what the store holds, whenever its folders are written.

Views are told anew with every change of the characters: a frame is held against its own character,
and that is another one once people have merged or split it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from clusterkit.clustering import CLUSTERED
from clusterkit.measurements import load_embeddings
from clusterkit.settings import Settings
from clusterkit.store import MeasurementStore
from clusterkit.views.knowledge import FINGERPRINT, load_weights
from clusterkit.views.telling import VIEWS, tell_views
from clusterkit.views.words import load_words, read_words

VIEW_COLUMN = "view"


def add_views(
    assignments: pd.DataFrame,
    frames: pd.DataFrame,
    quality: pd.DataFrame,
    store: MeasurementStore,
    settings: Settings,
    encoder: str = "",
) -> pd.DataFrame:
    """Fill in the column `view`.

    Parameters
    ----------
    assignments, frames, quality : DataFrame
        Aligned row by row.
    store : MeasurementStore
        Where `ViewMeter`'s numbers are. Without them, views that were told earlier stand.
    settings : Settings
    encoder : str, optional
        Fingerprint of the encoder that the characters were found with: what its text tower says
        of views is heard too, if `remember_words` put it into the store.

    Returns
    -------
    DataFrame
        A copy: 'front', 'side' or 'back' for the frames of characters, None where it is not sure,
        for all others, and for all where `tell_views` is off.
    """
    table = assignments.copy()
    clustered = assignments["status"].eq(CLUSTERED)
    kept = clustered & assignments[VIEW_COLUMN].notna() & settings.tell_views
    table[VIEW_COLUMN] = assignments[VIEW_COLUMN].astype(object).where(kept, None)
    if not settings.tell_views:
        return table
    measured = load_embeddings(frames, quality, store, FINGERPRINT, settings.duplicates)
    if not measured.shape[1]:
        return table
    characters = assignments["cluster"].where(clustered).fillna(-1).to_numpy(np.int64)
    words, said = load_words(store, encoder), None
    if words is not None:
        embeddings = load_embeddings(frames, quality, store, encoder, settings.duplicates)
        said = read_words(embeddings, words)
    told = tell_views(measured, characters, frames, load_weights(), said)
    table[VIEW_COLUMN] = pd.Series(told.views, dtype=object, index=table.index)
    return table


def count_views(views: pd.Series) -> dict[str, int]:
    """Frames by view, those of `VIEWS` that are there, in their order.

    >>> count_views(pd.Series(["back", "front", None, "front"]))
    {'front': 2, 'back': 1}
    """
    counts = views.value_counts()
    return {view: int(counts[view]) for view in VIEWS if view in counts}


def list_views(views: pd.Series) -> list[str | None]:
    """The column as plain values: a view, or None where none is told.

    >>> list_views(pd.Series(["back", None, float("nan")], dtype=object))
    ['back', None, None]
    """
    return [view if view in VIEWS else None for view in views]


def describe_views(views: pd.Series) -> str:
    """Frames by view in words; empty where none is known.

    >>> describe_views(pd.Series(["side", "front", None, "front"]))
    'front 2 · side 1'
    """
    return " · ".join(f"{view} {count:,}" for view, count in count_views(views).items())
