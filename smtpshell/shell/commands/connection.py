"""Commands about connections: how they begin, go on and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import Ehlo, Lhlo, Quit, StartTls
from smtpshell.protocol.states import State
from smtpshell.shell.configuration.settings import SETTINGS
from smtpshell.shell.declaration.argument_types import Choice, Flag, Url
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.session_types import NewSessionName, SessionName
from smtpshell.shell.declaration.setting_types import OfSetting
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.stopping import DROP_STEPS, QUIT_STEPS, Stop

if TYPE_CHECKING:
    from smtpshell.protocol.replies import Reply
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["certificate", "close", "connect", "drop", "quit_", "quit_after", "say_hello", "starttls"]


@command(slow=True)
def connect(
    interpreter: Interpreter,
    url: Annotated[Any, Url("the server; the practice server where it is left out")] = None,
    *,
    name: Annotated[str, NewSessionName("what to call the session; the host where it is left out")] = "",
    source: Annotated[str, OfSetting("source")] = "",
    family: Annotated[str, OfSetting("family")] = "",
    through: Annotated[str, OfSetting("through")] = "",
    proxy_header: Annotated[str, OfSetting("proxy-header")] = "",
    verify: Annotated[bool, Flag(SETTINGS["verify"].meaning)] = False,
    ca_file: Annotated[str, OfSetting("ca-file")] = "",
    tls_name: Annotated[str, OfSetting("tls-name")] = "",
    tls_cert: Annotated[str, OfSetting("tls-cert")] = "",
    tls_key: Annotated[str, OfSetting("tls-key")] = "",
    tls_min: Annotated[str, OfSetting("tls-min")] = "",
    tls_max: Annotated[str, OfSetting("tls-max")] = "",
    tls_ciphers: Annotated[str, OfSetting("tls-ciphers")] = "",
) -> None:
    """Connect to a server; where there is a connection already, to another as well.

    The new session is the current one then; /switch goes back, /sessions lists them.

    smtps:// begins with TLS, lmtp:// speaks LMTP, smtp+unix:// and lmtp+unix:// go to a unix socket, mx:DOMAIN to
    the first of a domain's mail exchangers that accepts.  The options are settings, and stay as /set shows them.

    Example:
        /connect smtp://127.0.0.1:2525
        /connect smtp://127.0.0.1:2525 --source 127.0.0.1 --tls-min TLSv1.3
        /connect smtp://127.0.0.1:2526 --name other
    """
    given = {
        "source": source,
        "family": family,
        "through": through,
        "proxy-header": proxy_header,
        "verify": "on" if verify else "",
        "ca-file": ca_file,
        "tls-name": tls_name,
        "tls-cert": tls_cert,
        "tls-key": tls_key,
        "tls-min": tls_min,
        "tls-max": tls_max,
        "tls-ciphers": tls_ciphers,
    }
    for setting, value in given.items():
        if value:
            interpreter.change_setting(setting, value)
    interpreter.connect(url, name)


@command(slow=True, needs="greeting")
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


def say_hello(interpreter: Interpreter) -> Reply:
    """Say EHLO, or to an LMTP server LHLO, with the name that /set hello gives; give the reply.

    The greeting is waited for first (RFC 5321 4.3.1).
    """
    interpreter.wait_for_replies()
    endpoint = interpreter.live.endpoint
    hello = Lhlo if endpoint is not None and endpoint.lmtp else Ehlo
    return interpreter.request(hello(interpreter.own_settings.hello))


@command(slow=True, needs="greeting")
def close(
    interpreter: Interpreter,
    session: Annotated[str, SessionName("which one; the current one where it is left out")] = "",
    *,
    all: Annotated[bool, Flag("all sessions")] = False,  # noqa: A002
) -> None:
    """Say QUIT, wait for the reply, close the connection; the shell stays.

    In the middle of a message nothing can be said: the connection is dropped, and nothing delivered.  Of several
    sessions the one that is closed leaves the list, and its recording ends.

    Example:
        /close
        /close 1
        /close --all
    """
    if all:
        close_all(interpreter)
        return
    conversation = interpreter.named(session) if session else interpreter.current
    with interpreter.at(conversation):
        try:
            if interpreter.connected or not interpreter.several:
                _say_goodbye(interpreter)
        finally:
            if interpreter.several:
                interpreter.stop_recording()
    interpreter.forget(conversation)


def close_all(interpreter: Interpreter) -> None:
    """Close each session that is open, whatever becomes of the others; errors are reported."""
    for conversation in list(interpreter.conversations):
        if conversation.connected or interpreter.several:
            with interpreter.reporting():
                close(interpreter, str(conversation.number))


def _say_goodbye(interpreter: Interpreter) -> None:
    session = interpreter.live
    if interpreter.mode == "command" and session.connection.state is not State.TLS:
        interpreter.request(Quit())
        interpreter.wait_for_close()
    session.close()


@command(needs="connection")
def drop(
    interpreter: Interpreter,
    step: Annotated[
        str, Choice("close after that instead; off takes it back", **DROP_STEPS, off="not at all")
    ] = "",
    *,
    unread: Annotated[bool, Flag("as soon as the step was sent, without reading its reply")] = False,
) -> None:
    """Close the connection without a word, at once or as soon as a step is done.

    A script ends there.  /quit-after STEP says QUIT instead.

    Example:
        /drop
        /drop ehlo
            EHLO client.example.test
        /drop mail --unread
            EHLO client.example.test
            MAIL FROM:<me@example.test>
    """
    if step in ("", "off"):
        interpreter.arm(None)
    else:
        interpreter.arm(Stop(step=step, unread=unread))
    if not step:
        interpreter.group = None
        interpreter.live.close()


@command(needs="connection")
def quit_after(
    interpreter: Interpreter,
    step: Annotated[str, Choice("which one", **QUIT_STEPS)],
) -> None:
    """Say QUIT as soon as a step is done.

    A script ends there.  /drop off takes it back, /drop STEP closes the connection instead.

    Example:
        /quit-after ehlo
            EHLO client.example.test
    """
    interpreter.arm(Stop(step=step, politely=True))


@command(needs="tls")
def certificate(interpreter: Interpreter) -> Outcome:
    """Show what the last TLS handshake proved, and the server's chain of certificates.

    Of each: the names it is for, its dates, its key, its fingerprint.

    Example:
        /certificate
    """
    report = interpreter.live.tls_report
    if report is None:
        raise UsageError("there is no TLS", hint="/starttls begins it")
    resumed = ", a resumed session" if report.resumed else ""
    shown: Fragments = [
        ("heading", visible(f"{report.version} {report.cipher}{resumed}\n")),
        ("note" if report.verified else "finding.warning", visible(f"{report.verdict}\n")),
    ]
    for number, each in enumerate(report.certificates, 1):
        shown.append(("heading", f"certificate {number} of {len(report.certificates)}\n"))
        shown += [("", visible(f"  {line}\n")) for line in each.lines()]
    data = {
        "event": "certificates",
        "version": report.version,
        "cipher": report.cipher,
        "resumed": report.resumed,
        "verdict": report.verdict,
        "certificates": [each.lines() for each in report.certificates],
    }
    return Outcome(fragments=shown, data=data)


@command(slow=True, needs="greeting")
def quit_(interpreter: Interpreter) -> None:
    """Leave the shell; says QUIT first on each connection that is open.

    Example:
        /quit
    """
    interpreter.finished = True
    close_all(interpreter)
