"""Commands about transcripts: made of other tools' logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from smtpshell.errors import UsageError
from smtpshell.shell.declaration.argument_types import ArgumentType, Flag, NewFile, Pairs, none_of
from smtpshell.shell.declaration.command import command
from smtpshell.shell.declaration.mail_types import MessageFile
from smtpshell.shell.display.render import visible
from smtpshell.shell.language.syntax import Word
from smtpshell.shell.mail.message import opened
from smtpshell.shell.outcome import Outcome, lines
from smtpshell.shell.private_file import write_private

if TYPE_CHECKING:
    from smtpshell.shell.interpreter import Interpreter

__all__ = ["import_"]


def _kinds() -> dict[str, str]:
    """Give each source's name and what it is; loaded when asked for, as few sessions import anything."""
    from smtpshell.transcript.importers import SOURCES, WRAPPERS

    return {**{name: source.title for name, source in SOURCES.items()}, **WRAPPERS}


class LogKind(ArgumentType):
    """One of the sources a log can come from."""

    metavar = "KIND"

    def parse(self, word: Word) -> str:
        if word.text not in _kinds():
            raise ValueError(none_of(word.text, _kinds()))
        return word.text

    def complete(self, prefix: str, interpreter: Interpreter) -> Pairs:
        return _kinds().items()


class NewFileOrFolder(NewFile):
    """A file to write, or a folder that is there, for files in it."""

    def parse(self, word: Word) -> Path:
        path = Path(word.text).expanduser()
        return path if path.is_dir() else super().parse(word)


@command()
def import_(
    interpreter: Interpreter,
    log: Annotated[Path, MessageFile("what another tool wrote; - is standard input")],
    *,
    from_: Annotated[str, LogKind("what wrote it; found out where it is left out")] = "",
    output: Annotated[
        Path | None, NewFileOrFolder("transcript to write, or a folder for several; shown where it is left out")
    ] = None,
    force: Annotated[bool, Flag("replace a file that is there")] = False,
) -> Outcome:
    """Make a transcript of another tool's log: of swaks, smtplib, curl -v, telnet, an RFC's dialogue.

    What wrote the log is found out, never guessed: where more than one fits, --from must say it.  Colours,
    quotation marks, indentation, time stamps and container names around it are taken off.  Credentials become
    ${auth}; what the log does not show is said in prose, and content it hides is ${content}.  A log of several
    connections makes several transcripts.

    Example:
        /import swaks.log
        /import debug.txt --from dialogue --output session.smtp
    """
    from smtpshell.transcript.importers import import_log
    from smtpshell.transcript.syntax import write

    with opened(log) as file:
        octets = file.read()
    made = import_log(octets, str(log), from_, interpreter.secrets)
    if len(made) > 1 and (output is None or not output.is_dir()):
        found = f"{log}: there are {len(made)} connections in it"
        raise UsageError(found, hint="name a folder that is there, for a transcript each: --output FOLDER")
    if output is None:
        text = write(made[0])
        return Outcome(fragments=[("", visible(text))], data={"event": "import", "file": str(log), "text": text})
    written = []
    stem = log.stem if str(log) != "-" else "log"
    for number, transcript in enumerate(made, 1):
        name = f"{stem}-{number}.smtp" if len(made) > 1 else f"{stem}.smtp"
        path = output / name if output.is_dir() else output
        write_private(path, write(transcript), force=force)
        written.append(f"imported to {path}")
    return lines(*written)
