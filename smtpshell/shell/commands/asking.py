"""Commands about questions: any server is asked one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import ExitStatus
from smtpshell.protocol.replies import END_INSIDE_REPLY, UNPARSABLE
from smtpshell.shell.declaration.argument_types import MailboxName, Text, Url
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import reply_pieces
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.procedures import Answer
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.session.session import Session
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["expn", "mail_help", "vrfy"]

_STATUS = {UNPARSABLE: ExitStatus.UNREADABLE, END_INSIDE_REPLY: ExitStatus.CONNECTION}


@command(slow=True)
def vrfy(
    interpreter: Interpreter,
    name: Annotated[str, MailboxName("a user's name, or a mailbox")],
    url: Annotated[Any, Url("the server")],
) -> Outcome:
    """Ask a server whether a name is a user's or a mailbox.

    Connects, says hello, asks, says QUIT.  On the open connection type VRFY instead.

    Example:
        /vrfy student smtp://127.0.0.1:2525
    """
    from smtpshell import procedures

    return _asked(interpreter, url, lambda where, **how: procedures.vrfy(name, where, **how))


@command(slow=True)
def expn(
    interpreter: Interpreter,
    name: Annotated[str, MailboxName("a mailing list")],
    url: Annotated[Any, Url("the server")],
) -> Outcome:
    """Ask a server who is on a mailing list.

    Connects, says hello, asks, says QUIT.  On the open connection type EXPN instead.

    Example:
        /expn class smtp://127.0.0.1:2525
    """
    from smtpshell import procedures

    return _asked(interpreter, url, lambda where, **how: procedures.expn(name, where, **how))


@command(slow=True)
def mail_help(
    interpreter: Interpreter,
    url: Annotated[Any, Url("the server")],
    *topic: Annotated[str, Text("what about; in general where it is left out")],
) -> Outcome:
    """Ask a server for help, as it gives it to clients.

    Connects, says hello, asks, says QUIT.  On the open connection type HELP instead.

    Example:
        /mail-help smtp://127.0.0.1:2525
        /mail-help smtp://127.0.0.1:2525 MAIL
    """
    from smtpshell import procedures

    return _asked(interpreter, url, lambda where, **how: procedures.mail_help(where, *topic, **how))


def _asked(interpreter: Interpreter, endpoint: Endpoint, ask: Callable[..., Answer]) -> Outcome:
    """Ask with the settings of this shell, and show the reply."""

    def connect(where: str) -> Session:
        return interpreter.new_session(endpoint)

    code, texts = ask(endpoint.url, local_host=interpreter.settings_for(endpoint).hello, connect=connect)
    lines = [f"{code}{'-' if number < len(texts) else ' '}{text}\n" for number, text in enumerate(texts, 1)]
    shown: Fragments = reply_pieces("".join(map(visible, lines)))
    status = ExitStatus.EXPECTED if code < 400 else _STATUS.get(code, ExitStatus.NEGATIVE)
    return Outcome(fragments=shown, status=status, data={"event": "answer", "code": code, "lines": texts})
