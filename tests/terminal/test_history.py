"""The history file: one a host, for its owner alone, without secrets, with whatever octets were typed."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.document import Document

from smtpshell.shell.terminal.history import LIMIT, SLACK, HistorySuggestion, HostHistory, history_path
from smtpshell.transcript.redaction import Secrets


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep history below a folder of the test's own."""
    monkeypatch.setenv("SMTPSHELL_STATE_DIR", str(tmp_path / "state"))
    return tmp_path / "state"


def history(host: str, secrets: Secrets | None = None, complaints: list[str] | None = None) -> HostHistory:
    """Make the history of a host."""
    return HostHistory(
        host,
        redact=(secrets or Secrets()).redact_text,
        complain=(complaints if complaints is not None else []).append,
    )


def test_lines_come_back_newest_first() -> None:
    """What one session stores, the next one loads; octets that are no UTF-8 included."""
    lines = ["EHLO me", "VRFY caf\udce9", "NOOP ä"]
    for line in lines:
        history("mail.example.test").append_string(line)
    assert list(history("mail.example.test").load_history_strings()) == lines[::-1]


def test_each_host_has_its_own() -> None:
    """Lines typed at one host are not offered at another."""
    history("one.example.test").append_string("EHLO one")
    assert list(history("two.example.test").load_history_strings()) == []


def test_only_the_owner_may_read_it(state: Path) -> None:
    """The file has mode 0600 and its folder 0700 from the first line on."""
    history("mail.example.test").append_string("NOOP")
    file = history_path("mail.example.test")
    assert file.parent.parent == state
    assert [oct(path.stat().st_mode & 0o777) for path in (file, file.parent)] == ["0o600", "0o700"]


def test_a_secret_is_kept_nowhere() -> None:
    """Neither the file nor the memory of the session has it."""
    secrets = Secrets()
    secrets.remember("first-lesson")
    lines = history("mail.example.test", secrets)
    lines.append_string("/auth PLAIN student first-lesson")
    assert "first-lesson" not in history_path("mail.example.test").read_text()
    assert lines.get_strings() == ["/auth PLAIN student ${auth}"]


def test_a_host_cannot_name_another_file(state: Path) -> None:
    """Paths of sockets and odd names stay inside the folder."""
    for host in ("/run/lmtp", "../../etc/passwd", "::1", "", "."):
        assert history_path(host).parent == state / "history"


def test_a_file_that_cannot_be_written_is_said_once(state: Path) -> None:
    """Without its folder the session goes on, its history in memory."""
    state.write_text("in the way")
    complaints: list[str] = []
    lines = history("mail.example.test", complaints=complaints)
    for line in ("EHLO me", "NOOP"):
        lines.append_string(line)
    assert len(complaints) == 1
    assert complaints[0].startswith("history is not kept")
    assert lines.get_strings() == ["EHLO me", "NOOP"]


def test_a_file_that_has_grown_too_long_is_cut() -> None:
    """The newest lines are left, in a file for its owner alone; until then nothing is rewritten."""
    history("mail.example.test").append_string("first")
    path = history_path("mail.example.test")
    grown = [b"NOOP %d" % number for number in range(LIMIT + SLACK)]
    path.write_bytes(b"\n".join(grown) + b"\n")
    file = path.stat().st_ino
    assert len(list(history("mail.example.test").load_history_strings())) == LIMIT
    assert path.stat().st_ino == file
    history("mail.example.test").append_string("the last straw")
    assert next(iter(history("mail.example.test").load_history_strings())) == "the last straw"
    assert path.read_bytes().split(b"\n")[:-1] == [*grown[-LIMIT + 1 :], b"the last straw"]
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_one_enormous_line_does_not_stand_in_the_way() -> None:
    """Of a file that is too big its end is read; a pasted line that long is not kept on disk at all."""
    lines = history("mail.example.test")
    lines.append_string("x" * 5000)
    lines.append_string("NOOP")
    path = history_path("mail.example.test")
    assert path.read_bytes() == b"NOOP\n"
    path.write_bytes(b"x" * (17 << 20) + b"\nEHLO me\n")
    assert list(history("mail.example.test").load_history_strings()) == ["EHLO me"]
    assert path.read_bytes() == b"EHLO me\n"


def test_shells_at_the_same_host_lose_nothing() -> None:
    """Each stores its lines while another one cuts the file."""
    path = history_path("mail.example.test")
    history("mail.example.test").append_string("first")
    path.write_bytes(b"old\n" * (LIMIT + SLACK + 1))
    shells = [history("mail.example.test") for _ in range(4)]
    start = threading.Barrier(len(shells))

    def use(shell: HostHistory, name: int) -> None:
        start.wait()
        for number in range(50):
            shell.store_string(f"NOOP {name} {number}")
            if number == 25:
                list(shell.load_history_strings())

    threads = [threading.Thread(target=use, args=(shell, name)) for name, shell in enumerate(shells)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = path.read_text().splitlines()
    for name in range(len(shells)):
        assert [line for line in kept if line.startswith(f"NOOP {name} ")] == [
            f"NOOP {name} {number}" for number in range(50)
        ]
    assert len(kept) < LIMIT + SLACK


def test_without_locks_lines_are_kept_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows has no fcntl."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    history("mail.example.test").append_string("NOOP")
    assert list(history("mail.example.test").load_history_strings()) == ["NOOP"]


def test_the_same_line_twice_is_one() -> None:
    """A line that is repeated is kept once, several lines edited together as one."""
    lines = history("mail.example.test")
    for line in ("NOOP", "NOOP", "RSET", "NOOP", "one\ntwo"):
        lines.append_string(line)
    assert list(history("mail.example.test").load_history_strings()) == ["one two", "NOOP", "RSET", "NOOP"]


def test_the_newest_line_that_goes_on_is_suggested() -> None:
    """For each beginning, longer and shorter again; none for a line that is there as it stands, or for nothing."""
    past = history("mail.example.test")
    for line in ("VRFY one", "VRFY three", "VRFY two", "NOOP"):
        past.append_string(line)
    buffer = Buffer(history=past)
    expected = [
        ("V", "RFY two"),
        ("VRFY t", "wo"),
        ("VRFY th", "ree"),
        ("VRFY thx", None),
        ("VRFY thxy", None),
        ("VRFY th", "ree"),
        ("VRFY three", None),
        ("VRFY ", "two"),
        ("vrfy", None),
        ("", None),
        ("VRFY\nVRFY", None),
    ]
    for text, rest in expected:
        found = HistorySuggestion().get_suggestion(buffer, Document(text))
        assert (found.text if found else None) == rest
    past.append_string("VRFY thirty")
    found = HistorySuggestion().get_suggestion(buffer, Document("VRFY th"))
    assert found
    assert found.text == "irty"
    assert HistorySuggestion().get_suggestion(Buffer(), Document("VRFY")) is None
