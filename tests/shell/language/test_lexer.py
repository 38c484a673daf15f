"""The Pygments lexers, by exact lists of tokens."""

from __future__ import annotations

import tomllib
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import string_to_tokentype

from smtpshell.shell.language.lexer import SmtpCommandLexer, SmtpReplyLexer, SmtpTranscriptLexer

TABLE = [
    (
        SmtpCommandLexer,
        "MAIL FROM:<a@b> SIZE=3\n/set auth raw\n",
        [
            ("Keyword", "MAIL"),
            ("Text", " "),
            ("Keyword.Pseudo", "FROM:"),
            ("Name.Entity", "<a@b>"),
            ("Text", " "),
            ("Name.Property", "SIZE"),
            ("Text", "="),
            ("String", "3"),
            ("Text", "\n"),
            ("Name.Function", "/set"),
            ("Text", " "),
            ("String", "auth"),
            ("Text", " "),
            ("String", "raw"),
            ("Text", "\n"),
        ],
    ),
    (
        SmtpReplyLexer,
        "250-mx.example.test\r\n250-SIZE 1\r\n250 HELP\r\n550 5.1.1 <x@y>\r\n",
        [
            ("Generic.Inserted", "250"),
            ("Punctuation", "-"),
            ("Text", "mx.example.test"),
            ("Text", "\r\n"),
            ("Generic.Inserted", "250"),
            ("Punctuation", "-"),
            ("Name.Attribute", "SIZE"),
            ("Text", " 1"),
            ("Text", "\r\n"),
            ("Generic.Inserted", "250"),
            ("Text", " "),
            ("Name.Attribute", "HELP"),
            ("Text", "\r\n"),
            ("Generic.Error", "550"),
            ("Number", " 5.1.1"),
            ("Text", " "),
            ("Name.Entity", "<x@y>"),
            ("Text", "\r\n"),
        ],
    ),
    (
        SmtpTranscriptLexer,
        "smtp-transcript: 1\n\n# prose\n[0.1] S: 354 go\nC: ..x\nC: .\nC: QUIT\nS~ 2.*\n-- closed by server\n",
        [
            ("Name.Property", "smtp-transcript:"),
            ("String", " 1"),
            ("Text", "\n"),
            ("Text", "\n"),
            ("Comment", "# prose"),
            ("Text", "\n"),
            ("Comment", "[0.1] "),
            ("Generic.Heading", "S:"),
            ("Text", " "),
            ("Generic.Prompt", "354"),
            ("Text", " go"),
            ("Text", "\n"),
            ("Generic.Subheading", "C:"),
            ("Text", " "),
            ("Comment.Special", "."),
            ("Text", ".x"),
            ("Text", "\n"),
            ("Generic.Subheading", "C:"),
            ("Text", " "),
            ("Text", "."),
            ("Text", "\n"),
            ("Generic.Subheading", "C:"),
            ("Text", " "),
            ("Keyword", "QUIT"),
            ("Text", "\n"),
            ("Generic.Heading", "S~"),
            ("Text", " "),
            ("String", "2.*"),
            ("Text", "\n"),
            ("Comment.Preproc", "-- closed by server"),
            ("Text", "\n"),
        ],
    ),
]


@pytest.mark.parametrize(("lexer", "text", "expected"), TABLE, ids=[row[0].name for row in TABLE])
def test_tokens(lexer: type[Lexer], text: str, expected: list[tuple[str, str]]) -> None:
    """Each lexer gives exactly these tokens."""
    found = [(token, value) for _, token, value in lexer().get_tokens_unprocessed(text)]
    assert found == [(string_to_tokentype(f"Token.{name}"), value) for name, value in expected]


@pytest.mark.parametrize("lexer", [SmtpCommandLexer, SmtpReplyLexer, SmtpTranscriptLexer])
@given(text=st.text())
def test_tokens_are_the_text(lexer: type[Lexer], text: str) -> None:
    """Whatever the text, its tokens put together are the text, each at its place."""
    at = 0
    for start, _, value in lexer().get_tokens_unprocessed(text):
        assert start == at
        at += len(value)
        assert text[start:at] == value
    assert at == len(text)


PROJECT = Path(__file__).parent.parent.parent.parent
REGISTERED = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"]


@pytest.mark.parametrize("name", REGISTERED["pygments.lexers"])
def test_registered(name: str) -> None:
    """The package's metadata tell Pygments of each lexer, by the alias it has."""
    module, _, attribute = REGISTERED["pygments.lexers"][name].partition(":")
    assert name in getattr(import_module(module), attribute).aliases


@pytest.mark.parametrize("name", REGISTERED["pygments.lexers"])
def test_found_by_pygments(name: str) -> None:
    """Where the package is installed Pygments, and so pygmentize, finds each by its alias."""
    if not [found for found in entry_points(group="pygments.lexers") if found.name == name]:
        pytest.skip("smtpshell is not installed here")
    assert name in get_lexer_by_name(name).aliases
