"""The interpreter: one typed line and what it does, without a terminal.

Whoever reads lines (the prompt, a script) hands them to execute() or, while the server takes content, a chunk or
an answer to AUTH, to the method for that; ``mode`` says which.  Nothing here waits, but commands that are slow
(``is_slow``), handshakes() and wait().  Errors are shown, never raised: a SmtpshellError ends the line it came
from, not the session.  What comes is read in reading.py, the
connection is link.py's, what is shown output.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Final

from smtpshell.errors import UsageError
from smtpshell.shell.authentication import USER
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.declaration.command import COMMANDS, Call, load_commands, parse_call
from smtpshell.shell.display.progress import sending
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import is_shell_command
from smtpshell.shell.language.variables import Variables
from smtpshell.shell.together import Together

if TYPE_CHECKING:
    from pathlib import Path

    from smtpshell.protocol.content import ContentEncoder
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.shell.language.completion import Candidate

__all__ = ["Interpreter"]

_LONG: Final = 131072
"""Octets of content from which on their sending is a progress; as many are sent at once."""

_ENCODING: Final = ("utf-8", "surrogateescape")

_PROMPT_NAME: Final = 16
"""Characters of a session's name that the prompt shows."""


class Interpreter(Together):
    """One shell; ``finished`` is true after /quit.

    ``ask_secret`` asks the user without echo, ``edit`` has a file (None: lines to send) edited, if anybody can.
    ``variables`` are put into lines where the settings say so.
    """

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        super().__init__(sink, settings)
        self.ask_secret: Callable[[str], str] | None = None
        self.edit: Callable[[Path | None], None] | None = None
        self.finished = False
        self.variables: Variables = Variables(self.secrets)
        load_commands()

    # ---------------------------------------------------------------- for whoever reads lines

    @property
    def prompt(self) -> str:
        """Give what stands before the line being typed."""
        if self.together:
            return f"each {sum(each.connected for each in self.together)} {self._prompt}"
        return f"{_shortened(self.label)} {self._prompt}" if self.several else self._prompt

    @property
    def _prompt(self) -> str:
        mode = self.mode
        if mode == "content":
            return "data> "
        if mode == "chunk":
            return f"chunk {self.chunk_left}> "
        if mode == "auth":
            return f"auth ({'base64' if self.settings.auth == 'raw' else self.questions.question})> "
        if self.group is not None:
            return "pipeline> "
        if self.session is None or self.session.closed:
            return "smtpshell> "
        name = "lmtp" if self.session.endpoint and self.session.endpoint.lmtp else "smtp"
        return f"{name}s> " if self.session.connection.facts.tls else f"{name}> "

    @property
    def hidden(self) -> bool:
        """Whether the next line is a secret and must not be echoed."""
        return self.mode == "auth" and (self.settings.auth == "raw" or self.questions.question != USER)

    def is_slow(self, line: str) -> bool:
        """Whether a line takes several steps and must not be run where it would keep others waiting."""
        if self.mode != "command" or not is_shell_command(line):
            return self.goes_to_each(line)
        try:
            return self._call(line).command.slow
        except UsageError:
            return False

    def toolbar(self) -> Fragments:
        """Give the text of the toolbar."""
        from smtpshell.shell.display.toolbar import toolbar

        return toolbar(self)

    def completions(self, text: str, cursor: int) -> list[Candidate]:
        """Give what may stand at the cursor."""
        from smtpshell.shell.language.completion import complete

        return complete(self, text, cursor)

    def check(self, line: str) -> UsageError | None:
        """Say what is wrong with a line before it is run; of lines for the server, only its variables are."""
        if self.mode == "command":
            try:
                if is_shell_command(line):
                    self._call(line)
                else:
                    self._filled_in(line)
            except UsageError as error:
                return error
        return None

    # ---------------------------------------------------------------- what is typed

    def connect(self, url: str | Endpoint | None, name: str = "") -> None:
        """Connect, and begin with STARTTLS where the settings say so.

        Raises what Link.connect() raises, and RemoteProtocolError.
        """
        super().connect(url, name)
        if self.settings.starttls and not self.live.connection.facts.tls:
            from smtpshell.shell.commands.connection import starttls

            self.wait_for_replies()
            if self.connected:
                self.note("  /starttls, as the settings say")
                starttls(self)

    def goes_to_each(self, line: str) -> bool:
        """Whether a line in command or auth mode goes to several sessions, whose replies are then waited for."""
        for_shell = self.mode == "command" and (is_shell_command(line) or self.group is not None)
        return self.to_several and not (for_shell or self._is_aside(line))

    def execute(self, line: str) -> None:
        """Take one line in command or auth mode: to the wire as typed, or to the shell.

        Waits for nothing, unless it goes to several sessions (goes_to_each()).
        """
        with self.reporting():
            if self.goes_to_each(line):
                self.to_each(lambda: self.perform(line), "" if self.mode == "auth" else line, mode=self.mode)
            else:
                self.perform(line)
        with self.reporting():
            self.tutor_speaks()

    def perform(self, line: str) -> None:
        """Do what execute() does for one session, but raise any SmtpshellError."""
        self.exchange.begin()
        if self.mode == "auth" and not self._is_aside(line):
            self._answer(line)
        elif is_shell_command(line):
            self._run_command(line)
        else:
            typed = line.removeprefix("/" if line.startswith("//") else "")
            line = self._filled_in(line)
            if line != typed and not self.settings.echo:
                self.note(f"  {self.secrets.redact_line(line)}")
            if self.group is not None:
                self.group.append(line)
            else:
                self.live.send_octets(line.encode(*_ENCODING) + b"\r\n")
        self.stop_if_due()

    def _run_command(self, line: str) -> None:
        outcome = self._call(line).run(self)
        if outcome is not None:
            self.show(outcome)

    def _is_aside(self, line: str) -> bool:
        """Whether a line is a command of the shell although something else is awaited: in a lesson it may be."""
        return self.tutor is not None and is_shell_command(line) and line[1:].partition(" ")[0] in COMMANDS

    def pipeline(self, lines: Iterable[str]) -> None:
        """Send typed lines in one write, or report what is wrong with them."""
        with self.reporting():
            self.send_group([self._filled_in(line) for line in lines])

    def send_group(self, lines: Sequence[str]) -> None:
        """Send several lines in one write to whom one would go.  Raises what send_together() raises, WaitEnded."""
        if self.to_several:
            self.to_each(lambda: self.send_together(lines), "/pipeline")
        else:
            self.send_together(lines)

    def send_together(self, lines: Iterable[str]) -> None:
        """Send several lines in one write, whatever they are; each reply says what it answers.

        Raises UsageError, TimedOut, ConnectionLost.
        """
        session = self.live
        before = len(session.connection.outstanding)
        session.send_octets(b"".join(line.encode(*_ENCODING) + b"\r\n" for line in lines))
        self.pair(session.connection.outstanding[before:])

    def content_line(self, text: str) -> None:
        """Send one typed line of content; a dot at its start is doubled (transparency)."""
        if self._is_aside(text):
            with self.reporting():
                self._run_command(text)
            return
        self.content_paste(text.encode(*_ENCODING) + b"\r\n")

    def content_paste(self, octets: bytes) -> None:
        """Send a block of content; a lone dot in it is content."""
        for each in self.addressed("content"):
            with self.at(each), self.reporting():
                if len(octets) <= _LONG:
                    self.live.send_content(octets)
                else:
                    with sending(self, BytesIO(octets)) as watched:
                        self.live.send_content(watched)
                self.tutor_speaks()

    def end_content(self) -> None:
        """End the content and say what was sent; where that are several sessions, wait for their replies."""
        with self.reporting():
            if self.to_several:
                self.to_each(self.finish_content, mode="content")
            else:
                self.finish_content()

    def finish_content(self) -> ContentEncoder:
        """Do what end_content() does, but raise; give the encoder with its counts."""
        encoder = self.live.end_content()
        done = [f"{encoder.octets_in} octets of content"]
        if encoder.stuffed:
            done.append(f"{encoder.stuffed} dot{'s' * (encoder.stuffed > 1)} added")
        if encoder.repaired:
            done.append(f"{encoder.repaired} bare line end{'s' * (encoder.repaired > 1)} made CRLF")
        self.note("  " + ", ".join(done))
        self.stop_if_due()
        return encoder

    def abort_content(self) -> None:
        """Drop the connection in the middle of a message: nothing is delivered."""
        for each in self.addressed(self.mode):
            if each.session is not None:
                each.session.close()
        with self.reporting():
            self.tutor_speaks()

    def chunk_octets(self, octets: bytes) -> bytes:
        """Send octets of the chunk that BDAT announced; give back those it has no room for.

        Where they go to several sessions, their replies are waited for.
        """
        if self._is_aside(line := octets.decode(*_ENCODING).rstrip("\r\n")):
            with self.reporting():
                self._run_command(line)
            return b""
        fitting, rest = octets[: self.chunk_left], octets[self.chunk_left :]

        def act() -> None:
            with sending(self, BytesIO(fitting), ends_itself=True) as watched:
                while block := watched.read(_LONG):
                    self.live.send_octets(block)
            self.stop_if_due()
            self.tutor_speaks()

        with self.reporting():
            if self.to_several:
                self.to_each(act, mode="chunk")
            else:
                act()
        if rest:
            self.note(f"  the chunk is full: {len(rest)} octets were not sent")
        return rest

    def _call(self, line: str) -> Call:
        """Read a shell command, its variables put in.  Raises UsageError."""
        return parse_call(line, self.variables.fill_in_word if self.settings.variables else None)

    def _filled_in(self, line: str) -> str:
        """Give what a line typed for the server sends: of two slashes one, and its variables' values.

        Raises UsageError.
        """
        start = 1 if line.startswith("//") else 0
        return self.variables.fill_in(line, start) if self.settings.variables else line[start:]

    def _answer(self, line: str) -> None:
        session = self.live
        if self.settings.auth == "raw" or line == "*":
            session.send_octets(line.encode(*_ENCODING) + b"\r\n")
            return
        if self.hidden:
            self.secrets.remember(line)
        self.questions.take(line)
        self.answer_unasked()


def _shortened(name: str) -> str:
    """Give a name such that it leaves room for a line on a narrow terminal."""
    name = visible(name)
    return name if len(name) <= _PROMPT_NAME else f"{name[: _PROMPT_NAME - 1]}…"
