"""Pasted content: its line ends made CRLF, and what is said about that, about its size and its last line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from smtpshell.protocol.content import repair_line_ends

__all__ = ["SHOWN", "PastedContent"]

SHOWN: Final = 4096
"""Octets of a paste up to which it is shown."""


class PastedContent:
    """Says about each paste what its user should know, by ``note``."""

    def __init__(self, note: Callable[[str], None]) -> None:
        self._note = note
        self._line_open = False

    def repaired(self, octets: bytes) -> bytes:
        """Make the line ends of a paste CRLF; terminals paste CR or LF for whatever they were."""
        repaired = repair_line_ends(octets)
        if repaired != octets:
            self._note("the paste's line ends were made CRLF; what they were, a terminal does not tell")
        return repaired

    def sent(self, pasted: bytes) -> None:
        """Say what became of a paste, where it is too long to be shown or leaves a line open."""
        if len(pasted) > SHOWN:
            dots = pasted.count(b"\r\n.") + (pasted.startswith(b".") and not self._line_open)
            self._note(f"pasted {len(pasted):,} octets, not shown; {dots:,} dot{'s' * (dots != 1)} added")
        self._line_open = not pasted.endswith(b"\r\n")
        if self._line_open:
            self._note("the last line of the paste is open: what comes next goes on in it")

    def line_sent(self) -> None:
        """Note that a whole line went out, which closes what was open."""
        self._line_open = False
