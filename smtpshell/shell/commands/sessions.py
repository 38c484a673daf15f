"""Commands about connections: several sessions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.session_types import SessionName, SessionNames, TypedLine
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import is_shell_command
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.conversation import Conversation
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["each", "sessions", "switch"]

_OF_THE_SHELL: Final = frozenset({"connect", "each", "quit", "sessions", "switch"})
"""Commands that are about all sessions, and cannot be done at one."""


@command(needs="hello")
def sessions(interpreter: Interpreter) -> Outcome:
    """List the sessions: number, name, where, how it stands, the last reply; * marks the current one.

    /connect while connected opens another.

    Example:
        /sessions
    """
    begun = [(each, each.session) for each in interpreter.conversations if each.session is not None]
    if not begun:
        raise UsageError("there is no session", hint="/connect URL opens one")
    shown: Fragments = []
    data = []
    for each, session in begun:
        current = each is interpreter.current
        fields = _fields(each, session)
        shown += [
            ("heading", visible(f"{'*' if current else ' '} {each.number} {each.name}")),
            ("", visible(f"  {each.where}\n")),
            ("note", visible(f"    {_standing(fields)}\n")),
        ]
        if fields["last"]:
            shown.append(("note", visible(f"    last: {fields['last']}\n")))
        data.append({"number": each.number, "name": each.name, "current": current, **fields})
    return Outcome(fragments=shown, data={"event": "sessions", "sessions": data})


def _fields(each: Conversation, session: Session) -> dict[str, Any]:
    """Tell how a session stands."""
    reply = each.last_reply
    report = session.tls_report
    return {
        "where": each.where,
        "state": session.connection.state.value if each.connected else "closed",
        "mode": each.mode,
        "tls": report.description if report else None,
        "outstanding": [command.move for command in session.connection.outstanding] if each.connected else [],
        "last": each.secrets.redact_text(reply.raw_lines[-1].decode("utf-8", "surrogateescape")).strip()
        if reply and reply.raw_lines
        else "",
        "recording": each.recorder.path if each.recorder else None,
    }


def _standing(fields: dict[str, Any]) -> str:
    """Say in one line how a session stands."""
    told = [fields["state"]]
    if fields["mode"] not in ("command", fields["state"]):
        told.append(f"in the middle of a {fields['mode']}")
    if fields["tls"]:
        told.append(fields["tls"])
    elif fields["state"] != "closed":
        told.append("no TLS")
    if fields["outstanding"]:
        told.append(f"waiting: {', '.join(fields['outstanding'])}")
    if fields["recording"]:
        told.append(f"recording {fields['recording']}")
    return "; ".join(told)


@command(needs="hello")
def switch(interpreter: Interpreter, session: Annotated[str, SessionName("which one")]) -> Outcome:
    """Make another session the current one: what is typed goes there.

    What comes on the others is shown with their names before it.

    Example:
        /connect smtp://127.0.0.1:2526 --name other
        /switch 1
        /switch other
    """
    interpreter.front = interpreter.named(session)
    interpreter.together = ()
    where = interpreter.front.where or "not connected"
    text = f"session {interpreter.front.number} {interpreter.front.name}, {where}"
    return Outcome(
        fragments=[("note", visible(f"{text}\n"))], data={"event": "switched", "to": interpreter.front.name}
    )


@command(slow=True, needs="hello")
def each(
    interpreter: Interpreter,
    line: Annotated[
        str, TypedLine("for the server or the shell; every line up to /end where it is left out")
    ] = "",
    *,
    only: Annotated[tuple[str, ...] | None, SessionNames("to these sessions, not to all that are open")] = None,
) -> None:
    """Send one line to all sessions, wait for the replies and show them side by side.

    The line goes out as it stands, quotes and all.  ! marks what differs, ~ what says the same in other words;
    what EHLO offers is compared keyword by keyword.  A shell command is done at one session after the other.
    Without a line all that is typed, content included, goes to each, up to /end or /switch.

    Example:
        /connect smtp://127.0.0.1:2526 --name other
        /each NOOP
        /each --only other EHLO client.example.test
        /each /starttls
        /each
            NOOP
            /end
    """
    members = list(dict.fromkeys(interpreter.named(name) for name in only or ()))
    members = members or [each for each in interpreter.conversations if each.connected]
    if line:
        name = line[1:].split(" ")[0]
        if is_shell_command(line) and name in _OF_THE_SHELL:
            raise UsageError(f"/{name} is about all sessions", hint=f"type /{name} alone")
        if error := interpreter.check(line):
            raise error
        interpreter.to_each(lambda: interpreter.perform(line), line, members=members)
        return
    if not any(each.connected for each in members):
        raise UsageError("there is no open session", hint="/connect URL opens one")
    interpreter.together = tuple(members)
    if interpreter.front not in members:
        interpreter.front = members[0]
    interpreter.note(f"  every line goes to {', '.join(each.name for each in members)}, up to /end")
