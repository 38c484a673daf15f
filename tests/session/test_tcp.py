"""Sockets: every way to connect, every way to fail, on the loopback."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest

from smtpshell.errors import ConnectError, ConnectionLost, ExitStatus, TimedOut, TlsError, TransportError
from smtpshell.session import tcp
from smtpshell.session.endpoint import Endpoint
from smtpshell.session.timeouts import Timeouts
from smtpshell.session.tls import MappedTlsErrors
from smtpshell.session.transport import MappedErrors
from tests.session.scripted import Peer, free_port, served


def greet(peer: Peer) -> None:
    """Say the greeting, and wait until the client goes."""
    peer.say("220 mx\r\n")
    peer.wait_for_close()


def connect(where: str) -> tcp.SocketTransport:
    """Connect with a short limit."""
    return tcp.connect(Endpoint.parse(where), Timeouts(5.0))


def test_ipv4() -> None:
    """An IPv4 address is connected to, and the peer is named by it."""
    with served(greet) as where:
        transport = connect(where)
        assert transport.peer == where
        assert transport.receive() == b"220 mx\r\n"
        transport.close()
        transport.close()
        assert transport.fileno() == -1


def test_ipv6() -> None:
    """An IPv6 address in brackets is connected to."""
    try:
        with served(greet, family=socket.AF_INET6, address=("::1", 0)) as where:
            transport = connect(where)
            assert transport.peer == where
            assert transport.receive() == b"220 mx\r\n"
            transport.close()
    except OSError as error:
        if isinstance(error, TransportError):
            raise
        pytest.skip(f"no IPv6 here: {error}")


def test_unix_socket(tmp_path: Path) -> None:
    """A unix socket is connected to by its path."""
    path = str(tmp_path / "smtp")
    with served(greet, family=socket.AF_UNIX, address=path) as where:
        transport = connect(where)
        assert transport.peer == path
        assert transport.receive() == b"220 mx\r\n"
        transport.close()


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> None:
    """Let every name have these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_every_address_of_a_name_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the first addresses refuse, the next one is taken."""
    with served(greet) as where:
        port = int(where.rpartition(":")[2])
        resolve_to(monkeypatch, ("127.0.0.1", free_port()), ("127.0.0.1", port))
        transport = connect("mail.example.test")
        assert transport.peer == where
        assert transport.receive() == b"220 mx\r\n"
        transport.close()


def test_every_address_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all addresses fail the error tells of each, in one line."""
    first, second = free_port(), free_port()
    resolve_to(monkeypatch, ("127.0.0.1", first), ("127.0.0.1", second))
    with pytest.raises(ConnectError) as caught:
        connect("mail.example.test")
    message = str(caught.value)
    assert message.startswith("cannot connect to mail.example.test port 25: ")
    assert f"127.0.0.1:{first}: Connection refused" in message
    assert f"127.0.0.1:{second}: Connection refused" in message
    assert message.endswith("; is the server running, and is this its port?")
    assert "\n" not in message


def test_connection_refused() -> None:
    """A port nobody listens on says so, with what to ask next."""
    port = free_port()
    with pytest.raises(ConnectError, match=rf"^cannot connect to 127\.0\.0\.1:{port}: Connection refused; is the"):
        connect(f"127.0.0.1:{port}")


@pytest.mark.parametrize("host", ["mail.invalid", "a" * 64 + ".invalid", "nul\0.invalid"])
def test_unknown_host(host: str) -> None:
    """A name that does not exist, or cannot, is an error of its own, exit 3."""
    with pytest.raises(ConnectError, match="is the name spelt right") as caught:
        connect(host)
    assert caught.value.exit_status is ExitStatus.CONNECTION


@pytest.mark.parametrize("name", ["missing", "x" * 200])
def test_unix_socket_that_is_not_there(tmp_path: Path, name: str) -> None:
    """A path that is no socket, or too long to be one, is a ConnectError that names it."""
    path = str(tmp_path / name)
    with pytest.raises(ConnectError, match=r"^cannot connect to " + path):
        connect(path)


