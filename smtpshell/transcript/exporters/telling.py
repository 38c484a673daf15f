"""A transcript retold in turns, fit to be shown: who said what when, and what the core found wrong with it.

Every exporter and every picture is made from this, and here text becomes safe to print; how a turn looks is an
exporter's job.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.commands import Command, Content
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import CommandSent, ContentSent, Event, ReplyReceived
from smtpshell.protocol.findings import Finding
from smtpshell.transcript.escapes import unescape
from smtpshell.transcript.matching import likely_octets
from smtpshell.transcript.model import Entry, EventLine, Line, Prose, Transcript
from smtpshell.transcript.steps import ExpectedReply, steps

__all__ = ["VALUES", "Turn", "printable", "spelt", "tell", "walk"]

Kind = Literal["command", "content", "reply", "event", "prose"]

_AUTH_VALUE: Final = b"c21hbGwgc3RhbmQtaW4="
"""Base64 that stands for ``${auth}`` while a conversation is judged."""
_BLOCK: Final = b"\r\n" * 32768
"""Octets that stand for content kept elsewhere, while a conversation is judged."""


def printable(text: str) -> str:
    r"""Give text in which nothing is obeyed or hidden: controls, bidi ones too, are ``\x1b``, ``\u202e``."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\t" else _escaped(character) for character in text
    )


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def spelt(line: Line) -> str:
    """Give a line's text as shown: its octets, escaped in a "=" line, or what is expected."""
    text = line.text.replace("$${", "${") if line.side == "C" and line.is_exact else line.text
    return printable(text or line.mark * (line.mark == "..."))


@dataclass(slots=True)
class Turn:
    """One thing that was said or happened; ``number`` is its first line in the file, ``seconds`` when it was.

    ``command`` is what the core read, for a turn of the client's; ``answers`` is the turn that a reply answers,
    None for the greeting and where nothing was outstanding.  Findings are about this turn.
    """

    kind: Kind
    number: int
    entries: list[Entry]
    seconds: float | None = None
    command: Command | None = None
    answers: Turn | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def side(self) -> str:
        """C, S, or "" for what is not octets."""
        return {"command": "C", "content": "C", "reply": "S"}.get(self.kind, "")

    @property
    def texts(self) -> list[str]:
        """Give the lines, safe to print, without what marks them in the file."""
        if self.kind == "prose":
            return [printable(str(entry).removeprefix("#").removeprefix(" ")) for entry in self.entries]
        return [
            spelt(entry) if isinstance(entry, Line) else printable(str(entry).removeprefix("-- "))
            for entry in self.entries
        ]

    @property
    def last_seconds(self) -> float | None:
        """When its last line was said, where the file tells."""
        times = [entry.seconds for entry in self.entries if isinstance(entry, Line) and entry.seconds is not None]
        return times[-1] if times else None

    @property
    def octet_count(self) -> int:
        """Octets of the wire, as far as the file says them."""
        return sum(len(_octets(entry)) for entry in self.entries if isinstance(entry, Line) and entry.is_exact)


class _Values(dict[str, bytes]):
    """Stand-ins for the values given at replay."""

    def __missing__(self, name: str) -> bytes:
        return b"x"


VALUES: Final = _Values(auth=_AUTH_VALUE)
"""What stands for every ``${name}`` while a conversation is judged."""


def tell(transcript: Transcript) -> list[Turn]:
    """Retell a transcript in turns, each with what the core finds wrong with it."""
    turns: list[Turn] = []
    said: dict[int, tuple[Turn, Command]] = {}
    content: Turn | None = None
    for turn, events in walk(transcript):
        known = all(set(entry.value_names) <= {"auth"} for entry in turn.entries if isinstance(entry, Line))
        turn.command = next((event.command for event in events if isinstance(event, CommandSent)), None)
        if known and not _kept_elsewhere(turn):
            turn.findings = [finding for event in events for finding in getattr(event, "findings", ())]
        for event in events:
            if isinstance(event, CommandSent):
                said[id(event.command)] = turn, event.command
            elif isinstance(event, ReplyReceived) and event.command is not None:
                turn.answers = (
                    content if isinstance(event.command, Content) else said.get(id(event.command), (None,))[0]
                )
        last = turns[-1] if turns else None
        if last and last.kind == turn.kind and turn.kind in ("content", "prose"):
            last.entries += turn.entries
            last.findings += [finding for finding in turn.findings if finding not in last.findings]
        else:
            turns.append(turn)
            content = turn if turn.kind == "content" else content
    found = {finding.rule.rule_id for turn in turns for finding in turn.findings}
    return [turn for turn in turns if not _repeats(turn, found)]


