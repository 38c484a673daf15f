"""Octets from the peer, cut anywhere, made into whole lines, and lines into replies.

A line ends at LF; whether CR stood before it is for the reader of the line to judge.  A reply ends with the
first line that has no hyphen behind its code; an unreadable line is a reply of its own (600), or belongs to the
reply it stands in.  Nothing is repaired and nothing is dropped: the replies joined are the octets that came in.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import lru_cache

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
        if self._partial:
            end = octets.find(b"\n") + 1 or len(octets)
            self._partial += octets[:end]
            if not self._partial.endswith(b"\n"):
                return
            self._lines.append(bytes(self._partial))
            self._partial.clear()
            octets = octets[end:]
        end = octets.rfind(b"\n") + 1
        self._partial += octets[end:]
        whole = octets[:end]
        lines = whole.splitlines(keepends=True)
        if len(lines) != whole.count(b"\n"):  # a bare CR has cut a line
            lines = [line + b"\n" for line in whole.split(b"\n")[:-1]]
        self._lines.extend(lines)

    def replies(self) -> Iterator[Reply]:
        """Take whole replies, as many as are complete.

        Raises RemoteProtocolError for a line of more than limits.UNBOUNDED octets, complete or not.
        """
        lines, begun, longest = self._lines, self.reply_begun, UNBOUNDED
        take = lines.popleft
        while lines:
            line = take()
            if len(line) > longest:
                raise _no_line_end(line)
            code, goes_on = _opening(line[:4])
            if goes_on or (begun and code == UNPARSABLE):
                begun.append(line)
            elif begun:
                reply = Reply(code, (*begun, line))
                begun.clear()
                yield reply
            else:
                yield Reply(code, (line,))
        if len(self._partial) > UNBOUNDED:
            raise _no_line_end(self._partial)

    @property
    def partial_line(self) -> bytes:
        """The beginning of a line whose end is not here yet."""
        return bytes(self._partial)

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


@lru_cache(maxsize=256)
def _opening(octets: bytes) -> tuple[int, bool]:
    """Give the code that the first four octets of a line are, and whether more lines of the reply follow."""
    code = code_of(octets)
    return code, code != UNPARSABLE and octets[3:] == b"-"


def _no_line_end(line: bytes | bytearray) -> RemoteProtocolError:
    return RemoteProtocolError(
        f"no line end within {UNBOUNDED} octets: this is not a server that speaks SMTP",
        hint="check the port",
        octets=bytes(line[:64]),
    )
