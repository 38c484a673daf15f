"""The server's ear: octets from a client, cut anywhere, made into commands, content, chunks and answers.

It says what it heard and judges nothing.  Whoever answers tells it when content or the answer to a
challenge is due; a BDAT chunk needs no telling, its octets follow the command at once (RFC 3030 2).  The
practice server, a scripted server, a proxy and the client's own Connection (which must know what its octets
mean to a server) all listen with this one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from smtpshell.errors import RemoteProtocolError
from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.commands import AuthResponse, Bdat, Command
from smtpshell.protocol.content import ContentDecoder
from smtpshell.protocol.limits import UNBOUNDED

__all__ = ["ChunkHeard", "CommandHeard", "CommandReader", "ContentHeard", "Heard", "Mode"]


@dataclass(slots=True)
class CommandHeard:
    """A whole line: ``octets`` with its line end, ``command`` what it means (also an AuthResponse)."""

    octets: bytes
    command: Command


@dataclass(frozen=True, slots=True)
class ContentHeard:
    """A block of content: ``octets`` with transparency undone, ``wire`` as they came.

    ``ended`` is true for the last; ``lookalikes`` then counts lone dots between other line ends than CRLF.
    """

    octets: bytes
    wire: bytes
    ended: bool = False
    lookalikes: int = 0


@dataclass(frozen=True, slots=True)
class ChunkHeard:
    """A block of a BDAT chunk; ``ended`` is true when the chunk is complete, ``last`` was on its command."""

    octets: bytes
    last: bool
    ended: bool


Heard = CommandHeard | ContentHeard | ChunkHeard


class Mode(Enum):
    """How the next octets are to be read."""

    COMMAND = "command"
    AUTH_RESPONSE = "auth-response"
    CONTENT = "content"
    CHUNK = "chunk"


_CHUNK, _CONTENT = Mode.CHUNK, Mode.CONTENT  # looked up once: each line asks for them


class CommandReader:
    """Reads one client.  Feed it with receive_data(), take from next_heard() until that gives None."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._chunk = Bdat(0)
        self._chunk_left = 0
        self._decoder: ContentDecoder | None = None
        self.mode: Mode = Mode.COMMAND

    def receive_data(self, octets: bytes) -> None:
        """Take octets from the client, cut anywhere."""
        self._buffer += octets

    def expect_content(self) -> None:
        """Read what follows as content, until the lone dot (after a 354)."""
        self.mode = Mode.CONTENT
        self._decoder = ContentDecoder()

    def expect_auth_response(self) -> None:
        """Read the next line as the answer to a challenge (after a 334)."""
        self.mode = Mode.AUTH_RESPONSE

    def expect_command(self) -> None:
        """Read what follows as commands again."""
        self.mode = Mode.COMMAND
        self._decoder = None

    def take_all(self) -> bytes:
        """Empty the buffer and give what was in it: what a STARTTLS boundary must not let through."""
        octets = bytes(self._buffer)
        self._buffer.clear()
        self._searched = 0
        return octets

    def next_heard(self) -> Heard | None:
        """Give the next thing heard, or None when more octets are needed.

        Raises RemoteProtocolError when a line grows past limits.UNBOUNDED octets.
        """
        if not self._buffer and self.mode is not _CHUNK:
            return None
        if self.mode is _CONTENT:
            return self._content()
        if self.mode is _CHUNK:
            return self._chunk_block()
        return self._line()

    def _content(self) -> Heard | None:
        decoder, wire = self._decoder, self.take_all()
        if decoder is None or not wire:
            return None
        octets = decoder.decode(wire)
        if not decoder.ended:
            return ContentHeard(octets, wire)
        rest = decoder.take_rest()
        self._buffer += rest
        self.expect_command()
        return ContentHeard(octets, wire[: len(wire) - len(rest)], True, decoder.lookalikes)

    def _chunk_block(self) -> Heard | None:
        if not self._buffer and self._chunk_left:
            return None
        block = bytes(self._buffer[: self._chunk_left])
        del self._buffer[: len(block)]
        self._chunk_left -= len(block)
        ended = self._chunk_left == 0
        if ended:
            self.expect_command()
        return ChunkHeard(block, self._chunk.last, ended)

    def _line(self) -> Heard | None:
        end = self._buffer.find(b"\n", self._searched) + 1
        if not end:
            self._searched = len(self._buffer)
            if self._searched > UNBOUNDED:
                raise RemoteProtocolError(
                    f"no line end within {UNBOUNDED} octets", octets=bytes(self._buffer[:64])
                )
            return None
        octets = bytes(self._buffer[:end])
        del self._buffer[:end]
        self._searched = 0
        if self.mode is Mode.AUTH_RESPONSE:
            self.expect_command()
            return CommandHeard(octets, AuthResponse(octets.rstrip(b"\r\n").decode("utf-8", "surrogateescape")))
        command = parse(octets)
        if isinstance(command, Bdat):
            self.mode, self._chunk, self._chunk_left = Mode.CHUNK, command, command.size
        return CommandHeard(octets, command)
