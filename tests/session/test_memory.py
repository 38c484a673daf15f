"""The transport without a network."""

from __future__ import annotations

import pytest

from smtpshell.errors import ConnectionLost, TimedOut, TlsError
from smtpshell.session.memory import MemoryTransport
from smtpshell.session.session import Session
from smtpshell.session.tls import TlsSettings


def answer(octets: bytes) -> bytes | None:
    """Answer like a small server."""
    return {b"QUIT\r\n": None}.get(octets, b"250 ok\r\n")


def test_a_session_in_memory() -> None:
    """A conversation goes on in reads as they were told to be cut."""
    transport = MemoryTransport(answer, opening=b"220 mx\r\n", cuts=[3, 5, 1])
    assert transport.receive() == b"220"
    session = Session(transport)
    session.connection.receive_data(b"220")
    assert session.wait_for_replies() is not None
    assert session.noop().code == 250
    assert transport.sent == b"NOOP\r\n"
    assert transport.fileno() == -1


def test_hanging_up() -> None:
    """None from the server hangs up; what it said before is still received."""
    transport = MemoryTransport(answer, opening=b"220 mx\r\n")
    assert transport.receive_ready() == b"220 mx\r\n"
    assert transport.receive_ready() is None
    transport.set_timeout(1.0)
    with pytest.raises(TimedOut):
        transport.receive()
    transport.send(b"NOOP\r\n")
    transport.send(b"QUIT\r\n")
    assert [transport.receive(), transport.receive()] == [b"250 ok\r\n", b""]
    with pytest.raises(ConnectionLost):
        transport.send(b"NOOP\r\n")


def test_there_is_no_tls_in_memory() -> None:
    """Asking for TLS is refused, and the session is closed then."""
    session = Session(MemoryTransport(answer, opening=b"220 mx\r\n"))
    with pytest.raises(TlsError):
        session.complete_tls(TlsSettings())
    assert session.closed
