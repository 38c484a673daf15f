"""The commands a client sends, as values: built for the wire, read from a typed or received line.

``encode()`` gives a command's octets; ``parse()`` reads a line back into one.  Whatever cannot be read is
a ``Raw``: nothing is refused here, since a debugger must be able to send what is wrong.  Paths are kept
as the text between the angle brackets; whether they are well formed is abnf.py's to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Final

from smtpshell.protocol.abnf import split_path
from smtpshell.protocol.parameters import Parameter, parse_parameters

__all__ = [
    "COMMANDS",
    "Atrn",
    "Auth",
    "AuthResponse",
    "Bdat",
    "Burl",
    "Command",
    "Content",
    "Data",
    "Ehlo",
    "Etrn",
    "Expn",
    "Greeting",
    "Helo",
    "Help",
    "Lhlo",
    "Mail",
    "Noop",
    "Quit",
    "Raw",
    "Rcpt",
    "Rset",
    "Saml",
    "Send",
    "Soml",
    "StartTls",
    "Turn",
    "Vrfy",
    "Xclient",
    "Xforward",
    "parse",
    "secret_span",
]

_ENCODING = ("utf-8", "surrogateescape")


@dataclass(frozen=True, slots=True)
class Command:
    """One command; the class attribute ``verb`` names it, ``move`` is its key in the table of states.

    Only those with fields of their own are decorated: making a dataclass takes a millisecond, at every start.
    """

    verb: ClassVar[str]

    @property
    def move(self) -> str:
        """The verb as states.MOVES and sequences.SEQUENCES know it."""
        return self.verb

    def arguments(self) -> str:
        """Give what stands behind the verb, without the blank between."""
        return ""

    def encode(self) -> bytes:
        """Give the octets for the wire, CRLF included; text goes out as UTF-8."""
        arguments = self.arguments()
        return (f"{self.verb} {arguments}" if arguments else self.verb).encode(*_ENCODING) + b"\r\n"


@dataclass(frozen=True, slots=True)
class _Word(Command):
    """A command with one free argument, possibly empty."""

    argument: str = ""

    def arguments(self) -> str:
        return self.argument


class Ehlo(_Word):
    """EHLO domain or address literal (RFC 5321 4.1.1.1)."""

    __slots__ = ()
    verb = "EHLO"


class Helo(_Word):
    """HELO domain (RFC 5321 4.1.1.1)."""

    __slots__ = ()
    verb = "HELO"


class Lhlo(_Word):
    """LHLO domain, the hello of LMTP (RFC 2033 4.1)."""

    __slots__ = ()
    verb = "LHLO"


@dataclass(frozen=True, slots=True)
class _WithPath(Command):
    """A command whose argument is a keyword, a path in angle brackets and ESMTP parameters."""

    keyword: ClassVar[str] = "FROM"
    path: str
    parameters: tuple[Parameter, ...] = ()

    def arguments(self) -> str:
        return " ".join([f"{self.keyword}:<{self.path}>", *map(str, self.parameters)])


class Mail(_WithPath):
    """MAIL FROM:<reverse-path> [parameters] (RFC 5321 4.1.1.2); an empty path is the null one."""

    __slots__ = ()
    verb = "MAIL"


class Send(_WithPath):
    """SEND FROM:<reverse-path>: to a terminal (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SEND"


class Soml(_WithPath):
    """SOML FROM:<reverse-path>: to a terminal or else a mailbox (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SOML"


class Saml(_WithPath):
    """SAML FROM:<reverse-path>: to a terminal and a mailbox (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SAML"


class Rcpt(_WithPath):
    """RCPT TO:<forward-path> [parameters] (RFC 5321 4.1.1.3)."""

    __slots__ = ()
    verb = "RCPT"
    keyword = "TO"


class Data(Command):
    """DATA (RFC 5321 4.1.1.4)."""

    __slots__ = ()
    verb = "DATA"


@dataclass(frozen=True, slots=True)
class Bdat(Command):
    """BDAT size [LAST] (RFC 3030 2); ``size`` octets of chunk follow the line at once."""

    verb = "BDAT"
    size: int
    last: bool = False

    @property
    def move(self) -> str:
        return "BDAT LAST" if self.last else "BDAT"

    def arguments(self) -> str:
        return f"{self.size} LAST" if self.last else str(self.size)


@dataclass(frozen=True, slots=True)
class Burl(Command):
    """BURL imap-url [LAST]: content by reference (RFC 4468 3)."""

    verb = "BURL"
    url: str
    last: bool = False

    @property
    def move(self) -> str:
        return "BURL LAST" if self.last else "BURL"

    def arguments(self) -> str:
        return f"{self.url} LAST" if self.last else self.url


class Rset(Command):
    """RSET (RFC 5321 4.1.1.5)."""

    __slots__ = ()
    verb = "RSET"


class Vrfy(_Word):
    """VRFY user or mailbox (RFC 5321 4.1.1.6)."""

    __slots__ = ()
    verb = "VRFY"


class Expn(_Word):
    """EXPN list (RFC 5321 4.1.1.7)."""

    __slots__ = ()
    verb = "EXPN"


class Help(_Word):
    """HELP [topic] (RFC 5321 4.1.1.8)."""

    __slots__ = ()
    verb = "HELP"


class Noop(_Word):
    """NOOP [anything] (RFC 5321 4.1.1.9)."""

    __slots__ = ()
    verb = "NOOP"


class Quit(Command):
    """QUIT (RFC 5321 4.1.1.10)."""

    __slots__ = ()
    verb = "QUIT"


class StartTls(Command):
    """STARTTLS (RFC 3207 4)."""

    __slots__ = ()
    verb = "STARTTLS"


@dataclass(frozen=True, slots=True)
class Auth(Command):
    """AUTH mechanism [initial-response] (RFC 4954 4); the response is base64, or "=" for an empty one."""

    verb = "AUTH"
    mechanism: str
    initial_response: str | None = None

    def arguments(self) -> str:
        return " ".join(filter(None, (self.mechanism, self.initial_response)))


@dataclass(frozen=True, slots=True)
class AuthResponse(Command):
    """The answer to a 334: base64, nothing, or "*" to give up (RFC 4954 4)."""

    verb = "AUTH-RESPONSE"
    response: str

    def encode(self) -> bytes:
        """Give the response and CRLF; there is no verb on the wire."""
        return self.response.encode(*_ENCODING) + b"\r\n"


class Etrn(_Word):
    """ETRN node (RFC 1985 5)."""

    __slots__ = ()
    verb = "ETRN"


class Atrn(_Word):
    """ATRN [domains] (RFC 2645 5)."""

    __slots__ = ()
    verb = "ATRN"


class Turn(Command):
    """TURN: swap the roles of client and server (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "TURN"


class Xclient(_Word):
    """XCLIENT name=value ... (Postfix XCLIENT_README): speak as if for another client."""

    __slots__ = ()
    verb = "XCLIENT"


class Xforward(_Word):
    """XFORWARD name=value ... (Postfix XFORWARD_README): tell whence a message came."""

    __slots__ = ()
    verb = "XFORWARD"


class Greeting(Command):
    """What the greeting answers: the connection itself.  It has no octets."""

    __slots__ = ()
    verb = "CONNECT"

    def encode(self) -> bytes:
        """Give nothing: connecting is not a line."""
        return b""


@dataclass(frozen=True, slots=True)
class Content(Command):
    """What the reply after the end of mail data answers; with LMTP one for each ``recipient``."""

    verb = "CONTENT"
    recipient: str | None = None

    def encode(self) -> bytes:
        """Give nothing: the content itself was sent block by block."""
        return b""


@dataclass(frozen=True, slots=True)
class Raw(Command):
    """A line that is no command we can read; ``line`` is its octets with the line end, if it had one.

    ``problem`` says in one sentence why a known verb's arguments cannot be read; "" for an unknown verb.
    """

    line: bytes
    problem: str = ""

    @property
    def move(self) -> str:
        words = self.line.split(None, 1)
        return words[0].decode("ascii", "replace").upper() if words else "(empty line)"

    def encode(self) -> bytes:
        """Give the line as it is."""
        return self.line


def _no_argument(kind: type[Command]) -> Callable[[str], Command]:
    def read(arguments: str) -> Command:
        if arguments:
            raise ValueError(f"{kind.verb} takes no argument")
        return kind()

    return read


def _word(kind: type[_Word], *, required: bool = False) -> Callable[[str], Command]:
    def read(arguments: str) -> Command:
        if required and not arguments:
            raise ValueError(f"{kind.verb} needs an argument")
        return kind(arguments)

    return read


def _with_path(kind: type[_WithPath]) -> Callable[[str], Command]:
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


# The mechanism's name is no secret, what stands behind it is (RFC 4954 4).
_AUTH_SECRET = re.compile(rb"[ \t]*AUTH[ \t]+[^ \t\r\n]+[ \t]+([^\r\n]*[^\r\n \t])", re.IGNORECASE)


_MAY_HOLD_SECRETS: Final = (Auth, Xclient, Raw)

# Postfix XCLIENT_README and Dovecot's own: what says who the client is.  Whatever else a proxy hands on (a
# session's cookie, forwarded fields) may let others in.
_PUBLIC_ATTRIBUTES: Final = (
    rb"NAME|REVERSE_NAME|ADDR|PORT|PROTO|HELO|LOGIN|DESTNAME|DESTADDR|DESTPORT|TTL|TIMEOUT|CLIENT-TRANSPORT"
)
_XCLIENT: Final = re.compile(rb"[ \t]*XCLIENT[ \t]", re.IGNORECASE)
_XCLIENT_SECRET: Final = re.compile(
    rb"[ \t](?!(?:%s)=)[^ \t\r\n=]+=([^ \t\r\n]+)" % _PUBLIC_ATTRIBUTES, re.IGNORECASE
)


def secret_span(command: Command, octets: bytes) -> tuple[int, int] | None:
    """Give (start, end) of the octets of a line that must not be kept or shown, or None.

    Secret are an initial response and the answer to a challenge, however they are written, and from the first to
    the last value that XCLIENT hands on beyond who the client is.  An answer that is "*", "=" or empty tells
    nothing.
    """
    if isinstance(command, AuthResponse):
        end = len(octets.rstrip(b"\r\n"))
        return None if octets[:end] in (b"", b"*", b"=") else (0, end)
    if not isinstance(command, _MAY_HOLD_SECRETS):
        return None
    if _XCLIENT.match(octets):
        spans = [found.span(1) for found in _XCLIENT_SECRET.finditer(octets)]
        return (spans[0][0], spans[-1][1]) if spans else None
    found = _AUTH_SECRET.match(octets)
    return found.span(1) if found and found[1] != b"=" else None
