"""Dialogues as people write them: C: and S: in RFCs, S: and R: in RFC 821, and the like in other programs' logs.

What smtpshell itself prints is one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from smtpshell.transcript.importers.turns import Kind, Row, Turn, client, encoded, note, server, settled
from smtpshell.transcript.model import EVENTS

__all__ = ["LOOKS", "read"]

_SIDES: Final = {
    "C": Kind.CLIENT,
    "Client": Kind.CLIENT,
    "Send": Kind.CLIENT,
    "Sent": Kind.CLIENT,
    "[C]": Kind.CLIENT,
    "S": Kind.SERVER,
    "Server": Kind.SERVER,
    "Recv": Kind.SERVER,
    "Got": Kind.SERVER,
    "[S]": Kind.SERVER,
    "R": Kind.SERVER,
}
"""Mark -> whose line it is, as a first reading; RFC 821 has S: for the sender, which settled() finds out."""

_NAMES = "|".join(sorted(map(re.escape, _SIDES), key=len, reverse=True))
_LINE = re.compile(rf"\s*({_NAMES})(?::|(?<=\])) ?(.*)")
LOOKS = re.compile(
    rf"^\s*(?:{_NAMES})(?::|(?<=\]))\s*(?:220|EHLO|HELO|LHLO|MAIL FROM)\b", re.MULTILINE | re.IGNORECASE
)
_EVENT = re.compile(rf"-- ({'|'.join(EVENTS)})(?: (.*))?")
_DIRECTION = re.compile(r"\s*[<(].*[>)]\s*")
# RFC 2223 3: page breaks, footers and headers.
_PAGE = re.compile(r"\f|.*\[Page [0-9]+\]\s*|RFC [0-9]+ {2,}.*[12][0-9]{3}\s*")


def read(rows: Sequence[Row]) -> list[Turn]:
    """Read a dialogue; an indented line without a mark is the rest of the one above."""
    marks = {found[1] for row in rows if (found := _LINE.match(row.text))}
    turns = list(_turns(rows))
    if "R" in marks and "C" not in marks:
        sender = {Kind.CLIENT: Kind.CLIENT, Kind.SERVER: Kind.CLIENT}
        turns = [
            replace(turn, kind=sender.get(turn.kind, turn.kind)) if turn.connection == "S" else turn
            for turn in turns
        ]
    return settled([replace(turn, connection="") for turn in turns])


def _turns(rows: Sequence[Row]) -> Iterator[Turn]:
    """Give the turns, each with its mark where a connection's name will be."""
    pending: Turn | None = None
    content = False
    for row in rows:
        found, happened = _LINE.match(row.text), _EVENT.fullmatch(row.text)
        unmarked = found is None and happened is None and not _DIRECTION.fullmatch(row.text)
        if unmarked and pending and pending.octets and row.text[:1] == " " and row.text.strip():
            rest = encoded(row.text.strip())
            pending = replace(pending, octets=pending.octets[:-2] + b" " + rest + b"\r\n")
            continue
        if pending:
            yield pending
        pending = None
        if happened and happened[1] not in ("finding", "content"):
            pending = Turn(kind=Kind.EVENT, text=f"{happened[1]} {happened[2] or ''}".strip(), seconds=row.seconds)
        elif found and not content and _DIRECTION.fullmatch(found[2]):
            pending = note(found[0].strip(), row)
        elif found:
            make = client if _SIDES[found[1]] is Kind.CLIENT else server
            pending = make(found[2], row, found[1])
            content = found[2] != "." if content else found[2].startswith("354")
        elif _DIRECTION.fullmatch(row.text) and not _PAGE.fullmatch(row.text):
            pending = note(row.text.strip(), row)
    if pending:
        yield pending
