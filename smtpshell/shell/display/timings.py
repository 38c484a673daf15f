"""What took how long in one conversation: each exchange from the command to its reply, kept while it goes on.

Times are seconds since the connection began; what came before that, the connecting, is negative.  Nothing needs to
be recorded for it.  The times are those at which the shell saw the events: content is seen block by block before
it goes out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from smtpshell.protocol.commands import Auth, AuthResponse, Bdat, Command, Content
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived, TlsStarted

__all__ = ["KEPT", "Timed", "Timings"]

KEPT: Final = 10_000
"""Exchanges that are kept, the last ones."""

_LONGEST: Final = 200
"""Octets of a command line that are kept; of a longer one only the verb."""


_HANDSHAKE: Final = "TLS handshake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One exchange: ``sent`` and ``done`` are when it began and when its reply was there.

    ``reply`` is the code, "" where none is due (connecting, TLS), "..." where it has not come, "none" where the
    connection ended without it.  ``octets`` are those of content or of a chunk, ``flown`` is when the last of them
    were on their way.
    """

    number: int
    label: str
    reply: str
    sent: float
    done: float
    flown: float
    octets: int = 0

    @property
    def seconds(self) -> float:
        """How long it took."""
        return max(self.done - self.sent, 0.0)


@dataclass(slots=True)
class _Sent:
    """What was sent, and is answered once or, as content may be, for each recipient."""

    label: str
    sent: float
    flown: float
    octets: int = 0
    ended: bool = False


class Timings:
    """The last KEPT exchanges of a conversation; ``count`` tells how many there were."""

    def __init__(self) -> None:
        self.count: int = 0
        self._done: deque[Timed] = deque(maxlen=KEPT)
        self._sent: dict[int, _Sent] = {}  # by the identity of the command
        self._content: _Sent | None = None
        self._last: float = 0.0
        self._connect: list[Timed] = []

    def connected(self, seconds: float) -> None:
        """Note how long it took until the connection was there, the look-up of its name included."""
        self._connect = [Timed(number=0, label="connect", reply="", sent=-seconds, done=0.0, flown=-seconds)]

    def handshake_took(self, seconds: float) -> None:
        """Note how long the handshake took of which the last event told; else making ready for it would count."""
        if self._done and self._done[-1].label == _HANDSHAKE:
            self._done[-1] = _lasting(self._done[-1], seconds)

    def observe(self, event: Event, seconds: float) -> None:
        """See one event of the conversation."""
        match event:
            case CommandSent():
                sent = self._sent[id(event.command)] = _Sent(_label(event), seconds, seconds)
                if isinstance(event.command, Bdat):
                    self._content = sent
            case ContentSent():
                self._take(event, seconds)
            case Greeted():
                self._add(_Sent("greeting", self._last, self._last), str(event.reply.code), seconds)
            case ReplyReceived():
                self._add(self._answered(event.command, seconds), str(event.reply.code), seconds)
            case TlsStarted():
                self._add(_Sent(_HANDSHAKE, self._last, self._last), "", seconds)
            case Closed():
                for exchange in self._waiting(event.unanswered, "none", seconds):
                    self._keep(exchange)
                self._sent.clear()
                self._content = None
            case _:
                pass

    def exchanges(self, now: float, outstanding: Sequence[Command] = ()) -> Sequence[Timed]:
        """Give those that are done, in the order of their replies, then those that wait for theirs at ``now``.

        The first, number 0, is the connecting.
        """
        return [*self._connect, *self._done, *self._waiting(outstanding, "...", now)]

    def _waiting(self, outstanding: Sequence[Command], reply: str, now: float) -> list[Timed]:
        found = [self._find(command) for command in outstanding]
        waiting = [sent for sent in found if sent is not None]
        if self._content is not None and not self._content.ended and self._content not in waiting:
            waiting.append(self._content)
        return [self._exchange(sent, reply, max(now, sent.sent), at) for at, sent in enumerate(waiting, 1)]

    def _find(self, command: Command | None) -> _Sent | None:
        """Give what a reply answers; more replies to the same content or chunk are content's as well."""
        if not isinstance(command, Content):
            return self._sent.get(id(command))
        if self._content is None or command.recipient is None:
            return self._content
        return replace(self._content, label=f"content for <{command.recipient}>")

    def _take(self, event: ContentSent, seconds: float) -> None:
        if not event.chunk and (self._content is None or self._content.ended):
            self._content = _Sent("content", seconds, seconds)
        if self._content is not None:
            self._content.octets += len(event.octets)
            self._content.flown, self._content.ended = seconds, event.ended

    def _answered(self, command: Command | None, seconds: float) -> _Sent:
        found = self._find(command)
        self._sent.pop(id(command), None)
        return found or _Sent("(nothing was asked)", seconds, seconds)

    def _add(self, sent: _Sent, reply: str, done: float) -> None:
        self._last = done
        self._keep(self._exchange(sent, reply, done, 1))

    def _keep(self, exchange: Timed) -> None:
        self.count += 1
        self._done.append(exchange)

    def _exchange(self, sent: _Sent, reply: str, done: float, at: int) -> Timed:
        return Timed(
            number=self.count + at,
            label=sent.label,
            reply=reply,
            sent=sent.sent,
            done=done,
            flown=sent.flown,
            octets=sent.octets,
        )


def _lasting(exchange: Timed, seconds: float) -> Timed:
    began = exchange.done - seconds
    return replace(exchange, sent=began, flown=began)


def _label(event: CommandSent) -> str:
    """Give the line as it was sent, without what is secret in it and without its end."""
    command = event.command
    if isinstance(command, Auth):
        return f"{command.move} {command.mechanism}"
    if isinstance(command, AuthResponse) or event.secret or len(event.octets) > _LONGEST:
        return command.move
    return event.octets.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
