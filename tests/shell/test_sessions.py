"""Several sessions in one shell: opened, switched, closed, recorded, each with its own facts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import PracticeServer
from smtpshell.shell.batch import script
from smtpshell.shell.batch.json_lines import JsonLines
from smtpshell.shell.display.render import to_text
from smtpshell.shell.language.completion import complete
from tests.shell.support import Shell
from tests.terminal.scripted import ScriptedServer


@pytest.fixture
def other() -> Iterator[PracticeServer]:
    """Start a second practice server."""
    with PracticeServer() as server:
        yield server


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    """Start a server that says what a test tells it to."""
    with ScriptedServer({"NOOP": b"250 still here\r\n", "QUIT": b"221 bye\r\n"}) as server:
        yield server


@pytest.fixture
def two(shell: Shell, other: PracticeServer) -> Shell:
    """Be at the second of two practice servers, named "second"; the first is named "practice"."""
    shell.say(f"/connect {other.url} --name second")
    return shell


def names(shell: Shell) -> list[str]:
    """Name the sessions there are."""
    return [each.name for each in shell.conversations]


def test_another_connection(two: Shell) -> None:
    """/connect while connected opens another session and goes there; the first stays as it was."""
    assert names(two) == ["practice", "second"]
    assert two.prompt == "second smtp> "
    assert "2 second, 1 more" in to_text(two.toolbar())
    assert "503 " in two.say("MAIL FROM:<me@example.test>")
    assert two.say("/switch 1").startswith("session 1 practice, smtp://127.0.0.1:")
    assert two.prompt == "practice smtp> "
    assert two.say("MAIL FROM:<me@example.test>").startswith("250 ")


def test_facts_are_of_one_session(two: Shell) -> None:
    """TLS, capabilities, the last reply and what was found belong to the session that has them."""
    two.say("/starttls", "VRFY")
    assert (two.prompt, two.findings.count > 0) == ("second smtps> ", True)
    two.say("/switch practice")
    assert (two.prompt, two.last_reply and two.last_reply.code) == ("practice smtp> ", 250)
    listed = two.say("/sessions").splitlines()
    assert listed[0].startswith("* 1 practice  smtp://")
    assert listed[1:3] == ["    ready; no TLS", "    last: 250 STARTTLS"]
    assert listed[3].startswith("  2 second  smtp://")
    assert listed[4].startswith("    ready; TLSv1.3 ")
    assert listed[5].startswith("    last: 501 ")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("/switch third", "there is no session 'third'; /sessions lists them"),
        ("/switch s", "session 2 second, "),
        ("/switch ''", "a session has a number and a name"),
        ("/connect --name second", "there is a session second already; choose another --name"),
        ("/connect --name 7", "no name such as mx1"),
        ("/connect 127.0.0.1:1", "cannot connect to 127.0.0.1:1"),
        ("/close third", "there is no session 'third'"),
    ],
)
def test_names(two: Shell, line: str, said: str) -> None:
    """A session is called by its number, its name or the beginning of it; what fails leaves all as it was."""
    assert said in two.say(line)
    assert names(two) == ["practice", "second"]
    assert two.prompt == "second smtp> "


def test_names_are_made_unique(shell: Shell, other: PracticeServer) -> None:
    """A host's second session has a number behind its name; an ambiguous beginning is refused."""
    shell.say(f"/connect {other.url}", f"/connect {other.url}", "/connect")
    assert names(shell) == ["practice", "127.0.0.1", "127.0.0.1-2", "practice-2"]
    assert "'127' may be 127.0.0.1, 127.0.0.1-2" in shell.say("/switch 127")
    assert shell.prompt == "practice-2 smtp> "


def test_a_long_name_leaves_room(shell: Shell, other: PracticeServer) -> None:
    """On a narrow terminal a line still fits behind the prompt."""
    shell.say(f"/connect {other.url} --name a-very-long-name-of-a-server")
    assert shell.prompt == "a-very-long-nam… smtp> "


def test_names_are_completed(two: Shell) -> None:
    """The names there are, each with its number and where it leads."""
    found = complete(two, "/switch se", 10)
    assert [candidate.text for candidate in found] == ["second"]
    assert found[0].meta.startswith("2, smtp://127.0.0.1:")


def test_closing_one(two: Shell, tmp_path: Path) -> None:
    """It says QUIT, leaves the list and its recording ends; another comes to the front."""
    said = two.say(f"/record {tmp_path}/one.smtp", "/close")
    assert (tmp_path / "one.smtp").read_text().endswith("-- closed by server\n")
    assert "221 " in said
    assert names(two) == ["practice"]
    assert two.prompt == "smtp> "
    assert two.say("NOOP").startswith("250 ")


def test_closing_another(two: Shell) -> None:
    """What comes on a session that is not the current one has its name before it."""
    said = two.say("/close practice")
    assert said.startswith("practice| 221 ")
    assert "practice| -- closed by server\n" in said
    assert two.prompt == "smtp> "


def test_closing_all(two: Shell) -> None:
    """Every session says QUIT; the shell stays."""
    said = two.say("/close --all")
    assert said.count("221 ") == 2
    assert two.prompt == "smtpshell> "
    assert "/connect URL opens another" in two.say("/close")


