"""What the screen looks like: long replies and what reads them, times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyte
import pytest

from smtpshell.shell.display.columns import width
from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal

LONG = b"".join(b"250-line %d\r\n" % number for number in range(9_999)) + b"250 the end\r\n"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that greets, and then says only what a test lets it say."""
    with ScriptedServer() as server:
        yield server


def rows(terminal: Terminal) -> list[tuple[str, Mapping[int, pyte.screens.Char]]]:
    """Give each row of the screen, and of what has scrolled off, as text and as cells."""
    screen = terminal.screen
    rows = [*screen.history.top, *(screen.buffer[number] for number in range(screen.lines))]
    return [("".join(row[column].data for column in range(screen.columns)).rstrip(), row) for row in rows]


def program(folder: Path, text: str) -> str:
    """Write a program; give its path."""
    path = folder / "read it"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return f"'{path}'"


def test_a_long_reply_does_not_flood_and_the_pager_reads_the_rest(server: ScriptedServer, tmp_path: Path) -> None:
    """A screenful and the last line; /more hands the rest to PAGER, and what comes meanwhile is shown after it."""
    pager = program(tmp_path, f"cat > {tmp_path}/pages; echo reading; read line < /dev/tty; echo read")
    with Terminal(server.url, state=tmp_path, lines=20, environment={"PAGER": pager}) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("EHLO me")
        server.expect(b"EHLO me")
        server.say(LONG)
        display = terminal.expect("250-line 14", "… 9,984 more lines; /more shows them", "250 the end")
        assert "250-line 15" not in display
        assert re.search(r"250 the end  \([0-9]+\.[0-9]{3} s\)\n", display)
        terminal.enter("/more")
        terminal.expect("/more", "reading")
        server.say(b"421 bye\r\n")
        terminal.enter("")
        terminal.expect("reading", "read", "421 bye")
        terminal.expect_prompt("smtp>")
    read = (tmp_path / "pages").read_text().splitlines()
    assert (read[0], read[-1], len(read)) == ("250-line 15", "250 the end", 9_985)


def test_keys_for_the_pager_are_the_pagers(server: ScriptedServer, tmp_path: Path) -> None:
    """Ctrl-C while it reads means nothing to the prompt; the line typed afterwards does."""
    pager = program(tmp_path, "trap '' INT; cat > /dev/null; echo reading; read line < /dev/tty; echo read")
    with Terminal(server.url, state=tmp_path, lines=20, environment={"PAGER": pager}) as terminal:
        terminal.expect_prompt("smtp>")
        server.say(LONG)
        terminal.expect("more lines", "250 the end")
        terminal.enter("/more")
        terminal.expect("reading")
        terminal.press(b"\x03")
        terminal.enter("")
        terminal.expect("reading", "read")
        terminal.expect_prompt("smtp>")
        terminal.enter("NOOP")
        server.expect(b"NOOP")
        assert "ends the session" not in terminal.display


def test_a_terminal_that_cannot_move_pages_too(server: ScriptedServer, tmp_path: Path) -> None:
    """Where no program can take the screen, /more shows the next screenful."""
    with Terminal(server.url, state=tmp_path, lines=20, environment={"TERM": "dumb"}) as terminal:
        terminal.expect("220 scripted")
        server.say(LONG)
        terminal.expect("250-line 14", "… 9,984 more lines", "250 the end")
        terminal.enter("/more")
        display = terminal.expect("/more", "250-line 29", "… 9,970 more lines")
        assert "250-line 30" not in display


@pytest.mark.parametrize("pager", ["", "no-such-program", "'"])
def test_without_a_pager_a_screenful_at_a_time(server: ScriptedServer, tmp_path: Path, pager: str) -> None:
    """Where PAGER names nothing that runs, /more shows the next screenful."""
    with Terminal(server.url, state=tmp_path, lines=20, environment={"PAGER": pager}) as terminal:
        terminal.expect_prompt("smtp>")
        server.say(LONG)
        terminal.expect("250-line 14", "… 9,984 more lines")
        terminal.enter("/more")
        display = terminal.expect("/more", "250-line 15", "250-line 29", "… 9,970 more lines")
        assert "250-line 30" not in display
        terminal.expect_prompt("smtp>")


