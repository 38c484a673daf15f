"""What a client and a server say to each other, overheard: octets of both sides in, a recording and counts out.

No I/O but the recorder's, and nothing is ever held back for its sake: when the octets can no longer be
understood, or hide inside TLS, that is written down and the rest is only counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import Closed, Event, Greeted, ReplyReceived
from smtpshell.protocol.states import State

__all__ = ["Counts", "Joining", "Scribe"]


@dataclass(slots=True, kw_only=True)
class Counts:
    """What came in one conversation: ``negative`` replies are those from 400 on, ``messages`` were accepted."""

    replies: int = 0
    negative: int = 0
    messages: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scribe:
    """Who writes down what is overheard: events of the protocol, events besides, remarks."""

    event: Callable[[Event], object]
    happening: Callable[[str, str], object]
    remark: Callable[[str], object]


class Joining:
    """Overhears one conversation.  Tell it everything, in the order in which it was passed on."""

    def __init__(self, scribe: Scribe) -> None:
        self.counts: Counts = Counts()
        self._scribe = scribe
        self._connection = Connection()
        self._opaque = ""
        self._unread = {True: 0, False: 0}

    @property
    def tls_due(self) -> bool:
        """Whether nothing but a TLS handshake may come next."""
        return not self._opaque and self._connection.state is State.TLS

    def heard(self, from_server: bool, octets: bytes) -> None:
        """Take octets of one side."""
        if self._opaque:
            self._unread[from_server] += len(octets)
            return
        try:
            if from_server:
                self._connection.receive_data(octets)
            else:
                self._connection.send_octets(octets)
        except RemoteProtocolError as problem:
            self._publish()
            self.stop_reading(f"no longer understood, the {_name(from_server)}: {problem.message}")
        else:
            self._publish()

    def tls_begun(self, description: str) -> None:
        """Go on inside TLS, whose inside is heard."""
        self._connection.tls_established(description)
        self._publish()

    def stop_reading(self, why: str) -> None:
        """Understand nothing from here on."""
        self._opaque = why
        self._scribe.remark(f"{why}; from here on everything is passed on and nothing recorded")

    def ended(self, *, by_server: bool, reset: bool = False) -> None:
        """Take the end of the conversation."""
        if self._opaque:
            octets = [f"{count} octets from the {_name(who)}" for who, count in self._unread.items()]
            self._scribe.remark(f"passed on and not recorded: {', '.join(octets)}")
            self._scribe.happening("reset by" if reset else "closed by", _name(by_server))
            return
        if by_server:
            self._connection.receive_data(b"")
        else:
            self._connection.close()
        self._publish(reset="server" if by_server else "client") if reset else self._publish()

    def _publish(self, *, reset: str = "") -> None:
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, Greeted | ReplyReceived):
                self._count(event)
            if isinstance(event, Closed) and reset:
                self._scribe.happening("reset by", reset)
            else:
                self._scribe.event(event)

    def _count(self, event: Greeted | ReplyReceived) -> None:
        move = event.command.move if isinstance(event, ReplyReceived) and event.command else ""
        self.counts.replies += 1
        self.counts.negative += event.reply.code >= 400
        self.counts.messages += move in ("CONTENT", "BDAT LAST") and 200 <= event.reply.code < 300


def _name(from_server: bool) -> str:
    return "server" if from_server else "client"
