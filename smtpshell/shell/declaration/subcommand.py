"""One command as the program's own job: what it needs, the lines before it, itself, the lines behind it, QUIT."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.batch import script
from smtpshell.shell.batch.source import Source
from smtpshell.shell.declaration.command import COMMANDS, Call
from smtpshell.shell.declaration.needs import NEEDS, begin_tls

if TYPE_CHECKING:
    from smtpshell.session.endpoint import Endpoint
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Surroundings", "run_subcommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where it runs: the server (None: the practice server), and the lines ``before`` and ``behind`` it."""

    url: Endpoint | None = None
    before: Sequence[str] = ()
    behind: Sequence[str] = ()


def run_subcommand(interpreter: Interpreter, call: Call, where: Surroundings) -> None:
    """Run it; what goes wrong is reported, and ends it.  One that serves stays until Ctrl-C or SIGTERM."""
    if call.command.serves:
        _serve(interpreter, call)
        return
    if call.command.stays:
        _stay(interpreter, call)
        return
    # A script around it all, so that an expectation in one part can be about another.
    whole = Source(BytesIO())
    interpreter.scripts.append(whole)
    try:
        with interpreter.reporting():
            if not NEEDS[call.command.needs].connects:
                _run(interpreter, call)
            elif _begun(interpreter, call, where, whole):
                _run(interpreter, call)
                script.run_lines(interpreter, where.behind)
                if interpreter.group is not None:
                    raise UsageError(
                        "what /pipeline collects has no end; nothing was sent", hint="--then /end ends it"
                    )
        # It says QUIT on every connection that is open, and reports what goes wrong.
        COMMANDS["quit"].call({}).run(interpreter)
    finally:
        interpreter.scripts.pop()


def _serve(interpreter: Interpreter, call: Call) -> None:
    """Run a command that serves, and wait while threads still do; Ctrl-C is the proper end of a server."""
    import signal
    import threading

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt), interpreter.reporting():
        _run(interpreter, call)
        if interpreter.practice is not None:
            threading.Event().wait()


def _stay(interpreter: Interpreter, call: Call) -> None:
    """Run a command that begins something, then the lines of standard input; a lesson must be finished in them."""
    import sys

    with interpreter.reporting():
        _run(interpreter, call)
    if sys.stdin is None or interpreter.exit_status >= ExitStatus.USAGE:
        return
    source = Source(sys.stdin.buffer, "standard input")
    script.run(interpreter, source)
    if interpreter.tutor is not None and source.line > 1:
        interpreter.grade(ExitStatus.NEGATIVE)


def _begun(interpreter: Interpreter, call: Call, where: Surroundings, whole: Source) -> bool:
    """Connect and say what comes first; give whether the command's turn has come."""
    interpreter.connect(where.url)
    if interpreter.settings.starttls:
        begin_tls(interpreter)
    NEEDS[call.command.needs].reach(interpreter)
    if where.before:
        script.run_lines(interpreter, where.before, more=True)
    return not script.failed(interpreter, whole)


def _run(interpreter: Interpreter, call: Call) -> None:
    outcome = call.run(interpreter)
    if outcome is not None:
        interpreter.show(outcome)
