"""Lines cut into words and parts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpshell.errors import UsageError
from smtpshell.shell.display.styles import STYLES
from smtpshell.shell.language.syntax import command_parts, line_parts, reply_pieces, shell_parts, split, words

# line -> the words' meanings
WORDS = [
    ("/data file", ["/data", "file"]),
    ("  /data\t file ", ["/data", "file"]),
    ('/data "my file"', ["/data", "my file"]),
    ("/data 'my \\file'", ["/data", "my \\file"]),
    (r'/x "say \"hi\" \\ \n"', ["/x", 'say "hi" \\ \\n']),
    ('/x ""', ["/x", ""]),
    ("/x a'b", ["/x", "a'b"]),
    ("", []),
]


@pytest.mark.parametrize(("line", "expected"), WORDS)
def test_words(line: str, expected: list[str]) -> None:
    """Quotes keep blanks together, double ones know two escapes, a quote inside a word is a character."""
    assert [word.text for word in words(line)] == expected


def test_unclosed_quote_has_a_span() -> None:
    """A quote that is not closed is refused with its place, and still a word to complete."""
    with pytest.raises(UsageError) as caught:
        words('/data "my file')
    assert caught.value.span == (6, 14)
    assert [word.closed for word in split('/data "my file')] == [True, False]


def spelt(line: str, parts: object) -> list[tuple[str, str]]:
    """Give parts as (style, text), unstyled blanks left out."""
    assert not isinstance(parts, list)
    found = [(style, line[start:end]) for style, start, end in parts]  # type: ignore[attr-defined]
    return [(style, text) for style, text in found if style or text.strip()]


COMMANDS = [
    ("NOOP", [("verb", "NOOP")]),
    ("noop x y", [("verb", "noop"), ("value", " x y")]),
    ("FOO bar", [("verb.unknown", "FOO"), ("", " bar")]),
    (
        "MAIL FROM:<a@b> SIZE=3 BODY",
        [
            ("verb", "MAIL"),
            ("keyword", "FROM:"),
            ("address", "<a@b>"),
            ("parameter", "SIZE"),
            ("", "="),
            ("value", "3"),
            ("parameter", "BODY"),
        ],
    ),
    ('RCPT to: <"a >b"@c>', [("verb", "RCPT"), ("keyword", "to:"), ("address", '<"a >b"@c>')]),
    ("MAIL FROM:<a", [("verb", "MAIL"), ("keyword", "FROM:"), ("address", "<a")]),
    ("AUTH PLAIN AGE=", [("verb", "AUTH"), ("value", " PLAIN "), ("secret", "AGE=")]),
    (
        "XCLIENT SESSION=abc ADDR=192.0.2.1",
        [("verb", "XCLIENT"), ("value", " SESSION="), ("secret", "abc"), ("value", " ADDR=192.0.2.1")],
    ),
    ("AUTH LOGIN", [("verb", "AUTH"), ("value", " LOGIN")]),
]


@pytest.mark.parametrize(("line", "expected"), COMMANDS)
def test_command_parts(line: str, expected: list[tuple[str, str]]) -> None:
    """A command is its verb, keyword, path, parameters; what AUTH sends is a secret."""
    assert spelt(line, command_parts(line)) == expected


def test_shell_parts() -> None:
    """A shell command is its name, options and values."""
    line = '/data "a b" --exact'
    expected = [("command", "/data"), ("value", '"a b"'), ("option", "--exact")]
    assert spelt(line, shell_parts(line)) == expected


REPLIES = [
    ("250 ok\n", False, [("reply.2", "250"), ("", " ok\n")]),
    ("354", False, [("reply.3", "354")]),
    (
        "250-PIPELINING\n",
        True,
        [("reply.2", "250"), ("reply.dash", "-"), ("ehlo.keyword", "PIPELINING"), ("", "\n")],
    ),
    (
        "550 5.1.1 no <a@b> <c@d>\n",
        False,
        [
            ("reply.5", "550"),
            ("reply.enhanced", " 5.1.1"),
            ("", " no "),
            ("address", "<a@b>"),
            ("", " "),
            ("address", "<c@d>"),
            ("", "\n"),
        ],
    ),
    (
        "450-4.7.1\n450 x\n",
        False,
        [
            ("reply.4", "450"),
            ("reply.dash", "-"),
            ("reply.enhanced", "4.7.1"),
            ("", "\n"),
            ("reply.4", "450"),
            ("", " x\n"),
        ],
    ),
    ("HTTP/1.1 400 <x>\n", False, [("reply.6", "HTTP/1.1 400 <x>"), ("", "\n")]),
    ("2500 x\n", False, [("reply.6", "2500 x"), ("", "\n")]),
    ("650 x\n", False, [("reply.6", "650"), ("", " x\n")]),
]


@pytest.mark.parametrize(("text", "offers", "expected"), REPLIES)
def test_reply_pieces(text: str, offers: bool, expected: list[tuple[str, str]]) -> None:
    """A reply line is code, hyphen, enhanced code, keyword of EHLO, addresses, text."""
    assert [piece for piece in reply_pieces(text, offers=offers) if piece[1]] == expected


def test_head_stands_before_each_line() -> None:
    """What is to stand before a line stands before each, and not behind the last."""
    pieces = reply_pieces("250-a\n250 b\n", head=[("mark.server", "S: ")])
    assert "".join(text for _, text in pieces) == "S: 250-a\nS: 250 b\n"


@given(st.text())
def test_parts_cover_every_line(line: str) -> None:
    """Whatever is typed, its parts cover it without gap or overlap, in styles of the table."""
    at = 0
    for style, start, end in line_parts(line):
        assert start == at
        assert style == "" or style in STYLES
        at = end
    assert at == len(line)


@given(st.text(), st.booleans())
def test_pieces_cover_every_reply(text: str, offers: bool) -> None:
    """Whatever a server sends, the pieces are all of it, in styles of the table."""
    pieces = reply_pieces(text, offers=offers)
    assert "".join(piece for _, piece in pieces) == text
    assert {style for style, _ in pieces} <= {"", *STYLES}
