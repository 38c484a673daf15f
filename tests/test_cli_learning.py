"""`smtpshell learn` without a terminal: lines on standard input, and what the exit status says."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.errors import ExitStatus

FIRST = """EHLO me.example.test
MAIL FROM:<me@example.test>
RCPT TO:<teacher@example.test>
DATA
Subject: hi
/hint

hello
.
QUIT
"""

CHUNKS = """EHLO me.example.test
MAIL FROM:<student@example.test>
RCPT TO:<teacher@example.test>
BDAT 15
Subject: hi
/hint

BDAT 10 LAST
.
Hello
QUIT
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the progress in a folder of the test's own."""
    monkeypatch.setenv("SMTPSHELL_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("SMTPSHELL_LESSONS", raising=False)
    monkeypatch.chdir(tmp_path)


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str, *arguments: str
) -> tuple[int, str, str]:
    """Run the program in this process with lines on standard input."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(typed.encode())))
    status = main(arguments)
    return (int(status), *capsys.readouterr())


def test_a_lesson_is_played_from_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """All is said between the lines, those of a message included; the status is 0."""
    status, output, errors = run(monkeypatch, capsys, FIRST, "learn", "first-mail")
    assert (status, errors) == (ExitStatus.EXPECTED, "")
    said = (
        "C: Subject: hi",
        "Now an empty line.",
        "Hint: press Enter",
        "And now the text",
        "C: hello",
        "Well done!",
    )
    places = [output.index(text) for text in said]
    assert places == sorted(places)


def test_several_lessons_in_a_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """/learn goes on with the next; what is refused on purpose does not end the lines."""
    status, output, errors = run(monkeypatch, capsys, FIRST + "/learn\n" + "/skip\n" * 13, "learn")
    assert (status, errors) == (ExitStatus.EXPECTED, "")
    assert output.count("Well done!") == 2


def test_a_chunk_is_typed_line_by_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As at the prompt, each line ends with CR LF on the wire."""
    status, output, errors = run(monkeypatch, capsys, CHUNKS, "learn", "bdat")
    assert (status, errors) == (ExitStatus.EXPECTED, "")
    assert "Well done!" in output


@pytest.mark.parametrize("typed", ["EHLO me\n", "EHLO me\nMAIL FROM:<>\n/quit\n"])
def test_a_lesson_that_was_left_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], typed: str
) -> None:
    """Who runs it in a script wants to know."""
    assert run(monkeypatch, capsys, typed, "learn", "1")[0] == ExitStatus.NEGATIVE


def test_what_cannot_be_begun_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """An unknown lesson, one that is no transcript."""
    status, output, errors = run(monkeypatch, capsys, "", "learn", "juggling")
    assert (status, output) == (ExitStatus.USAGE, "")
    assert errors == (
        "smtpshell: there is no lesson 'juggling'; /lessons lists them; a path (./mine.smtp) is one too\n"
    )
    (tmp_path / "mine.smtp").write_text("smtp-transcript: 1\n\nS: 220 x\nC~ QUIT\nS: 221 x\n")
    status, _, errors = run(monkeypatch, capsys, "", "learn", "./mine.smtp")
    assert status == ExitStatus.USAGE
    assert errors.startswith("smtpshell: mine.smtp:4:2: expected C:, found C~")
    assert errors.count("\n") == 1


def test_as_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What is told is an object among the events, and nothing else is written."""
    status, output, _ = run(monkeypatch, capsys, FIRST, "learn", "1", "--json")
    objects = [json.loads(line) for line in output.splitlines()]
    events = [one["event"] for one in objects]
    assert status == ExitStatus.EXPECTED
    assert {"lesson", "command", "reply"} <= set(events)
    assert (objects[-1]["lesson"], objects[-1]["kind"]) == ("01-first-mail", "finished")
    status, output, _ = run(monkeypatch, capsys, "", "lessons", "--json")
    assert json.loads(output)["lessons"][0] == {
        "lesson": "01-first-mail",
        "title": "A first mail, by hand",
        "state": "done",
    }
