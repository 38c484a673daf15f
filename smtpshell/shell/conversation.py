"""One connection and what belongs to it alone; a shell has several, and one of them has the turn.

All that is done goes to the one that has the turn: the one in front, unless something is done at() another.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from smtpshell.protocol.events import Wanted
from smtpshell.protocol.states import State
from smtpshell.shell.authentication import Questions
from smtpshell.shell.exchanges import Exchanges
from smtpshell.shell.numbered import NumberedFindings
from smtpshell.shell.paging import Pages
from smtpshell.shell.render import Renderer
from smtpshell.transcript.redaction import Secrets

if TYPE_CHECKING:
    from smtpshell.protocol.commands import Command
    from smtpshell.protocol.events import Greeted, ReplyReceived
    from smtpshell.protocol.replies import Reply
    from smtpshell.session.session import Session
    from smtpshell.shell.settings import Settings
    from smtpshell.shell.stopping import Stop
    from smtpshell.transcript.recorder import Recorder

__all__ = ["Conversation", "Conversations"]

_MODES: Final = {Wanted.CONTENT: "content", Wanted.AUTH_RESPONSE: "auth"}

T = TypeVar("T")


@dataclass(slots=True, eq=False, kw_only=True)
class Conversation:
    """One connection, its recording, and what was learned from it.

    ``announcement`` is where it leads, until that is said.  ``last_answer`` is the last reply, with what it
    answers.  ``chunk_left`` counts the octets a BDAT chunk still wants, ``questions`` are those of an AUTH typed
    by hand, and ``answering`` tells that a command answers the challenges of AUTH, so that nobody else does.
    ``stop`` is where the conversation is to be cut, ``stopped`` tells that it was.  The reply to one of
    ``paired`` says what it answers.  ``group`` holds the lines that /pipeline collects, None where it does not.
    """

    secrets: Secrets
    renderer: Renderer
    session: Session | None = None
    recorder: Recorder | None = None
    announcement: str = ""
    last_answer: Greeted | ReplyReceived | None = None
    findings: NumberedFindings = field(default_factory=NumberedFindings)
    exchanges: Exchanges = field(default_factory=Exchanges)
    chunk_left: int = 0
    questions: Questions = field(default_factory=Questions)
    answering: bool = False
    stop: Stop | None = None
    stopped: bool = False
    paired: list[Command] = field(default_factory=list)
    group: list[str] | None = None

    @property
    def last_reply(self) -> Reply | None:
        """The last reply, None where none has come yet."""
        return self.last_answer.reply if self.last_answer else None

    @property
    def connected(self) -> bool:
        """Whether there is a session and it is open."""
        return self.session is not None and not self.session.closed

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

    ``pages`` is what did not fit on the screen.
    """

    session: _OfCurrent[Session | None] = _OfCurrent()
    recorder: _OfCurrent[Recorder | None] = _OfCurrent()
    secrets: _OfCurrent[Secrets] = _OfCurrent()
    last_answer: _OfCurrent[Greeted | ReplyReceived | None] = _OfCurrent()
    last_reply: _OfCurrent[Reply | None] = _OfCurrent()
    findings: _OfCurrent[NumberedFindings] = _OfCurrent()
    exchanges: _OfCurrent[Exchanges] = _OfCurrent()
    chunk_left: _OfCurrent[int] = _OfCurrent()
    questions: _OfCurrent[Questions] = _OfCurrent()
    answering: _OfCurrent[bool] = _OfCurrent()
    stop: _OfCurrent[Stop | None] = _OfCurrent()
    stopped: _OfCurrent[bool] = _OfCurrent()
    group: _OfCurrent[list[str] | None] = _OfCurrent()
    connected: _OfCurrent[bool] = _OfCurrent()
    mode: _OfCurrent[str] = _OfCurrent()
    handshake_due: _OfCurrent[bool] = _OfCurrent()

    def __init__(self, settings: Settings) -> None:
        self._turn = _Turn()
        self.pages = Pages(settings)
        secrets = Secrets()
        self.front = Conversation(secrets=secrets, renderer=Renderer(settings, secrets, self.pages))
        self.conversations: list[Conversation] = [self.front]

    @property
    def current(self) -> Conversation:
        """The conversation that has the turn."""
        return self._turn.conversation or self.front

    @contextmanager
    def at(self, conversation: Conversation) -> Iterator[None]:
        """Give a conversation the turn, in this thread, for as long as something is done at it."""
        before, self._turn.conversation = self._turn.conversation, conversation
        try:
            yield
        finally:
            self._turn.conversation = before
