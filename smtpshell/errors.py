"""Every exception smtpshell raises, in one tree.

    SmtpshellError
    ├─ UsageError                      the command line or a typed line          exit 2
    ├─ ProtocolError                   never raised itself
    │   ├─ LocalProtocolError          our own octets would break the rules      exit 2
    │   └─ RemoteProtocolError         the peer's octets cannot be read          exit 5
    ├─ TransportError (OSError)
    │   ├─ ConnectError                no connection came about                  exit 3
    │   ├─ TimedOut (TimeoutError)     the peer said nothing in time             exit 3
    │   ├─ ConnectionLost (ConnectionError)  the peer went away                  exit 3
    │   └─ TlsError                    the handshake or the verification failed  exit 4
    ├─ UnexpectedReply                 the user said what to expect              exit 1
    └─ TranscriptError (ValueError)    always says path:line
        ├─ TranscriptSyntaxError       the file is not a transcript              exit 2
        └─ TranscriptMismatch          a replay differed from the recording      exit 1

A negative reply is a value, never an exception.  Each class also inherits the built-in
that a caller unaware of smtpshell would catch.  The message is one line: what happened,
where, and what to do next.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = [
    "ConnectError",
    "ConnectionLost",
    "ExitStatus",
    "LocalProtocolError",
    "Place",
    "ProtocolError",
    "RemoteProtocolError",
    "SmtpshellError",
    "TimedOut",
    "TlsError",
    "TranscriptError",
    "TranscriptMismatch",
    "TranscriptSyntaxError",
    "TransportError",
    "UnexpectedReply",
    "UsageError",
]


class ExitStatus(IntEnum):
    """What the program's exit status says to a script; other programs rely on these numbers."""

    EXPECTED = 0
    """Everything went as expected."""
    NEGATIVE = 1
    """A negative reply (4yz or 5yz) that nothing expected, a failed expectation, or a mismatch in a replay."""
    USAGE = 2
    """The command line, a typed line or a file cannot be understood."""
    CONNECTION = 3
    """No connection, no answer in time, or the connection was lost."""
    TLS = 4
    """The TLS handshake failed, or a certificate that had to be right was not."""
    UNREADABLE = 5
    """The peer's octets cannot be read as SMTP."""
    INTERRUPTED = 130
    """The user interrupted it (128 + SIGINT, as shells count)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a script something stands; ``line`` and ``column`` count from 1, column 0 is the whole line."""

    path: str
    line: int
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" + (f":{self.column}" if self.column else "")


class SmtpshellError(Exception):
    """The root of the tree: catch this to catch all that smtpshell raises on purpose.

    ``hint`` says what to do next; it is part of str(error).  ``place`` is the line of a script that led to it,
    where there is one.
    """

    exit_status: ExitStatus = ExitStatus.USAGE
    place: Place | None = None

    @property
    def told(self) -> str:
        """The error with its place before it."""
        return f"{self.place}: {self}" if self.place else str(self)

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}; {self.hint}" if self.hint else self.message


class UsageError(SmtpshellError):
    """A command line or a typed line cannot be understood.

    ``span`` is the (start, end) of the offending characters in ``line``, for a caret under them.
    """

    def __init__(
        self, message: str, *, hint: str = "", line: str = "", span: tuple[int, int] | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.span = span


class ProtocolError(SmtpshellError):
    """The rules of SMTP were broken; the subclass says by whom.  Never raised itself."""


class LocalProtocolError(ProtocolError):
    """We were asked to send what the rules forbid; raised by a strict Connection only."""


class RemoteProtocolError(ProtocolError):
    """The peer's octets cannot be read as SMTP at all.

    ``octets`` are the first of those that could not be read, as received.
    """

    exit_status = ExitStatus.UNREADABLE

    def __init__(self, message: str, *, hint: str = "", octets: bytes = b"") -> None:
        super().__init__(message, hint=hint)
        self.octets = octets


class TransportError(SmtpshellError, OSError):
    """The connection failed below SMTP."""

    exit_status = ExitStatus.CONNECTION


class ConnectError(TransportError):
    """No connection came about: the name is unknown, or no address accepted."""


class TimedOut(TransportError, TimeoutError):
    """The peer did not answer, or not take our octets, within the time limit of that phase."""


class ConnectionLost(TransportError, ConnectionError):
    """The peer closed or reset the connection where the conversation was not over."""


class TlsError(TransportError):
    """The TLS handshake failed, or a certificate that had to be valid was not."""

    exit_status = ExitStatus.TLS


class UnexpectedReply(SmtpshellError):
    """A reply differs from what the user said to expect."""

    exit_status = ExitStatus.NEGATIVE


class TranscriptError(SmtpshellError, ValueError):
    """Something about a transcript file; str(error) begins with ``path:line`` (and ``:column``).

    ``line`` and ``column`` count from 1; ``column`` 0 means the whole line.
    """

    def __init__(self, message: str, *, path: str, line: int, column: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}" + (f":{self.column}" if self.column else "")
        return f"{where}: {super().__str__()}"


class TranscriptSyntaxError(TranscriptError):
    """The file is not a well-formed transcript."""


class TranscriptMismatch(TranscriptError):
    """A replay differed from the recording."""

    exit_status = ExitStatus.NEGATIVE
