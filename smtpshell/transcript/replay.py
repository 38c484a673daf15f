"""Says a transcript's client's side again, to a live session, and compares what the server answers.

The recording is lived through once more beside the live session (sides.py).  After a difference the replay
goes on as long as what it sends still means what it meant in the recording: content is not sent as commands,
answers not without a challenge, credentials not in the clear where they were inside TLS.  Differences, lost
connections and time-outs are results.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NoReturn

from smtpshell.errors import SmtpshellError, TimedOut, UsageError
from smtpshell.protocol.events import Event, ReplyReceived, Wanted
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.answers import Answers, check_values
from smtpshell.transcript.contents import BLOCK, blocks_beside
from smtpshell.transcript.matching import Level, difference
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.pairing import Tag
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.replay_result import Exchange, ReplayResult
from smtpshell.transcript.sides import Live, Recorded
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
    for secret in (credentials and (credentials.password or credentials.token), (values or {}).get("auth")):
        running.secrets.remember(secret or "")
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
    """One replay under way."""

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
        self._offered: set[str] = set()

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
        lacking = self._lacking()
        if lacking:
            what = f"{self.transcript.path}: it requires what the server does not offer: {', '.join(lacking)}"
            self._notes.append(what)
        return ReplayResult(
            exchanges=self._compared,
            matched=self._compared - len(self._mismatches),
            mismatches=tuple(self._mismatches),
            notes=tuple(self._notes),
            problem=self.problem,
            lacking=lacking,
        )

    def _lacking(self) -> tuple[str, ...]:
        """Give the keywords that the header requires and no hello was answered with; none where none was."""
        required = self.transcript.header.get("requires").upper().replace(",", " ").split()
        return tuple(keyword for keyword in required if self._offered and keyword not in self._offered)

    # ---------------------------------------------------------------- sending

    def _begin(self, connect: Callable[[], Session]) -> None:
        self._recorded = Recorded()
        self._live = Live(connect(), self.secrets)
        self._session = self._live.session
        self._session.observers.append(self._note_offers)

    def _note_offers(self, event: Event, seconds: float) -> None:
        if isinstance(event, ReplyReceived) and self._session is not None:
            self._offered.update(self._session.connection.facts.capabilities or ())

    def _send(self, group: Group) -> None:
        first = group.lines[0][0]
        self._check_live(first)
        self._recorded.ledger.group += 1
        self._live.ledger.group += 1
        live_wants = self._live.wanted
        octets = b""
        left_out: list[Wanted | None] = []
        for number, line in group.lines:
            wanted = self._recorded.wanted
            if number == first and live_wants not in (None, wanted):
                self._stop(first, f"the server waits for {_NAMES[live_wants]}, which the recording does not have")
            sent = wanted in (None, live_wants)
            left_out += [] if sent else [wanted]
            spelt = line.text if isinstance(line, Line) and wanted is not Wanted.CONTENT else "the content"
            for said in self._blocks(number, line, wanted):
                octets += said if sent else b""
                self._recorded.send(said, spelt)
                if len(octets) >= BLOCK:
                    self._live.send(octets)
                    octets = b""
        if left_out:
            what = f"{len(left_out)} lines not sent: the server did not ask for {_NAMES[left_out[0]]}"
            self._notes.append(f"{self._at(first)}: {what}")
        if octets:
            self._live.send(octets)

    def _blocks(self, number: int, line: Line | EventLine, wanted: Wanted | None) -> Iterable[bytes]:
        if isinstance(line, EventLine):
            return blocks_beside(self.transcript.path, number, line.argument)
        if "auth" in line.value_names and self._recorded.in_tls and not self._live.in_tls:
            self._stop(number, "credentials went inside TLS in the recording, this connection is in the clear")
        self.answers.challenge = self._live.challenge
        return [self.answers.octets(line, self._at(number), answering=wanted is Wanted.AUTH_RESPONSE)]

    def _check_live(self, line: int) -> None:
        """Stop where the live connection is no longer able to take what comes next."""
        if self._recorded.awaits_tls or self._live.awaits_tls:
            self._tls(line)
        if self._live.session.closed:
            self._stop(line, "the server has closed the connection; the rest was not sent")

    # ---------------------------------------------------------------- receiving

    def _await(self, step: ExpectedReply) -> None:
        lines = [line for _, line in step.lines]
        tag = self._recorded.receive(lines)
        try:
            reply = self._live.reply(tag, patient=not self._mismatches)
        except SmtpshellError as problem:
            self._compare(step, tag, None, problem.message)
            raise
        if reply is not None:
            self._compare(step, tag, reply, difference(lines, reply, self.level))
        elif self._live.session.closed:
            self._compare(step, tag, None, "the server closed the connection instead")
            raise _Stop
        elif not self._mismatches:
            self._compare(step, tag, None, "no reply came")

    def _compare(self, step: ExpectedReply, tag: Tag, reply: Reply | None, why: str) -> None:
        expected = [str(Line(line.side, line.mark, line.text, tight=line.tight)) for _, line in step.lines]
        exchange = Exchange(
            path=self.transcript.path,
            line=step.lines[0][0],
            command=self._recorded.command(tag),
            expected="\n".join(expected),
            got=_spelt(reply) if reply else "",
            why=why,
            nearest=self._nearest(reply, step.lines[0][0]) if reply and why else "",
        )
        self._tell(exchange)

    def _mismatch(self, line: int, expected: str, why: str, got: str = "") -> None:
        path = self.transcript.path
        self._tell(Exchange(path=path, line=line, command="", expected=expected, got=got, why=why))

    def _tell(self, exchange: Exchange) -> None:
        self._compared += 1
        if not exchange.matched:
            self._mismatches.append(exchange)
        if self._on_exchange:
            self._on_exchange(exchange)
        if self.stop_early and not exchange.matched:
            raise _Stop

    def _stop(self, line: int, why: str) -> NoReturn:
        self._mismatch(line, "", why)
        raise _Stop

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
            self._recorded.end()
            self._await_closing(step.line)

    def _tls(self, line: int) -> None:
        """Do the handshake where the live server is ready for one, and let the recording go on likewise."""
        if self._live.awaits_tls:
            if not self._recorded.awaits_tls:
                self._stop(line, "the server is ready for TLS, which the recording does not have")
            self._live.session.complete_tls()
        elif not self._live.in_tls:
            self._notes.append(
                f"{self._at(line)}: TLS began here in the recording; this connection is in the clear"
            )
        self._recorded.start_tls()

    def _await_closing(self, line: int) -> None:
        try:
            while not self._live.session.closed:
                self._live.note(self._live.session.receive(CLOSING))
        except TimedOut:
            why = "the server closed here in the recording; now it keeps the connection open"
            self._mismatch(line, "-- closed by server", why)

    def _report_leftovers(self) -> None:
        """Report replies that the recording does not have."""
        last = self.transcript.line_number(len(self.transcript.entries) - 1)
        for reply in self._live.leftovers():
            self._mismatch(last, "", "a reply more came than was recorded", _spelt(reply))

    def _at(self, line: int) -> str:
        return f"{self.transcript.path}:{line}"


def _spelt(reply: Reply) -> str:
    return "\n".join(str(Line.of("S", raw)) for raw in reply.raw_lines)


def _common_length(one: bytes, other: bytes) -> int:
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
