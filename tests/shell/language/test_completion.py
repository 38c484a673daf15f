"""Completion, as plain data."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from smtpshell.protocol.commands import Rcpt
from smtpshell.protocol.events import CommandSent
from smtpshell.protocol.parameters import Parameter, check
from smtpshell.protocol.states import State
from smtpshell.shell.language.addresses import Addresses
from smtpshell.shell.language.completion import Candidate
from smtpshell.shell.language.files import files
from smtpshell.shell.language.verb_completion import VALUES, steps_before
from tests.shell.support import Shell


def texts(shell: Shell, line: str) -> list[str]:
    """Give the candidates at the end of a line, put into it."""
    return [line[: found.start] + found.text for found in shell.completions(line, len(line))]


def test_verbs_in_sequence_come_first(shell: Shell) -> None:
    """What may come now is first, with its purpose; what may not is marked."""
    found = shell.completions("", 0)
    assert found[0].text == "MAIL"
    by_text = {candidate.text: candidate.meta for candidate in found}
    assert by_text["MAIL"].startswith("Begin a mail transaction")
    assert by_text["RCPT"].startswith("(after MAIL) ")
    assert by_text["ETRN"].startswith("(not offered)")
    shell.say("MAIL FROM:<student@example.test>")
    order = [candidate.text for candidate in shell.completions("", 0)]
    assert order[0] == "RCPT"
    assert "BDAT LAST" not in order


def test_verbs_before_anything_was_offered(offline: Shell) -> None:
    """Without a connection what opens one is first, then the hello."""
    found = offline.completions("", 0)
    assert [candidate.text for candidate in found[:2]] == ["/connect", "EHLO"]
    assert found[0].fits
    assert not any(candidate.fits for candidate in found[1:])
    assert texts(offline, "vr") == ["VRFY"]


LINES = [
    ("MAIL FROM:<a@b> SI", ["MAIL FROM:<a@b> SIZE="]),
    ("mail from:<a@b> size=3 r", ["mail from:<a@b> size=3 RET=", "mail from:<a@b> size=3 REQUIRETLS"]),
    ("MAIL FROM:<a@b> SIZE=3 SI", []),
    ("MAIL FROM:<a@b> MT-", ["MAIL FROM:<a@b> MT-PRIORITY="]),
    ("MAIL FROM:<a@b> BODY=8", ["MAIL FROM:<a@b> BODY=8BITMIME"]),
    ("RCPT TO:<a@b> N", ["RCPT TO:<a@b> NOTIFY="]),
    ("RCPT TO:<a@b> notify=s", ["RCPT TO:<a@b> notify=SUCCESS", "RCPT TO:<a@b> notify=SUCCESS,FAILURE,DELAY"]),
    ("RCPT TO:<a@b> ORCPT=rfc822;tea", ["RCPT TO:<a@b> ORCPT=rfc822;teacher@example.test"]),
    ("RCPT TO:<a@b> NONSENSE=", []),
    ("BDAT 5 L", ["BDAT 5 LAST"]),
    ("BDAT 5 LAST ", []),
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
    ("/replay m", ['/replay "my drafts/"', "/replay message.eml"]),
    ("/replay --against u --st", ["/replay --against u --stop"]),
    ("/compare x.smtp x", ["/compare x.smtp x.smtp"]),
    ("/send --from tea", ["/send --from teacher@example.test"]),
    ("/send --mail-parameter si", ["/send --mail-parameter SIZE="]),
    ("/send --mail-parameter BODY=7", ["/send --mail-parameter BODY=7BIT"]),
    ("/data message.eml ", ["/data message.eml --exact"]),
    ("/data message.eml --exact ", []),
    ("/set au", ["/set auth"]),
    ("/set auth r", ["/set auth raw"]),
    ("/set verify ", ["/set verify on", "/set verify off"]),
    ("/set timeout 6", ["/set timeout 60"]),
    ("/set hello ", ["/set hello client.example.test"]),
    ("/set ca-file me", ["/set ca-file message.eml"]),
    ("/set nonsense ", []),
    ("/connect --tls-key mes", ["/connect --tls-key message.eml"]),
    ("/unset tim", ["/unset timeout", "/unset times"]),
    ("/let r", ["/let rcpt"]),
    ("RCPT TO:<${", ["RCPT TO:<${pass}", "RCPT TO:<${rcpt}"]),
    ("/data ${r", ["/data ${rcpt}"]),
    ("/data $${r", []),
    ("RCPT TO:<${rcpt}", []),
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
    ("/explain chunk", ["/explain CHUNKING", "/explain chunks"]),
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
    shell.settings.variables = True
    shell.variables.let("rcpt", "teacher@example.test")
    shell.variables.let("pass", "first-lesson", secret=True)
    assert texts(shell, line) == expected


def test_what_candidates_are_said_to_be(shell: Shell) -> None:
    """A setting's name comes with its value, a value with whether it holds, a variable with its own."""
    metas = {found.text: found.meta for found in shell.completions("/set ", 5)}
    assert metas["timeout"].startswith("5: seconds to wait")
    assert metas["ca-file"].startswith("'': PEM file")
    metas = {found.text: found.meta for found in shell.completions("/set verify ", 12)}
    assert metas == {"on": "verify", "off": "now, default"}
    shell.settings.variables = True
    shell.variables.let("rcpt", "teacher@example.test")
    shell.variables.let("pass", "first-lesson", secret=True)
    metas = {found.text: found.meta for found in shell.completions("${", 2)}
    assert metas == {"pass}": "(secret)", "rcpt}": "teacher@example.test"}
    shell.settings.variables = False
    assert shell.completions("RCPT TO:<${", 11) == []


