"""The keys of a terminal whose cursor can be moved, by what the system has for them."""

from __future__ import annotations

from typing import TextIO

from prompt_toolkit.input import Input, create_input

__all__ = ["keyboard"]


def keyboard(stdin: TextIO) -> Input:
    """Give the keys: by paste.py where there is a terminal of POSIX, else by prompt_toolkit alone.

    On Windows it finds pastes by itself; they are shorter there than paste.py is made for.
    """
    try:
        from smtpshell.shell.terminal.paste import PasteInput
    except ImportError:
        return create_input(stdin)
    return PasteInput(stdin)
