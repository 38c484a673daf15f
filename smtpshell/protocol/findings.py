"""The rules of SMTP that a conversation can break, one row a rule, and what a broken one is reported as.

This file only says what the rules are.  The judges find out which of them an event breaks; the core goes on
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
    # What we send: the order of commands.
    Rule("command-after-goodbye", _W, "a command after the session's end is not read", "RFC 5321 4.1.1.10"),
    Rule("mail-inside-transaction", _W, "a mail transaction is open already", "RFC 5321 4.1.4"),
    Rule("data-after-bdat", _E, "DATA and BDAT do not mix in one mail transaction", "RFC 3030 2"),
    Rule("bdat-after-last", _E, "nothing of the message is left after BDAT LAST", "RFC 3030 2"),
    Rule("auth-in-transaction", _E, "AUTH may not stand inside a mail transaction", "RFC 4954 4"),
    Rule("no-hello-after-tls", _W, "what was said before TLS is forgotten, EHLO is due again", "RFC 3207 4.2"),
    Rule("out-of-sequence", _W, "the command is out of sequence here", "RFC 5321 4.1.4"),
    # Groups.
    Rule("before-greeting", _W, "sent before the server's greeting was there", "RFC 5321 4.3.1"),
    Rule("pipelining-not-offered", _W, "sent before the reply, and PIPELINING was not offered", "RFC 2920 3.1"),
    Rule("not-last-of-group", _E, "sent behind a command that must be the last of its group", "RFC 2920 3.1"),
    # Verbs.
    Rule("unknown-verb", _N, "no verb that we know", "RFC 5321 4.1.1"),
    Rule("argument-missing", _W, "the verb needs an argument", "RFC 5321 4.1.1"),
    Rule("argument-not-allowed", _W, "the verb takes no argument", "RFC 5321 4.3.2"),
    Rule("arguments-unreadable", _W, "the arguments do not fit the verb", "RFC 5321 4.1.1"),
    Rule("verb-not-offered", _N, "the verb belongs to an extension that was not offered", "RFC 5321 4.1.1.1"),
    Rule("verb-obsolete", _N, "the verb is obsolete, few servers still have it", "RFC 5321 F.1, F.6"),
    Rule("starttls-again", _E, "STARTTLS, and TLS is on already", "RFC 3207 4.2"),
    Rule("binarymime-by-data", _E, "content declared BINARYMIME can come by BDAT only", "RFC 3030 3"),
    # Hellos.
    Rule("hello-no-domain", _W, "the hello names neither a domain nor an address literal", "RFC 5321 4.1.1.1"),
    Rule("hello-bare-address", _W, "the address wants square brackets", "RFC 5321 4.1.3"),
    Rule("hello-unqualified", _N, "the name is not fully qualified", "RFC 5321 2.3.5"),
    Rule("helo-address-literal", _N, "HELO's grammar has no address literals", "RFC 5321 4.1.1.1"),
    Rule("hello-to-lmtp", _E, "LMTP's hello is LHLO, and no other", "RFC 2033 4.1"),
    # Paths.
    Rule("path-syntax", _W, "the path is not well formed", "RFC 5321 4.1.2"),
    Rule("space-before-path", _W, "no blank may stand between the colon and the path", "RFC 5321 3.3"),
    Rule("null-forward-path", _W, "the null path can receive nothing", "RFC 5321 4.1.1.3"),
    Rule("bare-postmaster-sends", _W, "postmaster without a domain is a forward-path only", "RFC 5321 4.1.1.3"),
    Rule("path-8bit", _E, "the path has characters beyond ASCII, SMTPUTF8 is not in use", "RFC 6531 3.4"),
    Rule("local-part-too-long", _W, "the local-part is longer than the limit", "RFC 5321 4.5.3.1.1"),
    Rule("domain-too-long", _W, "the domain is longer than the limit", "RFC 5321 4.5.3.1.2"),
    Rule("path-too-long", _W, "the path is longer than the limit", "RFC 5321 4.5.3.1.3"),
    Rule("source-route", _W, "source routes are deprecated, servers ignore or refuse them", "RFC 5321 C"),
    Rule("address-literal", _N, "an address literal goes round the domain's mail exchangers", "RFC 5321 4.1.3"),
    Rule("recipients-many", _N, "a server need not take more recipients", "RFC 5321 4.5.3.1.8"),
    Rule("recipients-over-limit", _W, "more recipients than the server said it takes", "RFC 9422 4.2"),
    # Parameters.
    Rule("parameter-syntax", _W, "a parameter is not well formed", "RFC 5321 4.1.2"),
    Rule("parameter-twice", _W, "a parameter is given twice", "RFC 5321 4.1.1.11"),
    Rule("parameter-misplaced", _W, "a parameter belongs to another verb", "RFC 5321 4.1.1.11"),
    Rule("parameter-not-offered", _W, "a parameter's extension was not offered", "RFC 5321 4.1.1.11"),
    Rule("size-exceeded", _W, "the declared size is more than the server takes", "RFC 1870 6.1"),
    Rule("notify-never-combined", _E, "NEVER stands alone or not at all", "RFC 3461 4.1"),
    Rule("requiretls-in-clear", _E, "REQUIRETLS is asked for outside TLS", "RFC 8689 2"),
    # Login.
    Rule("auth-in-clear", _D, "credentials go over the wire without TLS", "RFC 4954 4"),
    Rule("auth-again", _E, "nobody can log in twice in one session", "RFC 4954 4"),
    Rule("mechanism-not-offered", _W, "the mechanism was not offered", "RFC 4954 4"),
    Rule("initial-response-early", _W, "with this mechanism the server speaks first", "RFC 4954 4"),
    Rule("initial-response-too-long", _W, "with its initial response the line is too long", "RFC 4954 4"),
    Rule("response-not-base64", _E, "the response is not base64", "RFC 4954 4"),
    # The command line's octets.
    Rule("command-line-too-long", _W, "the command line is longer than the limit", "RFC 5321 4.5.3.1.4"),
    Rule("command-bare-lf", _E, "the command line ends in a bare LF", "RFC 5321 2.3.8"),
    Rule("command-bare-cr", _E, "a bare CR stands inside the command line", "RFC 5321 2.3.8"),
    Rule("command-control", _W, "a control character stands in the command line", "RFC 5321 4.1.2"),
    Rule("command-8bit", _W, "the command has octets beyond ASCII, SMTPUTF8 is not in use", "RFC 6531 3.4"),
    Rule("command-trailing-space", _N, "blanks stand before the line end", "RFC 5321 4.1.1"),
    # Content.
    Rule("content-bare-line-end", _D, "the content has a bare CR or LF", "RFC 5321 2.3.8"),
    Rule("content-lookalike", _D, "a lone dot between other line ends than CRLF", "RFC 5321 4.1.1.4"),
    Rule("content-line-too-long", _W, "a line of the content is longer than the limit", "RFC 5321 4.5.3.1.6"),
    Rule("content-nul", _W, "the content has NUL", "RFC 5321 4.1.1.4"),
    Rule("content-8bit", _W, "the content has octets beyond ASCII, 8BITMIME is not in use", "RFC 6152 3"),
    Rule("content-over-declared", _N, "the content is more than SIZE= declared", "RFC 1870 6.3"),
    Rule("content-over-limit", _W, "the content is more than the server takes", "RFC 1870 6.3"),
    # What we receive: which reply it is.
    Rule("unsolicited-reply", _W, "a reply came where none was due", "RFC 5321 4.2"),
    Rule("reply-after-goodbye", _W, "the server goes on after its own goodbye", "RFC 5321 4.1.1.10"),
    Rule("end-inside-reply", _E, "the stream ended inside the reply", "RFC 5321 4.2.1"),
    Rule("code-unlisted", _N, "no standard lists this code for the command", "RFC 5321 4.3.2"),
    Rule("accepted-out-of-sequence", _N, "the command was out of sequence, and accepted", "RFC 5321 4.1.4"),
    Rule("lmtp-content-unaddressed", _E, "LMTP wants no content without a recipient", "RFC 2033 4.2"),
    Rule("lmtp-accepts-hello", _E, "an LMTP server may accept LHLO only", "RFC 2033 4.1"),
    Rule("enhanced-code-missing", _N, "no enhanced status code, although they were offered", "RFC 2034 4"),
    Rule("enhanced-code-misplaced", _N, "no enhanced status code is due in this reply", "RFC 2034 4"),
    Rule("enhanced-code-unknown", _N, "no registered enhanced status code", "RFC 5248 2"),
    # Texts that machines read.
    Rule("greeting-no-domain", _W, "the greeting does not name the server", "RFC 5321 4.2"),
    Rule("greeting-several-lines", _N, "some old clients take one line for the greeting", "RFC 5321 4.2"),
    Rule("goodbye-no-domain", _N, "the goodbye does not name the server", "RFC 5321 4.2"),
    Rule("forward-path-missing", _W, "the text does not say where to send it", "RFC 5321 3.4"),
    Rule("vrfy-no-mailbox", _W, "the positive reply to VRFY names no mailbox", "RFC 5321 3.5.1"),
    Rule("recipients-552", _N, "452 is the code for too many recipients", "RFC 5321 4.5.3.1.10"),
    Rule("challenge-not-base64", _E, "the challenge is not base64", "RFC 4954 4"),
    Rule("replies-unasked", _W, "a reply for each recipient was not asked for", "draft-hall-prdr"),
    # Replies to hellos.
    Rule("hello-reply-no-domain", _W, "the reply to the hello does not name the server", "RFC 5321 4.1.1.1"),
    Rule("helo-offers", _E, "HELO is answered as if it were EHLO", "RFC 5321 3.2"),
    Rule("keyword-syntax", _W, "a keyword is not well formed", "RFC 5321 4.1.1.1"),
    Rule("keyword-twice", _N, "a keyword is offered twice", "RFC 5321 4.1.1.1"),
    Rule("keyword-parameter", _N, "a keyword has a parameter its extension does not know", "RFC 5321 4.1.1.1"),
    Rule("size-syntax", _W, "SIZE wants one number or nothing", "RFC 1870 3"),
    Rule("size-too-small", _N, "every server must take messages of 65536 octets", "RFC 5321 4.5.3.1.7"),
    Rule("auth-no-mechanism", _W, "AUTH is offered without a mechanism", "RFC 4954 3"),
    Rule("auth-offered-in-clear", _W, "plaintext mechanisms are offered without TLS", "RFC 4954 4"),
    Rule("requiretls-offered-in-clear", _E, "REQUIRETLS is offered outside TLS", "RFC 8689 2"),
    Rule("starttls-inside-tls", _E, "STARTTLS is offered inside TLS", "RFC 3207 4.2"),
    Rule("offers-lost-in-tls", _N, "inside TLS less is offered than before", "RFC 3207 4.2"),
    Rule("offers-gained-in-tls", _N, "inside TLS more is offered than before", "RFC 3207 4.2"),
    Rule("binarymime-alone", _E, "BINARYMIME is offered without CHUNKING", "RFC 3030 3"),
    Rule("smtputf8-alone", _E, "SMTPUTF8 is offered without 8BITMIME", "RFC 6531 3.1"),
    # A reply's octets.
    Rule("reply-unreadable", _E, "the line does not open with a reply code", "RFC 5321 4.2"),
    Rule("code-preliminary", _W, "SMTP has no preliminary replies", "RFC 5321 4.2.1"),
    Rule("code-out-of-range", _W, "no code that SMTP's grammar has", "RFC 5321 4.2"),
    Rule("code-changes", _E, "the code changes inside the reply", "RFC 5321 4.2.1"),
    Rule("enhanced-class-mismatch", _E, "the enhanced status code's class is not the reply's", "RFC 2034 4"),
    Rule("reply-bare-lf", _E, "a reply line ends in a bare LF", "RFC 5321 2.3.8"),
    Rule("reply-bare-cr", _E, "a bare CR stands inside a reply line", "RFC 5321 2.3.8"),
    Rule("reply-control", _W, "a control character stands in the reply's text", "RFC 5321 4.2"),
    Rule("reply-line-too-long", _W, "a reply line is longer than the limit", "RFC 5321 4.5.3.1.5"),
    Rule("reply-tab", _W, "a tab stands where a space is due behind the code", "RFC 5321 4.2"),
    Rule("reply-no-text", _N, "the reply has no text", "RFC 5321 4.2"),
    Rule("reply-8bit", _N, "the reply has octets beyond ASCII", "RFC 6531 3.7.4.1"),
    # The stream.
    Rule("octets-before-tls", _D, "octets came in the clear behind the 220 to STARTTLS", "RFC 3207 4.2"),
    Rule("closed-unanswered", _E, "the server closed and left commands unanswered", "RFC 5321 4.1.1.10"),
    Rule("closed-without-goodbye", _W, "the server closed without 221 or 421", "RFC 5321 4.1.1.10"),
)

RULES: Final[Mapping[str, Rule]] = {rule.rule_id: rule for rule in _ROWS}
"""Rule id -> rule."""
