"""One mail transaction by commands of several steps: MAIL, each RCPT, the content; and what came of it.

Refused recipients do not keep the message from the others.  The content goes by DATA or in chunks by BDAT
(RFC 3030); the envelope, or the chunks, can be pipelined (RFC 2920).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from smtpshell.errors import ConnectionLost, ExitStatus
from smtpshell.protocol.commands import Bdat, Command, Content, Data, Mail, Rcpt, Rset
from smtpshell.protocol.events import ReplyReceived
from smtpshell.protocol.replies import Reply
from smtpshell.shell.display.progress import sending
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.protocol.parameters import Parameter
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Delivery", "Envelope", "chunk_plan", "closed_before_content", "send_chunks", "transact"]

_BLOCK: Final = 65536
"""Octets of a chunk that are read and sent at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The paths of a transaction, without angle brackets, and the parameters behind them."""

    reverse_path: str
    forward_paths: tuple[str, ...]
    mail_parameters: tuple[Parameter, ...] = ()
    rcpt_parameters: tuple[Parameter, ...] = ()

    def commands(self) -> list[Command]:
        """Give MAIL and each RCPT."""
        recipients = [Rcpt(path, self.rcpt_parameters) for path in self.forward_paths]
        return [Mail(self.reverse_path, self.mail_parameters), *recipients]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What came of a transaction: ``reply`` is the last, ``accepted`` and ``refused`` are its recipients."""

    reply: Reply
    accepted: tuple[str, ...]
    refused: tuple[tuple[str, Reply], ...]

    def outcome(self, number: int) -> Outcome:
        """Tell it, as that of the message with this number."""
        total = len(self.accepted) + len(self.refused)
        good = not self.refused and bool(self.accepted)
        shown: Fragments = [
            ("reply.2" if good else "error", f"message {number}: accepted for {len(self.accepted)} of {total}\n")
        ]
        for path, reply in self.refused:
            shown.append(("", visible(f"  <{path}> {reply.code} {reply.texts[0] if reply.texts else ''}") + "\n"))
        data = {
            "event": "sent",
            "number": number,
            "code": self.reply.code,
            "accepted": list(self.accepted),
            "refused": [
                {"recipient": path, "code": reply.code, "texts": list(reply.texts)} for path, reply in self.refused
            ],
        }
        status = ExitStatus.EXPECTED if good else ExitStatus.NEGATIVE
        return Outcome(fragments=shown, status=status, data=data)


def transact(
    interpreter: Interpreter,
    envelope: Envelope,
    content: BinaryIO,
    *,
    pipeline: bool = False,
    chunk: int = 0,
    exact: bool = False,
) -> Delivery:
    """Send one message; with ``chunk`` by BDAT in chunks of at most so many octets, else by DATA.

    ``pipeline`` sends MAIL, each RCPT and DATA in one write.  ``exact`` leaves line ends as they are, which
    chunks always do.  Raises TimedOut, ConnectionLost, RemoteProtocolError, Stopped.
    """
    envelope_replies = _envelope(interpreter, envelope, pipeline=pipeline, data=not chunk)
    mail, *rcpts = envelope_replies[: len(envelope.forward_paths) + 1]
    answered = list(zip(envelope.forward_paths, rcpts, strict=False))
    accepted = tuple(path for path, reply in answered if mail.is_positive and reply.is_positive)
    refused = [(path, reply) for path, reply in answered if path not in accepted]
    # What was not even asked, or never answered, shares the fate of the last that was.
    refused += [(path, envelope_replies[-1]) for path in envelope.forward_paths[len(rcpts) :]]
    last = envelope_replies[-1]
    if interpreter.mode == "content" or (accepted and chunk):
        replies = _content(interpreter, content if accepted else None, chunk=chunk, pipeline=pipeline, exact=exact)
        own = _own_replies(replies, len(accepted))
        last = own[-1]
        refused += [(path, reply) for path, reply in zip(accepted, own, strict=False) if not reply.is_positive]
        accepted = tuple(path for path, reply in zip(accepted, own, strict=False) if reply.is_positive)
    elif accepted and last.is_positive:
        raise closed_before_content()
    elif accepted:
        refused += [(path, last) for path in accepted]
        accepted = ()
    if not accepted and interpreter.connected and mail.is_positive and last.code not in (221, 421):
        interpreter.request(Rset())
    return Delivery(reply=last, accepted=accepted, refused=tuple(refused))


def closed_before_content() -> ConnectionLost:
    """Say that the server asked for the content and was gone."""
    return ConnectionLost("the server closed before the content could be sent", hint="its log may say why")


