"""The history file: one a host, for its owner alone, without secrets, with whatever octets were typed."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.shell.terminal.history import HostHistory, history_path
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
