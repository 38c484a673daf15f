"""The commands by families, so that /help fits one screen however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from textwrap import wrap
from typing import Final

from smtpshell.shell.declaration.command import ShellCommand

__all__ = ["LINES", "WIDTH", "families", "family_help", "overview"]

LINES: Final = 22
"""Lines that /help may have: the smallest screen has 24, and the prompt stands below it."""
WIDTH: Final = 79
"""Columns that it may have."""

_INDENT: Final = 14


def families(commands: Iterable[ShellCommand]) -> dict[str, list[ShellCommand]]:
    """Give the commands by family, in the order in which these come."""
    found: dict[str, list[ShellCommand]] = {}
    for command in commands:
        found.setdefault(command.family, []).append(command)
    return found


def overview(commands: Mapping[str, ShellCommand], lines: int) -> list[str]:
    """Name all commands in so many lines: a row a family where that fits, else one after the other."""
    rows = [
        row
        for family, members in families(commands.values()).items()
        for row in _wrapped(f"{family:<{_INDENT - 1}}", [f"/{member.name}" for member in members])
    ]
    return rows if len(rows) <= lines else _wrapped("", [f"/{name}" for name in sorted(commands)])


def _wrapped(head: str, names: list[str]) -> list[str]:
    text = " ".join([head, *names]).lstrip()
    indent = " " * (_INDENT if head else 2)
    return wrap(text, WIDTH, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def family_help(word: str, commands: Mapping[str, ShellCommand]) -> Iterator[str]:
    """Tell of each command of a family in a line; of no family nothing."""
    members = families(commands.values()).get(word.lower(), [])
    if members:
        yield f"commands about {word.lower()} (/help COMMAND tells all of one)"
    yield from (f"  {f'/{member.name}':<{_INDENT}} {member.summary}" for member in members)
