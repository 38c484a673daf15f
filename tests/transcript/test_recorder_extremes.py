"""The recorder when things go wrong for good: killed at any moment, a disk that is really full."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.practice import PracticeServer
from smtpshell.transcript.model import Line
from smtpshell.transcript.syntax import read, write

# Forks a child for each moment; it tells of every event by an octet, and is killed when so many have come.
KILLING = r"""
import os, signal, sys
from pathlib import Path
from smtpshell.protocol.connection import Connection
from smtpshell.transcript.recorder import Recorder

def events():
    connection = Connection()
    steps = [(b"", b"220 mx\r\n"), (b"EHLO c\r\n", b"250-mx\r\n250 SIZE\r\n")]
    message = [b"MAIL FROM:<>\r\n", b"RCPT TO:<a@b>\r\n", b"DATA\r\n"]
    for number in range(8):
        long = b"x" * (70000 if number == 4 else 100)
        steps += [(sent, b"354 go\r\n" if sent[:1] == b"D" else b"250 ok\r\n") for sent in message]
        steps += [(b"Subject: %d\r\n\r\nhalf a li" % number, b""), (b"ne \x1b ${x}\r\n" + long, b"")]
        steps += [(b"\xff\r\n.\r\n", b"250 kept\r\n")]
        steps += [(b"NOOP \xc3\xa9\r\nVRFY x\r\n", b"250 \x07\r\n252-a\r\n252 b\n")]
    for sent, received in steps:
        connection.send_octets(sent)
        connection.receive_data(received) if received else None
        while (event := connection.next_event()) is not None:
            yield event

folder = Path(sys.argv[1])
sizes = []
with Recorder(folder / "whole.smtp") as recorder:
    for event in events():
        recorder(event, 0.0)
        sizes.append((folder / "whole.smtp").stat().st_size)
for number, moment in enumerate(map(float, sys.argv[3:])):
    wanted = 1 + int(moment * (len(sizes) - 1))
    here, there = os.pipe()
    child = os.fork()
    if not child:
        with Recorder(folder / f"{number}.smtp") as recorder:
            for event in events():
                recorder(event, 0.0)
                os.write(there, b".")
            signal.pause()
    came = 0
    while came < wanted:
        came += len(os.read(here, wanted - came))
    if sys.argv[2] == "between":
        os.kill(child, signal.SIGSTOP)
        os.waitpid(child, os.WUNTRACED)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(here)
    os.close(there)
    print(sizes[wanted - 1])
"""


@pytest.mark.parametrize("when", ["between", "whenever"])
def test_killed_at_two_hundred_moments_every_file_is_whole(tmp_path: Path, when: str) -> None:
    """After kill -9 each file parses, is the beginning of the whole recording, and has all that was observed.

    Between two system calls it ends with a whole line.  In the midst of one Linux ends a long write between two
    pages, and so may cut the line that is being written; that is told.
    """
    drawn = random.Random(5)  # noqa: S311  moments, not secrets
    moments = [f"{drawn.random():.6f}" for _ in range(200)]
    program = [sys.executable, "-c", KILLING, str(tmp_path), when, *moments]
    root = Path(__file__).parents[2]
    done = subprocess.run(program, stdout=subprocess.PIPE, check=True, timeout=50, cwd=root, text=True)
    least = [int(line) for line in done.stdout.splitlines()]
    whole = (tmp_path / "whole.smtp").read_text().partition("\n\n")[2]
    lengths = set()
    for number, size in enumerate(least):
        file = tmp_path / f"{number}.smtp"
        transcript = read(file)
        text = file.read_text()
        if when == "between" or text.endswith("\n"):
            assert transcript.repair == ""
            assert write(transcript) == text
        else:
            assert "may be incomplete" in transcript.repair
        assert whole.startswith(text.partition("\n\n")[2])
        lengths.add(len(text))
        assert file.stat().st_size >= size
    assert len(least) == 200
    assert len(lengths) > 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if not mount or not umount or not sys.platform.startswith("linux"):
        pytest.skip("needs mount and tmpfs, which is Linux")
    mounted = subprocess.run([mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip(f"needs the right to mount a tmpfs: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run([umount, str(folder)], check=True)


def test_a_full_disk_is_said_once_and_the_session_lives(
    small_disk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The conversation goes on to its end; what was recorded until then parses."""
    file = small_disk / "t.smtp"
    lines = [f"NOOP {number} {'x' * 400}" for number in range(200)]
    with PracticeServer() as server:
        status = main(
            [server.url, "--record", str(file), *(word for line in [*lines, "QUIT"] for word in ("-c", line))]
        )
    shown = capsys.readouterr()
    assert status == 0
    assert (shown.out + shown.err).count("No space left on device; nothing more is recorded") == 1
    assert shown.out.count("S: 250") == 200
    assert "S: 221" in shown.out
    assert sum(isinstance(entry, Line) for entry in read(file).entries) > 100
