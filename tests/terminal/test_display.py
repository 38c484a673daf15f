"""What the screen looks like: long replies and what reads them, times."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.scripted import ScriptedServer
from tests.terminal.terminal import Terminal

LONG = b"".join(b"250-line %d\r\n" % number for number in range(9_999)) + b"250 the end\r\n"


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """Start a server that greets, and then says only what a test lets it say."""
    with ScriptedServer() as server:
        yield server


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
