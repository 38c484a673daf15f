r"""Text that can do nothing to a terminal: whatever would be obeyed, or seen by nobody, is shown (``\x1b``)."""

from __future__ import annotations

import re
from typing import Final

from smtpshell.shell.display.styles import Fragments, sequences

__all__ = ["styled", "to_ansi", "to_text", "visible", "visible_line"]

# Unicode categories Cc (TAB and LF aside), the bidi controls of UAX 9, what has neither width nor ink, the line
# and paragraph separators, the tags, and lone surrogates, which stand for octets that are no UTF-8.
_INVISIBLE: Final = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U00013430-\U00013440\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff"
)
# What is drawn on the character before it: there it stays, elsewhere it would change what is ours.
_MARKS: Final = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_SELECTORS: Final = "\ufe0e\ufe0f"  # of the form of an emoji
_KEYCAP: Final = "\u20e3"
_UNSAFE: Final = re.compile(f"[{_INVISIBLE}{_MARKS}{_SELECTORS}]")  # one set: lookbehinds take four times as long
_DRAWN_ON: Final = re.compile(f"[{_MARKS}{_SELECTORS}]")


def visible(text: str | bytes) -> str:
    r"""Give text that is safe to print: TAB and LF stay, other controls and odd octets become escapes.

    ``\x1b`` stands for an octet or a control character, ``\u202e`` for another character, ``\r`` for CR.  Letters
    written from right to left stay: without controls they turn round no more than what stands between them, and
    never what begins the line.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8", "surrogateescape")
    return _UNSAFE.sub(_escape, text)


def visible_line(text: str | bytes) -> str:
    r"""Give what visible() gives as one line: LF is shown as ``\n``."""
    return visible(text).replace("\n", "\\n")


def _escape(found: re.Match[str]) -> str:
    """Give what stands for an unsafe character: itself, where it is drawn on one that it may be drawn on."""
    if _DRAWN_ON.match(found[0]) and _fits(found):
        return found[0]
    code = ord(found[0])
    if code == 0x0D:
        return "\\r"
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _fits(found: re.Match[str]) -> bool:
    """Whether a mark stands behind a letter, a selector behind a symbol or in a keycap."""
    text, at = found.string, found.start()
    before = text[at - 1 : at]
    if found[0] in _SELECTORS:
        return before >= "\u00a9" or text.startswith(_KEYCAP, at + 1)
    return before > "@"


def styled(style: str, text: str) -> Fragments:
    """Give text in a style, what had to be escaped in the style of control characters."""
    if not _UNSAFE.search(text):
        return [(style, text)]
    pieces: Fragments = []
    at = 0
    for found in _UNSAFE.finditer(text):
        escaped = _escape(found)
        if escaped == found[0]:
            continue
        if found.start() > at:
            pieces.append((style, text[at : found.start()]))
        pieces.append(("control", escaped))
        at = found.end()
    if at < len(text):
        pieces.append((style, text[at:]))
    return pieces


def to_text(fragments: Fragments) -> str:
    """Give the text alone."""
    return "".join([text for _, text in fragments])


def to_ansi(fragments: Fragments, theme: str = "default") -> str:
    """Give the text with escape sequences for its colours in a theme."""
    switch = sequences(theme)
    text = "".join([f"{switch[style]}{text}\x1b[0m" if style in switch else text for style, text in fragments])
    # Switched off before the line end, or a background would go on to the edge of the screen.
    return text.replace("\n\x1b[0m", "\x1b[0m\n")
