"""An exchange octet by octet: offsets, sixteen octets a row, what they are in ASCII, both ways.

``${auth}`` stands for a secret here as everywhere, one for each, however long it is: offsets count it as it
stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from smtpshell.shell.display.exchanges import Exchange
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome
from smtpshell.transcript.redaction import AUTH, Secrets

__all__ = ["exchange_octets"]

_ROW: Final = 16
# Arrows, which every font has; the pictures of CR and LF are in few.
_LINE_ENDS: Final = {0x0D: "←", 0x0A: "↓"}

Cell = tuple[int, bool]
"""(octet, whether it stands for a secret)"""


def exchange_octets(exchange: Exchange, secrets: Secrets, coming: bytes = b"") -> Outcome:
    """Give an exchange in rows; ``coming`` is what is here of a reply that is not whole yet."""
    shown: Fragments = []
    data: dict[str, object] = {"event": "octets"}
    hides = False
    # Only a command can have a secret marked in it, and it comes first.
    span = exchange.sent[0][1] if exchange.sent else None
    sent = b"".join([piece for piece, _ in exchange.sent])
    received = b"".join(exchange.received)
    for name, side, octets, marked, count, more in (
        ("sent", "C", sent, span, exchange.sent_octets, b""),
        ("received", "S", received, None, exchange.received_octets, coming),
    ):
        # What was not kept may be the rest of a secret.
        kept = octets if len(octets) == count else octets[: secrets.safe_length(octets)]
        cells = list(_cells(secrets.segments(kept + more, marked)))
        hides = hides or any(secret for _, secret in cells)
        shown += _rows(side, cells)
        data |= {name: bytes(octet for octet, _ in cells).hex(), f"{name}_octets": count + len(more)}
        if len(kept) < count:
            shown.append(("note", f"  and {count - len(kept):,} more octets, not kept\n"))
    if hides:
        shown.append(("note", f"  {AUTH} stands for what nobody may see\n"))
    if exchange.answered_at is None:
        shown.append(("note", "  the reply is not whole yet\n" if coming else "  no reply yet\n"))
    return Outcome(fragments=shown, data=data)


def _cells(segments: Iterable[tuple[bytes, bool]]) -> Iterator[Cell]:
    for octets, secret in segments:
        for octet in AUTH.encode() if secret else octets:
            yield octet, secret


def _rows(side: str, cells: list[Cell]) -> Fragments:
    mark = "mark.client" if side == "C" else "mark.server"
    shown: Fragments = []
    for offset in range(0, len(cells), _ROW):
        row = [(_style(cell), *cell) for cell in cells[offset : offset + _ROW]]
        shown += [(mark, f"{side}: "), ("note", f"{offset:06x}  ")]
        for number in range(_ROW):
            if number < len(row):
                shown.append((row[number][0], f"{row[number][1]:02x}"))
            else:
                shown.append(("", "  "))
            shown.append(("", "  " if number in (_ROW // 2 - 1, _ROW - 1) else " "))
        shown += [(style, _character(octet)) for style, octet, _ in row]
        shown.append(("", "\n"))
    return shown


def _style(cell: Cell) -> str:
    octet, secret = cell
    return "secret" if secret else "" if 0x20 <= octet < 0x7F else "control"


def _character(octet: int) -> str:
    return chr(octet) if 0x20 <= octet < 0x7F else _LINE_ENDS.get(octet, ".")
