"""ESMTP parameters of MAIL and RCPT: which there are, how each is written, and xtext.

RFC 5321 4.1.2: esmtp-param = esmtp-keyword ["=" esmtp-value].  A parameter that is not in the table is kept
as it stands; a malformed one too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.abnf import KEYWORD, XTEXT

__all__ = [
    "PARAMETERS",
    "Parameter",
    "ParameterRule",
    "check",
    "parse_parameters",
    "xtext_decode",
    "xtext_encode",
]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter as it was written; ``value`` is None where there is no "="."""

    keyword: str
    value: str | None = None

    def __str__(self) -> str:
        return self.keyword if self.value is None else f"{self.keyword}={self.value}"


@dataclass(frozen=True, slots=True)
class ParameterRule:
    """What a parameter is: of which verb, offered by which EHLO keyword, its value's pattern (None: no value)."""

    keyword: str
    verb: str
    extension: str
    value: str | None
    meaning: str
    source: str


# As abnf.XTEXT, and not empty: esmtp-value = 1*(...).  Values are read without regard to case, hexchar is not.
_XTEXT: Final = r"(?-i:(?:[!-*,-<>-~]|\+[0-9A-F]{2})+)"
# RFC 6533 3: utf-8-addr-unitext, for use with SMTPUTF8; its ASCII form is xtext.  Surrogates are no UTF-8.
_UNITEXT: Final = r"utf-8;[!-*,-<>-\[\]-~\u0080-\ud7ff\ue000-\U0010ffff]+"
# RFC 5321 4.1.2: esmtp-value = 1*(%d33-60 / %d62-126); RFC 6531 3.3 adds UTF8-non-ascii
_ESMTP_VALUE: Final = re.compile(r"[^\x00- =\x7f\ud800-\udfff]+")
_DATE: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9]{2}:[0-9]{2})"

_ROWS: Final = (
    ParameterRule("SIZE", "MAIL", "SIZE", r"[0-9]{1,20}", "the message's size in octets", "RFC 1870 6"),
    ParameterRule(
        "BODY",
        "MAIL",
        "8BITMIME",
        r"7BIT|8BITMIME|BINARYMIME",
        "how the content is coded",
        "RFC 6152 2 (from memory)",
    ),
    ParameterRule("SMTPUTF8", "MAIL", "SMTPUTF8", None, "addresses or header fields hold UTF-8", "RFC 6531 3.4"),
    ParameterRule(
        "RET", "MAIL", "DSN", r"FULL|HDRS", "what a failure notice returns", "RFC 3461 4.3 (from memory)"
    ),
    ParameterRule(
        "ENVID", "MAIL", "DSN", _XTEXT, "the sender's own name for the transaction", "RFC 3461 4.4 (from memory)"
    ),
    ParameterRule("AUTH", "MAIL", "AUTH", rf"<>|{_XTEXT}", "who submitted it first", "RFC 4954 5"),
    ParameterRule(
        "BY",
        "MAIL",
        "DELIVERBY",
        r"[+-]?[0-9]{1,9};[RN]T?",
        "deliver within so many seconds",
        "RFC 2852 4 (from memory)",
    ),
    ParameterRule(
        "HOLDFOR", "MAIL", "FUTURERELEASE", r"[0-9]{1,9}", "hold for so many seconds", "RFC 4865 5 (from memory)"
    ),
    ParameterRule("HOLDUNTIL", "MAIL", "FUTURERELEASE", _DATE, "hold until then", "RFC 4865 5 (from memory)"),
    ParameterRule(
        "MT-PRIORITY",
        "MAIL",
        "MT-PRIORITY",
        r"0|-?[1-9]",
        "the message's priority, -9 to 9",
        "RFC 6710 3 (from memory)",
    ),
    ParameterRule(
        "REQUIRETLS", "MAIL", "REQUIRETLS", None, "every hop must use verified TLS", "RFC 8689 3 (from memory)"
    ),
    ParameterRule(
        "PRDR", "MAIL", "PRDR", None, "answer DATA once for each recipient", "draft-hall-prdr (from memory)"
    ),
    ParameterRule("MTRK", "MAIL", "MTRK", r"[!-~]+", "let the message be tracked", "RFC 3885 3 (from memory)"),
    ParameterRule(
        "SOLICIT",
        "MAIL",
        "NO-SOLICITING",
        r"[!-~]+",
        "what class of solicitation it is",
        "RFC 3865 2.2 (from memory)",
    ),
    ParameterRule(
        "TRANSID", "MAIL", "CHECKPOINT", r"<[^<>]+>", "the transaction to go on with", "RFC 1845 4 (from memory)"
    ),
    ParameterRule("CONPERM", "MAIL", "CONPERM", None, "content may be converted", "RFC 4141 4 (from memory)"),
    ParameterRule(
        "SUBMITTER", "MAIL", "SUBMITTER", _XTEXT, "who is responsible for sending it", "RFC 4405 4 (from memory)"
    ),
    ParameterRule(
        "NOTIFY",
        "RCPT",
        "DSN",
        r"NEVER|(?:SUCCESS|FAILURE|DELAY)(?:,(?:SUCCESS|FAILURE|DELAY)){0,2}",
        "when to send a notice",
        "RFC 3461 4.1 (from memory)",
    ),
    ParameterRule(
        "ORCPT",
        "RCPT",
        "DSN",
        rf"[A-Za-z0-9\-]+;{_XTEXT}|{_UNITEXT}",
        "the original recipient",
        "RFC 3461 4.2, RFC 6533 3 (from memory)",
    ),
    ParameterRule(
        "XRCPTFORWARD",
        "RCPT",
        "XRCPTFORWARD",
        r"[A-Za-z0-9+/]+",
        "what a proxy knows of the recipient, in base64 without padding",
        "Dovecot: forwarding parameters",
    ),
    ParameterRule(
        "CONNEG", "RCPT", "CONNEG", None, "ask for the recipient's capabilities", "RFC 4141 5 (from memory)"
    ),
    ParameterRule(
        "RRVS",
        "RCPT",
        "RRVS",
        rf"{_DATE}(?:;[CR])?",
        "the owner must be the same since then",
        "RFC 7293 3.1 (from memory)",
    ),
)

