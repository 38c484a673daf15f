"""The table: every verb and every extension, how it is asked for, and what each server does with it.

The cells of a row stand in the order of columns.COLUMNS; what they say is in LEGEND. They
are what test_conformance.py expects, and what the README shows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.replies import Reply
from tests.conformance.columns import COLUMNS

__all__ = ["DESERVED", "FEATURES", "LEGEND", "Feature", "markdown"]

LEGEND: Final = (
    "`yes` works, `(yes)` works without being offered, a code refuses. `–` is not offered, and a code behind it "
    "the answer all the same; `!` is offered and refused."
)

Judge = Callable[[Sequence[Reply]], bool]


def _codes(*codes: int) -> Judge:
    return lambda replies: [reply.code for reply in replies] == list(codes)


def _one_of(*codes: int) -> Judge:
    return lambda replies: replies[-1].code in codes


def _enhanced(replies: Sequence[Reply]) -> bool:
    return replies[-1].enhanced_status_code is not None


_OK: Final = _codes(250)


@dataclass(frozen=True, slots=True)
class Feature:
    """One row: ``steps`` are lines, each step one write; ``worked`` judges the replies to the last step.

    ``keyword`` is the EHLO keyword that offers it, "" where SMTP itself does. ``door`` is "early" for
    what comes before a login, "auth" for what AUTH offers. With ``only_offered`` nothing is asked where
    it is not offered.
    """

    name: str
    keyword: str
    steps: tuple[str, ...]
    cells: str
    worked: Judge = _OK
    door: str = ""
    only_offered: bool = False


_MAIL: Final = "MAIL FROM:<{to}>"
_RCPT: Final = "RCPT TO:<{to}>"
_BEGUN: Final = (_MAIL, _RCPT)
_AUTH: Final = "AUTH PLAIN {auth}"
_CONTENT: Final = "Subject: hello\r\n\r\nHello.\r\n."
_GROUP: Final = f"{_MAIL}\r\n{_RCPT}\r\nRSET\r\nNOOP"
# The blank line and the dots are content: nothing is stuffed in a chunk.
_CHUNKS: Final = ("BDAT 12\r\nSubject: a", "BDAT 9 LAST\r\n\r\n.\r\n..")
_IMAP_URL: Final = (
    "imap://tester%40example.test@mail.example.test/INBOX/;uid=1;urlauth=submit+tester%40example.test"
    ":internal:91354a473744909de610943775f92038"
)


def _mail(parameter: str, keyword: str, cells: str) -> Feature:
    return Feature(_named("MAIL", parameter), keyword, (f"{_MAIL} {parameter}",), cells)


def _rcpt(parameter: str, keyword: str, cells: str) -> Feature:
    return Feature(_named("RCPT", parameter), keyword, (_MAIL, f"{_RCPT} {parameter}"), cells)


def _named(verb: str, parameter: str) -> str:
    keyword, equals, _ = parameter.partition("=")
    return f"{verb} {keyword}{equals}"


FEATURES: Final = (
    # The verbs of RFC 5321 and 2033.
    Feature("EHLO", "", ("EHLO again.example.test",), "yes yes 500 yes yes yes"),
    Feature("HELO", "", ("HELO again.example.test",), "yes yes 500 yes yes yes"),
    Feature("LHLO", "", ("LHLO again.example.test",), "500 500 yes 500 500 500"),
    Feature("MAIL", "", (_MAIL,), "yes yes yes yes yes yes"),
    Feature("RCPT", "", _BEGUN, "yes yes yes yes yes yes"),
    Feature("DATA", "", (*_BEGUN, "DATA", _CONTENT), "yes yes yes yes yes yes"),
    Feature("RSET", "", (_MAIL, "RSET"), "yes yes yes yes yes yes"),
    Feature("NOOP", "", ("NOOP",), "yes yes yes yes yes yes"),
    Feature("QUIT", "", ("QUIT",), "yes yes yes yes yes yes", _codes(221)),
    Feature("HELP", "HELP", ("HELP",), "500 yes 500 500 yes yes", _one_of(211, 214, 250)),
    Feature("VRFY", "VRFY", ("VRFY {name}",), "yes yes yes yes yes yes", _one_of(250, 251, 252)),
    Feature("EXPN", "EXPN", ("EXPN {list}",), "500 yes 500 500 502 yes", _one_of(250, 252)),
    # What is asked by a verb.
    Feature(
        "PIPELINING",
        "PIPELINING",
        (_GROUP,),
        "yes yes yes yes – yes",
        _codes(250, 250, 250, 250),
        only_offered=True,
    ),
    Feature(
        "ENHANCEDSTATUSCODES", "ENHANCEDSTATUSCODES", (_MAIL,), "yes – yes yes – yes", _enhanced, only_offered=True
    ),
    Feature(
        "STARTTLS", "STARTTLS", ("STARTTLS", "{hello} again.example.test"), "yes yes yes yes yes yes", door="early"
    ),
    Feature("AUTH PLAIN", "AUTH", (_AUTH,), "yes yes –502 yes yes yes", _codes(235), "auth"),
    Feature(
        "MAIL AUTH=", "AUTH", (_AUTH, f"{_MAIL} AUTH=<>"), "yes yes – yes !555 yes", door="auth", only_offered=True
    ),
    Feature("BDAT 0 LAST", "CHUNKING", (*_BEGUN, "BDAT 0 LAST"), "yes yes yes yes –500 yes"),
    Feature("BDAT in chunks", "CHUNKING", (*_BEGUN, *_CHUNKS), "yes yes yes yes – yes", only_offered=True),
    Feature(
        "PRDR",
        "PRDR",
        (f"{_MAIL} PRDR", _RCPT, "RCPT TO:<{other}>", "DATA", _CONTENT),
        "–555 yes –555 –555 –555 –555",
        _codes(353, 250, 550, 250),
    ),
    Feature("LIMITS", "LIMITS", ("NOOP",), "– – – – – –", only_offered=True),
    Feature("ETRN", "ETRN", ("ETRN example.test",), "yes yes –500 –500 –500 –502", _one_of(250, 251, 252, 253)),
    Feature("BURL", "BURL", (*_BEGUN, f"BURL {_IMAP_URL} LAST"), "–500 –500 –500 !554 –500 –502"),
    Feature(
        "XCLIENT", "XCLIENT", ("XCLIENT ADDR=127.0.0.2",), "yes –500 yes yes –500 –502", _one_of(220, 250), "early"
    ),
    Feature("XFORWARD", "XFORWARD", ("XFORWARD ADDR=127.0.0.2",), "yes –500 –500 –500 –500 –502"),
    Feature("SEND", "SEND", ("SEND FROM:<{to}>",), "–500 –500 –500 –500 –500 yes"),
    Feature("SOML", "SOML", ("SOML FROM:<{to}>",), "–500 –500 –500 –500 –500 yes"),
    Feature("SAML", "SAML", ("SAML FROM:<{to}>",), "–500 –500 –500 –500 –500 yes"),
    Feature("TURN", "TURN", ("TURN",), "–500 –500 –500 –500 –500 –502"),
    Feature("ATRN", "ATRN", ("ATRN example.test",), "–500 –500 –500 –500 –500 –502"),
    # What is asked by a parameter of MAIL or RCPT.
    _mail("SIZE=64", "SIZE", "yes yes –555 yes yes yes"),
    _mail("BODY=8BITMIME", "8BITMIME", "yes yes yes yes yes yes"),
    Feature("MAIL BODY=BINARYMIME", "BINARYMIME", (f"{_MAIL} BODY=BINARYMIME",), "–555 –501 –555 –555 –501 yes"),
    Feature(
        "MAIL SMTPUTF8", "SMTPUTF8", ("MAIL FROM:<испытатель@example.test> SMTPUTF8",), "yes yes –555 –501 yes yes"
    ),
    _mail("RET=HDRS", "DSN", "yes yes –555 yes –555 yes"),
    _mail("ENVID=QQ314159", "DSN", "yes yes –555 yes –555 yes"),
    _rcpt("NOTIFY=SUCCESS,DELAY", "DSN", "yes yes –555 yes –555 yes"),
    _rcpt("ORCPT=rfc822;{to}", "DSN", "yes yes (yes) yes –555 yes"),
    _mail("BY=120;R", "DELIVERBY", "–555 –501 –555 –555 –555 –555"),
    _mail("HOLDFOR=60", "FUTURERELEASE", "–555 –501 –555 –555 –555 –555"),
    _mail("HOLDUNTIL=2030-01-01T00:00:00Z", "FUTURERELEASE", "–555 –501 –555 –555 –555 –555"),
    _mail("MT-PRIORITY=3", "MT-PRIORITY", "–555 –501 –555 –555 –501 –555"),
    _mail("REQUIRETLS", "REQUIRETLS", "–555 –501 –555 –555 –555 –555"),
    _mail("SOLICIT=test.example:ADV", "NO-SOLICITING", "–555 –501 –555 –555 –555 –555"),
    _mail("MTRK=dGVzdA", "MTRK", "–555 –501 –555 –555 –555 –555"),
    _mail("CONPERM", "CONPERM", "–555 –501 –555 –555 –555 –555"),
    _rcpt("CONNEG", "CONNEG", "–555 –501 –555 –555 –555 –555"),
    _mail("TRANSID=<1@example.test>", "CHECKPOINT", "–555 –501 –555 –555 –555 –555"),
    _mail("SUBMITTER={to}", "SUBMITTER", "–555 –501 –555 –555 –555 –555"),
    _rcpt("RRVS=2014-04-03T23:01:00Z", "RRVS", "–555 –501 –555 –555 –555 –555"),
    _rcpt("XRCPTFORWARD=YT1iCg", "XRCPTFORWARD", "–555 –501 yes –555 –555 –555"),
)

DESERVED: Final = {
    ("Dovecot 2.3 submission", "BURL"): "no IMAP server is behind it that could give what the URL names",
    ("aiosmtpd 1.4", "MAIL AUTH="): "AUTH is offered, the parameter that RFC 4954 3 ties to it is not known",
}
"""(column, feature) -> why the server may refuse there what it offers."""


def markdown() -> str:
    """Write the matrix as a Markdown table; features that all servers treat alike share a row."""
    rows: dict[str, list[str]] = {}
    for feature in FEATURES:
        rows.setdefault(feature.cells, []).append(f"`{feature.name}`")
    lines = [
        ["", *(column.heading for column in COLUMNS)],
        ["---"] * (len(COLUMNS) + 1),
        *([", ".join(names), *cells.split()] for cells, names in rows.items()),
    ]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)
