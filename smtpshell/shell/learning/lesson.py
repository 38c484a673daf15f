"""A lesson, read from its transcript: tasks for the learner, each with the prose before it and the replies to it.

Prose before a ``C:`` line is what the screen says there, ``# hint:`` lines among it are hints.  Fields of the
header: ``title``, ``source``; ``own`` names the verbs whose path may be the learner's own; ``learnt`` (what one
knows at the end) and ``practice`` (mischief of the practice server) may be repeated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, NamedTuple, NoReturn

from smtpshell.errors import TranscriptSyntaxError, UsageError
from smtpshell.practice.mischief import read_rule
from smtpshell.protocol.commands import AuthResponse, Command
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import CommandSent, ReplyReceived, Wanted
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.transcript.matching import likely_octets
from smtpshell.transcript.model import EventLine, Line, Prose, Transcript
from smtpshell.transcript.steps import ExpectedReply, Group, Happening, steps
from smtpshell.transcript.syntax import parse

__all__ = ["Lesson", "Said", "Standing", "Task", "read_lesson", "standing"]

_HINT: Final = re.compile(r"#[ \t]*hint:[ \t]*(.*)", re.IGNORECASE)
_OWN: Final = ("MAIL", "RCPT")
"""Verbs whose path may be the learner's own."""


class Standing(NamedTuple):
    """Where a conversation stands, as far as it matters to what may be said next."""

    state: State
    wanted: Wanted | None
    tls: bool
    authenticated: bool
    recipients: int


def standing(connection: Connection) -> Standing:
    """Tell where a conversation stands."""
    facts = connection.facts
    return Standing(connection.state, connection.wanted, facts.tls, facts.authenticated, len(facts.forward_paths))


@dataclass(frozen=True, slots=True)
class Said:
    """One line to be typed: its ``octets`` on the wire, and what is told before it."""

    octets: bytes
    prose: tuple[str, ...]
    hints: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Task:
    """One thing to do: a command (with its chunk), the content, or the answer to a challenge.

    ``kind`` is "command", "content" or "auth"; ``replies`` are what comes back.  ``together`` tells that it goes
    out with the task before it, ``connects`` that another connection begins here, ``tls`` that a handshake
    follows, ``closes`` that the server hangs up.
    """

    kind: str
    line: int
    said: list[Said]
    replies: list[Reply] = field(default_factory=list)
    standing: Standing | None = None
    together: bool = False
    connects: bool = False
    tls: bool = False
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """A lesson; ``key`` is what its progress is kept under, ``intro`` is told first and ``closing`` at the end."""

    key: str
    title: str
    learnt: tuple[str, ...]
    source: str
    own: frozenset[str]
    mischief: tuple[tuple[str, ...], ...]
    intro: tuple[str, ...]
    tasks: tuple[Task, ...]
    closing: tuple[str, ...]
    lmtp: bool


def read_lesson(octets: bytes, path: str, key: str) -> Lesson:
    """Read a lesson from the octets of its file.  Raises TranscriptSyntaxError, with path, line and column."""
    # A last line without its end is nobody's crash here, and what is wrong with it must be said.
    transcript = parse(octets if octets.endswith(b"\n") else octets + b"\n", path)
    return _Reading(transcript).lesson(key)


