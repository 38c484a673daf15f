"""An interpreter whose output is kept, for tests that hold a conversation."""

from __future__ import annotations

from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.render import to_text
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.interpreter import Interpreter

__all__ = ["Shell"]


class Shell(Interpreter):
    """An interpreter that waits at most five seconds and keeps what it prints."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.printed: Fragments = []
        super().__init__(self.printed.extend, settings or Settings(timeout=5.0))

    @property
    def text(self) -> str:
        """What was printed so far."""
        return to_text(self.printed)

    def say(self, *lines: str) -> str:
        """Run lines, each after the replies to the one before; give what that printed."""
        before = len(self.printed)
        for line in lines:
            self.execute(line)
            self.wait()
        return to_text(self.printed[before:])

    def styles_of(self, text: str) -> set[str]:
        """Give the styles in which exactly that text was printed."""
        return {style for style, printed in self.printed if printed == text}
