"""Content on the wire: transparency, the end of mail data, line ends.

RFC 5321 4.5.2: the client puts a dot before each line of the content that begins with one; a line
that is a lone dot ends the content; the server takes the added dots off again.  Both directions work
on blocks of any size, cut anywhere, and hold back a few octets at most: memory does not grow with
the message.  BDAT (RFC 3030) needs none of it, its chunks are counted.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["END_OF_CONTENT", "ContentDecoder", "ContentEncoder", "repair_line_ends"]

END_OF_CONTENT: Final = b".\r\n"
"""What ends the content when it stands at the start of a line (RFC 5321 4.1.1.4)."""

# One compiled substitution is several times as fast as bytes.replace here, and as (?m)^\. even more so.
_DOT_AFTER_LF = re.compile(rb"\n\.")
_DOT_AFTER_CRLF = re.compile(rb"\r\n\.")
_BARE_CR = re.compile(rb"\r(?!\n)")


def repair_line_ends(octets: bytes) -> bytes:
    """Make each bare LF and each bare CR a CRLF; CRLF stays (RFC 5321 2.3.8 forbids both).

    ``octets`` is taken as whole: a CR at its end is a bare CR.
    """
    if b"\r" not in octets:
        return octets.replace(b"\n", b"\r\n")
    # Taking every CR away and putting one before every LF is faster than looking for what is bare; where
    # that changes something, a bare CR may have been lost.
    return octets if _crlf(octets) == octets else _crlf(_BARE_CR.sub(b"\n", octets))


def _crlf(octets: bytes) -> bytes:
    """Make LF the only line end, then CRLF of it."""
    return octets.replace(b"\r", b"").replace(b"\n", b"\r\n")


class ContentEncoder:
    """Content of the user's to octets for the wire: line ends repaired, dots stuffed, end added.

    With ``repair=False`` line ends go out as they are, and only CRLF makes a line whose dot is doubled.
    ``octets_in`` counts content octets taken, ``repaired`` and ``stuffed`` the changes made.
    """

    def __init__(self, *, repair: bool = True) -> None:
        self.repair = repair
        self._held_cr = b""
        self._at_line_start = True
        self.octets_in: int = 0
        self.stuffed: int = 0
        self.repaired: int = 0

    def encode(self, octets: bytes) -> bytes:
        """Give the wire form of the next block, cut anywhere; a CR at its end waits for the next."""
        self.octets_in += len(octets)
        octets = self._held_cr + octets
        self._held_cr = b""
        if octets.endswith(b"\r"):
            octets, self._held_cr = octets[:-1], b"\r"
        return self._wire(octets)

    def finish(self) -> bytes:
        """Give what ends the content: a line end where one is missing, then the lone dot."""
        tail = self._wire(self._held_cr)
        self._held_cr = b""
        return tail + (END_OF_CONTENT if self._at_line_start else b"\r\n" + END_OF_CONTENT)

    def _wire(self, octets: bytes) -> bytes:
        if not octets:
            return octets
        length = len(octets)
        if self.repair:
            octets = repair_line_ends(octets)
            self.repaired += len(octets) - length  # each repair adds one octet
            length = len(octets)
            # Looking for one octet is so much faster that asking first pays: base64, the bulk of mail, has no dot.
            if b"." in octets:
                octets = _DOT_AFTER_LF.sub(b"\n..", octets)
        else:
            octets = _DOT_AFTER_CRLF.sub(b"\r\n..", octets)
        if self._at_line_start and octets.startswith(b"."):
            octets = b"." + octets
        self.stuffed += len(octets) - length
        self._at_line_start = octets.endswith(b"\r\n")
        return octets


class ContentDecoder:
    """Octets from the wire to content: finds the end of mail data, takes the added dots off.

    Only CRLF.CRLF ends the content (RFC 5321 4.1.1.4); look-alikes with a bare CR or LF are content,
    and whoever listens may want to know of them: ``lookalikes`` counts lone dots between other line ends.
    """

    _END = b"\r\n.\r\n"
    _LOOKALIKE = re.compile(rb"(?:\n|\r)\.(?=\r|\n)")

    def __init__(self) -> None:
        # The line end of the DATA command stands before the first line of the content.
        self._buffer = bytearray(b"\r\n")
        self._skip = 2
        self._scanned = b""
        self.ended: bool = False
        self.lookalikes: int = 0

    def decode(self, octets: bytes) -> bytes:
        """Give the content octets now known; after the end, ``ended`` is true and take_rest() has more."""
        buffer = self._buffer
        buffer += octets
        end = buffer.find(self._END)
        if end >= 0:
            self.ended = True
            return self._unstuffed(end + 2)
        # Hold back a possible beginning of the end: at most the four octets CR LF . CR.
        return self._unstuffed(len(buffer) - self._held_length())

    def take_rest(self) -> bytes:
        """Give the octets that came behind the end of mail data; they are commands."""
        rest = bytes(self._buffer[len(END_OF_CONTENT) :]) if self.ended else b""
        self._buffer.clear()
        return rest

    def _held_length(self) -> int:
        tail = bytes(self._buffer[-4:])
        return next(n for n in range(4, -1, -1) if n <= len(tail) and self._END.startswith(tail[len(tail) - n :]))

    def _unstuffed(self, length: int) -> bytes:
        block = bytes(self._buffer[:length])
        del self._buffer[:length]
        if not block:
            return block
        # The last two octets of the block before are looked at again: a look-alike may be cut anywhere.
        self.lookalikes += len(self._LOOKALIKE.findall(self._scanned + block))
        self._scanned = (self._scanned + block)[-2:]
        content = _DOT_AFTER_CRLF.sub(b"\r\n", block)[self._skip :]
        self._skip = 0
        return content
