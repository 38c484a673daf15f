"""Octets over a stream socket: TCP by IPv4 and IPv6, every address of a name tried, and unix sockets.

Where a connection begins is ConnectOptions' to say; which hosts take a domain's mail is asked of dns.py.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import ConnectError, TransportError, UsageError
from smtpshell.session.endpoint import Endpoint, to_ascii
from smtpshell.session.options import ConnectOptions
from smtpshell.session.timeouts import CONNECT, Timeouts
from smtpshell.session.transport import RECEIVE_SIZE, MappedErrors

if TYPE_CHECKING:
    from smtpshell.session.duplex import End
    from smtpshell.session.tls import TlsReport, TlsSettings

__all__ = ["SocketTransport", "connect", "connect_to_exchanger"]

_FAMILIES: Final[Mapping[str, int]] = {"any": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}
"""Family of ConnectOptions -> what the system calls it."""

_NOT_READY: Final[tuple[type[OSError], ...]] = (BlockingIOError,)


class SocketTransport:
    """A Transport over a connected stream socket; start_tls() goes on with the same socket inside TLS."""

    def __init__(self, connected: socket.socket, peer: str) -> None:
        self._socket = connected
        self._peer = peer
        self._timeout = connected.gettimeout()
        # What TLS raises is known to tls.py alone; start_tls() puts its own in place of these.
        self._not_ready = _NOT_READY
        self._map_errors(MappedErrors)
        if connected.family != getattr(socket, "AF_UNIX", None):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def peer(self) -> str:
        return self._peer

    def send(self, octets: bytes) -> None:
        with self._sending:
            self._socket.sendall(octets)

    def receive(self) -> bytes:
        with self._waiting:
            return self._socket.recv(RECEIVE_SIZE)

    def receive_ready(self) -> bytes | None:
        with self._reading:
            self._socket.settimeout(0)
            try:
                return self._socket.recv(RECEIVE_SIZE)
            except self._not_ready:
                return None
            finally:
                self._socket.settimeout(self._timeout)

    def set_timeout(self, seconds: float | None) -> None:
        self._timeout = seconds
        if self._socket.gettimeout() == seconds:
            return  # setting it takes a system call
        # A closed socket takes no timeout any more; whoever uses it next is told so there.
        with contextlib.suppress(OSError):
            self._socket.settimeout(seconds)

    def start_tls(self, settings: TlsSettings, server_name: str) -> TlsReport:
        from smtpshell.session import tls

        self._socket, report = tls.client_handshake(self._socket, settings, server_name, self._peer)
        self._not_ready = tls.NOT_READY
        self._map_errors(tls.MappedTlsErrors)
        return report

    def fileno(self) -> int:
        return self._socket.fileno()

    def end(self) -> End:
        """Give the connection as it is now, with or without TLS, to be joined to another (duplex.py)."""
        from smtpshell.session.duplex import End

        return End(self._socket, self._peer)

    def interrupt(self) -> None:
        # Not SSLSocket's own: it forgets TLS first, and what another thread sends then would go out in the clear.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self._socket.close()

    def _map_errors(self, mapped: Callable[[str], MappedErrors]) -> None:
        self._sending = mapped(f"sending to {self._peer}")
        self._waiting = mapped(f"waiting for {self._peer}")
        self._reading = mapped(f"reading from {self._peer}")


def connect(endpoint: Endpoint, timeouts: Timeouts, options: ConnectOptions | None = None) -> SocketTransport:
    """Connect to an endpoint, trying each address of its name in the resolver's order.

    Raises ConnectError, TimedOut; with several addresses it names what came of each.  Raises UsageError where
    a unix socket is to have a source address.
    """
    options = options or ConnectOptions()
    timeout = timeouts.seconds(CONNECT)
    if endpoint.path:
        return _connect_unix(endpoint.path, timeout, options)
    if options.through:
        return _connect_through(endpoint.host, endpoint.port, timeout, options)
    where = f"cannot connect to {endpoint.host} port {endpoint.port}"
    if options.wanted_family != "any":
        where += f" by IPv{options.wanted_family}"
    with MappedErrors(where, connecting=True):
        try:
            found = _addresses(endpoint.host, endpoint.port, options)
        except ValueError as error:  # a label too long, or NUL
            raise ConnectError(f"{where}: no host name", hint="is the name spelt right?") from error
    return _first(where, found, timeout, options)


def connect_to_exchanger(
    endpoint: Endpoint, timeouts: Timeouts, options: ConnectOptions | None = None
) -> tuple[SocketTransport, Endpoint]:
    """Connect to the first mail exchanger of a domain that accepts; give the connection and where it leads.

    All addresses of each are tried, in the order of RFC 5321 5.1.  Raises ConnectError, which names what came
    of each, UsageError.
    """
    from smtpshell.session import dns

    options = options or ConnectOptions()
    resolver = dns.make_resolver(options.nameserver)
    failures: list[str] = []
    hint = ""
    for exchanger in dns.mail_exchangers(endpoint.host, resolver=resolver):
        where = f"cannot connect to {exchanger.host} port {endpoint.port}"
        try:
            if options.through:
                transport = _connect_through(exchanger.host, endpoint.port, timeouts.seconds(CONNECT), options)
                return transport, Endpoint("smtp", exchanger.host, endpoint.port)
            hosts = dns.addresses(exchanger.host, resolver=resolver, family=options.wanted_family)
            found = [address for host in hosts for address in _addresses(host, endpoint.port, options)]
            transport = _first(where, found, timeouts.seconds(CONNECT), options)
        except TransportError as error:
            failures.append(error.message)
            hint = error.hint
        else:
            return transport, Endpoint("smtp", exchanger.host, endpoint.port)
    raise ConnectError(f"no mail exchanger of {endpoint.host} accepts: {', '.join(failures)}", hint=hint)


def _addresses(host: str, port: int, options: ConnectOptions) -> list[tuple[int, Any]]:
    """Give (family, socket address) for each address of a host, as the system orders them."""
    if not host.isascii():
        host = to_ascii(host)
    found = socket.getaddrinfo(host, port, _FAMILIES[options.wanted_family], socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _first(
    where: str, addresses: Iterable[tuple[int, Any]], timeout: float, options: ConnectOptions
) -> SocketTransport:
    """Connect to the first address that accepts; ``where`` begins the message where none does."""
    failures: list[TransportError] = []
    for family, address in addresses:
        host, port = address[:2]
        peer = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            return _open(family, address, peer, timeout, options)
        except TransportError as error:
            failures.append(error)
    if len(failures) == 1:
        raise failures[0]
    reasons = ", ".join(failure.message for failure in failures)
    raise ConnectError(f"{where}: {reasons}", hint=failures[-1].hint)


def _connect_through(host: str, port: int, timeout: float, options: ConnectOptions) -> SocketTransport:
    from smtpshell.session import socks

    with MappedErrors(f"cannot reach {options.through}", connecting=True):
        connected = socks.connect_through(options.through, to_ascii(host), port, timeout)
        connected.settimeout(timeout)
        if options.proxy_header:
            connected.sendall(options.proxy_header)
        return SocketTransport(connected, f"[{host}]:{port}" if ":" in host else f"{host}:{port}")


def _connect_unix(path: str, timeout: float, options: ConnectOptions) -> SocketTransport:
    if not hasattr(socket, "AF_UNIX"):
        raise ConnectError(f"cannot connect to {path}: no unix sockets here", hint="use TCP")
    if options.source_address or options.source_port or options.family != "any" or options.through:
        raise UsageError(
            f"{path} is a unix socket, which has no addresses", hint="leave out source, family and proxy"
        )
    return _open(socket.AF_UNIX, path, path, timeout, options)


def _open(family: int, address: Any, peer: str, timeout: float, options: ConnectOptions) -> SocketTransport:
    with MappedErrors(f"cannot connect to {peer}", connecting=True):
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(timeout)
            if options.source_address or options.source_port:
                _bind(connection, options, peer)
            connection.connect(address)
            if options.proxy_header:  # sending nothing already fails on a connection that was reset
                connection.sendall(options.proxy_header)
            return SocketTransport(connection, peer)
        except BaseException:
            connection.close()
            raise


def _bind(connection: socket.socket, options: ConnectOptions, peer: str) -> None:
    """Give our end its address and port.  Raises ConnectError."""
    # Else a port stays taken for a minute after its last connection (TIME-WAIT, RFC 9293 3.3.2).
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        connection.bind((options.source_address, options.source_port))
    except OSError as error:
        own = f"{options.source_address or 'any address'} port {options.source_port or 'any'}"
        raise ConnectError(
            f"cannot connect to {peer} from {own}: {error.strerror}",
            hint="the source must be an address of this host and a free port; those below 1024 are for root",
        ) from error
