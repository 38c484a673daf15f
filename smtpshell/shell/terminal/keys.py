"""The keys that mean something of their own here; all others are prompt_toolkit's, as in every shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prompt_toolkit.document import Document
from prompt_toolkit.filters import (
    Condition,
    emacs_insert_mode,
    has_completions,
    vi_insert_mode,
    vi_navigation_mode,
)
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue
    from smtpshell.shell.terminal.screen import LiveScreen

__all__ = ["key_bindings"]


def key_bindings(dialogue: Dialogue, screen: LiveScreen) -> KeyBindings:
    """Bind pasting, interrupting, leaving, answering and the editor."""
    keys = KeyBindings()
    asking = Condition(lambda: dialogue.question is not None)
    empty = Condition(lambda: not screen.buffer.text)
    shown = Condition(lambda: not dialogue.hidden)
    commands = Condition(lambda: dialogue.takes_commands)
    inserting = emacs_insert_mode | vi_insert_mode
    untouched = Condition(lambda: screen.menu_untouched)

    @keys.add(Keys.BracketedPaste, eager=True)
    def _paste(event: KeyPressEvent) -> None:
        """Take what was pasted as it is: prompt_toolkit's own binding would change its line ends."""
        before, after = screen.buffer.document.text_before_cursor, screen.buffer.document.text_after_cursor
        screen.buffer.document = Document(after, 0)
        inserted = dialogue.paste(before, event.data)
        if inserted is not None:
            line = before + inserted
            screen.buffer.document = Document(line + after, len(line))

    @keys.add("c-c", eager=True)
    @keys.add("<sigint>")
    def _interrupt(event: KeyPressEvent) -> None:
        """End a wait, clear the line, or ask: what fits."""
        if not screen.is_away and dialogue.interrupt(screen.buffer.text):
            screen.clear()

    @keys.add("c-d", filter=empty | asking, eager=True)
    def _leave(event: KeyPressEvent) -> None:
        """Quit."""
        dialogue.end_of_input()

    @keys.add("<any>", filter=asking)
    def _answer(event: KeyPressEvent) -> None:
        """Answer the question by one key."""
        dialogue.answer(event.data)

    @keys.add("c-i", filter=commands & inserting & ~has_completions)
    def _complete(event: KeyPressEvent) -> None:
        """Complete what is certain at once, however fast the next key comes, and show the menu for the rest."""
        screen.complete()

    @keys.add("up", filter=untouched)
    def _back(event: KeyPressEvent) -> None:
        """Go back to the newest line that begins like this one; Down enters the completions that are shown."""
        screen.buffer.cancel_completion()
        screen.buffer.auto_up(event.arg)

    @keys.add("c-x", "c-e", filter=shown & ~asking)
    @keys.add("v", filter=vi_navigation_mode & shown & ~asking)
    def _edit(event: KeyPressEvent) -> None:
        """Edit the line in $VISUAL or $EDITOR; what comes meanwhile is printed after that."""
        screen.edit_outside()

    return keys
