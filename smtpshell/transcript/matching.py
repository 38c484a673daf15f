"""How much of a reply must be the same: the match levels, and the expectations people write.

A recorded line (":") is held to the level; "~", "*" and "=" hold as they stand at every level.  At the levels
class and code a run of recorded lines stands for any number of lines with their code, since what a server
offers or says at length is its own affair.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from smtpshell.protocol.replies import UNPARSABLE, Reply, ReplyLine
from smtpshell.transcript.model import Line, compile_pattern
from smtpshell.transcript.redaction import AUTH

__all__ = ["Level", "difference", "fold", "glob_pattern", "likely_octets"]


class Level(StrEnum):
    """How much of a recorded line must be the same, weakest first."""

    CLASS = "class"
    """The first digit of the code."""
    CODE = "code"
    """The code."""
    TEXT = "text"
    """Code, enhanced status code and text; hosts, queue ids, times and numbers may differ."""
    EXACT = "exact"
    """Every octet."""


# What differs between two runs of the same server -> what stands for it; the first that fits is taken.
_FOLDED: Final[Sequence[tuple[str, str]]] = (
    # RFC 5322 3.3, with or without the day's name and the zone
    (r"(?:\w{3}, )?\d{1,2} \w{3} \d{4} \d\d:\d\d(?::\d\d)?(?: (?:[+-]\d{4}|[A-Z]{2,4}))?(?: \(\w+\))?", "<time>"),
    (r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<time>"),
    (r"\d{1,2}:\d\d(?::\d\d)?", "<time>"),
    # RFC 5321 4.1.3
    (r"\[(?:IPv6:)?[0-9A-Fa-f:.]+\]", "<host>"),
    (r"\d{1,3}(?:\.\d{1,3}){3}", "<host>"),
    # Exim's message ids, old and new; below, what Postfix and Sendmail make: letters and two digits at least
    (r"\b[0-9A-Za-z]{6}-[0-9A-Za-z]{6,11}-[0-9A-Za-z]{2,4}\b", "<id>"),
    (r"\b(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\b", "<host>"),
    (r"\b(?=(?:[A-Za-z]*[0-9]){2})(?=[0-9]*[A-Za-z])[0-9A-Za-z]{6,}\b", "<id>"),
    (r"\b\d+\b", "<number>"),
    (re.escape(AUTH), "<secret>"),
)
_FOLD = re.compile("|".join(f"({pattern})" for pattern, _ in _FOLDED))
# Code, separator and enhanced status code (RFC 5321 4.2, RFC 2034 4) are kept as they are.
_KEPT = re.compile(r"[0-9]{3}(?:[ -](?:[245]\.[0-9]{1,3}\.[0-9]{1,3}(?= |$))?)?")


def fold(text: str) -> str:
    """Replace what may differ at the level text in a reply line: hosts, queue ids, times, numbers."""
    kept = _KEPT.match(text)
    start = kept.end() if kept else 0
    return text[:start] + _FOLD.sub(lambda found: _FOLDED[(found.lastindex or 1) - 1][1], text[start:])


def glob_pattern(text: str) -> re.Pattern[str]:
    """Make the pattern of a "*" line: * is any text, ? any one character, all else stands for itself."""
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(character) or re.escape(character) for character in text), re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Expected:
    """What one line must be: ``fits`` judges its octets; ``many`` lets it stand for any number of lines."""

    spelt: str
    fits: Callable[[bytes], bool]
    many: bool = False
    recorded: bytes | None = None


def _text(raw: bytes) -> str:
    return ReplyLine(raw).octets.decode("utf-8", "surrogateescape")


_RECORDED: Final[Mapping[Level, Callable[[bytes, bytes], bool]]] = {
    Level.CLASS: lambda recorded, raw: ReplyLine(recorded).code // 100 == ReplyLine(raw).code // 100,
    Level.CODE: lambda recorded, raw: ReplyLine(recorded).code == ReplyLine(raw).code,
    Level.TEXT: lambda recorded, raw: fold(_text(recorded)) == fold(_text(raw)),
    Level.EXACT: lambda recorded, raw: recorded == raw,
}


def _recorded(spelt: str, recorded: bytes, level: Level) -> _Expected:
    same = _RECORDED[level]
    return _Expected(spelt, lambda raw: same(recorded, raw), level in (Level.CLASS, Level.CODE), recorded)


def _octets(octets: bytes) -> _Expected:
    return _Expected(str(Line.of("S", octets)), lambda raw: raw == octets, recorded=octets)


def _written(line: Line) -> _Expected:
    """Give what a person's expectation wants."""
    if line.mark == "...":
        return _Expected("S...", lambda raw: True, many=True)
    pattern = compile_pattern(line.text) if line.mark == "~" else glob_pattern(line.text)
    return _Expected(str(line), lambda raw: pattern.fullmatch(_text(raw)) is not None)


