"""What a transcript is made of: a header, then one entry a line of the file.

Entries keep the text as it is spelt in the file, so that writing gives the file back octet for octet; what
it stands for is derived when asked for.  An entry that exists can be written: construction raises Malformed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from smtpshell.transcript.escapes import CONTROL, escape, find_bad_escape, unescape

__all__ = [
    "EVENTS",
    "VERSION",
    "Entry",
    "EventLine",
    "Header",
    "Line",
    "Malformed",
    "Prose",
    "Transcript",
    "compile_pattern",
]

VERSION: Final = 1
"""The version of the format that this package reads and writes."""


class Malformed(ValueError):
    """Text that cannot stand in a transcript: what was ``expected`` at ``position`` (from 0) of ``text``."""

    def __init__(self, text: str, position: int, expected: str) -> None:
        self.position = position
        self.expected = expected
        self.found: str = escape(text[position : position + 20]) or "the end of the line"
        super().__init__(f"expected {expected}, found {self.found}")


_CONTROL = re.compile(f"[{CONTROL}\ud800-\udfff]")


def _check_characters(text: str, instead: str = "") -> None:
    if found := _CONTROL.search(text):
        raise Malformed(text, found.start(), "valid UTF-8 without control characters" + instead)


# A value given at replay; `$${` is a literal `${`.
_VALUE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_-]*)\}|(\$\{)")


@dataclass(frozen=True, slots=True)
class Line:
    r"""Octets that went over the wire, or what is expected of one line of them.

    ``side`` is "C" (client) or "S" (server).  ``mark`` says how to read ``text``: ":" a line whose CRLF is
    implied, "=" exact octets with escapes, "~" a regular expression, "*" a glob, "..." any further lines of
    this reply.  ``time`` are the seconds since the connection began, as written; "" where unknown.  ``tight``
    is true where an empty text has not even a blank before it (editors strip blanks at line ends).
    """

    side: str
    mark: str
    text: str = ""
    time: str = ""
    tight: bool = False

    def __post_init__(self) -> None:
        if self.side not in ("C", "S") or self.mark not in _CHECKS or (self.mark == "..." and self.side == "C"):
            raise Malformed(self.side + self.mark, 0, "C or S, then one of : = ~ * (or S...)")
        if self.time and not re.fullmatch(r"[0-9]+(?:\.[0-9]+)?", self.time):
            raise Malformed(self.time, 0, "seconds, such as 0.004")
        if self.text and (self.tight or self.mark == "..."):
            raise Malformed(self.text, 0, "nothing more on this line")
        _check_characters(self.text, "" if self.mark != ":" else f" ({self.side}= carries them, escaped)")
        _CHECKS[self.mark](self)

    @classmethod
    def of(cls, side: str, octets: bytes, time: str = "") -> Line:
        """Make the line for octets of the wire: ":" where it can carry them, else "="."""
        text = octets.decode("utf-8", "surrogateescape")
        body = text[:-2] if text.endswith("\r\n") else None
        if body is None or _CONTROL.search(body):
            return cls(side, "=", _literal(side, escape(octets)), time)
        return cls(side, ":", _literal(side, body), time)

    @property
    def seconds(self) -> float | None:
        """Seconds since the connection began, or None."""
        return float(self.time) if self.time else None

    @property
    def is_exact(self) -> bool:
        """Whether the octets are known, a ``${name}`` aside; else it is an expectation."""
        return self.mark in (":", "=")

    @property
    def value_names(self) -> list[str]:
        """The names of the values to be given at replay, in order."""
        if self.side != "C" or not self.is_exact:
            return []
        return [found[1] for found in _VALUE.finditer(self.text) if found[1]]

    def octets(self, values: Mapping[str, bytes] | None = None) -> bytes:
        """Give the octets for the wire, each ``${name}`` replaced by its value.

        Raises KeyError for a value that is not given.  Only for lines that are exact.
        """
        literal = str.encode if self.mark == ":" else unescape
        pieces: list[bytes] = []
        end = 0
        for found in _VALUE.finditer(self.text) if self.side == "C" else ():
            value = (values or {})[found[1]] if found[1] else b"${"
            pieces += [literal(self.text[end : found.start()]), value]
            end = found.end()
        pieces.append(literal(self.text[end:]))
        return b"".join(pieces) + (b"\r\n" if self.mark == ":" else b"")

    def __str__(self) -> str:
        stamp = f"[{self.time}] " if self.time else ""
        blank = "" if self.tight or self.mark == "..." else " "
        return f"{stamp}{self.side}{self.mark}{blank}{self.text}"


def _literal(side: str, text: str) -> str:
    return text.replace("${", "$${") if side == "C" else text


def _check_values(line: Line) -> None:
    bad = next((found for found in _VALUE.finditer(line.text) if found[2]), None)
    if line.side == "C" and bad:
        raise Malformed(line.text, bad.start(), "${name}, or $${ for a literal ${")


def _check_escapes(line: Line) -> None:
    position = find_bad_escape(line.text)
    if position is not None:
        raise Malformed(line.text, position, r"one of the escapes \r \n \t \\ \xHH")
    _check_values(line)


@lru_cache(maxsize=512)
def compile_pattern(text: str) -> re.Pattern[str]:
    """Compile the regular expression of a "~" line.  Raises re.error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a later Python may read otherwise is no fault of the file
        return re.compile(text)