def _envelope(interpreter: Interpreter, envelope: Envelope, *, pipeline: bool, data: bool) -> list[Reply]:
    """Say MAIL, each RCPT and, with ``data``, DATA; stop where going on makes no sense; give the replies."""
    commands = envelope.commands()
    if pipeline:
        group = [*commands, *([Data()] if data else [])]
        octets = b"".join(command.encode() for command in group)
        replies = [
            event.reply for event in interpreter.replies_after(lambda: interpreter.live.send_octets(octets))
        ]
        if not replies:
            raise ConnectionLost("the server closed without a reply to MAIL")
        return replies
    replies = [interpreter.request(commands[0])]
    if replies[0].is_positive:
        for command in commands[1:]:
            replies.append(interpreter.request(command))
            if replies[-1].code in (221, 421):
                return replies
        if data and any(reply.is_positive for reply in replies[1:]):
            replies.append(interpreter.request(Data()))
    return replies


def _content(
    interpreter: Interpreter, content: BinaryIO | None, *, chunk: int, pipeline: bool, exact: bool
) -> list[ReplyReceived]:
    """Send the content; None, where 354 came though nobody is left to send to, is an empty one (RFC 2920 3.1)."""
    if chunk and content is not None:
        return send_chunks(interpreter, content, chunk, pipeline=pipeline)

    def act() -> None:
        if content is not None:
            with sending(interpreter, content) as watched:
                interpreter.live.send_content(watched, exact=exact)
        interpreter.finish_content()

    return interpreter.replies_after(act)


def _own_replies(replies: list[ReplyReceived], count: int) -> list[Reply]:
    """Give what each of so many recipients was answered after the content, at least one reply.

    LMTP and PRDR have a reply for each (RFC 2033 4.2), else the last one is everybody's.  A chunk that was refused
    before the last is the end of it.  Raises ConnectionLost where the server closed, so that nobody knows who has
    the message.
    """
    early = [event.reply for event in replies if event.command and event.command.move == "BDAT"]
    failed = next((reply for reply in early if not reply.is_positive), None)
    final = [event for event in replies if event.command and event.command.move in ("CONTENT", "BDAT LAST")]
    if failed is None and not final:
        raise ConnectionLost(
            "the server closed without a reply to the content", hint="its log says whether it has the message"
        )
    if failed is None and len(final) == count:
        return [event.reply for event in final]
    each = [event.reply for event in final if isinstance(event.command, Content) and event.command.recipient]
    if failed is None and count and len(each) == count:
        return each
    return [failed or final[-1].reply] * max(count, 1)


def chunk_plan(total: int, size: int) -> Iterator[tuple[int, bool]]:
    """Cut so many octets into chunks; give (size, whether it is the last) for each.  Of nothing: an empty one."""
    left = total
    while left > size:
        yield size, False
        left -= size
    yield left, True


def send_chunks(interpreter: Interpreter, source: BinaryIO, size: int, *, pipeline: bool) -> list[ReplyReceived]:
    """Send a file's octets as they are, in chunks of at most ``size``; give the replies.

    Each waits for its reply, or with ``pipeline`` none does.  At the first refusal no more are sent: after it only
    RSET helps (RFC 3030 2).  Raises what replies_after() raises.
    """
    with sending(interpreter, source, ends_itself=True) as watched:
        return _send_chunks(interpreter, watched, size, pipeline=pipeline)


def _send_chunks(interpreter: Interpreter, source: BinaryIO, size: int, *, pipeline: bool) -> list[ReplyReceived]:
    source.seek(0, os.SEEK_END)
    plan = chunk_plan(source.tell(), size)
    source.seek(0)
    if pipeline:
        return interpreter.replies_after(lambda: _all_chunks(interpreter, source, plan))
    replies: list[ReplyReceived] = []
    for octets, last in plan:
        replies += interpreter.replies_after(lambda n=octets, last=last: _chunk(interpreter, source, n, last))  # type: ignore[misc]
        if not replies or not replies[-1].reply.is_positive:
            break
    return replies


def _all_chunks(interpreter: Interpreter, source: BinaryIO, plan: Iterator[tuple[int, bool]]) -> None:
    before = interpreter.last_reply
    for octets, last in plan:
        _chunk(interpreter, source, octets, last)
        interpreter.readable()
        reply = interpreter.last_reply
        if not interpreter.connected or (reply is not before and reply is not None and not reply.is_positive):
            return


def _chunk(interpreter: Interpreter, source: BinaryIO, octets: int, last: bool) -> None:
    """Send one chunk, its first octets in one write with its command."""
    head = Bdat(octets, last).encode()
    left = octets
    while head or left:
        block = source.read(min(left, _BLOCK))
        if left and not block:
            # The file has become shorter: what was announced can no more be kept.
            interpreter.live.close()
            return
        interpreter.live.send_octets(head + block)
        head, left = b"", left - len(block)
