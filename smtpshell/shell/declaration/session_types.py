"""The types of arguments that name sessions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from smtpshell.shell.declaration.argument_types import ArgumentType, Pairs
from smtpshell.shell.language.syntax import Word

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["NewSessionName", "SessionName", "SessionNames", "TypedLine"]


class NewSessionName(ArgumentType):
    """A name for a session: no number, no blank, no comma, no slash."""

    metavar = "NAME"

    def parse(self, word: Word) -> str:
        if not re.fullmatch(r"(?!-|[0-9]+\Z)[^\s,/]+", word.text) or not word.text.isprintable():
            raise ValueError(f"{word.text!r} is no name such as mx1: no number, no blank, no comma, no slash")
        return word.text


class SessionName(ArgumentType):
    """A session: its number, its name, or the beginning of its name."""

    metavar = "SESSION"

    def parse(self, word: Word) -> str:
        if not word.text:
            raise ValueError("a session has a number and a name: /sessions shows them")
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return _names(interpreter)


class SessionNames(ArgumentType):
    """Several sessions, a comma between them; given as a tuple."""

    metavar = "A,B"

    def parse(self, word: Word) -> tuple[str, ...]:
        names = tuple(filter(None, word.text.split(",")))
        if not names:
            raise ValueError("names of sessions, a comma between them")
        return names

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        given = prefix.rpartition(",")[0]
        for name, meta in _names(interpreter):
            if name not in given.split(","):
                yield f"{given},{name}" if given else name, meta


class TypedLine(ArgumentType):
    """The rest of the line as it stands, quotes and all: what could be typed at a session."""

    metavar = "LINE"
    takes_line = True

    def parse(self, word: Word) -> str:
        return word.text


def _names(interpreter: Interpreter) -> Pairs:
    for each in interpreter.conversations:
        if each.session is not None:
            yield each.name, f"{each.number}, {each.where}"
