"""The other side of a connection: accept clients and give each to a handler, in a thread of its own.

It knows nothing of SMTP.  A handler is a function that takes a Conversation, reads octets from it and writes
octets to it until it returns; what it says last reaches the client, then the connection is closed.  close()
ends everything: each handler is told (``receive()`` gives b"" and ``closing`` is true) and may still say
goodbye, and when close() returns no thread and no socket is left.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectError, TransportError, UsageError
from smtpshell.session.transport import RECEIVE_SIZE, MappedErrors

if TYPE_CHECKING:
    from smtpshell.session.duplex import End
    from smtpshell.session.tls_server import ServerContext

__all__ = ["Conversation", "Handler", "Listener"]

_BACKLOG: Final = 128
"""Connections the system keeps until they are accepted."""

_TIMEOUT: Final = 30.0
"""Seconds to wait for a client until the handler sets its own limit: implicit TLS comes before that."""

_LINGER: Final = 0.5
"""Seconds a finished conversation waits for its client to close: closing at once would, with octets
unread, reset the connection and could destroy the last reply on its way (RFC 1122 4.2.2.13)."""

_LINGER_READS: Final = 64
"""Reads after which a client that goes on sending is cut off."""

_GOODBYE: Final = 1.0
"""Seconds a handler has to end after close(); then its socket is taken away."""


class Conversation:
    """One accepted connection, as its handler sees it."""

    def __init__(self, accepted: socket.socket, peer: str) -> None:
        self._socket = accepted
        self.peer = peer
        self.tls: str = ""
        self.closing: bool = False

    def send(self, octets: bytes) -> None:
        """Send all the octets.  Raises TimedOut, ConnectionLost."""
        with MappedErrors(f"sending to {self.peer}"):
            self._socket.sendall(octets)

    def receive(self) -> bytes:
        """Wait for octets; b"" means the client closed, or (``closing``) the listener does.

        Raises TimedOut, ConnectionLost.
        """
        if self.closing:
            return b""
        with MappedErrors(f"waiting for {self.peer}"):
            return self._socket.recv(RECEIVE_SIZE)

    def set_timeout(self, seconds: float | None) -> None:
        """Limit each later send, receive and handshake; None waits for ever."""
        self._socket.settimeout(seconds)

    def start_tls(self, context: ServerContext) -> None:
        """Do the server's handshake; ``tls`` says then what was agreed on.

        Raises TimedOut, ConnectionLost; nothing more can be said to the client then.
        """
        from smtpshell.session import tls_server

        with MappedErrors(f"TLS handshake with {self.peer}"):
            self._socket = tls_server.wrapped(self._socket, context)
            if self.closing:
                # interrupt() may have met the socket that was just used up.
                raise ConnectionAbortedError("the listener is being closed")
            self.tls = tls_server.handshake(self._socket)

    def end(self) -> End:
        """Give the connection as it is now, with or without TLS, to be joined to another (duplex.py)."""
        from smtpshell.session.duplex import End

        return End(self._socket, self.peer)

    def finish(self) -> None:
        """End our side, let the client read what was said last, and close."""
        with contextlib.suppress(OSError):
            if self.tls:
                from smtpshell.session.tls_server import end_tls

                end_tls(self._socket)
            # Not the method of an SSLSocket, which would read the rest as if there were no TLS.
            socket.socket.shutdown(self._socket, socket.SHUT_WR)
            self._socket.settimeout(0 if self.closing else _LINGER)
            reads = iter(lambda: socket.socket.recv(self._socket, RECEIVE_SIZE), b"")
            deque(islice(reads, _LINGER_READS), maxlen=0)
        self.close()

    def interrupt(self, how: int = socket.SHUT_RD) -> None:
        """End a wait in another thread: reading stops, or with SHUT_RDWR everything."""
        self.closing = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, how)

    def close(self) -> None:
        """Close at once; may be called again."""
        self._socket.close()

    def reset(self) -> None:
        """Close with a reset: the client gets an error instead of an end."""
        with contextlib.suppress(OSError):
            # SO_LINGER on, for no time at all.
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


Handler = Callable[[Conversation], None]


class Listener:
    """Accepts connections from its construction on, until close(); a context manager.

    Port 0 lets the system choose; ``host`` and ``port`` say what came of it.  ``unix_path`` listens on a unix
    socket instead, which must not exist yet and is removed by close().  With ``implicit_tls`` each connection
    begins with a handshake, in the context that ``tls_context_factory`` gives.  Raises ConnectError.
    """

    def __init__(
        self,
        handler: Handler,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls_context_factory: Callable[[], ServerContext] | None = None,
        implicit_tls: bool = False,
        unix_path: str | None = None,
    ) -> None:
        if implicit_tls and tls_context_factory is None:
            raise UsageError("implicit TLS needs a certificate", hint="give tls_context_factory")
        self._handler = handler
        self._tls_context_factory = tls_context_factory if implicit_tls else None
        self.unix_path = unix_path
        self._listening = _listen_unix(unix_path) if unix_path else _listen_tcp(host, port)
        self._listening.setblocking(False)
        self.host: str = "" if unix_path else self._listening.getsockname()[0]
        self.port: int = 0 if unix_path else self._listening.getsockname()[1]
        self._waker, self._woken = socket.socketpair()
        self._lock = threading.Lock()
        self._open: dict[threading.Thread, Conversation] = {}
        self._closed = False
        self._accepting = threading.Thread(target=self._accept, name=f"listener {self.where}", daemon=True)
        self._accepting.start()

    @property
    def where(self) -> str:
        """The address listened on: "127.0.0.1:2525" or a socket's path."""
        return self.unix_path or _written(self._listening.family, (self.host, self.port))

    def interrupt(self) -> None:
        """End every conversation there is now, as close() does, but go on accepting others."""
        with self._lock:
            still_open = list(self._open.values())
        for conversation in still_open:
            conversation.interrupt()

    def close(self) -> None:
        """Stop accepting, end every conversation, wait for all threads; may be called again."""
        if self._closed:
            return
        self._closed = True
        self._waker.send(b"x")
        self._accepting.join()
        for opened in (self._listening, self._waker, self._woken):
            opened.close()
        if self.unix_path:
            Path(self.unix_path).unlink(missing_ok=True)
        with self._lock:
            still_open = dict(self._open)
        for conversation in still_open.values():
            conversation.interrupt()
        for thread, conversation in still_open.items():
            thread.join(_GOODBYE)
            if thread.is_alive():
                conversation.interrupt(socket.SHUT_RDWR)
        for thread in still_open:
            thread.join()

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listening, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not self._closed:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    return
                try:
                    accepted, address = self._listening.accept()
                except OSError:
                    # The client has gone again, or descriptors are short: wait for the next, or for close().
                    self._woken.settimeout(0.05)
                    with contextlib.suppress(TimeoutError):
                        self._woken.recv(1, socket.MSG_PEEK)
                    continue
                self._begin(accepted, address)

    def _begin(self, accepted: socket.socket, address: object) -> None:
        accepted.settimeout(_TIMEOUT)
        if not self.unix_path:
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        conversation = Conversation(accepted, self.unix_path or _written(accepted.family, address))
        thread = threading.Thread(
            target=self._run, args=[conversation], name=f"conversation with {conversation.peer}", daemon=True
        )
        with self._lock:
            self._open[thread] = conversation
        thread.start()

    def _run(self, conversation: Conversation) -> None:
        try:
            # A lost connection ends its conversation and concerns nobody else.
            with contextlib.suppress(TransportError):
                if self._tls_context_factory is not None:
                    conversation.start_tls(self._tls_context_factory())
                self._handler(conversation)
            conversation.finish()
        finally:
            conversation.close()
            with self._lock:
                del self._open[threading.current_thread()]


def _listen_tcp(host: str, port: int) -> socket.socket:
    try:
        if port not in range(65536):
            # Or getaddrinfo takes the rest of a division.
            raise OSError("ports go up to 65535")
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server((address[0], port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConnectError(
            f"cannot listen on {host} port {port}: {reason}",
            hint="give an address of this machine and a port that is free; 0 lets the system choose one",
        ) from error


def _listen_unix(path: str) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(path)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ConnectError(
            f"cannot listen on {path}: {error.strerror or error}",
            hint="give a path that does not exist yet, in a folder you may write to",
        ) from error
    return listening


def _written(family: int, address: object) -> str:
    """Write a peer's address for people, the IPv6 one in brackets."""
    host, port = address[:2] if isinstance(address, tuple) else (str(address), 0)
    return f"[{host}]:{port}" if family == socket.AF_INET6 else f"{host}:{port}"
