"""What `smtpshell --help` prints: all options and subcommands, on one screen whatever there is of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from textwrap import shorten, wrap
from typing import Final

__all__ = ["LINES", "WIDTH", "main_help"]

LINES: Final = 24
"""Lines of the smallest screen that it must fit."""
WIDTH: Final = 79
"""Columns of it."""

_LABELS: Final = 16
"""Columns that an option's name and value take."""

_BEGINNING: Final = """\
usage: smtpshell [URL [SCRIPT]] [-c LINE ...] [OPTION ...]
       smtpshell COMMAND [ARGUMENT ...]      (smtpshell COMMAND --help)

Type SMTP at a server, watch it, record it, replay it.  Without URL it starts
the practice server.  Lines are SMTP or commands with a slash, such as /help;
they come from -c, SCRIPT, or standard input where that is no terminal."""

_END: Final = """\
exit status: 0 as expected, 1 negative reply or mismatch, 2 usage,
  3 connection, 4 TLS, 5 not SMTP, 130 interrupted"""


def main_help(actions: Sequence[argparse.Action], rare: Sequence[argparse.Action], commands: Iterable[str]) -> str:
    """Write the help: each action a row while there is room; ``rare`` ones are named only, as are the commands."""
    lines: list[str] = []
    for count in range(len(actions), -1, -1):
        lines = [
            *_BEGINNING.splitlines(),
            *map(_row, actions[:count]),
            *_names(
                "more options (smtpshell connect --help tells of most)",
                (_label(a, value=False) for a in [*actions[count:], *rare]),
            ),
            *_names("commands", sorted(commands)),
            *_END.splitlines(),
        ]
        if len(lines) <= LINES:
            break
    return "\n".join(lines) + "\n"


def _label(action: argparse.Action, *, value: bool = True) -> str:
    if not action.option_strings:
        return str(action.metavar)
    return action.option_strings[0] + (f" {action.metavar}" if value and action.metavar else "")


def _row(action: argparse.Action) -> str:
    text = (action.help or "").replace("%%", "%")
    head = f"  {_label(action):<{_LABELS}}"
    return head + shorten(text, WIDTH - len(head), placeholder=" ...")


def _names(what: str, names: Iterable[str]) -> list[str]:
    return wrap(f"{what}: {' '.join(names)}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)
