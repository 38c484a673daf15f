"""What pictures are drawn on: how many columns the terminal has, and whether it shows characters beyond ASCII."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
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
    """``width`` in columns; ``unicode`` tells whether lines may be drawn with other characters than ``-|+``."""

    width: int = 80
    unicode: bool = False

    @classmethod
    def of_stdout(cls) -> Paper:
        """Look at standard output; what is no terminal is 80 columns of ASCII, unless COLUMNS says otherwise."""
        width = shutil.get_terminal_size((80, 24)).columns
        encoding = (getattr(sys.stdout, "encoding", "") or "").lower().replace("-", "")
        can = sys.stdout.isatty() and encoding == "utf8" and os.environ.get("TERM", "") not in _CANNOT
        return cls(max(NARROWEST, min(width, MOST)), can)
