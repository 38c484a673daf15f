"""What the shell says: to whom output goes, and what it all means for the exit status.

Everything shown passes here.  A front end that wants something else than printed lines, as JSON does, puts its own
functions in place of ``errors``, ``events`` and ``outcomes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from smtpshell.errors import ExitStatus, SmtpshellError, UsageError
from smtpshell.protocol.events import Event
from smtpshell.shell.conversation import Conversations
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.render import Renderer, visible
from smtpshell.shell.settings import Settings
from smtpshell.shell.stopping import Stopped
from smtpshell.shell.styles import Fragments

__all__ = ["Output"]


class Output(Conversations):
    """The output of one shell.

    ``sink`` prints.  ``errors``, ``events`` and ``outcomes`` are told of those, by default to print them.
    ``exit_status`` is the gravest of what happened.
    """

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        self.sink = sink
        self.errors: Callable[[SmtpshellError], None] = self._print_error
        self.events: Callable[[Event, float], None] = self._print_event
        self.outcomes: Callable[[Outcome], None] = self._print_outcome
        self.settings: Settings = settings or Settings()
        super().__init__(self.settings)
        self.exit_status: ExitStatus = ExitStatus.EXPECTED

    def begin_rendering(self) -> None:
        """Forget what was half shown: another conversation begins."""
        self.current.renderer = Renderer(self.settings, self.secrets)

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

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Report a SmtpshellError that is raised inside, instead of letting it out."""
        try:
            yield
        except Stopped:
            pass  # told already
        except SmtpshellError as error:
            self.report(error)

    def _print_error(self, error: SmtpshellError) -> None:
        shown: Fragments = []
        if isinstance(error, UsageError) and error.span and "\n" not in error.line:
            start, end = error.span
            line = visible(error.line)
            if len(line) == len(error.line):
                shown = [("", line + "\n"), ("error", " " * start + "^" * max(1, end - start) + "\n")]
        self._emit([*shown, ("error", visible(self.secrets.redact_text(str(error))) + "\n")])

    def _print_event(self, event: Event, seconds: float) -> None:
        if shown := self.current.renderer.render(event, seconds, first=self.findings.first_of(event)):
            self._emit(shown)

    def _print_outcome(self, outcome: Outcome) -> None:
        if outcome.fragments:
            self._emit(outcome.fragments)

    def _emit(self, fragments: Fragments) -> None:
        if self.settings.color == "never":
            fragments = [("", text) for _, text in fragments]
        self.sink(fragments)
