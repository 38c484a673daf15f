"""Commands about sending: a whole message."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from itertools import chain, islice, repeat
from itertools import count as _numbers
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Final

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import Helo
from smtpshell.protocol.parameters import Parameter, xtext_encode
from smtpshell.protocol.states import State
from smtpshell.shell.batch.source import FileOrHere
from smtpshell.shell.commands.connection import say_hello
from smtpshell.shell.commands.connection import starttls as start_tls
from smtpshell.shell.commands.login import auth as log_in
from smtpshell.shell.declaration.argument_types import Choice, ExistingFile, Flag, MechanismName, Number, Text
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.mail_types import EsmtpParameter, HeaderField, MailAddress, MessageFile, Size
from smtpshell.shell.mail.message import Draft, address_of, content_of, filled_in, with_ascii_domain
from smtpshell.shell.stopping import DROP_STEPS, QUIT_STEPS, Stop

if TYPE_CHECKING:
    from smtpshell.protocol.facts import Facts
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["send"]

_RET: Final = {"FULL": "the whole message", "HDRS": "its header only"}
_SUBJECT: Final = "A test"
_BODY: Final = "This is a test, sent by smtpshell.\n"


@command(slow=True, needs="connection")
def send(
    interpreter: Interpreter,
    file: Annotated[FileOrHere | None, MessageFile("a whole message, sent as it is; - is standard input")] = None,
    *,
    from_: Annotated[str, MailAddress("reverse-path and From; '' is the null reverse-path")],
    to: Annotated[tuple[str, ...], MailAddress("recipient, named in To; repeatable")] = (),
    cc: Annotated[tuple[str, ...], MailAddress("recipient, named in Cc; repeatable")] = (),
    bcc: Annotated[tuple[str, ...], MailAddress("recipient, named in no field; repeatable")] = (),
    subject: Annotated[str, Text("the subject")] = "",
    header: Annotated[tuple[tuple[str, str], ...], HeaderField("field to add, or to replace; repeatable")] = (),
    body: Annotated[str, Text("the text")] = "",
    body_file: Annotated[FileOrHere | None, MessageFile("file with the text; - is standard input")] = None,
    attach: Annotated[tuple[Path, ...], ExistingFile("file to attach; repeatable")] = (),
    template: Annotated[FileOrHere | None, MessageFile("message with placeholders; - is standard input")] = None,
    count: Annotated[int, Number("how many messages to send in this session")] = 1,
    pipeline: Annotated[bool, Flag("MAIL, RCPT and DATA, and all chunks, each in one go")] = False,
    chunk: Annotated[int, Size("send by BDAT in chunks of so many octets, such as 64k")] = 0,
    exact: Annotated[bool, Flag("leave bare CR and LF of a whole message as they are")] = False,
    starttls: Annotated[bool, Flag("begin TLS first")] = False,
    auth: Annotated[str, MechanismName("log in; auto is the strongest offered")] = "",
    user: Annotated[str, Text("user name; else SMTPSHELL_USER, else it is asked for")] = "",
    password_command: Annotated[str, Text("program whose first line of output is the password")] = "",
    insecure: Annotated[bool, Flag("send a plaintext password outside of TLS")] = False,
    ret: Annotated[str, Choice("what a failure notice returns", **_RET)] = "",
    envid: Annotated[str, Text("name of the transaction, for its notices")] = "",
    notify: Annotated[str, Text("when to notify: NEVER, or some of SUCCESS,FAILURE,DELAY")] = "",
    orcpt: Annotated[str, Text("original recipient: ADDRESS, or TYPE;ADDRESS")] = "",
    mail_parameter: Annotated[tuple[Parameter, ...], EsmtpParameter("behind MAIL; repeatable", "MAIL")] = (),
    rcpt_parameter: Annotated[tuple[Parameter, ...], EsmtpParameter("behind each RCPT; repeatable", "RCPT")] = (),
    drop_after: Annotated[str, Choice("close the connection after that", **DROP_STEPS)] = "",
    drop_after_send: Annotated[str, Choice("the same, but its reply unread", **DROP_STEPS)] = "",
    quit_after: Annotated[str, Choice("say QUIT after that", **QUIT_STEPS)] = "",
) -> None:
    """Send a message: made of its parts, of a template, or a file as it is.

    Says EHLO where nobody has.  Where some recipients are refused the others still get it, and those who did not
    are listed.  A file is never parsed: DATA stuffs its dots and makes bare line ends CRLF (--exact does not),
    BDAT sends its octets.  In a template stand ${date} ${message-id} ${from} ${to} ${cc} ${subject} ${body} and
    ${count}; $${ is ${ itself.  SMTPUTF8 and BODY=8BITMIME are asked for where the message needs them.  The
    password comes from --password-command, or SMTPSHELL_PASSWORD, or is asked for.

    Example:
        /send --from me@example.test --to student@example.test --subject Hello --body "How are you?"
        /send message.eml --from me@example.test --to student@example.test --to teacher@example.test --pipeline
        /send --from me@example.test --to student@example.test --attach report.pdf --chunk 64k --starttls
        /send --template letter.txt --from me@example.test --to student@example.test --count 3
        /send --from me@example.test --to student@example.test --auth auto --user student --drop-after data
    """
    from smtpshell.shell.mail.sending import Envelope, transact

    paths = tuple(address_of(text) for text in (*to, *cc, *bcc))
    if not paths:
        raise UsageError("/send needs a recipient", hint="name one with --to, --cc or --bcc")
    if body and body_file:
        raise UsageError("--body and --body-file exclude each other", hint="give one of them")
    fields = {"--header": header, "--attach": attach}
    if file:
        texts = {"--template": template, "--subject": subject, "--body": body, "--body-file": body_file}
        _refuse("a whole message is sent as it is", {**texts, **fields})
    elif template:
        _refuse("of a template only the placeholders are filled in", fields)
    _arm(
        interpreter,
        drop_after,
        drop_after_send,
        quit_after,
        hellos=1 + starttls,
        recipients=1 if pipeline else len(paths),
    )
    if not _prepared(interpreter, tls=starttls):
        return
    if auth:
        log_in(interpreter, auth, user, insecure=insecure, password_command=password_command)
        if not interpreter.live.connection.facts.authenticated:
            return
    draft = Draft(
        sender=_written(from_, mail_parameter),
        to=tuple(_written(text, mail_parameter) for text in to),
        cc=tuple(_written(text, mail_parameter) for text in cc),
        subject=subject or _SUBJECT,
        headers=header,
        body=_text(interpreter, body_file) if body_file else body or _BODY,
        attachments=attach,
        host=interpreter.own_settings.hello,
    )
    paths = tuple(address_of(_written(path, mail_parameter)) for path in paths)
    together = pipeline and _pipelining(interpreter)
    with ExitStack() as files:
        messages, needed = _messages(interpreter, draft, paths, mail_parameter, files, file, template)
        envelope = Envelope(
            reverse_path=address_of(draft.sender),
            forward_paths=paths,
            mail_parameters=(*needed, *_dsn(RET=ret, ENVID=xtext_encode(envid)), *mail_parameter),
            rcpt_parameters=(*_dsn(NOTIFY=notify, ORCPT=_typed(orcpt)), *rcpt_parameter),
        )
        for number, content in enumerate(islice(messages, count), 1):
            delivery = transact(interpreter, envelope, content, pipeline=together, chunk=chunk, exact=exact)
            interpreter.show(delivery.outcome(number))
            if not interpreter.connected or delivery.reply.code in (221, 421):
                return


def _refuse(why: str, options: Mapping[str, object]) -> None:
    """Refuse options whose value would be lost.  Raises UsageError."""
    lost = [name for name, value in options.items() if value]
    if lost:
        raise UsageError(f"{why}, {', '.join(lost)} would be lost", hint="leave out one or the other")


def _arm(
    interpreter: Interpreter, drop: str, drop_unread: str, quit_: str, *, hellos: int, recipients: int
) -> None:
    """Arm what is to cut the conversation.  Raises UsageError for more than one."""
    times = {"ehlo": hellos, "rcpt": recipients}
    stops = [
        Stop(step=step, politely=politely, unread=unread, times=times.get(step, 1))
        for step, politely, unread in ((drop, False, False), (drop_unread, False, True), (quit_, True, False))
        if step
    ]
    if len(stops) > 1:
        raise UsageError("the conversation can be cut only once", hint="give one of the --drop and --quit options")
    if stops:
        interpreter.arm(stops[0])


def _prepared(interpreter: Interpreter, *, tls: bool) -> bool:
    """Wait for the greeting, say hello, begin TLS where wanted; give whether a transaction may begin."""
    connection = interpreter.live.connection
    interpreter.replies_after(lambda: None)
    if not interpreter.connected or connection.state is State.REFUSED:
        return False
    facts = connection.facts
    if not facts.hello:
        reply = say_hello(interpreter)
        # A server older than EHLO (RFC 5321 3.2).
        if reply.code in (500, 502) and not tls:
            interpreter.request(Helo(interpreter.own_settings.hello))
    if tls and facts.hello and not facts.tls:
        start_tls(interpreter)
    return bool(facts.hello) and (not tls or facts.tls)


def _pipelining(interpreter: Interpreter) -> bool:
    offered = interpreter.live.connection.facts.offers("PIPELINING")
    if not offered:
        interpreter.note("  PIPELINING is not offered: each command waits for its reply")
    return offered


def _messages(
    interpreter: Interpreter,
    draft: Draft,
    paths: tuple[str, ...],
    given: tuple[Parameter, ...],
    files: ExitStack,
    file: FileOrHere | None,
    template: FileOrHere | None,
) -> tuple[Iterator[BinaryIO], list[Parameter]]:
    """Give the messages, without end, and the parameters of MAIL that their octets and paths need.

    What is opened is closed with ``files``.  Raises UsageError where a file cannot be read, or the server takes no
    such addresses.
    """
    facts = interpreter.live.connection.facts
    utf8 = _needs_utf8([*paths, address_of(draft.sender), *map(address_of, (*draft.to, *draft.cc))], given, facts)
    needed = [Parameter("SMTPUTF8")] if utf8 and not _has("SMTPUTF8", given) else []
    if file:
        return repeat(files.enter_context(content_of(interpreter, file))), needed
    made: Iterator[bytes]
    if template:
        text = files.enter_context(content_of(interpreter, template)).read()
        made = (filled_in(text, draft.values(number)) for number in _numbers(1))
    else:
        made = (draft.octets(utf8=utf8, eight_bit=facts.offers("8BITMIME")) for _ in _numbers(1))
    first = next(made)
    if not first.isascii() and facts.offers("8BITMIME") and not _has("BODY", given):
        needed.append(Parameter("BODY", "8BITMIME"))
    return map(io.BytesIO, chain([first], made)), needed


def _needs_utf8(addresses: list[str], given: tuple[Parameter, ...], facts: Facts) -> bool:
    """Whether SMTPUTF8 is asked for, by the user or for an address.  Raises UsageError where it cannot be."""
    beyond = next((address for address in addresses if not address.isascii()), "")
    if beyond and not facts.offers("SMTPUTF8") and not _has("SMTPUTF8", given):
        raise UsageError(
            f"{beyond} needs SMTPUTF8, which the server does not offer",
            hint="--mail-parameter SMTPUTF8 sends it all the same",
        )
    return bool(beyond) or _has("SMTPUTF8", given)


def _has(keyword: str, given: tuple[Parameter, ...]) -> bool:
    return any(parameter.keyword.upper() == keyword for parameter in given)


def _written(address: str, given: tuple[Parameter, ...]) -> str:
    """Write an address as it goes out: where only its domain is beyond ASCII that needs no extension."""
    return address if _has("SMTPUTF8", given) else with_ascii_domain(address)


def _text(interpreter: Interpreter, file: FileOrHere) -> str:
    with content_of(interpreter, file) as source:
        octets = source.read()
    try:
        return octets.decode()
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no UTF-8 text", hint="--attach it, or send a whole message") from None


def _dsn(**values: str) -> list[Parameter]:
    return [Parameter(keyword, value) for keyword, value in values.items() if value]


def _typed(address: str) -> str:
    """Write an original recipient with its type (RFC 3461 4.2); rfc822 where none is given."""
    kind, semicolon, rest = address.partition(";")
    if not address:
        return ""
    return f"{kind};{xtext_encode(rest)}" if semicolon else f"rfc822;{xtext_encode(address)}"
