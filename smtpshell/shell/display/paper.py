"""What pictures are drawn on: how many columns the terminal has, and whether it shows characters beyond ASCII."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from textwrap import wrap
from typing import Final

__all__ = ["MOST", "NARROWEST", "Paper"]

NARROWEST: Final = 40
"""Columns a picture is drawn for at least, however narrow the terminal is."""

MOST: Final = 200
"""Columns a picture takes at most."""

_CANNOT: Final = ("", "dumb", "unknown")
"""Values of TERM for terminals of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Paper:
    """``width`` in columns; ``unicode`` tells whether lines may be drawn with other characters than ``-|+``.

    ``terminal`` tells whether somebody looks at it: only then are long lines broken.
    """

    width: int = 80
    unicode: bool = False
    terminal: bool = False

    @classmethod
    def of_stdout(cls) -> Paper:
        """Look at standard output; what is no terminal is 80 columns of ASCII, unless COLUMNS says otherwise."""
        width = shutil.get_terminal_size((80, 24)).columns
        encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
        terminal = sys.stdout.isatty()
        can = terminal and encoding == "utf8" and os.environ.get("TERM", "") not in _CANNOT
        return cls(max(NARROWEST, min(width, MOST)), can, terminal)

    def broken(self, text: str) -> list[str]:
        """Break a line between words where a terminal would break it anywhere; what follows is indented more."""
        if not self.terminal or len(text) <= self.width:
            return [text]
        indent = " " * (len(text) - len(text.lstrip(" ")))
        return wrap(
            text.lstrip(" "),
            self.width,
            initial_indent=indent,
            subsequent_indent=f"{indent}    ",
            break_on_hyphens=False,
        )
