"""A transcript as its server lived through it: what to hear, and what to say and do then.

Each command is a cue of its own, with the replies that answer it, so that a client that waits for each reply and
one that pipelines are served from the same recording.  Content, a chunk and an answer to AUTH are cues too.
How a cue is recognised is for client_lines.py, what is done with it for scripted_conversation.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import Bdat, Command
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import CommandSent, ContentSent, ContinuationRequested, Wanted
from smtpshell.protocol.states import State
from smtpshell.transcript.contents import beside
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript
from smtpshell.transcript.steps import ExpectedReply, Group, Happening, Step, steps

__all__ = ["CONTENT", "Beat", "Close", "Cue", "Handshake", "Pause", "Reset", "Say", "Script", "scripts"]

CONTENT: Final = "CONTENT"
"""The ``move`` of a cue that is content."""

_LAST_PARTS: Final = ("BDAT", "BURL", CONTENT)  # each recipient may answer, and is known with the first reply only


@dataclass(frozen=True, slots=True)
class Say:
    """Send octets; ``cut`` sends them one by one."""

    octets: bytes
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Handshake:
    """Do the server's TLS handshake."""


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection in good order."""


@dataclass(frozen=True, slots=True)
class Reset:
    """Reset the connection: the client sees an error, not an end."""


Beat = Say | Pause | Handshake | Close | Reset
"""One thing a server does."""


@dataclass(slots=True, kw_only=True, eq=False)
class Cue:
    """Something a client says, and what follows.

    ``move`` is the command's verb, AUTH-RESPONSE, CONTENT, or CONNECT for the connection itself.  ``lines`` are
    those of the file, ``octets`` what they stand for; ``asks`` is what the server wants next, if no command.
    ``wild`` tells that there are patterns among the lines.  ``unfinished`` content (or a chunk) ended with the
    connection.
    """

    move: str
    line: int
    lines: list[tuple[int, Line | EventLine]] = field(default_factory=list)
    octets: bytearray = field(default_factory=bytearray)
    beats: list[Beat] = field(default_factory=list)
    asks: Wanted | None = None
    wild: bool = False
    unfinished: bool = False

    @property
    def verb(self) -> str:
        """The move without what tells a last chunk from others."""
        return self.move.partition(" ")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One connection of a transcript; ``cues`` open with the connection itself."""

    path: str
    cues: tuple[Cue, ...]
    implicit_tls: bool
    starttls: bool
    lmtp: bool


def scripts(transcript: Transcript) -> list[Script]:
    """Give a script for each connection in a transcript.

    Raises UsageError for a transcript whose server's side cannot be said.
    """
    for index, entry in enumerate(transcript.entries):
        if isinstance(entry, Line) and entry.side == "S" and not entry.is_exact:
            raise UsageError(
                f"{transcript.path}:{transcript.line_number(index)}: S{entry.mark} is an expectation, "
                "it cannot be said",
                hint="write an S: line",
            )
    found = []
    part: list[Step] = []
    for step in [*steps(transcript), None]:
        begins = isinstance(step, Happening) and step.event.name == "connected to"
        if (begins or step is None) and any(isinstance(earlier, ExpectedReply | Group) for earlier in part):
            found.append(_Writing(transcript).script(part))
            part = []
        if step is not None and not begins:
            part.append(step)
    if not any(isinstance(entry, Line) and entry.side == "S" for entry in transcript.entries):
        raise UsageError(f"{transcript.path}: there is nothing to serve", hint="a server says S: lines")
    return found


