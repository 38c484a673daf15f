"""Commands about practice: the server of it, and what that received."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.argument_types import (
    Address,
    ArgumentType,
    Flag,
    MailboxName,
    NewFile,
    Number,
    Pairs,
)
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import styled, visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from smtpshell.practice import DeliveredMessage, PracticeServer
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["mailbox", "practice"]


class MischiefWord(ArgumentType):
    """A word of what the practice server is to do wrong."""

    metavar = "WORD"

    def parse(self, word: Word) -> str:
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        from smtpshell.practice.mischief import GARBAGE, KINDS, STEPS

        yield from ((name, kind.usage) for name, kind in KINDS.items())
        yield from (("off", "be good again"), ("once", "before the others: the next time only"))
        yield from (("on", "drop: no reply comes"), ("after", "drop: behind the reply"))
        yield from STEPS.items()
        yield from ((name, f"garbage: {garbage.meaning}") for name, garbage in GARBAGE.items())


class MischiefRule(ArgumentType):
    """What one kind of mischief wants to know, in one word; given as the words of the rule."""

    metavar = "RULE"

    def __init__(self, kind: str, description: str) -> None:
        super().__init__(description)
        self.kind = kind

    def parse(self, word: Word) -> tuple[str, ...]:
        from smtpshell.practice.mischief import read_rule

        words = (self.kind, *word.text.split())
        try:
            read_rule(words)
        except UsageError as error:
            raise ValueError(str(error)) from None
        return words


@command(serves=True)
def practice(
    interpreter: Interpreter,
    *mischief: Annotated[str, MischiefWord("what to do wrong, once or until off: delay, fail, drop, cut, ...")],
    listen: Annotated[tuple[str, int], Address("where to listen; any free loopback port else")] = ("127.0.0.1", 0),
    delay: Annotated[tuple[str, ...] | None, MischiefRule("delay", "wait before each reply, such as 2s")] = None,
    fail: Annotated[tuple[tuple[str, ...], ...], MischiefRule("fail", 'refuse a step: "RCPT 452 full"')] = (),
    drop: Annotated[tuple[tuple[str, ...], ...], MischiefRule("drop", 'hang up: "on DATA", "after MAIL"')] = (),
    garbage: Annotated[tuple[str, ...] | None, MischiefRule("garbage", "line, binary, controls, ...")] = None,
    cut: Annotated[bool, Flag("send replies octet by octet")] = False,
) -> Outcome:
    """Start the practice server, or say where it runs, who lives there and what it does wrong.

    It keeps what it gets and sends nothing on.  As a program of its own it runs until Ctrl-C.

    On request it misbehaves: it waits (delay 2s), refuses (fail RCPT 452 mailbox full), hangs up (drop on DATA,
    drop after MAIL), cuts its replies into octets (cut replies), sends what is no reply (garbage) or closes
    (close); once before that ends it with its first use, off ends it all.  A step is a verb, CONNECT, CONTENT or
    AUTH-RESPONSE.

    Example:
        /practice
        /practice --listen 127.0.0.1:2525
        /practice fail RCPT 452 mailbox full
        /practice once drop on CONTENT
        /practice off
    """
    from smtpshell.practice.mischief import read_rule

    options = [given for given in (delay, *fail, *drop, garbage, ("cut",) if cut else None) if given]
    rules = [*([mischief] if mischief else []), *options]
    for words in rules:
        if words != ("off",):
            read_rule(words)
    server = interpreter.start_practice(*listen)
    for words in rules:
        server.misbehave(words)
    outcome = _mischief(server)
    return outcome if mischief else _residents(server, outcome)


def _mischief(server: PracticeServer) -> Outcome:
    """Tell what is on."""
    rules = server.mischief.rules
    told = [f"  {rule.sentence}{' (once)' if rule.once else ''}" for rule in rules]
    outcome = lines(*(told or ["  does nothing wrong"]), style="", heading=f"practice server at {server.url}")
    data = {"event": "practice", "url": server.url, "mischief": [str(rule) for rule in rules]}
    return Outcome(fragments=outcome.fragments, data=data)


def _residents(server: PracticeServer, mischief: Outcome) -> Outcome:
    """Tell who lives there, and below what is on, if anything is."""
    from smtpshell.practice import MAILBOXES, USERS

    told = [f"  user {user.name}, password {user.password}" for user in USERS]
    told += [f"  {row.mailbox:<26} {row.sentence}" for row in MAILBOXES]
    outcome = lines(*told, style="", heading=f"practice server at {server.url}")
    wrong: Fragments = [("heading", "and on request\n"), *mischief.fragments[1:]] if server.mischief.rules else []
    users = [{"name": user.name, "password": user.password} for user in USERS]
    rows = [{"mailbox": row.mailbox, "does": row.sentence} for row in MAILBOXES]
    data = {**(mischief.data or {}), "users": users, "mailboxes": rows}
    return Outcome(fragments=[*outcome.fragments, *wrong], data=data)


@command(needs="practice")
def mailbox(
    interpreter: Interpreter,
    name: Annotated[str, MailboxName("whose messages to list; all mailboxes where it is left out")] = "",
    number: Annotated[int, Number("which message to show, 1 the oldest")] = 0,
    *,
    raw: Annotated[Path | None, NewFile("write its octets, exactly as delivered, to a new file")] = None,
) -> Outcome:
    """Show what the practice server received, octet for octet.

    Example:
        /send --from me@example.test --to teacher@example.test
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
