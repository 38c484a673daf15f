"""Commands about transcripts: compared, shrunk, anonymized."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.shell.commands.recording import MATCH_LEVELS, connector
from smtpshell.shell.configuration.credentials import credentials as credentials_for
from smtpshell.shell.declaration.argument_types import (
    ArgumentType,
    Assignment,
    Choice,
    ExistingFile,
    Flag,
    NewFile,
    TranscriptFile,
    Url,
)
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible
from smtpshell.shell.display.styles import Fragments
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.private_file import write_private

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.compare import LinePair, TurnPair

__all__ = ["anonymize", "compare", "shrink"]

LEVELS: Final = {
    "exchanges": "leave out whole exchanges",
    "lines": "then lines of content",
    "octets": "then octets of lines",
}


class ExpectationText(ArgumentType):
    """What a replay is watched for; given as Expectation."""

    metavar = "EXPECTATION"

    def parse(self, word: Word) -> Any:
        from smtpshell.transcript.expectation import Expectation

        try:
            return Expectation.parse(word.text)
        except UsageError as error:
            raise ValueError(str(error)) from None

    def complete(self, prefix: str, interpreter: Interpreter) -> list[tuple[str, str]]:
        return [
            ('"code 550"', "a reply with that code"),
            ('"reply ~ REGEX"', "a line of a reply in which that is found"),
            ("closed", "the server closes unasked"),
            ("mismatch", "a reply differs from the recording"),
        ]


@command()
def compare(
    interpreter: Interpreter,
    a: Annotated[Path, TranscriptFile("the one transcript")],
    b: Annotated[Path, TranscriptFile("the other")],
) -> None:
    """Show how two transcripts differ, exchange by exchange.

    Commands must be the same; in replies and content, hosts, queue ids, times and numbers may differ.  Lines with
    - stand in the first file only, lines with + in the second only.

    Example:
        /compare before.smtp after.smtp
    """
    from smtpshell.transcript.compare import Kind
    from smtpshell.transcript.compare import compare as pairs_of
    from smtpshell.transcript.syntax import read

    pairs = pairs_of(read(a), read(b))
    for pair in pairs:
        interpreter.show(_turn_pair(pair, str(a), str(b)))
    different = sum(pair.kind is not Kind.EQUAL for pair in pairs)
    text = f"{len(pairs)} exchanges compared, {f'{different} different' if different else 'all the same'}"
    status = ExitStatus.NEGATIVE if different else ExitStatus.EXPECTED
    data = {"event": "compared", "a": str(a), "b": str(b), "exchanges": len(pairs), "different": different}
    style = "finding.error" if different else "reply.2"
    interpreter.show(Outcome(fragments=[(style, f"{text}\n")], status=status, data=data))


def _turn_pair(pair: TurnPair, a: str, b: str) -> Outcome:
    """Show one exchange: its command alone where it is the same, else all its lines."""
    from smtpshell.transcript.compare import Kind

    shown: Fragments = []
    if pair.kind is Kind.EQUAL:
        shown = [("note", visible(f"= {pair.command or 'the greeting'}") + "\n")]
    else:
        for line in pair.lines:
            shown += _line_pair(line, a, b)
    lines = [
        {
            "kind": line.kind.value,
            "a": {"line": line.a[0], "text": line.a[1]} if line.a else None,
            "b": {"line": line.b[0], "text": line.b[1]} if line.b else None,
        }
        for line in pair.lines
    ]
    data = {"event": "compared exchange", "kind": pair.kind.value, "command": pair.command, "lines": lines}
    return Outcome(fragments=shown, data=data)


def _line_pair(pair: LinePair, a: str, b: str) -> Fragments:
    from smtpshell.transcript.compare import Kind

    if pair.kind is Kind.EQUAL and pair.a:
        return [("note", visible(f"  {pair.a[1]}") + "\n")]
    sides = (("-", "finding.error", a, pair.a), ("+", "reply.2", b, pair.b))
    return [
        (style, visible(f"{mark} {line[1]}  ({path}:{line[0]})") + "\n")
        for mark, style, path, line in sides
        if line
    ]


@command(slow=True)
def shrink(
    interpreter: Interpreter,
    file: Annotated[Path, TranscriptFile("the transcript")],
    *,
    until: Annotated[
        Any, ExpectationText("what must still show: code 550, reply ~ REGEX, closed, mismatch; to VERB")
    ],
    against: Annotated[
        Any, Url("the server; at the prompt the one that is connected where it is left out")
    ] = None,
    output: Annotated[Path | None, NewFile("where to; else it is shown")] = None,
    down_to: Annotated[str, Choice("how far", **LEVELS)] = "octets",
    match: Annotated[str, Choice("how much of a reply must be the same", **MATCH_LEVELS)] = "",
    set: Annotated[tuple[tuple[str, str], ...], Assignment("a value for ${NAME}; repeatable")] = (),  # noqa: A002
    credentials: Annotated[Path | None, ExistingFile("lines USER=, PASSWORD=, TOKEN= for ${auth}")] = None,
) -> Outcome:
    """Cut a transcript down to what still shows a fault of a server.

    Exchanges are left out, then lines of content, then octets, and each time the rest is replayed: use a server
    whose mail goes nowhere.  It tells how many replays it took.  Credentials come from where replay has them.

    Example:
        /shrink session.smtp --against smtp://127.0.0.1:2525 --until "code 452 to RCPT" --output small.smtp
        /shrink session.smtp --against smtp://127.0.0.1:2525 --until mismatch --down-to exchanges
    """
    from smtpshell.transcript.shrink import shrink as shrunk_of
    from smtpshell.transcript.syntax import read, write

    transcript = read(file)
    shrunk = shrunk_of(
        transcript,
        connector(interpreter, against),
        until,
        match=match or None,
        values=dict(set),
        credentials=credentials_for(interpreter, [transcript], dict(set), credentials),
        down_to=down_to,
    )
    text = write(shrunk.transcript)
    said = f"{file}: {shrunk.after} of {shrunk.before} exchanges left, after {shrunk.replays} replays"
    data = {
        "event": "shrunk",
        "file": str(file),
        "before": shrunk.before,
        "after": shrunk.after,
        "replays": shrunk.replays,
    }
    return _written(text, output, said, data)


@command()
def anonymize(
    interpreter: Interpreter,
    file: Annotated[Path, TranscriptFile("the transcript")],
    *,
    output: Annotated[Path | None, NewFile("where to; else it is shown")] = None,
    keep_lengths: Annotated[bool, Flag("give every pseudonym the length of what it stands for")] = False,
) -> Outcome:
    """Put pseudonyms for addresses, hosts, queue ids and content, the same for the same everywhere.

    Names made for examples (example.test, example.com, ...), loopback and documentation addresses stay.  Prose
    and the text of replies are searched for the names that stand elsewhere: read them before you share them.

    Example:
        /anonymize session.smtp --output to-share.smtp
        /anonymize session.smtp --keep-lengths
    """
    from smtpshell.transcript.anonymity import anonymize as anonymous
    from smtpshell.transcript.syntax import read, write

    text = write(anonymous(read(file), keep_lengths=keep_lengths))
    return _written(text, output, f"{file}: anonymized", {"event": "anonymized", "file": str(file)})


def _written(text: str, output: Path | None, said: str, data: dict[str, Any]) -> Outcome:
    """Write a transcript to a new file, private as a recording is, or show it."""
    if output is None:
        shown: Fragments = [("", visible(line) + "\n") for line in text.removesuffix("\n").split("\n")]
        return Outcome(
            fragments=[*shown, ("note", visible(f"# {said}") + "\n")], data={**data, "transcript": text}
        )
    write_private(output, text)
    text = f"{said}; written to {output}"
    return Outcome(fragments=[("note", visible(text) + "\n")], data={**data, "output": str(output)})