def test_nothing_inside_content(shell: Shell) -> None:
    """Content is not completed."""
    shell.say("MAIL FROM:<student@example.test>", "RCPT TO:<teacher@example.test>", "DATA")
    assert shell.completions("M", 1) == []


def test_cursor_inside_the_line(shell: Shell) -> None:
    """What stands behind the cursor is not looked at."""
    assert shell.completions("MA FROM:<a@b>", 2) == [Candidate("MAIL", 0, shell.completions("MAIL", 4)[0].meta)]


UNFIT = [
    ("", "DATA", "(after MAIL, RCPT) "),
    ("", "ETRN", "(not offered) "),
    ("MAIL FROM:<a@b> ", "MTRK=", "(not offered) "),
    ("MAIL FROM:<a@b> BODY=", "BODY=BINARYMIME", "any octets"),
    ("AUTH ", "ANONYMOUS", "(not offered)"),
    ("/auth ", "ANONYMOUS", "(not offered)"),
]


@pytest.mark.parametrize(("line", "text", "meta"), UNFIT)
def test_what_does_not_fit_comes_last_and_says_why(shell: Shell, line: str, text: str, meta: str) -> None:
    """It can be typed all the same: that is what the shell is for."""
    found = shell.completions(line, len(line))
    fitting = [candidate.fits for candidate in found]
    assert fitting == sorted(fitting, reverse=True)
    (candidate,) = [candidate for candidate in found if candidate.text == text]
    assert candidate.meta.startswith(meta)
    assert candidate.fits == (not meta.startswith("("))


def test_reasons_follow_the_session(shell: Shell) -> None:
    """What is done already, what has to come first: for each verb as things stand."""

    def reason(verb: str) -> str:
        (found,) = [candidate for candidate in shell.completions("", 0) if candidate.text == verb]
        return found.meta.partition(") ")[0].removeprefix("(") if not found.fits else ""

    shell.say("MAIL FROM:<student@example.test>")
    assert [reason(verb) for verb in ("RCPT", "MAIL", "DATA", "STARTTLS")] == [
        "",
        "after RSET",
        "after RCPT",
        "after RSET",
    ]
    shell.say("RSET", "/auth PLAIN student --insecure")
    shell.say("QUIT")
    assert reason("MAIL") == "not connected"


