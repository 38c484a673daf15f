"""The editor: it gets the terminal, its text is asked about, no secret is written, failures are one line."""

from __future__ import annotations

import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import UsageError
from smtpshell.shell.editor import edit_file, edit_text
from tests.shell.support import Shell
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal

CTRL_X_CTRL_E = b"\x18\x05"
REPLIES = {"EHLO": b"250 hello\r\n", "NOOP": b"250 done\r\n", "RSET": b"250 forgotten\r\n", "MAIL": b"250 ok\r\n"}

ASKS = """\
printf 'text:'
read -r text < /dev/tty
printf '%b\\n' "$text" >> "$1"
"""
"""Shell script for an editor that reads a line from the terminal, escapes in it, and appends it."""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have temporary files made in a folder that can be looked into, and no editor chosen."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    monkeypatch.setenv("TMPDIR", str(made))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    return made


def editor(path: Path, script: str) -> str:
    """Write an editor in sh; give the words that run it."""
    path.write_text(script)
    return f"sh '{path}'"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that knows a few commands."""
    with ScriptedServer(REPLIES) as server:
        yield server


@pytest.fixture
def terminal(server: ScriptedServer, tmp_path: Path) -> Iterator[Terminal]:
    """Be at its prompt, with the editor that asks."""
    visual = {"VISUAL": editor(tmp_path / "editor.sh", ASKS)}
    with Terminal(server.url, state=tmp_path, environment=visual) as terminal:
        terminal.expect("220 scripted")
        terminal.expect_prompt("smtp>")
        yield terminal


# ---------------------------------------------------------------- the editor as a program


def test_the_file_is_for_its_owner_alone_and_does_not_stay(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is its folder, where editors leave files of their own."""
    seen = tmp_path / "seen"
    script = f'stat -c "%a" "$1" "${{1%/*}}" > {seen}; touch "$1.swp"; printf "one\\r\\ntwo\\n\\n" > "$1"'
    monkeypatch.setenv("VISUAL", editor(tmp_path / "e.sh", script))
    assert edit_text("before") == "one\ntwo\n"
    assert seen.read_text().split() == ["600", "700"]
    assert list(folder.iterdir()) == []


