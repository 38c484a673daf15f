"""Where ``${auth}`` comes from at a replay: a file, the environment, settings, a question; never an argument."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.errors import UsageError
from smtpshell.practice import USERS
from smtpshell.protocol.sasl import Credentials
from smtpshell.shell.configuration.credentials import credentials
from smtpshell.transcript.syntax import parse
from tests.shell.support import Shell

USER = USERS[0]
LOGS_IN = parse("smtp-transcript: 1\n\nS: 220 mx\nC: AUTH PLAIN ${auth}\nS: 235 ok\n")
SAYS_LITTLE = parse("smtp-transcript: 1\n\nS: 220 mx\nC: NOOP\nS: 250 ok\n")
SESSION = """\
smtp-transcript: 1

S: 220 practice.example.test
C: EHLO client.example.test
S...
C: AUTH PLAIN ${auth}
S: 235 2.7.0 ok
C: QUIT
S: 221 2.0.0 bye
"""


def file_of(folder: Path, text: str) -> Path:
    """Write a file of credentials."""
    path = folder / "credentials"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("USER=me\nPASSWORD=a = b \n", Credentials(user="me", password="a = b ")),
        ("# mine\n\nSMTPSHELL_TOKEN=t\n", Credentials(token="t")),
        ("  USER=me\r\nPASSWORD=\r\n", Credentials(user="me")),
    ],
)
def test_a_file_has_them(shell: Shell, tmp_path: Path, text: str, found: Credentials) -> None:
    """Its lines are like those of an environment."""
    assert credentials(shell, [LOGS_IN], (), file_of(tmp_path, text)) == found


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("USER=me\nplanted-secret\n", ":2: no line of credentials; write USER=, PASSWORD= or TOKEN="),
        ("\n# planted-secret\n", ": there are no credentials; "),
        ("", ": there are no credentials; "),
        ("\0", ":1: no line of credentials; "),
    ],
)
def test_what_is_wrong_with_a_file(shell: Shell, tmp_path: Path, text: str, complaint: str) -> None:
    """It is said in one line, which shows nothing of the file."""
    with pytest.raises(UsageError) as caught:
        credentials(shell, [LOGS_IN], (), file_of(tmp_path, text))
    assert f"credentials{complaint}" in str(caught.value)
    assert "planted-secret" not in str(caught.value)


def test_a_folder_is_no_file(shell: Shell, tmp_path: Path) -> None:
    """What cannot be read is said."""
    with pytest.raises(UsageError, match="Is a directory; name another file"):
        credentials(shell, [LOGS_IN], (), tmp_path)


def test_the_environment_has_them(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked then."""
    monkeypatch.setenv("SMTPSHELL_USER", "me")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "hunter22")
    shell.ask_secret = None
    assert credentials(shell, [LOGS_IN], (), None) == Credentials(user="me", password="hunter22")
    assert shell.secrets.redact_text("hunter22") == "${auth}"


def test_asking(shell: Shell) -> None:
    """What is nowhere is asked for, but only where a transcript needs it, and no value is given for it."""
    asked: list[str] = []

    def ask(question: str) -> str:
        asked.append(question)
        return question.strip(": ")

    shell.ask_secret = ask
    assert credentials(shell, [SAYS_LITTLE], (), None) is None
    assert credentials(shell, [LOGS_IN], ("auth",), None) is None
    assert asked == []
    assert credentials(shell, [SAYS_LITTLE, LOGS_IN], (), None) == Credentials(user="user", password="password")
    assert asked == ["user: ", "password: "]


def test_nobody_to_ask(shell: Shell) -> None:
    """Without a terminal it is said what to do."""
    shell.ask_secret = None
    with pytest.raises(UsageError, match="no user is given; name one, or set SMTPSHELL_USER"):
        credentials(shell, [LOGS_IN], (), None)


def test_a_replay_logs_in_by_a_file(shell: Shell, tmp_path: Path) -> None:
    """The password is sent, and shown nowhere."""
    path = tmp_path / "session.smtp"
    path.write_text(SESSION)
    file_of(tmp_path, f"USER={USER.name}\nPASSWORD={USER.password}\n")
    said = shell.say(f"/replay {path} --credentials {tmp_path}/credentials")
    assert "4 replies compared, all as recorded" in said
    assert USER.password not in said
