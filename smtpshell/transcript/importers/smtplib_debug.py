"""Python's smtplib with set_debuglevel(): what was sent and received as Python literals, octet for octet."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Final

from smtpshell.transcript.importers.turns import Kind, Row, Turn, encoded, wire_lines

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"""^(?:send: b?['"]|reply: b?['"]|connect: (?:to )?\()""", re.MULTILINE)

_LINE = re.compile(r"""(send|reply): (b?['"].*)""")
_SUMMARY = re.compile(r"""reply: retcode \(([0-9]+)\); Msg: (b?['"].*)""")
_CONNECT = re.compile(r"connect: (?:to )?\('?([^',]+)'?, ([0-9]+)\)")
_LONGEST: Final = 200
"""Rows that one literal may be wrapped over."""


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read what smtplib prints; its summaries of replies count only where the lines themselves are missing."""
    # Python 2 shows octets without the b, one character each.
    octets_as_text = not any(re.match("reply: (?:retcode .*Msg: )?b", row.text) for row in rows)
    replied = False
    for index, row in enumerate(rows):
        if found := _CONNECT.match(row.text):
            yield Turn(kind=Kind.EVENT, text=f"connected to {found[1]}:{found[2]}", seconds=row.seconds)
        elif summary := _SUMMARY.match(row.text):
            if not replied:
                yield from _from_summary(summary[1], _literal(summary[2], rows, index, octets_as_text), row)
            replied = False
        elif line := _LINE.match(row.text):
            kind = Kind.CLIENT if line[1] == "send" else Kind.SERVER
            replied = kind is Kind.SERVER
            for octets in wire_lines(_literal(line[2], rows, index, octets_as_text)):
                yield Turn(kind=kind, octets=octets, seconds=row.seconds)


def _literal(text: str, rows: Sequence[Row], index: int, octets_as_text: bool) -> bytes:
    """Give the octets of a literal that begins in this row, and goes on in the next ones where it is wrapped."""
    for row in [*rows[index + 1 : index + _LONGEST], None]:
        try:
            value = ast.literal_eval(text.rstrip())
        except (SyntaxError, ValueError):
            if row is None:
                break
            text = f"{text.rstrip()} {row.text.lstrip()}"
            continue
        if isinstance(value, bytes):
            return value
        return str(value).encode("latin-1", "replace") if octets_as_text else encoded(str(value))
    # The quote never closes: what is there is what was seen.
    return encoded(text.split("\n", 1)[0].lstrip("b")[1:])


def _from_summary(code: str, message: bytes, row: Row) -> Iterator[Turn]:
    *first, last = message.split(b"\n")
    for dash, texts in ((b"-", first), (b" ", [last])):
        for text in texts:
            yield Turn(kind=Kind.SERVER, octets=code.encode() + dash + text + b"\r\n", seconds=row.seconds)