def test_octets_come_back_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are no UTF-8 too; an editor that changes nothing changes nothing."""
    monkeypatch.setenv("EDITOR", "true")
    for text in ("", "a line", "two\nlines", "\udcff ä\x00\x1b"):
        assert edit_text(text) == text


FAILURES = [
    ("VISUAL", "no-such-editor -x", "the editor no-such-editor -x cannot be run: No such file or directory"),
    ("VISUAL", "sh -c 'exit 3'", "ended with status 3"),
    ("EDITOR", "sh -c 'kill -9 $$'", "was killed by signal 9"),
    ("EDITOR", "vi 'unclosed", "EDITOR cannot be understood"),
    ("EDITOR", "rm", "the editor left nothing to read: No such file or directory"),
    ("PATH", "/nonexistent", "there is no editor"),
]


@pytest.mark.parametrize(("variable", "value", "expected"), FAILURES)
def test_what_goes_wrong_is_one_line(
    variable: str, value: str, expected: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the editor and says what to do; nothing is left behind."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError) as caught:
        edit_text("a line")
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert list(folder.iterdir()) == []


def test_without_a_choice_a_usual_editor_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of those that there are."""
    (tmp_path / "vi").write_text(f"#!{sys.executable}\nimport sys\nopen(sys.argv[1], 'a').write('edited')\n")
    (tmp_path / "vi").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "file").touch()
    edit_file(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "edited"


def test_without_a_terminal_there_is_no_editor() -> None:
    """A script says so in one line; a file is edited all the same."""
    shell = Shell()
    assert "there is no prompt to write lines for" in shell.say("/edit")
    shell.close()


# ---------------------------------------------------------------- the editor in the shell


def test_lines_from_the_editor_are_asked_about(server: ScriptedServer, terminal: Terminal) -> None:
    """The editor begins with the last line and reads from the terminal; nothing is sent before an answer."""
    terminal.enter("NOOP")
    terminal.expect("250 done")
    terminal.enter("/edit")
    terminal.expect("text:")
    terminal.enter(r"RSET\nMAIL FROM:<>")
    terminal.expect("3 lines; nothing was sent yet")
    terminal.expect_prompt("[o/p/e/d] >")
    server.expect(b"NOOP")
    terminal.press(b"o")
    server.expect(b"NOOP", b"NOOP", b"RSET", b"MAIL FROM:<>")
    terminal.expect("smtp> NOOP", "smtp> RSET", "250 forgotten", "250 ok")


def test_one_line_from_the_editor_waits_for_enter(server: ScriptedServer, tmp_path: Path) -> None:
    """It is put into the prompt; an empty text is nothing."""
    visual = {"VISUAL": editor(tmp_path / "e.sh", ASKS.replace(">>", ">"))}
    with Terminal(server.url, state=tmp_path, environment=visual) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("/edit")
        terminal.expect("text:")
        terminal.enter("RSET")
        terminal.expect_prompt("smtp> RSET")
        terminal.press(b"\r")
        terminal.expect("250 forgotten")
        terminal.enter("/edit")
        terminal.expect("250 forgotten", "text:")
        terminal.enter("")
        terminal.expect_prompt("smtp>")
        terminal.enter("NOOP")
        server.expect(b"RSET", b"NOOP")


def test_a_file_is_edited_where_it_is(terminal: Terminal, tmp_path: Path) -> None:
    """It is made where there is none, and nothing is sent."""
    message = tmp_path / "message.eml"
    terminal.enter(f"/edit {message}")
    terminal.expect("text:")
    terminal.enter("Subject: edited")
    terminal.expect(f"edited {message}")
    assert message.read_text() == "Subject: edited\n"
    terminal.enter(f"/edit {tmp_path}")
    terminal.expect("is a folder")


def test_what_was_collected_is_replaced(server: ScriptedServer, terminal: Terminal) -> None:
    """/pipeline, a line, the editor, /end: what the editor gave goes out; a secret among it stays out of files."""
    terminal.enter("/pipeline", "NOOP", "/edit")
    terminal.expect("text:")
    terminal.enter("RSET")
    terminal.expect("2 collected; /end sends them")
    terminal.enter("/end")
    server.expect(b"NOOP", b"RSET")
    terminal.enter("/pipeline", "AUTH PLAIN AGZpcnN0LWxlc3Nvbg==", "/edit")
    terminal.expect("there is a secret in the lines; no file is written with it")


def test_a_secret_is_not_edited(terminal: Terminal, folder: Path) -> None:
    """Neither half typed nor as the last line; the line stays as it is."""
    terminal.press(b"AUTH PLAIN AGZpcnN0LWxlc3Nvbg==" + CTRL_X_CTRL_E)
    terminal.expect("there is a secret in the line; no file is written with it")
    terminal.expect_prompt("smtp> AUTH PLAIN AGZp")
    assert list(folder.iterdir()) == []
    terminal.press(b"\r")
    terminal.expect_prompt("smtp>")
    terminal.enter("/edit")
    terminal.expect("text:")
    assert [path.read_text() for path in folder.glob("*/*")] == [""]
    terminal.enter("NOOP")
    terminal.expect_prompt("smtp>")


def test_a_failing_editor_changes_nothing(server: ScriptedServer, tmp_path: Path) -> None:
    """One line says so, and the line being edited is there again."""
    with Terminal(server.url, state=tmp_path, environment={"VISUAL": "no-such-editor"}) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.press(b"NOOP" + CTRL_X_CTRL_E)
        terminal.expect("the editor no-such-editor cannot be run: No such file or directory; set VISUAL or EDITOR")
        terminal.expect_prompt("smtp> NOOP")
        terminal.press(b"\r")
        terminal.expect("250 done")
        terminal.enter("/edit")
        terminal.expect("250 done", "cannot be run")
        assert "Traceback" not in terminal.display


def test_the_terminal_is_the_editors_while_it_runs(server: ScriptedServer, terminal: Terminal) -> None:
    """A reply waits, Ctrl-C and another size of the window are no business of the shell's."""
    terminal.press(b"NOOP" + CTRL_X_CTRL_E)
    terminal.expect("text:")
    server.say(b"250 unasked\r\n")
    terminal.resize(120, 45)
    written = len(terminal.octets)
    terminal.press(b" and more")
    terminal.expect("text:", "and more")
    assert b"\x1b" not in terminal.octets[written:]
    assert "unasked" not in terminal.display
    terminal.press(b"\r")
    terminal.expect("250 unasked")
    terminal.expect("smtp> NOOP", "    . and more")


def test_a_dumb_terminal_cannot_be_lent(server: ScriptedServer, tmp_path: Path) -> None:
    """It says so, and the session goes on."""
    with Terminal(server.url, state=tmp_path, environment={"TERM": "dumb"}) as terminal:
        terminal.expect("220 ")
        terminal.enter("/edit")
        terminal.expect("this terminal cannot be lent to an editor")
        terminal.enter("NOOP")
        terminal.expect("250 done")
