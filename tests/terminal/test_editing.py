"""The line being edited: completion, suggestions, history, checks, the editor; and faults of our own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from tests.terminal.terminal import Terminal

UP, DOWN, RIGHT, CTRL_R, CTRL_E, CTRL_X = b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x12", b"\x05", b"\x18"


@pytest.fixture
def terminal(practice: PracticeServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at the practice server's prompt; $VISUAL makes upper case letters, and a line end of each slash."""
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import pathlib, sys\n"
        "file = pathlib.Path(sys.argv[1])\n"
        "file.write_text(file.read_text().upper().replace('/', '\\n'))\n"
    )
    visual = {"VISUAL": f"{sys.executable} {editor}"}
    with Terminal(practice.url, state=tmp_path, environment=visual) as terminal:
        terminal.expect("220 ")
        terminal.expect_prompt("smtp>")
        yield terminal


def test_tab_completes_what_the_server_offered(terminal: Terminal) -> None:
    """Verbs carry their purpose; parameters appear once EHLO has named their extension."""
    terminal.press(b"EH")
    terminal.expect("Say hello and ask which extensions the server offers")
    terminal.press(b"\t")
    terminal.expect_prompt("smtp> EHLO")
    terminal.press(b" me\r")
    terminal.expect("250-SIZE")
    terminal.press(b"MAIL FROM:<> SI")
    terminal.expect("the message's size in octets")
    terminal.press(b"\t")
    terminal.expect_prompt("smtp> MAIL FROM:<> SIZE=")


def test_a_shell_command_is_checked_before_it_runs(terminal: Terminal) -> None:
    """The line stays, the cursor on the word that is wrong, the reason below; then it can be mended."""
    terminal.press(b"/set colour on\r")
    terminal.expect("smtp> /set colour on", "there is no setting")
    terminal.press(b"\x03")
    terminal.enter("NOOP")
    terminal.expect("250 2.0.0")


def test_lines_come_back(terminal: Terminal) -> None:
    """By arrow, by the suggestion behind the cursor, by search."""
    terminal.enter("VRFY student", "EXPN class")
    terminal.expect("EXPN class", "250 ")
    terminal.press(UP + UP)
    terminal.expect_prompt("smtp> VRFY student")
    terminal.press(b"\x03EXP")
    terminal.expect_prompt("smtp> EXPN class")
    terminal.press(RIGHT + b"x\r")
    terminal.expect("smtp> EXPN classx")
    terminal.press(CTRL_R + b"stud")
    terminal.expect("reverse-i-search", "VRFY student")


def test_keys_in_one_go_find_the_line_before(terminal: Terminal) -> None:
    """A line, Enter, the arrow, Enter: as fast as a script types them; Ctrl-R likewise."""
    terminal.press(b"VRFY student\r" + UP + b"\r")
    terminal.expect("smtp> VRFY student\n", "smtp> VRFY student\n")
    terminal.press(b"NOOP\r\x03" + CTRL_R + b"stud")
    terminal.expect("reverse-i-search", "stud", "VRFY student")


def test_the_arrow_goes_back_to_what_begins_like_the_line(terminal: Terminal) -> None:
    """Although completions are shown; Down enters those, and what was typed is there again at the end."""
    terminal.enter("VRFY student", "NOOP", "VRFY teacher", "RSET")
    terminal.expect("RSET\n", "250 ")
    terminal.press(b"VR")
    terminal.expect("Ask whether")
    terminal.press(UP)
    terminal.expect_prompt("smtp> VRFY teacher")
    terminal.press(UP)
    terminal.expect_prompt("smtp> VRFY student")
    terminal.press(UP + DOWN + DOWN)
    terminal.expect_prompt("smtp> VR ")
    terminal.press(b"\x03E")
    terminal.expect("EHLO", "EXPN")
    terminal.press(DOWN + DOWN)
    terminal.expect_prompt("smtp> EXPN")
    terminal.press(UP)
    terminal.expect_prompt("smtp> EHLO")


def test_lines_come_back_at_the_same_host_only(practice: PracticeServer, tmp_path: Path) -> None:
    """The next session has the lines of its host; another name for it is another host."""
    elsewhere = practice.url.replace("127.0.0.1", "localhost")
    for url, first in ((practice.url, "smtp>"), (practice.url, "smtp> /quit"), (elsewhere, "smtp>")):
        with Terminal(url, state=tmp_path) as terminal:
            terminal.expect("220 ")
            terminal.press(UP)
            terminal.expect_prompt(first)
            terminal.press(b"\x03")
            terminal.enter("VRFY one")
            terminal.expect("VRFY one\n", "55")
            terminal.enter("/quit")
            terminal.expect_end()
    assert sorted(path.name for path in (tmp_path / "history").iterdir()) == ["127.0.0.1", "localhost"]


def test_the_editor_changes_the_line(terminal: Terminal) -> None:
    """Ctrl-X Ctrl-E hands it to $VISUAL; nothing is sent until Enter."""
    terminal.press(b"vrfy student" + CTRL_X + CTRL_E)
    terminal.expect_prompt("smtp> VRFY STUDENT")
    terminal.press(b"\r")
    terminal.expect("250 ", "Sam Student")


def test_a_message_may_be_written_in_the_editor(terminal: Terminal, practice: PracticeServer) -> None:
    """Several lines in the line being edited are content where content is due."""
    terminal.enter("EHLO me", "MAIL FROM:<>", "RCPT TO:<student@example.test>", "DATA")
    terminal.expect_prompt("data>")
    terminal.press(b"one/two" + CTRL_X + CTRL_E)
    terminal.expect("ONE", "TWO")
    terminal.enter("", ".")
    terminal.expect("250 2.0.0")
    (message,) = practice.mailboxes.mailbox("student").messages
    assert message.content == b"ONE\r\nTWO\r\n"
