"""Conversations cut on purpose, after each step."""

from __future__ import annotations

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.shell.batch import script
from smtpshell.shell.stopping import DROP_STEPS, QUIT_STEPS
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

LINES = {
    "ehlo": ["EHLO client.example.test"],
    "starttls": ["STARTTLS"],
    "tls": ["STARTTLS"],
    "auth": ["AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u"],
    "mail": ["MAIL FROM:<student@example.test>"],
    "rcpt": ["MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>"],
    "data": ["MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "DATA"],
    "content": ["MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "DATA", "x", "."],
    "bdat": ["MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "BDAT 1\nx"],
}
"""Step -> the lines that reach it."""


def run(shell: Shell, first: str, step: str) -> str:
    """Run a script that arms a stop, reaches it, and goes on."""
    shell.settings.echo = True
    script.run_lines(shell, [first, *LINES[step], "NOOP never", "NOOP said"])
    return shell.text


@pytest.mark.parametrize("step", LINES)
def test_drop(shell: Shell, step: str) -> None:
    """The connection is closed without a word, right behind the step, and the script ends there."""
    text = run(shell, f"/drop {step}", step)
    assert text.endswith(f"  dropped after {step}, as asked\n-- closed by client\n")
    assert "QUIT" not in text
    assert "NOOP" not in text
    assert shell.exit_status == ExitStatus.EXPECTED


@pytest.mark.parametrize("step", [name for name in LINES if name in QUIT_STEPS])
def test_quit_after(shell: Shell, step: str) -> None:
    """QUIT is said right behind the step and its reply awaited."""
    text = run(shell, f"/quit-after {step}", step)
    assert f"  QUIT after {step}, as asked\nC: QUIT\nS: 221 " in text
    assert text.endswith("-- closed by server\n")
    assert "NOOP" not in text


@pytest.mark.parametrize(
    ("step", "heard"), [("content", b"x\r\n.\r\n"), ("data", b"DATA\r\n"), ("bdat", b"BDAT 1\r\nx")]
)
def test_unread(step: str, heard: bytes) -> None:
    """With --unread all of the step is sent, and its reply is not waited for."""
    kept: list[bytes] = []

    def script_of_the_server(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250-mx\r\n250 CHUNKING", "250 ok", "250 ok")
        if step == "content":
            peer.answer("354 go")
        kept.append(peer.wait_for_close())

    with served(script_of_the_server) as where:
        shell = Shell()
        shell.open(where)
        shell.say("EHLO client.example.test")
        text = run(shell, f"/drop {step} --unread", step)
        shell.close()
    assert kept == [heard]
    assert text.endswith(f"dropped after {step}, its reply unread, as asked\n-- closed by client\n")


def test_connect() -> None:
    """The greeting is a step too."""
    shell = Shell()
    shell.say("/quit-after connect")
    shell.open(None)
    shell.wait()
    assert "QUIT after connect" in shell.text
    shell.close()


def test_taken_back(shell: Shell) -> None:
    """/drop off takes it back."""
    shell.say("/drop mail", "/drop off", *LINES["rcpt"])
    assert shell.connected


def test_a_step_that_goes_on_is_not_over(shell: Shell) -> None:
    """A challenge is not the end of AUTH."""
    shell.say("/drop auth", "AUTH CRAM-MD5")
    assert shell.connected
    shell.say("*")
    assert not shell.connected


def test_commands_of_several_steps_end_there(shell: Shell) -> None:
    """/starttls says no EHLO any more when the handshake was the last step."""
    said = shell.say("/drop tls", "/starttls")
    assert said.count("dropped after tls") == 1
    assert "EHLO" not in said
    assert shell.exit_status == ExitStatus.EXPECTED


def test_every_step_is_tested() -> None:
    """The table above has all steps but that of connecting."""
    assert {*LINES, "connect"} == set(DROP_STEPS)
