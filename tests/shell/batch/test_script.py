"""Lines without a terminal: what a line of the input is, and when it ends."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.batch.script import run, run_lines
from smtpshell.shell.batch.source import BLOCK
from tests.bench.benches import PROJECT, sink
from tests.bench.benches import run as measured
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

ENVELOPE = b"MAIL FROM:<student@example.test>\nRCPT TO:<teacher@example.test>\n"


def delivered(shell: Shell) -> list[bytes]:
    """Give what the teacher received."""
    assert shell.practice is not None
    return [message.content for message in shell.practice.mailboxes.mailbox("teacher").messages]


# the input behind the envelope -> what is delivered
CONTENTS = [
    (b"DATA\nSubject: x\n\nbody\n.\nQUIT\n", [b"Subject: x\r\n\r\nbody\r\n"]),
    (b"DATA\r\na\r\n.\r\nQUIT\r\n", [b"a\r\n"]),
    (b"DATA\n.a\n..\n. \n.\nQUIT\n", [b".a\r\n..\r\n. \r\n"]),
    (b"DATA\n\xff\x00\x1b\n.\n", [b"\xff\x00\x1b\r\n"]),
    (b"DATA\n.\n", [b""]),
    (b"BDAT 4 LAST\na\nb\nQUIT\n", [b"a\nb\n"]),
    (b"BDAT 3 LAST\na\nb\nQUIT\n", [b"a\nb"]),
    (b"BDAT 2\nab\nBDAT 3 LAST\r\n.\r\nQUIT\n", [b"ab.\r\n"]),
    (b"/quit\nDATA\nnever\n.\n", []),
]


@pytest.mark.parametrize(("lines", "expected"), CONTENTS)
def test_input_becomes_content(shell: Shell, lines: bytes, expected: list[bytes]) -> None:
    """After 354 lines are content up to a lone dot; after BDAT octets are octets."""
    run(shell, BytesIO(ENVELOPE + lines))
    assert delivered(shell) == expected
    assert shell.exit_status == ExitStatus.EXPECTED


def test_long_lines_and_big_messages(shell: Shell) -> None:
    """A line longer than a block, and a dot at a block's begin, are no line ends and no ends."""
    long = b"x" * (BLOCK - 1) + b".\r\n" + b"y" * BLOCK + b".\r\n"
    run(shell, BytesIO(ENVELOPE + b"DATA\n" + long + b"z\n" * 100_000 + b".\n"))
    assert delivered(shell) == [long + b"z\r\n" * 100_000]


def test_input_that_ends_inside_content(shell: Shell) -> None:
    """Half a message is not delivered: the connection is dropped, the exit status is 2."""
    run(shell, BytesIO(ENVELOPE + b"DATA\nhalf\n"))
    assert delivered(shell) == []
    assert shell.exit_status == ExitStatus.USAGE
    assert "the input ended inside the content; nothing is delivered; end it with a lone dot" in shell.text


def test_input_that_ends_inside_a_chunk(shell: Shell) -> None:
    """A chunk that is too short is not filled up."""
    run(shell, BytesIO(ENVELOPE + b"BDAT 100 LAST\nshort"))
    assert delivered(shell) == []
    assert "the input ended 95 octets before the chunk's end" in shell.text


def test_lines_of_c(shell: Shell) -> None:
    """The lines of -c are the same: commands, content, answers to AUTH."""
    lines = ["AUTH LOGIN", "student", "first-lesson", "MAIL FROM:<student@example.test>"]
    run_lines(shell, [*lines, "RCPT TO:<teacher@example.test>", "DATA", "hi", ".", "QUIT"])
    assert delivered(shell) == [b"hi\r\n"]
    assert "first-lesson" not in shell.text


def test_a_negative_reply_goes_on(shell: Shell) -> None:
    """A refusal is a result, not an end: the rest is said, and the exit status is 1."""
    run_lines(shell, ["RCPT TO:<x@example.test>", "NOOP"])
    assert "250 " in shell.text
    assert shell.exit_status == ExitStatus.NEGATIVE


def test_an_error_ends_it(shell: Shell) -> None:
    """A line that cannot be understood ends the script before anything else is sent."""
    run_lines(shell, ["/nonsense", "NOOP"])
    assert "250 " not in shell.text
    assert shell.exit_status == ExitStatus.USAGE


def test_lines_after_the_end(shell: Shell) -> None:
    """A line left when the server has closed is not sent, and exit status 3 says so."""
    run_lines(shell, ["QUIT", "NOOP"])
    assert "the connection is closed" in shell.text
    assert shell.exit_status == ExitStatus.CONNECTION


def test_lines_wait_for_replies() -> None:
    """Each line is sent only when the reply to the one before is there."""
    seen: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.say("220 hello\r\n")
        for reply in ("250 one", "250 two"):
            seen.append(peer.line())
            peer.say(reply + "\r\n")
        peer.wait_for_close()

    shell = Shell()
    with served(script) as where:
        shell.open(where)
        run_lines(shell, ["NOOP 1", "NOOP 2"])
        shell.close()
    assert seen == [b"NOOP 1\r\n", b"NOOP 2\r\n"]


def test_memory_does_not_grow_with_the_content() -> None:
    """64 MiB of content on standard input take no more memory than a line does, and arrive."""
    peaks = []
    with sink() as port:
        for size in (1_000, 64 << 20):
            writer = [sys.executable, "-m", "tests.bench.peers", "script", str(size)]
            with subprocess.Popen(writer, cwd=PROJECT, stdout=subprocess.PIPE) as process:
                # It raises where the exit status is not 0, and the script expects a 250 to its content.
                _, peak = measured("-m", "smtpshell", f"smtp://127.0.0.1:{port}", "-", stdin=process.stdout)
            peaks.append(peak)
    assert peaks[1] - peaks[0] < 8 << 20
