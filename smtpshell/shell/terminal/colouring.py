"""The colours of the line being edited: those of a command where one is expected, none for content and secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.lexers import Lexer, PygmentsLexer, SimpleLexer

from smtpshell.shell.language.lexer import SmtpCommandLexer

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["LineLexer"]


class LineLexer(Lexer):
    """Colours commands by our Pygments lexer; a fault in it leaves the line plain."""

    def __init__(self, dialogue: Dialogue) -> None:
        self._dialogue = dialogue
        self._plain = SimpleLexer()
        self._commands = PygmentsLexer(SmtpCommandLexer)

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        plain = self._plain.lex_document(document)
        if not self._dialogue.takes_commands:
            return plain
        coloured = self._commands.lex_document(document)

        def line(number: int) -> StyleAndTextTuples:
            try:
                return coloured(number)
            except Exception:  # noqa: BLE001 - it would be said anew at every key
                return plain(number)

        return line

    def invalidation_hash(self) -> bool:
        """Tell when the same text is to be coloured anew."""
        return self._dialogue.takes_commands
