"""What a text may stand for: a table of encodings, each tried on what looks like it."""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.parameters import xtext_decode

__all__ = ["ENCODINGS", "Encoding", "decoded"]


@dataclass(frozen=True, slots=True)
class Encoding:
    """One encoding: ``pattern`` finds what looks like it, ``decode`` reads that or raises ValueError.

    With ``whole`` what is found stands for itself alone, else the rest of the text stays around it.
    """

    name: str
    source: str
    pattern: re.Pattern[str]
    decode: Callable[[str], str]
    whole: bool = False


def decoded(text: str) -> list[tuple[Encoding, str]]:
    """Give what each encoding makes of a text, where it makes anything of it."""
    results: list[tuple[Encoding, str]] = []
    for encoding in ENCODINGS:
        try:
            if encoding.whole:
                results += [(encoding, encoding.decode(found[0])) for found in encoding.pattern.finditer(text)]
                continue
            result = encoding.pattern.sub(lambda found, decode=encoding.decode: decode(found[0]), text)  # type: ignore[misc]
        except (ValueError, LookupError):
            continue
        if result != text:
            results.append((encoding, result))
    return results


_CERTAIN: Final = 16
"""Characters from which on, or with padding, it is base64 even where what it stands for is no text."""


def _base64(text: str) -> str:
    """Read base64; a word of a sentence that only looks like it is none."""
    text = text.strip()
    found = base64.b64decode(text, validate=True).decode("utf-8", "surrogateescape")
    readable = sum(character.isprintable() or character in "\0\1\r\n\t" for character in found)
    if len(text) < _CERTAIN and not text.endswith("=") and readable < len(found):
        raise ValueError("this is no text")
    return found


def _encoded_words(text: str) -> str:
    from email.errors import HeaderParseError
    from email.header import decode_header, make_header

    try:
        return str(make_header(decode_header(text)))
    except HeaderParseError as error:
        raise ValueError(str(error)) from error


def _quoted_printable(text: str) -> str:
    octets = quopri.decodestring(text.encode("utf-8", "surrogateescape"))
    return octets.decode("utf-8", "surrogateescape")


def _utf7(text: str) -> str:
    return text.encode("ascii").decode("utf-7")


def _unitext(text: str) -> str:
    code = int(text[3:-1], 16)
    if 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        raise ValueError("no character has that number")
    return chr(code)


def _label(text: str) -> str:
    import idna

    return idna.decode(text)  # idna.IDNAError is a ValueError


ENCODINGS: Final = (
    Encoding(
        "base64",
        "RFC 4648 4",
        # Groups of four.  A word of a sentence is not taken for it unless it is padded, or long.
        re.compile(
            r"(?<![A-Za-z0-9+/=?])(?:(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
            r"|(?:[A-Za-z0-9+/]{4}){3,})(?![A-Za-z0-9+/=?])"
            r"|\A\s*(?:[A-Za-z0-9+/]{4})+\s*\Z"
        ),
        _base64,
        whole=True,
    ),
    Encoding(
        "encoded words",
        "RFC 2047",
        re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?\s]*\?=)*"),
        _encoded_words,
    ),
    Encoding(
        "quoted-printable",
        "RFC 2045 6.7",
        # Encoded words have their own kind of it.
        re.compile(r"\A(?!.*=\?[^?]+\?[bBqQ]\?).*=(?:[0-9A-Fa-f]{2}|[ \t]*\r?\n).*\Z", re.DOTALL),
        _quoted_printable,
    ),
    Encoding("xtext", "RFC 3461 4", re.compile(r"(?:\+[0-9A-F]{2})+"), xtext_decode),
    Encoding("utf-8-addr-xtext", "RFC 6533 3", re.compile(r"\\x\{[0-9A-F]{2,6}\}"), _unitext),
    Encoding("UTF-7", "RFC 2152", re.compile(r"\+[A-Za-z0-9+/]{3,}-"), _utf7),
    Encoding(
        "A-label",
        "RFC 5890 2.3.2.1",
        re.compile(r"(?i)(?<![a-z0-9-])xn--[a-z0-9-]+(?![a-z0-9-])"),
        _label,
    ),
)
"""Every encoding that mail or SMTP writes text in."""
