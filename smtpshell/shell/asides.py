"""What the shell says beside the conversation: which command something is about, that a reply can be explained."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from smtpshell.protocol.commands import Auth, AuthResponse, Command
from smtpshell.protocol.events import Closed, CommandSent, Event, Greeted, ReplyReceived
from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.link import Link

__all__ = ["Asides"]

_OFFERS: Final = 200
"""Codes that are offered for explaining in the life of a shell."""


class Asides(Link):
    """Says it before and behind each event that is shown."""

    def __init__(self, sink: Callable[[Fragments], None], settings: Settings | None = None) -> None:
        super().__init__(sink, settings)
        self._offered: set[str] = set()
        self._in_group = False

    @property
    def outstanding(self) -> tuple[Command, ...]:
        """The commands that have no reply yet."""
        return self.session.connection.outstanding if self.session else ()

    def pair(self, commands: Iterable[Command]) -> None:
        """Show with the reply to each of these outstanding commands what it answers."""
        self.current.paired += commands

    def say_before(self, event: Event) -> None:
        """Say which of several commands an event, or what was found about it, belongs to."""
        self._in_group = False
        match event:
            case Closed():
                self.current.paired.clear()
            case ReplyReceived(command=Command() as command) if any(command is one for one in self.current.paired):
                self.current.paired = [one for one in self.current.paired if one is not command]
                self._in_group = True
                if not self.reply_lines_shown:
                    self._say_command("to", command)
            case CommandSent() if event.findings and not self.settings.echo and len(self.outstanding) > 1:
                self._say_command("about", event.command)
            case _:
                pass

    def say_before_reply(self, awaited: Command | None) -> None:
        """Say it before the first line of a reply whose last line is not here yet."""
        if awaited and not self.reply_lines_shown and any(awaited is one for one in self.current.paired):
            self._say_command("to", awaited)

    def say_behind(self, event: Event) -> None:
        """Offer, at the prompt and once for each code, to explain a refusal."""
        if not isinstance(event, Greeted | ReplyReceived) or event.reply.is_positive:
            return
        enhanced = event.reply.enhanced_status_code
        codes = f"{event.reply.code} {enhanced}" if enhanced else str(event.reply.code)
        if self.settings.echo or not self.settings.hints or codes in self._offered or self.current.column:
            return
        if len(self._offered) < _OFFERS:  # a server that makes up codes is not worth more
            self._offered.add(codes)
            self._offer(codes)

    def _offer(self, codes: str) -> None:
        # Of several replies that come together /explain alone would take the last.
        if self._in_group or self.outstanding:
            self.note(f"  /explain {codes} says what that may mean")
        else:
            self.note(f"  /explain says what {codes} may mean")

    def _say_command(self, how: str, command: Command) -> None:
        secret = isinstance(command, Auth | AuthResponse)
        text = command.move if secret else f"{command.move} {command.arguments()}".strip()
        self.note(f"  {how} {self.secrets.redact_text(text)}")
