"""What /edit does: what is put into the editor, and what becomes of what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from smtpshell.errors import UsageError
from smtpshell.shell.editor import edit_file, edit_text
from smtpshell.shell.language.syntax import line_parts

if TYPE_CHECKING:
    from smtpshell.shell.terminal.dialogue import Dialogue

__all__ = ["edit", "holds_secret"]


def edit(dialogue: Dialogue, file: Path | None) -> None:
    """Have a file edited, or lines to send: nothing is sent by that.  Raises UsageError.

    What /pipeline has collected is replaced; else one line goes into the prompt, and several are asked about.
    """
    screen, group = dialogue.screen, dialogue.interpreter.group
    if file is not None:
        lent = screen.outside(lambda: edit_file(file), lambda _: dialogue.turns.note(f"edited {file}"))
    else:
        before = screen.last_line() if group is None else "\n".join(group)
        if holds_secret(dialogue, before):
            if group is not None:
                raise UsageError(
                    "there is a secret in the lines; no file is written with it", hint="/end sends them"
                )
            before = ""
        lent = screen.outside(lambda: edit_text(before), lambda text: _edited(dialogue, group, text))
    if not lent:
        raise UsageError("this terminal cannot be lent to an editor", hint="edit in another window")


def holds_secret(dialogue: Dialogue, text: str) -> bool:
    """Whether there is something in the text that must not be written down."""
    secrets = dialogue.interpreter.secrets
    if dialogue.takes_commands:
        parts = (part for line in text.split("\n") for part in line_parts(line))
        if any(style == "secret" for style, _, _ in parts):
            return True
    return secrets.redact_text(text) != text


def _edited(dialogue: Dialogue, group: list[str] | None, text: str) -> None:
    lines = text.split("\n") if text.strip() else []
    if group is not None:
        group[:] = lines
        dialogue.turns.note(f"{len(lines)} collected; /end sends them")
    elif len(lines) > 1:
        dialogue.ask_about(lines)
    else:
        dialogue.screen.edit("".join(lines))
