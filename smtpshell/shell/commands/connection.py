"""Commands that open, secure and end the connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import SmtpshellError
from smtpshell.protocol.commands import Ehlo, Lhlo, Quit, StartTls
from smtpshell.protocol.states import State
from smtpshell.shell.argument_types import Url
from smtpshell.shell.command import command

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["close", "connect", "drop", "quit_", "say_hello", "starttls"]


@command(slow=True)
def connect(
    interpreter: Interpreter,
    url: Annotated[Any, Url("the server; the practice server where it is left out")] = None,
) -> None:
    """Connect to a server.

    smtps:// begins with TLS, lmtp:// speaks LMTP, smtp+unix:// and lmtp+unix:// go to a unix socket.

    Example:
        /connect smtp://127.0.0.1:2525
    """
    interpreter.connect(url)


@command(slow=True)
def starttls(interpreter: Interpreter) -> None:
    """Say STARTTLS, do the handshake, say EHLO again.

    Says EHLO first where nobody has.  What the certificate proves is shown; /set verify on refuses one that does
    not prove the server's name.

    Example:
        /starttls
    """
    if not interpreter.live.connection.facts.hello:
        say_hello(interpreter)
    interpreter.request(StartTls())
    if interpreter.handshake_due:
        interpreter.do_handshake()
        say_hello(interpreter)


def say_hello(interpreter: Interpreter) -> None:
    """Say EHLO, or to an LMTP server LHLO, with the name that /set hello gives."""
    endpoint = interpreter.live.endpoint
    hello = Lhlo if endpoint is not None and endpoint.lmtp else Ehlo
    interpreter.request(hello(interpreter.settings.hello))


@command(slow=True)
def close(interpreter: Interpreter) -> None:
    """Say QUIT, wait for the reply, close the connection; the shell stays.

    In the middle of a message nothing can be said: the connection is dropped, and nothing delivered.

    Example:
        /close
    """
    session = interpreter.live
    if interpreter.mode == "command" and session.connection.state is not State.TLS:
        interpreter.request(Quit())
        interpreter.wait_for_close()
    session.close()


@command()
def drop(interpreter: Interpreter) -> None:
    """Close the connection at once, without a word.

    Example:
        /drop
    """
    interpreter.live.close()


@command(slow=True)
def quit_(interpreter: Interpreter) -> None:
    """Leave the shell; says QUIT first where there is a connection.

    Example:
        /quit
    """
    interpreter.finished = True
    try:
        if interpreter.connected:
            close(interpreter)
    except SmtpshellError as error:
        interpreter.report(error)
