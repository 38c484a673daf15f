"""The lessons that come with smtpshell: each is a transcript, and each can be played, well and badly."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources import files
from itertools import cycle
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.protocol.extensions import EXTENSIONS
from smtpshell.shell.declaration.command import load_commands
from smtpshell.shell.learning.hints import hints_for
from smtpshell.shell.learning.shelf import Shelved, shelved
from tests.shell.learning import Learner, lines_of
from tests.shell.support import Shell

LESSONS = shelved()
NAMES = [one.name for one in LESSONS]
WIDTH = 78

# subject -> what the lesson about it has the learner type
SUBJECTS = {
    "first mail": b"QUIT",
    "refusals": b"RCPT TO:<full@",
    "long answers": b"EHLO",
    "dots": b"..",
    "envelope": b"From:",
    "starttls": b"STARTTLS",
    "auth": b"AUTH PLAIN",
    "pipelining": b"DATA",
    "bdat": b"BDAT",
    "dsn": b"NOTIFY=",
    "lmtp": b"LHLO",
    "utf8 addresses": b"SMTPUTF8",
    "bounces": b"MAIL FROM:<>",
    "lost connections": b"DATA",
}


@pytest.fixture
def learner() -> Iterator[Learner]:
    """Give somebody at a prompt, not connected."""
    learner = Learner()
    yield learner
    learner.close()


def test_there_is_a_lesson_on_each_subject() -> None:
    """The package carries them, numbered in their order, and each is about what its name says."""
    assert len(NAMES) >= 13
    wanted = [f"{number:02}-{subject.replace(' ', '-')}" for number, subject in enumerate(SUBJECTS, 1)]
    assert wanted == NAMES
    for one, typed in zip(LESSONS, SUBJECTS.values(), strict=True):
        said = [said.octets for task in one.read().tasks for said in task.said]
        assert any(octets.startswith(typed) or typed in octets for octets in said), one.name


def test_the_package_carries_the_files() -> None:
    """They are read as data of the package, and the build takes the whole package."""
    there = {file.name for file in (files("smtpshell") / "lessons").iterdir() if file.name.endswith(".smtp")}
    assert there == {f"{name}.smtp" for name in NAMES}
    settings = Path(__file__, "../../../pyproject.toml").resolve().read_text("utf-8")
    assert 'packages = ["smtpshell"]' in settings
    assert "exclude" not in settings.partition("[tool.hatch")[2].partition("[tool.ruff")[0]


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_a_lesson_is_complete(one: Shelved) -> None:
    """It has a title, what is learnt and where that is written; its prose fits a small terminal."""
    lesson = one.read()
    text = one.file.read_bytes().decode()
    assert lesson.title != lesson.key
    assert len(lesson.learnt) >= 2
    assert re.search(r"RFC [0-9]+", lesson.source)
    assert lesson.intro
    long = [line for line in text.split("\n") if line.startswith("# ") and len(line) > WIDTH + 2]
    # A line to be typed may be as long as it must.
    assert [line for line in long if not line.startswith(("#     ", "# hint:"))] == []


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_every_line_to_be_typed_can_be_known(one: Shelved) -> None:
    """Each line of each task has a nudge at least, and at last the line itself."""
    lesson = one.read()
    for task, line, _ in lines_of(lesson):
        hints = hints_for(lesson, task, line)
        assert len(hints) >= 2
        assert "type: " in hints[-1]
        assert all(hints)


def test_shell_commands_named_in_lessons_exist() -> None:
    """A learner who types /something from the prose finds it."""
    commands = load_commands()
    for one in LESSONS:
        prose = [line for line in one.file.read_bytes().decode().split("\n") if line.startswith("#")]
        named = re.findall(r"(?<![\w/:.>])/([a-z-]+)", "\n".join(prose))
        assert [name for name in named if name not in commands] == [], one.name


def test_extensions_named_in_lessons_exist() -> None:
    """The keywords taught are keywords."""
    assert {"PIPELINING", "CHUNKING", "DSN", "SMTPUTF8", "STARTTLS", "AUTH", "SIZE"} <= set(EXTENSIONS)


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_a_lesson_replays(one: Shelved) -> None:
    """The practice server answers as the lesson says, told by the command that replays transcripts."""
    lesson = one.read()
    shell = Shell()
    with PracticeServer(lmtp=lesson.lmtp) as server:
        for words in lesson.mischief:
            server.misbehave(words)
        shell.execute(f"/replay {one.file} --against {server.url}")
    assert shell.exit_status == ExitStatus.EXPECTED, shell.text
    shell.close()


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_a_lesson_is_played(learner: Learner, one: Shelved) -> None:
    """Who types what it has comes to its end, is told so, and nobody is asked to try again."""
    lesson = one.read()
    learner.type(f"/learn {one.name}")
    for _, _, typed in lines_of(lesson):
        assert learner.learning
        learner.type(*typed)
    assert not learner.learning
    assert f"Well done! That was “{lesson.title}”." in learner.text
    told = " ".join(learner.text.split())
    for sentence in (*lesson.learnt, lesson.source):
        assert sentence in told
    assert max(map(len, learner.text[learner.text.index("Well done!") :].split("\n"))) <= WIDTH
    assert "Try again" not in learner.text
    assert learner.exit_status == ExitStatus.EXPECTED


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_a_lesson_is_played_badly(learner: Learner, one: Shelved) -> None:
    """Who types something wrong first, and asks for every hint, comes to the end as well."""
    lesson = one.read()
    learner.type(f"/learn {one.name}")
    wrong = cycle(["NOOP", "QUIT", "RSET", "HELP", "NONSENSE", "EHLO", "VRFY teacher", "DATA", "RCPT TO:x"])
    for task, line, typed in lines_of(lesson):
        if task.kind == "command" and line == 0:
            said = learner.type(next(line for line in wrong if line[:4] != typed[0][:4]))
            assert "Try again, or type /hint." in said
            assert learner.learning
        hints = hints_for(lesson, task, line)
        for hint in [*hints, hints[-1]]:
            said = learner.type("/hint")
            assert f"Hint: {hint.split(chr(10))[0]}" in said
        learner.type(*typed)
    assert not learner.learning, learner.text[-2000:]
    assert "Well done!" in learner.text
    assert learner.exit_status == ExitStatus.EXPECTED


@pytest.mark.parametrize("one", LESSONS, ids=NAMES)
def test_a_lesson_is_skipped_through(learner: Learner, one: Shelved) -> None:
    """/skip sends what is wanted, each time; the lesson ends."""
    learner.type(f"/learn {one.name}")
    for _ in one.read().tasks:
        assert "Sent for you:" in learner.type("/skip")
    assert not learner.learning
    assert "Well done!" in learner.text
