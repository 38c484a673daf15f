"""Exim: -v and -d while it delivers or listens (SMTP>> and SMTP<<), and -bh, a session it only plays."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import (
    Mark,
    Row,
    Turn,
    client,
    drop,
    event,
    hidden,
    marked,
    server,
    settled,
    unmarked,
)

__all__ = ["LOOKS", "LOOKS_PLAYED", "read", "read_played"]

LOOKS = re.compile(r"^\s*(?:[0-9]+ )?\s*SMTP(?:>>|<<) ", re.MULTILINE)
# With -d as well, what was typed stands in the debug output, and that is the better source.
LOOKS_PLAYED = re.compile(
    rf"\A(?!(?s:.*){LOOKS.pattern})(?s:.*)^\*\*\*\* SMTP testing session as if from host", re.MULTILINE
)


def _connected(text: str, row: Row) -> Turn:
    address, port = text.rsplit(":", 1)
    address = address.rstrip("]")
    return event("connected to")(f"[{address}]:{port}" if ":" in address else f"{address}:{port}", row)


# With -d the number of the process stands in front.
_PROCESS = r"\s*(?:[0-9]+ )?"
_MARKS = (
    Mark.of(_PROCESS + r"Connecting to .*?\[([0-9a-fA-F.:]+\]?:[0-9]+)", _connected),
    Mark.of(_PROCESS + r"\s*SMTP>> \(?(writing message.*)", hidden),
    Mark.of(_PROCESS + r"\s*SMTP(?:>>|\|>|\+>) ?(.*)", client),
    Mark.of(_PROCESS + r"\s*SMTP<< ?(.*)", server),
    # The later lines of a reply stand below its first: below SMTP<< where Exim is the client, else below SMTP>>.
    Mark.of(r"(?:\s*[0-9]+ )? {9}([2-5][0-9]{2}(?:[ -].*)?)$", server),
    Mark.of(r"(?:\s*[0-9]+ )? {7}([2-5][0-9]{2}(?:[ -].*)?)$", client),
    Mark.of(r"", drop),
)
_TRACE = (Mark.of(r">>>|LOG: |\*\*\*\* |\s*$", drop),)


def read(rows: Sequence[Row]) -> list[Turn]:
    """Read what Exim prints as a client, or as a server, where the arrows mean the other side."""
    return settled(list(marked(rows, _MARKS)))


def read_played(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read a session of exim -bh; what was typed is there only where the terminal showed it."""
    return unmarked(rows, _TRACE)
