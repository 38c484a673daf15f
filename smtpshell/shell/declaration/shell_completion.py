"""Completion of the program's arguments in bash, zsh and fish: scripts made from the declarations, by shtab.

Nothing of smtpshell runs when a user presses Tab: the scripts hold subcommands, options and words; files are the
shell's own.  What shtab does not know, where URLs begin and that bash cuts them at colons, is in completions/.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import UsageError
from smtpshell.session.endpoint import SCHEMES
from smtpshell.shell.declaration.argument_types import Url
from smtpshell.shell.declaration.arguments import Reader, whole_parser
from smtpshell.shell.declaration.command import load_commands

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["completion_script"]

# Words that need no quoting in any of the shells, nor inside what shtab writes for zsh.
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+,=/@-]*")

_URLS: Final = " ".join(f"{name}://" for name in SCHEMES)
_URL: Final = {"bash": "_smtpshell_urls", "zsh": "_smtpshell_urls", "fish": _URLS}

# What shtab writes where zsh completes the first word, and where it goes by that word -> what comes behind.
_ZSH: Final = {
    "  _describe 'smtpshell commands' _commands\n": "  _smtpshell_urls\n",
    "      case $line[1] in\n": "        *[:./]*) _smtpshell_at_server ;;\n",
}


def completion_script(shell: str, offline: Interpreter) -> str:
    """Write the script for bash, zsh or fish; ``offline`` is asked for words, as at a prompt without a connection.

    Raises UsageError where shtab is not installed.
    """
    try:
        import shtab
    except ImportError:
        raise UsageError("completion needs shtab", hint="pip install 'smtpshell[completion]'") from None
    parser = whole_parser(load_commands())
    for action in _actions(parser):
        _complete(action, shtab, offline)
    script = shtab.complete(parser, shell)
    own = files(__package__).joinpath("completions", shell).read_text("utf-8").replace("@URLS@", _URLS)
    if shell != "zsh":
        return script + own
    for found, added in _ZSH.items():
        script = script.replace(found, found + added, 1)
    # What is at the end of the file runs the completion: ours stands behind the first line.
    head, _, rest = script.partition("\n")
    return f"{head}\n{own}{rest}"


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for subparser in dict.fromkeys(action.choices.values()):
                yield from _actions(subparser)


def _complete(action: Any, shtab: Any, offline: Interpreter) -> None:
    """Tell shtab what an action's value can be."""
    # zsh would take a colon in it for the end of a field.
    if isinstance(action.metavar, str):
        action.metavar = re.sub(r"[^A-Z|]+", " ", action.metavar).strip()
    kind = action.type.kind if isinstance(action.type, Reader) else None
    if kind is None:
        return
    if isinstance(kind, Url):
        action.complete = _URL
    elif kind.is_file:
        action.complete = shtab.FILE
    elif words := [text for text, _ in kind.complete("", offline) if _PLAIN.fullmatch(text)]:
        action.choices = words
