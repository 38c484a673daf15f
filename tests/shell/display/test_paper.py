"""What pictures are drawn on follows the terminal."""

from __future__ import annotations

import io
import sys

import pytest

from smtpshell.shell.display.paper import Paper


class Terminal(io.StringIO):
    """Standard output that is a terminal, of some encoding."""

    def __init__(self, encoding: str | None) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str | None:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("columns", "width"), [("20", 40), ("40", 40), ("80", 80), ("132", 132), ("200", 200), ("500", 200), ("", 80)]
)
def test_width(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    """As wide as the terminal, within reason; 80 where nothing is known."""
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys, "__stdout__", None)
    assert Paper.of_stdout().width == width


@pytest.mark.parametrize(
    ("encoding", "term", "unicode"),
    [
        ("utf-8", "xterm-256color", True),
        ("UTF-8", "linux", True),
        ("utf8", "dumb", False),
        ("utf-8", "", False),
        ("iso-8859-1", "xterm", False),
        (None, "xterm", False),
    ],
)
def test_unicode(monkeypatch: pytest.MonkeyPatch, encoding: str | None, term: str, unicode: bool) -> None:
    """Characters beyond ASCII need a terminal that says it takes UTF-8, and is not a dumb one."""
    monkeypatch.setattr(sys, "stdout", Terminal(encoding))
    monkeypatch.setenv("TERM", term)
    assert Paper.of_stdout().unicode is unicode
    assert Paper.of_stdout().terminal


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["short"]),
        ("x" * 50, ["x" * 40, "    " + "x" * 10]),
        (
            "  usual cause: " + "some-words to be broken, " * 2,
            ["  usual cause: some-words to be broken,", "      some-words to be broken,"],
        ),
    ],
)
def test_long_lines_are_broken_on_a_terminal(text: str, lines: list[str]) -> None:
    """Between words, with what follows indented; in a pipe a line stays a line."""
    assert Paper(40, terminal=True).broken(text) == lines
    assert Paper(40).broken(text) == [text]


def test_a_pipe_gets_ascii(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no terminal gets characters that everything can read."""
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    monkeypatch.setenv("TERM", "xterm")
    assert Paper.of_stdout().unicode is False
