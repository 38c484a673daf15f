"""Replies: what a server says, with the octets exactly as they came.

A reply line is a three-digit code, then a hyphen where more lines follow or a space (or
nothing) on the last, then text (RFC 5321 4.2).  Nothing is judged here: whether a code fits
its command is in sequences.py, what is odd about a reply is in findings.py.

Text is derived when asked for: UTF-8 with surrogateescape, so that octets in invalid UTF-8
come back unchanged from ``text.encode("utf-8", "surrogateescape")``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Final

from smtpshell.protocol.enhanced_status_codes import EnhancedStatusCode

__all__ = ["END_INSIDE_REPLY", "UNPARSABLE", "Reply", "ReplyClass", "ReplyLine", "code_of"]

UNPARSABLE: Final = 600
"""Stands where a code must be given and the reply line has none that can be read."""

END_INSIDE_REPLY: Final = 621
"""Stands where a code must be given and the stream ended before the reply did."""

# RFC 5321 4.2: Reply-code = %x32-35 %x30-35 %x30-39.  The digits are not held to those ranges
# here: 299 or 650 is a code that can be read, and an unlisted one is a finding.  Our own two are not readable.
_CODE = re.compile(rb"(?!600|621)([1-9][0-9][0-9])(?:[- \t\r\n]|$)")


@lru_cache(maxsize=256)
def code_of(opening: bytes) -> int:
    """Give the code that the first four octets of a line are, or 600."""
    found = _CODE.fullmatch(opening)
    return int(found[1]) if found else UNPARSABLE


class ReplyClass(IntEnum):
    """The first digit of a code, which alone decides what a client does next (RFC 5321 4.2.1)."""

    PRELIMINARY = 1
    """1yz: FTP has it, SMTP has no command that allows it."""
    SUCCESS = 2
    """2yz: positive completion; a new request may follow."""
    INTERMEDIATE = 3
    """3yz: the server waits for more from the client."""
    TRANSIENT = 4
    """4yz: refused for now; the same request may succeed later."""
    PERMANENT = 5
    """5yz: refused; do not repeat the request as it was."""
    UNREADABLE = 6
    """Our own 600 and 621: not a reply SMTP knows."""

    @classmethod
    def of(cls, code: int) -> ReplyClass:
        """Give the class of a code; whatever is not 1yz to 5yz is UNREADABLE."""
        return _CLASSES.get(code // 100, cls.UNREADABLE)


_CLASSES: Final = {class_.value: class_ for class_ in ReplyClass if class_ is not ReplyClass.UNREADABLE}
"""First digit -> class."""


@dataclass(frozen=True, slots=True)
class ReplyLine:
    """One line of a reply; ``raw`` is its octets as received, line end included (or missing)."""

    raw: bytes

    @property
    def octets(self) -> bytes:
        """The line without its line end (CRLF, or a bare LF)."""
        raw = self.raw
        return raw[:-2] if raw.endswith(b"\r\n") else raw[:-1] if raw.endswith(b"\n") else raw

    @property
    def code(self) -> int:
        """The three-digit code, or 600 (UNPARSABLE) where the line does not open with one."""
        return code_of(self.raw[:4])

    @property
    def continues(self) -> bool:
        """Whether a hyphen says that more lines of this reply follow."""
        return self.raw[3:4] == b"-" and self.code != UNPARSABLE

    @property
    def text(self) -> str:
        """The text behind the code and its separator; the whole line where there is no code."""
        octets = self.octets
        if self.code != UNPARSABLE:
            octets = octets[4:]
        return octets.decode("utf-8", "surrogateescape")

    @property
    def enhanced_status_code(self) -> EnhancedStatusCode | None:
        """The enhanced status code that opens the text (RFC 2034 4), or None."""
        return EnhancedStatusCode.parse(self.text)


@dataclass(frozen=True, slots=True, init=False)
class Reply:
    """One reply: a code and the lines that carried it.

    ``raw_lines`` are the octets of each line as received.  ``code`` is that of the last line,
    or UNPARSABLE (600) or END_INSIDE_REPLY (621).
    """

    code: int
    raw_lines: tuple[bytes, ...]

    def __init__(self, code: int, raw_lines: tuple[bytes, ...]) -> None:
        # What dataclass writes for a frozen class looks each attribute up by name, and takes twice as long.
        _set_code(self, code)
        _set_raw_lines(self, raw_lines)

    @classmethod
    def from_lines(cls, *raw_lines: bytes) -> Reply:
        """Build a reply from its lines, the code taken from the last."""
        return cls(ReplyLine(raw_lines[-1]).code, raw_lines)

    @property
    def raw(self) -> bytes:
        """All octets of the reply, as received."""
        return b"".join(self.raw_lines)

    @property
    def lines(self) -> tuple[ReplyLine, ...]:
        """The lines, each ready to be asked for its parts."""
        return tuple(map(ReplyLine, self.raw_lines))

    @property
    def texts(self) -> list[str]:
        """The text of each line, code and separator removed."""
        return [line.text for line in self.lines]

    @property
    def text(self) -> str:
        """The texts, one a line."""
        return "\n".join(self.texts)

    @property
    def reply_class(self) -> ReplyClass:
        """The class that the code's first digit gives."""
        return ReplyClass.of(self.code)

    @property
    def enhanced_status_code(self) -> EnhancedStatusCode | None:
        """The enhanced status code of the last line, or None."""
        return ReplyLine(self.raw_lines[-1]).enhanced_status_code if self.raw_lines else None

    @property
    def is_positive(self) -> bool:
        """Whether it is 2yz or 3yz: the server did, or goes on doing, what it was asked."""
        return self.code < 400

    def __str__(self) -> str:
        return f"{self.code} {self.texts[-1]}" if self.raw_lines else str(self.code)


_set_code: Final = Reply.__dict__["code"].__set__
_set_raw_lines: Final = Reply.__dict__["raw_lines"].__set__
