"""What the examples of commands stand among: files, servers, a program that knows a password.

A new example that names a file wants a row here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from smtpshell.practice import PracticeServer
from smtpshell.shell.declaration.command import ShellCommand, load_commands
from smtpshell.shell.help.examples import Example

__all__ = ["EXAMPLES", "REFUSED", "at_servers", "set_scene"]

_TRANSCRIPT: Final = "smtp-transcript: 1\n\nS* 220 *\nC: NOOP\nS: 250 2.0.0 OK\nC: QUIT\nS* 221 *\n"
_SERVED: Final = _TRANSCRIPT.replace("S* 220 *", "S: 220 mx").replace("S* 221 *", "S: 221 Bye")
_MESSAGE: Final = "Subject: x\r\n\r\n.\r\n"
_DIALOGUE: Final = "S: 220 mx.example.test\nC: NOOP\nS: 250 OK\nC: QUIT\nS: 221 Bye\n"
_SWAKS: Final = (
    "=== Trying mx.example.test:25...\n=== Connected to mx.example.test.\n<-  220 mx.example.test\n"
    " -> EHLO me.example.test\n<-  250 mx.example.test\n -> QUIT\n<-  221 Bye\n"
    "=== Connection closed with remote host.\n"
)
# A server other than the practice server, and a mailbox that is full: 452.
_FAULTY: Final = (
    "smtp-transcript: 1\n\nS* 220 *\nC: EHLO me.example.test\nS* 250-*\nS* 250 *\nC: NOOP\nS: 550 no\n"
    "C: MAIL FROM:<student@example.test>\nS* 250 *\nC: RCPT TO:<full@example.test>\nS* 452 *\nC: QUIT\nS* 221 *\n"
)

# file -> its text
_FILES: Final[Mapping[str, str]] = {
    "message.eml": _MESSAGE,
    "my drafts/broken.eml": _MESSAGE,
    "report.pdf": "%PDF",
    "letter.txt": "Subject: ${subject} ${count}\n\n${body}\n",
    "greeting.txt": "# Is it there at all?\nNOOP\n/expect 250\n",
    "transcripts/pipelining.smtp": _TRANSCRIPT,
    "transcripts/pipelining-refused-recipient.smtp": _TRANSCRIPT,
    "session.smtp": _TRANSCRIPT,
    "before.smtp": _TRANSCRIPT,
    "after.smtp": _TRANSCRIPT,
    "swaks.log": _SWAKS,
    "debug.txt": _DIALOGUE,
}
# (command or example, file) -> another text; None: it must not be there
_OTHERWISE: Final[Mapping[tuple[str, str], str | None]] = {
    ("/record session.smtp", "session.smtp"): None,
    ("/import debug.txt --from dialogue --output session.smtp", "session.smtp"): None,
    ("proxy", "session.smtp"): None,
    ("shrink", "session.smtp"): _FAULTY,
    ("serve", "session.smtp"): _SERVED,
    ("serve", "transcripts/pipelining-refused-recipient.smtp"): _SERVED,
}

REFUSED: Final = frozenset({r'/raw "MAIL FROM:<a@example.test>\n"'})
"""Examples that a server refuses, on purpose."""

EXAMPLES: Final[list[tuple[ShellCommand, Example]]] = [
    (command, example) for command in load_commands().values() for example in command.examples
]
"""All of them."""

_SHOWN: Final = re.compile(r"(?:127\.0\.0\.1|localhost):252[0-9]")


def set_scene(monkeypatch: pytest.MonkeyPatch, folder: Path, command: ShellCommand, example: Example) -> None:
    """Go to a folder with the files that the example names, with the program and the credentials it needs."""
    monkeypatch.chdir(folder)
    for name, usual in _FILES.items():
        text = _OTHERWISE.get((example.line, name), _OTHERWISE.get((command.name, name), usual))
        if text is not None:
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
    program = folder / "bin" / "pass"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho first-lesson\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("VISUAL", "true")
    monkeypatch.setenv("SMTPSHELL_USER", "student")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")


@contextmanager
def at_servers(lines: list[str], *, free: bool = False) -> Iterator[list[str]]:
    """Put the address of a practice server, or with ``free`` any free one, for those that examples show."""
    if free:
        yield [_SHOWN.sub("127.0.0.1:0", line) for line in lines]
        return
    with PracticeServer() as server:
        yield [_SHOWN.sub(f"{server.host}:{server.port}", line) for line in lines]
