"""Octets from the peer, cut anywhere, made into whole lines.

A line ends at LF; whether CR stood before it is for the reader of the line to judge.
Nothing is repaired and nothing is dropped: the lines joined are the octets that came in.
"""

from __future__ import annotations

from collections import deque

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.limits import UNBOUNDED

__all__ = ["ReceiveBuffer"]


class ReceiveBuffer:
    """A queue of whole lines behind which the beginning of the next one waits."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._partial = bytearray()

    def feed(self, octets: bytes) -> None:
        """Take octets, cut anywhere."""
        first, *rest = octets.split(b"\n")
        self._partial += first
        if rest:
            self._lines.append(bytes(self._partial) + b"\n")
            self._partial = bytearray(rest.pop())
            self._lines.extend([line + b"\n" for line in rest])

    def next_line(self) -> bytes | None:
        """Take the next whole line with its line end, or None when none is complete.

        Raises RemoteProtocolError where it has more than limits.UNBOUNDED octets, complete or not.
        """
        line = self._lines[0] if self._lines else self._partial
        if len(line) > UNBOUNDED:
            raise RemoteProtocolError(
                f"no line end within {UNBOUNDED} octets: this is not a server that speaks SMTP",
                hint="check the port",
                octets=bytes(line[:64]),
            )
        return self._lines.popleft() if self._lines else None

    def take_all(self) -> bytes:
        """Empty the buffer and give all that was in it, whole lines and the partial one."""
        octets = b"".join(self._lines) + bytes(self._partial)
        self._lines.clear()
        self._partial.clear()
        return octets

    def __len__(self) -> int:
        return sum(map(len, self._lines)) + len(self._partial)
