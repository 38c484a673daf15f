"""The types of shell commands' arguments: each reads a word, completes one, and describes itself.

``parse`` raises ValueError with one clause that says what is wrong; command.py adds where.  ``complete`` gives
(text, what it is) pairs and may look at the interpreter's session, never at the network.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from smtpshell.errors import UsageError
from smtpshell.shell.language.nearest import nearest
from smtpshell.shell.language.syntax import Word

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = [
    "Address",
    "ArgumentType",
    "Assignment",
    "Choice",
    "ExistingFile",
    "Flag",
    "MailboxName",
    "MechanismName",
    "NewFile",
    "Number",
    "Octets",
    "Text",
    "Topic",
    "TranscriptFile",
    "Url",
    "none_of",
]

Pairs = Iterable[tuple[str, str]]
"""(candidate, what it is)"""


class ArgumentType(ABC):
    """One kind of argument; ``description`` says what this one is for, ``metavar`` stands for its value.

    ``is_file`` tells that it is a path.
    """

    metavar: ClassVar[str]
    takes_value: ClassVar[bool] = True
    takes_line: ClassVar[bool] = False
    """Whether it is the rest of the line as it stands, quotes and all."""
    is_file: bool = False

    def __init__(self, description: str) -> None:
        self.description = description

    @abstractmethod
    def parse(self, word: Word) -> Any:
        """Read a word.  Raises ValueError."""

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        """Give candidates for a word that begins so."""
        return ()

    def behind(self, words: Sequence[Word]) -> ArgumentType:
        """Give the type that completes the word behind these, where they tell more about it."""
        return self


class Flag(ArgumentType):
    """An option without a value."""

    metavar = ""
    takes_value = False

    def parse(self, word: Word) -> bool:
        return True


class Text(ArgumentType):
    """Any word."""

    metavar = "TEXT"

    def parse(self, word: Word) -> str:
        return word.text


class Number(ArgumentType):
    """A whole number from 1."""

    metavar = "NUMBER"

    def parse(self, word: Word) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", word.text) or int(word.text) == 0:
            raise ValueError(f"{word.text!r} is no number from 1 on")
        return int(word.text)


class Choice(ArgumentType):
    """One of some words."""

    metavar = "WHICH"

    def __init__(self, description: str, **choices: str) -> None:
        super().__init__(f"{description}: {', '.join(choices)}")
        self.choices = choices

    def parse(self, word: Word) -> str:
        if word.text not in self.choices:
            raise ValueError(none_of(word.text, self.choices))
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return self.choices.items()


def none_of(word: str, words: Iterable[str]) -> str:
    """Say that a word is none of some, and which of them is nearest."""
    close = nearest(word, words)
    return f"{word!r} is none of {', '.join(words)}{f'; did you mean {close}?' if close else ''}"


class Url(ArgumentType):
    """A server: a URL, HOST, HOST:PORT, the path of a unix socket, a profile's name; given as Endpoint."""

    metavar = "URL"

    def parse(self, word: Word) -> Any:
        from smtpshell.session.endpoint import Endpoint

        try:
            return Endpoint.parse(word.text)
        except UsageError as error:
            raise ValueError(str(error)) from None

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.session.endpoint import SCHEMES

        if interpreter.practice:
            yield interpreter.practice.url, "the practice server"
        for profile in interpreter.config.profiles.values():
            if profile.url:
                yield profile.name, profile.url
        for name, scheme in SCHEMES.items():
            yield f"{name}://", f"port {scheme.port}" if scheme.port else "a unix socket"


class Address(ArgumentType):
    """HOST:PORT to listen on; given as a pair."""

    metavar = "HOST:PORT"

    def parse(self, word: Word) -> tuple[str, int]:
        host, colon, port = word.text.rpartition(":")
        if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or int(port) > 65535:
            raise ValueError(f"{word.text!r} is not HOST:PORT, such as 127.0.0.1:2525; port 0 is any free one")
        return host.removeprefix("[").removesuffix("]"), int(port)


class _File(ArgumentType):
    """A path; completed from the file system."""

    metavar = "FILE"
    is_file: bool = True
    suffix: ClassVar[str] = ""
    """How those files end that are proposed first."""

    def parse(self, word: Word) -> Path:
        return Path(word.text).expanduser()

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.shell.language.files import files

        return files(prefix, first=self.suffix)


class ExistingFile(_File):
    """A file that is there and can be read."""

    def parse(self, word: Word) -> Path:
        path = super().parse(word)
        if not path.exists():
            raise ValueError(f"there is no file {word.text}")
        if path.is_dir():
            raise ValueError(f"{word.text} is a folder")
        return path


class TranscriptFile(ExistingFile):
    """A transcript."""

    suffix = ".smtp"


class NewFile(_File):
    """A file to write; the command itself says whether it may be there already."""

    def parse(self, word: Word) -> Path:
        path = super().parse(word)
        if path.is_dir():
            raise ValueError(f"{word.text} is a folder")
        if not path.parent.is_dir():
            raise ValueError(f"there is no folder {path.parent}")
        return path


class Octets(ArgumentType):
    r"""Exact octets: text with the escapes ``\r \n \t \0 \" \\`` and ``\xHH``; else UTF-8."""

    metavar = '"OCTETS"'
    _ESCAPE = re.compile(r'\\(?:x([0-9A-Fa-f]{2})|([rnt0"\'\\])|(.?))', re.DOTALL)
    _LETTERS: ClassVar = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0"}

    def parse(self, word: Word) -> bytes:
        return b"".join(self._pieces(word.inner))

    def _pieces(self, text: str) -> Iterator[bytes]:
        at = 0
        for found in self._ESCAPE.finditer(text):
            yield text[at : found.start()].encode("utf-8", "surrogateescape")
            if found[3] is not None:
                raise ValueError(f'{found[0]} is no escape; there are \\r \\n \\t \\0 \\" \\\\ \\xHH')
            yield bytes.fromhex(found[1]) if found[1] else self._LETTERS.get(found[2], found[2].encode())
            at = found.end()
        yield text[at:].encode("utf-8", "surrogateescape")


class Assignment(ArgumentType):
    """NAME=VALUE; given as a pair."""

    metavar = "NAME=VALUE"

    def parse(self, word: Word) -> tuple[str, str]:
        name, equals, value = word.text.partition("=")
        if not equals or not name:
            raise ValueError(f"{word.text!r} is not NAME=VALUE")
        return name, value


class MailboxName(Text):
    """A mailbox of the practice server."""

    metavar = "MAILBOX"

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        if interpreter.practice:
            for box in interpreter.practice.mailboxes:
                yield box.row.name, box.row.sentence


class MechanismName(ArgumentType):
    """A SASL mechanism, or auto."""

    metavar = "MECHANISM"

    def parse(self, word: Word) -> str:
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.protocol.sasl import MECHANISMS

        offered = interpreter.offered_mechanisms
        names = sorted(MECHANISMS, key=lambda name: name not in offered)
        return ((name, "offered" if name in offered else "(not offered)") for name in names)


class Topic(Text):
    """A word that can be explained: command, verb, code, keyword, finding."""

    metavar = "WORD"

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.shell.help.topics import topics

        if prefix.startswith("#"):
            return ((f"#{one.number}", str(one.finding)) for one in interpreter.findings)
        return topics(prefix)
