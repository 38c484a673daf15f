"""Commands that explain the conversation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, NoReturn

from smtpshell.errors import UsageError
from smtpshell.protocol.replies import ReplyClass
from smtpshell.protocol.states import MOVES, State, verbs_in_sequence
from smtpshell.shell.argument_types import Topic
from smtpshell.shell.command import COMMANDS, ShellCommand, command
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.render import finding_lines, visible
from smtpshell.shell.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["capabilities", "explain", "findings", "help_", "state"]

_LANGUAGE = (
    "A line goes to the server as typed; one that begins with / is for the shell.",
    "After DATA and 354 all is content, dots stuffed for you; a lone . ends it.",
    "Nothing waits: Ctrl-C ends a wait, Ctrl-D leaves. Tab completes.",
    "/help COMMAND tells all of one; so do /help MAIL, /help practice, /explain 550.",
)


_WIDTH = 80
"""Columns that /help alone keeps to."""


@command()
def help_(
    interpreter: Interpreter,
    topic: Annotated[str, Topic("a verb, a shell command, practice, or anything /explain knows")] = "",
) -> Outcome:
    """Show how to use the shell, or what a verb or a shell command does.

    Example:
        /help
        /help MAIL
        /help record
    """
    if not topic:
        return lines(*_LANGUAGE, *_families(), style="")
    told = [*_explanation(topic), *_command_help(topic.removeprefix("/"))]
    if topic == "practice":
        told += ["", *_practice()]
    return _told(topic, told or _unknown(topic))


@command(cli=True)
def explain(
    interpreter: Interpreter,
    *topics: Annotated[str, Topic("last, a reply code, an enhanced code, a verb, an EHLO keyword, a finding")],
) -> Outcome:
    """Say what a code, a verb, a keyword or a finding means; without a word, the last reply.

    Example:
        /explain
        /explain 550 5.1.1
        /explain PIPELINING
    """
    told: list[str] = []
    for topic in topics or ("last",):
        found = _last(interpreter) if topic == "last" else _explanation(topic)
        told += found or _unknown(topic)
    return _told(" ".join(topics), told)


def _told(topic: str, told: list[str]) -> Outcome:
    shown = [("" if text.startswith(" ") else "heading", visible(text) + "\n") for text in told]
    return Outcome(fragments=shown, data={"event": "explanation", "word": topic, "lines": told})


def _explanation(topic: str) -> list[str]:
    # The tables behind it are many; a shell that explains nothing does without them.
    from smtpshell.shell.topics import explain

    return explain(topic)


def _unknown(topic: str) -> NoReturn:
    from difflib import get_close_matches

    from smtpshell.protocol.extensions import EXTENSIONS
    from smtpshell.protocol.verbs import VERBS

    names = [*COMMANDS, *VERBS, *EXTENSIONS]
    close = get_close_matches(topic, names, n=1) or get_close_matches(topic.upper(), names, n=1)
    hint = f"did you mean {close[0]}?" if close else "give a verb, a code such as 550 or 5.1.1, a keyword"
    raise UsageError(f"nothing is known here about {topic!r}", hint=hint)


def _last(interpreter: Interpreter) -> list[str]:
    reply = interpreter.last_reply
    if reply is None:
        raise UsageError("there is no reply yet", hint="give a code, such as /explain 550")
    enhanced = reply.enhanced_status_code
    return [*_explanation(str(reply.code)), *(_explanation(str(enhanced)) if enhanced else ())]


def _families() -> Iterator[str]:
    """Name the commands by what they are for."""
    families: dict[str, list[str]] = {}
    for name, found in COMMANDS.items():
        families.setdefault(found.family, []).append(f"/{name}")
    for family, names in families.items():
        together = f"{' '.join(names)}  {family}"
        yield from [together] if len(together) <= _WIDTH else [" ".join(names), f"    {family}"]


def _command_help(name: str) -> Iterator[str]:
    found: ShellCommand | None = COMMANDS.get(name)
    if found is None:
        return
    yield found.usage
    yield f"  {found.summary}"
    yield from (f"  {line}" for line in found.details.splitlines())
    for argument in found.arguments:
        yield f"  {argument.label:<18} {argument.type.description}"
    for example in found.examples:
        yield f"  for example: {example}"


def _practice() -> Iterator[str]:
    from smtpshell.practice import MAILBOXES, USERS

    yield "Users of the practice server"
    yield from (f"  {user.name:<12} password {user.password}" for user in USERS)
    yield "Mailboxes of the practice server"
    yield from (f"  {row.mailbox:<26} {row.sentence}" for row in MAILBOXES)


@command()
def findings(interpreter: Interpreter) -> Outcome:
    """List what was found so far: every rule that the conversation broke, with its source.

    Example:
        /findings
    """
    if not interpreter.findings:
        return lines("nothing was found")
    shown: Fragments = []
    for seconds, finding in interpreter.findings:
        shown += [("note", f"[{seconds:.3f}]"), *finding_lines([finding], interpreter.secrets)]
    return Outcome(fragments=shown)


@command()
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
        shown.append(("ehlo.keyword", visible(f"  {keyword:<20}")))
        shown.append(("", visible(" ".join([*parameters, "-" if parameters else "", meaning]).strip()) + "\n"))
    return Outcome(fragments=shown)


@command()
def state(interpreter: Interpreter) -> Outcome:
    """Show where the session stands: the table of states, what may come, what is outstanding, what is known.

    Example:
        /state
    """
    session = interpreter.session
    here = session.connection.state if session else State.CLOSED
    shown: Fragments = [line for row in MOVES for line in _state_line(row, row is here)]
    told = [f"in sequence now: {', '.join(verbs_in_sequence(here)) or 'nothing'}"]
    if session is not None:
        facts = session.connection.facts
        waiting = ", ".join(command.move for command in session.connection.outstanding)
        told += [
            f"outstanding: {waiting or 'nothing'}",
            f"hello: {facts.hello or 'not said'}",
            f"TLS: {session.tls_report.description if facts.tls and session.tls_report else 'no'}",
            f"logged in: {f'yes, by {facts.mechanism}' if facts.authenticated else 'no'}",
        ]
        if facts.reverse_path is not None:
            told.append(f"reverse-path: <{facts.reverse_path}>")
        told += [f"forward-path: <{path}>" for path in facts.forward_paths]
    return Outcome(fragments=[*shown, *(("", f"{visible(text)}\n") for text in told)])


def _state_line(row: State, here: bool) -> Fragments:
    """Draw one state and the moves that lead out of it; a verb alone stands for its success."""
    targets: dict[State, dict[str, list[ReplyClass]]] = {}
    for (verb, class_), target in MOVES[row].items():
        if target is not row:
            targets.setdefault(target, {}).setdefault(verb, []).append(class_)
    moves = "; ".join(
        f"{', '.join(verb + _classes(classes) for verb, classes in verbs.items())} -> {target.value}"
        for target, verbs in targets.items()
    )
    return [
        ("heading" if here else "note", f"{'->' if here else '  '} {row.value:<10}"),
        ("" if here else "note", f" {moves}{'   (you are here)' if here else ''}\n"),
    ]


def _classes(classes: list[ReplyClass]) -> str:
    if classes == [ReplyClass.SUCCESS]:
        return ""
    return " any" if len(classes) == 3 else " " + " or ".join(f"{class_.value}yz" for class_ in classes)