def test_lines_are_shown_as_they_come(server: ScriptedServer, tmp_path: Path) -> None:
    """Each is on the screen before the server says the next."""
    with Terminal(server.url, state=tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("EHLO me")
        server.expect(b"EHLO me")
        for line in (b"250-one", b"250-two", b"250-three"):
            server.say(line + b"\r\n")
            terminal.expect(line.decode(), "waiting: EHLO")
        server.say(b"250 four\r\n")
        display = terminal.expect("250-one", "250-two", "250-three", "250 four  (", "ready")
        assert display.count("250-one") == 1


# What a server says, and the same on the screen; a wide character takes two cells, the second is empty.
SCRIPTS = [
    ("250-漢字 and ｶﾞ|", "250-漢字 and ｶﾞ|"),
    ("250-한글 😀 ❤|", "250-한글 😀 ❤|"),
    ("250-e\u0301 o\u0308 \u0338|", "250-é ö \\u0338|"),
    ("250-שלום 250 مرحبا|", "250-שלום 250 مرحبا|"),
    ("250-a\u202eb\u2066c\u200bd|", "250-a\\u202eb\\u2066c\\u200bd|"),
    ("250-\x1b[31m\x9b\x07\r|", "250-\\x1b[31m\\u009b\\x07\\r|"),
]


def test_other_scripts_on_the_screen(server: ScriptedServer, tmp_path: Path) -> None:
    """Each line is where it should be, a bar behind it where its width ends; nothing is obeyed."""
    with Terminal(server.url, state=tmp_path, environment={"NO_COLOR": "1"}) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter("NOOP")
        server.expect(b"NOOP")
        server.say("".join(f"{said}\r\n" for said, _ in SCRIPTS).encode() + b"250 end\r\n")
        terminal.expect("250 end")
        terminal.expect_prompt("smtp>")
        shown = dict(rows(terminal))
    for _, expected in SCRIPTS:
        # pyte joins marks to letters (NFC).
        cells = shown[unicodedata.normalize("NFC", expected)]
        assert next(column for column in range(100) if cells[column].data == "|") == width(expected) - 1


def test_a_toolbar_that_is_too_long_is_cut_by_its_width(server: ScriptedServer, tmp_path: Path) -> None:
    """Wide characters in it do not push it over the edge."""
    with Terminal(server.url, state=tmp_path, columns=70, environment={"NO_COLOR": "1"}) as terminal:
        terminal.expect_prompt("smtp>")
        terminal.enter(f"/record {tmp_path}/{'漢字' * 20}.smtp")
        terminal.expect("recording", "…")
        bar = terminal.screen.display[-1].rstrip()
        assert bar.endswith("…")
        assert width(bar) in (69, 70)
        assert terminal.screen.display[-2].strip() == ""


def test_themes_change_what_is_shown_next(server: ScriptedServer, tmp_path: Path) -> None:
    """/set theme colours the next reply by another palette; mono has none."""
    with Terminal(server.url, state=tmp_path) as terminal:
        terminal.expect_prompt("smtp>")
        shown = {}
        for number, theme in enumerate(("default", "dark", "light", "mono"), 251):
            terminal.enter(f"/set theme {theme}")
            terminal.expect(f"/set theme {theme}", "colours: ")
            server.say(b"%d hello\r\n" % number)
            terminal.expect(f"{number} hello")
            shown[theme] = next(cells[0].fg for text, cells in rows(terminal) if text == f"{number} hello")
        assert shown == {"default": "brightblue", "dark": "green", "light": "blue", "mono": "default"}
