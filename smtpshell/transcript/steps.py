"""A transcript as steps in order: groups to send, replies to await, and what happens besides.

Here it is decided where a reply ends and which client's lines are one write; what is done with the steps is
for a replay (the client's side) and for whoever serves a transcript.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.replies import UNPARSABLE, ReplyLine
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript

__all__ = ["ExpectedReply", "Group", "Happening", "Step", "steps"]


@dataclass(frozen=True, slots=True)
class Group:
    """Client's lines without a server's line between, sent in one write; each with its line number.

    A "content" event stands for content that is kept in a file of its own.
    """

    lines: tuple[tuple[int, Line | EventLine], ...]


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """The server's lines of one reply, each with its line number."""

    lines: tuple[tuple[int, Line], ...]


@dataclass(frozen=True, slots=True)
class Happening:
    """An event that a replay takes part in: tls, closed by, pause, connected to."""

    line: int
    event: EventLine


Step = Group | ExpectedReply | Happening

_TAKEN_PART_IN: Final = ("tls", "closed by", "reset by", "pause", "connected to")


def steps(transcript: Transcript) -> list[Step]:
    """Give the steps of a transcript; prose, findings and other remarks are left out."""
    found: list[Step] = []
    group: list[tuple[int, Line | EventLine]] = []
    reply: list[tuple[int, Line]] = []
    numbered = [
        (transcript.line_number(index), entry)
        for index, entry in enumerate(transcript.entries)
        if not isinstance(entry, Prose)
    ]

    def end_group() -> None:
        if group:
            found.append(Group(tuple(group)))
            group.clear()

    def end_reply() -> None:
        if reply:
            found.append(ExpectedReply(tuple(reply)))
            reply.clear()

    for number, entry in numbered:
        if isinstance(entry, EventLine) and entry.name in _TAKEN_PART_IN:
            end_group()
            end_reply()
            found.append(Happening(number, entry))
        elif isinstance(entry, EventLine):
            if entry.name == "content":
                end_reply()
                group.append((number, entry))
        elif entry.side == "C":
            end_reply()
            group.append((number, entry))
        else:
            end_group()
            if reply and not _belongs(entry, [line for _, line in reply]):
                end_reply()
            reply.append((number, entry))
    end_group()
    end_reply()
    return found


def _belongs(line: Line, begun: list[Line]) -> bool:
    """Tell whether a server's line is one more of the reply begun."""
    if line.mark == "...":
        return True
    last = next((earlier for earlier in reversed(begun) if earlier.mark != "..."), None)
    return last is not None and _continues(last, begun)


def _continues(line: Line, begun: list[Line]) -> bool:
    """Tell whether more lines of the reply follow this one, as far as it says so itself."""
    if not line.is_exact:
        return line.text[3:4] == "-" or line.text[3:5] == "\\-"
    octets = b"".join(earlier.octets() for earlier in begun if earlier.is_exact)
    if not octets.endswith(b"\n"):
        return True  # the line of the wire goes on
    start = octets.rfind(b"\n", 0, -1) + 1
    last = ReplyLine(octets[start:])
    # An unreadable line inside a reply that has begun is a line of it.
    return last.continues or (last.code == UNPARSABLE and start > 0)
