"""Commands about settings: completion of the program's arguments in other shells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smtpshell.shell.declaration.argument_types import Choice
from smtpshell.shell.declaration.command import command
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["completion"]

SHELLS = {
    "bash": "~/.local/share/bash-completion/completions/smtpshell",
    "zsh": "_smtpshell in a folder of $fpath",
    "fish": "~/.config/fish/completions/smtpshell.fish",
}
"""Shell -> where its script goes."""


@command()
def completion(
    interpreter: Interpreter,
    shell: Annotated[str, Choice("which one", **SHELLS)],
) -> Outcome:
    """Write the script that has a shell complete the arguments of smtpshell.

    Redirect it to ~/.local/share/bash-completion/completions/smtpshell for bash, to _smtpshell in a folder of
    $fpath for zsh, to ~/.config/fish/completions/smtpshell.fish for fish.  It needs shtab: pip install
    'smtpshell[completion]'.

    Example:
        /completion bash
        /completion zsh
        /completion fish
    """
    from smtpshell.shell.declaration.shell_completion import completion_script
    from smtpshell.shell.interpreter import Interpreter

    script = completion_script(shell, Interpreter(lambda fragments: None))
    return Outcome(fragments=[("", script)], data={"event": "completion", "shell": shell, "script": script})
