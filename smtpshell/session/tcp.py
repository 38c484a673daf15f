"""Octets over a stream socket: TCP by IPv4 and IPv6, every address of a name tried, and unix sockets."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import ConnectError, TransportError
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.timeouts import CONNECT, Timeouts
from smtpshell.session.transport import RECEIVE_SIZE, mapped_errors

if TYPE_CHECKING:
    from smtpshell.session.tls import TlsReport, TlsSettings

__all__ = ["SocketTransport", "connect"]

_NOT_READY: Final[tuple[type[OSError], ...]] = (BlockingIOError,)


class SocketTransport:
    """A Transport over a connected stream socket; start_tls() goes on with the same socket inside TLS."""

    def __init__(self, connected: socket.socket, peer: str) -> None:
        self._socket = connected
        self._peer = peer
        self._timeout = connected.gettimeout()
        # What TLS raises is known to tls.py alone; start_tls() puts its own in place of these two.
        self._not_ready = _NOT_READY
        self._mapped: Callable[[str], AbstractContextManager[None]] = mapped_errors
        if connected.family != getattr(socket, "AF_UNIX", None):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def peer(self) -> str:
        return self._peer

    def send(self, octets: bytes) -> None:
        with self._mapped(f"sending to {self._peer}"):
            self._socket.sendall(octets)

    def receive(self) -> bytes:
        with self._mapped(f"waiting for {self._peer}"):
            return self._socket.recv(RECEIVE_SIZE)

    def receive_ready(self) -> bytes | None:
        with self._mapped(f"reading from {self._peer}"):
            self._socket.settimeout(0)
            try:
                return self._socket.recv(RECEIVE_SIZE)
            except self._not_ready:
                return None
            finally:
                self._socket.settimeout(self._timeout)

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        # A closed socket takes no timeout any more; whoever uses it next is told so there.
        with contextlib.suppress(OSError):
            self._socket.settimeout(seconds)

    def start_tls(self, settings: TlsSettings, server_name: str) -> TlsReport:
        from smtpshell.session import tls

        self._socket, report = tls.client_handshake(self._socket, settings, server_name, self._peer)
        self._not_ready, self._mapped = tls.NOT_READY, tls.mapped_tls_errors
        return report

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()


def connect(endpoint: Endpoint, timeouts: Timeouts) -> SocketTransport:
    """Connect to an endpoint, trying each address of its name in the resolver's order.

    Raises ConnectError, TimedOut; with several addresses it names what came of each.
    """
    timeout = timeouts.seconds(CONNECT)
    if endpoint.path:
        if not hasattr(socket, "AF_UNIX"):
            raise ConnectError(f"cannot connect to {endpoint.path}: no unix sockets here", hint="use TCP")
        return _open(socket.AF_UNIX, endpoint.path, endpoint.path, timeout)
    where = f"cannot connect to {endpoint.host} port {endpoint.port}"
    with mapped_errors(where, connecting=True):
        try:
            found: list[Any] = socket.getaddrinfo(endpoint.host, endpoint.port, type=socket.SOCK_STREAM)
        except ValueError as error:  # a label too long, or NUL
            raise ConnectError(f"{where}: no host name", hint="is the name spelt right?") from error
    failures: list[TransportError] = []
    for family, _, _, _, address in found:
        host, port = address[:2]
        try:
            return _open(family, address, f"[{host}]:{port}" if ":" in host else f"{host}:{port}", timeout)
        except TransportError as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    reasons = ", ".join(failure.message for failure in failures)
    raise ConnectError(f"{where}: {reasons}", hint=failures[-1].hint)


def _open(family: int, address: Any, peer: str, timeout: float) -> SocketTransport:
    with mapped_errors(f"cannot connect to {peer}", connecting=True):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            connection.connect(address)
            return SocketTransport(connection, peer)
        except BaseException:
            connection.close()
            raise
