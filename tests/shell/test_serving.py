"""serve, as people and scripts use it: the program in a process of its own, and the command at the prompt."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import smtpshell
from smtpshell.cli import main
from smtpshell.shell.display.render import to_text
from smtpshell.shell.interpreter import Interpreter

BUG = """\
smtp-transcript: 1

S: 220 mx.example.test
C: EHLO me
S: 250 mx.example.test
C: VRFY nobody
S: 550 5.1.1 No such mailbox
C: QUIT
S: 221 2.0.0 Bye
"""


@pytest.fixture
def bug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Write a transcript to the folder we are in; give its name."""
    monkeypatch.chdir(tmp_path)
    tmp_path.joinpath("bug.smtp").write_text(BUG)
    return "bug.smtp"


@contextmanager
def serving(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the program."""
    environment = {**os.environ, "PYTHONPATH": str(Path(smtpshell.__file__).parent.parent)}
    command = [sys.executable, "-m", "smtpshell", "serve", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as program:
        try:
            yield program
        finally:
            program.kill()


def ask(port: int, whom: str) -> int:
    """Ask for a mailbox; give the code."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.ehlo()
        return client.verify(whom)[0]


def first_line(program: subprocess.Popen[str]) -> str:
    """Read the first line of output."""
    assert program.stdout is not None
    return program.stdout.readline()


def rest(program: subprocess.Popen[str]) -> list[str]:
    """Read the other lines."""
    assert program.stdout is not None
    return program.stdout.read().splitlines()


def test_once(bug: str) -> None:
    """--once serves one client, judges it and ends; a client that did as recorded is exit status 0."""
    with serving(bug, "--once") as program:
        url = first_line(program)
        assert url.startswith("serving at smtp://127.0.0.1:")
        assert ask(int(url.rpartition(":")[2]), "nobody") == 550
        assert rest(program)[-1] == "bug.smtp: 1 connections, all as recorded"
        assert program.wait() == 0


@pytest.mark.parametrize("ends", [signal.SIGINT, signal.SIGTERM])
def test_until_interrupted(bug: str, ends: signal.Signals) -> None:
    """Without --once it serves on until Ctrl-C or SIGTERM, which is its proper end; deviations are status 1."""
    with serving(bug) as program:
        port = int(first_line(program).rpartition(":")[2])
        assert program.stdout is not None
        assert ask(port, "nobody") == 550
        verdicts = [program.stdout.readline()]
        assert ask(port, "somebody") == 550
        verdicts += [program.stdout.readline() for _ in range(4)]
        program.send_signal(ends)
        assert "3 said, all as recorded" in verdicts[0]
        assert "3 said, 1 deviation" in verdicts[1]
        assert "".join(verdicts[2:]) == (
            "bug.smtp:6: the arguments differ\n  expected C: VRFY nobody\n  got      C: vrfy somebody\n"
        )
        assert rest(program) == ["bug.smtp: 2 connections, 1 not as recorded"]
        assert program.wait() == 1


def test_json(bug: str) -> None:
    """--json writes an object for the address, for each connection and for the whole."""
    with serving(bug, "--once", "--json") as program:
        told = json.loads(first_line(program))
        assert (told["event"], told["file"]) == ("serving", bug)
        ask(int(told["url"].rpartition(":")[2]), "somebody")
        served, whole = map(json.loads, program.stdout or [])
        assert served["deviations"] == [
            {
                "file": bug,
                "line": 6,
                "expected": "C: VRFY nobody",
                "got": "C: vrfy somebody",
                "why": "the arguments differ",
            }
        ]
        assert (whole["connections"], whole["deviating"]) == (1, 1)


REFUSED = {
    "a pattern": ([], BUG.replace("S: 550", "S* 550"), "bug.smtp:7: S* is an expectation, it cannot be said"),
    "no choice": (["--tls", "maybe"], BUG, "'maybe' is none of starttls, implicit, no"),
    "no transcript": ([], "X", "bug.smtp:1:1: expected smtp-transcript: 1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_served(name: str, bug: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says what is wrong before anybody can connect; exit status 2."""
    arguments, text, message = REFUSED[name]
    Path(bug).write_text(text)
    assert main(["serve", bug, *arguments]) == 2
    output, errors = capsys.readouterr()
    assert (output, errors.count("\n")) == ("", 1)
    assert message in errors


def test_at_the_prompt_it_ends_when_cancelled(bug: str) -> None:
    """There it runs in the worker, is told to end, and leaves the shell as it was."""
    said: list[str] = []
    listening = threading.Event()

    def sink(fragments: list[tuple[str, str]]) -> None:
        said.append(to_text(fragments))
        listening.set()

    interpreter = Interpreter(sink)
    assert interpreter.is_slow(f"/serve {bug}")
    worker = threading.Thread(target=interpreter.execute, args=[f"/serve {bug}"])
    worker.start()
    assert listening.wait(10)
    assert ask(int(said[0].rpartition(":")[2]), "nobody") == 550
    interpreter.cancel()
    worker.join(10)
    assert not worker.is_alive()
    assert said[-1] == "bug.smtp: 1 connections, all as recorded\n"
    interpreter.close()
