r"""Lines run without a terminal, from a file, ``-c`` or standard input, each after the replies to the one before.

What a line is depends on where the conversation stands, as at the prompt.  After DATA and its 354 the lines are
content as the user means it: dots are stuffed, line ends become CRLF, a lone ``.`` ends it.  After BDAT exactly
that many octets are taken as they are, and a line end right behind them is skipped.  After AUTH and its 334 a
line is an answer in plain text.  Where a command is due there are two differences to the prompt: empty lines and
lines that begin with ``#`` are for people and never sent (``/raw "\r\n"`` sends such a line), and a NUL is taken
as a sign that this is no script.

An error ends the script, a negative reply does not.  A failed /expect ends it too, unless ``/set on-failure
continue`` (``--keep-going``).  A server that closed or cannot be understood ends it where no /expect follows that
wanted this.  Input that ends inside the content ends nothing: the connection is dropped, so that half a message
is not delivered as a whole one.  A stop that /drop or /quit-after asked for ends the script, an /expect behind it
aside.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from smtpshell.errors import ExitStatus, SmtpshellError, UnexpectedReply, UsageError
from smtpshell.shell.batch.source import BLOCK, Source, without_end
from smtpshell.shell.language.syntax import is_shell_command, split
from smtpshell.shell.reading import WaitEnded

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["DEEPEST", "failed", "opened", "run", "run_lines"]

DEEPEST: Final = 16
"""Scripts that may run inside each other."""


def run_lines(interpreter: Interpreter, lines: Iterable[str], *, more: bool = False) -> None:
    """Run the lines of ``-c``; where ``more`` comes behind them, what they leave unfinished stays so."""
    octets = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    run(interpreter, Source(BytesIO(octets), more=more))


def opened(path: Path) -> Source:
    """Open a script.  Raises UsageError."""
    try:
        stream = path.open("rb")
        about = os.fstat(stream.fileno())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", hint="name a file of lines") from None
    return Source(stream, str(path), file=(about.st_dev, about.st_ino))


def run(interpreter: Interpreter, script: BinaryIO | Source) -> None:
    """Run lines, read as they are needed, until the script ends, /quit, or an error; reports errors.

    Raises UsageError where the script runs already, or too many run inside each other.
    """
    source = script if isinstance(script, Source) else Source(script)
    try:
        _check_nesting(interpreter.scripts, source)
        if not interpreter.scripts:
            interpreter.exchange.settle()
            interpreter.stopped = False
        interpreter.scripts.append(source)
        try:
            with interpreter.reporting():
                _run(interpreter, source)
        finally:
            interpreter.scripts.pop()
    finally:
        source.close()
    if interpreter.scripts:
        interpreter.scripts[-1].faults += source.faults


def _check_nesting(running: list[Source], source: Source) -> None:
    if source.file is not None and source.file in [other.file for other in running]:
        way = " -> ".join([f"{other.name}:{other.line}" for other in running if other.name] + [source.name])
        raise UsageError(f"{source.name} runs already: {way}", hint="a script cannot /source itself")
    if len(running) >= DEEPEST:
        raise UsageError(f"{DEEPEST} scripts run inside each other", hint="put some of them into one file")


def _run(interpreter: Interpreter, source: Source) -> None:
    grouped = interpreter.group is not None
    interpreter.wait()
    behind_chunk = False
    while not interpreter.finished and not failed(interpreter, source):
        mode = interpreter.mode
        if mode == "content":
            _content(interpreter, source)
        elif mode == "chunk":
            _chunk(interpreter, source)
            behind_chunk = True
        else:
            line = source.command()
            if line is None:
                if interpreter.group is not None and not (grouped or source.more):
                    raise UsageError("the input ended inside /pipeline; nothing was sent", hint="end it with /end")
                return
            skipped, behind_chunk = behind_chunk and not line, False
            if skipped or (mode == "command" and _is_for_people(line)):
                continue
            if _is_over(interpreter) and not _expects(line):
                return
            if interpreter.cancelled:
                raise WaitEnded("the script ends here, as asked")
            interpreter.execute(line)
        # Who has ended one wait wants no other.
        if not failed(interpreter, source):
            interpreter.wait()
        if source.more and mode in ("content", "chunk") and interpreter.mode == mode:
            return


def failed(interpreter: Interpreter, source: Source) -> bool:
    """Tell whether an error ends the script; what a replay reports and goes on with does not."""
    going_on = interpreter.settings.on_failure == "continue"

    def ends(error: SmtpshellError) -> bool:
        if isinstance(error, UnexpectedReply):
            return not going_on
        return error.exit_status >= ExitStatus.USAGE or isinstance(error, WaitEnded)

    return any(map(ends, source.faults))


def _is_over(interpreter: Interpreter) -> bool:
    """Tell whether nothing more can be said, so that there is only something to expect left."""
    return interpreter.stopped or interpreter.exchange.pending >= ExitStatus.USAGE


def _is_for_people(line: str) -> bool:
    """Tell whether a line says nothing.  Raises UsageError for one that no script has."""
    if "\0" in line:
        raise UsageError("the line has a NUL in it", hint='is it a script at all? /raw "\\0" sends one')
    return not line or line.startswith("#")


def _expects(line: str) -> bool:
    return is_shell_command(line) and split(line)[0].text == "/expect"


def _content(interpreter: Interpreter, source: Source) -> None:
    """Send lines as content up to the lone dot."""
    block = bytearray()
    at_line_start = True
    while piece := source.piece():
        ended = piece.endswith(b"\n")
        if at_line_start and ended and without_end(piece) == b".":
            interpreter.content_paste(bytes(block))
            interpreter.end_content()
            return
        if interpreter.tutor is not None and at_line_start and ended:
            # A lesson speaks between two lines, and may have ended the content.
            interpreter.content_line(without_end(piece).decode("utf-8", "surrogateescape"))
            if interpreter.mode != "content":
                return
            continue
        block += without_end(piece) + b"\r\n" if ended else piece
        at_line_start = ended
        if len(block) >= BLOCK:
            interpreter.content_paste(bytes(block))
            block.clear()
            if interpreter.mode != "content":
                return
    if source.more:
        interpreter.content_paste(bytes(block))
        return
    interpreter.abort_content()
    raise UsageError("the input ended inside the content; nothing is delivered", hint="end it with a lone dot")


def _chunk(interpreter: Interpreter, source: Source) -> None:
    """Send the octets BDAT announced."""
    while interpreter.mode == "chunk":
        if interpreter.tutor is None:
            octets = source.octets(min(interpreter.chunk_left, BLOCK))
        else:
            # In a lesson a chunk is typed line by line, as at the prompt.
            line = source.piece()
            octets = without_end(line) + b"\r\n" if line else b""
        if not octets and source.more:
            return
        if not octets:
            interpreter.abort_content()
            raise UsageError(
                f"the input ended {interpreter.chunk_left} octets before the chunk's end",
                hint="give BDAT the chunk's size in octets",
            )
        interpreter.chunk_octets(octets)
