"""One user of the connections at a time: the loop, or a worker thread for what takes several steps.

Whoever prints, from whichever thread, gets its block on the screen whole and in order.  An error is one line,
and so is a fault of our own: it never ends the session.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from smtpshell.errors import SmtpshellError
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.conversation import Conversation
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Screen", "Turns"]

T = TypeVar("T")


_TICK: Final = 0.25
"""Seconds between two looks at how far the worker has come."""


class Screen(Protocol):
    """What shows the conversation and takes what is entered."""

    async def run(self) -> None:
        """Take what is entered until leave()."""

    def show(self, fragments: Fragments) -> None:
        """Print a block above the prompt."""

    def refresh(self) -> None:
        """Look again at the prompt, the toolbar and whether something is asked."""

    def echo(self, line: str) -> None:
        """Print the prompt and a line that is about to be run."""

    def rows(self) -> int:
        """Give how many lines the screen has."""

    def page(self, fragments: Fragments) -> bool:
        """Show text in a program of its own; give whether there is one.  From whichever thread."""

    def outside(self, act: Callable[[], T], then: Callable[[T], object]) -> bool:
        """Let another program have the terminal, then go on with what it gave; give whether that can be."""

    def last_line(self) -> str:
        """Give the newest line of the history, or ""."""

    def edit(self, text: str) -> None:
        """Put text into the line being edited."""

    def remember(self, line: str) -> None:
        """Keep a line that was run in the history."""

    def leave(self) -> None:
        """End run()."""


class Turns:
    """Runs things here or in the worker, and has the loop read the sessions while the worker does not.

    ``changed`` is called in the loop's thread when replies came or the worker has finished.  ``working`` names
    what the worker does, "" for nothing.
    """

    screen: Screen

    def __init__(self, interpreter: Interpreter, *, changed: Callable[[], None]) -> None:
        self.working: str = ""
        self._interpreter = interpreter
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._blocks: deque[Fragments] = deque()
        self._ticking: asyncio.TimerHandle | None = None
        self._watched: dict[int, Session] = {}

    def run(
        self,
        what: str,
        act: Callable[[], object],
        *,
        slow: bool = False,
        after: Callable[[], object] | None = None,
    ) -> None:
        """Do it now, or where it is slow in the worker, which has the connections until it is done."""
        if not slow:
            self.guard(act)
            if after:
                self.guard(after)
            return

        def done() -> None:
            self.working = ""
            if after:
                self.guard(after)
            self._changed()

        def work() -> None:
            self.guard(act)
            self._loop.call_soon_threadsafe(done)

        # A Ctrl-C that came too late for what was done before is none for this.
        _ = self._interpreter.cancelled
        self.working = what
        self._tick()
        self.watch()
        threading.Thread(target=work, name=what, daemon=True).start()

    def in_loop(self, act: Callable[[], object]) -> None:
        """Have the loop do something soon, from whichever thread."""
        self._loop.call_soon_threadsafe(act)

    def watch(self) -> None:
        """Have the loop read the sessions that are open now, or none while the worker has them."""
        idle = {
            session.fileno(): (session, conversation)
            for conversation in self._interpreter.conversations
            if (session := conversation.session) is not None and not session.closed and not self.working
        }
        for number, session in list(self._watched.items()):
            if number not in idle or idle[number][0] is not session:
                self._loop.remove_reader(number)
                del self._watched[number]
        for number, (session, conversation) in idle.items():
            if number not in self._watched:
                self._loop.add_reader(number, self._readable, conversation)
                self._watched[number] = session

    # ---------------------------------------------------------------- what is printed

    def sink(self, fragments: Fragments) -> None:
        """Show a block, from whichever thread."""
        if threading.get_ident() == self._thread:
            self._drain()
            self.screen.show(fragments)
            return
        self._blocks.append(fragments)
        # Where others are waiting already, their drain takes this one as well.
        if len(self._blocks) == 1:
            self._loop.call_soon_threadsafe(self._drain)

    def note(self, text: str, style: str = "note") -> None:
        """Show one line of our own; a note is indented, below what it is about."""
        indent = "  " if style == "note" else ""
        self.sink([(style, f"{indent}{visible(text)}\n")])

    def guard(self, act: Callable[[], object]) -> None:
        """Do something that may fail."""
        try:
            act()
        except SmtpshellError as error:
            self.note(str(error), "error")
        except Exception as error:  # noqa: BLE001 - the connection is worth more than a clean end
            self.fault(error)

    def fault(self, error: BaseException) -> None:
        """Say that smtpshell itself went wrong."""
        self.note(f"a fault in smtpshell, the session goes on: {type(error).__name__}: {error}", "error")

    # ---------------------------------------------------------------- inside

    def _tick(self) -> None:
        """Show anew how far the worker has come, again and again as long as it works."""
        if self._ticking:
            self._ticking.cancel()
        if self.working:
            if self._interpreter.progress:
                self.screen.refresh()
            self._ticking = self._loop.call_later(_TICK, self._tick)

    def _readable(self, conversation: Conversation) -> None:
        self.guard(lambda: self._interpreter.readable(conversation))
        self._changed()

    def _drain(self) -> None:
        """Show what the worker printed, as one block."""
        block: Fragments = []
        while self._blocks:
            block += self._blocks.popleft()
        if block:
            self.screen.show(block)
