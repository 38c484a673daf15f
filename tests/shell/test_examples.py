"""Every example of every command, run as a script at the practice server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.shell import script
from smtpshell.shell.command import load_commands
from tests.shell.support import Shell

# What examples call servers; each is one that the test starts.
SHOWN = re.compile(r"(?:127\.0\.0\.1|localhost):252[0-9]")
TRANSCRIPT = "smtp-transcript: 1\n\nS* 220 *\nC: NOOP\nS: 250 2.0.0 OK\nC: QUIT\nS* 221 *\n"

# example or command -> the lines that must come before it
BEFORE = {
    "connect": ["/close"],
    "mailbox": ["/send --from me@example.test --to teacher@example.test"],
    "data": ["MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>"],
    "bdat": ["MAIL FROM:<me@example.test>", "RCPT TO:<student@example.test>"],
    "certificate": ["/starttls"],
    "end": ["/pipeline", "NOOP", "NOOP"],
    "/let rcpt --remove": ["/let rcpt student@example.test"],
    "/record session.smtp --append": ["/record session.smtp --force", "/record off"],
}
# example -> the lines that must come behind it
BEHIND = {"/pipeline": ["NOOP", "/end"]}

# What a server answers to it is a refusal, on purpose.
REFUSED = {r'/raw "MAIL FROM:<a@example.test>\n"'}

# Those that serve until they are stopped, or work on files of other tools, are run by tests of their own.
ELSEWHERE = {"exporting", "importing", "proxying", "serving", "transcripts"}

EXAMPLES = [
    (name, example)
    for name, command in load_commands().items()
    if command.function.__module__.rpartition(".")[2] not in ELSEWHERE
    for example in command.examples
]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Give a shell at the practice server, in a folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    for name in ("message.eml", "my drafts/broken.eml", "report.pdf"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(b"Subject: x\r\n\r\n.\r\n")
    Path("letter.txt").write_text("Subject: ${subject} ${count}\n\n${body}\n")
    Path("greeting.txt").write_text("# Is it there at all?\nNOOP\n/expect 250\n")
    Path("transcripts").mkdir()
    Path("transcripts/pipelining.smtp").write_text(TRANSCRIPT)
    program = tmp_path / "bin" / "pass"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho first-lesson\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    monkeypatch.setenv("SMTPSHELL_USER", "student")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    shell = Shell()
    shell.open(None)
    shell.say("EHLO client.example.test")
    yield shell
    shell.close()


@pytest.mark.parametrize(("name", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_example(shell: Shell, name: str, example: str) -> None:
    """Nothing in it is misunderstood, and nothing refused that was not meant to be."""
    assert shell.practice is not None
    if name == "replay":
        Path("session.smtp").write_text(TRANSCRIPT)
    if name == "auth" and "--insecure" not in example:
        shell.say("/starttls")
    lines = [*BEFORE.get(example, BEFORE.get(name, [])), example, *BEHIND.get(example, [])]
    with PracticeServer() as other:
        where = f"{other.host}:{other.port}"
        script.run_lines(shell, [SHOWN.sub(where, line) for line in lines])
    expected = ExitStatus.NEGATIVE if example in REFUSED else ExitStatus.EXPECTED
    assert shell.exit_status == expected, shell.text
