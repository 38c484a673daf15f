r"""What a script is read from: octets as they are needed, the lines counted, and what went wrong in which of them.

A byte order mark at the begin is no part of the first line.  A here-document is what stands between the line that
asks for it and a line of its own:

    /data <<END
    Subject: hello

    /this is content, and # so is this
    .
    END
"""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from smtpshell.errors import Place, SmtpshellError, UsageError

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["BLOCK", "FileOrHere", "HereDocument", "Source", "here_document", "without_end"]

BLOCK: Final = 65536
"""Octets of content gathered before they are sent: a system call a block, not a line."""

LONGEST: Final = 16 << 20
"""Octets a command line may have; what is longer is no script."""

_IN_MEMORY: Final = 1 << 20
"""Octets of a here-document that are kept in memory; more goes to a temporary file."""


@dataclass(frozen=True, slots=True)
class HereDocument:
    """Content that stands in the script itself, up to the line ``end``."""

    end: str

    def __str__(self) -> str:
        return f"<<{self.end}"


FileOrHere = Path | HereDocument
"""Where content comes from."""


class Source:
    """A script being read; ``name`` is "" where its lines have no numbers that would help (-c).

    ``line`` is the number of the line read last, ``faults`` are the errors that happened in this script and that
    no expectation can make good.  ``file`` tells a file from others, by whatever path.
    ``more`` tells that something else follows: what the script leaves unfinished stays so.
    """

    def __init__(
        self, stream: BinaryIO, name: str = "", *, file: tuple[int, int] | None = None, more: bool = False
    ) -> None:
        self.name = name
        self.more = more
        self.file = file
        self.line: int = 0
        self.faults: list[SmtpshellError] = []
        self._stream = stream
        self._line_ends = 0
        self._begun = False

    @property
    def place(self) -> Place | None:
        """Where the line read last stands."""
        return Place(self.name, self.line) if self.name else None

    def close(self) -> None:
        """Close a file; what was open before stays so."""
        if self.file is not None:
            self._stream.close()

    def command(self) -> str | None:
        """Give the next line, without its end; None at the end of the script.  Raises UsageError."""
        octets = self.piece(LONGEST)
        if not octets:
            return None
        if len(octets) == LONGEST and not octets.endswith(b"\n"):
            raise UsageError(f"the line is longer than {LONGEST >> 20} MiB", hint="is it a script at all?")
        return without_end(octets).decode("utf-8", "surrogateescape")

    def piece(self, limit: int = BLOCK) -> bytes:
        """Give octets up to a line end, or so many."""
        self.line = self._line_ends + 1
        piece = self._stream.readline(limit)
        if piece.endswith(b"\n"):
            self._line_ends += 1
        if not self._begun and piece.startswith(BOM_UTF8):
            piece = piece.removeprefix(BOM_UTF8) or self._stream.readline(limit)
        self._begun = True
        return piece

    def octets(self, count: int) -> bytes:
        """Give so many octets, or those that are left, whatever they are."""
        octets = self._stream.read(count)
        self._line_ends += octets.count(b"\n")
        return octets

    def here(self, end: str) -> BinaryIO:
        """Give the lines up to the line ``end`` as a file, with CRLF line ends.  Raises UsageError."""
        import tempfile

        begin = self.line
        file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (given away)
        at_line_start = True
        try:
            while piece := self.piece():
                ended = piece.endswith(b"\n")
                if at_line_start and without_end(piece) == end.encode("utf-8", "surrogateescape"):
                    file.seek(0)
                    self.line = begin
                    return file  # type: ignore[return-value]  # it has all that a BinaryIO has
                file.write(without_end(piece) + b"\r\n" if ended else piece)
                at_line_start = ended
        except OSError as error:
            file.close()
            raise UsageError(f"cannot keep the content: {error.strerror}", hint="make room for it") from None
        file.close()
        self.line = begin
        raise UsageError(f"no line {end} ends the content; nothing was sent", hint=f"put {end} below it")

    def take(self, error: SmtpshellError, *, lasting: bool) -> None:
        """Say where an error happened, and note it unless an expectation can make it good."""
        if self.name and error.place is None:
            span = error.span if isinstance(error, UsageError) and error.line else None
            error.place = Place(self.name, self.line, span[0] + 1 if span else 1)
        if lasting:
            self.faults.append(error)


def here_document(interpreter: Interpreter, file: HereDocument) -> BinaryIO:
    """Read the content that stands in the script that runs.  Raises UsageError."""
    if not interpreter.scripts:
        raise UsageError(f"{file} needs a script to read from", hint="type DATA, or name a file")
    return interpreter.scripts[-1].here(file.end)


def without_end(line: bytes) -> bytes:
    """Give a line without its LF or CRLF."""
    return line.removesuffix(b"\n").removesuffix(b"\r")
