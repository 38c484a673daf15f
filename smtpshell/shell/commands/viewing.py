"""Commands that look again at what was said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["more"]


@command()
def more(interpreter: Interpreter) -> Outcome | None:
    """Show the rest of what was longer than the screen.

    It is shown by the program that PAGER names, else by less; where there is neither, or PAGER is empty, a
    screenful at a time.

    Example:
        /more
    """
    rest = interpreter.pages.take()
    if not rest:
        return lines("nothing is left: what was shown last was shown whole")
    if interpreter.pages.pager is not None and interpreter.pages.pager(rest):
        return None
    return Outcome(fragments=rest)
