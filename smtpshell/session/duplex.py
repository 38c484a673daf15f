"""Two connections joined: what either end says goes to the other, unchanged and at once.

It knows nothing of SMTP: it shows every block to a listener, after it has been passed on.  Both ways run in one
thread and never wait for each other, so that a peer that stops reading stops only what is said to it; at most
one block a way is kept.  The sockets stay whose they were, and are left non-blocking.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from smtpshell.errors import TransportError
from smtpshell.session.transport import RECEIVE_SIZE, MappedErrors

__all__ = ["LAST_WORDS", "Duplex", "End", "Ending"]

LAST_WORDS: Final = 600.0
"""Seconds that a server has to end, once its client has: one that only stopped sending still reads, and the reply
to content may take as long (RFC 5321 4.5.3.2.6)."""

_LOOK: Final = 0.5
"""Seconds between two looks at ``stopping`` while nothing can come from the client, which would tell."""


class End:
    """One end of a connection, with or without TLS, that never waits."""

    def __init__(self, connected: socket.socket, peer: str) -> None:
        connected.settimeout(0)
        self._socket = connected
        self._peer = peer
        self._not_ready: tuple[type[OSError], ...] = (BlockingIOError,)
        if type(connected) is not socket.socket:
            from smtpshell.session.tls import NOT_READY

            self._not_ready = NOT_READY

    def fileno(self) -> int:
        """Give the descriptor to watch."""
        return self._socket.fileno()

    def receive_ready(self) -> bytes | None:
        """Give what is there, or None; b"" means closed.  Raises ConnectionLost."""
        with MappedErrors(f"waiting for {self._peer}"):
            try:
                return self._socket.recv(RECEIVE_SIZE)
            except self._not_ready:
                return None

    def send_ready(self, octets: bytes) -> int:
        """Send what can be sent now and give how much that was.  Raises ConnectionLost."""
        with MappedErrors(f"sending to {self._peer}"):
            try:
                return self._socket.send(octets)
            except self._not_ready:
                return 0

    def end_sending(self) -> None:
        """Say that no more will be sent; receiving goes on.  Raises ConnectionLost."""
        with MappedErrors(f"sending to {self._peer}"):
            # Not the method of an SSLSocket, which would read the rest as if there were no TLS.
            socket.socket.shutdown(self._socket, socket.SHUT_WR)


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended first; ``reset`` without the usual goodbye of TCP, ``stopped`` where neither did."""

    by_server: bool = False
    reset: bool = False
    stopped: bool = False


@dataclass(slots=True)
class _Way:
    """One direction.  ``pending`` waits for the target; ``ready`` says that reading may give something."""

    source: End
    target: End
    from_server: bool
    pending: bytes = b""
    reading: bool = True
    writing: bool = True
    ready: bool = True

    @property
    def can_read(self) -> bool:
        return self.reading and not self.pending

    def flush(self) -> None:
        """Pass on as much as the target takes; a target that is gone takes everything."""
        try:
            while self.writing and self.pending and (sent := self.target.send_ready(self.pending)):
                self.pending = self.pending[sent:]
        except TransportError:
            self.writing = False
        if not self.writing:
            self.pending = b""


@dataclass(slots=True, kw_only=True)
class Duplex:
    """Joins a client and a server, once, by run().

    ``heard(from_server, octets)`` is told of each block and says by True that here is a boundary: run() then
    reads no more.  ``stopping`` says that somebody wants it to end.
    """

    client: End
    server: End
    heard: Callable[[bool, bytes], bool]
    stopping: Callable[[], bool]
    _ending: Ending | None = None
    _boundary: bool = False
    _deadline: float | None = None
    _watched: dict[End, int] = field(default_factory=dict)

    def run(self) -> Ending | None:
        """Pass octets on until both are done (give who ended it), or up to a boundary (give None)."""
        to_server = _Way(self.client, self.server, from_server=False)
        to_client = _Way(self.server, self.client, from_server=True)
        with selectors.DefaultSelector() as selector:
            while True:
                self._step(to_server)
                self._step(to_client)
                if self.stopping():
                    return Ending(stopped=True)
                if self._boundary and not to_server.pending and not to_client.pending:
                    return None
                if not to_client.reading and not to_client.pending:
                    return self._ending
                if self._deadline is not None and time.monotonic() > self._deadline:
                    return self._ending
                self._wait(selector, to_server, to_client)

    def _step(self, way: _Way) -> None:
        """Pass on what waits, then one block more."""
        way.flush()
        if not (way.can_read and way.ready) or self._boundary:
            return
        try:
            octets = way.source.receive_ready()
        except TransportError:
            self._end(way, reset=True)
            return
        if octets is None:
            way.ready = False
        elif octets:
            way.pending = octets
            way.flush()
            self._boundary = self.heard(way.from_server, octets)
        else:
            self._end(way, reset=False)

    def _end(self, way: _Way, *, reset: bool) -> None:
        way.reading = False
        self._ending = self._ending or Ending(by_server=way.from_server, reset=reset)
        if not way.from_server:
            self._deadline = time.monotonic() + LAST_WORDS
            try:
                self.server.end_sending()
            except TransportError:
                way.writing = False

    def _wait(self, selector: selectors.BaseSelector, to_server: _Way, to_client: _Way) -> None:
        """Wait until something can go on."""
        reading = [way for way in (to_server, to_client) if way.can_read and not self._boundary]
        for end, incoming, outgoing in ((self.client, to_server, to_client), (self.server, to_client, to_server)):
            mask = selectors.EVENT_READ if incoming in reading else 0
            self._watch(selector, end, mask | (selectors.EVENT_WRITE if outgoing.pending else 0))
        timeout = 0.0 if any(way.ready for way in reading) else None if to_server in reading else _LOOK
        ready = {key.fileobj for key, mask in selector.select(timeout) if mask & selectors.EVENT_READ}
        for way in reading:
            # Inside TLS octets can be there already though the descriptor has none: what was ready stays so.
            way.ready = way.ready or way.source in ready

    def _watch(self, selector: selectors.BaseSelector, end: End, mask: int) -> None:
        before = self._watched.get(end, 0)
        if mask == before:
            return
        if not mask:
            selector.unregister(end)
        elif before:
            selector.modify(end, mask)
        else:
            selector.register(end, mask)
        self._watched[end] = mask
