"""Commands about understanding: the conversation, explained."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

from smtpshell.errors import UsageError
from smtpshell.protocol.states import MOVES, verbs_in_sequence
from smtpshell.shell.declaration.argument_types import Flag, Number, Topic
from smtpshell.shell.declaration.command import COMMANDS, ShellCommand, command
from smtpshell.shell.display.columns import padded
from smtpshell.shell.display.paper import Paper
from smtpshell.shell.display.render import finding_lines, visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.help.examples import shown
from smtpshell.shell.outcome import Outcome, lines

if TYPE_CHECKING:
    from smtpshell.session.session import Session
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["capabilities", "explain", "findings", "help_", "state", "timing"]

_LANGUAGE = (
    "A line goes to the server as typed; one that begins with / is for the shell.",
    "After DATA and 354 all is content, dots stuffed for you; a lone . ends it.",
    "Nothing waits: Ctrl-C ends a wait, Ctrl-D leaves. Tab completes.",
    "/help tells more of a COMMAND, a FAMILY of them, a verb (MAIL), and of",
)


@command()
def help_(
    interpreter: Interpreter,
    topic: Annotated[
        str, Topic("a command, a family of commands, a verb, an idea, practice, or anything /explain knows")
    ] = "",
) -> Outcome:
    """Show how to use the shell, or explain a command, a verb or an idea.

    A word may be several things, and all are told; with a slash it is a command only.

    Example:
        /help
        /help MAIL
        /help record
        /help transcripts
        /help envelope
    """
    from smtpshell.shell.help.concepts import concepts
    from smtpshell.shell.help.explaining import unknown
    from smtpshell.shell.help.overview import LINES, WIDTH, family_help, overview

    if not topic:
        above = [
            *_LANGUAGE,
            *wrap(", ".join(concepts()) + ".", WIDTH, initial_indent="  ", subsequent_indent="  "),
        ]
        return lines(*above, *overview(COMMANDS, LINES - len(above)), style="")
    told = list(_command_help(topic.removeprefix("/")))
    if not topic.startswith("/"):
        residents = _residents() if topic == "practice" else ()
        told = [*_explanation(topic), *told, *residents, *family_help(topic, COMMANDS)]
    return _told(topic, told or unknown(topic))


@command()
def explain(
    interpreter: Interpreter,
    *topics: Annotated[
        str,
        Topic("a code, a verb, a keyword, a parameter, a mechanism, a state, a finding, or a reply as it stands"),
    ],
) -> Outcome:
    """Say what something means, what usually causes it and what to try; without a word, the last reply.

    That is a code, a verb, an EHLO keyword, a parameter (SIZE=), a SASL mechanism, a state (written small), or a
    reply as it stands: what well-known servers say is known.  A finding is named by its id, or by the number it
    was shown with, as #3 or 3; three digits are a code.  "certificate" is that of this session.

    Example:
        /connect smtp://127.0.0.1:2525
        /explain

        /explain 550 5.1.1
        /explain PIPELINING
        /explain content-8bit
        /explain 554 5.7.1 Relay access denied
    """
    # The tables behind it are many; a shell that explains nothing does without them.
    from smtpshell.shell.help.explaining import explanation

    return _told(" ".join(topics), explanation(interpreter, topics))


def _told(topic: str, told: list[str]) -> Outcome:
    paper = Paper.of_stdout()
    shown = [
        ("" if text.startswith(" ") else "heading", f"{line}\n")
        for text in told
        for line in paper.broken(visible(text))
    ]
    return Outcome(fragments=shown, data={"event": "explanation", "word": topic, "lines": told})


def _explanation(topic: str) -> list[str]:
    # The tables behind it are many; a shell that explains nothing does without them.
    from smtpshell.shell.help.topics import explain

    return explain(topic)


def _command_help(name: str) -> Iterator[str]:
    found: ShellCommand | None = COMMANDS.get(name)
    if found is None:
        return
    yield found.usage
    yield f"  {found.summary}"
    yield from (f"  {line}" for line in found.details.splitlines())
    for argument in found.arguments:
        yield f"  {argument.label:<18} {argument.type.description}"
    yield "  for example:"
    yield from (f"    {line}" for line in shown(found.examples))


def _residents() -> Iterator[str]:
    from smtpshell.practice import MAILBOXES, USERS

    yield "Users of the practice server"
    yield from (f"  {user.name:<12} password {user.password}" for user in USERS)
    yield "Mailboxes of the practice server"
    yield from (f"  {row.mailbox:<26} {row.sentence}" for row in MAILBOXES)


@command(needs="hello")
def findings(interpreter: Interpreter) -> Outcome:
    """List what was found so far: every rule that the conversation broke, below what broke it.

    The number before each is what /explain takes.

    Example:
        /findings
    """
    shown: Fragments = [] if interpreter.findings.count else [("note", "nothing was found\n")]
    data = []
    for (seconds, about), found in groupby(interpreter.findings, key=lambda one: (one.seconds, one.about)):
        shown.append(("heading", visible(f"[{seconds:.3f}] {interpreter.secrets.redact_text(about)}\n")))
        for one in found:
            shown += finding_lines([one.finding], interpreter.secrets, first=one.number)
            data.append(
                {
                    "number": one.number,
                    "seconds": round(seconds, 6),
                    "about": interpreter.secrets.redact_text(about),
                    "id": one.finding.rule.rule_id,
                    "severity": one.finding.rule.severity.name.lower(),
                    "sentence": interpreter.secrets.redact_text(str(one.finding)),
                    "source": one.finding.rule.source,
                }
            )
    if interpreter.findings.count > len(interpreter.findings):
        shown.append(("note", f"the last {len(interpreter.findings)} of {interpreter.findings.count}\n"))
    return Outcome(fragments=shown, data={"event": "findings", "findings": data})


@command(needs="hello")
def capabilities(interpreter: Interpreter) -> Outcome:
    """Show what the server offered in its reply to EHLO, and what each keyword means.

    Example:
        /capabilities
    """
    from smtpshell.protocol.extensions import EXTENSIONS

    offered = interpreter.live.connection.facts.capabilities
    if offered is None:
        raise UsageError("the server has offered nothing yet", hint="say EHLO first")
    shown: Fragments = [("heading", visible(f"{offered.domain} offers\n"))]
    for keyword, parameters in offered.items():
        known = EXTENSIONS.get(keyword)
        meaning = f"{known.meaning} ({known.source})" if known else "not known here"
        shown.append(("ehlo.keyword", f"  {padded(visible(keyword), 20)}"))
        shown.append(("", visible(" ".join([*parameters, "-" if parameters else "", meaning]).strip()) + "\n"))
    return Outcome(fragments=shown)


@command(needs="hello")
def state(interpreter: Interpreter) -> Outcome:
    """Draw the states of a session and say where this one stands.

    Above the drawing is said what may come, what is outstanding, and what is known of the session.
    A line runs from the commands that lead out of a state to the state they lead to.  A verb alone stands for its
    success, 3yz to 5yz for another class of its reply.  CONNECT is the greeting, CONTENT the end of the mail data,
    TLS the handshake.

    Example:
        /state
    """
    from smtpshell.shell.display.state_picture import picture

    session = interpreter.session
    if session is None:
        drawn = picture(paper=Paper.of_stdout())
        return Outcome(fragments=[*drawn, ("note", f"{_CLOSES}\n")], data=_state_data(None))
    connection, facts = session.connection, session.connection.facts
    told = [
        f"in sequence now: {', '.join(verbs_in_sequence(connection.state)) or 'nothing'}",
        f"outstanding: {', '.join(command.move for command in connection.outstanding) or 'nothing'}",
        f"hello: {facts.hello or 'not said'}",
        f"TLS: {session.tls_report.description if facts.tls and session.tls_report else 'no'}",
        f"logged in: {f'yes, by {facts.mechanism}' if facts.authenticated else 'no'}",
    ]
    if facts.reverse_path is not None:
        told.append(f"reverse-path: <{facts.reverse_path}>")
    told += [f"forward-path: <{path}>" for path in facts.forward_paths]
    drawn = picture(connection.state, connection.assumed_state, paper=Paper.of_stdout())
    return Outcome(
        fragments=[*(("", f"{visible(text)}\n") for text in told), *drawn, ("note", f"{_CLOSES}\n")],
        data=_state_data(session),
    )


_CLOSES = "reply 421 leads to closed from everywhere"


def _state_data(session: Session | None) -> dict[str, Any]:
    """Say the same for programs; without a session only the table."""
    moves = [
        {"from": source.value, "verb": verb, "replies": f"{class_.value}yz", "to": target.value}
        for source, row in MOVES.items()
        for (verb, class_), target in row.items()
    ]
    if session is None:
        return {"event": "state", "state": None, "moves": moves}
    connection, facts = session.connection, session.connection.facts
    return {
        "event": "state",
        "state": connection.state.value,
        "assumed": connection.assumed_state.value,
        "in_sequence": list(verbs_in_sequence(connection.state)),
        "outstanding": [command.move for command in connection.outstanding],
        "hello": facts.hello,
        "tls": facts.tls,
        "logged_in": facts.authenticated,
        "reverse_path": facts.reverse_path,
        "forward_paths": list(facts.forward_paths),
        "moves": moves,
    }


@command(needs="hello")
def timing(
    interpreter: Interpreter,
    count: Annotated[int, Number("how many exchanges to show, the last ones")] = 20,
    *,
    slowest: Annotated[
        bool, Flag("show those that took longest, the slowest first, each bar from the same line")
    ] = False,
    real: Annotated[bool, Flag("keep the time between them in the picture")] = False,
) -> Outcome:
    """Draw what took how long, from connecting on: a bar from each command to its reply.

    Of content it is told at what rate it went.  The time in which nothing was outstanding is left out of the
    picture unless --real asks for it.  Nothing needs to be recorded: the last 10,000 exchanges of the connection
    are remembered.

    Example:
        /timing
        /timing 5 --slowest
        /timing 100 --real
    """
    from smtpshell.shell.display.waterfall import summary, waterfall

    session = interpreter.session
    if session is None:
        raise UsageError("there is no connection", hint="/connect URL opens one")
    rows = interpreter.timings.exchanges(session.elapsed, session.connection.outstanding)
    chosen = sorted(rows, key=lambda row: -row.seconds)[:count] if slowest else rows[-count:]
    redact = interpreter.secrets.redact_text
    drawn = waterfall(chosen, paper=Paper.of_stdout(), redact=redact, real=real, aligned=slowest)
    exchanges = [
        {
            "number": row.number,
            "command": redact(row.label),
            "reply": row.reply or None,
            "sent": round(row.sent, 6),
            "done": round(row.done, 6),
            "seconds": round(row.seconds, 6),
            "octets": row.octets,
        }
        for row in chosen
    ]
    return Outcome(
        fragments=[*drawn, *(("note", f"{text}\n") for text in summary(rows, chosen))],
        data={"event": "timing", "count": interpreter.timings.count, "exchanges": exchanges},
    )
