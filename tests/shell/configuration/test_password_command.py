"""A program that prints the password: its first line is taken, its failure is one line, it cannot hold us up."""

from __future__ import annotations

import shlex
from itertools import chain, repeat
from pathlib import Path

import pytest

from smtpshell.errors import UsageError
from smtpshell.shell.configuration import password_command
from smtpshell.shell.configuration.password_command import first_line


def script(tmp_path: Path, body: str) -> str:
    """Make a program; give it as a password command."""
    path = tmp_path / "a program"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return f"{shlex.quote(str(path))} 'one argument' '$HOME'"


def never() -> bool:
    """Nobody gives up."""
    return False


PRINTED = {
    "echo first": "first",
    "printf 'first\\r\\nsecond\\n'": "first",
    "printf 'no end'": "no end",
    "printf 'caf\\303\\251\\377\\n'": "caf\u00e9\udcff",
    'echo "$1 $2"': "one argument $HOME",
    "echo first; seq 100000": "first",
    # It reads nothing of what is typed, and what it leaves behind does not keep us.
    "cat; echo first": "first",
    "sleep 9 & echo first": "first",
    "echo first; echo complaint >&2": "first",
}


@pytest.mark.parametrize("body", PRINTED)
def test_the_first_line_is_the_password(tmp_path: Path, body: str) -> None:
    """It is run without a shell, and its first line counts, whatever else it does."""
    assert first_line(script(tmp_path, body), never) == PRINTED[body]


FAILS = {
    "exit 3": "failed: exit status 3; try it",
    "echo secret; echo no such entry >&2; exit 1": "failed: exit status 1, no such entry; try it",
    "printf 'one\\ntwo\\n\\n' >&2; exit 1": "failed: exit status 1, two; try it",
    "kill -9 $$": "failed: killed by signal 9",
    "true": "failed: it printed no password",
    "echo; echo second": "failed: it printed no password",
}


@pytest.mark.parametrize("body", FAILS)
def test_a_failure_is_one_line(tmp_path: Path, body: str) -> None:
    """What went wrong is said, and nothing of what it printed."""
    with pytest.raises(UsageError) as caught:
        first_line(script(tmp_path, body), never)
    assert FAILS[body] in str(caught.value)
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("program", "said"), [("no-such-program x", "No such file"), ("''", "''"), ("a 'b", "quot")]
)
def test_what_cannot_be_run(program: str, said: str) -> None:
    """A program that is not there, or none at all, is said."""
    with pytest.raises(UsageError, match=r"the password command .* failed: ") as caught:
        first_line(program, never)
    assert said in str(caught.value)


def test_patience_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that never ends is killed."""
    monkeypatch.setattr(password_command, "_LIMIT", 0.0)
    with pytest.raises(UsageError, match="it is not done after 0 s"):
        first_line(script(tmp_path, "exec sleep 50"), never)


def test_the_user_can_give_up(tmp_path: Path) -> None:
    """Who has waited long enough ends it, and it is killed."""
    asked = chain([False], repeat(True))
    with pytest.raises(UsageError, match="it was interrupted"):
        first_line(script(tmp_path, "exec sleep 50"), lambda: next(asked))
