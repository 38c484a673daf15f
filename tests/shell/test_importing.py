"""/import and its subcommand: to the screen, to a file, to a folder."""

from __future__ import annotations

import io
import json
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.shell.interpreter import Interpreter
from smtpshell.transcript.syntax import read
from tests.shell.support import Shell

ONE = """\
=== Trying mx.example.test:25...
<-  220 mx
 -> AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u
<** 535 first-lesson?
"""
TWO = ONE + ONE

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the program in a folder with two logs; give exit status, output, errors."""
    monkeypatch.chdir(tmp_path)
    Path("one.log").write_text(ONE, "utf-8")
    Path("two.log").write_text(TWO, "utf-8")

    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(arguments)
        return (int(status), *capsys.readouterr())

    return run


def test_shown(run: Run) -> None:
    """Without --output the transcript is shown, and is one."""
    status, output, errors = run("import", "one.log")
    assert (status, errors) == (0, "")
    assert output.startswith(
        "smtp-transcript: 1\ntitle: one.log: output of swaks\nserver: smtp://mx.example.test:25\n"
    )
    assert output.endswith("C: AUTH PLAIN ${auth}\nS: 535 ${auth}?\n")


def test_written(run: Run) -> None:
    """A new file is its owner's alone; one that is there is kept, unless --force replaces it."""
    assert run("import", "one.log", "--output", "a.smtp") == (0, "imported to a.smtp\n", "")
    assert stat.S_IMODE(Path("a.smtp").stat().st_mode) == 0o600
    assert len(read("a.smtp").entries) == 6
    status, _, errors = run("import", "one.log", "--output", "a.smtp")
    assert (status, errors) == (
        2,
        "smtpshell: a.smtp: this file exists; choose another name, or replace it (--force)\n",
    )
    assert run("import", "one.log", "--output", "a.smtp", "--force")[0] == 0


def test_several_connections(run: Run) -> None:
    """Several connections need a folder, and give a file each."""
    status, output, errors = run("import", "two.log")
    assert (status, output) == (2, "")
    assert "two.log: there are 2 connections in it; name a folder that is there" in errors
    Path("made").mkdir()
    status, output, _ = run("import", "two.log", "--output", "made")
    assert (status, output) == (0, "imported to made/two-1.smtp\nimported to made/two-2.smtp\n")
    assert read("made/two-1.smtp").entries == read("made/two-2.smtp").entries


def test_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hyphen is standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ONE.encode())))
    Path("made").mkdir()
    assert run("import", "-", "--from", "swaks", "--output", "made") == (0, "imported to made/log.smtp\n", "")


REFUSED = {
    "unknown": (["import", "no.txt"], "no.txt: no known source looks like this"),
    "no kind": (["import", "one.log", "--from", "pine"], "'pine' is none of swaks, smtplib"),
    "no file": (["import", "none.log"], "there is no file none.log"),
    "no place": (["import", "one.log", "--output", "no/a.smtp"], "there is no folder no"),
    "a full disk": (["import", "one.log", "--output", "/dev/full/a"], "/dev/full"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(run: Run, case: str) -> None:
    """What cannot be done is said in one line, with status 2."""
    Path("no.txt").write_text("Dear all\n", "utf-8")
    arguments, expected = REFUSED[case]
    status, output, errors = run(*arguments)
    assert (status, output, errors.count("\n")) == (2, "", 1)
    assert expected in errors


def test_json(run: Run) -> None:
    """--json gives the transcript's text in an object."""
    _, output, _ = run("import", "one.log", "--json")
    (said,) = map(json.loads, output.splitlines())
    assert (said["event"], said["file"]) == ("import", "one.log")
    assert said["text"].startswith("smtp-transcript: 1\n")


def test_at_the_prompt(offline: Shell, tmp_path: Path) -> None:
    """/import does the same, and what it learnt is secret in this shell from then on."""
    log = tmp_path / "one.log"
    log.write_text(ONE, "utf-8")
    assert "C: AUTH PLAIN ${auth}" in offline.say(f"/import {log}")
    assert offline.secrets.redact_text("first-lesson") == "${auth}"


def test_completion(offline: Interpreter) -> None:
    """Kinds are offered, each with what it is."""
    from smtpshell.shell.declaration.command import load_commands

    kind = load_commands()["import"].option("--from")
    assert kind is not None
    offered = dict(kind.type.complete("", offline))
    assert offered["swaks"] == "output of swaks"
    assert "asciinema" in offered
