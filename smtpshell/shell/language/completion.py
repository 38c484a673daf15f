"""What may stand at the cursor, as plain data: shell commands and their arguments; the rest by verb_completion.py.

What fits comes first; what does not now, but may be typed all the same, says why in brackets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smtpshell.shell.declaration.argument_types import ArgumentType
from smtpshell.shell.declaration.command import COMMANDS, ShellCommand
from smtpshell.shell.language.syntax import Word, carried, is_shell_command, split
from smtpshell.shell.language.verb_completion import smtp_candidates

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["Candidate", "complete"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """``text`` replaces what stands from ``start`` to the cursor; ``meta`` says what it is."""

    text: str
    start: int
    meta: str = ""

    @property
    def fits(self) -> bool:
        """Whether it fits now; where it does not, ``meta`` begins with the reason in brackets."""
        return not self.meta.startswith("(")


def complete(interpreter: Interpreter, text: str, cursor: int) -> list[Candidate]:
    """Give the candidates for a cursor in a line, the likeliest first; none outside of command mode."""
    if interpreter.mode != "command":
        return []
    before = text[:cursor]
    if interpreter.settings.variables and (names := interpreter.variables.completions(before)):
        start, pairs = names
        return list(_matching(pairs, before[start:], start))
    at = carried(before)
    if at > 0 and (at < len(before) or before[-1:] in (" ", "\t")) and at == carried(f"{before}x"):
        inner = complete(interpreter, text[at:], cursor - at)
        return [replace(candidate, start=at + candidate.start) for candidate in inner]
    found = _shell(interpreter, before) if is_shell_command(before) else _smtp(interpreter, before)
    return sorted(found, key=lambda candidate: not candidate.fits)


def _matching(pairs: Iterable[tuple[str, str]], prefix: str, start: int) -> Iterator[Candidate]:
    wanted = prefix.upper()
    for text, meta in pairs:
        if text.upper().startswith(wanted):
            yield Candidate(text, start, meta)


def _smtp(interpreter: Interpreter, before: str) -> Iterator[Candidate]:
    if not before and not interpreter.connected:
        yield Candidate("/connect", 0, COMMANDS["connect"].summary)
    for start, text, meta in smtp_candidates(interpreter, before):
        yield from _matching([(text, meta)], before[start:], start)


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
        yield from _options(command, rest, current)
        return
    for text, meta in kind.behind(rest).complete(current.text, interpreter):
        if text.casefold().startswith(current.text.casefold()):
            yield Candidate(_quoted(text, current.quote), current.start, meta)
    if not current.text and not current.quote and not _awaits_value(command, rest):
        yield from _options(command, rest, current)


def _options(command: ShellCommand, rest: list[Word], current: Word) -> Iterator[Candidate]:
    """Give the options that begin like the word at the cursor and may still be given."""
    given = {word.text.partition("=")[0] for word in rest if not word.quote}
    options = [argument for argument in command.arguments if argument.option]
    left = [argument for argument in options if argument.many or argument.label not in given]
    return _matching(
        ((argument.label, argument.type.description) for argument in left), current.text, current.start
    )


def _awaits_value(command: ShellCommand, rest: list[Word]) -> bool:
    option = command.option(rest[-1].text) if rest and not rest[-1].quote else None
    return option is not None and option.type.takes_value


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