def _check_regex(line: Line) -> None:
    try:
        compile_pattern(line.text)
    except (re.error, OverflowError, RecursionError) as error:
        position = getattr(error, "pos", None) or 0
        raise Malformed(line.text, position, f"a regular expression ({error})") from None


_CHECKS: Final[Mapping[str, Callable[[Line], None]]] = {
    ":": _check_values,
    "=": _check_escapes,
    "~": _check_regex,
    "*": lambda line: None,
    "...": lambda line: None,
}


_NUMBER = r"[0-9]+(?:\.[0-9]+)?"

EVENTS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "connected to": (re.compile(r"\S.*"), "an address, such as 127.0.0.1:2525"),
    "tls": (re.compile(r"(?:\S.*)?"), "version, cipher, verified=yes or verified=no"),
    "discarded": (
        re.compile(r'"(?:[^"\\]|\\(?:[rnt\\]|x[0-9A-Fa-f]{2}))*"'),
        "octets with escapes in double quotes",
    ),
    "closed by": (re.compile("server|client"), "server or client"),
    "reset by": (re.compile("server|client"), "server or client"),
    "timed out after": (re.compile(rf"{_NUMBER} s"), "seconds, such as 30 s"),
    "finding": (re.compile(r"[A-Za-z0-9._-]+: \S.*"), "a rule's id, a colon, a sentence"),
    "pause": (re.compile(_NUMBER), "seconds, such as 0.5"),
    "cut": (re.compile(""), "nothing more on this line"),
    "content": (
        re.compile(r"octets=[0-9]+(?: sha256=[0-9a-f]{64})?(?: file=\S.*)?"),
        "octets=N, then sha256=H (64 hexadecimal digits), then file=NAME",
    ),
}
"""Event -> what its argument must match, and how to say so.  What happened besides octets."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """Something that is not octets: ``name`` is a key of EVENTS."""

    name: str
    argument: str = ""

    def __post_init__(self) -> None:
        if self.name not in EVENTS:
            raise Malformed(self.name, 0, "one of the events " + ", ".join(EVENTS))
        _check_characters(self.argument)
        pattern, expected = EVENTS[self.name]
        if not pattern.fullmatch(self.argument):
            raise Malformed(self.argument, 0, expected)

    def __str__(self) -> str:
        return f"-- {self.name} {self.argument}" if self.argument else f"-- {self.name}"


@dataclass(frozen=True, slots=True)
class Prose:
    """A line for the reader: ``text`` is the whole line, a hash and what follows, or blank."""

    text: str = ""

    def __post_init__(self) -> None:
        if self.text.strip(" \t") and not self.text.startswith("#"):
            raise Malformed(self.text, 0, "a hash")
        if "\n" in self.text or not _is_unicode(self.text):
            raise Malformed(self.text, 0, "one line of valid UTF-8")

    def __str__(self) -> str:
        return self.text


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


Entry = Line | EventLine | Prose
"""One line of the file below the header."""

_FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")


@dataclass(frozen=True, slots=True)
class Header:
    """The header's fields in their order, version aside; names not known are kept."""

    fields: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name, value in self.fields:
            if not _FIELD_NAME.fullmatch(name):
                raise Malformed(name, 0, "a field's name: letters, digits, hyphens")
            _check_characters(value)

    def get(self, name: str, default: str = "") -> str:
        """Give the value of the first field of that name."""
        return next((value for known, value in self.fields if known == name), default)

    def words(self, name: str) -> tuple[str, ...]:
        """Give the values of a field that is a list, such as tags: separated by commas or blanks."""
        return tuple(self.get(name).replace(",", " ").split())


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation.

    ``path`` names the file in messages; ``repair`` says what was mended on reading, "" where nothing was.
    """

    header: Header = Header()
    entries: tuple[Entry, ...] = ()
    path: str = field(default="<text>", compare=False)
    repair: str = field(default="", compare=False)

    def line_number(self, index: int) -> int:
        """Give the line of the file, from 1, on which an entry stands."""
        # The version's line and the blank line surround the fields.
        return len(self.header.fields) + 2 + index + 1
