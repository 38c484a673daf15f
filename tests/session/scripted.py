"""A server that does as a function says, on a real loopback socket, in a thread."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["Peer", "Script", "free_port", "served"]

PATIENCE = 40.0
"""Seconds after which a script gives up: a test that hangs should say where."""


def free_port() -> int:
    """Give a port of the loopback that nobody listens on."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


class Peer:
    """One accepted connection, for a script to use."""

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.socket.settimeout(PATIENCE)
        self._buffer = b""

    def say(self, text: str | bytes) -> None:
        """Send octets."""
        self.socket.sendall(text if isinstance(text, bytes) else text.encode())

    def until(self, end: bytes) -> bytes:
        """Read up to and with these octets; less where the client closes."""
        while end not in self._buffer:
            octets = self.socket.recv(65536)
            if not octets:
                break
            self._buffer += octets
        at = self._buffer.find(end) + len(end) if end in self._buffer else len(self._buffer)
        taken, self._buffer = self._buffer[:at], self._buffer[at:]
        return taken

    def line(self) -> bytes:
        """Read one line."""
        return self.until(b"\r\n")

    def answer(self, *replies: str) -> None:
        """Read a line before each of these replies."""
        for reply in replies:
            self.line()
            self.say(reply + "\r\n")

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Do the server's handshake."""
        self.socket = context.wrap_socket(self.socket, server_side=True)

    def wait_for_close(self) -> bytes:
        """Read until the client closes; give what it still sent."""
        rest, self._buffer = self._buffer, b""
        while octets := self.socket.recv(65536):
            rest += octets
        return rest


Script = Callable[[Peer], None]


@contextmanager
def served(script: Script, *, family: int = socket.AF_INET, address: Any = ("127.0.0.1", 0)) -> Iterator[str]:
    """Serve one connection by a script; give HOST:PORT or the socket's path.  What the script raises is raised."""
    raised: list[BaseException] = []
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.settimeout(PATIENCE)
    listening.bind(address)
    listening.listen()

    def run() -> None:
        accepted, _ = listening.accept()
        peer = Peer(accepted)
        try:
            script(peer)
        except BaseException as error:  # noqa: BLE001 (raised again in the test's own thread)
            raised.append(error)
        finally:
            peer.socket.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        where = listening.getsockname()
        yield (
            where
            if isinstance(where, str)
            else f"[{where[0]}]:{where[1]}"
            if ":" in where[0]
            else "{}:{}".format(*where)
        )
        thread.join(PATIENCE)
    finally:
        listening.close()
    if raised:
        raise raised[0]