def _expected(lines: Sequence[Line], level: Level) -> list[_Expected]:
    """Give what the lines of a reply must be, "=" lines joined and cut where the lines of the wire end."""
    found: list[_Expected] = []
    unfinished = b""
    for line in lines:
        if line.mark == ":" and not unfinished:
            found.append(_recorded(str(line), line.octets(), level))
        elif line.is_exact:
            *whole, unfinished = (unfinished + line.octets()).split(b"\n")
            found += [_octets(octets + b"\n") for octets in whole]
        else:
            found.append(_written(line))
    return [*found, _octets(unfinished)] if unfinished else found


def _all_fit(expected: Sequence[_Expected], raw_lines: Sequence[bytes]) -> bool:
    """Tell whether the lines are what is expected, in order, taking every way at once."""

    def skipping(places: set[int]) -> set[int]:
        for place, line in enumerate(expected):
            if place in places and line.many:
                places.add(place + 1)
        return places

    places = skipping({0})
    for raw in raw_lines:
        fitting = [place for place in places if place < len(expected) and expected[place].fits(raw)]
        places = skipping({place if expected[place].many else place + 1 for place in fitting})
    return len(expected) in places


def difference(lines: Sequence[Line], reply: Reply, level: Level) -> str:
    """Say in one clause how a reply differs from the lines expected; "" where it does not."""
    expected = _expected(lines, level)
    if _all_fit(expected, reply.raw_lines):
        return ""
    codes = {ReplyLine(line.recorded).code for line in expected if line.recorded is not None}
    if codes and reply.code not in codes:
        return _code_difference(codes, reply.code, level)
    alone = [line for line in expected if not line.many]
    if len(alone) != len(reply.raw_lines) and len(alone) == len(expected):
        return f"number of lines differs: {len(alone)} expected, {len(reply.raw_lines)} came"
    if len(alone) == len(expected) == len(reply.raw_lines) == 1:
        return f"the line differs: {alone[0].spelt} expected"
    missing = next((line for line in alone if not any(map(line.fits, reply.raw_lines))), None)
    if missing is not None:
        return f"no line is as expected: {missing.spelt}"
    strange = next((raw for raw in reply.raw_lines if not any(line.fits(raw) for line in expected)), None)
    if strange is not None:
        return f"a line more came than expected: {Line.of('S', strange)}"
    return "the lines came in another order"


def _code_difference(codes: set[int], came: int, level: Level) -> str:
    names = {UNPARSABLE: "an unreadable line"}
    expected = " or ".join(names.get(code, str(code)) for code in sorted(codes))
    if level is Level.CLASS:
        expected = " or ".join(sorted({f"{code // 100}yz" for code in codes}))
    what = "class" if level is Level.CLASS else "code"
    return f"{what} differs: {expected} expected, {names.get(came, str(came))} came"


# First digit -> the code that an expectation without a readable code most likely means.
_LIKELY: Final = {"2": "250", "3": "354", "4": "451", "5": "550"}
_INTERMEDIATE: Final = {"DATA": "354", "AUTH": "334", "AUTH-RESPONSE": "334"}


def likely_octets(lines: Sequence[Line], move: str) -> bytes:
    """Give octets that a reply like the expected one may have had, for the command known by ``move``.

    The recorded lines are taken as they are; only expectations written by people are guessed from.
    """
    octets = b"".join(line.octets() for line in lines if line.is_exact)
    last = ReplyLine(octets[octets.rfind(b"\n", 0, -1) + 1 :])
    if all(line.is_exact for line in lines) or (octets and not last.continues):
        return octets
    code = str(last.code) if octets else _likely_code([line.text.lstrip("\\") for line in lines], move)
    return octets + f"{code} \r\n".encode()


def _likely_code(texts: Sequence[str], move: str) -> str:
    opening = next((text[:3] for text in texts if text[:1] in _LIKELY), "3" if move == "DATA" else "2")
    if re.fullmatch("[2-5][0-9][0-9]", opening):
        return opening
    return _INTERMEDIATE.get(move, "354") if opening[0] == "3" else _LIKELY[opening[0]]
