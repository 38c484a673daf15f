"""Octets from the peer, cut anywhere, made into whole lines, and lines into replies.

A line ends at LF; whether CR stood before it is for the reader of the line to judge.  A reply ends with the
first line that has no hyphen behind its code; an unreadable line is a reply of its own (600), or belongs to the
reply it stands in.  Nothing is repaired and nothing is dropped: the replies joined are the octets that came in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.limits import UNBOUNDED
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE, Reply, code_of

__all__ = ["ReceiveBuffer"]


class ReceiveBuffer:
    """A queue of whole lines behind which the beginning of the next one waits, to be taken as replies.

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

    def replies(self) -> Iterator[Reply]:
        """Take whole replies, as many as are complete.

        Raises RemoteProtocolError for a line of more than limits.UNBOUNDED octets, complete or not.
        """
        lines, begun = self._lines, self.reply_begun
        while lines:
            line = lines.popleft()
            if len(line) > UNBOUNDED:
                raise _no_line_end(line)
            code = code_of(line[:4])
            if begun if code == UNPARSABLE else line[3:4] == b"-":
                begun.append(line)
            elif begun:
                reply = Reply(code, (*begun, line))
                begun.clear()
                yield reply
            else:
                yield Reply(code, (line,))
        if len(self._partial) > UNBOUNDED:
            raise _no_line_end(self._partial)

    def end(self) -> Reply | None:
        """Give what is left at the end of the stream as reply 621, or None where nothing is."""
        rest = self.take_all()
        lines = (*self.reply_begun, rest) if rest else tuple(self.reply_begun)
        self.reply_begun.clear()
        return Reply(END_INSIDE_REPLY, lines) if lines else None

    def take_all(self) -> bytes:
        """Empty the buffer and give all that was in it, whole lines and the partial one."""
        octets = b"".join(self._lines) + bytes(self._partial)
        self._lines.clear()
        self._partial.clear()
        return octets

    def __len__(self) -> int:
        return sum(map(len, self._lines)) + len(self._partial)


def _no_line_end(line: bytes | bytearray) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"no line end within {UNBOUNDED} octets: this is not a server that speaks SMTP",
        hint="check the port",
        octets=bytes(line[:64]),
    )
