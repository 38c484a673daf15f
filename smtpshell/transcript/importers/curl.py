"""curl -v, which shows commands and replies, never content; and --trace-ascii, which shows all but the dot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import (
    Kind,
    Mark,
    Row,
    Turn,
    client,
    drop,
    encoded,
    event,
    marked,
    server,
)

__all__ = ["LOOKS", "LOOKS_TRACE", "read", "read_trace"]

LOOKS = re.compile(r"^(?:.*\r)?\* (?:  Trying|Connected to|Established connection) ", re.MULTILINE)
LOOKS_TRACE = re.compile(r"^== Info: |^<= Recv header, [0-9]+ bytes", re.MULTILINE)

# The progress meter may stand in front, joined by a carriage return or by nothing.
_METER = r"(?:[ 0-9.kMG:-]*\r?)?"
_MARKS = (
    Mark.of(_METER + r"\* (?:SSL connection using) (.*)", event("tls")),
    Mark.of(_METER + r"\* (?:Server disconnected|Recv failure|Connection died).*", event("closed by", "server")),
    Mark.of(r"[*{}] ?", drop),
    Mark.of(_METER + r"\* ", drop),
    Mark.of(r"Warning: |curl: |\s+(?:%|Dload)|[ 0-9]{3} ", drop),
    Mark.of(r"<(?: (.*))?$", server),
    Mark.of(r">(?: (.*))?$", client),
)
_CONNECTED = re.compile(
    r"(?:.*\r|[ 0-9.kMG:-]*)?\* (?:Connected to|Established connection to) \S+ \((\S+?)(?:\) port | port )([0-9]+)"
)
_INFO = re.compile(r"== Info: (.*)")
_HEAD = re.compile(r"(=>|<=) (Send|Recv) (header|data|SSL data), ([0-9]+) bytes")
_TEXT = re.compile(r"([0-9a-f]{4,}): (.*)")


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the output of curl -v."""
    for row in rows:
        if found := _CONNECTED.match(row.text):
            yield _connected(found, row)
        yield from marked([row], _MARKS)


def read_trace(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the output of curl --trace-ascii: blocks of octets cut into lines, CR and LF shown as line breaks."""
    side = ""
    expected = 0
    block: list[bytes] = []
    for row in [*rows, Row(0, "== Info: ")]:
        text = _TEXT.match(row.text)
        if text and side:
            offset = int(text[1], 16)
            # A line of the dump ends where it is full, or where CR and LF were, which it does not show.
            if block and offset != expected:
                block[-1] += b"\r\n"
                block.append(b"")
            block[-1:] = [(block[-1] if block else b"") + encoded(text[2])]
            expected = offset + len(encoded(text[2]))
            continue
        for line in block:
            octets = line if line.endswith(b"\r\n") else line + b"\r\n"
            yield Turn(kind=Kind.CLIENT if side == "=>" else Kind.SERVER, octets=octets, seconds=row.seconds)
        block = []
        head, info = _HEAD.match(row.text), _INFO.match(row.text)
        side = head[1] if head and head[3] != "SSL data" else ""
        if info and (found := _CONNECTED.match(f"* {info[1]}")):
            yield _connected(found, row)
        elif info:
            yield from marked([Row(row.number, f"* {info[1]}", row.seconds)], _MARKS)


def _connected(found: re.Match[str], row: Row) -> Turn:
    host, port = found[1], found[2]
    shown = f"[{host}]" if ":" in host else host
    return Turn(
        kind=Kind.EVENT,
        text=f"connected to {shown}:{port}" if port else f"connected to {shown}",
        seconds=row.seconds,
    )