def test_leaving_closes_all(two: Shell) -> None:
    """/quit says QUIT on each connection."""
    said = two.say("/quit")
    assert said.count("221 ") == 2
    assert two.finished


def test_no_sessions() -> None:
    """There is nothing to list before the first connection."""
    shell = Shell()
    assert "there is no session; /connect URL opens one" in shell.say("/sessions")


def test_a_server_that_leaves_while_another_is_waited_for(shell: Shell, scripted: ScriptedServer) -> None:
    """A 421 that comes on the idle session is shown with its name, and disturbs nothing."""
    shell.say(f"/connect {scripted.url} --name idle", "/switch practice")
    scripted.say(b"421 4.3.2 too \x1b[2Jtired\r\n")
    scripted.hang_up()
    while shell.conversations[1].connected:
        shell.say("NOOP")
    assert "idle| 421 4.3.2 too \\x1b[2Jtired\nidle|   #1 " in shell.text
    assert "idle| -- closed by server\n" in shell.text
    assert shell.say("NOOP").startswith("250 ")
    assert "  2 idle  smtp://" in shell.say("/sessions")
    assert "    closed\n    last: 421 4.3.2" in shell.text
    # A closed one is left as it is, and can be connected again.
    assert "-- connected to" in shell.say("/switch idle", "/connect")
    assert names(shell) == ["practice", "practice-2"]


def test_a_slow_reply_while_another_is_used(shell: Shell, scripted: ScriptedServer) -> None:
    """What is outstanding on one session keeps nobody from using another."""
    shell.say(f"/connect {scripted.url} --name slow")
    shell.execute("EHLO me")
    assert shell.say("/switch practice", "NOOP").endswith("250 2.0.0 OK\n")
    assert "waiting: EHLO" in shell.say("/sessions")
    scripted.expect(b"EHLO me")
    scripted.say(b"250 at last\r\n")
    while "slow| 250 at last\n" not in shell.text:
        shell.say("NOOP")


def test_a_handshake_that_is_due_on_another(two: Shell) -> None:
    """STARTTLS may be answered when the user has left already: the handshake is done all the same."""
    two.say("EHLO me")
    two.execute("STARTTLS")
    second = two.current
    two.say("/switch practice")
    while not second.handshake_due:
        two.say("NOOP")
    two.say("NOOP")  # and what waits for its handshake is not read
    assert two.any_handshake_due
    two.handshakes()
    assert "second| -- tls TLSv1.3" in two.text
    assert not two.any_handshake_due


def test_an_unreadable_session(shell: Shell, scripted: ScriptedServer) -> None:
    """A line without end closes the session it comes on, no other."""
    shell.say(f"/connect {scripted.url} --name noise", "/switch practice")
    scripted.say(b"x" * 2_000_000)
    while shell.conversations[1].connected:
        shell.say("NOOP")
    assert shell.exit_status is ExitStatus.UNREADABLE
    assert shell.say("NOOP").startswith("250 ")


def test_recordings(two: Shell, tmp_path: Path) -> None:
    """Each session is recorded to a file of its own; --all begins and ends all of them."""
    assert "second: recording to" in two.say(f"/record {tmp_path}/both.smtp --all")
    two.say("VRFY student", "/switch practice", "NOOP")
    assert two.say("/record --all").count("recording to") == 2
    assert two.say("/sessions").count("; recording ") == 2
    assert two.say("/record").count("recording to") == 1
    assert two.say("/record off --all").count("recorded to") == 2
    first, second = ((tmp_path / f"both-{name}.smtp").read_text() for name in ("practice", "second"))
    assert ("C: NOOP" in first, "C: VRFY student" in first) == (True, False)
    assert ("C: NOOP" in second, "C: VRFY student" in second) == (False, True)


def test_recording_nothing(offline: Shell) -> None:
    """Without a connection there is nothing for --all."""
    assert "there is no open session" in offline.say("/record x.smtp --all")


def test_a_secret_of_one_is_a_secret_in_all(two: Shell) -> None:
    """A password that was typed at one session is not shown by another, whatever its server says."""
    two.say("EHLO me", "AUTH LOGIN", "student", "first-lesson")
    two.say("/switch practice")
    assert two.say("NOOP first-lesson", "VRFY first-lesson").count("first-lesson") == 0


def test_json_tells_the_session(shell: Shell, other: PracticeServer) -> None:
    """Every object has the name of its session, from the second connection on."""
    written: list[str] = []
    lines = JsonLines(written.append, shell.secrets, label=lambda: shell.label)
    shell.events, shell.outcomes, shell.errors = lines.event, lines.outcome, lines.error
    script.run_lines(
        shell, ["NOOP", f"/connect {other.url} --name b", "NOOP", "/sessions", "/close 1", "/switch x"]
    )
    objects = [json.loads(line) for line in written]
    assert [(each["event"], each.get("session")) for each in objects] == [
        ("command", None),
        ("reply", None),
        ("connected", "b"),
        ("greeting", "b"),
        ("command", "b"),
        ("reply", "b"),
        ("sessions", "b"),
        ("command", "practice"),
        ("reply", "practice"),
        ("closed", "practice"),
        ("error", "b"),
    ]
    listed = next(each for each in objects if each["event"] == "sessions")["sessions"]
    assert [(each["number"], each["name"], each["current"]) for each in listed] == [
        (1, "practice", False),
        (2, "b", True),
    ]
