"""What happens in a conversation, as values: the only thing that comes out of a Connection.

In the order of the wire, the user's side included.  An observer that sees all of them (the recorder, the
screen, the JSON lines) needs nothing else.  ``findings`` are what the core noticed about the event.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smtpshell.protocol.commands import Command
from smtpshell.protocol.findings import Finding
from smtpshell.protocol.replies import Reply

__all__ = [
    "Closed",
    "CommandSent",
    "ContentSent",
    "ContinuationRequested",
    "Discarded",
    "Event",
    "Greeted",
    "ReplyReceived",
    "TlsStarted",
    "TlsWanted",
    "Wanted",
]


@dataclass(frozen=True, slots=True, init=False)
class CommandSent:
    """A line went to the server: a command, or the answer to an AUTH challenge.

    ``octets`` are those sent; ``secret`` is the (start, end) of those nobody may keep or show.
    """

    octets: bytes
    command: Command
    secret: tuple[int, int] | None
    findings: tuple[Finding, ...]

    def __init__(
        self,
        *,
        octets: bytes,
        command: Command,
        secret: tuple[int, int] | None = None,
        findings: tuple[Finding, ...] = (),
    ) -> None:
        # As in Reply: what dataclass writes for a frozen class takes twice as long.
        _set_octets(self, octets)
        _set_command(self, command)
        _set_secret(self, secret)
        _set_findings(self, findings)


_set_octets, _set_command, _set_secret, _set_findings = (
    CommandSent.__dict__[name].__set__ for name in ("octets", "command", "secret", "findings")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentSent:
    """A block of content went to the server, in its form on the wire: stuffed, or a BDAT chunk's octets.

    ``ended`` is true for the block that ends the mail data (or the chunk).
    """

    octets: bytes
    chunk: bool = False
    ended: bool = False
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeted:
    """The server's greeting came, positive or not."""

    reply: Reply
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, init=False)
class ReplyReceived:
    """A reply came; ``command`` is what it answers, None where nothing was outstanding."""

    reply: Reply
    command: Command | None
    findings: tuple[Finding, ...]

    def __init__(self, *, reply: Reply, command: Command | None, findings: tuple[Finding, ...] = ()) -> None:
        _set_reply(self, reply)
        _set_answered(self, command)
        _set_reply_findings(self, findings)


_set_reply, _set_answered, _set_reply_findings = (
    ReplyReceived.__dict__[name].__set__ for name in ("reply", "command", "findings")
)


class Wanted(Enum):
    """What the server waits for after a 3yz reply."""

    CONTENT = "content"
    """The content, ended by a lone dot (354)."""
    AUTH_RESPONSE = "auth-response"
    """The answer to a challenge (334)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContinuationRequested:
    """The server waits for more; ``challenge`` is a 334's base64 text, undecoded."""

    wanted: Wanted
    challenge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsWanted:
    """STARTTLS was accepted: nothing but a TLS handshake may follow, then tls_established()."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsStarted:
    """The handshake is done; ``description`` is one line about it (version, cipher, verification)."""

    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Discarded:
    """Octets stood behind the 220 to STARTTLS, outside TLS; they are kept here and never read as replies.

    RFC 3207 4.2; whoever can put octets on the wire could otherwise speak for the server inside TLS.
    """

    octets: bytes
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """The stream ended, by the server or by us; ``unanswered`` are the commands that never got their reply."""

    by_server: bool = True
    unanswered: tuple[Command, ...] = ()
    findings: tuple[Finding, ...] = ()


Event = (
    CommandSent
    | ContentSent
    | Greeted
    | ReplyReceived
    | ContinuationRequested
    | TlsWanted
    | TlsStarted
    | Discarded
    | Closed
)
"""Any of the above."""
