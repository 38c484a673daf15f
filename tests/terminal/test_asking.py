"""Nothing risky happens by itself: several lines pasted, Ctrl-C where the server waits for something."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.practice import USERS, PracticeServer
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal

REPLIES = {"EHLO": b"250 hello\r\n", "NOOP": b"250 done\r\n", "RSET": b"250 forgotten\r\n"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that knows three commands and keeps silent at all others."""
    with ScriptedServer(REPLIES) as server:
        yield server


@pytest.fixture
def terminal(server: ScriptedServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at the prompt of that server, EHLO said."""
    with Terminal(server.url, state=tmp_path) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("EHLO me")
        terminal.expect("250 hello")
        yield terminal


def test_pasted_lines_are_not_run_blindly(server: ScriptedServer, terminal: Terminal) -> None:
    """Nothing goes out before an answer; a key that is none of the answers asks again; d sends nothing."""
    terminal.paste(b"NOOP\rRSET\r")
    terminal.expect("2 lines; nothing was sent yet")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"x")
    terminal.expect("nothing was sent yet", "nothing was sent yet")
    terminal.press(b"d")
    terminal.expect_prompt("smtp>")
    terminal.enter("NOOP once")
    server.expect(b"EHLO me", b"NOOP once")


def test_one_by_one_waits_for_each_reply(server: ScriptedServer, terminal: Terminal) -> None:
    """The next line goes out when the reply to the one before has come."""
    terminal.paste(b"VRFY a\rNOOP\rRSET")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"o")
    server.expect(b"EHLO me", b"VRFY a")
    terminal.expect("2 entered, not sent yet")
    server.say(b"252 maybe\r\n")
    server.expect(b"EHLO me", b"VRFY a", b"NOOP", b"RSET")
    terminal.expect("VRFY a", "252 maybe", "smtp> NOOP", "250 done", "smtp> RSET", "250 forgotten")


def test_pipelined_goes_out_in_one_write(server: ScriptedServer, terminal: Terminal) -> None:
    """All lines are on the wire although the first is not answered."""
    terminal.paste(b"VRFY a\nVRFY b\nNOOP\n")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"p")
    server.expect(b"EHLO me", b"VRFY a", b"VRFY b", b"NOOP")
    terminal.expect("smtp> VRFY a", "smtp> VRFY b", "smtp> NOOP")


def test_edited_lines_are_asked_about_again(server: ScriptedServer, terminal: Terminal) -> None:
    """The key e puts the lines into the prompt, as text to edit; Enter asks what to do with what they are now."""
    terminal.paste(b"NOOP\rRSET\r")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"e")
    terminal.expect("smtp> NOOP", "RSET")
    terminal.press(b" edited\r")
    terminal.expect("2 lines; nothing was sent yet", "2 lines; nothing was sent yet")
    terminal.press(b"o")
    server.expect(b"EHLO me", b"NOOP", b"RSET edited")


def test_one_pasted_line_waits_for_enter(server: ScriptedServer, terminal: Terminal) -> None:
    """A line end that was pasted along runs nothing."""
    terminal.press(b"NOOP ")
    terminal.paste(b"pasted\r")
    terminal.expect("smtp> NOOP pasted")
    server.expect(b"EHLO me")
    terminal.press(b"\r")
    server.expect(b"EHLO me", b"NOOP pasted")


@pytest.mark.parametrize(
    ("key", "outcome", "delivered"),
    [(b"g", "data>", 1), (b"\x03", "data>", 1), (b"e", "smtp>", 1), (b"d", "smtpshell>", 0)],
    ids=["go on", "Ctrl-C again", "end the message", "drop the connection"],
)
def test_ctrl_c_in_a_message_asks(
    practice: PracticeServer, tmp_path: Path, key: bytes, outcome: str, delivered: int
) -> None:
    """Each answer does what it says; what was half typed stays where one goes on."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect_prompt("data>")
        terminal.enter("a line")
        terminal.press(b"half a li\x03")
        terminal.expect_prompt("[d/e/g] >")
        terminal.press(key)
        terminal.expect_prompt(outcome)
        if outcome == "data>":
            terminal.expect("data> half a li")
            terminal.enter("ne", ".")
        if delivered:
            terminal.expect("250 2.0.0")
    lines = b"a line\r\nhalf a line\r\n" if outcome == "data>" else b"a line\r\n"
    assert [message.content for message in practice.mailboxes.mailbox("student").messages] == [lines] * delivered


def test_ctrl_c_in_a_login_offers_to_cancel(practice: PracticeServer, tmp_path: Path) -> None:
    """The key c sends the asterisk that cancels the exchange; the next login begins anew."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me")
        terminal.expect("250 ")
        terminal.enter("AUTH LOGIN")
        terminal.expect("the challenge says: Username:")
        terminal.press(b"\x03")
        terminal.expect_prompt("[c/g] >")
        terminal.press(b"c")
        terminal.expect("501 ")
        terminal.expect_prompt("smtp>")


def test_a_paste_joins_the_line_it_was_made_in(practice: PracticeServer, tmp_path: Path) -> None:
    """What was typed before it is content too, in order; within a line it is part of that; no dot in it ends."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect_prompt("data>")
        terminal.press(b"Subject: ")
        terminal.paste(b"pasted")
        terminal.press(b" and typed\r\rtyped, ")
        terminal.paste(b"pasted\n.\n")
        terminal.paste(b".")
        terminal.press(b"\r")
        terminal.paste(b"an open end\nof a line")
        terminal.expect("the last line of the paste is open: what comes next goes on in it")
        terminal.press(b" goes on\r.\r")
        terminal.expect("250 2.0.0")
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == (
        b"Subject: pasted and typed\r\n\r\ntyped, pasted\r\n.\r\n.\r\nan open end\r\nof a line goes on\r\n"
    )


def test_a_chunk_takes_its_octets_and_no_more(practice: PracticeServer, tmp_path: Path) -> None:
    """After BDAT lines and pastes are counted; what does not fit is not sent, and said."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>")
        terminal.expect("250 2.1.5")
        terminal.enter("BDAT 20 LAST")
        terminal.expect_prompt("chunk 20>")
        terminal.enter("12345678")
        terminal.expect_prompt("chunk 10>")
        terminal.paste(b".\r345\r789surplus")
        terminal.press(b"\r")
        terminal.expect("the chunk is full", "250 2.0.0")
        terminal.expect_prompt("smtp>")
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == b"12345678\r\n.\r\n345\r\n78"


def test_ctrl_c_at_a_password_ends_the_login(practice: PracticeServer, tmp_path: Path) -> None:
    """Nothing is sent, what was half typed is gone, the session goes on."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me")
        terminal.expect("250 ")
        terminal.enter("/auth PLAIN student --insecure")
        terminal.expect_prompt("password:")
        terminal.press(b"half\x03")
        terminal.expect("no password was given")
        terminal.expect_prompt("smtp>")
        terminal.enter("NOOP")
        terminal.expect("smtp> NOOP", "250 2.0.0")


def test_a_paste_does_not_answer_a_question(server: ScriptedServer, terminal: Terminal) -> None:
    """What is pasted while something is asked is dropped, and said."""
    terminal.paste(b"NOOP\rRSET\r")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.paste(b"o")
    terminal.expect("the paste is dropped: answer first")
    terminal.press(b"d")
    terminal.expect_prompt("smtp>")
    server.expect(b"EHLO me")


def test_a_replay_asks_hidden(tmp_path: Path, practice: PracticeServer) -> None:
    """As a subcommand too: user and password are asked for without echo, and the replay logs in."""
    user = USERS[0]
    transcript = tmp_path / "session.smtp"
    transcript.write_text("smtp-transcript: 1\n\nS: 220 mx\nC: EHLO me\nS...\nC: AUTH PLAIN ${auth}\nS: 235 ok\n")
    with Terminal("replay", str(transcript), "--against", practice.url, state=tmp_path) as terminal:
        terminal.expect("user:")
        terminal.enter(user.name)
        terminal.expect("password:")
        terminal.enter(user.password)
        terminal.expect("3 replies compared")
        assert terminal.expect_end() == 0
        assert user.password.encode() not in terminal.octets
