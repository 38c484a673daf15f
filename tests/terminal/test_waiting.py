"""The prompt never blocks: replies come when they come, lines go out when they are entered."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that greets, and then says only what a test lets it say."""
    with ScriptedServer() as server:
        yield server


@pytest.fixture
def terminal(server: ScriptedServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at the prompt of that server."""
    with Terminal(server.url, state=tmp_path) as terminal:
        terminal.expect("220 scripted")
        terminal.expect_prompt("smtp>")
        yield terminal


def test_a_line_goes_out_while_another_waits_for_its_reply(server: ScriptedServer, terminal: Terminal) -> None:
    """Both are on the wire before any reply; each reply then belongs to its own command."""
    terminal.enter("EHLO me", "VRFY student")
    server.expect(b"EHLO me", b"VRFY student")
    terminal.expect("waiting: EHLO, VRFY")
    server.say(b"250-scripted\r\n250 SIZE\r\n")
    terminal.expect("VRFY student", "250 SIZE", "waiting: VRFY")
    server.say(b"252 maybe\r\n")
    terminal.expect("250 SIZE", "252 maybe", "ready")


def test_a_reply_comes_above_a_line_half_typed(server: ScriptedServer, terminal: Terminal) -> None:
    """The line being edited stays as it is, and goes out whole."""
    terminal.enter("NOOP")
    server.expect(b"NOOP")
    terminal.press(b"EHLO m")
    terminal.expect("smtp> EHLO m")
    server.say(b"250 first\r\n")
    terminal.expect("smtp> NOOP", "250 first", "smtp> EHLO m")
    terminal.press(b"e\r")
    server.expect(b"NOOP", b"EHLO me")


def test_a_server_that_leaves_is_seen_at_once(server: ScriptedServer, terminal: Terminal) -> None:
    """A 421 nobody asked for is printed above the idle prompt, and the prompt says that it is over."""
    server.say(b"421 4.3.2 too tired\r\n")
    server.hang_up()
    terminal.expect("421 4.3.2 too tired", "closed by server", "not connected")
    terminal.expect_prompt("smtpshell>")
    terminal.enter("NOOP")
    terminal.expect("/connect URL opens")


def test_interrupting_a_slow_reply_keeps_the_session(server: ScriptedServer, terminal: Terminal) -> None:
    """Ctrl-C says what is outstanding; the reply is shown when it comes, the next command works."""
    terminal.enter("EHLO me")
    server.expect(b"EHLO me")
    terminal.press(b"\x03")
    terminal.expect("EHLO: no reply yet; it will be shown when it comes")
    server.say(b"250 late\r\n")
    terminal.expect("no reply yet", "250 late")
    terminal.enter("NOOP")
    server.expect(b"EHLO me", b"NOOP")


def test_interrupting_a_slow_command_ends_the_wait_only(server: ScriptedServer, terminal: Terminal) -> None:
    """Lines entered meanwhile are dropped and said; the reply is still read."""
    terminal.enter("/starttls")
    server.expect(b"EHLO client.example.test")
    terminal.enter("NOOP", "RSET")
    terminal.expect("/starttls ...", "2 entered, not sent yet")
    terminal.press(b"\x03")
    terminal.expect("dropped, not sent: 2 entered before")
    terminal.expect("waits no longer")
    server.say(b"250 late\r\n")
    terminal.expect("waits no longer", "250 late")
    terminal.enter("QUIT")
    server.expect(b"EHLO client.example.test", b"QUIT")


def test_what_is_entered_during_a_slow_command_goes_out_behind_it(
    server: ScriptedServer, terminal: Terminal
) -> None:
    """The worker has the connection for itself until it is done."""
    terminal.enter("/starttls")
    server.expect(b"EHLO client.example.test")
    terminal.enter("NOOP")
    terminal.expect("1 entered, not sent yet")
    server.say(b"250-scripted\r\n250 STARTTLS\r\n")
    server.expect(b"EHLO client.example.test", b"STARTTLS")
    server.say(b"454 no TLS today\r\n")
    terminal.expect("454 no TLS today", "smtp> NOOP")
    server.expect(b"EHLO client.example.test", b"STARTTLS", b"NOOP")


def test_control_characters_are_shown_and_never_obeyed(server: ScriptedServer, terminal: Terminal) -> None:
    """Escape sequences, bells, C1 controls, bidi controls and odd octets of a reply arrive as escapes."""
    server.say("250 \x1b[2J\x07\r\x9b31m\u202e".encode() + b"\xff end\r\n")
    terminal.expect("220 scripted", "250 \\x1b[2J\\x07\\r\\u009b31m\\u202e\\xff end")
    assert b"\x1b[2J" not in terminal.octets
    assert b"\x07" not in terminal.octets


def test_a_long_reply_is_printed_whole(server: ScriptedServer, terminal: Terminal) -> None:
    """Ten thousand lines come in their order, and the prompt below them, where no pager is wanted."""
    terminal.enter("/set pager off")
    terminal.expect("pager  ", "off")
    server.say(b"".join(b"250-line %d\r\n" % number for number in range(9_999)) + b"250 the end\r\n")
    display = terminal.expect("250-line 0", "250-line 9998", "250 the end", deadline=50)
    assert display.count("250-line") == 9_999
    terminal.expect_prompt("smtp>")


def test_ctrl_d_quits_politely(practice: PracticeServer, tmp_path: Path) -> None:
    """QUIT is sent and its reply shown; the exit status is that of a session without a refusal."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.expect("220 ")
        terminal.expect_prompt("smtp>")
        terminal.press(b"\x04")
        assert terminal.expect_end() == 0
        assert "221 " in terminal.display


def test_a_second_ctrl_d_does_not_wait_for_the_goodbye(server: ScriptedServer, terminal: Terminal) -> None:
    """A server that never answers QUIT does not keep anyone."""
    terminal.press(b"\x04")
    server.expect(b"QUIT")
    terminal.press(b"\x04")
    terminal.expect_end()


def test_no_connection_no_prompt(tmp_path: Path) -> None:
    """Where nobody listens the session ends with one line and the status of a failed connection."""
    with ScriptedServer() as gone:
        url = gone.url
    with Terminal(url, state=tmp_path) as terminal:
        assert terminal.expect_end() == 3
        assert "cannot connect to 127.0.0.1" in terminal.display
        assert "Traceback" not in terminal.display


def test_ctrl_c_ends_a_connection_that_does_not_come_about(tmp_path: Path) -> None:
    """Where connecting takes long Ctrl-C leaves, with the status of an interruption."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # The handshake of implicit TLS waits for a server that accepts and says nothing.
        url = f"smtps://127.0.0.1:{listening.getsockname()[1]}"
        with Terminal(url, state=tmp_path) as terminal:
            terminal.expect("connecting ...")
            terminal.press(b"\x03")
            assert terminal.expect_end() == 130


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(server: ScriptedServer, terminal: Terminal, number: int) -> None:
    """The prompt is taken away, the connection closed, and the status names the signal."""
    terminal.signal(number)
    assert terminal.expect_end() == 128 + number
    assert "not connected" not in terminal.display
    assert "Traceback" not in terminal.display
