"""Commands about transcripts: another form of one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.shell.declaration.argument_types import ArgumentType, Flag, NewFile, Pairs, TranscriptFile, none_of
from smtpshell.shell.declaration.command import command
from smtpshell.shell.display.render import visible
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.private_file import write_private

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["export"]


def _kinds() -> dict[str, str]:
    """Give each kind's name and what it is; loaded when asked for, as few sessions export anything."""
    from smtpshell.transcript.exporters import EXPORTERS

    return {**{name: kind.sentence for name, kind in EXPORTERS.items()}, "html": "a report in one HTML file"}


class ExportKind(ArgumentType):
    """One of the kinds a transcript can be exported to."""

    metavar = "KIND"

    def parse(self, word: Word) -> str:
        if word.text not in _kinds():
            raise ValueError(none_of(word.text, _kinds()))
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return _kinds().items()


@command()
def export(
    interpreter: Interpreter,
    transcript: Annotated[Path, TranscriptFile("the transcript")],
    *,
    to: Annotated[str, ExportKind("text, markdown, mermaid, json, asciicast, swaks, python or html")],
    output: Annotated[Path | None, NewFile("where to; shown where it is left out")] = None,
    force: Annotated[bool, Flag("replace a file that is there")] = False,
) -> Outcome | None:
    """Give a transcript another form: a report, a command line, a script, text for an issue tracker.

    Credentials are taken out, also where somebody has written them into the file.  html is one file with a
    sequence diagram, a timing waterfall and every finding; it asks nothing of the network.  mermaid is markdown
    with a diagram.

    Example:
        /export session.smtp --to swaks
        /export session.smtp --to html --output session.html
    """
    from smtpshell.transcript.exporters import EXPORTERS
    from smtpshell.transcript.exporters.redacting import redacted
    from smtpshell.transcript.syntax import read

    found = read(transcript)
    if found.repair:
        interpreter.note(f"{transcript}: {found.repair}")
    found = redacted(found, interpreter.secrets)
    if to == "html":
        from smtpshell.report import html_report

        text = html_report(found)
    else:
        text = EXPORTERS[to].export(found)
    if output is None:
        return Outcome(fragments=[("", visible(text))], data={"event": "export", "kind": to, "text": text})
    write_private(output, text, force=force)
    return lines(f"exported to {output}")
