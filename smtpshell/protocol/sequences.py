"""Which replies may follow which command: RFC 5321 4.3.2, and each extension's own list.

Pseudo-verbs as in states.py: CONNECT for the greeting, CONTENT for the end of mail data, AUTH-RESPONSE for
the answer to a challenge.  A code outside its row is a finding and nothing more: unknown codes are read
by their first digit (RFC 5321 4.3.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ANY_COMMAND", "SEQUENCES", "Sequence", "is_listed"]

ANY_COMMAND: Final = (421, 500, 501)
"""What any command may get besides (RFC 5321 4.3.2); 530 and 523 come from servers that demand TLS or a login."""

_DEMANDS: Final = (530, 523)  # RFC 3207 4, RFC 4954 6; 523 as RFC 5248's registry ties it to X.7.10
# What RFC 3207 4 and RFC 4954 6 both let through, and the greeting.
_NEVER_DEMANDED: Final = frozenset({"CONNECT", "EHLO", "LHLO", "NOOP", "QUIT"})


@dataclass(frozen=True, slots=True)
class Sequence:
    """The listed replies to one verb, by what they mean for it."""

    verb: str
    success: tuple[int, ...]
    error: tuple[int, ...] = ()
    intermediate: tuple[int, ...] = ()
    source: str = "RFC 5321 4.3.2"

    @property
    def codes(self) -> tuple[int, ...]:
        """All of them, intermediate ones first."""
        return (*self.intermediate, *self.success, *self.error)


_MAIL_ERRORS: Final = (552, 451, 452, 550, 553, 503, 455, 555)
_CONTENT_ERRORS: Final = (552, 554, 451, 452, 450, 550)

_ROWS: Final = (
    Sequence("CONNECT", (220,), (554, 521), source="RFC 5321 4.3.2, RFC 7504 5.1"),
    Sequence("EHLO", (250,), (504, 550, 502, 554), source="RFC 5321 4.3.2; 554 RFC 3207 4.1"),
    Sequence("HELO", (250,), (504, 550, 502, 554), source="RFC 5321 4.3.2; 554 RFC 3207 4.1"),
    Sequence("LHLO", (250,), (504, 550, 502, 554), source="RFC 2033 4.1: as EHLO"),
    Sequence("MAIL", (250,), _MAIL_ERRORS, (355,), "RFC 5321 4.3.2; 355 RFC 1845 4 (from memory)"),
    Sequence(
        "RCPT",
        (250, 251),
        (550, 551, 552, 553, 450, 451, 452, 503, 455, 555, 556),
        source="RFC 5321 4.3.2, RFC 7504 5.1",
    ),
    Sequence(
        "DATA", (), (503, 554, 450, 550, 451), (354,), "RFC 5321 4.3.2; 451 RFC 821 4.3; 450, 550: policy, early"
    ),
    Sequence("CONTENT", (250,), _CONTENT_ERRORS, (353,), "RFC 5321 4.3.2; 353 draft-hall-prdr"),
    Sequence(
        "BDAT",
        (250,),
        (503, 502, *_CONTENT_ERRORS),
        (353,),
        "RFC 3030 2; content's own: RFC 5321 4.3.2; 353 draft-hall-prdr",
    ),
    Sequence(
        "BURL",
        (250,),
        (503, 502, *_CONTENT_ERRORS),
        (353,),
        "RFC 4468 6; content's own: RFC 5321 4.3.2; 353 draft-hall-prdr",
    ),
    Sequence("RSET", (250,)),
    Sequence("VRFY", (250, 251, 252), (550, 551, 553, 502, 504)),
    Sequence("EXPN", (250, 252), (550, 500, 502, 504)),
    Sequence("HELP", (211, 214), (502, 504)),
    Sequence("NOOP", (250,)),
    Sequence("QUIT", (221,)),
    Sequence("STARTTLS", (220,), (501, 454, 503, 502, 554), source="RFC 3207 4; 502, 503 RFC 5321 4.2.4, 4.1.4"),
    Sequence(
        "AUTH",
        (235,),
        (432, 454, 500, 501, 503, 504, 534, 535, 538, 502),
        (334,),
        "RFC 4954 4, 6; 502 RFC 5321 4.2.4",
    ),
    Sequence("AUTH-RESPONSE", (235,), (432, 454, 500, 501, 534, 535, 538), (334,), "RFC 4954 4, 6"),
    Sequence("ETRN", (250, 251, 252, 253), (458, 459, 502, 503, 504), source="RFC 1985 5.1"),
    Sequence("ATRN", (250,), (450, 451, 453, 502, 503), source="RFC 2645 5.2.1; 503 RFC 5321 4.1.4"),
    Sequence("SEND", (250,), (*_MAIL_ERRORS, 502), source="RFC 821 4.3, RFC 5321 F.6"),
    Sequence("SOML", (250,), (*_MAIL_ERRORS, 502), source="RFC 821 4.3, RFC 5321 F.6"),
    Sequence("SAML", (250,), (*_MAIL_ERRORS, 502), source="RFC 821 4.3, RFC 5321 F.6"),
    Sequence("TURN", (250,), (502, 503), source="RFC 821 4.3"),
    # 220 since the server greets anew, as Dovecot does too; Postfix's first edition of the document had 250.
    Sequence(
        "XCLIENT",
        (220, 250),
        (501, 503, 550, 421, 502),
        source="Postfix XCLIENT_README (550 from memory); 502 RFC 5321 4.2.4",
    ),
    Sequence("XFORWARD", (250,), (501, 503, 550, 421, 502), source="Postfix XFORWARD_README; 502 RFC 5321 4.2.4"),
)

SEQUENCES: Final[Mapping[str, Sequence]] = {row.verb: row for row in _ROWS}
"""Verb or pseudo-verb -> its listed replies."""


def is_listed(verb: str, code: int) -> bool:
    """Whether a code is listed for a verb; every code is for a verb that no table knows."""
    row = SEQUENCES.get(verb)
    if row is None or code in row.codes:
        return True
    # The greeting answers no command: there is no syntax to be wrong.
    if code in ANY_COMMAND:
        return code == 421 or verb != "CONNECT"
    return code in _DEMANDS and verb not in _NEVER_DEMANDED
