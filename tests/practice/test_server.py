"""The practice server over sockets: TLS, time limits, its end, and clients that behave badly."""

from __future__ import annotations

import os
import smtplib
import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from smtpshell.errors import ConnectError
from smtpshell.practice import PracticeServer

TRANSACTION = b"EHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nDATA\r\n"


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    """Run a practice server for one test."""
    with PracticeServer() as server:
        yield server


@contextmanager
def connected(server: PracticeServer) -> Iterator[tuple[socket.socket, BinaryIO]]:
    """Connect and read the greeting; give the socket, and a file to read replies from."""
    with (
        socket.create_connection((server.host, server.port), timeout=10) as client,
        client.makefile("rb") as replies,
    ):
        assert replies.readline().startswith(b"220 practice.example.test ESMTP ")
        yield client, replies


def last_line(replies: BinaryIO) -> bytes:
    """Read one reply; give its last line."""
    while (line := replies.readline())[3:4] == b"-":
        pass
    return line


def test_starttls_discards_what_was_injected(server: PracticeServer) -> None:
    """Commands in the same segment as STARTTLS are never answered, neither before nor inside TLS."""
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    with connected(server) as (client, replies):
        client.sendall(b"EHLO c\r\n")
        assert last_line(replies).startswith(b"250 ")
        client.sendall(b"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\nNOOP\r\n")
        assert last_line(replies).startswith(b"220 ")
        with context.wrap_socket(client, server_hostname="practice.example.test") as inside:
            inside.sendall(b"RCPT TO:<student@example.test>\r\nEHLO c\r\nQUIT\r\n")
            received = b""
            while octets := inside.recv(65536):
                received += octets
    assert [line[:4] for line in received.splitlines() if line[3:4] == b" "] == [b"503 ", b"250 ", b"221 "]
    assert b"STARTTLS" not in received


def test_a_failed_handshake_ends_that_conversation_only(server: PracticeServer) -> None:
    """Rubbish instead of a handshake closes the connection; the next client is served."""
    with connected(server) as (client, replies):
        client.sendall(b"EHLO c\r\n")
        last_line(replies)
        client.sendall(b"STARTTLS\r\n")
        last_line(replies)
        client.sendall(b"this is no ClientHello\r\n")
        assert b"220" not in replies.read()
    with connected(server) as (client, replies):
        client.sendall(b"QUIT\r\n")
        assert last_line(replies).startswith(b"221 2.0.0 ")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "practice.example.test"])
def test_the_certificate_names(server: PracticeServer, name: str) -> None:
    """The certificate is valid for each name a client may use, for who trusts the server's authority."""
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    with connected(server) as (client, replies):
        client.sendall(b"EHLO c\r\n")
        last_line(replies)
        client.sendall(b"STARTTLS\r\n")
        last_line(replies)
        with context.wrap_socket(client, server_hostname=name) as inside:
            inside.sendall(b"QUIT\r\n")
            assert inside.recv(100).startswith(b"221 ")


def test_the_authority_as_a_file() -> None:
    """ca_file() writes the authority once, and close() removes it."""
    with PracticeServer() as server:
        path = Path(server.ca_file())
        assert path.read_bytes() == server.ca_pem
        assert server.ca_file() == str(path)
    assert not path.exists()


def test_implicit_tls() -> None:
    """smtps: the handshake comes first, and the server knows that it is inside TLS."""
    with PracticeServer(implicit_tls=True) as server:
        assert server.url == f"smtps://127.0.0.1:{server.port}"
        context = ssl.create_default_context(cadata=server.ca_pem.decode())
        with smtplib.SMTP_SSL("localhost", server.port, context=context) as client:
            client.sendmail("a@example.org", ["student@example.test"], b"x\r\n")
            assert not client.has_extn("starttls")
        assert [message.tls for message in server.mailboxes.mailbox("student").messages] == [True]


