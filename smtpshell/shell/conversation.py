"""One connection and what belongs to it alone; a shell has one or several, and one of them has the turn.

All that is done goes to the one that has the turn: the one in front, unless something is done at() another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, count
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from smtpshell.errors import UsageError
from smtpshell.protocol.events import Wanted
from smtpshell.protocol.states import State
from smtpshell.shell.authentication import Questions
from smtpshell.shell.display.exchanges import Exchanges
from smtpshell.shell.display.numbered import NumberedFindings
from smtpshell.shell.display.paging import Pages
from smtpshell.shell.display.render import Renderer
from smtpshell.shell.display.timings import Timings
from smtpshell.shell.exchange import Exchange
from smtpshell.transcript.redaction import Secrets

if TYPE_CHECKING:
    from smtpshell.protocol.commands import Command
    from smtpshell.protocol.events import Greeted, ReplyReceived
    from smtpshell.protocol.replies import Reply
    from smtpshell.session.session import Session
    from smtpshell.shell.configuration.config import Profile
    from smtpshell.shell.configuration.settings import Settings
    from smtpshell.shell.display.comparison import Column
    from smtpshell.shell.display.progress import Progress
    from smtpshell.shell.stopping import Stop
    from smtpshell.transcript.recorder import Recorder

__all__ = ["Conversation", "Conversations"]

_MODES: Final = {Wanted.CONTENT: "content", Wanted.AUTH_RESPONSE: "auth"}

T = TypeVar("T")


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """One connection, its recording, and what was learned from it.

    A user calls it by its ``number`` or its ``name``, which are its own in the shell.  ``profile`` is what the
    configuration says about the server, None for nothing.
    ``announcement`` is where it leads, until that is said.  ``last_answer`` is the last reply, with what it
    answers.  ``chunk_left`` counts the octets a BDAT chunk still wants, ``questions`` are those of an AUTH typed
    by hand, and ``answering`` tells that a command answers the challenges of AUTH, so that nobody else does.
    ``stop`` is where the conversation is to be cut, ``stopped`` tells that it was.  The reply to one of
    ``paired`` says what it answers.  ``group`` holds the lines that /pipeline collects, None where it does not.
    ``exchange`` is what came of the last line.  What is shown is kept in ``column`` where there is one, to be
    compared.
    ``progress`` is that of something long being sent.
    """

    number: int
    secrets: Secrets
    renderer: Renderer
    name: str = ""
    session: Session | None = None
    profile: Profile | None = None
    recorder: Recorder | None = None
    announcement: str = ""
    last_answer: Greeted | ReplyReceived | None = None
    findings: NumberedFindings = field(default_factory=NumberedFindings)
    exchanges: Exchanges = field(default_factory=Exchanges)
    timings: Timings = field(default_factory=Timings)
    chunk_left: int = 0
    questions: Questions = field(default_factory=Questions)
    answering: bool = False
    stop: Stop | None = None
    stopped: bool = False
    paired: list[Command] = field(default_factory=list)
    group: list[str] | None = None
    exchange: Exchange = field(default_factory=Exchange)
    column: Column | None = None
    progress: Progress | None = None

    @property
    def last_reply(self) -> Reply | None:
        """The last reply, None where none has come yet."""
        return self.last_answer.reply if self.last_answer else None

    @property
    def connected(self) -> bool:
        """Whether there is a session and it is open."""
        return self.session is not None and not self.session.closed

    @property
    def where(self) -> str:
        """Where it leads, or led: a URL, the peer's address, "" before there is a connection."""
        if self.session is None:
            return ""
        return self.session.endpoint.url if self.session.endpoint else self.session.transport.peer

    @property
    def mode(self) -> str:
        """Tell what the next line is: "command", "content", "chunk" or "auth"."""
        if self.session is None or self.session.closed:
            return "command"
        connection = self.session.connection
        if connection.chunk_wanted:
            return "chunk"
        return _MODES.get(connection.wanted, "command") if connection.wanted else "command"

    @property
    def handshake_due(self) -> bool:
        """Whether STARTTLS was accepted and nothing but the handshake may come next."""
        session = self.session
        return session is not None and not session.closed and session.connection.state is State.TLS


