"""Commands about connections: logging in, by whatever mechanism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import RemoteProtocolError, UsageError
from smtpshell.protocol.commands import Auth, AuthResponse
from smtpshell.shell.commands.connection import say_hello
from smtpshell.shell.configuration.credentials import from_environment, password, token
from smtpshell.shell.configuration.credentials import user as user_name
from smtpshell.shell.declaration.argument_types import Flag, MechanismName, Text
from smtpshell.shell.declaration.command import command

if TYPE_CHECKING:
    from smtpshell.protocol.sasl import Credentials, Mechanism
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["auth"]

_STRONGEST = "AUTO"


@command(slow=True, needs="greeting")
def auth(
    interpreter: Interpreter,
    mechanism: Annotated[str, MechanismName("how to log in; the strongest offered where left out, or auto")] = "",
    user: Annotated[str, Text("user name; else SMTPSHELL_USER, the setting, or it is asked for")] = "",
    *,
    insecure: Annotated[bool, Flag("send a plaintext password outside of TLS")] = False,
    password_command: Annotated[str, Text("program whose first line of output is the password")] = "",
) -> None:
    """Log in; the password is asked for and never shown, kept or recorded.

    The password comes from --password-command, or the environment's SMTPSHELL_PASSWORD, or the setting
    password-command, or is asked for; it is no argument, since every user of the machine could read it in the
    process list.  PLAIN and LOGIN send it as it is and are refused without TLS; the others prove that we know it.
    XOAUTH2 and OAUTHBEARER take a token from SMTPSHELL_TOKEN.  A first word that is no mechanism is the user.
    Says EHLO first where nobody has.

    Example:
        /starttls
        /auth
        /auth student

        /auth PLAIN student --insecure
        /auth CRAM-MD5 student --password-command "pass show mail"
    """
    from smtpshell.protocol.sasl import MECHANISMS, Credentials

    session = interpreter.live
    if not session.connection.facts.hello:
        say_hello(interpreter)
    name = mechanism.upper()
    if not user and name and name not in (_STRONGEST, *MECHANISMS, *interpreter.offered_mechanisms):
        name, user = "", mechanism
    binding = session.tls_report.channel_binding if session.tls_report else None
    chosen = _choose(interpreter, "" if name == _STRONGEST else name, insecure=insecure, binding=binding)
    credentials = Credentials(
        user=user_name(interpreter, user) if "user" in chosen.needs else user,
        password=password(interpreter, password_command) if "password" in chosen.needs else "",
        token=token() if "token" in chosen.needs else "",
        host=session.server_name,
        port=session.endpoint.port if session.endpoint else 0,
        channel_binding=binding,
    )
    interpreter.secrets.remember(credentials.password or credentials.token)
    interpreter.answering = True
    try:
        _log_in(interpreter, chosen, credentials)
    finally:
        interpreter.answering = False


def _choose(
    interpreter: Interpreter, name: str, *, insecure: bool, binding: tuple[str, bytes] | None
) -> Mechanism:
    from smtpshell.protocol.sasl import MECHANISMS, Credentials, strongest

    offered = interpreter.offered_mechanisms
    # Whether the password will do is not the question yet, only that there will be one.
    some = Credentials(user="?", password="?", token=from_environment().token, channel_binding=binding)
    found = MECHANISMS.get(name) if name else strongest(offered, some, plaintext=True)
    if found is None:
        known = ", ".join(MECHANISMS)
        if name:
            raise UsageError(f"/auth does not know {name}", hint=f"it knows {known}; type AUTH {name} by hand")
        raise UsageError(
            f"no mechanism that /auth knows is offered (offered: {', '.join(offered) or 'none'})",
            hint="/starttls may bring some",
        )
    if "channel_binding" in found.needs and binding is None:
        raise UsageError(
            f"{found.name} binds to a TLS channel, and there is none it could bind to", hint="/starttls first"
        )
    if found.plaintext and not interpreter.live.connection.facts.tls and not insecure:
        raise UsageError(
            f"AUTH {found.name} would send the secret in the clear: there is no TLS",
            hint="/starttls first, or /auth --insecure if that is meant",
        )
    return found


def _log_in(interpreter: Interpreter, mechanism: Mechanism, credentials: Credentials) -> None:
    from smtpshell.protocol.sasl import decode, encode

    exchange = mechanism.start(credentials)
    initial = next(exchange)
    reply = interpreter.request(Auth(mechanism.name, None if initial is None else encode(initial) or "="))
    while reply.code == 334:
        try:
            answer = encode(exchange.send(decode(reply.texts[-1])))
        except StopIteration:
            # It asks for more than the mechanism has: give up (RFC 4954 4).
            answer = "*"
        except RemoteProtocolError:
            interpreter.request(AuthResponse("*"))
            raise
        reply = interpreter.request(AuthResponse(answer))
