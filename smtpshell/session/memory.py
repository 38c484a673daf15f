"""A transport without a network: what is sent goes to a function, what that returns is received.

For tests and lessons that want a conversation exactly as written, cut exactly as told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from smtpshell.errors import ConnectionLost, TimedOut, TlsError

if TYPE_CHECKING:
    from smtpshell.session.tls import TlsReport, TlsSettings

__all__ = ["MemoryTransport"]


class MemoryTransport:
    """Joins a client to ``answer``: octets from the client in, octets for it out; None hangs up.

    ``opening`` is what the server says first.  ``cuts`` are the sizes of successive reads, in octets; after
    the last everything there is comes at once.  ``sent`` keeps all that the client sent.
    """

    peer = "memory"

    def __init__(
        self, answer: Callable[[bytes], bytes | None], *, opening: bytes = b"", cuts: Iterable[int] = ()
    ) -> None:
        self._answer = answer
        self._cuts = iter(cuts)
        self._waiting: deque[bytes] = deque(_cut(opening, self._cuts))
        self._hung_up = False
        self.sent: bytes = b""

    def send(self, octets: bytes) -> None:
        """Hand the octets to the server and queue what it answers."""
        if self._hung_up:
            raise ConnectionLost("sending to memory: the server has hung up")
        self.sent += octets
        answer = self._answer(octets)
        if answer is None:
            self._hung_up = True
        else:
            self._waiting.extend(_cut(answer, self._cuts))

    def receive(self) -> bytes:
        """Give the next read; raise TimedOut at once where nothing is there and nothing can come."""
        octets = self.receive_ready()
        if octets is None:
            raise TimedOut("waiting for memory: nothing came in time")
        return octets

    def receive_ready(self) -> bytes | None:
        """Give the next read, b"" after the server hung up, or None."""
        return self._waiting.popleft() if self._waiting else b"" if self._hung_up else None

    def hang_up(self) -> None:
        """Close the server's side; what it has said is still received."""
        self._hung_up = True

    def set_timeout(self, seconds: float | None) -> None:
        """Accept any limit: nothing takes time here."""

    def start_tls(self, settings: TlsSettings, server_name: str) -> TlsReport:
        """Refuse: there is no TLS in memory."""
        raise TlsError("there is no TLS in memory", hint="use a socket")

    def interrupt(self) -> None:
        """End both ways."""
        self._hung_up = True

    def fileno(self) -> int:
        """Give -1: there is nothing to watch."""
        return -1

    def close(self) -> None:
        """Hang up from the client's side."""
        self._hung_up = True


def _cut(octets: bytes, sizes: Iterator[int]) -> Iterator[bytes]:
    while octets:
        size = next(sizes, len(octets))
        yield octets[:size]
        octets = octets[size:]
