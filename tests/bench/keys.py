"""How long a key takes in a session with 50,000 lines of history: smtpshell, prompt_toolkit's own parts, litecli.

Each runs in a terminal (pty).  The next key is pressed when the one before is on the screen, so that whatever a
key sets off (completion, the suggestion, a search) is paid before the next one shows; the median of the times
between counts.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pyte

from smtpshell.practice import PracticeServer
from tests.bench.measure import Measurement

__all__ = ["keys"]

FRAME = 1 / 60
"""Seconds that a picture stands on a screen."""

DEADLINE = 60.0
"""Seconds until a key that never shows is missed."""

TYPED = "mail from:<somebody@example.test> size=12345"
"""Begins like no line of the history: all of it is looked at."""

SOUGHT = "example.test> SIZE=nowhere"
"""Searched by Ctrl-R: fits the newest line up to a place, and from there on none of all."""

FITTING = len("example.test> SIZE=")

# The prompt to compare with: prompt_toolkit as its manual sets it up, with the same extras.
_PLAIN = """
import sys
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.history import FileHistory
PromptSession("smtp> ", history=FileHistory(sys.argv[1]), auto_suggest=AutoSuggestFromHistory(),
              search_ignore_case=True).prompt()
"""


class Typist:
    """Types at a program in a pty and looks at its screen."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self._screen = pyte.Screen(120, 30)
        self._stream = pyte.ByteStream(self._screen)
        self._program: pexpect.spawn[bytes] = pexpect.spawn(
            sys.executable,
            arguments,
            dimensions=(30, 120),
            env={**os.environ, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1", **environment},
        )
        self._program.delaybeforesend = None

    def close(self) -> None:
        """End the program."""
        self._program.close(force=True)

    def until(self, seen: Callable[[str], bool]) -> None:
        """Read until the line of the cursor is as wanted."""
        end = time.monotonic() + DEADLINE
        while not seen(line := self._line()):
            if time.monotonic() > end:
                raise RuntimeError(f"not what was expected: {line}\n" + "\n".join(self._screen.display))
            with contextlib.suppress(pexpect.TIMEOUT):
                self._stream.feed(self._program.read_nonblocking(65536, 1))

    def seconds_a_key(self, text: str, *, before: str = "", skip: int = 2) -> float:
        """Type a text key by key; give the median of the seconds between keys, but for the first ``skip``."""
        self._program.send(before)
        taken = []
        for at in range(1, len(text) + 1):
            begin = time.perf_counter()
            self._program.send(text[at - 1])
            self.until(lambda line, typed=text[:at]: typed in line)  # type: ignore[misc]
            taken.append(time.perf_counter() - begin)
        return statistics.median(taken[skip:])

    def _line(self) -> str:
        return self._screen.display[self._screen.cursor.y] + "\n" + self._screen.display[-1]


@contextlib.contextmanager
def typist(arguments: list[str], environment: dict[str, str], prompt: str) -> Iterator[Typist]:
    """Start a program and wait for its prompt."""
    found = Typist(arguments, environment)
    try:
        found.until(lambda line: line.startswith(prompt))
        yield found
    finally:
        found.close()


def lines_of(count: int) -> list[str]:
    """Give lines as a history has them, no two the same."""
    return [f"MAIL FROM:<user{number * 7919 % 1_000_003}@example.test> SIZE={number}" for number in range(count)]


def keys(lines: int) -> list[Measurement]:
    """Give what a key costs while typing and while searching."""
    with tempfile.TemporaryDirectory(prefix="smtpshell-keys-") as name, PracticeServer() as practice:
        folder = Path(name)
        past = lines_of(lines)
        ours = folder / "history" / "127.0.0.1"
        ours.parent.mkdir()
        ours.write_text("\n".join(past) + "\n")
        theirs = folder / "file-history"
        theirs.write_text("".join(f"\n# 2026-01-01 00:00:00\n+{line}\n" for line in past))
        with typist(["-m", "smtpshell", practice.url], {"SMTPSHELL_STATE_DIR": name}, "smtp>") as shell:
            typed, found = shell.seconds_a_key(TYPED), shell.seconds_a_key(SOUGHT, before="\x03\x12", skip=FITTING)
        with typist(["-c", _PLAIN, str(theirs)], {}, "smtp>") as plain:
            plain_typed = plain.seconds_a_key(TYPED)
            plain_found = plain.seconds_a_key(SOUGHT, before="\x15\x12", skip=FITTING)
        rows = [
            ("a key, typing", typed, FRAME, "one picture of sixty a second"),
            ("a key, typing", typed, plain_typed, "prompt_toolkit with FileHistory"),
            ("a key, searching", found, FRAME, "one picture of sixty a second"),
            ("a key, searching", found, plain_found, "prompt_toolkit with FileHistory"),
        ]
        if importlib.util.find_spec("litecli"):
            config = folder / "litecli.conf"
            config.write_text(
                f"[main]\nhistory_file = {theirs}\nlog_file = {folder / 'log'}\nless_chatty = True\n"
            )
            asked = [
                "-m",
                "litecli.main",
                "--liteclirc",
                str(config),
                str(folder / "bench.db"),
                "--prompt",
                "smtp> ",
            ]
            with typist(asked, {"HOME": name}, "smtp>") as litecli:
                rows.insert(2, ("a key, typing", typed, litecli.seconds_a_key(TYPED), "litecli"))
        else:
            print("no litecli here to compare with: pip install '.[bench]'", file=sys.stderr)
    return [
        Measurement(
            name=f"{what}, {lines:,} lines of history", ours=our, other=other, against=against, at_most=1.0
        )
        for what, our, other, against in rows
    ]
