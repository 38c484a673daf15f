"""The judge of content on its way out, block by block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from smtpshell.protocol.content import END_OF_CONTENT
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.limits import TEXT_LINE

__all__ = ["CONTENT_RULES", "ContentJudge"]

CONTENT_RULES: Final = (
    "content-bare-line-end",
    "content-lookalike",
    "content-line-too-long",
    "content-nul",
    "content-8bit",
    "content-over-declared",
    "content-over-limit",
)
"""The rules that ContentJudge looks after."""

_LONE_DOTS: Final = (b"\n.\n", b"\r.\n", b"\r.\r", b"\n.\r")
# A lone dot between two line ends of which one is bare; each with what shows that it is.
_LOOKALIKE: Final = re.compile(rb"[^\r]\n\.[\r\n]|\r\.[\r\n]|\r\n\.(?:\n|\r[^\n])")
_LOOKALIKE_LENGTH: Final = 5  # octets, at most


class ContentJudge:
    """Looks at content on its way out, block by block, and reports each breach once a message.

    ``repaired`` tells that no bare line end can be there any more, so none is looked for; ``chunks`` that the
    content comes by BDAT, where nothing is stuffed and lines have no meaning (RFC 3030 2).
    """

    def __init__(self, facts: Facts, *, repaired: bool = False, chunks: bool = False) -> None:
        self._room = 0  # octets that the line begun may still have; 0 at the start of a line
        self._ends_in_cr = False
        self._tail = b"\r\n"  # the line end of DATA stands before the first line
        self._octets = 0
        self._held = 0
        self._stuffed = not chunks
        self._declared = next(iter(_numbers(facts.asked, "SIZE=")), None) if facts.asked else None
        self._limit = facts.capabilities.size_limit if facts.capabilities else None
        self._due: dict[str, Callable[[bytes], bool]] = {}
        if not repaired and not chunks:
            self._due["content-bare-line-end"] = self._has_bare_line_end
            self._due["content-lookalike"] = self._has_lookalike
        if not chunks:
            self._due["content-line-too-long"] = self._has_long_line
        if "BODY=BINARYMIME" not in facts.asked:
            self._due["content-nul"] = _has_nul
        if not _ALLOW_8BIT.intersection(facts.asked):
            self._due["content-8bit"] = _is_8bit
        if self._declared is not None:
            self._due["content-over-declared"] = self._is_over_declared
        if self._limit is not None:
            self._due["content-over-limit"] = self._is_over_limit

    def judge(self, octets: bytes, *, ended: bool = False) -> tuple[Finding, ...]:
        """Give what is wrong with the next block in its wire form, as far as not reported before."""
        if self._declared is not None or self._limit is not None:
            self._count(octets, ended=ended)
        new = [name for name, breaks in self._due.items() if breaks(octets)]
        self._tail = (self._tail + octets[1 - _LOOKALIKE_LENGTH :])[1 - _LOOKALIKE_LENGTH :]
        if not new:
            return ()
        for name in new:
            del self._due[name]
        details = {"content-over-declared": self._declared, "content-over-limit": self._limit}
        return tuple(Finding(RULES[n], f"more than {details[n]} octets" if n in details else "") for n in new)

    def _count(self, octets: bytes, *, ended: bool) -> None:
        """Count what the server will: neither added dots nor the end of mail data (RFC 1870 4)."""
        self._octets += len(octets)
        if self._stuffed:
            self._octets -= octets.count(b"\r\n.") + (self._tail[-2:] + octets[:2]).count(b"\r\n.")
            # The lone dot is off like one that was added; what is behind it must not count before the end is seen.
            self._held = 0 if ended else len(END_OF_CONTENT) - 1
            self._octets -= len(END_OF_CONTENT) - 1 if ended else 0

    def _is_over_declared(self, _: bytes) -> bool:
        return self._declared is not None and self._octets - self._held > self._declared

    def _is_over_limit(self, _: bytes) -> bool:
        return self._limit is not None and self._octets - self._held > self._limit

    def _has_lookalike(self, octets: bytes) -> bool:
        seam = self._tail + octets[: _LOOKALIKE_LENGTH - 1]
        if _LOOKALIKE.search(seam):
            return True
        return any(dot in octets for dot in _LONE_DOTS) and _LOOKALIKE.search(octets) is not None

    def _has_bare_line_end(self, octets: bytes) -> bool:
        pairs = octets.count(b"\r\n")
        bare_lf = octets.count(b"\n") - pairs - (self._ends_in_cr and octets.startswith(b"\n"))
        ends_in_cr = octets.endswith(b"\r")
        bare_cr = octets.count(b"\r") - pairs - ends_in_cr + (self._ends_in_cr and not octets.startswith(b"\n"))
        self._ends_in_cr = ends_in_cr
        return bool(bare_lf or bare_cr)

    def _has_long_line(self, octets: bytes) -> bool:
        position, end, room = 0, len(octets), self._room
        first = octets.find(b"\n", 0, room or TEXT_LINE)
        step = octets.find(b"\n", first + 1, first + 1 + TEXT_LINE) - first
        if first >= 0 and step > 0:
            # Lines of one length, as base64 has them, are passed over in one go.
            ends = octets[first::step]
            if ends.count(b"\n") == len(ends):
                position, room = first + 1 + (len(ends) - 1) * step, 0
        # Leap from line end to line end, each leap as far as a line may reach: most lines are never looked at.
        while position < end:
            line_end = octets.rfind(b"\n", position, position + (room or TEXT_LINE))
            if line_end >= 0:
                position, room = line_end + 1, 0
            elif not room:
                # A dot that opens a line is not counted, the server takes it off (RFC 5321 4.5.3.1.6).
                room = TEXT_LINE + octets.startswith(b".", position)
            elif end - position < room:
                position, room = end, room - (end - position)
            else:
                return True
        self._room = room
        return False


# SMTPUTF8 lets the header have octets beyond ASCII by itself (RFC 6531 3.6, RFC 6532 3.2).
_ALLOW_8BIT: Final = frozenset({"BODY=8BITMIME", "BODY=BINARYMIME", "SMTPUTF8"})


def _has_nul(octets: bytes) -> bool:
    return b"\0" in octets


def _is_8bit(octets: bytes) -> bool:
    return not octets.isascii()


def _numbers(parameters: Iterable[str], opening: str) -> Iterable[int]:
    values = (word.removeprefix(opening) for word in parameters if word.startswith(opening))
    return (int(value[:20]) for value in values if value.isascii() and value.isdecimal())
