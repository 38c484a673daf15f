"""The last exchanges: what went out, what was answered, and how long that took.

An exchange is a command and its reply; the content, the answer to a challenge, the greeting and a reply nobody
asked for are exchanges of their own.  Of each direction the first KEPT octets are kept, the rest is counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from smtpshell.protocol.commands import Command, Content, Greeting
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import Reply

__all__ = ["KEPT", "Exchange", "Exchanges"]

KEPT: Final = 65536
"""Octets kept of what an exchange sent, and of what it received."""

_EXCHANGES: Final = 100
"""Exchanges remembered."""

Piece = tuple[bytes, tuple[int, int] | None]
"""Octets, and the (start, end) of those in them that nobody may see."""


@dataclass(slots=True)
class Exchange:
    """One exchange; ``sent_at`` and ``answered_at`` are seconds since the connection began, None for never."""

    command: Command | None = None
    sent_at: float | None = None
    answered_at: float | None = None
    sent: list[Piece] = field(default_factory=list)
    sent_octets: int = 0
    received: list[bytes] = field(default_factory=list)
    received_octets: int = 0

    @property
    def elapsed(self) -> float | None:
        """Seconds from the last octet sent to the last reply."""
        if self.sent_at is None or self.answered_at is None:
            return None
        return self.answered_at - self.sent_at

    def send(self, octets: bytes, seconds: float, secret: tuple[int, int] | None = None) -> None:
        """Note octets that went out."""
        if self.sent_octets < KEPT:
            self.sent.append((octets[: KEPT - self.sent_octets], secret))
        self.sent_octets += len(octets)
        self.sent_at = seconds

    def receive(self, reply: Reply, seconds: float) -> None:
        """Note a reply."""
        for line in reply.raw_lines:
            if self.received_octets < KEPT:
                self.received.append(line[: KEPT - self.received_octets])
            self.received_octets += len(line)
        self.answered_at = seconds


class Exchanges:
    """The exchanges of a shell's life, the newest last; ``answered`` is the one that had a reply last."""

    def __init__(self) -> None:
        self.answered: Exchange | None = None
        self._all: deque[Exchange] = deque(maxlen=_EXCHANGES)
        self._open: dict[int, Exchange] = {}
        self._begun: Exchange | None = None
        self._content: Exchange | None = None

    def __len__(self) -> int:
        return len(self._all)

    def last(self, number: int = 1) -> Exchange | None:
        """Give the last exchange, or that so many from the end; None where there was none."""
        return self._all[-number] if number <= len(self._all) else None

    def newest_first(self) -> Iterator[Exchange]:
        """Give all that are remembered."""
        return reversed(self._all)

    def awaiting(self, awaited: Command | None) -> Exchange | None:
        """Give the exchange that the next reply, to ``awaited``, belongs to; None where it begins one."""
        return self._content if isinstance(awaited, Content) else self._open.get(id(awaited))

    def observe(self, event: Event, seconds: float) -> None:
        """Take an event of a session."""
        match event:
            case CommandSent():
                self._begun = self._open[id(event.command)] = self._new(event.command)
                self._begun.send(event.octets, seconds, event.secret)
            case ContentSent():
                self._content_sent(event, seconds)
            case ReplyReceived() | Greeted():
                self.answered = self._answered_by(event)
                self.answered.receive(event.reply, seconds)
            case Closed():
                self._open.clear()
                self._begun = self._content = None
            case _:
                pass

    def _new(self, command: Command | None) -> Exchange:
        exchange = Exchange(command)
        self._all.append(exchange)
        return exchange

    def _content_sent(self, event: ContentSent, seconds: float) -> None:
        if event.chunk and self._begun is not None:
            self._begun.send(event.octets, seconds)
            return
        if self._content is None or self._content.answered_at is not None:
            self._content = self._new(None)
        self._content.send(event.octets, seconds)

    def _answered_by(self, event: ReplyReceived | Greeted) -> Exchange:
        """Find the exchange that a reply belongs to; LMTP's replies for each recipient share one."""
        if isinstance(event, Greeted):
            exchange = self._new(Greeting())
            exchange.sent_at = 0.0
            return exchange
        if isinstance(event.command, Content) and self._content is not None:
            return self._content
        return self._open.pop(id(event.command), None) or self._new(event.command)
