"""Completion, as plain data."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.shell.completion import Candidate
from tests.shell.support import Shell


def texts(shell: Shell, line: str) -> list[str]:
    """Give the candidates at the end of a line, put into it."""
    return [line[: found.start] + found.text for found in shell.completions(line, len(line))]


def test_verbs_in_sequence_come_first(shell: Shell) -> None:
    """What may come now is first, with its purpose; what may not is marked."""
    found = shell.completions("", 0)
    order = [candidate.text for candidate in found]
    assert order.index("MAIL") < order.index("RCPT")
    by_text = {candidate.text: candidate.meta for candidate in found}
    assert by_text["MAIL"].startswith("Begin a mail transaction")
    assert by_text["RCPT"].startswith("(out of sequence)")
    assert by_text["ETRN"].startswith("(not offered)")
    shell.say("MAIL FROM:<student@example.test>")
    order = [candidate.text for candidate in shell.completions("", 0)]
    assert order.index("RCPT") < order.index("MAIL")
    assert "BDAT LAST" not in order


def test_verbs_before_anything_was_offered(offline: Shell) -> None:
    """Without a connection the hello is first."""
    assert offline.completions("", 0)[0].text == "EHLO"
    assert texts(offline, "vr") == ["VRFY"]


LINES = [
    ("MAIL FROM:<a@b> S", ["MAIL FROM:<a@b> SIZE=", "MAIL FROM:<a@b> SMTPUTF8"]),
    ("mail from:<a@b> size=3 r", ["mail from:<a@b> size=3 RET="]),
    ("MAIL FROM:<a@b> MT", []),
    ("RCPT TO:<a@b> ", ["RCPT TO:<a@b> NOTIFY=", "RCPT TO:<a@b> ORCPT="]),
    ("RCPT TO:<tea", ["RCPT TO:<teacher@example.test>"]),
    ("MAIL FROM:<>", []),
    ("AUTH CR", ["AUTH CRAM-MD5"]),
    ("EHLO ", ["EHLO client.example.test"]),
    ("VRFY nob", ["VRFY nobody"]),
    ("HELP MA", ["HELP MAIL"]),
    ("NOOP ", []),
    ("/conn", ["/connect"]),
    ("/nonsense x", []),
    ("/data me", ["/data message.eml"]),
    ("/data my", ['/data "my drafts/"']),
    ('/data "my drafts/b', ['/data "my drafts/broken.eml"']),
    ("/data message.eml --", ["/data message.eml --exact"]),
    ("/replay x.smtp --match c", ["/replay x.smtp --match code", "/replay x.smtp --match class"]),
    ("/replay m", ['/replay "my drafts/"']),
    ("/set au", ["/set auth"]),
    ("/set auth r", ["/set auth raw"]),
    ("/mailbox stu", ["/mailbox student"]),
    (
        "/explain 55",
        [
            "/explain 550",
            "/explain 551",
            "/explain 552",
            "/explain 553",
            "/explain 554",
            "/explain 555",
            "/explain 556",
        ],
    ),
    ("/explain chunk", ["/explain CHUNKING"]),
    ("/auth CR", ["/auth CRAM-MD5"]),
    ("/connect smtps", ["/connect smtps://"]),
    ("/raw ", []),
]


@pytest.mark.parametrize(("line", "expected"), LINES)
def test_candidates(
    shell: Shell, line: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What may stand at the cursor, by the verb, what was offered, and the argument's type."""
    monkeypatch.chdir(tmp_path)
    Path("message.eml").touch()
    Path("x.smtp").touch()
    Path("my drafts").mkdir()
    Path("my drafts/broken.eml").touch()
    assert texts(shell, line) == expected


def test_nothing_inside_content(shell: Shell) -> None:
    """Content is not completed."""
    shell.say("MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "DATA")
    assert shell.completions("M", 1) == []


def test_cursor_inside_the_line(shell: Shell) -> None:
    """What stands behind the cursor is not looked at."""
    assert shell.completions("MA FROM:<a@b>", 2) == [Candidate("MAIL", 0, shell.completions("MAIL", 4)[0].meta)]
