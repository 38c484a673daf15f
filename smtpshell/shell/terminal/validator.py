"""The check before a line is run: what the interpreter cannot understand stays in the line, the cursor on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.validation import ValidationError, Validator

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["LineValidator"]


class LineValidator(Validator):
    """Refuses shell commands that cannot be understood; what goes to the server is never judged here."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def validate(self, document: Document) -> None:
        if not self._dialogue.takes_commands or "\n" in document.text:
            return
        try:
            error = self._dialogue.interpreter.check(document.text)
        except Exception as fault:  # noqa: BLE001 - a fault in checking must not keep a line from being run
            self._dialogue.turns.fault(fault)
            return
        if error:
            raise ValidationError(
                cursor_position=error.span[0] if error.span else len(document.text), message=str(error)
            )
