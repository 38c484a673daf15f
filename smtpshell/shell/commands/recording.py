"""Commands about transcripts: keeping a conversation as one, and saying one again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.configuration.credentials import credentials as credentials_for
from smtpshell.shell.declaration.argument_types import (
    Assignment,
    Choice,
    ExistingFile,
    Flag,
    NewFile,
    Number,
    TranscriptFile,
    Url,
)
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import to_text, visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.replay_many import Replayed
    from smtpshell.transcript.replay_result import Exchange

__all__ = ["MATCH_LEVELS", "connector", "record", "replay"]

MATCH_LEVELS = {
    "code": "the reply code",
    "class": "its first digit",
    "text": "the text too; hosts, ids, times and numbers aside",
    "exact": "every octet",
}


@command(needs="connection")
def record(
    interpreter: Interpreter,
    file: Annotated[
        Path | None, NewFile("where to, or off; what is recorded is told where it is left out")
    ] = None,
    *,
    force: Annotated[bool, Flag("replace a file that is there")] = False,
    append: Annotated[bool, Flag("go on at the end of a transcript that is there")] = False,
    all: Annotated[bool, Flag("all sessions, each to a file named after it: FILE-NAME.smtp")] = False,  # noqa: A002
) -> Outcome:
    """Record the conversation from here on to a transcript, without its secrets.

    Of several sessions it is the current one, or with --all each that is open.

    Example:
        /record session.smtp
        /record session.smtp --all
        /record session.smtp --append
        /record off
    """
    if all:
        return _record_all(interpreter, file, force=force, append=append)
    if file is None:
        path = interpreter.recorder.path if interpreter.recorder else ""
        return lines(f"recording to {path}" if path else "nothing is recorded")
    if str(file) == "off":
        path = interpreter.stop_recording()
        return lines(f"recorded to {path}" if path else "nothing was recorded")
    interpreter.record(file, force=force, append=append)
    return lines(f"recording to {file}")


def _record_all(interpreter: Interpreter, file: Path | None, *, force: bool, append: bool) -> Outcome:
    """Do for each session what /record does for one; errors name the file."""
    said = []
    for conversation in interpreter.conversations:
        if str(file) == "off" or file is None:
            path = file
        elif conversation.connected:
            path = file.with_name(f"{file.stem}-{conversation.name}{file.suffix or '.smtp'}")
        else:
            continue
        with interpreter.at(conversation):
            told = record(interpreter, path, force=force, append=append)
        said.append(f"{conversation.name or 'nobody'}: {to_text(told.fragments).strip()}")
    if not said:
        raise UsageError("there is no open session", hint="/connect URL opens one")
    return lines(*said)


@command(slow=True)
def replay(
    interpreter: Interpreter,
    *files: Annotated[Path, TranscriptFile("transcripts, one or more")],
    against: Annotated[
        tuple[Any, ...],
        Url("the server; at the prompt the one that is connected where it is left out; repeatable"),
    ] = (),
    match: Annotated[str, Choice("how much of a reply must be the same", **MATCH_LEVELS)] = "",
    set: Annotated[tuple[tuple[str, str], ...], Assignment("a value for ${NAME}; repeatable")] = (),  # noqa: A002
    credentials: Annotated[Path | None, ExistingFile("lines USER=, PASSWORD=, TOKEN= for ${auth}")] = None,
    stop: Annotated[bool, Flag("end a replay at its first difference")] = False,
    jobs: Annotated[int, Number("so many replays at the same time")] = 1,
    junit: Annotated[Path | None, NewFile("write the results as JUnit XML")] = None,
) -> None:
    """Say a transcript's client side to a server again and compare what it answers.

    It has a connection of its own.  What stands as ${auth} is computed from a file of --credentials, or the
    environment's SMTPSHELL_USER and SMTPSHELL_PASSWORD (or SMTPSHELL_TOKEN), or it is asked for as /auth does.
    Each difference is shown as it is found.  With several servers every file is replayed against each.

    Example:
        /replay transcripts/pipelining.smtp --against smtp://127.0.0.1:2525
        /replay session.smtp --against 127.0.0.1:2525 --match text --set sender=a@example.test
        /replay session.smtp --against localhost:2525 --against localhost:2526 --jobs 8 --junit results.xml

        /connect smtp://127.0.0.1:2525
        /replay session.smtp
    """
    from smtpshell.transcript.junit import write_results
    from smtpshell.transcript.replay_many import Job, replay_many
    from smtpshell.transcript.replay_many import junit as as_junit
    from smtpshell.transcript.syntax import read

    if not files:
        raise UsageError("/replay needs a transcript", hint="/replay FILE --against URL")
    # All are read before anything is sent.
    transcripts = [read(file) for file in files]
    connected = interpreter.session.endpoint if interpreter.session else None
    servers = [(str(server or ""), connector(interpreter, server)) for server in against or (connected,)]
    for transcript in transcripts:
        if transcript.repair:
            interpreter.note(f"{transcript.path}: {transcript.repair}")
    done = []
    for found in replay_many(
        [
            Job(transcript=transcript, server=name, connect=connect)
            for name, connect in servers
            for transcript in transcripts
        ],
        at_once=jobs,
        match=match or None,
        values=dict(set),
        credentials=credentials_for(interpreter, transcripts, dict(set), credentials),
        on_mismatch="stop" if stop else "continue",
        on_exchange=lambda job, exchange: interpreter.show(_exchange(exchange, job.server)),
    ):
        _conclude(interpreter, found, several=len(servers) > 1)
        done.append(found)
    if junit is not None:
        write_results(junit, as_junit(done))
    if len(done) > 1:
        _conclude_all(interpreter, done)


def connector(interpreter: Interpreter, against: Any) -> Any:
    """Give a function that opens a connection of its own, as the settings say."""
    if against is None and interpreter.session is not None:
        against = interpreter.session.endpoint
    if against is None:
        raise UsageError("there is no server to replay against", hint="name one with --against URL")

    def connect() -> Session:
        return interpreter.new_session(against)

    return connect


def _exchange(exchange: Exchange, server: str) -> Outcome:
    """Show a difference; what is as recorded goes to JSON only."""
    shown: Fragments = []
    if not exchange.matched:
        first, _, rest = str(exchange).partition("\n")
        shown = [("finding.error", visible(first) + "\n"), ("", visible(rest) + "\n")]
    data = {
        "event": "exchange",
        "file": exchange.path,
        "server": server,
        "line": exchange.line,
        "command": exchange.command,
        "expected": exchange.expected,
        "got": exchange.got,
        "matched": exchange.matched,
        "why": exchange.why,
    }
    status = ExitStatus.EXPECTED if exchange.matched else ExitStatus.NEGATIVE
    return Outcome(fragments=shown, status=status, data=data)


def _conclude(interpreter: Interpreter, found: Replayed, *, several: bool) -> None:
    result = found.result
    file = found.job.transcript.path
    for note in result.notes:
        interpreter.note(note)
    different = result.exchanges - result.matched
    whole = "all as recorded" if result.exchanges or not result.problem else "nothing was replayed"
    verdict = f"{different} different" if different else whole
    where = f" against {found.job.server}" if several else ""
    data = {
        "event": "replayed",
        "file": file,
        "server": found.job.server,
        "compared": result.exchanges,
        "matched": result.matched,
        "notes": list(result.notes),
    }
    text = f"{file}{where}: {result.exchanges} replies compared, {verdict}"
    style = "finding.error" if different or result.problem else "reply.2"
    interpreter.show(Outcome(fragments=[(style, visible(text) + "\n")], status=result.exit_status, data=data))
    if result.problem is not None:
        interpreter.report(result.problem)


def _conclude_all(interpreter: Interpreter, done: Sequence[Replayed]) -> None:
    """Say how many replays were as recorded."""
    different = sum(found.result.exit_status is not ExitStatus.EXPECTED for found in done)
    verdict = f"{different} not as recorded" if different else "all as recorded"
    data = {"event": "replayed all", "replays": len(done), "different": different}
    style = "finding.error" if different else "reply.2"
    interpreter.show(Outcome(fragments=[(style, f"{len(done)} replays, {verdict}\n")], data=data))
