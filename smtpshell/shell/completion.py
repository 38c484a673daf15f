"""What may stand at the cursor, as plain data: verbs, parameters, paths, shell commands and their arguments.

Verbs that are in sequence come first, each with its purpose; a parameter is proposed where the server offered its
extension.  Nothing is asked of the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpshell.protocol.parameters import PARAMETERS
from smtpshell.protocol.states import State, verbs_in_sequence
from smtpshell.protocol.verbs import VERBS
from smtpshell.shell.argument_types import ArgumentType
from smtpshell.shell.command import COMMANDS, ShellCommand
from smtpshell.shell.syntax import Word, is_shell_command, split

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Candidate", "complete"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """``text`` replaces what stands from ``start`` to the cursor; ``meta`` says what it is."""

    text: str
    start: int
    meta: str = ""


def complete(interpreter: Interpreter, text: str, cursor: int) -> list[Candidate]:
    """Give the candidates for a cursor in a line, the likeliest first; none outside of command mode."""
    if interpreter.mode != "command":
        return []
    before = text[:cursor]
    found = _shell(interpreter, before) if is_shell_command(before) else _smtp(interpreter, before)
    return list(found)


def _matching(pairs: Iterable[tuple[str, str]], prefix: str, start: int) -> Iterator[Candidate]:
    wanted = prefix.upper()
    for text, meta in pairs:
        if text.upper().startswith(wanted):
            yield Candidate(text, start, meta)


# ---------------------------------------------------------------- SMTP commands


def _smtp(interpreter: Interpreter, before: str) -> Iterator[Candidate]:
    verb, blank, rest = before.partition(" ")
    if not blank:
        yield from _matching(_verbs(interpreter), verb, 0)
        return
    name = verb.upper()
    start = len(before) - len(rest.rpartition(" ")[2])
    if name in ("MAIL", "RCPT", "SEND", "SOML", "SAML"):
        if ">" in rest:
            yield from _matching(_parameters(interpreter, name), before[start:], start)
        else:
            opening = "TO:<" if name == "RCPT" else "FROM:<"
            paths = ((f"{opening}{path}>", meta) for path, meta in _paths(interpreter, name))
            yield from _matching(paths, rest, len(verb) + 1)
    elif " " not in rest:
        yield from _matching(_words(interpreter, name), rest, start)


def _verbs(interpreter: Interpreter) -> Iterator[tuple[str, str]]:
    session = interpreter.session
    connection = session.connection if session else None
    state = connection.assumed_state if connection else State.GREETED
    offered = connection.facts.capabilities if connection else None
    hello = "LHLO" if session and session.endpoint and session.endpoint.lmtp else "EHLO"

    def fitting(verb: str) -> bool:
        other = {"EHLO": "LHLO", "LHLO": "EHLO"}.get(verb)
        return other != hello and (offered is None or offered.offers_verb(verb))

    # "BDAT LAST" is a move of its own in the table, not a verb.
    in_sequence = [verb for verb in verbs_in_sequence(state) if verb in VERBS and fitting(verb)]
    for verb in in_sequence:
        yield verb, VERBS[verb].purpose
    for verb, row in VERBS.items():
        if verb not in in_sequence:
            why = "out of sequence" if fitting(verb) else "not offered"
            yield verb, f"({why}) {row.purpose}"


def _paths(interpreter: Interpreter, verb: str) -> Iterator[tuple[str, str]]:
    if verb != "RCPT":
        yield "", "the null reverse-path: no bounces"
    facts = interpreter.session.connection.facts if interpreter.session else None
    if facts and facts.reverse_path:
        yield facts.reverse_path, "the reverse-path"
    if interpreter.practice:
        for box in interpreter.practice.mailboxes:
            yield box.row.mailbox, box.row.sentence


def _parameters(interpreter: Interpreter, verb: str) -> Iterator[tuple[str, str]]:
    facts = interpreter.session.connection.facts if interpreter.session else None
    capabilities = facts.capabilities if facts else None
    for (owner, keyword), rule in PARAMETERS.items():
        if owner != verb or (capabilities is not None and not capabilities.offers_parameter(verb, keyword)):
            continue
        yield keyword if rule.value is None else f"{keyword}=", rule.meaning


def _words(interpreter: Interpreter, verb: str) -> Iterable[tuple[str, str]]:
    """Give what commonly stands behind a verb that takes a word."""
    if verb in ("EHLO", "HELO", "LHLO"):
        return [(interpreter.settings.hello, "our name (/set hello)")]
    if verb == "AUTH":
        return [(name, "offered") for name in interpreter.offered_mechanisms]
    if verb in ("VRFY", "EXPN") and interpreter.practice:
        return [(box.row.name, box.row.sentence) for box in interpreter.practice.mailboxes]
    if verb == "HELP":
        return [(row.name, row.purpose) for row in VERBS.values()]
    return ()


# ---------------------------------------------------------------- shell commands


def _shell(interpreter: Interpreter, before: str) -> Iterator[Candidate]:
    words = split(before)
    if len(words) == 1 and not before.endswith((" ", "\t")):
        names = ((f"/{name}", command.summary) for name, command in sorted(COMMANDS.items()))
        yield from _matching(names, words[0].text, 0)
        return
    command = COMMANDS.get(words[0].text[1:])
    if command is None:
        return
    rest = words[1:]
    if before.endswith((" ", "\t")) and not (rest and not rest[-1].closed):
        current = Word("", len(before), len(before))
    else:
        current = rest.pop()
    kind = _kind(command, rest, current)
    if kind is None:
        options = [argument for argument in command.arguments if argument.option]
        pairs = ((argument.label, argument.type.description) for argument in options)
        yield from _matching(pairs, current.text, current.start)
        return
    for text, meta in kind.complete(current.text, interpreter):
        if text.casefold().startswith(current.text.casefold()):
            yield Candidate(_quoted(text, current.quote), current.start, meta)


def _kind(command: ShellCommand, rest: list[Word], current: Word) -> ArgumentType | None:
    """Give the type of the word at the cursor; None where an option's name stands there."""
    positionals = list(command.positionals)
    expected: ArgumentType | None = None
    for word in rest:
        if expected is not None:
            expected = None
        elif word.text.startswith("--"):
            option = command.option(word.text)
            expected = option.type if option and option.type.takes_value else None
        elif positionals and not positionals[0].many:
            positionals.pop(0)
    if expected is not None:
        return expected
    return None if current.text.startswith("-") or not positionals else positionals[0].type


def _quoted(text: str, quote: str) -> str:
    if not quote and not any(character in text for character in " \t\"'"):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
