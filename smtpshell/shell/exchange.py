"""What came of the line that was run last, and what of it was expected: what was is no fault.

The exchange of a line is all that was said from its first octet to the next line that says something.  /expect is
held against it; lines that say nothing (/set, /help) leave it as it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectionLost, ExitStatus, Place, SmtpshellError
from smtpshell.protocol.events import Closed, CommandSent, ContentSent, Event, Greeted, ReplyReceived
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply
from smtpshell.transcript.redaction import AUTH, Secrets
from smtpshell.transcript.watch import Watch

if TYPE_CHECKING:
    from smtpshell.transcript.expectation import Expectation

__all__ = ["Check", "Exchange"]

KEPT: Final = 500
"""Events of one line that are kept, the last; of those before only their status counts."""


@dataclass(slots=True)
class _Heard:
    """A reply, the verb it answers, and what it means as long as nobody expected it."""

    answers: str
    reply: Reply
    status: ExitStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """An expectation that was held against an exchange: ``got`` is one line, ``exchange`` all that was said.

    ``command`` is what was answered, ``place`` where in a script the expectation stands.
    """

    place: Place | None
    command: str
    expected: str
    got: str
    holds: bool
    exchange: str


class Exchange:
    """Sees every event and every line; ``status`` is the gravest of all that came, what was expected aside."""

    def __init__(self) -> None:
        self._settled = ExitStatus.EXPECTED
        self._outcome = ExitStatus.EXPECTED
        self._closed = ExitStatus.EXPECTED
        self._watch = Watch(1)
        self._heard: deque[_Heard] = deque(maxlen=KEPT)
        self._events: deque[Event | int] = deque(maxlen=KEPT)
        self._next_is_new = False

    # ---------------------------------------------------------------- what is seen

    def begin(self) -> None:
        """See that another line is about to be run."""
        self._next_is_new = True

    def go_on(self) -> None:
        """See that the line only looks back."""
        self._next_is_new = False

    def observe(self, event: Event, seconds: float) -> None:
        """See an event of the session."""
        if self._next_is_new:
            self._renew()
        self._watch(event, seconds)
        match event:
            case ContentSent():
                # How much went out is all that anybody will ask for; the octets would fill the memory.
                before = self._events.pop() if self._events and isinstance(self._events[-1], int) else 0
                self._events.append(before + len(event.octets) if isinstance(before, int) else 0)
            case CommandSent():
                self._events.append(event)
            case Greeted() | ReplyReceived():
                self._events.append(event)
                if len(self._heard) == KEPT:
                    self.grade(self._heard[0].status)
                self._heard.append(_Heard(*self._watch.replies[-1], _grade(event.reply)))
            case Closed(by_server=True):
                self._events.append(event)
                self._closed = ExitStatus.CONNECTION if event.unanswered else self._closed
            case _:
                pass  # nothing that anybody expects

    def failed(self, error: SmtpshellError) -> bool:
        """See an error; tell whether an expectation can still make it good: that of a connection that was lost."""
        if isinstance(error, ConnectionLost) and not self._next_is_new:
            self._watch.lost()
            self._closed = ExitStatus.CONNECTION
            return True
        self.grade(error.exit_status)
        return False

    def grade(self, status: ExitStatus) -> None:
        """Take in what no expectation can make good."""
        self._settled = max(self._settled, status)

    def came_to(self, status: ExitStatus) -> None:
        """Take in what a command came to; where that is what replies mean, expecting them makes it good."""
        if self._next_is_new or not any(heard.status for heard in self._heard):
            self.grade(status)
        else:
            self._outcome = max(self._outcome, status)

    def settle(self) -> None:
        """Let nothing that came so far be made good any more."""
        self.grade(self.status)
        self._forgive()

    def _renew(self) -> None:
        self._next_is_new = False
        self.grade(self.status)
        self._forgive()
        self._watch.closed_after = None
        self._heard.clear()
        self._events.clear()

    def _forgive(self) -> None:
        self._outcome = self._closed = ExitStatus.EXPECTED
        for heard in self._heard:
            heard.status = ExitStatus.EXPECTED

    # ---------------------------------------------------------------- what it means

    @property
    def status(self) -> ExitStatus:
        """The gravest of everything so far."""
        return max(self._settled, self.pending)

    @property
    def pending(self) -> ExitStatus:
        """The gravest of what an expectation can still make good."""
        gravest = max((heard.status for heard in self._heard), default=ExitStatus.EXPECTED)
        # A command that says what replies mean has nothing to add where they were expected.
        return max(gravest, self._closed, self._outcome if gravest else gravest)

    def judge(self, expectation: Expectation) -> tuple[bool, str]:
        """Hold an expectation against it; give whether it holds, and what came in one line."""
        verb = expectation.verb
        if expectation.kind == "closed":
            after = self._watch.closed_after
            holds = after is not None and verb in ("", after)
            if holds:
                self._closed = ExitStatus.EXPECTED
            return holds, "an open connection" if after is None else f"closed after {after}"
        judged = [heard for heard in self._heard if verb in ("", heard.answers)]
        judged = judged if verb else judged[-1:]
        fitting = [heard for heard in judged if expectation.fits(heard.reply)]
        for heard in fitting:
            heard.status = ExitStatus.EXPECTED
        return bool(fitting), _told(judged[-1].reply) if judged else f"no reply{f' to {verb}' if verb else ''}"

    def check(self, expectation: Expectation, secrets: Secrets, place: Place | None) -> Check:
        """Hold an expectation against it, and tell of it with secrets replaced."""
        holds, got = self.judge(expectation)
        return Check(
            place=place,
            command=self._command(expectation.verb, secrets),
            expected=expectation.text,
            got=secrets.redact_text(got),
            holds=holds,
            exchange=self.text(secrets),
        )

    def _command(self, verb: str, secrets: Secrets) -> str:
        """Give the last command, or the last with a verb, or "the greeting"."""
        sent = [event for event in self._events if isinstance(event, CommandSent)]
        named = [event for event in sent if event.command.move == verb] or sent
        return _command(named[-1], secrets) if named else "the greeting"

    def text(self, secrets: Secrets) -> str:
        """Write it as lines of a conversation."""
        said: list[str] = []
        for event in self._events:
            if isinstance(event, int):
                said.append(f"C: ({event} octets of content)")
            elif isinstance(event, CommandSent):
                said.append(f"C: {_command(event, secrets)}")
            elif isinstance(event, Greeted | ReplyReceived):
                said += [f"S: {secrets.redact_text(line)}" for line in _texts(event.reply)]
            else:
                said.append("-- closed by server")
        return "\n".join(said)


def _grade(reply: Reply) -> ExitStatus:
    if reply.code == UNPARSABLE:
        return ExitStatus.UNREADABLE
    if reply.code == END_INSIDE_REPLY:
        return ExitStatus.CONNECTION
    return ExitStatus.EXPECTED if reply.is_positive else ExitStatus.NEGATIVE


def _texts(reply: Reply) -> list[str]:
    return [line.octets.decode("utf-8", "surrogateescape") for line in reply.lines]


def _told(reply: Reply) -> str:
    first, *more = _texts(reply) or [str(reply.code)]
    return f"{first} (and {len(more)} more lines)" if more else first


def _command(event: CommandSent, secrets: Secrets) -> str:
    """Give a command as it was sent, its secrets replaced."""
    octets = event.octets.removesuffix(b"\n").removesuffix(b"\r")
    pieces = [AUTH.encode() if secret else piece for piece, secret in secrets.segments(octets, event.secret)]
    return b"".join(pieces).decode("utf-8", "surrogateescape")
