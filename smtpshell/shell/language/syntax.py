r"""What a line is made of: words with their places, for the lexers, the completer, the checks, the interpreter.

Three kinds of lines: shell commands (``/data "my file"``), typed SMTP commands, and lines of replies.  Parts,
each in a style of its own, cover the whole line.  Nothing is judged here, and every text
has parts: a line being typed is unfinished at every key.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.command_parser import COMMANDS, parse
from smtpshell.protocol.secret_spans import secret_span
from smtpshell.shell.display.styles import Fragments

__all__ = [
    "Part",
    "Word",
    "carried",
    "command_parts",
    "is_shell_command",
    "line_parts",
    "reply_pieces",
    "shell_parts",
    "split",
    "words",
]

Part = tuple[str, int, int]
"""(style name, start, end) of a piece of a line."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a shell command: ``start`` and ``end`` with quotes, ``inner`` without, escapes untouched."""

    inner: str
    start: int
    end: int
    quote: str = ""
    closed: bool = True

    @property
    def text(self) -> str:
        r"""The word's meaning: inside double quotes ``\"`` and ``\\`` stand for the second character."""
        return re.sub(r'\\(["\\])', r"\1", self.inner) if self.quote == '"' else self.inner

    @property
    def span(self) -> tuple[int, int]:
        """Where it stands, for a caret."""
        return self.start, self.end


# A word in double quotes (a backslash keeps the next character from ending it), in single ones, or bare.
_WORD: Final = re.compile(
    r"""(?P<quote>")(?P<double>(?:[^"\\]|\\.)*)(?P<end>"?)"""
    r"""|'(?P<single>[^']*)(?P<tick>'?)"""
    r"""|(?P<bare>[^ \t"'][^ \t]*)""",
    re.DOTALL,
)


def split(line: str, start: int = 0) -> list[Word]:
    """Cut a line into words, from ``start`` on; an unclosed quote gives an unclosed last word."""
    found_words = []
    for found in _WORD.finditer(line, start):
        if found["quote"]:
            word = Word(found["double"], found.start(), found.end(), '"', bool(found["end"]))
        elif found["single"] is not None:
            word = Word(found["single"], found.start(), found.end(), "'", bool(found["tick"]))
        else:
            word = Word(found["bare"], found.start(), found.end())
        found_words.append(word)
    return found_words


def words(line: str) -> list[Word]:
    """Cut a finished line into words.  Raises UsageError for a quote that is not closed."""
    found = split(line)
    for word in found:
        if not word.closed:
            raise UsageError(
                "the quote is not closed", hint=f"put {word.quote} at its end", line=line, span=word.span
            )
    return found


def is_shell_command(line: str) -> bool:
    """Whether a line is for the shell: it begins with one slash; two stand for one sent to the server."""
    return line.startswith("/") and not line.startswith("//")


# What stands before a line that a shell command takes as it is.
_BEFORE_LINE: Final = re.compile(r"/each[ \t]+(?:--only(?:[ \t]+|=)[^ \t]+[ \t]+)?(?:--[ \t]+|(?!--))")


def carried(line: str) -> int:
    """Tell where the line for the server, or for a shell command, begins that another shell command takes.

    0 where the whole line is for the server, its length where there is none.
    """
    if not is_shell_command(line):
        return 0
    found = _BEFORE_LINE.match(line)
    return found.end() if found else len(line)


def line_parts(line: str) -> Iterator[Part]:
    """Give the parts of a line typed at the prompt, whichever kind it is."""
    if not is_shell_command(line):
        yield from command_parts(line)
        return
    at = carried(line)
    yield from shell_parts(line[:at])
    if at < len(line):
        for style, start, end in line_parts(line[at:]):
            yield style, at + start, at + end


def shell_parts(line: str) -> Iterator[Part]:
    """Give the parts of a shell command."""
    at = 0
    for word in split(line):
        if word.start > at:
            yield "", at, word.start
        style = "command" if at == 0 else "option" if word.inner.startswith("--") else "value"
        yield style, word.start, word.end
        at = word.end
    if at < len(line):
        yield "", at, len(line)


