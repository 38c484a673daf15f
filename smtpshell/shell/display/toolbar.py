"""The toolbar's text: where the session stands, at a glance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["toolbar"]


def toolbar(interpreter: Interpreter) -> Fragments:
    """Give server, state, TLS, login, recipients, what is outstanding, and whether it is recorded."""
    session = interpreter.session
    shown: Fragments = []
    if interpreter.together:
        shown.append(("toolbar", f" each: {visible(', '.join(each.name for each in interpreter.together))} "))
    elif interpreter.several:
        current, others = interpreter.current, len(interpreter.conversations) - 1
        shown.append(("toolbar", f" {current.number} {visible(current.name)}, {others} more "))
    if session is None or session.closed:
        shown.append(("toolbar.bad", " not connected "))
    else:
        connection, facts = session.connection, session.connection.facts
        shown += [
            ("toolbar", f" {visible(interpreter.current.where)} "),
            ("toolbar.good", f" {connection.state.value} "),
        ]
        if facts.tls:
            verified = session.tls_report is not None and session.tls_report.verified
            shown.append(("toolbar.good", " TLS ") if verified else ("toolbar.bad", " TLS, not verified "))
        else:
            shown.append(("toolbar.bad", " no TLS "))
        if facts.authenticated:
            shown.append(("toolbar.good", " logged in "))
        if facts.forward_paths:
            shown.append(("toolbar", f" {len(facts.forward_paths)} recipients "))
        if connection.outstanding:
            waiting = ", ".join(command.move for command in connection.outstanding)
            shown.append(("toolbar", f" waiting: {visible(waiting)} "))
    if interpreter.tutor is not None:
        shown.append(("toolbar", f" lesson {interpreter.tutor.position} "))
    if interpreter.recorder is not None:
        shown.append(("toolbar.good", f" recording {visible(interpreter.recorder.path)} "))
    return shown
