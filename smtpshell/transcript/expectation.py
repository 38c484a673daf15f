r"""What replies are held to, in a few words: the language of /expect and of ``shrink --until``.

    550                 a reply with that code; 5yz (or 55x) stands for any digit, 250,251 for either
    5.1.1               a reply with that enhanced status code; 5.7.x stands for any detail
    "text *"            a line of the reply reads so, with its code or without; * is any text, ? any character
    ~ REGEX             the regular expression is found in a line of the reply; it is what is left, or in quotes
    closed              the server closes or resets the connection without having been asked to by QUIT
    mismatch            a reply differs from the recording, at the match level (in a replay only)

The first four can follow each other, and then all must hold of one reply: ``550 5.1.1 "* unknown"``.  A word may
stand before them, ``code 550`` and ``reply ~ REGEX``.  At the end ``to VERB`` may stand: only what answers that
command counts.  VERB is a verb (BDAT LAST is one of its own), or CONTENT for what comes after the final dot, or
GREETING.  A REGEX that ends in such words is put in parentheses, or in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import ConnectionLost, UsageError
from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.replies import Reply
from smtpshell.transcript.matching import glob_pattern
from smtpshell.transcript.model import compile_pattern
from smtpshell.transcript.replay_result import ReplayResult
from smtpshell.transcript.watch import Watch

__all__ = ["FORMS", "Expectation"]

FORMS: Final[Mapping[str, str]] = {
    "250": "a reply with that code",
    "5yz": "a reply of that class",
    "250,251": "one of these",
    "5.1.1": "that enhanced status code",
    '"text *"': "a line that reads so",
    "~ REGEX": "a line in which that is found",
    "closed": "the server closes unasked",
    "mismatch": "a reply differs from the recording",
}
"""How an expectation is written -> what it wants."""

_TO: Final = re.compile(r"\s+to\s+([A-Z][A-Z0-9-]*(?:\s+LAST)?)\Z", re.IGNORECASE)
# RFC 5321 4.2.1, and the codes 600 and 621 for what cannot be read; RFC 3463 2.
_CODE: Final = r"(?:[2-5][0-9xyz]{2}|600|621|[245]\.(?:[0-9]{1,3}|[xyz])\.(?:[0-9]{1,3}|[xyz]))"
_TERM: Final = re.compile(
    rf"(?:code\s+)?(?P<codes>{_CODE}(?:,{_CODE})*)(?=\s|\Z)"
    r'|"(?P<glob>(?:[^"\\]|\\.)*)"(?=\s|\Z)'
    r"|(?:reply\s*)?~\s*(?P<regex>\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE: Final = ("closed", "mismatch")


def _has_code(pattern: re.Pattern[str], reply: Reply) -> bool:
    codes = (f"{reply.code:03}", str(reply.enhanced_status_code or ""))
    return any(map(pattern.fullmatch, codes))


def _reads(pattern: re.Pattern[str], reply: Reply) -> bool:
    lines = _lines(reply)
    return any(pattern.fullmatch(line) or pattern.fullmatch(line[4:]) for line in lines)


def _has(pattern: re.Pattern[str], reply: Reply) -> bool:
    return any(map(pattern.search, _lines(reply)))


def _lines(reply: Reply) -> list[str]:
    return [line.octets.decode("utf-8", "surrogateescape") for line in reply.lines]


_FITS: Final[Mapping[str, Callable[[re.Pattern[str], Reply], bool]]] = {
    "codes": _has_code,
    "glob": _reads,
    "regex": _has,
}
"""Kind of a term -> whether a reply is as it wants."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """``kind`` is reply, closed or mismatch; a reply must fit all ``terms``; ``verb`` "" is any."""

    text: str
    kind: str
    terms: tuple[tuple[str, re.Pattern[str]], ...] = ()
    verb: str = ""

    @classmethod
    def parse(cls, text: str) -> Expectation:
        """Read an expectation.  Raises UsageError."""
        text = text.strip()
        to = _TO.search(text)
        what = text[: to.start()] if to else text
        verb = " ".join(to[1].upper().split()) if to else ""
        if what.lower() in _BARE:
            return cls(text=text, kind=what.lower(), verb=verb)
        try:
            terms = tuple(_terms(what))
        except (re.error, OverflowError, RecursionError) as error:
            raise UsageError(f"{text!r}: no regular expression: {error}") from None
        if not terms:
            hint = f"there are {', '.join(FORMS)}, each with or without: to MAIL"
            raise UsageError(f"{text!r} is no expectation", hint=hint)
        return cls(text=text, kind="reply", terms=terms, verb=verb)

    def fits(self, reply: Reply) -> bool:
        """Tell whether a reply is as it should be; what it answers is not looked at."""
        return bool(self.terms) and all(_FITS[kind](pattern, reply) for kind, pattern in self.terms)

    def shown(self, watches: list[Watch], result: ReplayResult) -> bool:
        """Tell whether a replay showed it; ``watches`` observed its sessions, in order."""
        if isinstance(result.problem, ConnectionLost) and watches:
            watches[-1].lost()
        return any(not self.verb or verb == self.verb for verb in self._verbs(watches, result))

    def _verbs(self, watches: list[Watch], result: ReplayResult) -> Iterator[str]:
        """Give the verb at each place where it was seen."""
        if self.kind == "mismatch":
            yield from (_verb(exchange.command) for exchange in result.mismatches)
        elif self.kind == "closed":
            yield from (watch.closed_after for watch in watches if watch.closed_after is not None)
        else:
            for watch in watches:
                yield from (verb for verb, reply in watch.replies if self.fits(reply))


def _terms(text: str) -> list[tuple[str, re.Pattern[str]]]:
    """Read the terms of an expectation; none where they are not well-formed.  Raises re.error."""
    found: list[tuple[str, re.Pattern[str]]] = []
    while text:
        term = _TERM.match(text)
        if term is None:
            return []
        if term["codes"]:
            codes = term["codes"].lower().replace(".", r"\.").replace(",", "|")
            # Of an enhanced status code a letter is a whole number, of a code one digit.
            codes = re.sub(r"(?<=\\\.)[xyz]", "[0-9]{1,3}", codes)
            found.append(("codes", re.compile(re.sub("[xyz]", "[0-9]", codes))))
        elif term["glob"] is not None:
            found.append(("glob", glob_pattern(_unquoted(term["glob"]))))
        else:
            quoted = _QUOTED.fullmatch(term["regex"])
            found.append(("regex", compile_pattern(_unquoted(quoted[1]) if quoted else term["regex"])))
        text = text[term.end() :].lstrip()
    return found


def _unquoted(inner: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", inner)


def _verb(command: str) -> str:
    """Give the verb of a command as a replay's result names it."""
    if not command:
        return "GREETING"
    return (
        "CONTENT" if command == "the content" else parse(f"{command}\r\n".encode("utf-8", "surrogateescape")).move
    )
