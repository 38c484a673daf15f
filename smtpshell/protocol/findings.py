"""The rules of SMTP that a conversation can break, one row a rule, and what a broken one is reported as.

This file only says what the rules are.  judges.py finds out which of them an event breaks; the core goes on
regardless, unless it was made strict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

__all__ = ["RULES", "Finding", "Rule", "Severity"]


class Severity(IntEnum):
    """How much a finding matters."""

    NOTE = 1
    """Allowed, or tolerated on purpose, and worth knowing."""
    WARNING = 2
    """Against a SHOULD, or works with some peers only."""
    ERROR = 3
    """Against a MUST."""
    DANGER = 4
    """Known to be used in attacks."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: ``rule_id`` is its stable name, ``sentence`` what breaking it means, ``source`` who says so."""

    rule_id: str
    severity: Severity
    sentence: str
    source: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One breach of a rule; ``detail`` says what was seen, in one clause, and may be empty."""

    rule: Rule
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.rule.sentence}: {self.detail}" if self.detail else self.rule.sentence


_N, _W, _E, _D = Severity.NOTE, Severity.WARNING, Severity.ERROR, Severity.DANGER

_ROWS: Final = (
    # What we send.
    Rule("out-of-sequence", _W, "the command is out of sequence here", "RFC 5321 4.1.4"),
    Rule("unknown-verb", _N, "no verb that we know", "RFC 5321 4.1.1"),
    Rule("arguments-unreadable", _W, "the arguments do not fit the verb", "RFC 5321 4.1.1"),
    Rule("path-syntax", _W, "the path is not well formed", "RFC 5321 4.1.2"),
    Rule("space-before-path", _W, "no blank may stand between the colon and the path", "RFC 5321 3.3"),
    Rule("parameter-syntax", _W, "a parameter is not well formed", "RFC 5321 4.1.2"),
    Rule(
        "parameter-not-offered",
        _W,
        "a parameter belongs to an extension that was not offered",
        "RFC 5321 4.1.1.11",
    ),
    Rule("verb-not-offered", _N, "the verb belongs to an extension that was not offered", "RFC 5321 4.1.1.1"),
    Rule("size-exceeded", _W, "the declared size is more than the server takes", "RFC 1870 6.1"),
    Rule("command-line-too-long", _W, "the command line is longer than the limit", "RFC 5321 4.5.3.1.4"),
    Rule("command-bare-lf", _E, "the command line ends in a bare LF", "RFC 5321 2.3.8"),
    Rule("command-bare-cr", _E, "a bare CR stands inside the command line", "RFC 5321 2.3.8"),
    Rule("command-control", _W, "a control character stands in the command line", "RFC 5321 4.1.2"),
    Rule("command-8bit", _W, "the command has octets beyond ASCII, SMTPUTF8 is not in use", "RFC 6531 3.4"),
    Rule("auth-in-clear", _D, "credentials go over the wire without TLS", "RFC 4954 4"),
    Rule(
        "pipelining-not-offered",
        _W,
        "sent before the reply was there, and PIPELINING was not offered",
        "RFC 2920 3.1",
    ),
    Rule("not-last-of-group", _E, "sent behind a command that must be the last of its group", "RFC 2920 3.1"),
    Rule("content-bare-line-end", _D, "the content has a bare CR or LF", "RFC 5321 2.3.8"),
    Rule("content-line-too-long", _W, "a line of the content is longer than the limit", "RFC 5321 4.5.3.1.6"),
    Rule("content-8bit", _W, "the content has octets beyond ASCII, 8BITMIME is not in use", "RFC 6152 3"),
    # What we receive.
    Rule("reply-unreadable", _E, "the line does not open with a reply code", "RFC 5321 4.2"),
    Rule("end-inside-reply", _E, "the stream ended inside the reply", "RFC 5321 4.2.1"),
    Rule("code-out-of-range", _W, "no code that SMTP's grammar has", "RFC 5321 4.2"),
    Rule("code-unlisted", _N, "no standard lists this code for the command", "RFC 5321 4.3.2"),
    Rule("code-changes", _E, "the code changes inside the reply", "RFC 5321 4.2.1"),
    Rule("enhanced-class-mismatch", _E, "the enhanced status code's class is not the reply's", "RFC 2034 4"),
    Rule("enhanced-code-misplaced", _N, "no enhanced status code is due in this reply", "RFC 2034 4"),
    Rule("reply-bare-lf", _E, "a reply line ends in a bare LF", "RFC 5321 2.3.8"),
    Rule("reply-bare-cr", _E, "a bare CR stands inside a reply line", "RFC 5321 2.3.8"),
    Rule("reply-control", _W, "a control character stands in the reply's text", "RFC 5321 4.2"),
    Rule("reply-line-too-long", _W, "a reply line is longer than the limit", "RFC 5321 4.5.3.1.5"),
    Rule("reply-no-text", _N, "the reply has no text", "RFC 5321 4.2"),
    Rule("reply-8bit", _N, "the reply has octets beyond ASCII", "RFC 6531 3.7.4.1"),
    Rule("unsolicited-reply", _W, "a reply came where none was due", "RFC 5321 4.2"),
    Rule("greeting-no-domain", _W, "the greeting does not name the server", "RFC 5321 4.2"),
    Rule("auth-offered-in-clear", _W, "plaintext mechanisms are offered without TLS", "RFC 4954 4"),
    Rule("starttls-inside-tls", _E, "STARTTLS is offered inside TLS", "RFC 3207 4.2"),
    Rule("octets-before-tls", _D, "octets came in the clear behind the 220 to STARTTLS", "RFC 3207 4.2"),
    Rule("challenge-not-base64", _E, "the challenge is not base64", "RFC 4954 4"),
    Rule("closed-unanswered", _E, "the server closed and left commands unanswered", "RFC 5321 4.1.1.10"),
)

RULES: Final[Mapping[str, Rule]] = {rule.rule_id: rule for rule in _ROWS}
"""Rule id -> rule."""
