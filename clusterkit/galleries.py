"""Galleries as widgets: many pictures, a page of them at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from clusterkit.charts import draw_tiles

PAGE = 60
"""Pictures on a page, a quarter of a megabyte: 5,000 frames are 84 pages, and none of them slow."""

Describe = Callable[[int], tuple[str, str]]
"""From a row to a short caption and a whole title."""


class Gallery(widgets.VBox):
    """Sections of chosen frames, then all frames in pages.

    Parameters
    ----------
    load_thumbnails : callable
        From rows to WebP bytes or None.
    describe : callable
        From a row to its caption and title.
    """

    def __init__(
        self,
        load_thumbnails: Callable[[Sequence[int]], list[bytes | None]],
        describe: Describe,
    ) -> None:
        self._load, self._describe = load_thumbnails, describe
        self._rows: list[int] = []
        self._page = 0
        self._empty = ""
        self._head = widgets.HTML()
        self._chosen = widgets.HTML()
        self._tiles = widgets.HTML()
        self._where = widgets.HTML()
        self._back = widgets.Button(description="Previous", icon="chevron-left")
        self._next = widgets.Button(description="Next", icon="chevron-right")
        self._back.on_click(lambda _: self.turn_to(self._page - 1))
        self._next.on_click(lambda _: self.turn_to(self._page + 1))
        self._pager = widgets.HBox([self._back, self._where, self._next])
        self._pager.add_class("ck-bar-row")
        super().__init__([self._head, self._chosen, self._tiles, self._pager])
        self.add_class("ck-gallery")

    @property
    def rows(self) -> list[int]:
        """The rows of all pages."""
        return list(self._rows)

    def show(
        self,
        head: str,
        rows: Sequence[int],
        *,
        sections: Sequence[tuple[str, Sequence[int]]] = (),
        empty: str = "Nothing here.",
    ) -> None:
        """Show frames under a heading.

        Parameters
        ----------
        head : str
            HTML: names in it must be escaped.
        rows : sequence of int
        sections : sequence of (title, rows)
            Shown above the pages, whole. Titles are HTML.
        empty : str
            What to say when there are no rows.
        """
        self._head.value = head
        self._rows, self._empty = list(rows), empty
        self._chosen.value = "".join(
            f"<h5>{title}</h5>{self._draw(some)}" for title, some in sections if some
        ) + ("<h5>All, the surest first</h5>" if sections else "")
        self.turn_to(0)

    def turn_to(self, page: int) -> None:
        """Go to a page; beyond either end, to that end."""
        last = max(0, -(-len(self._rows) // PAGE) - 1)
        self._page = min(max(0, page), last)
        some = self._rows[self._page * PAGE : (self._page + 1) * PAGE]
        self._tiles.value = self._draw(some)
        self._where.value = f"Page {self._page + 1} of {last + 1}"
        self._back.disabled, self._next.disabled = self._page == 0, self._page == last
        self._pager.layout.display = "flex" if last else "none"

    def _draw(self, rows: Sequence[int]) -> str:
        words = [self._describe(row) for row in rows]
        return draw_tiles(
            self._load(rows), [caption for caption, _ in words], [title for _, title in words],
            empty=self._empty,
        )  # fmt: skip
