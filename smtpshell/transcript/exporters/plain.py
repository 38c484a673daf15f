"""A transcript as plain ``C:`` and ``S:`` lines, as RFCs print them: no times, no prose, no header."""

from __future__ import annotations

from smtpshell.transcript.exporters.telling import printable, spelt
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript

__all__ = ["export", "wire_lines"]


def wire_lines(transcript: Transcript) -> list[str]:
    """Give one line for each of the wire's and for each event; octets that are no text stay marked with ``=``."""
    return [
        f"{entry.side}{entry.mark.replace('...', ':')} {spelt(entry)}".rstrip()
        if isinstance(entry, Line)
        else printable(str(entry))
        for entry in transcript.entries
        if not isinstance(entry, Prose) and not (isinstance(entry, EventLine) and entry.name == "finding")
    ]


def export(transcript: Transcript) -> str:
    """Give the conversation as text."""
    return "".join(line + "\n" for line in wire_lines(transcript))