def _repeats(turn: Turn, found: set[str]) -> bool:
    """Tell whether a turn is a recorded finding that the core has made as well."""
    entry = turn.entries[0]
    return isinstance(entry, EventLine) and entry.name == "finding" and entry.argument.partition(":")[0] in found


def _kept_elsewhere(turn: Turn) -> bool:
    return isinstance(turn.entries[0], EventLine) and turn.entries[0].name == "content"


def walk(transcript: Transcript) -> Iterator[tuple[Turn, list[Event]]]:
    """Let a Connection live through the transcript; give each turn with its events."""
    replies = {step.lines[0][0]: step.lines for step in steps(transcript) if isinstance(step, ExpectedReply)}
    judge = _Judge()
    unfinished: Turn | None = None
    for index, entry in enumerate(transcript.entries):
        number = transcript.line_number(index)
        if isinstance(entry, Prose):
            yield Turn("prose", number, [entry]), []
        elif isinstance(entry, EventLine):
            kind: Kind = "content" if entry.name == "content" else "event"
            yield Turn(kind, number, [entry]), judge.happen(entry)
        elif entry.side == "S":
            if number in replies:
                lines = [line for _, line in replies[number]]
                yield Turn("reply", number, [*lines], lines[0].seconds), judge.receive(lines)
        else:
            turn = unfinished or Turn("command", number, [], entry.seconds)
            turn.entries.append(entry)
            events = judge.send(_octets(entry))
            if events and isinstance(events[0], ContentSent):
                turn.kind = "content"
            unfinished = None if events or not entry.is_exact else turn
            if unfinished is None:
                yield turn, events
    if unfinished is not None:
        yield unfinished, judge.end()


def _octets(line: Line) -> bytes:
    return line.octets(VALUES) if line.is_exact else b""


class _Judge:
    """The Connection that a transcript is told to."""

    def __init__(self) -> None:
        self._connection = Connection()

    def send(self, octets: bytes) -> list[Event]:
        self._connection.send_octets(octets)
        return self._events()

    def receive(self, lines: list[Line]) -> list[Event]:
        outstanding = self._connection.outstanding
        return self._take(likely_octets(lines, outstanding[0].move if outstanding else ""))

    def happen(self, entry: EventLine) -> list[Event]:
        match entry.name, entry.argument:
            case "connected to", _:
                self._connection = Connection()
            case "tls", _:
                self._connection.tls_established(entry.argument)
            case "discarded", _:
                return self._take(unescape(entry.argument[1:-1]))
            case (("closed by" | "reset by"), "server"):
                return self._take(b"")
            case (("closed by" | "reset by"), _):
                self._connection.close()
            case "content", _:
                self._pass_over(entry.argument)
        return self._events()

    def end(self) -> list[Event]:
        self._connection.close()
        return self._events()

    def _pass_over(self, argument: str) -> None:
        """Take content that is not in the file for sent."""
        if not self._connection.chunk_wanted:
            self._connection.send_octets(b".\r\n")
            return
        found = re.match(r"octets=(\d+)", argument)
        left = int(found[1]) if found else 0
        while left:
            self._connection.send_octets(_BLOCK[:left])
            left -= min(left, len(_BLOCK))

    def _take(self, octets: bytes) -> list[Event]:
        try:
            self._connection.receive_data(octets)
        except RemoteProtocolError:
            pass  # a line without end: shown, and not judged
        return self._events()

    def _events(self) -> list[Event]:
        found: list[Event] = []
        while (event := self._connection.next_event()) is not None:
            found.append(event)
        return found