def test_steps_lead_where_a_verb_is_in_sequence() -> None:
    """The fewest commands, by the table of moves; none where no command leads there."""
    assert steps_before(State.GREETED, "DATA") == ("EHLO", "MAIL", "RCPT")
    assert steps_before(State.CHUNKS, "RCPT") == ("RSET", "MAIL")
    assert steps_before(State.RCPT, "AUTH") == ("RSET",)
    assert steps_before(State.READY, "CONTENT") == ()
    assert steps_before(State.CLOSED, "EHLO") == ()


def test_after_tls_and_login(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """STARTTLS and AUTH are done, whatever the server offers now."""
    # Client and server would load their sides of TLS at once, and pytest's import is not made for threads.
    importlib.import_module("smtpshell.session.tls_server")
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "first-lesson")
    shell.say("/starttls", "/auth PLAIN student")
    by_text = {candidate.text: candidate.meta for candidate in shell.completions("", 0)}
    assert by_text["STARTTLS"].startswith("(TLS is on already)")
    assert by_text["AUTH"].startswith("(logged in already)")


def test_addresses_come_back(shell: Shell) -> None:
    """Those of this session first, the newest at the top, with what became of them; each once."""
    shell.say("MAIL FROM:<me@example.test>", "RCPT TO:<nobody@example.test>", "RCPT TO:<elsewhere@example.test>")
    shell.say("RCPT TO:<nobody@example.test>")
    found = shell.completions("RCPT ", 5)
    assert [(candidate.text, candidate.meta.partition(";")[0]) for candidate in found[:3]] == [
        ("TO:<nobody@example.test>", "recipient: 550 5.1.1"),
        ("TO:<elsewhere@example.test>", "recipient: 550 5.1.1"),
        ("TO:<me@example.test>", "sender: 250 2.1.0"),
    ]
    assert len(found) == len({candidate.text for candidate in found})
    senders = [candidate.text for candidate in shell.completions("MAIL ", 5)]
    assert senders[:2] == ["FROM:<>", "FROM:<me@example.test>"]
    assert "me@example.test" in [candidate.text for candidate in shell.completions("/send --to ", 11)]


def test_only_the_newest_addresses_are_kept() -> None:
    """A script of many recipients leaves the last two hundred."""
    addresses = Addresses()
    for number in range(300):
        addresses.observe(CommandSent(octets=b"", command=Rcpt(f"user{number}@example.test")))
    found = [path for path, _ in addresses.named("RCPT")]
    assert found == [f"user{number}@example.test" for number in range(299, 99, -1)]


@pytest.mark.parametrize(("verb", "keyword"), VALUES)
def test_proposed_values_are_values(verb: str, keyword: str) -> None:
    """By the rule of their parameter."""
    for value in VALUES[verb, keyword]:
        assert check(Parameter(keyword, value), verb) == ""


def test_files_say_what_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Transcripts their title, others their size; what cannot be read is a name only."""
    monkeypatch.chdir(tmp_path)
    Path("a.eml").write_bytes(b"x" * 5000)
    Path("b.smtp").write_text("smtp-transcript: 1\ntitle: A story\n\nC: title: not this\n")
    Path("c.smtp").write_text("S: 220 title: none\n")
    Path("d").mkdir()
    Path("e.smtp").symlink_to("nowhere")
    Path(".hidden").touch()
    Path("f.smtp").mkdir()
    with Path("huge").open("wb") as file:
        file.truncate(3 << 40)
    assert list(files("", first=".smtp")) == [
        ("b.smtp", "A story"),
        ("c.smtp", "19 octets"),
        ("e.smtp", ""),
        ("d/", "folder"),
        ("f.smtp/", "folder"),
        ("a.eml", "5 KiB"),
        ("huge", "3072.0 GiB"),
    ]
    assert list(files(".h")) == [(".hidden", "0 octets")]
    assert list(files("nowhere/x")) == []
    assert list(files("a\0b/")) == []
    assert list(files(f"{tmp_path}/a")) == [(f"{tmp_path}/a.eml", "5 KiB")]
