"""Findings have numbers, are shown below what they are about, and listed again; an offer follows a refusal."""

from __future__ import annotations

from smtpshell.protocol.commands import Mail
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsWanted,
)
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.replies import Reply
from smtpshell.shell.display.numbered import KEPT, NumberedFindings
from tests.shell.support import Shell

FOUND = (Finding(RULES["content-nul"]),)
REPLY = Reply.from_lines(b"250 x\r\n")

ABOUT: list[tuple[Event, list[str]]] = [
    (CommandSent(octets=b"", command=Mail("a"), findings=FOUND), ["MAIL"]),
    (ContentSent(octets=b"", findings=FOUND), ["the content"]),
    (ContentSent(octets=b"", chunk=True, findings=FOUND), ["the chunk"]),
    (Greeted(reply=REPLY, findings=FOUND), ["the greeting, 250"]),
    (ReplyReceived(reply=REPLY, command=Mail("a"), findings=FOUND), ["250 to MAIL"]),
    (ReplyReceived(reply=REPLY, command=None, findings=FOUND), ["250 to nothing"]),
    (Discarded(octets=b"", findings=FOUND), ["what came behind the reply to STARTTLS"]),
    (Closed(findings=FOUND), ["the end of the connection"]),
    (TlsWanted(), []),
]


def test_each_kind_of_event_is_named() -> None:
    """What a finding is about has a name, whatever event it came with."""
    for event, about in ABOUT:
        findings = NumberedFindings()
        findings.add(event, 1.0)
        assert [one.about for one in findings] == about


def test_numbers_go_on_when_the_oldest_are_forgotten() -> None:
    """The last ones are kept, each under the number it always had."""
    findings = NumberedFindings()
    event = Greeted(reply=REPLY, findings=FOUND * 3)
    for seconds in range(KEPT // 3 + 1):
        findings.add(event, float(seconds))
    assert (findings.count, len(findings)) == (KEPT + 2, KEPT)
    assert findings.first_of(event) == KEPT
    last = findings.get(KEPT + 2)
    assert last is not None
    assert (last.number, last.seconds) == (KEPT + 2, KEPT // 3)
    assert [findings.get(number) for number in (0, 1, 2, KEPT + 3)] == [None] * 4
    assert [one.number for one in findings] == list(range(3, KEPT + 3))


def test_findings_are_numbered_as_they_are_shown(shell: Shell) -> None:
    """Each line has the next number; /findings groups them below what they are about, with the same numbers."""
    assert shell.findings.count == 1
    said = shell.say("MAIL FROM: <a b>", "RCPT TO:<b@example.test>")
    numbered = [line.split(":")[0] for line in said.splitlines() if line.startswith("  #")]
    assert numbered == [
        "  #2 warning path-syntax",
        "  #3 warning space-before-path",
        "  #4 warning out-of-sequence",
    ]
    listed = shell.say("/findings").splitlines()
    assert [line.split("] ")[-1].split(":")[0] for line in listed] == [
        "250 to EHLO",
        "  #1 warning auth-offered-in-clear",
        "MAIL",
        *numbered[:2],
        "RCPT",
        *numbered[2:],
    ]


def test_numbers_go_on_in_the_next_connection(shell: Shell) -> None:
    """A number means one finding as long as the shell lives."""
    shell.say("/close", "/connect")
    assert "#2 warning auth-offered-in-clear" in shell.say("EHLO client.example.test")


def test_what_a_finding_of_a_group_is_about(shell: Shell) -> None:
    """Where several commands are on their way and none is echoed, it is said which one the finding belongs to."""
    shell.pipeline(["RSET", "MAIL FROM:<a b>", "AUTH PLAIN AHN0dWRlbnQAZmlyc3QtbGVzc29u"])
    shell.wait()
    assert "  about MAIL FROM:<a b>\n  #2 warning path-syntax" in shell.text
    assert "  about AUTH\n  #" in shell.text
    assert "AHN0" not in shell.text


def test_nothing_was_found(offline: Shell) -> None:
    """Without findings there is one line that says so."""
    assert offline.say("/findings") == "nothing was found\n"


def test_forgotten_findings_are_counted(offline: Shell) -> None:
    """Where the oldest are gone, the list ends with how many there were."""
    for _ in range(KEPT + 1):
        offline.findings.add(Greeted(reply=REPLY, findings=FOUND), 0.0)
    assert offline.say("/findings").endswith(f"the last {KEPT} of {KEPT + 1}\n")


# ---------------------------------------------------------------- the offer


def offers(said: str) -> list[str]:
    """Give the lines that offer an explanation."""
    return [line.strip() for line in said.splitlines() if line.startswith("  /explain")]


def test_a_refusal_is_offered_once_for_each_code(shell: Shell) -> None:
    """A new code brings an offer, the same again does not, and a positive reply never."""
    assert offers(shell.say("RCPT TO:<a@example.test>")) == ["/explain says what 503 5.5.1 may mean"]
    assert offers(shell.say("DATA", "RCPT TO:<b@example.test>", "NOOP")) == []
    assert offers(shell.say("XYZZY")) == ["/explain says what 500 5.5.1 may mean"]


def test_of_several_replies_the_offer_names_its_own(shell: Shell) -> None:
    """While more replies are due, the offer does not depend on which was the last."""
    shell.pipeline(["XYZZY", "NOOP"])
    shell.wait()
    assert offers(shell.text) == ["/explain 500 5.5.1 says what that may mean"]


def test_a_server_that_makes_up_codes_is_offered_no_end(shell: Shell) -> None:
    """After so many different codes no more is offered, and nothing more kept."""
    for code in range(400, 700):
        shell.say_behind(Greeted(reply=Reply.from_lines(b"%d x\r\n" % code)))
    assert len(offers(shell.text)) == 200


def test_the_offer_can_be_turned_off(shell: Shell) -> None:
    """Off by the setting, and not there where commands are echoed, as without a terminal."""
    assert offers(shell.say("/set hints off", "XYZZY")) == []
    assert offers(shell.say("/set hints on", "/set echo on", "XYZZY")) == []
    assert offers(shell.say("/set echo off", "XYZZY")) == ["/explain says what 500 5.5.1 may mean"]


def test_a_finding_is_explained_by_its_number(shell: Shell) -> None:
    """/explain takes the number, with or without a sharp sign; three digits alone are a reply code."""
    shell.say("MAIL FROM:<a b>")
    for topic in ("2", "#2"):
        said = shell.say(f"/explain {topic}").splitlines()
        assert said[0].startswith("#2, about MAIL: the path is not well formed: <a b>")
        assert said[1].startswith("finding path-syntax, a warning: ")
    assert shell.say("/explain 250").startswith("250: ")
    assert shell.say("/explain #250") == "there is no finding 250; there are 2, /findings lists them\n"