class _Reading:
    """Makes a lesson of a transcript, by living through it as its client."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._connection = Connection()
        self._tasks: list[Task] = []
        # Commands are kept with their tasks, so that their id() stays their own.
        self._owners: dict[int, tuple[Command, Task]] = {}
        self._connects = False

    def lesson(self, key: str) -> Lesson:
        header = self._transcript.header
        own = {verb.upper() for verb in header.words("own")}
        for verb in own.difference(_OWN):
            self._fail_field("own", f"expected {' or '.join(_OWN)}, found {verb}")
        mischief = [tuple(value.split()) for name, value in header.fields if name == "practice"]
        for words in mischief:
            try:
                read_rule(words)
            except UsageError as error:
                self._fail_field("practice", str(error), " ".join(words))
        intro, closing = self._live_through()
        return Lesson(
            key=key,
            title=header.get("title") or key,
            learnt=tuple(value for name, value in header.fields if name == "learnt"),
            source=header.get("source"),
            own=frozenset(own),
            mischief=tuple(mischief),
            intro=intro,
            tasks=tuple(self._tasks),
            closing=closing,
            lmtp=any(task.said[0].octets.upper().startswith(b"LHLO") for task in self._tasks),
        )

    def _live_through(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        intro, told, closing = self._prose()
        for step in steps(self._transcript):
            if isinstance(step, Group):
                for place, (number, line) in enumerate(step.lines):
                    self._say(number, line, told.get(number, []), together=place > 0)
            elif isinstance(step, ExpectedReply):
                self._hear([line for _, line in step.lines])
            else:
                self._happen(step)
        if not self._tasks:
            last = self._transcript.line_number(len(self._transcript.entries) - 1)
            self._fail(last, 1, "expected a C: line, something to be typed; found none")
        self._check_answered()
        self._note_standings()
        return intro, closing

    def _prose(self) -> tuple[tuple[str, ...], dict[int, list[str]], tuple[str, ...]]:
        """Sort the prose: told before the greeting, before each of the client's lines, at the end."""
        told: dict[int, list[str]] = {}
        waiting: list[str] = []
        intro: list[str] | None = None
        for index, entry in enumerate(self._transcript.entries):
            if isinstance(entry, Prose):
                waiting.append(entry.text)
                continue
            if intro is None:
                intro, waiting = waiting, []
            if isinstance(entry, Line) and entry.side == "C":
                told[self._transcript.line_number(index)], waiting = waiting, []
        return _paragraphs(intro or []), told, _paragraphs(waiting)

    # ---------------------------------------------------------------- the conversation

    def _say(self, number: int, line: Line | EventLine, prose: list[str], *, together: bool) -> None:
        if isinstance(line, EventLine):
            self._fail(number, 1, "a lesson has its content line by line, in C: lines")
        if not line.is_exact:
            column = len(str(line)) - len(line.text) - (0 if line.tight else 1)
            self._fail(
                number, column, f"expected C:, found C{line.mark}", "the field own: MAIL, RCPT allows other paths"
            )
        if line.value_names:
            column = str(line).index("${") + 1
            self._fail(number, column, f"a lesson cannot ask for ${{{line.value_names[0]}}}", "write it out")
        hints = tuple(found[1] for text in prose if (found := _HINT.fullmatch(text)))
        said = Said(line.octets(), _paragraphs(prose), hints)
        content = self._connection.wanted is Wanted.CONTENT
        in_chunk = self._connection.chunk_wanted
        self._connection.send_octets(said.octets)
        self._drain()
        last = self._tasks[-1] if self._tasks else None
        if last is not None and (in_chunk or (content and last.kind == "content")):
            last.said.append(said)
        else:
            self._begin(number, said, together=together, content=content)
        for command in self._connection.outstanding:
            self._owners.setdefault(id(command), (command, self._tasks[-1]))

    def _begin(self, number: int, said: Said, *, together: bool, content: bool) -> None:
        answering = isinstance(self._sent, AuthResponse)
        kind = "content" if content else "auth" if answering else "command"
        # The greeting is nobody's task.
        if self._connection.outstanding and self._connection.state is State.CONNECTED:
            self._fail(number, 1, "expected the server's greeting first, such as S: 220 practice.example.test")
        connects, self._connects = self._connects, False
        task = Task(kind=kind, line=number, said=[said], connects=connects)
        task.together = together and kind == "command"
        self._tasks.append(task)

    def _hear(self, lines: list[Line]) -> None:
        outstanding = self._connection.outstanding
        self._connection.receive_data(likely_octets(lines, outstanding[0].move if outstanding else ""))
        self._drain()

    def _happen(self, step: Happening) -> None:
        name = step.event.name
        if name == "tls" and self._connection.state is State.TLS:
            self._connection.tls_established()
            self._tasks[-1].tls = True
        elif name in ("closed by", "reset by") and self._tasks:
            self._connection.receive_data(b"")
            self._tasks[-1].closes = True
        elif name == "connected to" and self._tasks:
            self._connection = Connection()
            self._connects = True
        self._drain()

    def _drain(self) -> None:
        self._sent: Command | None = None
        while (event := self._connection.next_event()) is not None:
            if isinstance(event, CommandSent):
                self._sent = event.command
            elif isinstance(event, ReplyReceived) and event.command is not None:
                owner = self._owners.get(id(event.command))
                if owner is not None:
                    owner[1].replies.append(event.reply)

    # ---------------------------------------------------------------- what must hold

    def _check_answered(self) -> None:
        """Refuse a lesson in which something stays without the reply that tells whether it is done."""
        for task in self._tasks:
            if task.kind == "content" and task.said[-1].octets != b".\r\n":
                self._fail(task.line, 1, "expected the end of the content, C: . alone; found none")
            if not task.replies and not task.closes:
                self._fail(task.line, 1, "expected the server's reply to this, such as S: 250 OK; found none")

    def _note_standings(self) -> None:
        """Note where the conversation stands before each task, each being said after the reply before it."""
        connection = Connection()
        connection.receive_data(b"220 x\r\n")
        for task in self._tasks:
            if task.connects:
                connection = Connection()
                connection.receive_data(b"220 x\r\n")
            _drained(connection)
            task.standing = standing(connection)
            for said in task.said:
                connection.send_octets(said.octets)
            connection.receive_data(b"".join(reply.raw for reply in task.replies))
            _drained(connection)
            if task.tls:
                connection.tls_established()

    def _fail_field(self, name: str, message: str, value: str = "") -> NoReturn:
        fields = self._transcript.header.fields
        index = next(
            index
            for index, (known, text) in enumerate(fields)
            if known == name and (not value or " ".join(text.split()) == value)
        )
        self._fail(index + 2, len(name) + 3, message)

    def _fail(self, line: int, column: int, message: str, hint: str = "") -> NoReturn:
        raise TranscriptSyntaxError(message, path=self._transcript.path, line=line, column=column, hint=hint)


def _drained(connection: Connection) -> None:
    while connection.next_event() is not None:
        pass  # only where it stands is of interest


def _paragraphs(prose: list[str]) -> tuple[str, ...]:
    """Give prose as it is told: without its hashes, hints, and blank lines around."""
    kept = [text for text in prose if not _HINT.fullmatch(text)]
    told = [text.removeprefix("#").removeprefix(" ").rstrip() for text in kept]
    while told and not told[0]:
        told.pop(0)
    while told and not told[-1]:
        told.pop()
    return tuple(told)
