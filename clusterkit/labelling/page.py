"""The labelling page as a widget: states to the browser, clicks and keys to the session.

The page is a custom widget rather than many small ones, because the keyboard must reach all of it.
Its script (`assets/`) renders the state it gets and sends actions back; pictures are sent when the
page comes to show them.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import anywidget
import traitlets

from clusterkit.background import Background
from clusterkit.errors import ClusterkitError
from clusterkit.labelling.session import Labelling
from clusterkit.labelling.state import Card, LabellingState, Opened
from clusterkit.material import describe_frames, gather_material
from clusterkit.results import Result

logger = logging.getLogger(__name__)

IDLE_SECONDS = 8.0
"""How long nothing must have happened before the folders are written: while they are, a decision
has to wait."""

MOST_PICTURES = 400
"""Pictures in one answer; the page asks again for more."""

_SCRIPTS = (
    "page.js",
    "overview.js",
    "views.js",
    "suggestion.js",
    "character.js",
    "question.js",
    "main.js",
)


def read_script() -> str:
    """The script of the page: one module, in parts that each know one view."""
    folder = files("clusterkit.labelling") / "assets"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in _SCRIPTS)


def read_style() -> str:
    """The style of the page."""
    return (files("clusterkit.labelling") / "assets" / "page.css").read_text(encoding="utf-8")


class LabellingPage(anywidget.AnyWidget):
    """Name, merge, split and answer in a notebook, or in Voila.

    Parameters
    ----------
    source : Result or Labelling

    Examples
    --------
    >>> LabellingPage(clusterkit.load_result("out"))             # doctest: +SKIP
    """

    _esm = read_script()
    _css = read_style()
    state = traitlets.Dict().tag(sync=True)

    def __init__(self, source: Result | Labelling) -> None:
        self.session = source if isinstance(source, Labelling) else Labelling(source)
        self._texts = describe_frames(gather_material(self.session.result))
        self._background = Background()
        self._idle: asyncio.TimerHandle | None = None
        self._turn = 0
        super().__init__(state={**pack_state(self.session.state), "turn": 0})
        self.on_msg(self._hear)

    def _hear(self, _: Any, message: Mapping[str, Any], buffers: Any) -> None:
        del buffers
        if "pictures" in message:
            self._send_pictures([int(row) for row in message["pictures"]][:MOST_PICTURES])
        elif "action" in message:
            self._render(self.session.update(message["action"], **message.get("values", {})))
            self._write_when_idle()

    def _render(self, state: LabellingState) -> None:
        self._turn += 1  # so that the page hears of every answer, one like the last included
        self.state = {**pack_state(state), "turn": self._turn}

    def _send_pictures(self, rows: list[int]) -> None:
        rows = [row for row in rows if 0 <= row < len(self.session.result.frames)]
        pictures = self.session.load_thumbnails(rows)
        texts = [{name: self._texts[name][row] for name in self._texts} for row in rows]
        self.send(
            {"pictures": rows, "texts": texts}, buffers=[picture or b"" for picture in pictures]
        )

    def _write_when_idle(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self.session.state.is_written or not self._background.has_loop():
            return
        loop = asyncio.get_running_loop()
        self._idle = loop.call_later(
            IDLE_SECONDS,
            lambda: self._background.run(
                "folders", self._try_to_write, lambda _: self._render(self.session.state)
            ),
        )

    def _try_to_write(self) -> None:
        try:
            self.session.write()
        except ClusterkitError as error:
            logger.warning("the folders were not written: %s", error)


def pack_state(state: LabellingState) -> dict[str, Any]:
    """Pack a state as plain values."""
    return {
        "cards": [_pack_card(card) for card in state.cards],
        "question": _pack_question(state),
        "opened": None if state.opened is None else _pack_opened(state.opened),
        "counts": dict(state.counts),
        "n_questions": len(state.questions),
        "n_doubtful": state.n_doubtful,
        "n_rejected": state.n_rejected,
        "n_unnamed": sum(not card.is_named for card in state.cards),
        "n_remaining": state.n_remaining,
        "n_begun": state.n_begun,
        "seen": state.n_decisions,
        "undo": state.undo,
        "redo": state.redo,
        "is_written": state.is_written,
        "notice": state.notice,
        "is_wrong": state.is_wrong,
    }


def _pack_card(card: Card) -> dict[str, Any]:
    return {
        "number": card.number,
        "name": card.name,
        "is_named": card.is_named,
        "n_frames": card.n_frames,
        "exemplars": list(card.exemplars),
        "n_asked": card.n_asked,
    }


def _pack_question(state: LabellingState) -> dict[str, Any] | None:
    if not state.questions:
        return None
    question = state.questions[0]
    return {
        "rows": list(question.rows),
        "source": question.source,
        "target": question.target,
        "is_whole": question.is_whole,
        "fit": round(question.fit, 3),
        "n_settled": question.n_settled,
    }


def _pack_opened(opened: Opened) -> dict[str, Any]:
    return {
        "number": opened.number,
        "name": opened.name,
        "rows": list(opened.rows),
        "groups": [list(group) for group in opened.groups],
        "doubtful": list(opened.doubtful),
        "suggested": [{"number": one.number, "rows": list(one.rows)} for one in opened.suggested],
        "n_open": opened.n_open,
        "owners": list(opened.owners),
        "views": list(opened.views),
        "points": [[round(float(x), 4), round(float(y), 4)] for x, y in opened.points],
    }
