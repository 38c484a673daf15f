"""Reads one line as a command: what stands behind each verb, and what is wrong with what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from smtpshell.protocol.abnf import split_path
from smtpshell.protocol.commands import (
    Atrn,
    Auth,
    Bdat,
    Burl,
    Command,
    Data,
    Ehlo,
    Etrn,
    Expn,
    Helo,
    Help,
    Lhlo,
    Mail,
    Noop,
    OneWord,
    Quit,
    Raw,
    Rcpt,
    Rset,
    Saml,
    Send,
    Soml,
    StartTls,
    Turn,
    Vrfy,
    WithPath,
    Xclient,
    Xforward,
)
from smtpshell.protocol.parameters import Parameter, parse_parameters

__all__ = ["COMMANDS", "parse"]

_ENCODING: Final = ("utf-8", "surrogateescape")


def _no_argument(kind: type[Command]) -> Callable[[str], Command]:
    def read(arguments: str) -> Command:
        if arguments:
            raise ValueError(f"{kind.verb} takes no argument")
        return kind()

    return read


def _word(kind: type[OneWord], *, required: bool = False) -> Callable[[str], Command]:
    def read(arguments: str) -> Command:
        if required and not arguments:
            raise ValueError(f"{kind.verb} needs an argument")
        return kind(arguments)

    return read


def _with_path(kind: type[WithPath]) -> Callable[[str], Command]:
    opening = re.compile(rf"{kind.keyword}:[ \t]*(?=<)", re.IGNORECASE)

    # One sender or recipient often comes again, and no path is a secret.  The command itself is made anew each
    # time: outstanding ones are told apart by identity.
    @lru_cache(maxsize=64)
    def fields(arguments: str) -> tuple[str, tuple[Parameter, ...]]:
        opened = opening.match(arguments)
        if not opened:
            raise ValueError(f"{kind.verb} wants {kind.keyword}:<path>, the path in angle brackets")
        path, rest = split_path(arguments[opened.end() :])
        if not path.endswith(">") or (rest and rest[0] not in " \t"):
            raise ValueError("the path's closing angle bracket is missing, or something is stuck to it")
        return path[1:-1], parse_parameters(rest.strip())

    return lambda arguments: kind(*fields(arguments))


# RFC 3030 2: chunk-size is 1*DIGIT; twenty digits are more octets than there are.
_BDAT = re.compile(r"([0-9]{1,20})(?:[ \t]+(LAST))?", re.IGNORECASE)


def _bdat(arguments: str) -> Command:
    found = _BDAT.fullmatch(arguments)
    if not found:
        raise ValueError("BDAT wants the chunk's size in octets, and LAST behind it on the last chunk")
    return Bdat(int(found[1]), found[2] is not None)


def _burl(arguments: str) -> Command:
    url, *last = arguments.split() or [""]
    if not url or (last and [word.upper() for word in last] != ["LAST"]):
        raise ValueError("BURL wants a URL, and LAST behind it on the last part")
    return Burl(url, bool(last))


def _auth(arguments: str) -> Command:
    words = arguments.split()
    if not 1 <= len(words) <= 2:
        raise ValueError("AUTH wants a mechanism and at most one initial response")
    return Auth(words[0], words[1] if len(words) == 2 else None)


_WITHOUT_ARGUMENT: Final = (Data, Rset, Quit, StartTls, Turn)
_BARE: Final[dict[bytes, type[Command]]] = {
    kind.verb.encode() + b"\r\n": kind for kind in (*_WITHOUT_ARGUMENT, Noop, Help)
}
"""Line -> the command it is, for the shortest and most frequent ones."""

COMMANDS: Final[dict[str, Callable[[str], Command]]] = {
    **{kind.verb: _no_argument(kind) for kind in _WITHOUT_ARGUMENT},
    **{kind.verb: _word(kind) for kind in (Help, Noop, Atrn)},
    **{kind.verb: _word(kind, required=True) for kind in (Ehlo, Helo, Lhlo, Vrfy, Expn, Etrn, Xclient, Xforward)},
    **{kind.verb: _with_path(kind) for kind in (Mail, Send, Soml, Saml, Rcpt)},
    "BDAT": _bdat,
    "BURL": _burl,
    "AUTH": _auth,
}
"""Verb -> what reads its arguments; raises ValueError with one sentence when they cannot be read."""


def parse(line: bytes) -> Command:
    """Read one line, with or without its line end, as a command; verbs in any case (RFC 5321 2.4).

    What cannot be read comes back as Raw, never as an exception.
    """
    bare = _BARE.get(line)
    if bare is not None:
        return bare()
    text = line.rstrip(b"\r\n").decode(*_ENCODING)
    verb, _, arguments = text.partition(" ")
    read = COMMANDS.get(verb.upper())
    if read is None:
        return Raw(line)
    try:
        return read(arguments.strip(" \t"))
    except ValueError as error:
        return Raw(line, str(error))
