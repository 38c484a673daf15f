"""Pygments lexers for typed lines, replies and transcripts; what a part of a line is, syntax.py says.

A part's style (styles.py) has a token type, so that any Pygments style colours SMTP as it does code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar, Final

from pygments.lexer import Lexer
from pygments.token import Text, Token, _TokenType, string_to_tokentype

from smtpshell.shell.display.styles import STYLES
from smtpshell.shell.language.syntax import Part, command_parts, line_parts, reply_pieces

__all__ = ["SmtpCommandLexer", "SmtpReplyLexer", "SmtpTranscriptLexer", "token_type"]

Unprocessed = tuple[int, _TokenType, str]


def token_type(style: str) -> _TokenType:
    """Give the token type of a style's name; Text for the terminal's default."""
    return string_to_tokentype(f"Token.{STYLES[style].token}") if style else Text


def _tokens(line: str, parts: Iterable[Part], at: int) -> Iterator[Unprocessed]:
    for style, start, end in parts:
        yield at + start, token_type(style), line[start:end]


def _reply(line: str, *, offers: bool) -> Iterator[Part]:
    at = 0
    for style, text in reply_pieces(line, offers=offers):
        if text:
            yield style, at, at + len(text)
        at += len(text)


def _lines(text: str) -> Iterator[tuple[int, str, str]]:
    """Give (place, line, its end) for each line."""
    for found in re.finditer(r"([^\n]*?)(\r?\n|\Z)", text):
        if found[0]:
            yield found.start(), found[1], found[2]


class SmtpCommandLexer(Lexer):
    """What is typed at the prompt: SMTP commands, and shell commands that begin with a slash."""

    name: ClassVar[str] = "SMTP commands"
    aliases: ClassVar[Sequence[str]] = ("smtp-commands",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Unprocessed]:
        """Give (place, token type, text) of every part."""
        for at, line, end in _lines(text):
            yield from _tokens(line, line_parts(line), at)
            if end:
                yield at + len(line), Text, end


class SmtpReplyLexer(Lexer):
    """Replies as a server sends them; the lines below the first of a positive 250 reply may offer keywords."""

    name: ClassVar[str] = "SMTP replies"
    aliases: ClassVar[Sequence[str]] = ("smtp-replies",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Unprocessed]:
        """Give (place, token type, text) of every part."""
        inside = False
        for at, line, end in _lines(text):
            yield from _tokens(line, _reply(line, offers=inside), at)
            inside = line.startswith("250-")
            if end:
                yield at + len(line), Text, end


# The lines of the transcript format, version 1.
_STAMPED: Final = re.compile(r"(\[[0-9.]+\] )?([CS](?:[:=~*]|\.\.\.))( ?)")
_FIELD: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*:")


class SmtpTranscriptLexer(Lexer):
    """Transcripts: the header, C and S lines, events, prose."""

    name: ClassVar[str] = "SMTP transcript"
    aliases: ClassVar[Sequence[str]] = ("smtp-transcript",)
    filenames: ClassVar[Sequence[str]] = ("*.smtp",)

    def get_tokens_unprocessed(self, text: str) -> Iterator[Unprocessed]:
        """Give (place, token type, text) of every part."""
        in_header, content, inside = True, False, False
        for at, line, end in _lines(text):
            found = _STAMPED.match(line)
            if in_header and line and (field := _FIELD.match(line)):
                yield at, token_type("parameter"), field[0]
                if line[field.end() :]:
                    yield at + field.end(), token_type("value"), line[field.end() :]
            elif found:
                yield from self._line(at, line, found, content=content, inside=inside)
                body = line[found.end() :]
                content = (found[2][0] == "C" and content and body != ".") or body.startswith("354")
                inside = found[2][0] == "S" and body.startswith("250-")
            elif line:
                yield at, token_type("event" if line.startswith("-- ") else "note"), line
            in_header = in_header and bool(line)
            if end:
                yield at + len(line), Text, end

    def _line(
        self, at: int, line: str, found: re.Match[str], *, content: bool, inside: bool
    ) -> Iterator[Unprocessed]:
        mark, body, start = found[2], line[found.end() :], at + found.end()
        if found[1]:
            yield at, token_type("note"), found[1]
        style = "mark.client" if mark[0] == "C" else "mark.server"
        yield at + found.start(2), token_type(style), mark
        if found[3]:
            yield at + found.start(3), Text, found[3]
        if mark in ("S:", "S="):
            yield from _tokens(body, _reply(body, offers=inside), start)
        elif content and body.startswith(".") and body != ".":
            yield start, token_type("dot.added"), "."
            yield start + 1, Text, body[1:]
        elif mark == "C:" and not content:
            yield from _tokens(body, command_parts(body), start)
        elif body:
            yield start, token_type("value") if mark[1:] in ("~", "*") else Token.Text, body
