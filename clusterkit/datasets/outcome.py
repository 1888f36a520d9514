"""A finished training set: what it shows, what its trainer finds, what to tell the trainer."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clusterkit.datasets.coverage import Coverage
from clusterkit.datasets.preflight import Preflight
from clusterkit.datasets.sheet import WARNING

if TYPE_CHECKING:
    from IPython.display import Image


@dataclass(frozen=True)
class Export:
    """A finished training set.

    Attributes
    ----------
    folder : Path
    coverages : tuple of Coverage
        What it shows of each character.
    preflight : Preflight
        What its trainer finds there.
    notices : tuple of str
    use : str
        What to pass to the trainer.
    sheet_file : Path
        The contact sheet; the first one, where it takes several.
    """

    folder: Path
    coverages: tuple[Coverage, ...]
    preflight: Preflight = field(repr=False)
    notices: tuple[str, ...]
    use: str = field(repr=False)
    sheet_file: Path = field(repr=False)

    @property
    def sheet(self) -> Image:
        """The contact sheet, for a notebook."""
        from IPython.display import Image

        return Image(self.sheet_file.read_bytes(), format="png")

    def __repr__(self) -> str:
        return f"<Export {self.folder}: {self._count_images():,} images of {self._count_words()}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td style='text-align:left'><b>{html.escape(coverage.character)}</b></td>"
            f"<td style='text-align:left'>{_mark_lacks(coverage)}</td></tr>"
            for coverage in self.coverages
        )
        notices = "".join(f"<p><i>{html.escape(notice)}</i></p>" for notice in self.notices)
        return (
            f"<p><b>{self._count_images():,} images of {self._count_words()}</b> in "
            f"{html.escape(str(self.folder))}</p><table><tbody>{rows}</tbody></table>{notices}"
        )

    def _count_images(self) -> int:
        return sum(coverage.n_selected for coverage in self.coverages)

    def _count_words(self) -> str:
        n = len(self.coverages)
        return f"{n:,} character{'' if n == 1 else 's'}"


def _mark_lacks(coverage: Coverage) -> str:
    return "; ".join(
        f"<span style='color:{WARNING}'>{html.escape(words)}</span>" if lacks
        else html.escape(words)
        for words, lacks in coverage.parts
    )  # fmt: skip
