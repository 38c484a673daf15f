"""Terminals and messages at the edges: 40 columns, no cursor movement, 20 MB, no colours."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.terminal.terminal import Terminal

MANY = (b"." + b"x" * 76 + b"\r") * 256_410
"""20 MB, every line of which wants a dot."""


def test_twenty_megabytes_pasted_do_not_freeze(practice: PracticeServer, tmp_path: Path) -> None:
    """They are sent and summed up, not shown, within seconds; then the prompt is there again."""
    with Terminal(practice.url, state=tmp_path) as terminal:
        terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect_prompt("data>")
        began = time.monotonic()
        terminal.paste(MANY)
        terminal.expect("pasted 20,256,390 octets, not shown; 256,410 dots added", deadline=40)
        terminal.enter(".")
        terminal.expect("256410 dots added", "250 2.0.0", deadline=20)
        assert time.monotonic() - began < 40
        assert len(terminal.octets) < 100_000
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == MANY.replace(b"\r", b"\r\n")


def test_forty_columns_are_enough(practice: PracticeServer, tmp_path: Path) -> None:
    """Long lines wrap, the toolbar is cut, the prompt stays usable."""
    with Terminal(practice.url, state=tmp_path, columns=40, lines=24) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("EHLO a-name-that-is-long.client.example.test")
        terminal.expect("250-8BITMIME")
        terminal.press(b"MAIL FROM:<somebody-with-a-long-name@example.test> SIZE=100 BODY=8BITMIME")
        terminal.expect("BODY=8BITMIME")
        terminal.press(b"\r")
        terminal.expect("250 2.1.0")
        terminal.expect_prompt("smtp>")
        terminal.enter("RCPT TO:<student@example.test>")
        terminal.expect("250 2.1.5", "…")


@pytest.mark.parametrize("term", ["dumb", "unknown", ""])
def test_a_terminal_that_can_do_nothing_will_do(practice: PracticeServer, tmp_path: Path, term: str) -> None:
    """Lines, replies, a message and questions work; no escape sequence is sent; a password is not echoed."""
    with Terminal(practice.url, state=tmp_path, environment={"TERM": term}) as terminal:
        terminal.expect("220 ")
        terminal.enter("EHLO me")
        terminal.expect("250-SIZE")
        terminal.enter("AUTH LOGIN")
        terminal.expect("auth (user)>")
        terminal.enter("student")
        terminal.expect("auth (password)>")
        terminal.enter("first-lesson")
        terminal.expect("235 ")
        terminal.enter("MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
        terminal.expect("data>")
        terminal.enter("Subject: dumb", "")
        # The system forgets what it has not handed over yet when Ctrl-C is pressed.
        terminal.expect("data> Subject: dumb", "data>", "data>")
        terminal.press(b"\x03")
        terminal.expect("[d/e/g] >")
        terminal.enter("e")
        terminal.expect("250 2.0.0")
        terminal.press(b"\x04")
        assert terminal.expect_end() == 0
    assert b"\x1b" not in terminal.octets
    assert b"first-lesson" not in terminal.octets
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == b"Subject: dumb\r\n\r\n"


def test_no_color_means_no_colour(practice: PracticeServer, tmp_path: Path) -> None:
    """With NO_COLOR set nothing has a colour; bold and reverse are not colours."""
    with Terminal(practice.url, state=tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.enter("EHLO me", "RCPT TO:<nobody@example.test>")
        terminal.expect("250-SIZE", "503 ")
        cells = [cell for row in terminal.screen.buffer.values() for cell in row.values()]
    assert {(cell.fg, cell.bg) for cell in cells} == {("default", "default")}


def test_colours_can_be_switched_off_and_on(practice: PracticeServer, tmp_path: Path) -> None:
    """--color and /set color hold for what is printed from then on, whatever NO_COLOR says."""
    with Terminal("--color", "always", practice.url, state=tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.expect("220 ")
        (row,) = [y for y, text in enumerate(terminal.screen.display) if text.startswith("220 ")]
        assert any(cell.fg != "default" for cell in terminal.screen.buffer[row].values())
        terminal.enter("/set color never")
        terminal.expect("/set color never")
        terminal.enter("NOOP")
        terminal.expect("250 2.0.0")
        (row,) = [y for y, text in enumerate(terminal.screen.display) if text.startswith("250 2.0.0")]
        assert {cell.fg for cell in terminal.screen.buffer[row].values()} == {"default"}


def test_output_into_a_pipe_has_no_escape_sequences(practice: PracticeServer, tmp_path: Path) -> None:
    """Where only the keyboard is a terminal, lines are read and what comes is appended."""
    log = tmp_path / "log"
    with Terminal(practice.url, state=tmp_path, output=log) as terminal:
        terminal.enter("EHLO me", "/quit")
        terminal.expect_end()
    text = log.read_bytes()
    assert b"250-SIZE" in text
    assert b"221 " in text
    assert b"\x1b" not in text
