"""How long things may be: the sizes of RFC 5321 4.5.3.1 and what extensions add, in octets unless said else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = [
    "AUTH_LINE",
    "COMMAND_LINE",
    "DOMAIN",
    "LIMITS",
    "LOCAL_PART",
    "MESSAGE",
    "PATH",
    "RECIPIENTS",
    "REPLY_LINE",
    "TEXT_LINE",
    "UNBOUNDED",
    "Limit",
]

LOCAL_PART: Final = 64  # octets, RFC 5321 4.5.3.1.1
DOMAIN: Final = 255  # octets, RFC 5321 4.5.3.1.2
PATH: Final = 256  # octets with punctuation, RFC 5321 4.5.3.1.3
COMMAND_LINE: Final = 512  # octets with CRLF, RFC 5321 4.5.3.1.4; extensions may raise it
REPLY_LINE: Final = 512  # octets with code and CRLF, RFC 5321 4.5.3.1.5
TEXT_LINE: Final = 1000  # octets with CRLF, a doubled dot not counted, RFC 5321 4.5.3.1.6
MESSAGE: Final = 65536  # octets a server must be able to take, RFC 5321 4.5.3.1.7
RECIPIENTS: Final = 100  # recipients a server must be able to buffer, RFC 5321 4.5.3.1.8
AUTH_LINE: Final = 12288  # octets, RFC 4954 4
UNBOUNDED: Final = 1 << 20  # octets without a line end; ours: past any line ever seen, small beside a machine


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit: how much, of what, what a server answers when it is passed, and who says so."""

    name: str
    maximum: int
    unit: str
    exceeded: int
    source: str


LIMITS: Final = (
    Limit("local-part", LOCAL_PART, "octets", 501, "RFC 5321 4.5.3.1.1"),
    Limit("domain", DOMAIN, "octets", 501, "RFC 5321 4.5.3.1.2"),
    Limit("path", PATH, "octets", 501, "RFC 5321 4.5.3.1.3"),
    Limit("command line", COMMAND_LINE, "octets", 500, "RFC 5321 4.5.3.1.4"),
    Limit("reply line", REPLY_LINE, "octets", 0, "RFC 5321 4.5.3.1.5"),
    Limit("text line", TEXT_LINE, "octets", 500, "RFC 5321 4.5.3.1.6"),
    Limit("message", MESSAGE, "octets", 552, "RFC 5321 4.5.3.1.7"),
    Limit("recipients", RECIPIENTS, "recipients", 452, "RFC 5321 4.5.3.1.8"),
    Limit("AUTH line", AUTH_LINE, "octets", 500, "RFC 4954 4"),
)
"""All of them; ``exceeded`` is 0 where no reply is due."""
