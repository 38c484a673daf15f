"""Reading what the server sends: when it comes, or waiting for it; and what its events teach the shell.

A method without "Raises" in its docstring reports errors instead (output.py).
"""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectionLost, ExitStatus, RemoteProtocolError, TimedOut
from smtpshell.protocol.commands import Auth, AuthResponse, Bdat, Command, Greeting, Quit
from smtpshell.protocol.events import (
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Event,
    Greeted,
    ReplyReceived,
    Wanted,
)
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from smtpshell.session.waking import Waker
from smtpshell.shell.asides import Asides
from smtpshell.shell.authentication import Questions
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.conversation import Conversation
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.addresses import Addresses
from smtpshell.shell.stopping import Stop, Stopped

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.learning.tutor import Tutor

__all__ = ["Reading", "WaitEnded"]

CLOSING: Final = 0.5
"""Seconds a server has to close after its 221 or 421; ours, nobody sets any."""


class WaitEnded(TimedOut):
    """The user ended a wait; nothing is wrong."""

    exit_status = ExitStatus.EXPECTED


class Reading(Asides):
    """Reads the connections; ``tutor`` teaches the lesson that is under way, if one is."""

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        super().__init__(sink, settings)
        self.addresses: Addresses = Addresses()
        self.tutor: Tutor | None = None
        self._waker = Waker()

    def readable(self, conversation: Conversation | None = None) -> None:
        """Read what has come, without waiting, and show it; None is the conversation that has the turn."""
        with self.at(conversation or self.current), self.reporting():
            if self.connected:
                self._poll(self.live)
                self.answer_unasked()
                self.stop_if_due()
                self.tutor_speaks()

    def wait(self) -> None:
        """Wait until every reply that is due has come, a handshake included."""
        with self.reporting():
            self.settle()
            while self.tutor_speaks():
                self.settle()

    def settle(self) -> None:
        """Do what wait() does, but raise: what wait_for_replies() and do_handshake() raise."""
        self.wait_for_replies()
        if self.handshake_due:
            self.do_handshake()
        self.wait_for_close()

    @property
    def any_handshake_due(self) -> bool:
        """Whether in one of the conversations nothing but handshakes() may come next."""
        return any(each.handshake_due for each in self.conversations)

    def handshakes(self) -> None:
        """Do each handshake that is due, and show its result."""
        for conversation in self.conversations:
            if conversation.handshake_due:
                with self.at(conversation), self.reporting():
                    self.do_handshake()
                    self.tutor_speaks()

    def tutor_speaks(self) -> bool:
        """Let the lesson under way say what is due; tell whether it has sent something.  Raises SmtpshellError."""
        return self.tutor is not None and self.tutor.speak()

    def do_handshake(self) -> None:
        """Do what is due by STARTTLS, show its result, and raise: TlsError, TimedOut, ConnectionLost, Stopped."""
        armed = self.stop
        self.show_report(self.live.complete_tls(self.tls_settings()))
        self.stop_if_due()
        self._end_where_stopped(armed)

    def wait_for_replies(self) -> None:
        """Wait until nothing is outstanding.  Raises TimedOut, ConnectionLost, RemoteProtocolError."""
        self._pump(lambda session: not session.connection.outstanding)

    def wait_for_close(self) -> None:
        """Give a server that has said it closes a moment to do so; raises what wait_for_replies() raises."""
        if self.connected and self.live.connection.state is State.CLOSED:
            self.wait_for_end(CLOSING)

    def wait_for_end(self, seconds: float) -> None:
        """Give the server so long to close; cancel() ends it too.

        Raises ConnectionLost, RemoteProtocolError.
        """
        try:
            self._pump(lambda session: False, seconds)
        except TimedOut:
            pass  # then it stays open, or we close

    def request(self, *commands: Command) -> Reply:
        """Send commands in one write and wait; give the reply to the last.

        Raises TimedOut (also WaitEnded), RemoteProtocolError, Stopped, and ConnectionLost where that reply never
        came.
        """
        octets = b"".join(command.encode() for command in commands)
        replies = self.replies_after(lambda: self.live.send_octets(octets))
        if len(replies) < len(commands):
            raise ConnectionLost(f"the server closed without a reply to {commands[len(replies)].verb}")
        return replies[-1].reply

    def replies_after(self, act: Callable[[], object]) -> list[ReplyReceived]:
        """Do something that sends, wait until nothing is outstanding, give the replies that came, in order.

        Raises what wait_for_replies() raises, and Stopped where the conversation was cut as asked.
        """
        replies: list[ReplyReceived] = []
        armed, session = self.stop, self.live

        def collect(event: Event, seconds: float) -> None:
            if isinstance(event, ReplyReceived):
                replies.append(event)

        session.observers.append(collect)
        try:
            act()
            self.wait_for_replies()
        finally:
            session.observers.remove(collect)
        self._end_where_stopped(armed)
        return replies

    def arm(self, stop: Stop | None) -> None:
        """Have the conversation cut there; None takes that back."""
        self.stop, self.stopped = stop, False

    def stop_if_due(self) -> None:
        """Cut the conversation where that was asked for and is due; raises what sending raises."""
        stop = self.stop
        if stop is None or not stop.due or not self.connected:
            return
        self.stop, self.stopped = None, True
        self.note(f"  {stop.description}")
        if stop.politely and self.mode == "command" and not self.handshake_due:
            self.live.send(Quit())
        else:
            self.live.close()

    def _end_where_stopped(self, armed: Stop | None) -> None:
        """Raise Stopped where the stop that was armed before has been made."""
        if armed is not None and self.stop is not armed:
            self.wait_for_replies()
            self.wait_for_close()
            raise Stopped(armed.description)

    def close(self) -> None:
        super().close()
        self._waker.close()

    def cancel(self) -> None:
        """End the wait that another thread is in; the connection stays, and the reply can still come."""
        self._waker.wake()

    @property
    def cancelled(self) -> bool:
        """Whether cancel() was called since this was asked last: for a command that waits for something else."""
        return self._waker.taken()

    def _pump(self, until: Callable[[Session], bool], limit: float | None = None) -> None:
        """Read until a condition holds, the stream ends, the time is up or somebody calls cancel()."""
        session = self.session
        if session is None:
            return
        deadline = _deadline(session, limit)
        self.stop_if_due()
        while not session.closed and not until(session) and not session.connection.chunk_wanted:
            if self._poll(session):
                self.answer_unasked()
                self.stop_if_due()
                deadline = _deadline(session, limit)
                continue
            if self.handshake_due:
                return
            left = deadline - time.monotonic()
            if left <= 0 or session.fileno() < 0:
                raise _silence(session)
            self._read_until_ready(session, left)
            if self._waker.taken():
                raise WaitEnded("waits no longer", hint="the reply is shown when it comes")

    def _read_until_ready(self, session: Session, limit: float) -> None:
        """Wait until a session has something, or cancel() is called; read meanwhile what comes on the others."""
        with selectors.DefaultSelector() as selector:
            selector.register(session.fileno(), selectors.EVENT_READ)
            selector.register(self._waker, selectors.EVENT_READ)
            for other in self.conversations:
                # One that waits for its handshake must not be read before.
                if other is not self.current and other.connected and not other.handshake_due and other.session:
                    selector.register(other.session.fileno(), selectors.EVENT_READ, other)
            for key, _ in selector.select(limit):
                if key.data is not None:
                    self.readable(key.data)

    def _poll(self, session: Session) -> list[Event]:
        """Read what is there; where a line has no end no other can be found, and the connection is closed.

        Lines of a reply that goes on are shown already.
        """
        try:
            events = session.poll()
        except RemoteProtocolError:
            session.close()
            raise
        connection = session.connection
        if self.tutor is not None and self.tutor.quiet:
            return events
        if not self.current.column and (begun := connection.partial_reply_from(self.reply_lines_shown)):
            self.say_before_reply(connection.awaited)
            self.show_reply_begun(begun, connection.awaited, session.elapsed)
        return events

    def answer_unasked(self) -> None:
        """Answer a challenge for which nothing more must be asked: what a mechanism computes by itself."""
        by_hand = self.answering or self.settings.auth == "raw"
        if self.mode == "auth" and not by_hand and not self.questions.question:
            self.live.send(AuthResponse(self.questions.answer()))

    def observe(self, event: Event, seconds: float) -> None:
        """See one event: learn from it, grade it, show it."""
        self.announce()
        self.secrets.observe(event)
        self.addresses.observe(event)
        match event:
            case CommandSent(command=Bdat() as chunk):
                self.chunk_left = chunk.size
            case CommandSent(command=Auth() as command):
                self.questions = Questions(command.mechanism, initial=command.initial_response is not None)
            case ContentSent(chunk=True):
                self.chunk_left -= len(event.octets)
            case ContinuationRequested(wanted=Wanted.AUTH_RESPONSE):
                self.questions.challenged(event.challenge)
            case Greeted() | ReplyReceived():
                self.last_answer = event
            case _:
                pass
        # What is refused in a lesson is refused on purpose, and counts for nothing.
        if self.tutor is None or self.tutor.conversation is not self.current:
            self.exchange.observe(event, seconds)
        if self.stop is not None:
            self.stop.observe(event, self.outstanding)
        self.findings.add(event, seconds)
        self.exchanges.observe(event, seconds)
        self.timings.observe(event, seconds)
        if self.tutor is not None and self.tutor.observe(event):
            return
        self.say_before(event)
        if self.current.column:
            self.current.column.observe(event)
        self.events(event, seconds)
        self.say_behind(event)


def _deadline(session: Session, limit: float | None) -> float:
    if limit is not None:
        return time.monotonic() + limit
    outstanding = session.connection.outstanding
    return time.monotonic() + session.timeouts.seconds(outstanding[0].move if outstanding else "")


def _silence(session: Session) -> TimedOut:
    """Say what did not come in time."""
    moves = [command.move for command in session.connection.outstanding] or [""]
    what = "greeting" if moves == [Greeting.verb] else f"reply to {', '.join(moves)}"
    return TimedOut(
        f"no {what} in {session.timeouts.seconds(moves[0]):g} s",
        hint="wait longer with --timeout (/set timeout), or drop the connection",
    )
