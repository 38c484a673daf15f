"""The interpreter: one typed line, one session, everything said about both; without a terminal.

Whoever reads lines (the prompt, a script) hands them to execute() or, while the server takes content, a chunk or
an answer to AUTH, to the method for that; ``mode`` says which.  Nothing here waits, but commands that are slow
(``is_slow``), handshake() and wait().  What is to be shown goes to ``sink``; errors are shown, never raised: a
SmtpshellError ends the line it came from, not the session.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectionLost, ExitStatus, SmtpshellError, TimedOut, UsageError
from smtpshell.protocol.commands import Auth, AuthResponse, Bdat, Command
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Event,
    Greeted,
    ReplyReceived,
    Wanted,
)
from smtpshell.protocol.findings import Finding
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply
from smtpshell.protocol.states import State
from smtpshell.shell.authentication import USER, Questions
from smtpshell.shell.command import load_commands, parse_call
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.render import Renderer, visible
from smtpshell.shell.settings import Settings
from smtpshell.shell.styles import Fragments
from smtpshell.shell.syntax import is_shell_command
from smtpshell.transcript.redaction import Secrets

if TYPE_CHECKING:
    from smtpshell.practice import PracticeServer
    from smtpshell.protocol.content import ContentEncoder
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.session.session import Observer, Session
    from smtpshell.session.tls import TlsReport, TlsSettings
    from smtpshell.shell.completion import Candidate
    from smtpshell.transcript.recorder import Recorder

__all__ = ["Interpreter"]

_ENCODING: Final = ("utf-8", "surrogateescape")
_MODES: Final = {Wanted.CONTENT: "content", Wanted.AUTH_RESPONSE: "auth"}


class Interpreter:
    """One shell.

    ``sink`` prints.  ``errors``, ``events`` and ``outcomes`` are told of those, by default to print them; JSON
    puts its own there.  ``ask_secret`` asks the user without echo.  ``answering`` tells that a command answers the
    challenges of AUTH.
    """

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        self.sink = sink
        self.errors: Callable[[SmtpshellError], None] = self._error_line
        self.events: Callable[[Event, float], None] = self._render
        self.outcomes: Callable[[Outcome], None] = self._print
        self.settings = settings or Settings()
        self.secrets = Secrets()
        self.session: Session | None = None
        self.recorder: Recorder | None = None
        self.practice: PracticeServer | None = None
        self.ask_secret: Callable[[str], str] | None = None
        self.exit_status = ExitStatus.EXPECTED
        self.finished = False
        self.last_reply: Reply | None = None
        self.findings: list[tuple[float, Finding]] = []
        self.chunk_left = 0
        self.answering = False
        self._renderer = Renderer(self.settings, self.secrets)
        self._questions = Questions()
        self._announcement = ""
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        load_commands()

    # ---------------------------------------------------------------- how things stand

    @property
    def connected(self) -> bool:
        """Whether there is a session and it is open."""
        return self.session is not None and not self.session.closed

    @property
    def mode(self) -> str:
        """What the next line is: "command", "content", "chunk" or "auth"."""
        if not self.connected:
            return "command"
        connection = self.live.connection
        if connection.chunk_wanted:
            return "chunk"
        return _MODES.get(connection.wanted, "command") if connection.wanted else "command"

    @property
    def prompt(self) -> str:
        """What stands before the line being typed."""
        mode = self.mode
        if mode == "content":
            return "data> "
        if mode == "chunk":
            return f"chunk {self.chunk_left}> "
        if mode == "auth":
            return f"auth ({'base64' if self.settings.auth == 'raw' else self._questions.question})> "
        if self.session is None or self.session.closed:
            return "smtpshell> "
        name = "lmtp" if self.session.endpoint and self.session.endpoint.lmtp else "smtp"
        return f"{name}s> " if self.session.connection.facts.tls else f"{name}> "

    @property
    def hidden(self) -> bool:
        """Whether the next line is a secret and must not be echoed."""
        return self.mode == "auth" and (self.settings.auth == "raw" or self._questions.question != USER)

    @property
    def handshake_due(self) -> bool:
        """Whether STARTTLS was accepted and nothing but handshake() may come next."""
        return self.connected and self.live.connection.state is State.TLS

    @property
    def live(self) -> Session:
        """The open session.  Raises UsageError where there never was one, ConnectionLost."""
        if self.session is None:
            raise UsageError("there is no connection", hint="/connect URL opens one")
        if self.session.closed:
            raise ConnectionLost("the connection is closed", hint="/connect URL opens another")
        return self.session

    @property
    def offered_mechanisms(self) -> tuple[str, ...]:
        """The SASL mechanisms the server offered."""
        capabilities = self.session.connection.facts.capabilities if self.session else None
        return capabilities.auth_mechanisms if capabilities else ()

    def is_slow(self, line: str) -> bool:
        """Whether a line takes several steps and must not be run where it would keep others waiting."""
        if self.mode != "command" or not is_shell_command(line):
            return False
        try:
            return parse_call(line).command.slow
        except UsageError:
            return False

    def toolbar(self) -> Fragments:
        """Give the text of the toolbar."""
        from smtpshell.shell.toolbar import toolbar

        return toolbar(self)

    def completions(self, text: str, cursor: int) -> list[Candidate]:
        """Give what may stand at the cursor."""
        from smtpshell.shell.completion import complete

        return complete(self, text, cursor)

    def check(self, line: str) -> UsageError | None:
        """Say what is wrong with a line before it is run; lines for the server are never wrong."""
        if self.mode == "command" and is_shell_command(line):
            try:
                parse_call(line)
            except UsageError as error:
                return error
        return None

    # ---------------------------------------------------------------- connecting

    def open(self, url: str | Endpoint | None) -> None:
        """Connect; None starts the practice server (once) and connects to that.  Says what happened."""
        with self._reporting():
            self.connect(url)

    def connect(self, url: str | Endpoint | None) -> None:
        """Do what open() does, but raise: UsageError, ConnectError, TimedOut, ConnectionLost, TlsError."""
        if self.connected:
            raise UsageError("there is a connection already", hint="/close it first")
        if url is None:
            url = self.start_practice().url
            self.note(f"practice server at {url}; /help practice says who lives there")
        endpoint = endpoint_of(url)
        self._announcement = endpoint.path or endpoint.url.partition("://")[2]
        self._renderer = Renderer(self.settings, self.secrets)
        self._questions = Questions()
        self.session = None
        session = self.new_session(endpoint, self._observe, *filter(None, [self.recorder]))
        self._announce()
        self.session = session
        if session.tls_report:
            self._show_report(session.tls_report)

    def new_session(self, endpoint: Endpoint, *observers: Observer) -> Session:
        """Open a connection as the settings say, apart from ours.  Raises what Session.connect() raises."""
        from smtpshell.session.session import Session
        from smtpshell.session.timeouts import Timeouts

        timeouts = Timeouts(overall=self.settings.timeout)
        return Session.connect(endpoint, timeouts=timeouts, tls=self._tls_settings(), observers=observers)

    def _tls_settings(self) -> TlsSettings | None:
        """Give what the settings say about TLS; None, without loading anything, where they say nothing."""
        settings = self.settings
        if not (settings.verify or settings.ca_file or settings.tls_name):
            return None
        from smtpshell.session.tls import TlsSettings

        return TlsSettings(
            verify=settings.verify,
            ca_file=settings.ca_file or None,
            server_name=settings.tls_name or None,
        )

    def attach(self, session: Session) -> None:
        """Take over a session that was opened elsewhere, which nobody has read from."""
        self.session = session
        session.observers.insert(0, self._observe)

    def start_practice(self, host: str = "127.0.0.1", port: int = 0) -> PracticeServer:
        """Start the practice server unless it runs, and give it.  Raises ConnectError."""
        if self.practice is None:
            from smtpshell.practice import PracticeServer

            self.practice = PracticeServer(host, port)
            self.practice.start()
        return self.practice

    def close(self) -> None:
        """Close the connection, the recording and the practice server; may be called again."""
        if self.session is not None:
            self.session.close()
        self.stop_recording()
        if self.practice is not None:
            self.practice.close()
            self.practice = None

    def record(self, path: str | os.PathLike[str], *, force: bool = False, append: bool = False) -> None:
        """Record what is said from here on.  Raises UsageError, OSError for the file."""
        from smtpshell import __version__
        from smtpshell.transcript.recorder import Recorder

        self.stop_recording()
        header = {"client": f"smtpshell {__version__}"}
        if self.session is not None and self.session.endpoint is not None:
            header["server"] = self.session.endpoint.url
        try:
            self.recorder = Recorder(
                path,
                header=header,
                force=force,
                append=append,
                secrets=self.secrets,
                on_failure=lambda why: self.note(why, "error"),
            )
        except OSError as error:
            raise UsageError(
                f"cannot record to {os.fspath(path)}: {error.strerror}", hint="name another file"
            ) from None
        if self.session is not None and not self.session.closed:
            self.recorder.write_event("connected to", self.session.transport.peer)
            self.session.observers.append(self.recorder)

    def stop_recording(self) -> str:
        """End the recording; give its path, or "" where there was none."""
        recorder, self.recorder = self.recorder, None
        if recorder is None:
            return ""
        if self.session is not None and recorder in self.session.observers:
            self.session.observers.remove(recorder)
        recorder.close()
        return recorder.path

    # ---------------------------------------------------------------- what is typed

    def execute(self, line: str) -> None:
        """Take one line in command or auth mode: to the wire as typed, or to the shell; waits for nothing."""
        with self._reporting():
            if self.mode == "auth":
                self._answer(line)
            elif is_shell_command(line):
                outcome = parse_call(line).run(self)
                if outcome is not None:
                    self.show(outcome)
            else:
                self.live.send_octets(
                    line.removeprefix("/" if line.startswith("//") else "").encode(*_ENCODING) + b"\r\n"
                )

    def pipeline(self, lines: list[str]) -> None:
        """Send several lines in one write, whatever they are."""
        with self._reporting():
            self.live.send_octets(b"".join(line.encode(*_ENCODING) + b"\r\n" for line in lines))

    def content_line(self, text: str) -> None:
        """Send one typed line of content; a dot at its start is doubled (transparency)."""
        self.content_paste(text.encode(*_ENCODING) + b"\r\n")

    def content_paste(self, octets: bytes) -> None:
        """Send a block of content; a lone dot in it is content."""
        with self._reporting():
            self.live.send_content(octets)

    def end_content(self) -> None:
        """End the content and say what was sent."""
        with self._reporting():
            self.finish_content()

    def finish_content(self) -> ContentEncoder:
        """Do what end_content() does, but raise; give the encoder with its counts."""
        encoder = self.live.end_content()
        done = [f"{encoder.octets_in} octets of content"]
        if encoder.stuffed:
            done.append(f"{encoder.stuffed} dots added")
        if encoder.repaired:
            done.append(f"{encoder.repaired} bare line ends made CRLF")
        self.note("  " + ", ".join(done))
        return encoder

    def abort_content(self) -> None:
        """Drop the connection in the middle of a message: nothing is delivered."""
        if self.session is not None:
            self.session.close()

    def chunk_octets(self, octets: bytes) -> bytes:
        """Send octets of the chunk that BDAT announced; give back those it has no room for."""
        fitting, rest = octets[: self.chunk_left], octets[self.chunk_left :]
        with self._reporting():
            self.live.send_octets(fitting)
        if rest:
            self.note(f"  the chunk is full: {len(rest)} octets were not sent")
        return rest

    def _answer(self, line: str) -> None:
        session = self.live
        if self.settings.auth == "raw" or line == "*":
            session.send_octets(line.encode(*_ENCODING) + b"\r\n")
            return
        if self.hidden:
            self.secrets.remember(line)
        self._questions.take(line)
        self._answer_unasked()

    def _answer_unasked(self) -> None:
        """Answer a challenge for which nothing more must be asked: what a mechanism computes by itself."""
        by_hand = self.answering or self.settings.auth == "raw"
        if self.mode == "auth" and not by_hand and not self._questions.question:
            self.live.send(AuthResponse(self._questions.answer()))

    # ---------------------------------------------------------------- what comes

    def readable(self) -> None:
        """Read what has come, without waiting, and show it."""
        with self._reporting():
            if self.connected:
                self.live.poll()
                self._answer_unasked()

    def wait(self) -> None:
        """Wait until every reply that is due has come, a handshake included."""
        with self._reporting():
            self.wait_for_replies()
            if self.handshake_due:
                self.do_handshake()

    def handshake(self) -> None:
        """Do the handshake that is due, and show its result."""
        with self._reporting():
            self.do_handshake()

    def do_handshake(self) -> None:
        """Do what handshake() does, but raise: TlsError, TimedOut, ConnectionLost."""
        self._show_report(self.live.complete_tls())

    def wait_for_replies(self) -> None:
        """Wait until nothing is outstanding.  Raises TimedOut, ConnectionLost, RemoteProtocolError."""
        self._pump(lambda session: not session.connection.outstanding)

    def request(self, *commands: Command) -> Reply:
        """Send commands in one write and wait; give the reply to the last.

        Raises TimedOut, RemoteProtocolError, and ConnectionLost where that reply never came.
        """
        session = self.live
        session.send_octets(b"".join(command.encode() for command in commands))
        self.last_reply = None
        self.wait_for_replies()
        if self.last_reply is None:
            raise ConnectionLost(f"the server closed without a reply to {commands[-1].verb}")
        return self.last_reply

    def cancel(self) -> None:
        """End the wait that another thread is in; the connection stays, and the reply can still come."""
        os.write(self._wake_write, b"!")

    def _pump(self, until: Callable[[Session], bool]) -> None:
        """Read until a condition holds, the stream ends, the time is up or somebody calls cancel()."""
        session = self.session
        if session is None:
            return
        while _drain(self._wake_read):
            pass
        deadline = _deadline(session)
        while not session.closed and not until(session) and not session.connection.chunk_wanted:
            if session.poll():
                self._answer_unasked()
                deadline = _deadline(session)
                continue
            if self.handshake_due or session.closed:
                return
            left = deadline - time.monotonic()
            if left <= 0 or session.fileno() < 0:
                what = ", ".join(command.move for command in session.connection.outstanding)
                raise TimedOut(
                    f"no reply to {what} in {session.timeouts.seconds(what.split(', ')[0]):g} s",
                    hint="wait longer with --timeout (/set timeout), or drop the connection",
                )
            with selectors.DefaultSelector() as selector:
                selector.register(session.fileno(), selectors.EVENT_READ)
                selector.register(self._wake_read, selectors.EVENT_READ)
                selector.select(left)
            if _drain(self._wake_read):
                self.note("  waits no longer; the reply is shown when it comes")
                return

    def change_setting(self, name: str, value: str) -> None:
        """Change a setting, for the open connection too.  Raises UsageError."""
        from smtpshell.session.timeouts import Timeouts

        self.settings.set(name, value)
        if self.session is not None:
            self.session.timeouts = Timeouts(overall=self.settings.timeout)
            self.session.tls_settings = self._tls_settings()

    # ---------------------------------------------------------------- what is shown

    def show(self, outcome: Outcome) -> None:
        """Show what a command came to."""
        self.grade(outcome.status)
        self.outcomes(outcome)

    def note(self, text: str, style: str = "note") -> None:
        """Show one line of our own."""
        self._emit([(style, visible(text) + "\n")])

    def report(self, error: SmtpshellError) -> None:
        """Show an error, and remember it for the exit status."""
        self.grade(error.exit_status)
        self.errors(error)

    def grade(self, status: ExitStatus) -> None:
        """Take something into the exit status: the gravest counts, and that is the highest."""
        self.exit_status = max(self.exit_status, status)

    def _error_line(self, error: SmtpshellError) -> None:
        shown: Fragments = []
        if isinstance(error, UsageError) and error.span and "\n" not in error.line:
            start, end = error.span
            line = visible(error.line)
            if len(line) == len(error.line):
                shown = [("", line + "\n"), ("error", " " * start + "^" * max(1, end - start) + "\n")]
        self._emit([*shown, ("error", visible(self.secrets.redact_text(str(error))) + "\n")])

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        try:
            yield
        except SmtpshellError as error:
            self.report(error)

    def _announce(self) -> None:
        """Say, before all else, where the connection leads; the recording says it too."""
        where, self._announcement = self._announcement, ""
        if not where:
            return
        if self.recorder is not None:
            self.recorder.write_event("connected to", where)
        shown: Fragments = [("event", f"-- connected to {visible(where)}\n")]
        self.show(Outcome(fragments=shown, data={"event": "connected", "to": where}))

    def _show_report(self, report: TlsReport) -> None:
        data = {
            "event": "certificate",
            "verified": report.verified,
            "problem": report.problem,
            "subject": report.subject,
            "issuer": report.issuer,
            "names": list(report.names),
        }
        style, text = "note", f"the certificate is valid for {report.server_name}"
        if not report.verified:
            style, text = "finding.warning", f"NOT VERIFIED: {report.problem}"
        owner = f"subject {report.subject}, issuer {report.issuer}"
        shown: Fragments = [(style, f"  {visible(text)}\n"), ("note", f"  {visible(owner)}\n")]
        self.show(Outcome(fragments=shown, data=data))

    def _emit(self, fragments: Fragments) -> None:
        if self.settings.color == "never":
            fragments = [("", text) for _, text in fragments]
        self.sink(fragments)

    def _observe(self, event: Event, seconds: float) -> None:
        """See one event: learn from it, grade it, show it."""
        self._announce()
        self.secrets.observe(event)
        match event:
            case CommandSent(command=Bdat() as chunk):
                self.chunk_left = chunk.size
            case CommandSent(command=Auth() as command):
                self._questions = Questions(command.mechanism, initial=command.initial_response is not None)
            case ContentSent(chunk=True):
                self.chunk_left -= len(event.octets)
            case ContinuationRequested(wanted=Wanted.AUTH_RESPONSE):
                self._questions.challenged(event.challenge)
            case Greeted() | ReplyReceived():
                self.last_reply = event.reply
                self.grade(_grade(event.reply))
            case Closed(by_server=True) if event.unanswered:
                self.grade(ExitStatus.CONNECTION)
            case _:
                pass
        self.findings += [(seconds, finding) for finding in getattr(event, "findings", ())]
        self.events(event, seconds)

    def _render(self, event: Event, seconds: float) -> None:
        if shown := self._renderer.render(event, seconds):
            self._emit(shown)

    def _print(self, outcome: Outcome) -> None:
        if outcome.fragments:
            self._emit(outcome.fragments)


def endpoint_of(url: str | Endpoint) -> Endpoint:
    """Read a URL, unless it was read already.  Raises UsageError."""
    from smtpshell.session.endpoint import Endpoint

    return Endpoint.parse(url) if isinstance(url, str) else url


def _grade(reply: Reply) -> ExitStatus:
    if reply.code == UNPARSABLE:
        return ExitStatus.UNREADABLE
    if reply.code == END_INSIDE_REPLY:
        return ExitStatus.CONNECTION
    return ExitStatus.EXPECTED if reply.is_positive else ExitStatus.NEGATIVE


def _deadline(session: Session) -> float:
    outstanding = session.connection.outstanding
    return time.monotonic() + session.timeouts.seconds(outstanding[0].move if outstanding else "")


def _drain(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 64)
    except BlockingIOError:
        return b""
