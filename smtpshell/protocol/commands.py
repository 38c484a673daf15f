"""The commands a client sends, as values: built for the wire.

``encode()`` gives a command's octets; command_parser.py reads a line back into one.  Whatever cannot be read is
a ``Raw``: nothing is refused here, since a debugger must be able to send what is wrong.  Paths are kept
as the text between the angle brackets; whether they are well formed is abnf.py's to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from smtpshell.protocol.parameters import Parameter

__all__ = [
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
    "OneWord",
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
    "WithPath",
    "Xclient",
    "Xforward",
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
class OneWord(Command):
    """A command with one free argument, possibly empty."""

    argument: str = ""

    def arguments(self) -> str:
        return self.argument


class Ehlo(OneWord):
    """EHLO domain or address literal (RFC 5321 4.1.1.1)."""

    __slots__ = ()
    verb = "EHLO"


class Helo(OneWord):
    """HELO domain (RFC 5321 4.1.1.1)."""

    __slots__ = ()
    verb = "HELO"


class Lhlo(OneWord):
    """LHLO domain, the hello of LMTP (RFC 2033 4.1)."""

    __slots__ = ()
    verb = "LHLO"


@dataclass(frozen=True, slots=True)
class WithPath(Command):
    """A command whose argument is a keyword, a path in angle brackets and ESMTP parameters."""

    keyword: ClassVar[str] = "FROM"
    path: str
    parameters: tuple[Parameter, ...] = ()

    def arguments(self) -> str:
        return " ".join([f"{self.keyword}:<{self.path}>", *map(str, self.parameters)])


class Mail(WithPath):
    """MAIL FROM:<reverse-path> [parameters] (RFC 5321 4.1.1.2); an empty path is the null one."""

    __slots__ = ()
    verb = "MAIL"


class Send(WithPath):
    """SEND FROM:<reverse-path>: to a terminal (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SEND"


class Soml(WithPath):
    """SOML FROM:<reverse-path>: to a terminal or else a mailbox (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SOML"


class Saml(WithPath):
    """SAML FROM:<reverse-path>: to a terminal and a mailbox (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "SAML"


class Rcpt(WithPath):
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


class Vrfy(OneWord):
    """VRFY user or mailbox (RFC 5321 4.1.1.6)."""

    __slots__ = ()
    verb = "VRFY"


class Expn(OneWord):
    """EXPN list (RFC 5321 4.1.1.7)."""

    __slots__ = ()
    verb = "EXPN"


class Help(OneWord):
    """HELP [topic] (RFC 5321 4.1.1.8)."""

    __slots__ = ()
    verb = "HELP"


class Noop(OneWord):
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


class Etrn(OneWord):
    """ETRN node (RFC 1985 5)."""

    __slots__ = ()
    verb = "ETRN"


class Atrn(OneWord):
    """ATRN [domains] (RFC 2645 5)."""

    __slots__ = ()
    verb = "ATRN"


class Turn(Command):
    """TURN: swap the roles of client and server (RFC 821 4.1.1)."""

    __slots__ = ()
    verb = "TURN"


class Xclient(OneWord):
    """XCLIENT name=value ... (Postfix XCLIENT_README): speak as if for another client."""

    __slots__ = ()
    verb = "XCLIENT"


class Xforward(OneWord):
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