# RFC 5321 4.1.1: verb SP arguments.  The path is what stands in brackets, quoted strings inside kept whole.
_VERB: Final = re.compile(r"[ \t]*([^ \t]+)")
_KEYWORD: Final = re.compile(r"[ \t]*((?:FROM|TO):)", re.IGNORECASE)
_PATH: Final = re.compile(r'[ \t]*(<(?:"(?:[^"\\]|\\.)*"?|[^">])*>?)')
_PARAMETER: Final = re.compile(r"[ \t]*([^ \t=]+)(=)?([^ \t]*)")
_WITH_PATH: Final = frozenset({"MAIL", "RCPT", "SEND", "SOML", "SAML"})


def command_parts(line: str) -> Iterator[Part]:
    """Give the parts of an SMTP command: verb, FROM: or TO:, path, parameters, arguments, secret."""
    verb = _VERB.match(line)
    if not verb:
        yield "", 0, len(line)
        return
    name = verb[1].upper()
    if verb.start(1):
        yield "", 0, verb.start(1)
    yield "verb" if name in COMMANDS else "verb.unknown", verb.start(1), verb.end()
    at = verb.end()
    if name in _WITH_PATH:
        for style, pattern in (("keyword", _KEYWORD), ("address", _PATH)):
            if found := pattern.match(line, at):
                if found.start(1) > at:
                    yield "", at, found.start(1)
                yield style, found.start(1), found.end()
                at = found.end()
        yield from _parameters(line, at)
    elif name in ("AUTH", "XCLIENT"):
        yield from _with_secret(line, at)
    elif at < len(line):
        yield "value" if name in COMMANDS else "", at, len(line)


def _parameters(line: str, at: int) -> Iterator[Part]:
    while found := _PARAMETER.match(line, at):
        if found.start(1) > at:
            yield "", at, found.start(1)
        yield "parameter", found.start(1), found.end(1)
        if found[2]:
            yield "", found.start(2), found.end(2)
        if found[3]:
            yield "value", found.start(3), found.end(3)
        at = found.end()
    if at < len(line):
        yield "", at, len(line)


def _with_secret(line: str, at: int) -> Iterator[Part]:
    octets = line.encode("utf-8", "surrogateescape")
    span = secret_span(parse(octets), octets) or (len(octets), len(octets))
    # The span counts octets, a line's places are characters.
    start, end = (len(octets[:place].decode("utf-8", "surrogateescape")) for place in span)
    for style, begins, ends in (("value", at, start), ("secret", start, end), ("value", end, len(line))):
        if begins < ends:
            yield style, begins, ends


# RFC 5321 4.2: code, hyphen or blank, text; RFC 2034 4: the text may open with an enhanced status code.  A line
# that opens otherwise is the last group.  One pattern a line, so that a long reply is taken apart in one go.
_REPLY: Final = re.compile(
    r"([1-9][0-9][0-9])(-|(?=[ \t\n]|\Z))"
    r"([ \t]?[245]\.[0-9]{1,3}\.[0-9]{1,3}(?=[ \t\n]|\Z))?(.*\n?)"
    r"|(.*\n|.+)"
)
_BRACKETED: Final = re.compile(r"(<[^<>\s]*>)")
_OFFERED: Final = re.compile(r"([ \t]?)([A-Za-z0-9][A-Za-z0-9-]*)")
_CODES: Final = {str(digit): f"reply.{digit if digit in (2, 3, 4, 5) else 6}" for digit in range(1, 10)}


def reply_pieces(text: str, *, offers: bool = False, head: Fragments | None = None) -> Fragments:
    """Give (style, text) for lines of replies, their ends (LF) included; ``head`` is put before each line.

    ``offers`` tells that a keyword of EHLO opens the text of each line.  In one loop on purpose: a reply may
    have very many lines.
    """
    pieces: Fragments = []
    add = pieces.append
    for code, dash, enhanced, rest, unreadable in _REPLY.findall(text):
        if head:
            pieces += head
        if unreadable:
            line = unreadable.removesuffix("\n")
            pieces += [("reply.6", line), ("", unreadable[len(line) :])]
            continue
        add((_CODES[code[0]], code))
        if dash:
            add(("reply.dash", dash))
        if enhanced:
            add(("reply.enhanced", enhanced))
        elif offers and (keyword := _OFFERED.match(rest)):
            pieces += [("", keyword[1]), ("ehlo.keyword", keyword[2]), ("", rest[keyword.end() :])]
            continue
        if "<" in rest:
            # A split by a group gives what is between and what was found in turns.
            found = _BRACKETED.split(rest)
            pieces += [("address" if n % 2 else "", piece) for n, piece in enumerate(found)]
        else:
            add(("", rest))
    return pieces