def test_nothing_comes_in_time() -> None:
    """A server that says nothing ends the wait; the connection is still good afterwards."""

    def talk_late(peer: Peer) -> None:
        peer.line()
        peer.say("220 late\r\n")
        peer.wait_for_close()

    with served(talk_late) as where:
        transport = connect(where)
        transport.set_timeout(0.05)
        with pytest.raises(TimedOut, match=r"^waiting for .*: nothing came in time; wait longer"):
            transport.receive()
        assert transport.receive_ready() is None
        transport.set_timeout(5.0)
        transport.send(b"hello?\r\n")
        assert transport.receive() == b"220 late\r\n"
        transport.close()


def test_a_reset_is_a_lost_connection() -> None:
    """A server that resets the connection is told of as lost, whatever was being done."""

    def reset(peer: Peer) -> None:
        peer.line()  # a reset before that could meet the client while it still connects
        peer.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with served(reset) as where:
        transport = connect(where)
        transport.send(b"NOOP\r\n")
        with pytest.raises(ConnectionLost, match=r"^waiting for .*; the server's log may say why"):
            transport.receive()
        with pytest.raises(ConnectionLost):
            transport.send(b"NOOP\r\n")
        transport.close()
        transport.set_timeout(1.0)
        for use in (transport.receive, transport.receive_ready, lambda: transport.send(b"x")):
            with pytest.raises(ConnectionLost):
                use()


def all_kinds(kind: type[OSError]) -> list[type[OSError]]:
    """List an exception and all below it that the system and OpenSSL raise: those of the standard library."""
    below = [found for child in kind.__subclasses__() for found in all_kinds(child)]
    return [found for found in (kind, *below) if found.__module__ in ("builtins", "socket", "ssl")]


SYSTEM = [kind for kind in all_kinds(OSError) if not issubclass(kind, ssl.SSLError)]
OPENSSL = all_kinds(ssl.SSLError)
GONE = {ssl.SSLEOFError, ssl.SSLZeroReturnError}


@pytest.mark.parametrize("kind", SYSTEM, ids=lambda kind: str(kind.__name__))
def test_every_system_error_is_mapped(kind: type[OSError]) -> None:
    """Each OSError becomes one of ours, with a message of one line and a hint; the cause is kept."""
    for mapped in (MappedErrors, MappedTlsErrors):
        error = kind(99, "it went wrong")
        with pytest.raises(TransportError, match=r"^doing it: ") as caught, mapped("doing it"):
            raise error
        assert caught.value.__cause__ is error
        assert caught.value.hint
        assert caught.value.exit_status is ExitStatus.CONNECTION
    with pytest.raises((ConnectError, TimedOut)), MappedErrors("connecting", connecting=True):
        raise kind(99, "it went wrong")


@pytest.mark.parametrize("kind", OPENSSL, ids=lambda kind: str(kind.__name__))
def test_every_tls_error_is_mapped(kind: type[ssl.SSLError]) -> None:
    """Each ssl.SSLError is a TlsError in the handshake; later on a peer that goes away is a lost connection."""
    with (
        pytest.raises(TlsError, match=r"^shaking hands: ") as caught,
        MappedTlsErrors("shaking hands", handshake=True),
    ):
        raise kind(1, "it went wrong")
    assert caught.value.exit_status is ExitStatus.TLS
    with pytest.raises(ConnectionLost if kind in GONE else TlsError), MappedTlsErrors("reading"):
        raise kind(1, "it went wrong")


def test_our_own_errors_pass_unchanged() -> None:
    """What is mapped already is not mapped again."""
    error = TimedOut("too late")
    with pytest.raises(TimedOut) as caught, MappedTlsErrors("outer"):
        raise error
    assert caught.value is error
