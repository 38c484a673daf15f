"""The verbs, as a person asks about them: how each is written, what it is for, who says so.

What a verb may be answered is in sequences.py, where it is in order in states.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["VERBS", "Verb"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb: its syntax, its purpose in one sentence, an example line, the source."""

    name: str
    syntax: str
    purpose: str
    example: str
    source: str


_ROWS: Final = (
    Verb(
        "EHLO",
        "EHLO domain",
        "Say hello and ask which extensions the server offers.",
        "EHLO client.example.test",
        "RFC 5321 4.1.1.1",
    ),
    Verb(
        "HELO",
        "HELO domain",
        "Say hello without asking for extensions.",
        "HELO client.example.test",
        "RFC 5321 4.1.1.1",
    ),
    Verb("LHLO", "LHLO domain", "Say hello to an LMTP server.", "LHLO client.example.test", "RFC 2033 4.1"),
    Verb(
        "MAIL",
        "MAIL FROM:<reverse-path> [parameters]",
        "Begin a mail transaction; bounces go to the reverse-path, <> gets none.",
        "MAIL FROM:<student@example.test>",
        "RFC 5321 4.1.1.2",
    ),
    Verb(
        "RCPT",
        "RCPT TO:<forward-path> [parameters]",
        "Name one recipient; repeat it for each.",
        "RCPT TO:<teacher@example.test>",
        "RFC 5321 4.1.1.3",
    ),
    Verb("DATA", "DATA", "Send the content, ended by a line that is a lone dot.", "DATA", "RFC 5321 4.1.1.4"),
    Verb(
        "BDAT",
        "BDAT size [LAST]",
        "Send a chunk of the content: that many octets follow the line at once.",
        "BDAT 86 LAST",
        "RFC 3030 2",
    ),
    Verb("RSET", "RSET", "Drop the mail transaction and keep the connection.", "RSET", "RFC 5321 4.1.1.5"),
    Verb(
        "VRFY",
        "VRFY name",
        "Ask whether a name is a user's or a mailbox.",
        "VRFY teacher",
        "RFC 5321 4.1.1.6",
    ),
    Verb("EXPN", "EXPN name", "Ask who is on a mailing list.", "EXPN class", "RFC 5321 4.1.1.7"),
    Verb("HELP", "HELP [topic]", "Ask the server for help.", "HELP MAIL", "RFC 5321 4.1.1.8"),
    Verb("NOOP", "NOOP [anything]", "Do nothing, but answer.", "NOOP", "RFC 5321 4.1.1.9"),
    Verb("QUIT", "QUIT", "Say goodbye; the server closes after its reply.", "QUIT", "RFC 5321 4.1.1.10"),
    Verb("STARTTLS", "STARTTLS", "Go on inside TLS; say EHLO again after it.", "STARTTLS", "RFC 3207 4"),
    Verb(
        "AUTH",
        "AUTH mechanism [initial-response]",
        "Log in by a SASL mechanism; answers are base64.",
        "AUTH PLAIN",
        "RFC 4954 4",
    ),
    Verb(
        "ETRN",
        "ETRN node",
        "Ask the server to send the mail it queued for a node.",
        "ETRN example.test",
        "RFC 1985 5",
    ),
    Verb(
        "ATRN",
        "ATRN [domains]",
        "Swap the roles and receive the mail queued for domains; needs AUTH.",
        "ATRN example.test",
        "RFC 2645 5.2.1",
    ),
    Verb(
        "BURL",
        "BURL url [LAST]",
        "Give part of the content as an IMAP URL.",
        "BURL imap://harry@example.test/outbox;uid=1 LAST",
        "RFC 4468 3",
    ),
    Verb(
        "SEND",
        "SEND FROM:<reverse-path>",
        "Begin a transaction to users' terminals (obsolete).",
        "SEND FROM:<student@example.test>",
        "RFC 821 3.4",
    ),
    Verb(
        "SOML",
        "SOML FROM:<reverse-path>",
        "Begin a transaction to terminals, or else mailboxes (obsolete).",
        "SOML FROM:<student@example.test>",
        "RFC 821 3.4",
    ),
    Verb(
        "SAML",
        "SAML FROM:<reverse-path>",
        "Begin a transaction to terminals and mailboxes (obsolete).",
        "SAML FROM:<student@example.test>",
        "RFC 821 3.4",
    ),
    Verb(
        "TURN",
        "TURN",
        "Offer to swap the roles of client and server (obsolete, and insecure).",
        "TURN",
        "RFC 821 3.8",
    ),
    Verb(
        "XCLIENT",
        "XCLIENT name=value ...",
        "Speak as if another client had connected; for testing and proxies.",
        "XCLIENT ADDR=192.0.2.1 NAME=spike.example.test",
        "Postfix XCLIENT_README",
    ),
    Verb(
        "XFORWARD",
        "XFORWARD name=value ...",
        "Tell whence a message came, for the server's log.",
        "XFORWARD NAME=spike.example.test",
        "Postfix XFORWARD_README",
    ),
)

VERBS: Final[Mapping[str, Verb]] = {row.name: row for row in _ROWS}
"""Verb in capitals -> what it is, in the order a session uses them."""
