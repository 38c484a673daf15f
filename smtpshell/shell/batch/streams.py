"""Standard output for whoever reads it: coloured for a terminal that can, plain for everything else."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from typing import TextIO

from smtpshell.shell.configuration.settings import Settings
from smtpshell.shell.display.columns import beginning
from smtpshell.shell.display.render import to_ansi, to_text
from smtpshell.shell.display.styles import Fragments

__all__ = ["meter", "printer", "write"]


def printer(settings: Settings) -> Callable[[Fragments], None]:
    """Make a sink that writes to standard output, in colour as the setting says at that moment."""

    def show(fragments: Fragments) -> None:
        write(to_ansi(fragments, settings.theme) if _coloured(settings.color) else to_text(fragments))

    return show


def write(text: str) -> None:
    """Write text that is safe already, at once: a reader may wait for it."""
    sys.stdout.write(text)
    sys.stdout.flush()


def meter(stream: TextIO) -> Callable[[str], None]:
    """Make what writes a text over the one before, in one line of a terminal; "" takes it away."""
    before = ""

    def show(text: str) -> None:
        nonlocal before
        shown = beginning(text, shutil.get_terminal_size().columns - 1)
        if shown or before:
            stream.write(f"\r{shown.ljust(len(before))}" + ("" if shown else "\r"))
            stream.flush()
        before = shown

    return show


def _coloured(wish: str) -> bool:
    """Whether to colour: NO_COLOR (https://no-color.org) and dumb terminals say no unless told otherwise."""
    if wish != "auto":
        return wish == "always"
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb" and sys.stdout.isatty()
