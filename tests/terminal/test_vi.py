"""The line edited as in vi, and the mouse: both only where they are asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal

ESCAPE = b"\x1b"
REPLIES = {"NOOP": b"250 done\r\n", "RSET": b"250 forgotten\r\n", "VRFY": b"252 maybe\r\n"}


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that knows three commands."""
    with ScriptedServer(REPLIES) as server:
        yield server


@pytest.fixture
def terminal(server: ScriptedServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at its prompt, with vi's keys; $VISUAL makes upper case letters."""
    editor = tmp_path / "editor.py"
    editor.write_text("import pathlib, sys\nf = pathlib.Path(sys.argv[1])\nf.write_text(f.read_text().upper())\n")
    visual = {"VISUAL": f"{sys.executable} {editor}"}
    with Terminal(server.url, state=tmp_path, environment=visual) as terminal:
        terminal.expect("220 scripted")
        terminal.expect_prompt("smtp>")
        terminal.enter("/set keys vi")
        terminal.expect("vi: insert")
        yield terminal


def normal(terminal: Terminal) -> None:
    """Leave the insert mode."""
    terminal.press(ESCAPE)
    terminal.expect("vi: normal")


def test_the_line_is_edited_as_in_vi(server: ScriptedServer, terminal: Terminal) -> None:
    """Motions and operators work, the toolbar names the mode, the next line begins by inserting."""
    terminal.press(b"VRFY one two")
    normal(terminal)
    terminal.press(b"bcwthree\r")
    server.expect(b"VRFY one three")
    terminal.expect("252 maybe", "vi: insert")
    normal(terminal)
    terminal.press(b"k")
    terminal.expect_prompt("smtp> VRFY one three")
    terminal.press(b"\r")
    terminal.expect("smtp> VRFY one three\n", "smtp> VRFY one three\n", "252 maybe")
    terminal.enter("NOOP")
    server.expect(b"VRFY one three", b"VRFY one three", b"NOOP")


def test_ctrl_c_begins_a_line_by_inserting(server: ScriptedServer, terminal: Terminal) -> None:
    """What was being edited is gone, and so is the normal mode."""
    terminal.press(b"nonsense")
    normal(terminal)
    terminal.press(b"\x03")
    terminal.expect("vi: insert")
    terminal.enter("NOOP")
    server.expect(b"NOOP")


def test_pasted_lines_are_asked_about_in_normal_mode_too(server: ScriptedServer, terminal: Terminal) -> None:
    """The answers are keys, not operators; the lines are never run as vi's commands."""
    normal(terminal)
    terminal.paste(b"NOOP\rRSET\r")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"d")
    terminal.expect_prompt("smtp>")
    terminal.paste(b"NOOP\rRSET\r")
    terminal.expect_prompt("[o/p/e/d] >")
    terminal.press(b"o")
    server.expect(b"NOOP", b"RSET")


def test_v_opens_the_editor(server: ScriptedServer, terminal: Terminal) -> None:
    """As in every shell with vi's keys; back again, the line waits for Enter."""
    terminal.press(b"vrfy student")
    normal(terminal)
    terminal.press(b"v")
    terminal.expect_prompt("smtp> VRFY STUDENT")
    terminal.press(b"\r")
    server.expect(b"VRFY STUDENT")


def test_the_mouse_is_left_to_the_terminal_unless_wanted(terminal: Terminal) -> None:
    """Selecting and pasting by mouse are the terminal's; /set mouse on and off are obeyed at once."""
    reporting = b"\x1b[?1000h"
    assert reporting not in terminal.octets
    terminal.enter("/set mouse on")
    terminal.expect("/set mouse on\n", "mouse", "on")
    terminal.enter("NOOP")
    terminal.expect("250 done")
    assert reporting in terminal.octets
    terminal.enter("/set mouse off")
    terminal.expect("/set mouse off\n", "mouse", "off")
    terminal.enter("RSET")
    terminal.expect("250 forgotten")
    assert terminal.octets.rindex(b"\x1b[?1000l") > terminal.octets.rindex(reporting)
