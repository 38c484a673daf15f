"""Two connections joined: octets unchanged, both ways at once, half-closed, slow, huge, reset."""

from __future__ import annotations

import hashlib
import socket
import struct
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

import pytest

from smtpshell.session.duplex import Duplex, End, Ending


@dataclass
class Joined:
    """The outer ends of a Duplex that runs in a thread; what it heard, and how it ended."""

    client: socket.socket
    server: socket.socket
    heard: list[tuple[bool, bytes]] = field(default_factory=list)
    endings: list[Ending | None] = field(default_factory=list)
    stop: bool = False
    boundary: bytes = b"\0"
    thread: threading.Thread = field(default_factory=threading.Thread)

    def hear(self, from_server: bool, octets: bytes) -> bool:
        """Keep a block; a boundary is where the wanted octets stand."""
        self.heard.append((from_server, octets[:64]))
        return self.boundary in octets

    def ending(self) -> Ending | None:
        """Wait for the end."""
        self.thread.join(10)
        (ending,) = self.endings
        return ending


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Give both ends of a connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        one = socket.create_connection(listening.getsockname())
        other, _ = listening.accept()
    one.settimeout(10)
    return one, other


@contextmanager
def joined(boundary: bytes = b"\0") -> Iterator[Joined]:
    """Join two connections."""
    client, inner_client = tcp_pair()
    server, inner_server = tcp_pair()
    both = Joined(client, server, boundary=boundary)
    duplex = Duplex(
        client=End(inner_client, "the client"),
        server=End(inner_server, "the server"),
        heard=both.hear,
        stopping=lambda: both.stop,
    )

    def run() -> None:
        both.endings.append(duplex.run())
        inner_client.close()
        inner_server.close()

    both.thread = threading.Thread(target=run, daemon=True)
    both.thread.start()
    with closing(client), closing(server):
        yield both
        both.stop = True
        client.close()
        server.close()
        both.thread.join(10)
        assert not both.thread.is_alive()


def everything(end: socket.socket) -> bytes:
    """Receive until the end."""
    return b"".join(iter(lambda: end.recv(65536), b""))


def test_part_of_a_line_passes_at_once() -> None:
    """No octet waits for a line end."""
    with joined() as both:
        for octets in (b"2", b"20 mx", b"\xff\0"[:1]):
            both.server.sendall(octets)
            assert both.client.recv(100) == octets
        both.client.sendall(b"E")
        assert both.server.recv(100) == b"E"


def test_a_client_that_stops_sending_still_reads() -> None:
    """Its half-close reaches the server, and the server's last words reach it."""
    with joined() as both:
        both.client.sendall(b"QUIT\r\n")
        both.client.shutdown(socket.SHUT_WR)
        assert everything(both.server) == b"QUIT\r\n"
        both.server.sendall(b"221 bye\r\n")
        both.server.close()
        assert everything(both.client) == b"221 bye\r\n"
        assert both.ending() == Ending(by_server=False)


def test_a_server_that_closes_ends_it() -> None:
    """What it said last arrives first."""
    with joined() as both:
        both.server.sendall(b"421 bye\r\n")
        both.server.close()
        assert everything(both.client) == b"421 bye\r\n"
        assert both.ending() == Ending(by_server=True)


def test_a_reset_is_told() -> None:
    """By whichever side it came."""
    for by_server in (True, False):
        with joined() as both:
            end = both.server if by_server else both.client
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            end.close()
            if not by_server:
                assert everything(both.server) == b""
                both.server.close()
            assert both.ending() == Ending(by_server=by_server, reset=True)


def test_neither_way_waits_for_the_other() -> None:
    """A server that answers much and reads late, and a client that reads late, do not lock each other up."""
    with joined() as both:
        asked, answered = b"NOOP\r\n" * 300_000, b"250 ok\r\n" * 300_000

        def serve() -> None:
            both.server.sendall(answered)
            both.server.shutdown(socket.SHUT_WR)

        sending = [
            threading.Thread(target=both.client.sendall, args=[asked], daemon=True),
            threading.Thread(target=serve, daemon=True),
        ]
        for thread in sending:
            thread.start()
        received = b""
        while len(received) < len(asked):
            received += both.server.recv(65536)
        assert received == asked
        assert everything(both.client) == answered


def test_memory_is_flat_for_what_is_huge() -> None:
    """64 MiB pass, unchanged, in less than 2 MiB."""
    block = bytes(range(1, 256)) * 4096
    rounds = 64
    with joined() as both:

        def send() -> None:
            for _ in range(rounds):
                both.client.sendall(block)

        sender = threading.Thread(target=send, daemon=True)
        tracemalloc.start()
        try:
            sender.start()
            digest, left = hashlib.sha256(), rounds * len(block)
            while left:
                octets = both.server.recv(65536)
                digest.update(octets)
                left -= len(octets)
                both.heard.clear()
            assert tracemalloc.get_traced_memory()[1] < 2 << 20
        finally:
            tracemalloc.stop()
        assert digest.digest() == hashlib.sha256(block * rounds).digest()


def test_nothing_is_read_beyond_a_boundary() -> None:
    """The octets up to it have been passed on; what comes after is for whoever goes on."""
    with joined(b"220 go") as both:
        both.server.sendall(b"220 go\r\n")
        assert both.client.recv(100) == b"220 go\r\n"
        assert both.ending() is None


@pytest.mark.parametrize("half_closed", [False, True])
def test_it_ends_when_asked_to(half_closed: bool) -> None:
    """Also where only the server could still say something."""
    with joined() as both:
        if half_closed:
            both.client.shutdown(socket.SHUT_WR)
            assert everything(both.server) == b""
        both.stop = True
        if not half_closed:
            both.server.sendall(b"wake up")
        assert both.ending() == Ending(stopped=True)
