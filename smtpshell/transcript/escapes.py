r"""Any octets as one line of text, and back: the escapes of ``=`` lines.

Escapes are \r \n \t \\ and \xHH; everything else is the UTF-8 of itself.  What the writer escapes: control
characters (C0, DEL, C1), the backslash, and octets that are no UTF-8.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["CONTROL", "escape", "find_bad_escape", "unescape"]

CONTROL: Final = "\\x00-\\x08\\x0a-\\x1f\\x7f-\\x9f"
"""For a character class: Unicode's control characters (category Cc) but TAB."""

_NAMED: Final = {"\r": "\\r", "\n": "\\n", "\t": "\\t", "\\": "\\\\"}
_LETTERS: Final = {"r": b"\r", "n": b"\n", "t": b"\t", "\\": b"\\"}

_NEEDS_ESCAPE = re.compile(f"[{CONTROL}\t\\\\]|[^\x00-\ud7ff\ue000-\U0010ffff]")


class _Escapes(dict[int, str]):
    """For str.translate(): a character -> how it is written; filled as characters are met."""

    def __missing__(self, ordinal: int) -> str:
        character = chr(ordinal)
        self[ordinal] = _escaped(character) if _NEEDS_ESCAPE.match(character) else character
        return self[ordinal]


def _escaped(character: str) -> str:
    """Write one character as an escape; surrogates stand for octets that are no UTF-8."""
    lone_octet = "\udc80" <= character <= "\udcff"
    octets = character.encode("utf-8", "surrogateescape" if lone_octet else "surrogatepass")
    return _NAMED.get(character) or "".join(f"\\x{octet:02x}" for octet in octets)


_ESCAPES: Final = _Escapes()
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|([rnt\\]))")
_ESCAPE_OR_BACKSLASH = re.compile(r"\\(?:x[0-9A-Fa-f]{2}|([rnt\\])|())")


def escape(octets: bytes | str) -> str:
    """Give octets (text as its UTF-8, with surrogateescape) as one line without control characters."""
    text = octets if isinstance(octets, str) else octets.decode("utf-8", "surrogateescape")
    return text.translate(_ESCAPES)


def find_bad_escape(text: str) -> int | None:
    """Give the position of the first backslash that opens no escape, or None."""
    return next((found.start() for found in _ESCAPE_OR_BACKSLASH.finditer(text) if found[2] is not None), None)


def unescape(text: str) -> bytes:
    """Give the octets that escaped text stands for; a backslash that opens no escape stands for itself."""
    pieces: list[bytes] = []
    end = 0
    for found in _ESCAPE.finditer(text):
        pieces += [
            text[end : found.start()].encode(),
            bytes.fromhex(found[1]) if found[1] else _LETTERS[found[2]],
        ]
        end = found.end()
    return b"".join([*pieces, text[end:].encode()])
