"""Commands that keep a conversation as a transcript, and say one again."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.argument_types import Assignment, Choice, Flag, NewFile, TranscriptFile, Url
from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.render import visible
from smtpshell.shell.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.replay_result import Exchange, ReplayResult

__all__ = ["MATCH_LEVELS", "connector", "credentials", "record", "replay"]

MATCH_LEVELS = {
    "code": "the reply code",
    "class": "its first digit",
    "text": "the text too; hosts, ids, times and numbers aside",
    "exact": "every octet",
}


@command()
def record(
    interpreter: Interpreter,
    file: Annotated[
        Path | None, NewFile("where to, or off; what is recorded is told where it is left out")
    ] = None,
    *,
    force: Annotated[bool, Flag("replace a file that is there")] = False,
    append: Annotated[bool, Flag("go on at the end of a transcript that is there")] = False,
) -> Outcome:
    """Record the conversation from here on to a transcript, without its secrets.

    Example:
        /record session.smtp
        /record session.smtp --append
        /record off
    """
    if file is None:
        path = interpreter.recorder.path if interpreter.recorder else ""
        return lines(f"recording to {path}" if path else "nothing is recorded")
    if str(file) == "off":
        path = interpreter.stop_recording()
        return lines(f"recorded to {path}" if path else "nothing was recorded")
    interpreter.record(file, force=force, append=append)
    return lines(f"recording to {file}")


@command(slow=True, cli=True)
def replay(
    interpreter: Interpreter,
    *files: Annotated[Path, TranscriptFile("transcripts, one or more")],
    against: Annotated[
        Any, Url("the server; at the prompt the one that is connected where it is left out")
    ] = None,
    match: Annotated[str, Choice("how much of a reply must be the same", **MATCH_LEVELS)] = "",
    set: Annotated[tuple[tuple[str, str], ...], Assignment("a value for ${NAME}; repeatable")] = (),  # noqa: A002
) -> None:
    """Say a transcript's client side to a server again and compare what it answers.

    It has a connection of its own.  What stands as ${auth} is computed from the environment's SMTPSHELL_USER and
    SMTPSHELL_PASSWORD (or SMTPSHELL_TOKEN).  Each difference is shown as it is found.

    Example:
        /replay transcripts/pipelining.smtp --against smtp://127.0.0.1:2525
        /replay session.smtp --match text --set sender=a@example.test
    """
    from smtpshell.transcript.replay import replay as say_again
    from smtpshell.transcript.syntax import read

    if not files:
        raise UsageError("/replay needs a transcript", hint="/replay FILE --against URL")
    # All are read before anything is sent.
    transcripts = [(file, read(file)) for file in files]
    connect = connector(interpreter, against)
    for file, transcript in transcripts:
        if transcript.repair:
            interpreter.note(f"{file}: {transcript.repair}")
        result = say_again(
            transcript,
            connect,
            match=match or None,
            values=dict(set),
            credentials=credentials(interpreter),
            on_exchange=lambda exchange: interpreter.show(_exchange(exchange)),
        )
        _conclude(interpreter, str(file), result)


def connector(interpreter: Interpreter, against: Any) -> Any:
    """Give a function that opens a connection of its own, as the settings say."""
    if against is None and interpreter.session is not None:
        against = interpreter.session.endpoint
    if against is None:
        raise UsageError("there is no server to replay against", hint="name one with --against URL")

    def connect() -> Session:
        return interpreter.new_session(against)

    return connect


def credentials(interpreter: Interpreter) -> Any:
    """Give what the environment has to log in with, or None."""
    from smtpshell.protocol.sasl import Credentials

    names = ("USER", "PASSWORD", "TOKEN")
    user, password, token = (os.environ.get(f"SMTPSHELL_{name}", "") for name in names)
    if not (user or token):
        return None
    interpreter.secrets.remember(password or token)
    return Credentials(user=user, password=password, token=token)


def _exchange(exchange: Exchange) -> Outcome:
    """Show a difference; what is as recorded goes to JSON only."""
    shown: Fragments = []
    if not exchange.matched:
        first, _, rest = str(exchange).partition("\n")
        shown = [("finding.error", visible(first) + "\n"), ("", visible(rest) + "\n")]
    data = {
        "event": "exchange",
        "file": exchange.path,
        "line": exchange.line,
        "command": exchange.command,
        "expected": exchange.expected,
        "got": exchange.got,
        "matched": exchange.matched,
        "why": exchange.why,
    }
    status = ExitStatus.EXPECTED if exchange.matched else ExitStatus.NEGATIVE
    return Outcome(fragments=shown, status=status, data=data)


def _conclude(interpreter: Interpreter, file: str, result: ReplayResult) -> None:
    for note in result.notes:
        interpreter.note(note)
    different = result.exchanges - result.matched
    verdict = f"{different} different" if different else "all as recorded"
    text = f"{file}: {result.exchanges} replies compared, {verdict}"
    data = {
        "event": "replayed",
        "file": file,
        "compared": result.exchanges,
        "matched": result.matched,
        "notes": list(result.notes),
    }
    style = "finding.error" if different else "reply.2"
    interpreter.show(Outcome(fragments=[(style, visible(text) + "\n")], status=result.exit_status, data=data))
    if result.problem is not None:
        interpreter.report(result.problem)
