"""The conversation on a terminal that cannot move its cursor (TERM=dumb: an editor's buffer), or into a pipe.

The terminal edits the line and echoes it; here are no colours, no completion, no history.  A reply that comes
while a line is typed goes below it, and the prompt is printed again.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.terminal.typed import on_signal, typed_lines

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["DumbScreen"]


class DumbScreen:
    """A Screen that only ever appends text."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._input = typed_lines()
        self._unread = b""
        self._typed: str | None = None
        self._prompted = ""
        self._left = asyncio.Event()

    async def run(self) -> None:
        """Read lines until leave(); the terminal is left as it was found."""
        self._input.begin(self._take)
        on_signal("SIGINT", self._interrupted)
        try:
            self.refresh()
            await self._left.wait()
        finally:
            self._input.end()

    # ---------------------------------------------------------------- what the dialogue calls

    def show(self, fragments: Fragments) -> None:
        text = "".join(text for _, text in fragments)
        self._write(text if text.endswith("\n") else f"{text}\n")

    def echo(self, line: str) -> None:
        if line != self._typed and not self._dialogue.hidden:
            self._write(f"{self._dialogue.prompt}{line}\n")

    def rows(self) -> int:
        return shutil.get_terminal_size().lines

    def page(self, fragments: Fragments) -> bool:
        return False

    def outside(self, act: Callable[[], object], then: Callable[[Any], object]) -> bool:
        return False

    def last_line(self) -> str:
        return ""

    def edit(self, text: str) -> None:
        self._write("this terminal cannot edit; the lines are dropped\n")

    def remember(self, line: str) -> None:
        """Keep nothing: there are no keys to bring it back."""

    def refresh(self) -> None:
        prompt = self._dialogue.prompt
        if self._left.is_set() or self._prompted == prompt:
            return
        warning = self._input.echo(not self._dialogue.hidden)
        self._write(f"{warning}\n{prompt}" if warning else prompt)
        self._prompted = prompt

    def leave(self) -> None:
        self._left.set()

    # ---------------------------------------------------------------- inside

    def _take(self, octets: bytes) -> None:
        *lines, self._unread = (self._unread + octets).split(b"\n")
        for line in lines:
            self._prompted = ""
            if self._dialogue.hidden:
                self._write("\n")
            self._typed = line.decode("utf-8", "surrogateescape")
            self._dialogue.line(self._typed)
            self._typed = None
        if not octets:
            self._dialogue.end_of_input()

    def _interrupted(self, number: int) -> None:
        self._unread = b""
        self._dialogue.interrupt("")

    def _write(self, text: str) -> None:
        """Append text, below the prompt where one is waiting."""
        if self._prompted:
            text = f"\n{text}"
            self._prompted = ""
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
