"""A way for one thread to end another one's wait: something to be selected beside a connection."""

from __future__ import annotations

import socket
import threading
import weakref

__all__ = ["Waker"]


class Waker:
    """One thread selects it, another one calls wake(); made of sockets, since Windows selects nothing else.

    They are made when they are needed first, and again after close().
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pair: tuple[socket.socket, socket.socket] | None = None

    def fileno(self) -> int:
        """Give the descriptor to watch."""
        return self._sockets()[0].fileno()

    def wake(self) -> None:
        """End the wait, or the next one."""
        try:
            self._sockets()[1].send(b"!")
        except BlockingIOError:
            pass  # many calls wait to be taken, and one is enough

    def taken(self) -> bool:
        """Whether wake() was called since this was asked last."""
        woken = False
        try:
            while self._pair and self._pair[0].recv(4096):
                woken = True
        except BlockingIOError:
            pass  # that was all
        return woken

    def close(self) -> None:
        """Give the descriptors back; may be called again."""
        with self._lock:
            pair, self._pair = self._pair, None
        for end in pair or ():
            end.close()

    def _sockets(self) -> tuple[socket.socket, socket.socket]:
        with self._lock:
            if self._pair is None:
                self._pair = socket.socketpair()
                for end in self._pair:
                    end.setblocking(False)
                    # Whoever is forgotten without close() gives them back all the same.
                    weakref.finalize(self, end.close)
            return self._pair
