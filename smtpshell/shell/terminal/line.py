"""The line being edited, with what 50,000 lines of history need.

prompt_toolkit hands them over one by one in a task of its own, after each line anew: keys that come in one go
with Enter find none.  Here they are there at once, which takes a millisecond.

prompt_toolkit makes a Document of every line of the past, and two for each that fits, at each key of Ctrl-R: most
of a second where nothing fits.  The search here looks at the texts, and makes a Document of the line found.  It
finds the same lines in the same order.
"""

from __future__ import annotations

from prompt_toolkit import PromptSession
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document
from prompt_toolkit.search import SearchDirection, SearchState

from smtpshell.shell.terminal.history import HostHistory

__all__ = ["Line", "LineSession"]


class Line(Buffer):
    """A line, the lines before it, and a search by text."""

    _reached: tuple[tuple[int, int, bool, bool] | None, str, int] = (None, "", 0)
    """What was asked, the text, and how far the search went: each key asks several times, and what did not fit a
    text does not fit a longer one."""

    def reset(self, document: Document | None = None, append_to_history: bool = False) -> None:
        super().reset(document, append_to_history)
        self._fill()

    def load_history_if_not_yet_loaded(self) -> None:
        self._fill()

    def _fill(self) -> None:
        """Put the lines of the past before this one, unless they are there."""
        if len(self._working_lines) > 1 or not isinstance(self.history, HostHistory):
            return
        past = self.history.newest_first
        if past:
            cursor = self.cursor_position
            self._working_lines.extendleft(past)
            self.working_index = len(past)
            self.cursor_position = cursor

    def _search(
        self, search_state: SearchState, include_current_position: bool = False, count: int = 1
    ) -> tuple[int, int] | None:
        at, document = self.working_index, self.document
        for _ in range(count):
            found = self._search_once(search_state, at, document, include_current_position)
            if found is None:
                return None
            at, document = found
        return at, document.cursor_position

    def _search_once(
        self, state: SearchState, at: int, document: Document, here: bool
    ) -> tuple[int, Document] | None:
        """Give the line and the place in it that fit next: in this line, then in the lines that follow."""
        ignore_case = state.ignore_case()
        forward = state.direction is SearchDirection.FORWARD
        wanted = state.text.lower() if ignore_case else state.text

        def place(document: Document, here: bool) -> Document | None:
            if forward:
                offset = document.find(state.text, include_current_position=here, ignore_case=ignore_case)
            else:
                offset = document.find_backwards(state.text, ignore_case=ignore_case)
            return None if offset is None else Document(document.text, document.cursor_position + offset)

        if found := place(document, here):
            return at, found
        count = len(self._working_lines)
        # Behind the last of them comes the one at the other end.
        order = range(at + 1, count + 1) if forward else range(at - 1, -2, -1)
        asked = (at, count, forward, ignore_case)
        begin = self._reached[2] if self._reached[0] == asked and self._reached[1] in wanted else 0
        lines = list(self._working_lines) if begin < len(order) else []
        for step in range(begin, len(order)):
            index = order[step] % count
            line = lines[index]
            if wanted in (line.lower() if ignore_case else line) and (
                found := place(Document(line, 0 if forward else len(line)), True)
            ):
                self._reached = asked, wanted, step
                return index, found
        self._reached = asked, wanted, len(order)
        return None


class LineSession(PromptSession[None]):
    """A prompt whose line is a Line."""

    def _create_default_buffer(self) -> Buffer:
        buffer = super()._create_default_buffer()
        # A Line begins with nothing of its own: what prompt_toolkit has made needs no second making.
        buffer.__class__ = Line
        return buffer
