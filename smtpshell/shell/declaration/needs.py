"""What must be there before a command can do its work, and how the program brings that about for a subcommand.

At the prompt the user has said what comes first.  As a subcommand a command is given a server and nothing else:
the program connects, and says what the row of NEEDS says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from smtpshell.errors import UnexpectedReply
from smtpshell.protocol.states import State

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["NEEDS", "Need", "NeedName", "begin_tls"]

NeedName = Literal["nothing", "connection", "greeting", "hello", "tls", "practice"]


@dataclass(frozen=True, slots=True)
class Need:
    """One need: what the program does first, whether a URL says where, and the steps once it has connected."""

    meaning: str
    connects: bool
    url: bool
    steps: tuple[Callable[[Interpreter], None], ...]

    def reach(self, interpreter: Interpreter) -> None:
        """Take the steps on the connection there is.

        Raises UnexpectedReply where the server refuses one, and what waiting raises.
        """
        for step in self.steps:
            step(interpreter)


def _greeting(interpreter: Interpreter) -> None:
    interpreter.wait_for_replies()
    if interpreter.live.connection.state not in (State.GREETED, State.READY):
        raise _refused(interpreter, "the connection")


def _hello(interpreter: Interpreter) -> None:
    from smtpshell.shell.commands.connection import say_hello

    if not interpreter.live.connection.facts.hello:
        say_hello(interpreter)
    if interpreter.live.connection.state is not State.READY:
        raise _refused(interpreter, "the hello")


def begin_tls(interpreter: Interpreter) -> None:
    """Begin TLS unless the connection did.  Raises UnexpectedReply where the server refuses a step."""
    from smtpshell.shell.commands.connection import starttls

    _greeting(interpreter)
    if not (interpreter.live.connection.facts.tls or interpreter.settings.starttls):
        starttls(interpreter)
    if not interpreter.live.connection.facts.tls:
        raise _refused(interpreter, "STARTTLS")


def _refused(interpreter: Interpreter, what: str) -> UnexpectedReply:
    code = interpreter.last_reply.code if interpreter.last_reply else ""
    return UnexpectedReply(f"the server refused {what} ({code})", hint="nothing more was done")


NEEDS: Final[Mapping[NeedName, Need]] = {
    "nothing": Need("", False, False, ()),
    "connection": Need("connects", True, True, ()),
    "greeting": Need("connects and waits for the greeting", True, True, (_greeting,)),
    "hello": Need("connects and says EHLO", True, True, (_greeting, _hello)),
    "tls": Need("connects, says EHLO and begins TLS", True, True, (_greeting, _hello, begin_tls)),
    "practice": Need("starts the practice server, connects to it and says EHLO", True, False, (_greeting, _hello)),
}
"""What a command declares that it needs -> what the program does first."""
