"""The loop around the prompt: pick a screen that suits the terminal, talk, give the exit status.

The interpreter does the work (shell/interpreter.py), the dialogue decides what is entered where
(dialogue.py), the screen shows it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from smtpshell.shell.terminal.dialogue import Dialogue
from smtpshell.shell.terminal.editing import edit
from smtpshell.shell.terminal.turns import Screen
from smtpshell.shell.terminal.typed import on_signal

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["run"]

_CANNOT_MOVE: Final = ("", "dumb", "unknown")
"""Values of TERM for terminals whose cursor cannot be moved (terminfo's "dumb" and "unknown")."""

_UNSET: Final = "windows" if os.name == "nt" else ""
"""What a terminal is where TERM is not set: Windows has no such variable, and terminals that can do everything."""


def run(
    interpreter: Interpreter,
    url: str | None = None,
    lines: Sequence[str] = (),
    opening: Callable[[], object] | None = None,
) -> int:
    """Open ``url`` (None: the practice server), hold the conversation, give the exit status.

    ``opening`` connects in another way.  ``lines`` are run first, one by one, as if they had been typed.  A
    hang-up and SIGTERM end it in good order.
    """
    try:
        # On Windows the usual loop is one that cannot watch a socket for us.
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            return runner.run(_converse(interpreter, url, lines, opening))
    finally:
        interpreter.close()


async def _converse(
    interpreter: Interpreter, url: str | None, lines: Sequence[str], opening: Callable[[], object] | None
) -> int:
    dialogue = Dialogue(interpreter, _make_screen)
    interpreter.sink, interpreter.ask_secret = dialogue.turns.sink, dialogue.ask_secret
    interpreter.edit = lambda file: edit(dialogue, file)
    if sys.stdout.isatty():
        interpreter.pages.rows, interpreter.pages.pager = dialogue.screen.rows, dialogue.screen.page
    ended_by: list[int] = []

    def end(number: int) -> None:
        ended_by.append(number)
        dialogue.screen.leave()

    for name in ("SIGHUP", "SIGTERM"):
        on_signal(name, end)
    dialogue.begin(url, lines, opening)
    await dialogue.screen.run()
    # 128 and the signal's number is what a shell makes of a program that a signal has ended.
    return 128 + ended_by[0] if ended_by else int(interpreter.exit_status)


def _make_screen(dialogue: Dialogue) -> Screen:
    if os.environ.get("TERM", _UNSET) in _CANNOT_MOVE or not sys.stdout.isatty():
        from smtpshell.shell.terminal.dumb import DumbScreen

        return DumbScreen(dialogue)
    from smtpshell.shell.terminal.screen import LiveScreen

    return LiveScreen(dialogue)
