"""The program that long text is read in: which one, and how it is run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from typing import Final

from smtpshell.shell.display.render import to_ansi, to_text
from smtpshell.shell.display.styles import Fragments

__all__ = ["pager_for"]

_LESS: Final = "less"
_OPTIONS: Final = "-RFX"
"""For less where its user says nothing: colours are obeyed, a screenful ends it, what was read stays."""


def pager_for(fragments: Fragments, *, theme: str) -> Callable[[], object] | None:
    """Give what shows the text in the program that PAGER names, else in less; None where there is no such program.

    Only less is given colours, those of ``theme`` ("" for none): other programs may show them as they are written.
    """
    try:
        words = shlex.split(os.environ.get("PAGER", _LESS))
    except ValueError:
        return None
    program = shutil.which(words[0]) if words else None
    if program is None:
        return None
    is_less = os.path.basename(program) == _LESS  # noqa: PTH119 (text, no path to use)
    text = to_ansi(fragments, theme) if theme and is_less else to_text(fragments)
    environment = {"LESS": _OPTIONS, **os.environ}

    def run() -> None:
        subprocess.run(  # noqa: S603 (the user's own program, without a shell)
            [program, *words[1:]], input=text.encode("utf-8", "backslashreplace"), env=environment, check=False
        )

    return run
