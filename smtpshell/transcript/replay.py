"""Says a transcript's client's side again, to a live session, and compares what the server answers.

A shadow Connection is told the recording while the live one happens; pairing.py says which recorded reply
belongs to which live one.  After a difference the replay goes on as long as what it sends still means what
it meant in the recording: content is not sent as commands, answers not without a challenge, credentials not
in the clear where they were inside TLS.  Differences, lost connections and time-outs are results.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from smtpshell.errors import SmtpshellError, TimedOut, UsageError
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import ContinuationRequested, Event, Greeted, ReplyReceived, Wanted
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.sasl import Credentials
from smtpshell.protocol.states import State
from smtpshell.session.session import Session
from smtpshell.transcript.answers import Answers, check_values
from smtpshell.transcript.contents import beside
from smtpshell.transcript.matching import Level, difference, likely_octets
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.pairing import GREETING, Ledger, Tag
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.replay_result import Exchange, ReplayResult
from smtpshell.transcript.steps import ExpectedReply, Group, Happening, steps

__all__ = ["CLOSING", "replay"]

CLOSING: Final = 5.0
"""Seconds to wait for the server to close where it closed in the recording."""

_NAMES: Final[Mapping[Wanted | None, str]] = {
    Wanted.CONTENT: "content",
    Wanted.AUTH_RESPONSE: "the answer to a challenge",
    None: "commands",
}


def replay(
    transcript: Transcript,
    session: Session | Callable[[], Session],
    *,
    match: str | None = None,
    values: Mapping[str, str] | None = None,
    credentials: Credentials | None = None,
    on_mismatch: str = "continue",
    on_exchange: Callable[[Exchange], object] | None = None,
) -> ReplayResult:
    """Replay a transcript on a session that has just been connected, or on one that a function connects.

    ``match`` is a Level ("class", "code", "text", "exact"); the header's field ``match`` holds where it is not
    given, then "code".  ``values`` are for ``${name}``, ``credentials`` for ``${auth}``.  ``on_mismatch="stop"``
    ends at the first difference.  ``on_exchange`` is told of each comparison at once.  The session is closed.
    Raises UsageError, before anything is sent, for a transcript that cannot be replayed like that.
    """
    wanted = match or transcript.header.get("match") or Level.CODE
    if wanted not in list(Level):
        raise UsageError(f"{transcript.path}: no match level {wanted!r}", hint="one of " + ", ".join(Level))
    check_values(transcript, values or {}, credentials)
    if not any(isinstance(entry, Line) for entry in transcript.entries):
        raise UsageError(f"{transcript.path}: there is nothing to replay", hint="a transcript has C: and S: lines")
    running = _Replay(transcript, Level(wanted), Answers(values or {}, credentials), on_exchange)
    running.stop_early = on_mismatch == "stop"
    if credentials is not None:
        running.secrets.remember(credentials.password or credentials.token)
    try:
        running.run(session if callable(session) else lambda: session)
    except SmtpshellError as problem:
        running.problem = problem
    finally:
        running.close()
    return running.result()


class _Stop(Exception):  # an order, not an error
    """Ends a replay that cannot go on; it has been noted why."""


class _Replay:
    """One replay under way: the shadow hears the recording, the session is live."""

    def __init__(
        self,
        transcript: Transcript,
        level: Level,
        answers: Answers,
        on_exchange: Callable[[Exchange], object] | None,
    ) -> None:
        self.transcript = transcript
        self.steps = steps(transcript)
        self.level = level
        self.answers = answers
        self.secrets = Secrets()
        self.stop_early = False
        self.problem: SmtpshellError | None = None
        self._on_exchange = on_exchange
        self._session: Session | None = None
        self._compared = 0
        self._mismatches: list[Exchange] = []
        self._notes: list[str] = []

    def run(self, connect: Callable[[], Session]) -> None:
        """Take every step, until one ends it."""
        self._begin(connect)
        try:
            for number, step in enumerate(self.steps):
                if isinstance(step, Group):
                    self._send(step)
                elif isinstance(step, ExpectedReply):
                    self._await(step)
                elif step.event.name == "connected to" and number:
                    self.close()
                    self._begin(connect)
                else:
                    self._take_part(step)
            self._report_leftovers()
        except _Stop:
            pass  # noted already

    def close(self) -> None:
        """Close the live session."""
        if self._session is not None:
            self._session.close()

    def result(self) -> ReplayResult:
        """Give what came of it."""
        return ReplayResult(
            exchanges=self._compared,
            matched=self._compared - len(self._mismatches),
            mismatches=tuple(self._mismatches),
            notes=tuple(self._notes),
            problem=self.problem,
        )

    # ---------------------------------------------------------------- sending

    def _begin(self, connect: Callable[[], Session]) -> None:
        self._shadow = Connection()
        self._recorded = Ledger(self._shadow)
        self._commands: dict[Tag, str] = {}
        self._session = self._live = connect()
        self._came = Ledger(self._live.connection)
        self._replies: dict[Tag, Reply] = {}

    def _send(self, group: Group) -> None:
        first = group.lines[0][0]
        self._check_live(first)
        self._recorded.group += 1
        self._came.group += 1
        live_wants = self._live.connection.wanted
        octets = b""
        left_out: list[Wanted | None] = []
        for number, line in group.lines:
            wanted = self._shadow.wanted
            if not octets and not left_out and live_wants not in (None, wanted):
                self._stop(first, f"the server waits for {_NAMES[live_wants]}, which the recording does not have")
            said = self._octets(number, line, wanted)
            if wanted in (None, live_wants):
                octets += said
            else:
                left_out.append(wanted)
            self._hear(said, line, wanted)
        if left_out:
            what = f"{len(left_out)} lines not sent: the server did not ask for {_NAMES[left_out[0]]}"
            self._notes.append(f"{self._at(first)}: {what}")
        if octets:
            self._live.send_octets(octets)
            self._came.note()

    def _hear(self, octets: bytes, line: Line | EventLine, wanted: Wanted | None) -> None:
        """Tell the shadow what the recording's client said."""
        before = len(self._shadow.outstanding)
        self._shadow.send_octets(octets)
        _drain(self._shadow)
        for command in self._shadow.outstanding[before:]:
            said = line.text if isinstance(line, Line) and wanted is not Wanted.CONTENT else "the content"
            self._commands[self._recorded.tag(command)] = said

    def _octets(self, number: int, line: Line | EventLine, wanted: Wanted | None) -> bytes:
        if isinstance(line, EventLine):
            return beside(self.transcript.path, number, line.argument)
        answering = wanted is Wanted.AUTH_RESPONSE
        if "auth" in line.value_names and self._shadow.facts.tls and not self._live.connection.facts.tls:
            self._stop(number, "credentials went inside TLS in the recording, this connection is in the clear")
        return self.answers.octets(line, self._at(number), answering=answering)

    def _check_live(self, line: int) -> None:
        """Stop where the live connection is no longer able to take what comes next."""
        if self._shadow.state is State.TLS or self._live.connection.state is State.TLS:
            self._tls(line)
        if self._live.closed:
            self._stop(line, "the server has closed the connection; the rest was not sent")

    # ---------------------------------------------------------------- receiving

    def _await(self, step: ExpectedReply) -> None:
        lines = [line for _, line in step.lines]
        head = self._shadow.outstanding[0] if self._shadow.outstanding else None
        tag = self._recorded.tag(head)
        self._shadow.receive_data(likely_octets(lines, head.move if head else ""))
        _drain(self._shadow)
        expected = "\n".join(str(Line(line.side, line.mark, line.text, tight=line.tight)) for line in lines)
        try:
            reply = self._live_reply(tag)
        except SmtpshellError as problem:
            self._compare(step, tag, expected, None, problem.message)
            raise
        if reply is not None:
            reply = self._redacted(reply)
            self._compare(step, tag, expected, reply, difference(lines, reply, self.level))
        elif self._live.closed:
            self._compare(step, tag, expected, None, "the server closed the connection instead")
            raise _Stop
        elif not self._mismatches:
            self._compare(step, tag, expected, None, "no reply came")

    def _live_reply(self, tag: Tag) -> Reply | None:
        """Wait for the live reply with this tag; None where none is to come, or the server closed."""
        while tag not in self._replies and not self._live.closed:
            if tag.kind != "unsolicited" and not self._came.is_due(tag):
                return None
            if tag.kind == "unsolicited" and self._mismatches:
                self._note_replies(self._live.poll())
                break
            self._note_replies(self._live.receive())
        return self._replies.pop(tag, None)

    def _note_replies(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Greeted):
                self._replies[GREETING] = event.reply
            elif isinstance(event, ReplyReceived):
                self._replies[self._came.tag(event.command)] = event.reply
            elif isinstance(event, ContinuationRequested):
                self.answers.challenge = event.challenge
            self.secrets.observe(event)

    def _compare(self, step: ExpectedReply, tag: Tag, expected: str, reply: Reply | None, why: str) -> None:
        self._compared += 1
        exchange = Exchange(
            path=self.transcript.path,
            line=step.lines[0][0],
            command=self._commands.get(tag, ""),
            expected=expected,
            got=_spelt(reply) if reply else "",
            why=why,
            nearest=self._nearest(reply, step.lines[0][0]) if reply and why else "",
        )
        if why:
            self._mismatches.append(exchange)
        if self._on_exchange:
            self._on_exchange(exchange)
        if why and self.stop_early:
            raise _Stop

    def _redacted(self, reply: Reply) -> Reply:
        """Give a reply as a recorder would have written it."""
        return Reply(reply.code, tuple(map(self.secrets.redact_octets, reply.raw_lines)))

    def _nearest(self, reply: Reply, line: int) -> str:
        """Give the recorded line, elsewhere, that is most like the reply: same code, then most of the text."""
        came = reply.raw_lines[-1]
        elsewhere = [
            (_common_length(recorded.octets(), came), -abs(number - line), number, recorded)
            for step in self.steps
            if isinstance(step, ExpectedReply) and step.lines[0][0] != line
            for number, recorded in step.lines
            if recorded.is_exact and recorded.octets()[:3] == came[:3]
        ]
        if not elsewhere:
            return ""
        _, _, number, recorded = max(elsewhere, key=lambda candidate: candidate[:2])
        return f"{self._at(number)}: {recorded}"

    # ---------------------------------------------------------------- what happens besides

    def _take_part(self, step: Happening) -> None:
        name, argument = step.event.name, step.event.argument
        if name == "tls":
            self._tls(step.line)
        elif name == "pause":
            time.sleep(float(argument))
        elif name in ("closed by", "reset by") and argument == "server":
            self._shadow.receive_data(b"")
            self._await_closing(step.line)

    def _tls(self, line: int) -> None:
        """Do the handshake where the live server is ready for one, and let the recording go on likewise."""
        live = self._live.connection
        if live.state is State.TLS:
            if self._shadow.state is not State.TLS:
                self._stop(line, "the server is ready for TLS, which the recording does not have")
            self._live.complete_tls()
        elif not live.facts.tls:
            self._notes.append(
                f"{self._at(line)}: TLS began here in the recording; this connection is in the clear"
            )
        self._shadow.tls_established()
        _drain(self._shadow)

    def _await_closing(self, line: int) -> None:
        try:
            while not self._live.closed:
                self._note_replies(self._live.receive(CLOSING))
        except TimedOut:
            why = "the server closed here in the recording; now it keeps the connection open"
            self._mismatch(line, "-- closed by server", why)

    def _report_leftovers(self) -> None:
        """Report replies that the recording does not have."""
        if not self._live.closed:
            self._note_replies(self._live.poll())
        last = self.transcript.line_number(len(self.transcript.entries) - 1)
        for came in self._replies.values():
            self._mismatch(last, "", "a reply more came than was recorded", _spelt(self._redacted(came)))

    def _mismatch(self, line: int, expected: str, why: str, got: str = "") -> None:
        exchange = Exchange(path=self.transcript.path, line=line, command="", expected=expected, got=got, why=why)
        self._compared += 1
        self._mismatches.append(exchange)
        if self._on_exchange:
            self._on_exchange(exchange)

    def _stop(self, line: int, why: str) -> None:
        self._mismatch(line, "", why)
        raise _Stop

    def _at(self, line: int) -> str:
        return f"{self.transcript.path}:{line}"


def _spelt(reply: Reply) -> str:
    return "\n".join(str(Line.of("S", raw)) for raw in reply.raw_lines)


def _drain(shadow: Connection) -> None:
    """Let events go: of a shadow only what is outstanding, and its state, is of interest."""
    while shadow.next_event() is not None:
        pass


def _common_length(one: bytes, other: bytes) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
