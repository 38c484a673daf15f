"""Nodemailer with debug and logger on: an id for each connection, C: and S:, and content without either."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import CODE, Kind, Row, Turn, client, server

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"^\[[A-Za-z0-9+/_-]+\] [CS]: ", re.MULTILINE)

_LINE = re.compile(r"(?:\[#[^]]*\] )?\[([A-Za-z0-9+/_-]+)\] (?:([CS]): ?)?(.*)")
_UPGRADED = re.compile(r"Connection upgraded with STARTTLS")
_COUNT = re.compile(r"<[0-9]+ bytes encoded .*>")


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the log; lines without C: or S: are content behind a 354, up to the lone dot, and notes elsewhere."""
    sending: set[str] = set()
    replying: set[str] = set()
    for row in rows:
        if not (found := _LINE.fullmatch(row.text)):
            continue
        connection, mark, text = found[1], found[2], found[3]
        if mark == "S":
            yield server(text, row, connection)
            replying = replying | {connection} if text[3:4] == "-" else replying - {connection}
            if text.startswith("354 "):
                sending.add(connection)
        elif mark == "C":
            yield client(text, row, connection)
        elif connection in sending and not _COUNT.fullmatch(text):
            yield client(text, row, connection)
            if text == ".":
                sending.discard(connection)
        elif connection in replying and CODE.match(text):
            yield server(text, row, connection)
        elif _UPGRADED.match(text):
            yield Turn(kind=Kind.EVENT, text="tls", seconds=row.seconds, connection=connection)
