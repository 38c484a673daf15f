"""A transcript as a command line of swaks, for whoever has that and not smtpshell; comments say what gets lost.

swaks builds a session of its own around one mail transaction: it cannot send lines as they stand, nor compare what
is answered.  User and password come from its environment, they are never written.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from smtpshell.errors import UsageError
from smtpshell.protocol.commands import Auth, Bdat, Command, Mail, Rcpt
from smtpshell.session.endpoint import Endpoint
from smtpshell.transcript.exporters.telling import Turn, printable, tell
from smtpshell.transcript.model import EventLine, Line, Transcript

__all__ = ["export"]

# Verb -> the stage after which swaks is told to stop, where nothing of the transaction follows.
_STAGES: Final = {"EHLO": "HELO", "HELO": "HELO", "LHLO": "HELO", "MAIL": "MAIL", "RCPT": "RCPT"}

_HELLOS: Final = {"EHLO": "ESMTP", "HELO": "SMTP", "LHLO": "LMTP"}
"""Verb -> the protocol's name for swaks."""

_MECHANISMS: Final = ("PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5", "CRAM-SHA1", "NTLM", "SPA")
"""What swaks can log in with."""

_SAID: Final = frozenset({*_HELLOS, "MAIL", "RCPT", "DATA", "QUIT", "STARTTLS", "AUTH", "AUTH-RESPONSE"})
"""Moves that swaks makes by itself or as its options say."""


@dataclass(slots=True)
class _Plan:
    """What is known of the one transaction that swaks is to repeat."""

    options: dict[str, str | None] = field(default_factory=dict)
    recipients: list[str] = field(default_factory=list)
    content: list[str] | None = None
    chunks: bool = False
    complete: bool = False
    stage: str = ""
    notes: list[str] = field(default_factory=list)

    def note(self, turn: Turn, what: str) -> None:
        """Say what cannot be repeated, and where it stands."""
        self.notes.append(f"not repeated, line {turn.number}: {what}")


def export(transcript: Transcript) -> str:
    """Give a shell command, with comments above it."""
    plan = _Plan()
    _connect(plan, transcript)
    turns = tell(transcript)
    for turn in turns:
        if turn.kind == "command" and turn.command is not None:
            _command(plan, turn, turn.command)
        elif turn.kind == "content":
            _content(plan, turn)
        elif turn.kind == "reply":
            _reply(plan, turn)
    if any(turn.kind == following.kind == "command" for turn, following in pairwise(turns)):
        plan.options["--pipeline"] = None
    if plan.recipients:
        plan.options["--to"] = ",".join(plan.recipients)
    if plan.chunks and plan.content is not None:
        plan.content.append(".")
    if plan.content is None and plan.stage:
        plan.options["--quit-after"] = plan.stage
    return "".join(_written(plan, transcript))


def _written(plan: _Plan, transcript: Transcript) -> Iterator[str]:
    if title := transcript.header.get("title"):
        yield f"# {printable(title)}\n"
    for note in plan.notes:
        yield f"# {printable(note)}\n"
    words = ["swaks"]
    for option, value in plan.options.items():
        words.append(option if value is None else f"{option} {shlex.quote(printable(value))}")
    if plan.content is not None:
        words.append("--no-data-fixup --data -")
        # swaks sends these octets as they are and a CRLF behind them, so the last line comes without its own.
        *lines, last = plan.content
        if lines:
            yield "{ printf '%s\\r\\n'" + "".join(f" \\\n  {shlex.quote(line)}" for line in lines) + "; "
        yield f"printf %s {shlex.quote(last)}{'; }' if lines else ''} |\n"
    yield " \\\n  ".join(words) + "\n"


def _connect(plan: _Plan, transcript: Transcript) -> None:
    connected = next(
        (
            entry.argument
            for entry in transcript.entries
            if isinstance(entry, EventLine) and entry.name == "connected to"
        ),
        "",
    )
    try:
        endpoint = Endpoint.parse(transcript.header.get("server") or connected)
    except UsageError:
        plan.notes.append("the transcript names no server, put yours behind --server")
        plan.options |= {"--server": "localhost", "--port": "25"}
        return
    if endpoint.path:
        plan.options["--socket"] = endpoint.path
    else:
        plan.options |= {"--server": endpoint.host, "--port": str(endpoint.port)}
    if endpoint.implicit_tls:
        plan.options["--tls-on-connect"] = None


def _command(plan: _Plan, turn: Turn, command: Command) -> None:
    move = command.move
    plan.stage = _STAGES.get(move, plan.stage)
    if any(isinstance(entry, Line) and entry.value_names not in ([], ["auth"]) for entry in turn.entries):
        plan.note(turn, "a value to be given; write it in place of x")
    if move in _HELLOS:
        plan.options |= {"--protocol": _HELLOS[move], "--ehlo": command.arguments()}
    elif isinstance(command, Mail):
        if "--from" in plan.options:
            plan.note(turn, "one more mail transaction")
            return
        plan.options["--from"] = command.path or "<>"
    elif isinstance(command, Rcpt):
        if plan.content is None and command.path not in plan.recipients:
            plan.recipients.append(command.path)
    elif move == "STARTTLS":
        plan.options["--tls"] = None
    elif isinstance(command, Auth):
        _login(plan, turn, command.mechanism.upper())
    elif isinstance(command, Bdat):
        plan.chunks = True
        plan.note(turn, f"BDAT {command.arguments()}; swaks sends the content by DATA")
    elif move not in _SAID:
        plan.note(turn, " ".join(turn.texts))
    if isinstance(command, Mail | Rcpt) and command.parameters:
        plan.note(turn, f"{command.verb}'s parameters {' '.join(map(str, command.parameters))}")


def _login(plan: _Plan, turn: Turn, mechanism: str) -> None:
    if "--auth" in plan.options:
        plan.note(turn, "one more login")
    elif mechanism not in _MECHANISMS:
        plan.note(turn, f"AUTH {mechanism}, which swaks does not know")
    else:
        plan.options["--auth"] = mechanism
        plan.stage = "AUTH"
        plan.notes.append(
            "give user and password in the environment, as SWAKS_OPT_auth_user and SWAKS_OPT_auth_password"
        )


def _content(plan: _Plan, turn: Turn) -> None:
    if plan.complete:
        plan.note(turn, "one more message")
        return
    lines: list[str] = []
    for entry in turn.entries:
        if not isinstance(entry, Line):
            plan.note(turn, f"content kept elsewhere: {entry}")
            continue
        if entry.mark == "=":
            plan.note(turn, "exact octets; the escapes are sent as they stand")
        text = entry.text.replace("$${", "${")
        lines.append("." + text if plan.chunks and text.startswith(".") else text)
    plan.content = [*(plan.content or ()), *lines] or None


def _reply(plan: _Plan, turn: Turn) -> None:
    plan.complete = plan.complete or (plan.content is not None and not plan.chunks)
    if any(isinstance(entry, Line) and not entry.is_exact for entry in turn.entries):
        plan.note(turn, "what is expected of the reply; swaks compares nothing")
