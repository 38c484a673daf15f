"""aiosmtpd's logger mail.log: Python literals behind the client's address; its port tells connections apart."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from smtpshell.transcript.importers.turns import Kind, Row, Turn, encoded, wire_lines

__all__ = ["LOOKS", "read"]

LOOKS = re.compile(r"""\('[^']+', [0-9]+(?:, [0-9]+, [0-9]+)?\) (?:<<|>>) b['"]""")

_LINE = re.compile(r"""(\('[^']+', [0-9]+(?:, [0-9]+, [0-9]+)?\)) (<<|>>) (b['"].*)""")
_CONTENT = re.compile(r"""DATA readline: (b['"].*)""")
_SIDES = {">>": Kind.CLIENT, "<<": Kind.SERVER}


def read(rows: Sequence[Row]) -> Iterator[Turn]:
    """Read the log; lines of content name no client, they are that one's who was last told to send some."""
    sending = ""
    for row in rows:
        if found := _LINE.search(row.text):
            octets = _octets(found[3])
            if octets.startswith(b"354"):
                sending = found[1]
            yield from _turns(_SIDES[found[2]], octets, row, found[1])
        elif content := _CONTENT.search(row.text):
            yield from _turns(Kind.CLIENT, _octets(content[1]), row, sending)


def _octets(text: str) -> bytes:
    try:
        value = ast.literal_eval(text.rstrip())
    except (SyntaxError, ValueError):
        return encoded(text[2:])  # cut short: what is there is what was seen
    return value if isinstance(value, bytes) else encoded(str(value))


def _turns(kind: Kind, octets: bytes, row: Row, connection: str) -> Iterator[Turn]:
    """Make a turn a line; what has lost its line end gets it back."""
    for line in wire_lines(octets) or [b""]:
        whole = line if line.endswith(b"\n") else line + b"\r\n"
        yield Turn(kind=kind, octets=whole, seconds=row.seconds, connection=connection)
