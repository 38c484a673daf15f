"""Lesson one on a terminal, played with nothing but what the screen says."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.terminal.terminal import Terminal

TOLD = re.compile(r"^    (\S.*)$", re.MULTILINE)
"""A line to be typed, as the screen shows it."""


def told(terminal: Terminal, text: str, prompt: str) -> str:
    """Wait for a text and the prompt behind it; give the last line that the screen says is to be typed."""
    display = terminal.expect(text)
    terminal.expect_prompt(prompt)
    # What is told stands behind the text, or is the last thing before it.
    return str(TOLD.findall(display[: display.index(text) + len(text)])[-1])


def test_a_newcomer_finishes_lesson_one(tmp_path: Path) -> None:
    """Each line is typed as the screen has just told it; wrong ones are survived, and the progress is kept."""
    environment = {"SMTPSHELL_DATA": str(tmp_path / "data")}
    with Terminal("learn", state=tmp_path, environment=environment) as terminal:
        terminal.enter(told(terminal, "EHLO me.example.test", "smtp>"))
        assert told(terminal, "MAIL FROM:<me@example.test>", "smtp>") == "MAIL FROM:<me@example.test>"
        terminal.enter("hello?")
        terminal.expect("500 5.5.1", "The server answered 500", "Try again, or type /hint.")
        terminal.enter("/hint")
        terminal.expect("Hint: the command is MAIL FROM:")
        terminal.enter("MAIL FROM:<me@example.test>")
        terminal.enter(told(terminal, "RCPT TO:<teacher@example.test>", "smtp>"))
        terminal.expect("Type", "    DATA")
        terminal.expect_prompt("smtp>")
        terminal.enter("DATA")
        terminal.expect_prompt("data>")
        terminal.enter(told(terminal, "Subject: my first mail", "data>"))
        terminal.expect("Just press", "Enter.")
        terminal.enter("")
        terminal.enter(told(terminal, "Hello, I typed this myself.", "data>"))
        terminal.expect("A line with only a dot ends the message")
        terminal.enter(".")
        terminal.expect("250 2.0.0", "/mailbox teacher 1", "    QUIT")
        terminal.enter("/mailbox teacher 1")
        terminal.expect("from <me@example.test> to <teacher@example.test>", "Hello, I typed this myself.")
        terminal.enter("QUIT")
        terminal.expect("221 ", "closed by server", "Well done!", "Next: 02-refusals")
        terminal.expect_prompt("smtpshell>")
        terminal.enter("/quit")
        assert terminal.expect_end() == 0
    kept = json.loads((tmp_path / "data" / "lessons.json").read_text())
    assert kept == {"version": 1, "done": ["01-first-mail"], "at": ""}


def test_going_back_and_tls_at_the_prompt(tmp_path: Path) -> None:
    """A line that leads away is taken back without a key pressed, the handshake included."""
    environment = {"SMTPSHELL_DATA": str(tmp_path / "data")}
    with Terminal("learn", "7", state=tmp_path, environment=environment) as terminal:
        terminal.expect("    EHLO me.example.test")
        terminal.enter("EHLO me.example.test", "STARTTLS")
        terminal.expect("-- tls TLSv1.3")
        terminal.expect_prompt("smtps>")
        terminal.enter("EHLO me.example.test")
        terminal.expect("See first what a stranger may do")
        terminal.enter("QUIT")
        terminal.expect("begun anew", "See first what a stranger may do")
        terminal.expect_prompt("smtps>")
        terminal.enter("/skip", "/skip", "/skip", "AUTH PLAIN")
        terminal.expect_prompt("auth (user)>")
        terminal.enter("student")
        terminal.expect_prompt("auth (password)>")
        terminal.enter("first-lesson")
        terminal.expect("235: you are in")
        assert b"first-lesson\r\n\x1b" not in terminal.octets


def test_a_lesson_that_cannot_be_begun_ends_the_program(tmp_path: Path) -> None:
    """There is nothing to stay for."""
    with Terminal("learn", "juggling", state=tmp_path) as terminal:
        assert terminal.expect_end() == 2
        assert "there is no lesson 'juggling'" in terminal.display
