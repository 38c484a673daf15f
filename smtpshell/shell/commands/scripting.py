"""Commands about scripts: running them, holding replies to what was expected, what --json writes."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

from smtpshell.errors import UnexpectedReply, UsageError
from smtpshell.shell.declaration.argument_types import ArgumentType, ExistingFile, NewFile
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible_line
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.outcome import Outcome

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.expectation import Expectation

__all__ = ["edit", "expect", "json_schema", "source"]


_CLOSING: Final = 5.0
"""Seconds that an expected end of the connection may take, where no timeout is set."""


class ExpectationWord(ArgumentType):
    """A word of what is expected; one in quotes stays in quotes."""

    metavar = "WHAT"

    def parse(self, word: Word) -> str:
        if not word.quote:
            return word.inner
        inner = word.text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{inner}"'

    def complete(self, prefix: str, interpreter: Interpreter) -> list[tuple[str, str]]:
        from smtpshell.transcript.expectation import FORMS

        return [*((form, sense) for form, sense in FORMS.items() if form != "mismatch"), ("to", "a verb follows")]


@command(slow=True, needs="connection")
def source(
    interpreter: Interpreter,
    file: Annotated[Path, ExistingFile("a file of lines, as they are typed here")],
) -> None:
    """Run the lines of a file, each after the replies to the one before.

    Empty lines and lines that begin with # are for people, and never sent.  DATA takes the lines below it up to
    a lone dot; /data <<END, /bdat <<END and /send <<END take those up to END, which may be any word.  An error or
    an /expect that fails ends the script.  A script may run others, as deep as sixteen.

    Example:
        /source greeting.txt
    """
    from smtpshell.shell.batch import script

    settings = interpreter.settings
    before = settings.echo, settings.origin("echo")
    settings.echo = True
    try:
        script.run(interpreter, script.opened(file))
    finally:
        # Unless the script has set it itself.
        if settings.origin("echo") == before[1]:
            settings.echo = before[0]


@command(slow=True, needs="greeting")
def expect(
    interpreter: Interpreter,
    *what: Annotated[str, ExpectationWord("a code, an enhanced status code, a text, closed, a REGEX")],
) -> Outcome:
    """Hold the last reply to something; a failure is exit status 1 and ends a script.

    250, 2yz, 250,251 are codes, 5.1.1 and 5.7.x enhanced status codes, "text *" is a line, with its code or
    without, ~ REGEX is found in one, closed is a server that hung up unasked; several words must all hold.  To
    VERB picks another reply to the line before: of a group, of /send, or of DATA, whose 354 can be expected behind
    the content only.  A refusal that was expected is no failure, and leaves the exit status as it was.

    Example:
        EHLO client.example.test
        /expect 250
        /expect 2yz to EHLO
        /expect "250 *"
    """
    from smtpshell.transcript.expectation import Expectation

    expectation = Expectation.parse(" ".join(what))
    if expectation.kind == "mismatch":
        raise UsageError("only a replay has a mismatch", hint="/help expect")
    interpreter.exchange.go_on()
    interpreter.wait_for_replies()
    if expectation.kind == "closed":
        interpreter.wait_for_end(interpreter.settings.timeout or _CLOSING)
    return _judged(interpreter, expectation)


@command()
def json_schema(interpreter: Interpreter) -> Outcome:
    """Show the JSON Schema (draft 2020-12) of the lines that --json writes.

    Each line is an object; its "event" says which of the schema's branches it is.

    Example:
        /json-schema
    """
    from importlib.resources import files

    import smtpshell.shell

    text = files(smtpshell.shell).joinpath("batch", "json_lines.schema.json").read_text("utf-8")
    return Outcome(fragments=[("", text)], data={"event": "schema", "schema": json.loads(text)})


def _judged(interpreter: Interpreter, expectation: Expectation) -> Outcome:
    """Hold an expectation against the exchange.  Raises UnexpectedReply."""
    place = interpreter.scripts[-1].place if interpreter.scripts else None
    check = interpreter.exchange.check(expectation, interpreter.secrets, place)
    interpreter.checks(check)
    data = {
        "event": "expectation",
        "expected": check.expected,
        "got": _text(check.got),
        "holds": check.holds,
        "command": _text(check.command),
        "place": asdict(place) if place else None,
    }
    if check.holds:
        return Outcome(fragments=[("note", f"  as expected: {visible_line(check.expected)}\n")], data=data)
    interpreter.show(Outcome(fragments=[], data=data))
    raise UnexpectedReply(f"expected {check.expected}, got {check.got}")


def _text(text: str) -> str:
    """Write octets that are no UTF-8 as escapes, as JSON Lines do."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


@command()
def edit(
    interpreter: Interpreter,
    file: Annotated[Path | None, NewFile("file to edit where it is; made where there is none")] = None,
) -> None:
    """Write lines, or change a file, in the editor that VISUAL or EDITOR names.

    Without FILE it begins with what /pipeline has collected, else with the last line.  One line that comes back
    is put into the prompt, several are asked about; nothing is sent by that.  Ctrl-X Ctrl-E (v in vi's normal
    mode) does the same with the line being edited, inside a message too.

    Example:
        /edit message.eml
    """
    from smtpshell.shell.editor import edit_file

    if interpreter.edit is not None:
        interpreter.edit(file)
    elif file is not None:
        edit_file(file)
    else:
        raise UsageError("there is no prompt to write lines for", hint="name a file to edit")
