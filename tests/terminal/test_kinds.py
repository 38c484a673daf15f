"""Terminals of many kinds and sizes: resized at any moment, old ones, tmux; pastes too big to look at."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import DEADLINE, Terminal

LINES = b"RSET and so on up to a length that is usual for a line, more or less of it all\r" * 65_000
"""5 MB of lines."""


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that knows one command."""
    with ScriptedServer({"NOOP": b"250 done\r\n"}) as server:
        yield server


@pytest.fixture
def terminal(server: ScriptedServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at its prompt."""
    with Terminal(server.url, state=tmp_path, columns=80, lines=24) as terminal:
        terminal.expect("220 scripted")
        terminal.expect_prompt("smtp>")
        yield terminal


SIZES = [(120, 40), (40, 24), (40, 12), (80, 24)]


def test_another_size_while_typing(server: ScriptedServer, terminal: Terminal) -> None:
    """The line stays whole, wherever it wraps, the completion menu open or not."""
    line = "NOOP that is long enough to be wrapped where there are forty columns"
    terminal.press(b"NO")
    terminal.expect("Do nothing")
    cuts = [2, 17, 34, 51]
    for (columns, lines), begin, end in zip(SIZES, cuts, [*cuts[1:], len(line)], strict=True):
        terminal.resize(columns, lines)
        terminal.press(line[begin:end].encode())
        terminal.expect("smtp> NO")
    terminal.press(b"\r")
    server.expect(line.encode())
    terminal.expect("250 done")


def test_another_size_inside_a_long_reply(server: ScriptedServer, terminal: Terminal) -> None:
    """All of it is printed, and the prompt is usable."""
    terminal.enter("/set pager off", "EHLO me")
    server.expect(b"EHLO me")
    server.say(b"".join(b"250-KEYWORD%d\r\n" % number for number in range(500)))
    terminal.expect("KEYWORD100")
    terminal.resize(60, 30)
    server.say(b"".join(b"250-KEYWORD%d\r\n" % number for number in range(500, 999)) + b"250 THE-END\r\n")
    terminal.expect("250 THE-END")
    terminal.enter("NOOP")
    terminal.expect("250 done")
    server.expect(b"EHLO me", b"NOOP")


def test_another_size_while_something_is_asked(server: ScriptedServer, terminal: Terminal) -> None:
    """The question stands, one key answers it, and what was half typed is there again."""
    terminal.press(b"half a li")
    terminal.paste(b"ne\rNOOP\r")
    terminal.expect_prompt("[o/p/e/d] >")
    for columns, lines in SIZES:
        terminal.resize(columns, lines)
        terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"d")
    terminal.expect_prompt("smtp>")
    terminal.enter("NOOP once")
    server.expect(b"NOOP once")


def test_five_megabytes_of_lines_are_one_question(server: ScriptedServer, terminal: Terminal) -> None:
    """Pasted where one command is expected they are counted, not shown and not sent; dropped, all is as before."""
    began = time.monotonic()
    terminal.paste(LINES)
    terminal.expect("65,000 lines; nothing was sent yet", deadline=40)
    assert time.monotonic() - began < 40
    terminal.press(b"d")
    terminal.expect_prompt("smtp>")
    assert len(terminal.octets) < 50_000
    terminal.enter("NOOP")
    terminal.expect("250 done")
    server.expect(b"NOOP")


def test_the_menu_fits_into_forty_columns(practice: PracticeServer, tmp_path: Path) -> None:
    """The reason why something does not fit now is seen even there."""
    with Terminal(practice.url, state=tmp_path, columns=40, lines=24) as terminal:
        terminal.expect("220 ")
        terminal.expect_prompt("smtp>")
        terminal.press(b"DA")
        terminal.expect("DATA", "(after EHLO, MAIL,")
        assert all(len(line.rstrip()) <= 40 for line in terminal.screen.display)


@pytest.mark.parametrize("term", ["linux", "screen", "vt100", "vt220", "ansi", "no-such-terminal"])
def test_old_terminals(practice: PracticeServer, tmp_path: Path, term: str) -> None:
    """Whatever TERM says of a terminal that can move its cursor: completion, editing and history work."""
    with Terminal(practice.url, state=tmp_path, environment={"TERM": term}) as terminal:
        terminal.expect("220 ")
        terminal.expect_prompt("smtp>")
        terminal.press(b"EXP\t class\r")
        terminal.expect("smtp> EXPN class", "250-")
        terminal.press(b"\x1b[A\x1b[D\x7fX\r")
        terminal.expect("smtp> EXPN claXs", "550 ")


@pytest.mark.parametrize("locale", ["C", "POSIX", "de_DE.ISO-8859-1"])
def test_the_locale_changes_nothing(practice: PracticeServer, tmp_path: Path, locale: str) -> None:
    """What is typed goes out as UTF-8, and comes back so: a login over SSH often has no locale."""
    environment = {"LC_ALL": locale, "LANG": locale, "SSH_TTY": "/dev/pts/9"}
    with Terminal(practice.url, state=tmp_path, environment=environment) as terminal:
        terminal.expect("220 ")
        terminal.enter("VRFY müller")
        terminal.expect("smtp> VRFY müller", "55")


# ---------------------------------------------------------------- tmux


class Pane:
    """smtpshell in a pane of a tmux server of its own."""

    def __init__(self, folder: Path, url: str, columns: int, lines: int) -> None:
        self._socket = str(folder / "tmux")
        program = shlex.join([sys.executable, "-m", "smtpshell", url])
        size = ["-x", str(columns), "-y", str(lines)]
        self.tmux("-f", os.devnull, "new-session", "-d", *size, f"SMTPSHELL_STATE_DIR={folder} {program}")

    def tmux(self, *arguments: str) -> str:
        """Run a command of tmux's; give what it prints."""
        done = subprocess.run(
            ["tmux", "-S", self._socket, *arguments], capture_output=True, text=True, check=True, timeout=DEADLINE
        )
        return done.stdout

    def expect(self, *texts: str) -> None:
        """Wait until all texts are in the pane."""
        end = time.monotonic() + DEADLINE
        while not all(text in (shown := self.tmux("capture-pane", "-p")) for text in texts):
            assert time.monotonic() < end, shown


@pytest.mark.skipif(not shutil.which("tmux"), reason="there is no tmux here")
def test_inside_tmux(server: ScriptedServer, tmp_path: Path) -> None:
    """Typing, the menu, another size of the pane, a paste that tmux brackets: as anywhere else."""
    pane = Pane(tmp_path, server.url, 80, 24)
    try:
        pane.expect("220 scripted", "smtp>")
        pane.tmux("send-keys", "NO")
        pane.expect("smtp> NO", "Do nothing")
        pane.tmux("resize-window", "-x", "40", "-y", "20")
        pane.tmux("send-keys", "OP", "Enter")
        pane.expect("smtp> NOOP", "250 done")
        pane.tmux("set-buffer", "NOOP one\nNOOP two\n")
        pane.tmux("paste-buffer", "-p")
        pane.expect("2 lines; nothing was sent yet")
        pane.tmux("send-keys", "o")
        server.expect(b"NOOP", b"NOOP one", b"NOOP two")
    finally:
        pane.tmux("kill-server")
