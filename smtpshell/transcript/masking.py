"""Masks what a message says, octet for octet: a letter for each letter, a digit for each digit.

White space and punctuation stay, so that lines, their lengths, dots and the header's structure do.  Names and
addresses are for others (pseudonyms.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

__all__ = ["MaskedMessage", "mask"]

_MESSAGE_FIELDS: Final = frozenset(
    (
        "bcc",
        "cc",
        "comments",
        "content-description",
        "content-disposition",
        "content-id",
        "content-language",
        "content-transfer-encoding",
        "content-type",
        "date",
        "dkim-signature",
        "errors-to",
        "from",
        "importance",
        "in-reply-to",
        "keywords",
        "list-id",
        "list-unsubscribe",
        "message-id",
        "mime-version",
        "organization",
        "precedence",
        "priority",
        "received",
        "references",
        "reply-to",
        "return-path",
        "sender",
        "subject",
        "to",
        "user-agent",
        "x-mailer",
        "x-priority",
    )
)
"""Names of header fields that are common enough to say nothing (RFC 5322 3.6, RFC 2045, RFC 4021)."""

_PLAIN_FIELDS: Final = ("mime-version", "content-transfer-encoding")
"""Header fields whose values say how the message is made, nothing of what it says."""

_FIELD: Final = re.compile(r"([!-9;-~]+)(\s*:)(.*)", re.DOTALL)


class MaskedMessage:
    """The lines of a message, one after the other; ``masked`` is used on whatever must not stay."""

    def __init__(self, masked: Callable[[str], str]) -> None:
        self._masked = masked
        self._in_header = True
        self._field = ""

    def begin(self) -> None:
        """Begin a message: what comes next is its header."""
        self._in_header = True

    def line(self, text: str) -> str:
        """Mask the next line; in the header, known names and what says how the message is made stay."""
        if not text.strip("\r\n"):
            self._in_header = False
        field = _FIELD.fullmatch(text)
        if not self._in_header:
            return self._masked(text)
        if field and not text[:1].isspace():
            self._field = field[1].lower()
            name = field[1] if self._field in _MESSAGE_FIELDS else mask(field[1])
            return name + field[2] + (field[3] if self._field in _PLAIN_FIELDS else self._masked(field[3]))
        return text if self._field in _PLAIN_FIELDS and text[:1].isspace() else self._masked(text)


def mask(text: str) -> str:
    """Put a letter for each letter and a digit for each digit, of as many octets."""
    return text.translate(_MASKS)


class _Masks(dict[int, int]):
    """For str.translate(): a character -> what stands for it; filled as characters are met."""

    def __missing__(self, ordinal: int) -> int:
        character = chr(ordinal)
        if "\udc80" <= character <= "\udcff":
            put = "\udcff"  # an octet that is no UTF-8
        elif ordinal > 0x7F:
            # Letters of two, three and four octets.
            put = " \xe9\u4e00\U00010000"[min(len(character.encode("utf-8", "surrogatepass")), 4) - 1]
        else:
            put = (
                "0"
                if character.isdigit()
                else "X"
                if character.isupper()
                else "x"
                if character.isalpha()
                else character
            )
        self[ordinal] = ord(put)
        return self[ordinal]


_MASKS: Final = _Masks()
