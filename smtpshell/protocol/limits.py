"""How long things may be: the sizes of RFC 5321 4.5.3.1 and what extensions add, in octets unless said else."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

__all__ = [
    "AUTH_LINE",
    "COMMAND_LINE",
    "DOMAIN",
    "INCREMENTS",
    "LIMITS",
    "LOCAL_PART",
    "MESSAGE",
    "PATH",
    "RECIPIENTS",
    "REPLY_LINE",
    "TEXT_LINE",
    "UNBOUNDED",
    "Increment",
    "Limit",
    "command_line_limit",
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
# octets without a line end; ours.  Servers overstep the RFC's lengths and a debugger has to see it, so this only
# keeps a peer from filling the memory.  Others: smtplib gives up past 8192, curl past 64 KiB (from memory).
UNBOUNDED: Final = 1 << 20


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


@dataclass(frozen=True, slots=True)
class Increment:
    """By how many octets an extension lengthens the command line of some verbs, once EHLO offered it."""

    extension: str
    verbs: tuple[str, ...]
    octets: int
    source: str


INCREMENTS: Final = (
    Increment("SIZE", ("MAIL",), 26, "RFC 1870 3"),
    Increment("8BITMIME", ("MAIL",), 17, "RFC 6152 2 (from memory)"),
    Increment("BINARYMIME", ("MAIL",), 16, "RFC 3030 3"),
    Increment("SMTPUTF8", ("MAIL",), 10, "RFC 6531 3.1"),
    Increment("AUTH", ("MAIL",), 500, "RFC 4954 3 (from memory)"),
    Increment("DSN", ("MAIL",), 107, "RFC 3461 4.4 (from memory)"),
    Increment("DSN", ("RCPT",), 500, "RFC 3461 4.2 (from memory)"),
    Increment("DELIVERBY", ("MAIL",), 17, "RFC 2852 3 (from memory)"),
    Increment("FUTURERELEASE", ("MAIL",), 34, "RFC 4865 3 (from memory)"),
    Increment("MT-PRIORITY", ("MAIL",), 15, "RFC 6710 3 (from memory)"),
    Increment("REQUIRETLS", ("MAIL",), 11, "RFC 8689 2 (from memory)"),
    Increment("NO-SOLICITING", ("MAIL",), 1007, "RFC 3865 2 (from memory)"),
)
"""What the extensions add to COMMAND_LINE (RFC 5321 4.5.3.1.4 lets them); they add up.

An extension that is not listed adds nothing that is known here.
"""


def command_line_limit(verb: str, offered: Container[str]) -> int:
    """Give how many octets, CRLF included, a verb's line may have with the extensions that were offered."""
    added = (row.octets for row in INCREMENTS if verb in row.verbs and row.extension in offered)
    return (AUTH_LINE if verb in ("AUTH", "AUTH-RESPONSE") else COMMAND_LINE) + sum(added)
