"""Octets from the peer, cut anywhere, made into whole lines, and lines into replies.

A line ends at LF; whether CR stood before it is for the reader of the line to judge.  A reply ends with the
first line that has no hyphen behind its code; an unreadable line is a reply of its own (600), or belongs to the
reply it stands in.  Nothing is repaired and nothing is dropped: the replies joined are the octets that came in.
"""

from __future__ import annotations

from collections import deque

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply, ReplyLine

__all__ = ["ReceiveBuffer"]


class ReceiveBuffer:
    """A queue of whole lines behind which the beginning of the next one waits.

    ``reply_begun`` are the lines taken so far of a reply whose last line is not here yet.
    """

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque()
        self._partial = bytearray()
        self.reply_begun: list[bytes] = []

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

    def next_reply(self) -> Reply | None:
        """Take the next whole reply, or None when none is complete.  Raises what next_line() raises."""
        lines = self.reply_begun
        while (line := self.next_line()) is not None:
            lines.append(line)
            code = ReplyLine(line).code
            unreadable = code == UNPARSABLE
            if len(lines) == 1 if unreadable else line[3:4] != b"-":
                self.reply_begun = []
                return Reply(code, tuple(lines))
        return None

    def end(self) -> Reply | None:
        """Give what is left at the end of the stream as reply 621, or None where nothing is."""
        begun, self.reply_begun = self.reply_begun, []
        rest = self.take_all()
        return Reply(END_INSIDE_REPLY, (*begun, rest) if rest else tuple(begun)) if begun or rest else None

    def take_all(self) -> bytes:
        """Empty the buffer and give all that was in it, whole lines and the partial one."""
        octets = b"".join(self._lines) + bytes(self._partial)
        self._lines.clear()
        self._partial.clear()
        return octets

    def __len__(self) -> int:
        return sum(map(len, self._lines)) + len(self._partial)
