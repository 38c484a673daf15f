"""Commands that run the practice server and show what it received."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import UsageError
from smtpshell.shell.argument_types import Address, MailboxName, NewFile, Number
from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.render import styled, visible
from smtpshell.shell.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.practice import DeliveredMessage
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["mailbox", "practice"]


@command(cli=True)
def practice(
    interpreter: Interpreter,
    *,
    listen: Annotated[tuple[str, int], Address("where to listen; any free loopback port else")] = ("127.0.0.1", 0),
) -> Outcome:
    """Start the practice server, or say where it runs and who lives there.

    It keeps what it gets and sends nothing on.  As a program of its own it runs until Ctrl-C.

    Example:
        /practice
        /practice --listen 127.0.0.1:2525
    """
    from smtpshell.practice import MAILBOXES, USERS

    server = interpreter.start_practice(*listen)
    told = [f"  user {user.name}, password {user.password}" for user in USERS]
    told += [f"  {row.mailbox:<26} {row.sentence}" for row in MAILBOXES]
    outcome = lines(*told, style="", heading=f"practice server at {server.url}")
    users = [{"name": user.name, "password": user.password} for user in USERS]
    rows = [{"mailbox": row.mailbox, "does": row.sentence} for row in MAILBOXES]
    data = {"event": "practice", "url": server.url, "users": users, "mailboxes": rows}
    return Outcome(fragments=outcome.fragments, data=data)


@command()
def mailbox(
    interpreter: Interpreter,
    name: Annotated[str, MailboxName("whose messages to list; all mailboxes where it is left out")] = "",
    number: Annotated[int, Number("which message to show, 1 the oldest")] = 0,
    *,
    raw: Annotated[Path | None, NewFile("write its octets, exactly as delivered, to a new file")] = None,
) -> Outcome:
    """Show what the practice server received, octet for octet.

    Example:
        /mailbox
        /mailbox teacher 1
        /mailbox teacher 1 --raw received.eml
    """
    if interpreter.practice is None:
        raise UsageError("the practice server does not run", hint="/practice starts it")
    boxes = interpreter.practice.mailboxes
    if not name:
        table = [f"{len(box.messages):>4}  {box.row.mailbox:<26} {box.row.sentence}" for box in boxes]
        return lines(*table, style="", heading="messages, mailbox")
    messages = boxes.mailbox(name).messages
    if not number:
        rows = [f"{index:>4}  {_envelope(message)}" for index, message in enumerate(messages, 1)]
        return lines(*(rows or ["no messages"]), style="")
    if number > len(messages):
        raise UsageError(f"{name} has {len(messages)} messages, there is no number {number}")
    message = messages[number - 1]
    if raw is not None:
        _write_new(raw, message.content)
        return lines(f"{len(message.content)} octets written to {raw}")
    shown: Fragments = [("heading", visible(_envelope(message)) + "\n")]
    for line in message.content.split(b"\r\n")[: -1 if message.content.endswith(b"\r\n") else None]:
        # A bare LF is part of its line here, and shown as what it is.
        text = line.decode("utf-8", "surrogateescape")
        for index, piece in enumerate(text.split("\n")):
            shown += [("control", "\\n")] * (index > 0) + styled("", piece)
        shown.append(("", "\n"))
    return Outcome(fragments=shown)


def _envelope(message: DeliveredMessage) -> str:
    return (
        f"from <{message.reverse_path}> to <{message.forward_path}>, {len(message.content)} octets, "
        f"{message.received:%Y-%m-%d %H:%M:%S}"
    )


def _write_new(path: Path, octets: bytes) -> None:
    try:
        with path.open("xb") as file:
            file.write(octets)
    except FileExistsError:
        raise UsageError(f"{path} is there already", hint="name a new file") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", hint="name another file") from None