PARAMETERS: Final[Mapping[tuple[str, str], ParameterRule]] = {(row.verb, row.keyword): row for row in _ROWS}
"""(verb, keyword in capitals) -> rule."""


def parse_parameters(text: str) -> tuple[Parameter, ...]:
    """Split what follows a path into parameters, each as it was written."""
    parameters = []
    for word in text.split():
        keyword, equals, value = word.partition("=")
        parameters.append(Parameter(keyword, value if equals else None))
    return tuple(parameters)


def check(parameter: Parameter, verb: str) -> str:
    """Say in one sentence what is wrong with a parameter of a verb, or give "" where nothing is."""
    if not KEYWORD.fullmatch(parameter.keyword):
        return f"{parameter} does not begin with a keyword"
    rule = PARAMETERS.get((verb, parameter.keyword.upper()))
    if rule is None:
        well_formed = parameter.value is None or _ESMTP_VALUE.fullmatch(parameter.value)
        return "" if well_formed else f"{parameter.value} is no value for a parameter"
    if rule.value is None:
        return "" if parameter.value is None else f"{rule.keyword} takes no value"
    if parameter.value is None:
        return f"{rule.keyword} needs a value"
    if not re.fullmatch(rule.value, parameter.value, re.IGNORECASE | re.ASCII):
        return f"{parameter.value} is no value for {rule.keyword}"
    return ""


def xtext_encode(text: str) -> str:
    """Write text as xtext: "+" and "=" and all that is not printable ASCII as +HH of its UTF-8 (RFC 3461 4)."""
    return "".join(
        chr(octet) if 33 <= octet <= 126 and octet not in b"+=" else f"+{octet:02X}"
        for octet in text.encode("utf-8", "surrogateescape")
    )


def xtext_decode(text: str) -> str:
    """Read xtext back; octets that are no UTF-8 come as surrogates.  Raises ValueError for what is no xtext."""
    if not XTEXT.fullmatch(text):
        raise ValueError(f"{text!r} is no xtext")
    octets = re.sub(rb"\+([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), text.encode("ascii"))
    return octets.decode("utf-8", "surrogateescape")
