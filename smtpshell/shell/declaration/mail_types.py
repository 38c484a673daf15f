"""Types of arguments that are parts of a mail transaction: addresses, parameters, header fields, files, sizes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from smtpshell.protocol.parameters import Parameter
from smtpshell.shell.batch.source import HereDocument
from smtpshell.shell.declaration.argument_types import ArgumentType, ExistingFile, Pairs
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.mail.message import STANDARD_INPUT

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["ContentFile", "EsmtpParameter", "HeaderField", "MailAddress", "MessageFile", "Size"]

_UNITS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20}
"""Suffix of a size -> octets."""


class Size(ArgumentType):
    """A number of octets; k and m stand for 1024 and 1048576 of them."""

    metavar = "SIZE"

    def parse(self, word: Word) -> int:
        found = re.fullmatch(r"([0-9]{1,12})([km]?)", word.text, re.IGNORECASE)
        if not found or int(found[1]) == 0:
            raise ValueError(f"{word.text!r} is no size such as 1000, 64k or 1m")
        return int(found[1]) * _UNITS[found[2].lower()]


class EsmtpParameter(ArgumentType):
    """KEYWORD or KEYWORD=VALUE, sent as it is written."""

    metavar = "KEYWORD=VALUE"

    def __init__(self, description: str, verb: str) -> None:
        super().__init__(description)
        self.verb = verb

    def parse(self, word: Word) -> Parameter:
        keyword, equals, value = word.text.partition("=")
        if not keyword or re.search(r"\s", word.text):
            raise ValueError(f"{word.text!r} is no parameter such as SIZE=1000 or SMTPUTF8")
        return Parameter(keyword, value if equals else None)

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.shell.language.verb_completion import parameters

        return parameters(interpreter, self.verb, prefix)


class HeaderField(ArgumentType):
    """A header field, "Name: value"; given as a pair."""

    metavar = '"NAME: VALUE"'

    def parse(self, word: Word) -> tuple[str, str]:
        name, colon, value = word.text.partition(":")
        # RFC 5322 3.6.8: ftext, printable ASCII without the colon; 2.2: no line end inside the value.
        if not colon or not re.fullmatch(r"[!-9;-~]+", name) or re.search(r"[\r\n]", value):
            raise ValueError(f"{word.text!r} is no header field such as 'X-Test: 1'")
        return name, value.strip()


class MailAddress(ArgumentType):
    """An address, alone or as "Name <address>"; "" is the null reverse-path."""

    metavar = "ADDRESS"

    def parse(self, word: Word) -> str:
        if re.search(r"[\r\n]", word.text):
            raise ValueError("an address has no line end in it")
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.shell.language.verb_completion import addresses

        return addresses(interpreter, "RCPT")


class ContentFile(ExistingFile):
    """A file that is there, or <<END for the lines of a script up to END."""

    def parse(self, word: Word) -> Any:
        if word.text.startswith("<<") and not word.quote:
            if word.text == "<<":
                raise ValueError("<< needs a word that ends the content, such as <<END")
            return HereDocument(word.text[2:])
        return super().parse(word)


class MessageFile(ContentFile):
    """A file that is there, <<END for lines of a script, or "-" for standard input."""

    def parse(self, word: Word) -> Any:
        return STANDARD_INPUT if word.text == "-" else super().parse(word)
