"""Lines run without a terminal, from ``-c`` or standard input, each after the replies to the one before.

What a line is depends on where the conversation stands, as at the prompt.  After DATA and its 354 the lines are
content as the user means it: dots are stuffed, line ends become CRLF, a lone ``.`` ends it.  After BDAT exactly
that many octets are taken as they are, and a line end right behind them is skipped.  After AUTH and its 334 a
line is an answer in plain text.  An error ends the script, a negative reply does not.  Input that ends inside
the content ends nothing: the connection is dropped, so that half a message is not delivered as a whole one.
A stop that /drop or /quit-after asked for ends the script.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, BinaryIO, Final

from smtpshell.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["run", "run_lines"]

BLOCK: Final = 65536
"""Octets of content gathered before they are sent: a system call a block, not a line."""


def run_lines(interpreter: Interpreter, lines: Iterable[str]) -> None:
    """Run the lines of ``-c``."""
    run(interpreter, BytesIO("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")))


def run(interpreter: Interpreter, stream: BinaryIO) -> None:
    """Run lines from a stream, read as they are needed, until it ends, /quit, or an error."""
    interpreter.wait()
    behind_chunk = False
    while not (interpreter.finished or interpreter.stopped) and interpreter.exit_status < ExitStatus.USAGE:
        mode = interpreter.mode
        if mode == "content":
            _content(interpreter, stream)
        elif mode == "chunk":
            _chunk(interpreter, stream)
            behind_chunk = True
        else:
            line = stream.readline()
            if not line:
                if interpreter.group is not None:
                    interpreter.report(
                        UsageError("the input ended inside /pipeline; nothing was sent", hint="end it with /end")
                    )
                return
            skipped, behind_chunk = behind_chunk and not _without_end(line), False
            if skipped:
                continue
            interpreter.execute(_without_end(line).decode("utf-8", "surrogateescape"))
        interpreter.wait()


def _content(interpreter: Interpreter, stream: BinaryIO) -> None:
    """Send lines as content up to the lone dot."""
    block = bytearray()
    at_line_start = True
    while piece := stream.readline(BLOCK):
        ended = piece.endswith(b"\n")
        if at_line_start and ended and _without_end(piece) == b".":
            interpreter.content_paste(bytes(block))
            interpreter.end_content()
            return
        block += _without_end(piece) + b"\r\n" if ended else piece
        at_line_start = ended
        if len(block) >= BLOCK:
            interpreter.content_paste(bytes(block))
            block.clear()
            if interpreter.mode != "content":
                return
    interpreter.abort_content()
    interpreter.report(
        UsageError("the input ended inside the content; nothing is delivered", hint="end it with a lone dot")
    )


def _chunk(interpreter: Interpreter, stream: BinaryIO) -> None:
    """Send the octets BDAT announced."""
    while interpreter.mode == "chunk":
        octets = stream.read(min(interpreter.chunk_left, BLOCK))
        if not octets:
            interpreter.abort_content()
            error = UsageError(
                f"the input ended {interpreter.chunk_left} octets before the chunk's end",
                hint="give BDAT the chunk's size in octets",
            )
            interpreter.report(error)
            return
        interpreter.chunk_octets(octets)


def _without_end(line: bytes) -> bytes:
    return line.removesuffix(b"\n").removesuffix(b"\r")
