"""The listener: a thread for each connection, TLS, unix sockets, and an end that leaves nothing behind."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpshell.errors import ConnectError, TimedOut, UsageError
from smtpshell.practice.certificate import make_certificate
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.tls_server import server_context


def echo(conversation: Conversation) -> None:
    """Send back what comes, in capitals, until the client has nothing more."""
    while octets := conversation.receive():
        conversation.send(octets.upper())


def ask(listener: Listener, octets: bytes) -> bytes:
    """Connect, send, and read until the other side closes."""
    with socket.create_connection((listener.host, listener.port), timeout=10) as client:
        client.sendall(octets)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)


def read_all(client: socket.socket) -> bytes:
    """Read until the other side closes."""
    received = b""
    while octets := client.recv(65536):
        received += octets
    return received


def threads() -> set[str]:
    """Name the threads that a listener starts."""
    return {
        thread.name for thread in threading.enumerate() if thread.name.startswith(("listener", "conversation"))
    }


def test_each_client_has_its_own_conversation() -> None:
    """Several clients are served at once, each by a handler of its own."""
    with Listener(echo) as listener:
        clients = [socket.create_connection((listener.host, listener.port), timeout=10) for _ in range(8)]
        for number, client in enumerate(clients):
            client.sendall(b"client %x" % number)
        assert [client.recv(100) for client in reversed(clients)] == [
            b"CLIENT %x".upper() % number for number in range(7, -1, -1)
        ]
        for client in clients:
            client.close()
    assert threads() == set()


def test_the_system_chooses_the_port() -> None:
    """Port 0 becomes a free port, which the listener tells; two of them never meet."""
    with Listener(echo) as one, Listener(echo) as other:
        assert 0 < one.port != other.port > 0
        assert one.where == f"127.0.0.1:{one.port}"
        assert ask(one, b"hello") == b"HELLO"


def test_a_unix_socket(tmp_path: Path) -> None:
    """A unix socket is made, served and removed; one that exists is not taken away from its owner."""
    path = str(tmp_path / "socket")
    with Listener(echo, unix_path=path) as listener:
        assert (listener.where, listener.host, listener.port) == (path, "", 0)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(10)
            client.connect(path)
            client.sendall(b"hello")
            assert client.recv(100) == b"HELLO"
        with pytest.raises(ConnectError, match=r"cannot listen on .*; give a path that does not exist"):
            Listener(echo, unix_path=path)
    assert not Path(path).exists()


CANNOT_LISTEN = [("no-such-host.invalid", 0), ("192.0.2.1", 0), ("127.0.0.1", 99999), ("x" * 100, 0)]


@pytest.mark.parametrize(("host", "port"), CANNOT_LISTEN)
def test_an_address_that_is_not_ours(host: str, port: int) -> None:
    """What cannot be listened on raises one line that names it."""
    with pytest.raises(ConnectError, match=f"cannot listen on {host} port {port}: "):
        Listener(echo, host, port)


def test_implicit_tls_wants_a_context() -> None:
    """implicit_tls without a certificate is a mistake of the caller's, told before anything is opened."""
    with pytest.raises(UsageError, match="certificate"):
        Listener(echo, implicit_tls=True)


def test_implicit_tls() -> None:
    """The handshake comes before the handler, which sees the octets inside; the end of TLS is said properly."""
    made = make_certificate()
    seen: list[str] = []

    def handler(conversation: Conversation) -> None:
        seen.append(conversation.tls)
        conversation.send(conversation.receive().upper())

    with Listener(
        handler,
        implicit_tls=True,
        tls_context_factory=lambda: server_context(made.chain_pem, made.key_pem),
    ) as listener:
        context = ssl.create_default_context(cadata=made.ca_pem.decode())
        with (
            socket.create_connection((listener.host, listener.port), timeout=10) as client,
            context.wrap_socket(client, server_hostname="localhost", suppress_ragged_eofs=False) as inside,
        ):
            inside.sendall(b"hello")
            assert read_all(inside) == b"HELLO"
        # Neither rubbish nor silence instead of a handshake keeps others out.
        assert b"HELLO" not in ask(listener, b"hello")
    assert [description.split()[0] for description in seen] == ["TLSv1.3"]


def sending(conversation: Conversation) -> None:
    """Send more than a client that does not read has room for."""
    for _ in range(1000):
        conversation.send(bytes(1 << 20))


def receiving(conversation: Conversation) -> None:
    """Wait for octets that do not come, as long as it takes."""
    conversation.set_timeout(None)
    conversation.receive()


def handshaking(conversation: Conversation) -> None:
    """Begin a handshake that the client does not take part in."""
    made = make_certificate()
    context = server_context(made.chain_pem, made.key_pem)
    conversation.set_timeout(None)
    conversation.send(b"begin")
    conversation.start_tls(context)


@pytest.mark.parametrize("handler", [sending, receiving, handshaking])
def test_closing_ends_whatever_goes_on(handler: Callable[[Conversation], None]) -> None:
    """close() ends a handler that waits for its client, in whichever way, and leaves no thread."""
    began = threading.Event()

    def noted(conversation: Conversation) -> None:
        began.set()
        handler(conversation)

    listener = Listener(noted)
    with socket.create_connection((listener.host, listener.port), timeout=10):
        assert began.wait(10)
        started = time.monotonic()
        listener.close()
        assert time.monotonic() - started < 10
        assert threads() == set()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((listener.host, listener.port), timeout=10)


def test_a_handler_may_say_goodbye() -> None:
    """When the listener closes, receive() gives b"", ``closing`` is true, and what is sent then arrives."""

    def polite(conversation: Conversation) -> None:
        conversation.send(b"hello ")
        conversation.receive()
        conversation.send(b"goodbye" if conversation.closing else b"?")

    listener = Listener(polite)
    with socket.create_connection((listener.host, listener.port), timeout=10) as client:
        assert client.recv(6) == b"hello "
        listener.close()
        assert read_all(client) == b"goodbye"


def test_a_time_limit() -> None:
    """A client that says nothing within the limit makes receive() raise TimedOut."""
    raised: list[str] = []

    def impatient(conversation: Conversation) -> None:
        conversation.set_timeout(0.01)
        try:
            conversation.receive()
        except TimedOut as error:
            raised.append(str(error))

    with (
        Listener(impatient) as listener,
        socket.create_connection((listener.host, listener.port), timeout=10) as client,
    ):
        assert read_all(client) == b""
        peer = client.getsockname()
    assert len(raised) == 1
    assert f"{peer[0]}:{peer[1]}" in raised[0]


def test_a_lost_client_concerns_nobody_else() -> None:
    """A handler whose client went away ends silently; the next client is served."""
    lost = threading.Event()

    def talkative(conversation: Conversation) -> None:
        try:
            while True:
                conversation.send(b"x" * 65536)
        finally:
            lost.set()

    with Listener(talkative) as listener:
        socket.create_connection((listener.host, listener.port), timeout=10).close()
        assert lost.wait(10)
        with socket.create_connection((listener.host, listener.port), timeout=10) as client:
            assert client.recv(1) == b"x"
