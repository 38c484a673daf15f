"""PHPMailer's SMTPDebug, as it is echoed, as HTML, or in a web server's error log."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import CODE, Kind, Row, Turn, client, note, server

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"(?:SERVER -(?:>|&gt;) CLIENT|CLIENT -(?:>|&gt;) SERVER):")

_BREAK = re.compile(r"<br\s*/?>")
_ENTRY = re.compile(r"(?:^|.*?[\s\]])(SERVER -> CLIENT|CLIENT -> SERVER): ?(.*?)(?:, referer: .*)?$")
_OPENING = re.compile(r".*Connection: opening to ([^\s,]+:[0-9]+)")
_NOTE = re.compile(r".*?(SMTP ERROR: .*|SMTP NOTICE: .*)")
# Entries of level 4 and of old versions that repeat a reply; the others are notes of ours to no one.
_REPEATED = re.compile(r".*(?:SMTP INBOUND:|SMTP -> get_lines\(\):|Connection: |Mailer Error:)")


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read what PHPMailer says."""
    replying = ""
    for row in _lines(rows):
        if found := _ENTRY.match(row.text):
            replying = ""
            if found[1].startswith("CLIENT"):
                yield client(found[2], row)
            elif not found[2].strip():
                yield Turn(kind=Kind.EVENT, text="closed by server", seconds=row.seconds)
            else:
                for text in _cut(found[2]):
                    yield server(text, row)
                    replying = text[:3] if text[3:4] == "-" else ""
        elif opening := _OPENING.match(row.text):
            yield Turn(
                kind=Kind.EVENT, text=f"connected to {opening[1].removeprefix('tcp://')}", seconds=row.seconds
            )
        elif said := _NOTE.match(row.text):
            yield note(said[1], row)
        elif replying and not _REPEATED.match(row.text) and CODE.match(text := row.text.strip()):
            yield server(text, row)
            replying = replying if text[3:4] == "-" else ""


def _lines(rows: Sequence[Row]) -> Iterator[Row]:
    """Undo what HTML and error logs did to line ends."""
    for row in rows:
        text = row.text
        pieces = (
            [html.unescape(piece) for piece in _BREAK.split(text)]
            if LOOKS.search(text) and "&gt;" in text
            else [text]
        )
        for piece in pieces:
            for line in piece.split(r"\r\n") if "referer:" in piece or piece.endswith(r"\r\n") else [piece]:
                yield Row(row.number, line.removesuffix("\r"), row.seconds)


def _cut(text: str) -> list[str]:
    """Cut a reply whose line ends were lost, at each of its code followed by a dash or a blank."""
    code = CODE.match(text)
    if not code or text[3:4] != "-":
        return [text]
    return [piece for piece in re.split(rf"(?={code[1]}[ -])", text) if piece]
