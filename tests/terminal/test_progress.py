"""Something long on its way: how far it is, and Ctrl-C."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.session.scripted import Peer, served
from tests.terminal.terminal import Terminal

END = b"\r\n.\r\n"
LINES = (b"x" * 78 + b"\r\n") * 200_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Write a file that no socket's buffers hold."""
    file = tmp_path / "big.eml"
    file.write_bytes(LINES)
    return file


class Slow:
    """A server that reads the content only when it is told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.content = bytearray()

    def script(self, peer: Peer) -> None:
        """Answer everything; after DATA wait, then read up to the lone dot, or to the end of the stream."""
        peer.say("220 slow\r\n")
        while line := peer.line():
            peer.say("354 go\r\n" if line == b"DATA\r\n" else "250 ok\r\n")
            if line == b"DATA\r\n":
                assert self.go_on.wait(30)
                while not self.content.endswith(END) and (octets := peer.socket.recv(1 << 20)):
                    self.content += octets
                peer.say("250 taken\r\n" if self.content.endswith(END) else "")


@pytest.fixture
def slow() -> Slow:
    """Give a slow server, not yet running."""
    return Slow()


@pytest.fixture
def terminal(slow: Slow, tmp_path: Path) -> Iterator[Terminal]:
    """Be at its prompt."""
    with served(slow.script) as where, Terminal(where, state=tmp_path) as terminal:
        terminal.expect_prompt("smtp>")
        yield terminal
        slow.go_on.set()


def test_progress_and_dropping(slow: Slow, terminal: Terminal, file: Path) -> None:
    """The toolbar tells how far it is; Ctrl-C asks, "d" ends it though the server reads nothing."""
    terminal.enter(f"/data {file}")
    display = terminal.expect("/data", " of 15.3 MiB, ", "/s, ", " left ")
    assert re.search(r"/data [0-9.]+ [KM]iB of 15\.3 MiB, [0-9.]+ ([KM]iB|octets)/s, [0-9:]+ left ", display)
    terminal.press(b"\x03")
    terminal.expect("sending goes on meanwhile:", "drop the connection: nothing is delivered", "[d/g] >")
    terminal.press(b"d")
    terminal.expect("closed by client", "dropped at ", " of 15.3 MiB: nothing is delivered; /connect")
    terminal.expect_prompt("smtpshell>")
    terminal.expect("not connected")
    slow.go_on.set()


def test_going_on(slow: Slow, terminal: Terminal, file: Path) -> None:
    """A second Ctrl-C goes on, and all of it arrives."""
    terminal.enter(f"/data {file}")
    terminal.expect("/data", " of 15.3 MiB, ")
    terminal.press(b"\x03")
    terminal.expect("[d/g] >")
    terminal.press(b"\x03")
    terminal.expect_prompt("data>")
    slow.go_on.set()
    terminal.expect("16000000 octets of content", "250 taken")
    assert slow.content == LINES + b".\r\n"


def test_too_late_to_drop(slow: Slow, terminal: Terminal, file: Path) -> None:
    """Where all was sent while it was asked, "d" says that it was."""
    terminal.enter(f"/data {file}")
    terminal.expect("/data", " of 15.3 MiB, ")
    terminal.press(b"\x03")
    terminal.expect("[d/g] >")
    slow.go_on.set()
    terminal.expect("16000000 octets of content")
    terminal.press(b"d")
    terminal.expect("too late: all of it was sent, and may be delivered")
    terminal.expect("250 taken")
    terminal.enter("NOOP")
    terminal.expect("NOOP", "250 ok")


def test_a_line_that_is_rewritten(slow: Slow, file: Path, tmp_path: Path) -> None:
    """Without a prompt it is a line of its own at a terminal; Ctrl-C ends the program, nothing is delivered."""
    with served(slow.script) as where:
        with Terminal(where, "-c", f"/data {file}", state=tmp_path) as terminal:
            terminal.expect(" of 15.3 MiB, ", "/s, ", " left")
            terminal.press(b"\x03")
            slow.go_on.set()
            assert terminal.expect_end() == 130
        assert END not in slow.content


def test_nothing_is_rewritten_in_a_file(practice: PracticeServer, file: Path, tmp_path: Path) -> None:
    """Where standard error is no terminal nothing of it is written."""
    import subprocess
    import sys

    lines = [
        "EHLO me.example.test",
        "MAIL FROM:<a@example.test>",
        "RCPT TO:<student@example.test>",
        f"/data {file}",
    ]
    command = [sys.executable, "-m", "smtpshell", practice.url, *(word for line in lines for word in ("-c", line))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == ""
    assert "MiB" not in done.stdout
