"""Commands that hand something to the user's editor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import UsageError
from smtpshell.shell.argument_types import NewFile
from smtpshell.shell.command import command

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["edit"]


@command()
def edit(
    interpreter: Interpreter,
    file: Annotated[Path | None, NewFile("file to edit where it is; made where there is none")] = None,
) -> None:
    """Write lines, or change a file, in the editor that VISUAL or EDITOR names.

    Without FILE it begins with what /pipeline has collected, else with the last line.  One line that comes back
    is put into the prompt, several are asked about; nothing is sent by that.  Ctrl-X Ctrl-E (v in vi's normal
    mode) does the same with the line being edited, inside a message too.

    Example:
        /edit message.eml
    """
    from smtpshell.shell.editor import edit_file

    if interpreter.edit is not None:
        interpreter.edit(file)
    elif file is not None:
        edit_file(file)
    else:
        raise UsageError("there is no prompt to write lines for", hint="name a file to edit")
