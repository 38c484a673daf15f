"""Commands that send octets: a file as content, or anything exactly as it is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import TransportError, UsageError
from smtpshell.protocol.commands import Data
from smtpshell.shell.argument_types import ExistingFile, Flag, Octets
from smtpshell.shell.command import command

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["data", "raw"]


@command(slow=True)
def data(
    interpreter: Interpreter,
    file: Annotated[Path, ExistingFile("the message, headers and all")],
    *,
    exact: Annotated[bool, Flag("leave bare CR and LF as they are")] = False,
) -> None:
    """Send DATA, then a file as the content, then the lone dot.

    Dots are stuffed, bare line ends made CRLF, and both are counted; --exact keeps the line ends.  The file is
    streamed, however big it is.

    Example:
        /data message.eml
        /data "my drafts/broken.eml" --exact
    """
    session = interpreter.live
    try:
        with file.open("rb") as source:
            interpreter.request(Data())
            if interpreter.mode != "content":
                return
            session.send_content(source, exact=exact)
    except TransportError:
        raise  # an OSError too, but none of the file's
    except OSError as error:
        # Half a message must not look like a whole one: without the lone dot nothing is delivered.
        if interpreter.mode == "content":
            session.close()
        raise UsageError(f"cannot read {file}: {error.strerror}", hint="name another file") from None
    interpreter.finish_content()
    interpreter.wait_for_replies()


@command()
def raw(
    interpreter: Interpreter,
    octets: Annotated[bytes, Octets('what to send, with the escapes \\r \\n \\t \\0 \\" \\\\ \\xHH')],
) -> None:
    r"""Send exact octets, nothing added.

    Example:
        /raw "NOOP\r\nNOOP\r\n"
        /raw "MAIL FROM:<a@example.test>\n"
    """
    interpreter.live.send_octets(octets)
