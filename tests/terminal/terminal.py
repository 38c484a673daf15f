"""A terminal for tests: a real pty with smtpshell in it, and a screen one can look at."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Final

import pexpect
import pyte

__all__ = ["DEADLINE", "Terminal"]

DEADLINE: Final = 20.0
"""Seconds until something that should be on the screen is missed."""

PASTE: Final = (b"\x1b[200~", b"\x1b[201~")
"""What a terminal puts around a paste."""


class _Screen(pyte.HistoryScreen):
    """A screen that keeps what scrolls off, and answers when it is asked where its cursor is."""

    def __init__(self, columns: int, lines: int, answer: Callable[[bytes], None]) -> None:
        super().__init__(columns, lines, history=100_000, ratio=0.5)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data.encode())


class Terminal:
    """smtpshell in a pty, its output fed to a pyte screen; a context manager.

    ``state`` is the folder of its history; with ``output``, a file, only the keyboard is a terminal.  Each
    expect_…() reads until the screen is as wanted, and shows the screen where it never is.
    """

    def __init__(
        self,
        *arguments: str,
        state: Path,
        columns: int = 100,
        lines: int = 40,
        environment: dict[str, str] | None = None,
        output: Path | None = None,
    ) -> None:
        self.state = state
        self.octets = b""
        self.screen = _Screen(columns, lines, self.press)
        self._stream = pyte.ByteStream(self.screen)
        command = [sys.executable, "-m", "smtpshell", *arguments]
        if output:
            command = ["/bin/sh", "-c", f'exec "$@" > {shlex.quote(str(output))}', "sh", *command]
        self._program: pexpect.spawn[bytes] = pexpect.spawn(
            command[0],
            command[1:],
            dimensions=(lines, columns),
            env={
                **_without_size(os.environ),
                "TERM": "xterm-256color",
                "SMTPSHELL_STATE_DIR": str(state),
                **(environment or {}),
            },
            timeout=DEADLINE,
        )
        # pexpect waits before it sends, for programs that ask for passwords too early; this one does not.
        self._program.delaybeforesend = None

    # ---------------------------------------------------------------- what is typed

    def enter(self, *lines: str) -> None:
        """Type lines, each with Enter."""
        for line in lines:
            self.press(line.encode() + b"\r")

    def press(self, keys: bytes) -> None:
        """Press keys, as the octets that a terminal makes of them."""
        self._program.send(keys)

    def paste(self, octets: bytes) -> None:
        """Paste in brackets, reading what comes meanwhile, as terminals do."""
        begin, end = PASTE
        pasted = memoryview(begin + octets + end)
        while pasted:
            self._read(0)
            pasted = pasted[os.write(self._program.child_fd, pasted[:4096]) :]

    def resize(self, columns: int, lines: int) -> None:
        """Change the size of the window, as its user does."""
        self.screen.resize(lines, columns)
        self._program.setwinsize(lines, columns)

    def signal(self, number: int) -> None:
        """Send the program a signal."""
        self._program.kill(number)

    # ---------------------------------------------------------------- what is seen

    @property
    def display(self) -> str:
        """The screen, and what has scrolled off above it, as text."""
        above = (
            "".join(line[column].data for column in range(self.screen.columns)) for line in self.screen.history.top
        )
        return "\n".join(line.rstrip() for line in (*above, *self.screen.display))

    def expect(self, *texts: str, deadline: float = DEADLINE) -> str:
        """Read until all texts are there, in their order; give what is displayed then."""
        return self._until(lambda display: _in_order(texts, display), f"{texts} on the screen", deadline)

    def expect_prompt(self, prompt: str, deadline: float = DEADLINE) -> str:
        """Read until the line of the cursor begins with a prompt."""
        return self._until(
            lambda _: self.screen.display[self.screen.cursor.y].startswith(prompt), f"prompt {prompt!r}", deadline
        )

    def expect_end(self, deadline: float = DEADLINE) -> int:
        """Read until the program has ended; give its exit status."""
        end = time.monotonic() + deadline
        while self._read(0.05) and time.monotonic() < end:
            pass
        assert time.monotonic() < end, f"still running:\n{self.display}"
        self._program.wait()
        status = self._program.exitstatus
        assert status is not None, f"killed by signal {self._program.signalstatus}"
        return status

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.signal(signal.SIGTERM)
        end = time.monotonic() + 5
        while time.monotonic() < end and self._read(0.1):
            pass
        self._program.close(force=True)

    # ---------------------------------------------------------------- inside

    def _until(self, seen: Callable[[str], bool], what: str, deadline: float) -> str:
        end = time.monotonic() + deadline
        while not seen(display := self.display):
            assert self._read(0.05), f"it ended without {what}:\n{display}"
            assert time.monotonic() < end, f"no {what}:\n{display}"
        return display

    def _read(self, timeout: float) -> bool:
        """Read what is there; False at the end of the program."""
        try:
            octets = self._program.read_nonblocking(65536, timeout)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.octets += octets
        self._stream.feed(octets)
        return True


def _without_size(environment: Mapping[str, str]) -> dict[str, str]:
    """Leave out what is believed rather than the terminal: pytest's workers say that they have 80 columns."""
    return {name: value for name, value in environment.items() if name not in ("COLUMNS", "LINES")}


def _in_order(texts: Iterable[str], display: str) -> bool:
    at = 0
    for text in texts:
        at = display.find(text, at)
        if at < 0:
            return False
        at += len(text)
    return True