class _Writing:
    """Makes one script, by living through the recording as its client."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._cut = _after_cut(transcript)
        self._connection = Connection()
        self._cues = [Cue(move="CONNECT", line=transcript.line_number(0))]
        # Commands are kept with their cues, so that their id() stays their own.
        self._owners: dict[int, tuple[Command, Cue]] = {}
        self._own(self._connection.outstanding[0])
        self._lines: list[tuple[int, Line | EventLine]] = []
        self._pauses: list[Beat] = []
        self._implicit_tls = False
        self._content_ended = True
        self._ended = False

    def script(self, part: list[Step]) -> Script:
        """Take every step of a connection, up to its end."""
        for step in part:
            if self._ended:
                break
            if isinstance(step, Group):
                self._group(step)
            elif isinstance(step, ExpectedReply):
                self._reply(step)
            else:
                self._happening(step.event)
        if not self._ended and self._connection.state is State.TLS:
            self._handshake()
        if not self._ended and self._connection.state is State.CLOSED:
            self._last.beats.append(Close())
        self._last.unfinished = not self._content_ended
        return Script(
            path=self._transcript.path,
            cues=tuple(self._cues),
            implicit_tls=self._implicit_tls,
            starttls=any(isinstance(beat, Handshake) for cue in self._cues for beat in cue.beats),
            lmtp=any(cue.move == "LHLO" for cue in self._cues),
        )

    @property
    def _last(self) -> Cue:
        return self._cues[-1]

    def _own(self, command: Command) -> None:
        self._owners[id(command)] = command, self._last

    def _own_answers(self, cue: Cue) -> None:
        """Give a cue what has become outstanding without a line of its own: the answers to its content."""
        for command in self._connection.outstanding:
            if id(command) not in self._owners:
                self._owners[id(command)] = command, cue

    # ---------------------------------------------------------------- the client's side

    def _group(self, group: Group) -> None:
        if self._connection.state is State.TLS:
            self._handshake()
        self._pauses.clear()  # what the client waited
        for number, line in group.lines:
            self._lines.append((number, line))
            self._connection.send_octets(self._octets(number, line))
            self._note_sent()

    def _octets(self, number: int, line: Line | EventLine) -> bytes:
        """Give what a client may have sent: a value is its own name, a pattern is taken as it is spelt."""
        if isinstance(line, EventLine):
            return beside(self._transcript.path, number, line.argument)
        if not line.is_exact:
            return line.text.replace("\\", "").encode() + b"\r\n"
        return line.octets({name: f"${{{name}}}".encode() for name in line.value_names})

    def _note_sent(self) -> None:
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, CommandSent):
                self._begin(event.command.move, event.octets)
                self._own(event.command)
                self._content_ended = not isinstance(event.command, Bdat)
            elif isinstance(event, ContentSent):
                if event.chunk or (self._last.move == CONTENT and not self._content_ended):
                    self._go_on(event.octets)
                else:
                    self._begin(CONTENT, event.octets)
                self._content_ended = event.ended
                if event.ended:
                    self._own_answers(self._last)

    def _begin(self, move: str, octets: bytes) -> None:
        number = (self._lines or self._last.lines[-1:])[0][0]
        self._cues.append(Cue(move=move, line=number))
        self._go_on(octets)

    def _go_on(self, octets: bytes) -> None:
        self._last.octets += octets
        self._last.lines += self._lines
        self._last.wild |= any(isinstance(line, Line) and not line.is_exact for _, line in self._lines)
        self._lines.clear()

    # ---------------------------------------------------------------- the server's side

    def _reply(self, reply: ExpectedReply) -> None:
        outstanding = self._connection.outstanding
        known = self._owners.get(id(outstanding[0])) if outstanding else None
        cue = known[1] if known else self._last
        cue.beats += self._pauses
        self._pauses.clear()
        for number, line in reply.lines:
            octets, cut = line.octets(), number in self._cut
            before = cue.beats[-1] if cue.beats else None
            if isinstance(before, Say) and not before.cut and not cut:
                cue.beats[-1] = Say(before.octets + octets)
            else:
                cue.beats.append(Say(octets, cut))
        self._connection.receive_data(b"".join(line.octets() for _, line in reply.lines))
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, ContinuationRequested):
                cue.asks = event.wanted
        if cue.asks is Wanted.CONTENT:
            self._join_ahead(cue)
        elif cue.verb in _LAST_PARTS:
            self._own_answers(cue)

    def _join_ahead(self, cue: Cue) -> None:
        """Make content of the lines that a client sent ahead of the 354."""
        still_commands = {id(command) for command in self._connection.outstanding}
        behind = set(self._cues[self._cues.index(cue) + 1 :])
        ahead = [
            owned
            for command, owned in self._owners.values()
            if owned in behind and id(command) not in still_commands
        ]
        if not ahead:
            return
        content = Cue(move=CONTENT, line=ahead[0].line)
        for owned in ahead:
            content.lines += owned.lines
            content.octets += owned.octets
        self._cues[self._cues.index(ahead[0])] = content
        self._cues = [kept for kept in self._cues if kept not in ahead]
        self._content_ended = bool(content.octets.endswith(b"\n.\r\n"))
        self._own_answers(content)

    def _happening(self, event: EventLine) -> None:
        if event.name == "pause":
            self._pauses.append(Pause(float(event.argument)))
        elif event.name == "tls":
            self._handshake()
        elif event.name in ("closed by", "reset by"):
            self._ended = True
            if event.argument == "server":
                end = Close() if event.name == "closed by" else Reset()
                self._last.beats += [*self._pauses, end]

    def _handshake(self) -> None:
        if len(self._cues) == 1 and not self._last.beats:
            self._implicit_tls = True
        else:
            self._last.beats.append(Handshake())
        self._connection.tls_established()


def _after_cut(transcript: Transcript) -> set[int]:
    """Give the numbers of the server's lines that go out octet by octet."""
    found = set()
    cut = False
    for index, entry in enumerate(transcript.entries):
        if isinstance(entry, EventLine):
            cut = cut or entry.name == "cut"
        elif not isinstance(entry, Prose) and entry.side == "S":
            if cut:
                found.add(transcript.line_number(index))
            cut = False
    return found
