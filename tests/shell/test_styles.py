"""The table of styles, and that nothing uses a style it does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pygments.token import STANDARD_TYPES, string_to_tokentype

import smtpshell.shell
from smtpshell.shell.lexer import token_type
from smtpshell.shell.render import to_ansi
from smtpshell.shell.styles import SEQUENCES, STYLES

SHELL = Path(smtpshell.shell.__file__).parent


def test_every_style_that_is_named_is_in_the_table() -> None:
    """A style's name in the code, first of a pair with a text or behind ``style=``, is a row."""
    named = {
        (path.name, name)
        for path in SHELL.rglob("*.py")
        for name in re.findall(r'(?:\(|\[|style=|yield )"([a-z]+(?:\.[a-z0-9]+)+)"', path.read_text("utf-8"))
    }
    assert len(named) > 10
    assert {(file, name) for file, name in named if name not in STYLES} == set()


@pytest.mark.parametrize("name", STYLES)
def test_each_style_has_colours_and_a_token(name: str) -> None:
    """Colours are the terminal's own, readable on dark and light; the token is one Pygments knows."""
    row = STYLES[name]
    assert not {"ansiwhite", "ansiblack", "ansiyellow", "ansigray"} & set(row.ansi.split())
    assert row.meaning
    assert token_type(name) is string_to_tokentype(f"Token.{row.token}")
    parents = list(token_type(name).split())
    assert any(parent in STANDARD_TYPES and parent.parent is not None for parent in parents)


def test_ansi_is_switched_off_again() -> None:
    """Coloured text is between its escape sequence and the reset; plain text has none."""
    assert to_ansi([("reply.5", "550"), ("", " no"), ("value", "x")]) == "\x1b[31;1m550\x1b[0m nox"
    assert to_ansi([("note", "a\n")]) == "\x1b[90ma\x1b[0m\n"
    assert SEQUENCES["reply.2"] == "\x1b[32m"
    assert "value" not in SEQUENCES
