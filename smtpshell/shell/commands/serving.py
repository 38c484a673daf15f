"""Commands about transcripts: a server played from one."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from smtpshell.shell.declaration.argument_types import Address, Choice, Flag, TranscriptFile
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.scripted_server import Verdict

__all__ = ["serve"]

_LOOK: Final = 0.2
"""Seconds between two looks at whether the wait was cancelled."""

_MATCH = {"tolerant": "verbs and arguments", "exact": "every octet"}
_TLS = {
    "starttls": "where the transcript has it begin after STARTTLS",
    "implicit": "from the first octet",
    "no": "never",
}


@command(slow=True, serves=True)
def serve(
    interpreter: Interpreter,
    transcript: Annotated[Path, TranscriptFile("the transcript whose server to play")],
    *,
    listen: Annotated[tuple[str, int], Address("where to listen; any free loopback port else")] = ("127.0.0.1", 0),
    once: Annotated[bool, Flag("end after the first connection")] = False,
    tls: Annotated[str, Choice("when TLS begins, as recorded where it is left out", **_TLS)] = "",
    match: Annotated[str, Choice("how much of the client's lines must be the same", **_MATCH)] = "",
) -> Outcome:
    """Play the server of a transcript to any client, and say what the client did otherwise.

    Each connection gets the recorded replies, faults included: pauses, cut lines, ends and resets.  A client that
    says something else is answered as well as can be, and it is noted.  Ctrl-C ends it.

    Example:
        /serve transcripts/pipelining-refused-recipient.smtp
        /serve session.smtp --listen 127.0.0.1:2525 --once
    """
    from smtpshell.practice.contexts import ServerTls
    from smtpshell.transcript.scripted_server import ScriptedServer
    from smtpshell.transcript.syntax import read

    script = read(transcript)
    if script.repair:
        interpreter.note(script.repair)
    done = threading.Event()

    def tell(verdict: Verdict) -> None:
        interpreter.show(_verdict(verdict))
        if once:
            done.set()

    host, port = listen
    server = ScriptedServer(
        script, host, port, match=match, tls=tls, tls_context_factory=ServerTls().context, on_verdict=tell
    )
    with server, _ended_by_signals():
        data = {"event": "serving", "url": server.url, "file": str(transcript)}
        interpreter.show(Outcome(fragments=[("heading", f"serving at {server.url}\n")], data=data))
        _ = interpreter.cancelled  # of an earlier wait
        while not done.wait(_LOOK) and not interpreter.cancelled:
            pass
    return _summary(str(transcript), server.verdicts)


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Take Ctrl-C and SIGTERM for the proper end, where signals come to this thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _verdict(verdict: Verdict) -> Outcome:
    shown: Fragments = [
        ("finding.error" if verdict.exit_status else "reply.2", visible(verdict.summary) + "\n"),
    ]
    for deviation in verdict.deviations:
        first, _, rest = str(deviation).partition("\n")
        shown += [
            ("finding.error", visible(first) + "\n"),
            ("", "".join(f"{visible(line)}\n" for line in rest.split("\n"))),
        ]
    deviations: list[dict[str, Any]] = [
        {
            "file": deviation.path,
            "line": deviation.line,
            "expected": deviation.expected,
            "got": deviation.got,
            "why": deviation.why,
        }
        for deviation in verdict.deviations
    ]
    data = {
        "event": "served",
        "connection": verdict.number,
        "peer": verdict.peer,
        "heard": verdict.heard,
        "deviations": deviations,
        "problem": verdict.problem,
    }
    return Outcome(fragments=shown, status=verdict.exit_status, data=data)


def _summary(file: str, verdicts: list[Verdict]) -> Outcome:
    deviating = sum(bool(verdict.exit_status) for verdict in verdicts)
    judged = f"{deviating} not as recorded" if deviating else "all as recorded"
    text = f"{file}: {len(verdicts)} connections, {judged}"
    data = {"event": "served-all", "file": file, "connections": len(verdicts), "deviating": deviating}
    return Outcome(fragments=[("finding.error" if deviating else "reply.2", visible(text) + "\n")], data=data)
