"""A transcript as turns: one command with all that belongs to it, and the replies to it.

In a pipelined group each command is a turn of its own, with its own reply.  Content belongs to its DATA, a chunk
to its BDAT, answers to their AUTH, the handshake to its STARTTLS.  For whoever compares transcripts or cuts them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smtpshell.protocol.events import Wanted
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.pairing import GREETING
from smtpshell.transcript.sides import Recorded
from smtpshell.transcript.steps import ExpectedReply, Group, Happening, steps

__all__ = ["Turn", "only", "turns"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn; numbers are indexes into the transcript's entries, in order.

    ``command`` is the client's first line, None for the greeting and for what stands before it.  ``said`` are all
    of the client's lines, content events included; ``content`` those of them that went as content or as a chunk.
    ``heard`` are the server's lines.  ``happened`` are events such as tls and closed by.
    """

    command: int | None
    said: tuple[int, ...]
    content: tuple[int, ...]
    heard: tuple[int, ...]
    happened: tuple[int, ...]

    @property
    def entries(self) -> frozenset[int]:
        """Every entry of the turn."""
        return frozenset((*self.said, *self.heard, *self.happened))


class _Taken:
    """A turn while it is being put together."""

    def __init__(self, command: int | None = None) -> None:
        self.command = command
        self.said: list[int] = [] if command is None else [command]
        self.content: list[int] = []
        self.heard: list[int] = []
        self.happened: list[int] = []

    def turn(self) -> Turn:
        return Turn(
            command=self.command,
            said=tuple(self.said),
            content=tuple(self.content),
            heard=tuple(self.heard),
            happened=tuple(self.happened),
        )


def turns(transcript: Transcript) -> list[Turn]:
    """Cut a transcript into its turns, in order; prose, findings and other remarks belong to none."""
    first = transcript.line_number(0)
    taken = [_Taken()]
    owners: dict[str, _Taken] = {"": taken[0]}
    recorded = Recorded()
    for step in steps(transcript):
        if isinstance(step, Group):
            recorded.ledger.group += 1
            for number, line in step.lines:
                _say(recorded, number - first, line, taken, owners)
        elif isinstance(step, ExpectedReply):
            tag = recorded.receive([line for _, line in step.lines])
            # What answers nothing belongs to what was said last.
            said = recorded.command(tag)
            owner = owners[said] if said or tag == GREETING else taken[-1]
            owner.heard += [number - first for number, _ in step.lines]
        else:
            if step.event.name == "connected to":
                recorded = Recorded()
                taken.append(_Taken())
                owners[""] = taken[-1]
            taken[-1].happened.append(step.line - first)
            _happen(recorded, step)
    return [found.turn() for found in taken if found.said or found.heard or found.happened]


def _say(
    recorded: Recorded, index: int, line: Line | EventLine, taken: list[_Taken], owners: dict[str, _Taken]
) -> None:
    """Let the client say a line, as a new turn or as more of the last."""
    wanted = recorded.wanted
    octets = b"" if isinstance(line, EventLine) else line.octets(dict.fromkeys(line.value_names, b"value"))
    before = recorded.outstanding
    recorded.send(octets, str(index))
    owners[str(index)] = taken[-1]
    if wanted is None and recorded.outstanding > before and isinstance(line, Line):
        taken.append(_Taken(index))
        owners[str(index)] = taken[-1]
        return
    taken[-1].said.append(index)
    if wanted is not Wanted.AUTH_RESPONSE:
        taken[-1].content.append(index)


def _happen(recorded: Recorded, step: Happening) -> None:
    if step.event.name == "tls":
        recorded.start_tls()


def only(transcript: Transcript, kept: Iterable[int]) -> Transcript:
    """Give the transcript with these entries alone, and the header."""
    chosen = sorted(set(kept))
    return Transcript(transcript.header, tuple(transcript.entries[index] for index in chosen), transcript.path)
