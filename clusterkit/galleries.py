"""Galleries as widgets: many pictures, a page of them at a time, and one view of them at will."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from clusterkit.charts import draw_tiles
from clusterkit.views import VIEWS

PAGE = 60
"""Pictures on a page, a quarter of a megabyte: 5,000 frames are 84 pages, and none of them slow."""

Describe = Callable[[int], tuple[str, str]]
"""From a row to a short caption and a whole title."""

ALL_VIEWS, NOT_TOLD = "all views", "not told"


class ViewFilter(widgets.HBox):
    """A button for each view that there is, with its number of frames; hidden where none is known.

    Parameters
    ----------
    views : sequence of (str or None)
        By row; empty where nothing is known of views.
    change : callable
        Called when another view was chosen.
    """

    def __init__(self, views: Sequence[str | None], change: Callable[[], None]) -> None:
        self.views, self._change = views, change
        self._chosen = ALL_VIEWS
        self._buttons = {
            kind: widgets.ToggleButton(value=kind == ALL_VIEWS)
            for kind in (ALL_VIEWS, *VIEWS, NOT_TOLD)
        }
        for kind, button in self._buttons.items():
            button.observe(lambda event, kind=kind: self._press(kind, event["new"]), "value")
        super().__init__(list(self._buttons.values()))
        self.add_class("ck-views")

    def offer(self, rows: Sequence[int]) -> None:
        """Offer the views of these frames; the chosen one stays chosen while there is any of it."""
        counts = Counter(map(self._tell, rows))
        is_known = any(counts[view] for view in VIEWS)
        counts[ALL_VIEWS] = len(rows)
        if not (is_known and counts[self._chosen]):
            self._chosen = ALL_VIEWS
        for kind, button in self._buttons.items():
            button.description = f"{kind} {counts[kind]:,}"
            button.layout.display = "" if counts[kind] else "none"
        self.layout.display = "flex" if is_known else "none"
        self._render()

    def keep(self, rows: Sequence[int]) -> list[int]:
        """Of these frames, those of the chosen view."""
        if self._chosen == ALL_VIEWS:
            return list(rows)
        return [row for row in rows if self._tell(row) == self._chosen]

    def _tell(self, row: int) -> str:
        return (self.views[row] if row < len(self.views) else None) or NOT_TOLD

    def _press(self, kind: str, is_down: bool) -> None:
        # What rendering wrote says what is chosen already: only a person's click differs.
        if is_down == (kind == self._chosen):
            return
        self._chosen = kind if is_down else ALL_VIEWS
        self._render()
        self._change()

    def _render(self) -> None:
        for kind, button in self._buttons.items():
            button.value = kind == self._chosen


class Gallery(widgets.VBox):
    """Sections of chosen frames, then all frames in pages.

    Parameters
    ----------
    load_thumbnails : callable
        From rows to WebP bytes or None.
    describe : callable
        From a row to its caption and title.
    views : sequence of (str or None), optional
        Front, side or back of each frame, by row, to choose one of.
    """

    def __init__(
        self,
        load_thumbnails: Callable[[Sequence[int]], list[bytes | None]],
        describe: Describe,
        views: Sequence[str | None] | None = None,
    ) -> None:
        self._load, self._describe = load_thumbnails, describe
        self._all: list[int] = []
        self._sections: Sequence[tuple[str, Sequence[int]]] = ()
        self._rows: list[int] = []
        self._views = ViewFilter(views or (), self._render)
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
        super().__init__([self._head, self._views, self._chosen, self._tiles, self._pager])
        self.add_class("ck-gallery")

    @property
    def rows(self) -> list[int]:
        """The rows of all pages."""
        return list(self._rows)

    def learn_views(self, views: Sequence[str | None]) -> None:
        """Take in the views as they were told anew."""
        self._views.views = views
        self._views.offer(self._all)
        self._render()

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
        self._all, self._sections, self._empty = list(rows), sections, empty
        self._views.offer(self._all)
        self._render()

    def _render(self) -> None:
        """Show the frames of the chosen view, from the first page."""
        self._rows = self._views.keep(self._all)
        kept = [(title, self._views.keep(some)) for title, some in self._sections]
        self._chosen.value = "".join(
            f"<h5>{title}</h5>{self._draw(some)}" for title, some in kept if some
        ) + ("<h5>All, the surest first</h5>" if self._sections else "")
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
