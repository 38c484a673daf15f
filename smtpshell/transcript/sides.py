"""The two conversations that a replay holds side by side: the recorded one, and the live one.

Both are told of the same groups of lines; pairing.py then says which reply of one belongs to which of the
other.  What is made of that is decided in replay.py.
"""

from __future__ import annotations

from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import ContinuationRequested, Event, Greeted, ReplyReceived, Wanted
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.session.session import Session
from smtpshell.transcript.matching import likely_octets
from smtpshell.transcript.model import Line
from smtpshell.transcript.pairing import GREETING, Ledger, Tag
from smtpshell.transcript.redaction import Secrets

__all__ = ["Live", "Recorded"]


class Recorded:
    """The recording as a client would have lived through it: a Connection that nothing carries."""

    def __init__(self) -> None:
        self._connection = Connection()
        self.ledger: Ledger = Ledger(self._connection)
        self._commands: dict[Tag, str] = {}

    @property
    def wanted(self) -> Wanted | None:
        """What the recorded server waited for instead of a command."""
        return self._connection.wanted

    @property
    def awaits_tls(self) -> bool:
        """Whether nothing but a handshake could follow."""
        return self._connection.state is State.TLS

    @property
    def in_tls(self) -> bool:
        """Whether it went on inside TLS."""
        return self._connection.facts.tls

    @property
    def outstanding(self) -> int:
        """How many replies were still to come."""
        return len(self._connection.outstanding)

    def send(self, octets: bytes, said: str) -> None:
        """Take what the client said; ``said`` names it to people."""
        before = len(self._connection.outstanding)
        self._connection.send_octets(octets)
        self._drain()
        for command in self._connection.outstanding[before:]:
            self._commands[self.ledger.tag(command)] = said

    def receive(self, lines: list[Line]) -> Tag:
        """Take the lines of a reply and give the tag of what it answers."""
        outstanding = self._connection.outstanding
        head = outstanding[0] if outstanding else None
        tag = self.ledger.tag(head)
        self._connection.receive_data(likely_octets(lines, head.move if head else ""))
        self._drain()
        return tag

    def command(self, tag: Tag) -> str:
        """Give what the client said that has this tag; "" for the greeting."""
        return self._commands.get(tag, "")

    def start_tls(self) -> None:
        """Go on inside TLS."""
        self._connection.tls_established()
        self._drain()

    def end(self) -> None:
        """Take the end of the stream."""
        self._connection.receive_data(b"")
        self._drain()

    def _drain(self) -> None:
        while self._connection.next_event() is not None:
            pass  # only what is outstanding, and the state, is of interest


class Live:
    """The session, its replies kept by what they answer.

    ``challenge`` is the last 334's text.  ``secrets`` are taken out of every reply, as a recorder would.
    """

    def __init__(self, session: Session, secrets: Secrets) -> None:
        self.session = session
        self.secrets = secrets
        self.ledger: Ledger = Ledger(session.connection)
        self.challenge: str = ""
        self._replies: dict[Tag, Reply] = {}

    @property
    def wanted(self) -> Wanted | None:
        """What the server waits for instead of a command."""
        return self.session.connection.wanted

    @property
    def awaits_tls(self) -> bool:
        """Whether nothing but a handshake can follow."""
        return self.session.connection.state is State.TLS

    @property
    def in_tls(self) -> bool:
        """Whether TLS is on."""
        return self.session.connection.facts.tls

    def send(self, octets: bytes) -> None:
        """Send octets in one write."""
        self.session.send_octets(octets)
        self.ledger.note()

    def reply(self, tag: Tag, *, patient: bool) -> Reply | None:
        """Wait for the reply with this tag and give it; None where none is to come, or the server closed.

        An unsolicited one is due at any time or never: it is waited for only when ``patient``.
        """
        while tag not in self._replies and not self.session.closed:
            if tag.kind != "unsolicited" and not self.ledger.is_due(tag):
                return None
            if tag.kind == "unsolicited" and not patient:
                self.note(self.session.poll())
                break
            self.note(self.session.receive())
        return self._replies.pop(tag, None)

    def note(self, events: list[Event]) -> None:
        """Keep what came: replies under their tags, and the challenge."""
        for event in events:
            if isinstance(event, Greeted):
                self._replies[GREETING] = self._redacted(event.reply)
            elif isinstance(event, ReplyReceived):
                self._replies[self.ledger.tag(event.command)] = self._redacted(event.reply)
            elif isinstance(event, ContinuationRequested):
                self.challenge = event.challenge
            self.secrets.observe(event)

    def leftovers(self) -> list[Reply]:
        """Give the replies that came and were not asked for."""
        if not self.session.closed:
            self.note(self.session.poll())
        return list(self._replies.values())

    def _redacted(self, reply: Reply) -> Reply:
        return Reply(reply.code, tuple(map(self.secrets.redact_octets, reply.raw_lines)))
