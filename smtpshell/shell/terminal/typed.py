"""Lines typed at a terminal that edits them itself: read as they come, with their echo on or off.

Where the system has termios the loop watches the terminal.  Elsewhere (Windows) a loop cannot, so a thread waits
for lines, and the echo stays on, which is said before a secret is typed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Final, Protocol

__all__ = ["EchoingLines", "TerminalLines", "TypedLines", "on_signal", "typed_lines"]

_READ: Final = 65536
"""Octets asked for at once; the terminal gives one line."""

_LFLAG: Final = 3
"""Where tcgetattr() keeps the local modes, ECHO among them."""


class TypedLines(Protocol):
    """What is typed, from begin() to end()."""

    def begin(self, take: Callable[[bytes], None]) -> None:
        """Have octets taken in the loop's thread as they come, b"" at the end of all."""

    def end(self) -> None:
        """Take no more; the terminal is as it was found."""

    def echo(self, on: bool) -> str:
        """Show what is typed, or do not; give what is to be said where that cannot be."""


def typed_lines() -> TypedLines:
    """Give the lines of standard input by the better way that the system has."""
    try:
        return TerminalLines()
    except ImportError:
        return EchoingLines()


class TerminalLines:
    """By termios, watched by the loop.  Raises ImportError where there is none."""

    def __init__(self) -> None:
        import termios

        self._termios = termios
        self._descriptor = sys.stdin.fileno()
        self._found = termios.tcgetattr(self._descriptor)

    def begin(self, take: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._descriptor, lambda: take(os.read(self._descriptor, _READ)))

    def end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._descriptor)
        self._termios.tcsetattr(self._descriptor, self._termios.TCSADRAIN, self._found)

    def echo(self, on: bool) -> str:
        modes = self._termios.tcgetattr(self._descriptor)
        modes[_LFLAG] &= ~self._termios.ECHO
        modes[_LFLAG] |= self._termios.ECHO if on else 0
        self._termios.tcsetattr(self._descriptor, self._termios.TCSADRAIN, modes)
        return ""


class EchoingLines:
    """By a thread that waits for each line; the system echoes it."""

    def begin(self, take: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()

        def wait() -> None:
            line = b"-"
            while line:
                line = sys.stdin.buffer.readline()
                # The loop may be gone before the line is.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(take, line.replace(b"\r\n", b"\n"))

        threading.Thread(target=wait, name="typed lines", daemon=True).start()

    def end(self) -> None:
        """Leave the thread waiting; it ends with the process."""

    def echo(self, on: bool) -> str:
        return "" if on else "what you type now can be read on the screen"


def on_signal(name: str, act: Callable[[int], object]) -> None:
    """Do something in the loop when a signal comes, where the system has it and the loop sees it."""
    number = getattr(signal, name, None)
    if number is not None:
        # Loops on Windows take no signals: Ctrl-C is a key there, or ends the program.
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(number, act, number)