class _OfCurrent(Generic[T]):
    """An attribute of the conversation that has the turn, as one of the shell."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, shell: Conversations, owner: type) -> T:
        value: T = getattr(shell.current, self._name)
        return value

    def __set__(self, shell: Conversations, value: T) -> None:
        setattr(shell.current, self._name, value)


class _Turn(threading.local):
    """Who has the turn in this thread, where that is not the one in front."""

    conversation: Conversation | None = None


class Conversations:
    """The conversations of one shell: ``conversations`` are all, ``front`` is the one that the user sees.

    ``together`` are those that every typed line goes to, where that is not just the one in front.

    ``pages`` is what did not fit on the screen.
    """

    session: _OfCurrent[Session | None] = _OfCurrent()
    recorder: _OfCurrent[Recorder | None] = _OfCurrent()
    secrets: _OfCurrent[Secrets] = _OfCurrent()
    last_answer: _OfCurrent[Greeted | ReplyReceived | None] = _OfCurrent()
    last_reply: _OfCurrent[Reply | None] = _OfCurrent()
    findings: _OfCurrent[NumberedFindings] = _OfCurrent()
    exchanges: _OfCurrent[Exchanges] = _OfCurrent()
    timings: _OfCurrent[Timings] = _OfCurrent()
    chunk_left: _OfCurrent[int] = _OfCurrent()
    questions: _OfCurrent[Questions] = _OfCurrent()
    answering: _OfCurrent[bool] = _OfCurrent()
    stop: _OfCurrent[Stop | None] = _OfCurrent()
    stopped: _OfCurrent[bool] = _OfCurrent()
    group: _OfCurrent[list[str] | None] = _OfCurrent()
    exchange: _OfCurrent[Exchange] = _OfCurrent()
    connected: _OfCurrent[bool] = _OfCurrent()
    mode: _OfCurrent[str] = _OfCurrent()
    handshake_due: _OfCurrent[bool] = _OfCurrent()

    def __init__(self, settings: Settings) -> None:
        self._turn = _Turn()
        self.pages: Pages = Pages(settings)
        self._settings = settings
        self._secrets = Secrets()
        self._begun = 0
        self.together: tuple[Conversation, ...] = ()
        self.conversations: list[Conversation] = []
        self._front: Conversation = self.add_conversation()

    @property
    def front(self) -> Conversation:
        """The conversation that the user sees."""
        return self._front

    @front.setter
    def front(self, conversation: Conversation) -> None:
        self._front = conversation
        self.came_to_front()

    def came_to_front(self) -> None:
        """Do what is due when another conversation has come to the front; here nothing is."""

    @property
    def progress(self) -> Progress | None:
        """The progress of something long that is being sent, in whichever conversation."""
        return next((each.progress for each in self.conversations if each.progress), None)

    @property
    def current(self) -> Conversation:
        """The conversation that has the turn."""
        return self.turn or self._leader()

    @property
    def turn(self) -> Conversation | None:
        """The one that something is done at, if that is not just the one in front."""
        return self._turn.conversation

    def _leader(self) -> Conversation:
        """Of those typed to: one that waits for something else than a command, one that is open, the front."""
        if not self.together:
            return self.front
        busy = (each for each in self.together if each.mode != "command")
        still_open = (each for each in (self.front, *self.together) if each.connected)
        return next(chain(busy, still_open), self.front)

    @property
    def several(self) -> bool:
        """Whether the user has to be told which conversation something is about."""
        return len(self.conversations) > 1

    @property
    def label(self) -> str:
        """The name of the conversation that has the turn, where there are or have been several."""
        return self.current.name if self._begun > 1 else ""

    def add_conversation(self) -> Conversation:
        """Make another; a secret of one is a secret in all."""
        self._begun += 1
        secrets = Secrets(self._secrets)
        renderer = Renderer(self._settings, secrets, self.pages)
        conversation = Conversation(number=self._begun, secrets=secrets, renderer=renderer)
        self.conversations.append(conversation)
        return conversation

    def forget(self, conversation: Conversation) -> None:
        """Take one off the list, but the last; where it was in front, one that is open comes there."""
        if not self.several:
            return
        self.conversations.remove(conversation)
        self.together = tuple(each for each in self.together if each is not conversation)
        self.conversations[0].exchange.grade(conversation.exchange.status)
        if conversation is self.front:
            self.front = next((each for each in self.conversations if each.connected), self.conversations[-1])

    def named(self, text: str) -> Conversation:
        """Give the conversation with this number, name, or beginning of a name.  Raises UsageError."""
        for conversation in self.conversations:
            if text in (str(conversation.number), conversation.name):
                return conversation
        found = [each for each in self.conversations if each.name.startswith(text)]
        if len(found) == 1:
            return found[0]
        names = ", ".join(each.name for each in found)
        what = f"{text!r} may be {names}" if found else f"there is no session {text!r}"
        raise UsageError(what, hint="/sessions lists them")

    def free_name(self, wanted: str, conversation: Conversation) -> str:
        """Give the name for a conversation, with a number behind it where another has it."""
        taken = {each.name for each in self.conversations if each is not conversation}
        numbered = (f"{wanted}-{number}" for number in count(2))
        return next(name for name in chain([wanted], numbered) if name not in taken)

    @contextmanager
    def at(self, conversation: Conversation) -> Iterator[None]:
        """Give a conversation the turn, in this thread, for as long as something is done at it."""
        before, self._turn.conversation = self._turn.conversation, conversation
        try:
            yield
        finally:
            self._turn.conversation = before