def test_lmtp_over_a_unix_socket(tmp_path: Path) -> None:
    """LMTP on a unix socket: a reply for each recipient; the socket is gone when the server is closed."""
    path = tmp_path / "lmtp"
    with PracticeServer(lmtp=True, unix_path=str(path)) as server:
        assert server.url == f"lmtp+unix://{path}"
        with socket.socket(socket.AF_UNIX) as client, client.makefile("rb") as replies:
            client.connect(str(path))
            client.sendall(
                b"LHLO c\r\nMAIL FROM:<>\r\nRCPT TO:<student@example.test>\r\nRCPT TO:<picky@example.test>\r\n"
            )
            client.sendall(b"DATA\r\nx\r\n.\r\nQUIT\r\n")
            codes = [line[:3] for line in replies.read().splitlines() if line[3:4] == b" "]
        assert codes == [b"220", b"250", b"250", b"250", b"250", b"354", b"250", b"554", b"221"]
        assert len(server.mailboxes.mailbox("student").messages) == 1
    assert not path.exists()


def test_ipv6() -> None:
    """The server listens on an IPv6 address as well, and writes it in brackets."""
    try:
        server = PracticeServer("::1").start()
    except ConnectError as error:
        pytest.skip(f"no IPv6 loopback here: {error}")
    try:
        assert server.url == f"smtp://[::1]:{server.port}"
        with smtplib.SMTP("::1", server.port) as client:
            assert client.noop()[0] == 250
    finally:
        server.close()


def test_a_port_in_use(server: PracticeServer) -> None:
    """A second server on the same port raises one clear line."""
    with pytest.raises(
        ConnectError, match=rf"cannot listen on 127\.0\.0\.1 port {server.port}: .*; give an address"
    ):
        PracticeServer(port=server.port).start()


def test_closing_says_421() -> None:
    """Clients in the middle of anything hear 421 when the server is closed."""
    server = PracticeServer().start()
    with connected(server) as (_, idle_replies), connected(server) as (busy, busy_replies):
        busy.sendall(TRANSACTION + b"half a mess")
        assert [last_line(busy_replies)[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
        server.close()
        server.close()
        assert idle_replies.read().startswith(b"421 4.3.2 practice.example.test ")
        assert busy_replies.read().startswith(b"421 4.3.2 practice.example.test ")
    assert server.mailboxes.mailbox("student").messages == []


def test_closing_says_421_inside_tls() -> None:
    """The 421 goes through TLS, and so does the end of it."""
    server = PracticeServer().start()
    context = ssl.create_default_context(cadata=server.ca_pem.decode())
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        client.starttls(context=context)
        server.close()
        assert client.getreply()[0] == 421
        client.close()


def test_too_slow_a_client() -> None:
    """A client that says nothing for too long is told 421 and let go."""
    with PracticeServer(timeout=0.05) as server, connected(server) as (_, replies):
        assert replies.read().startswith(b"421 4.4.2 practice.example.test ")


def test_an_abrupt_end_delivers_nothing(server: PracticeServer) -> None:
    """A client that resets the connection inside the content has sent no message; the others go on."""
    with connected(server) as (client, replies):
        client.sendall(TRANSACTION + b"half a mess")
        assert [last_line(replies)[:3] for _ in range(4)] == [b"250", b"250", b"250", b"354"]
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with smtplib.SMTP(server.host, server.port) as client_after:
        client_after.sendmail("a@example.org", ["teacher@example.test"], b"x\r\n")
    server.close()
    assert [len(box.messages) for box in server.mailboxes if box.row.name in ("student", "teacher")] == [0, 1]


def test_the_last_reply_survives_what_the_client_sends_behind(server: PracticeServer) -> None:
    """Octets behind QUIT, read by nobody, do not reset the connection before 221 is read."""
    with connected(server) as (client, replies):
        client.sendall(b"QUIT\r\n" + b"NOOP\r\n" * 10000)
        client.shutdown(socket.SHUT_WR)
        assert replies.read().startswith(b"221 2.0.0 ")


def test_a_mebibyte_without_an_end(server: PracticeServer) -> None:
    """A client that sends lines without end is told so and cut off."""
    with connected(server) as (client, replies):
        client.sendall(b"A" * (1 << 20) + b"A")
        assert replies.readline().startswith(b"421 4.7.0 ")
        assert replies.read() == b""


def test_the_message_of_some_size(server: PracticeServer) -> None:
    """20 MiB arrive, to the octet."""
    content = os.urandom(1 << 20).replace(b"\r", b"r").replace(b"\n", b"\r\n") * 20 + b"\r\n"
    with smtplib.SMTP(server.host, server.port) as client:
        client.sendmail("a@example.org", ["student@example.test"], content)
    (message,) = server.mailboxes.mailbox("student").messages
    assert message.content == content
