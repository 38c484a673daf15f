"""The README's list of commands, made of the table of commands: python -m tests.readme writes it anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from smtpshell.shell.declaration.command import load_commands
from smtpshell.shell.help.overview import families

__all__ = ["README", "command_list", "with_command_list"]

README: Final = Path(__file__).parent.parent / "README.md"
_MARKED: Final = re.compile(r"(?<=<!-- commands -->\n).*?(?=<!-- commands -->)", re.DOTALL)


def command_list() -> str:
    """Write the list: a row a family of commands."""
    rows = [
        f"| {family} | {' '.join(f'`{member.name}`' for member in members)} |\n"
        for family, members in families(load_commands().values()).items()
    ]
    return "".join(["| about | commands |\n", "| --- | --- |\n", *rows])


def with_command_list(text: str) -> str:
    """Put the list between the marks of a text."""
    return _MARKED.sub(lambda found: command_list(), text)


if __name__ == "__main__":
    README.write_text(with_command_list(README.read_text("utf-8")), "utf-8")
