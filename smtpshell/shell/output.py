"""What the shell says: to whom output goes, and what it all means for the exit status.

Everything shown passes here.  A front end that wants something else than printed lines, as JSON does, puts its own
functions in place of ``errors``, ``events`` and ``outcomes``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from smtpshell.errors import ExitStatus, SmtpshellError, UsageError
from smtpshell.protocol.commands import Command
from smtpshell.protocol.events import Event, Greeted, ReplyReceived
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.conversation import Conversations
from smtpshell.shell.display.columns import width
from smtpshell.shell.display.render import Renderer, visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.exchange import Check
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.stopping import Stopped

if TYPE_CHECKING:
    from smtpshell.shell.batch.source import Source

__all__ = ["Output"]


class Output(Conversations):
    """The output of one shell.

    ``sink`` prints.  ``errors``, ``events`` and ``outcomes`` are told of those, by default to print them;
    ``checks`` is told of each expectation.  ``scripts`` are those that run, the innermost last.
    """

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        self.sink = sink
        self.errors: Callable[[SmtpshellError], None] = self._print_error
        self.events: Callable[[Event, float], None] = self._print_event
        self.outcomes: Callable[[Outcome], None] = self._print_outcome
        self.checks: Callable[[Check], object] = lambda check: None
        self.settings: Settings = settings or Settings()
        self.meter: Callable[[str], object] | None = None
        super().__init__(self.settings)
        self.scripts: list[Source] = []

    @property
    def exit_status(self) -> ExitStatus:
        """The gravest of what happened in any conversation, what was expected aside."""
        return max(each.exchange.status for each in self.conversations)

    def begin_rendering(self) -> None:
        """Forget what was half shown: another conversation begins."""
        self.current.renderer = Renderer(self.settings, self.secrets, self.pages)

    def show(self, outcome: Outcome) -> None:
        """Show what a command came to."""
        self.exchange.came_to(outcome.status)
        self.outcomes(outcome)

    def note(self, text: str, style: str = "note") -> None:
        """Show one line of our own."""
        self._emit([(style, visible(text) + "\n")])

    def report(self, error: SmtpshellError) -> None:
        """Show an error, and remember it for the exit status and the script it happened in."""
        lasting = not self.exchange.failed(error)
        if self.scripts:
            self.scripts[-1].take(error, lasting=lasting)
        self.errors(error)

    def grade(self, status: ExitStatus) -> None:
        """Take something into the exit status: the gravest counts, and that is the highest."""
        self.exchange.grade(status)

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
                before = "".join(
                    "\t" if character == "\t" else " " * width(character) for character in line[:start]
                )
                shown = [("", line + "\n"), ("error", before + "^" * max(1, width(line[start:end])) + "\n")]
        self._emit([*shown, ("error", visible(self.secrets.redact_text(error.told)) + "\n")])

    def show_reply_begun(self, lines: Sequence[bytes], command: Command | None, seconds: float) -> None:
        """Show further lines of a reply that is coming in."""
        self._emit(self.current.renderer.reply_begun(lines, command, seconds))

    @property
    def reply_lines_shown(self) -> int:
        """How many lines of the reply that is coming in show_reply_begun() was given."""
        return self.current.renderer.lines_begun

    def _print_event(self, event: Event, seconds: float) -> None:
        renderer, first = self.current.renderer, self.findings.first_of(event)
        shown = renderer.render(event, seconds, first=first, elapsed=self._elapsed(event))
        if column := self.current.column:
            if isinstance(event, Greeted | ReplyReceived):
                # The whole of it, whatever the screen holds, and without what differs always.
                shown = Renderer(self.settings, self.secrets).render(event, seconds, first=first)
            column.take(event, shown)
        elif shown:
            self._emit(shown)

    def _elapsed(self, event: Event) -> float | None:
        """Give the seconds a reply took, where they are to be shown."""
        wish = self.settings.elapsed
        if wish == "off" or (wish == "auto" and self.pages.rows is None):
            return None
        answered = self.exchanges.answered if isinstance(event, Greeted | ReplyReceived) else None
        return answered.elapsed if answered else None

    def _print_outcome(self, outcome: Outcome) -> None:
        if outcome.fragments:
            self._emit(self.pages.cut(outcome.fragments))

    def _emit(self, fragments: Fragments) -> None:
        if self.settings.color == "never":
            fragments = [("", text) for _, text in fragments]
        if column := self.current.column:
            column.take(None, fragments)
            return
        if self.turn is not None and (self.turn is not self.front or self.together):
            fragments = _prefixed(fragments, self.turn.name)
        self.sink(fragments)


def _prefixed(fragments: Fragments, name: str) -> Fragments:
    """Say before each line which conversation it comes from."""
    shown: Fragments = []
    at_start = True
    for style, text in fragments:
        for line in text.splitlines(keepends=True):
            if at_start:
                shown.append(("session", f"{visible(name)}| "))
            shown.append((style, line))
            at_start = line.endswith("\n")
    return shown
