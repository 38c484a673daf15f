"""Commands about sending: a file, lines in one write, exact octets."""

from __future__ import annotations

from os import SEEK_END
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import TransportError, UsageError
from smtpshell.protocol.commands import Data
from smtpshell.shell.batch.source import FileOrHere, HereDocument, here_document
from smtpshell.shell.declaration.argument_types import Flag, Octets, Text
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.mail_types import ContentFile, Size
from smtpshell.shell.display.progress import sending
from smtpshell.shell.mail.message import content_of

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["bdat", "data", "end", "pipeline", "raw"]


@command(slow=True, needs="hello")
def data(
    interpreter: Interpreter,
    file: Annotated[FileOrHere, ContentFile("the message, headers and all")],
    *,
    exact: Annotated[bool, Flag("leave bare CR and LF as they are")] = False,
) -> None:
    """Send DATA, then a file as the content, then the lone dot.

    Dots are stuffed, bare line ends made CRLF, and both are counted; --exact keeps the line ends.  The file is
    streamed, however big it is.  In a script <<END takes the lines below, up to one that is END; they get CRLF.

    Example:
        MAIL FROM:<me@example.test>
        RCPT TO:<student@example.test>
        /data message.eml
        /data "my drafts/broken.eml" --exact
    """
    session = interpreter.live
    try:
        with here_document(interpreter, file) if isinstance(file, HereDocument) else file.open("rb") as source:
            reply = interpreter.request(Data())
            if interpreter.mode != "content":
                if reply.is_positive:
                    from smtpshell.shell.mail.sending import closed_before_content

                    raise closed_before_content()
                return
            with sending(interpreter, source) as watched:
                session.send_content(watched, exact=exact)
    except TransportError:
        raise  # an OSError too, but none of the file's
    except OSError as error:
        # Half a message must not look like a whole one: without the lone dot nothing is delivered.
        if interpreter.mode == "content":
            session.close()
        raise UsageError(f"cannot read {file}: {error.strerror}", hint="name another file") from None
    interpreter.finish_content()
    interpreter.wait_for_replies()


@command(slow=True, needs="hello")
def bdat(
    interpreter: Interpreter,
    file: Annotated[FileOrHere, ContentFile("the message, headers and all")],
    *,
    chunk: Annotated[int, Size("octets a chunk has at most; all in one where it is left out")] = 0,
    pipeline: Annotated[bool, Flag("wait for the replies only behind the last chunk")] = False,
) -> None:
    """Send a file in chunks by BDAT, its octets as they are (RFC 3030).

    No dots are stuffed and no line ends mended.  In a script <<END takes the lines below, as for /data.  At the
    first refusal no more is sent: after it only RSET helps.

    Example:
        MAIL FROM:<me@example.test>
        RCPT TO:<student@example.test>
        /bdat message.eml
        /bdat message.eml --chunk 64k --pipeline
    """
    from smtpshell.shell.mail.sending import send_chunks

    with content_of(interpreter, file) as source:
        size = source.seek(0, SEEK_END)
        plan = len(range(0, size, chunk)) or 1 if chunk else 1
        interpreter.note(f"  {size} octets in {plan} chunk{'s' if plan > 1 else ''}")
        replies = send_chunks(interpreter, source, chunk or max(size, 1), pipeline=pipeline)
    refused = next((number for number, event in enumerate(replies, 1) if not event.reply.is_positive), 0)
    if 0 < refused < plan:
        interpreter.note(
            f"  chunk {refused} of {plan} was refused: say RSET before the next transaction (RFC 3030 2)"
        )


@command(needs="hello")
def pipeline(
    interpreter: Interpreter,
    *lines: Annotated[str, Text("lines to send, in quotes; those up to /end where they are left out")],
) -> None:
    """Send several lines in one write, whatever they are; each reply says what it answers.

    Without lines it collects what is typed, up to /end; /drop forgets it.

    Example:
        /pipeline "MAIL FROM:<me@example.test>" "RCPT TO:<student@example.test>" RSET
        /pipeline
            NOOP
            NOOP
            /end
    """
    if lines:
        interpreter.send_group(lines)
    else:
        interpreter.group = []


@command(needs="hello")
def end(interpreter: Interpreter) -> None:
    """Send what /pipeline collected, or end what /each began.

    Example:
        /pipeline
        NOOP
        NOOP
        /end
    """
    group, interpreter.group = interpreter.group, None
    if group is not None:
        interpreter.send_group(group)
    elif interpreter.together:
        interpreter.together = ()
        interpreter.note(f"  lines go to {interpreter.front.name} alone")
    else:
        raise UsageError("nothing was collected", hint="/pipeline begins to collect lines")


@command(needs="greeting")
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
