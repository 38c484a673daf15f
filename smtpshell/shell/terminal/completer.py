"""What Tab offers: the interpreter's candidates as prompt_toolkit's completions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from smtpshell.shell.display.render import visible

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["LineCompleter"]


class LineCompleter(Completer):
    """Completes commands and shell commands; content, secrets and answers to questions are left alone."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        # At the start of a line only by request: Enter gets there first when keys are typed fast.
        asked = complete_event.completion_requested or document.text_before_cursor
        if not self._dialogue.takes_commands or not asked:
            return
        try:
            candidates = self._dialogue.interpreter.completions(document.text, document.cursor_position)
        except Exception as error:  # noqa: BLE001 - a fault in completion must not end the session
            self._dialogue.turns.fault(error)
            return
        for candidate in candidates:
            yield Completion(
                candidate.text,
                start_position=candidate.start - document.cursor_position,
                # A server's word, or a file's name, may be among them.
                display=visible(candidate.text),
                display_meta=visible(candidate.meta),
                style="" if candidate.fits else "class:completion.unfit",
            )
