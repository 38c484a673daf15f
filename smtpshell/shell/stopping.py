"""Where a conversation is cut on purpose: after a named step, with QUIT or without a word.

Someone who debugs a server wants to see what it does when a client leaves in the middle.  A Stop is armed by
/drop and /quit-after (or --drop-after and --quit-after of /send) and shown each event; reading.py, which sees them
first, does what it says when it is due.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import ExitStatus, SmtpshellError
from smtpshell.protocol.commands import Command
from smtpshell.protocol.events import CommandSent, ContentSent, Event, Greeted, ReplyReceived, TlsStarted

__all__ = ["DROP_STEPS", "QUIT_STEPS", "Stop", "Stopped"]


class Stopped(SmtpshellError):
    """The conversation was cut where the user wanted it; nothing is wrong, and it was told already."""

    exit_status = ExitStatus.EXPECTED


@dataclass(frozen=True, slots=True)
class _Step:
    """One step: the moves whose replies end it, whether QUIT can be said then, what it is."""

    moves: frozenset[str]
    quit: bool
    meaning: str


_STEPS: Final[Mapping[str, _Step]] = {
    "connect": _Step(frozenset({"CONNECT"}), True, "the greeting"),
    "ehlo": _Step(frozenset({"EHLO", "HELO", "LHLO"}), True, "the reply to EHLO, HELO or LHLO"),
    "starttls": _Step(frozenset({"STARTTLS"}), False, "the reply to STARTTLS, before the handshake"),
    "tls": _Step(frozenset({"TLS"}), True, "the TLS handshake"),
    "auth": _Step(frozenset({"AUTH", "AUTH-RESPONSE"}), True, "the result of AUTH"),
    "mail": _Step(frozenset({"MAIL"}), True, "the reply to MAIL"),
    "rcpt": _Step(frozenset({"RCPT"}), True, "the reply to RCPT"),
    "data": _Step(frozenset({"DATA"}), False, "the reply to DATA, before the content"),
    "bdat": _Step(frozenset({"BDAT", "BDAT LAST"}), True, "the reply to a chunk"),
    "content": _Step(frozenset({"CONTENT", "BDAT LAST"}), True, "the reply to the whole content"),
}

DROP_STEPS: Final = {name: step.meaning for name, step in _STEPS.items()}
"""Step after which the connection can be dropped -> what that is."""

QUIT_STEPS: Final = {name: step.meaning for name, step in _STEPS.items() if step.quit}
"""Step after which QUIT can be said -> what that is."""

_GOES_ON: Final = 334
"""The one reply after which a step is not over (RFC 4954 4)."""


@dataclass(slots=True, kw_only=True)
class Stop:
    """A stop after ``step``; ``politely`` says QUIT, else the connection is dropped.

    ``unread`` drops as soon as the step was sent, its reply unread.  ``times`` counts how often the step still
    comes before it is the one.  ``due`` is true from then on.
    """

    step: str
    politely: bool = False
    unread: bool = False
    times: int = 1
    due: bool = False

    @property
    def description(self) -> str:
        """Say what was done, when it was."""
        what = "QUIT" if self.politely else "dropped"
        return f"{what} after {self.step}{', its reply unread' if self.unread else ''}, as asked"

    def observe(self, event: Event, outstanding: Sequence[Command]) -> None:
        """See an event and what is outstanding after it."""
        if self._over(event, outstanding):
            self.times -= 1
            self.due = self.due or self.times == 0

    def _over(self, event: Event, outstanding: Sequence[Command]) -> bool:
        moves = _STEPS[self.step].moves
        match event:
            case CommandSent() if self.unread:
                return event.command.move in moves and not event.command.move.startswith("BDAT")
            case ContentSent(ended=True) if self.unread:
                # Of a chunk only the command before it tells whether it is the last.
                return (outstanding[-1].move if outstanding else "") in moves
            case TlsStarted():
                return "TLS" in moves
            case Greeted() if not self.unread:
                return "CONNECT" in moves
            case ReplyReceived(command=Command() as command) if not self.unread:
                over = command.move in moves and event.reply.code != _GOES_ON
                return over and not any(other.move in moves for other in outstanding)
            case _:
                return False
