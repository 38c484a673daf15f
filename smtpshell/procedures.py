"""The one-call procedures: a job on a mail server done by one function, for programs without a prompt.

They are those of a Scheme client of 1995, on today's core.  Each gives ``(code, texts)``: an int and the list of
the reply's texts.  Negative replies are values.  Three codes are not SMTP's: 600 (a reply that cannot be read),
621 (the stream ended inside a reply), 700 (some recipients were refused, see sendmail).

The server is a URL, HOST:PORT or HOST.  All raise ConnectError, TimedOut, ConnectionLost, TlsError as Session
does.  Those that ask take ``connect``, in place of Session.connect, from who connects in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from smtpshell.protocol.replies import Reply
from smtpshell.session.identity import own_name
from smtpshell.session.session import Session

if TYPE_CHECKING:
    from smtpshell.session.tls import TlsSettings

__all__ = ["PARTLY_REFUSED", "Loser", "expn", "mail_help", "send_message", "sendmail", "transactions", "vrfy"]

PARTLY_REFUSED: Final = 700
"""Some recipients were refused; the others have the message."""

Answer = tuple[int, list[str]]
"""A reply's code and texts."""

Loser = tuple[Any, ...]
"""A refused recipient: (forward-path, code, *texts)."""

Step = Callable[[Session], Reply]
"""One step of a sequence: does something with the session and gives the reply."""

Connect = Callable[[str], Session]
"""Opens a session with a server."""

_CLOSING: Final = (221, 421)
"""After these the server closes: nothing may be sent any more (RFC 5321 3.8)."""


def sendmail(
    to_list: Iterable[str],
    body: str | bytes | BinaryIO,
    where: str = "localhost",
    *,
    reverse_path: str = "",
    local_host: str = "",
    tls: TlsSettings | None = None,
) -> tuple[int, list[Any]]:
    """Deliver a message to each recipient; body is text (sent as UTF-8), octets, or a stream of octets.

    Gives the last reply of the transaction.  Where some recipients were refused the rest still get the message
    and the result is ``(700, losers)``; where all were, it is the last refusal.  Success is ``code < 400``.
    ``reverse_path`` is where bounces go, "" for nowhere; ``local_host`` what EHLO says.
    """
    losers: list[Loser] = []
    accepted: list[str] = []
    with Session.connect(where, tls=tls) as session:
        last = _hello(session, local_host)
        if last.code < 400:
            last = session.mail(reverse_path)
        if last.code < 400:
            for recipient in to_list:
                last = session.rcpt(recipient)
                if last.code >= 400:
                    losers.append((recipient, last.code, *last.texts))
                else:
                    accepted.append(recipient)
                if last.code in _CLOSING:
                    return last.code, last.texts
        if accepted:
            replies = _content(session, body)
            last = min(replies, key=_code)
            if len(replies) == len(accepted) and last.code < 400:
                # LMTP: each recipient is answered for itself (RFC 2033 4.2).
                answered = zip(accepted, replies, strict=True)
                losers += [(name, reply.code, *reply.texts) for name, reply in answered if reply.code >= 400]
        _quit(session, last)
    if losers and last.code < 400:
        return PARTLY_REFUSED, losers
    return last.code, last.texts


def _code(reply: Reply) -> int:
    return reply.code


def send_message(
    from_: str, local_host: str, to_list: Iterable[str], dest_host: str, message: str | bytes | BinaryIO
) -> Answer:
    """Deliver a message in the plain sequence, giving up at the first refusal; gives the last reply."""
    steps: list[Step] = [
        lambda session: _hello(session, local_host),
        lambda session: session.mail(from_),
        *(_rcpt(recipient) for recipient in to_list),
        lambda session: max(_content(session, message), key=_code),
    ]
    with Session.connect(dest_host) as session:
        reply = transactions(session, *steps)
    return reply.code, reply.texts


def expn(
    name: str, host: str = "localhost", *, local_host: str = "", connect: Connect = Session.connect
) -> Answer:
    """Ask a server who is on a mailing list."""
    return _ask(connect(host), local_host, lambda session: session.expn(name))


def vrfy(
    name: str, host: str = "localhost", *, local_host: str = "", connect: Connect = Session.connect
) -> Answer:
    """Ask a server whether a name is a user's or a mailbox."""
    return _ask(connect(host), local_host, lambda session: session.vrfy(name))


def mail_help(
    host: str = "localhost", *details: str, local_host: str = "", connect: Connect = Session.connect
) -> Answer:
    """Ask a server for help, in general or on some topic."""
    return _ask(connect(host), local_host, lambda session: session.help(" ".join(details)))


def transactions(session: Session, *steps: Step, close: bool = True) -> Reply:
    """Run steps in order and stop at the first reply of 400 or more, or 221 or 421; give the last reply.

    With ``close`` the session is then ended, politely where the server still listens.
    """
    reply = Reply(0, ())
    for step in steps:
        reply = step(session)
        if reply.code >= 400 or reply.code in _CLOSING:
            break
    if close:
        _quit(session, reply)
        session.close()
    return reply


def _hello(session: Session, local_host: str) -> Reply:
    """Wait for the greeting and say hello: EHLO, or HELO to a server that does not know EHLO (RFC 5321 3.2)."""
    greeting = session.wait_for_replies(1)
    if greeting is not None and greeting.code >= 400:
        return greeting
    name = local_host or own_name()
    if session.endpoint is not None and session.endpoint.lmtp:
        return session.lhlo(name)
    reply = session.ehlo(name)
    return session.helo(name) if reply.code in (500, 502) else reply


def _rcpt(recipient: str) -> Step:
    return lambda session: session.rcpt(recipient)


def _content(session: Session, body: str | bytes | BinaryIO) -> list[Reply]:
    """Send DATA and the content; give the replies to it (several with LMTP), or the refusal of DATA."""
    reply = session.data()
    if reply.code != 354:
        return [reply]
    session.send_content(body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body)
    session.end_content()
    return session.content_reply()


def _ask(opened: Session, local_host: str, question: Step) -> Answer:
    with opened as session:
        reply = transactions(session, lambda session: _hello(session, local_host), question)
    return reply.code, reply.texts


def _quit(session: Session, last: Reply) -> None:
    """Say QUIT unless the server is closing, has closed, or cannot be read."""
    if last.code not in (*_CLOSING, 600, 621) and not session.closed:
        session.quit()
