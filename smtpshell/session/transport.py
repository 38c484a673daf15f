"""The seam between a session and whatever carries its octets.

A transport knows nothing of SMTP.  All it raises is a TransportError of errors.py; MappedErrors turns
what the operating system and OpenSSL raise into those, in this one place.
"""

from __future__ import annotations

import socket
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol

from smtpshell.errors import ConnectError, ConnectionLost, TimedOut, TransportError

if TYPE_CHECKING:
    from smtpshell.session.tls import TlsReport, TlsSettings

__all__ = ["RECEIVE_SIZE", "MappedErrors", "Transport"]

RECEIVE_SIZE: Final = 65536
"""Octets asked for in one read: more than a TLS record (16384, RFC 8446 5.1), as much as a pipe holds."""


class Transport(Protocol):
    """Carries octets to one peer and back."""

    @property
    def peer(self) -> str:
        """Who is at the other end, for people: "127.0.0.1:25" or a socket's path."""

    def send(self, octets: bytes) -> None:
        """Send all the octets.  Raises TimedOut, ConnectionLost."""

    def receive(self) -> bytes:
        """Wait for octets and give at most RECEIVE_SIZE; b"" means closed.  Raises TimedOut, ConnectionLost."""

    def receive_ready(self) -> bytes | None:
        """Give what is there without waiting, or None; b"" means closed.  Raises ConnectionLost."""

    def set_timeout(self, seconds: float | None) -> None:
        """Limit each later send and receive; None waits for ever."""

    def start_tls(self, settings: TlsSettings, server_name: str) -> TlsReport:
        """Do the client's TLS handshake.  Raises TlsError, TimedOut, ConnectionLost."""

    def fileno(self) -> int:
        """Give the descriptor to watch for reading, -1 where there is none."""

    def interrupt(self) -> None:
        """End the stream both ways: what another thread sends or waits for fails, nothing more goes out."""

    def close(self) -> None:
        """Close; may be called again."""


# What the operating system raises -> what we raise, most special first.
_MAPPING: Final[tuple[tuple[type[OSError], type[TransportError], str], ...]] = (
    (TimeoutError, TimedOut, "wait longer with --timeout, or ask whether a firewall drops the packets"),
    (ConnectionRefusedError, ConnectError, "is the server running, and is this its port?"),
    (ConnectionError, ConnectionLost, "the server's log may say why"),
    (socket.gaierror, ConnectError, "is the name spelt right?"),
    (FileNotFoundError, ConnectError, "is the server running, and is this its socket?"),
    (PermissionError, ConnectError, "you may not open that socket or port"),
    (OSError, ConnectionLost, "look at the network"),
)


class MappedErrors:
    """Turns every OSError raised inside into a TransportError that says ``what`` was being done.

    TransportErrors pass unchanged; ssl.SSLError is mapped in tls.py, before it gets here.  One can be entered
    again and again, which costs a tenth of what a generator does.
    """

    def __init__(self, what: str, *, connecting: bool = False) -> None:
        self._what = what
        self._connecting = connecting

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, OSError) and not isinstance(error, TransportError):
            raise self._mapped(error) from error

    def _mapped(self, error: OSError) -> TransportError:
        kind, hint = next((kind, hint) for raised, kind, hint in _MAPPING if isinstance(error, raised))
        if self._connecting and kind is ConnectionLost:
            kind = ConnectError
        reason = "nothing came in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return kind(f"{self._what}: {reason}", hint=hint)
