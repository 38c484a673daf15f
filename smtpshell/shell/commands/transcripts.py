"""Commands that compare, shrink and anonymize transcripts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import ExitStatus
from smtpshell.shell.argument_types import TranscriptFile
from smtpshell.shell.command import command
from smtpshell.shell.outcome import Outcome
from smtpshell.shell.render import visible
from smtpshell.shell.styles import Fragments

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter
    from smtpshell.transcript.compare import LinePair, TurnPair

__all__ = ["compare"]


@command(cli=True)
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
