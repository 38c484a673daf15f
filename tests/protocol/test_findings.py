"""Findings: each rule has somebody who looks for a breach, and octets that break it."""

from __future__ import annotations

import re

import pytest

from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import Event
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding, Rule, Severity
from smtpshell.protocol.judges import COMMAND_JUDGES, REPLY_JUDGES, ContentJudge, ReplySeen, judge_reply
from smtpshell.protocol.replies import Reply
from tests.playbook import octets_of

# What no judge of commands or replies reports: ContentJudge and Connection itself do.
BY_CONTENT_JUDGE = {"content-bare-line-end", "content-line-too-long", "content-8bit"}
BY_CONNECTION = {"octets-before-tls", "closed-unanswered"}

HELLO = ["S 220 mx", "C EHLO client", "S 250 mx"]
RCPT = [*HELLO, "C MAIL FROM:<a@b.test>", "S 250 ok", "C RCPT TO:<a@b.test>", "S 250 ok"]
CONTENT = [*RCPT, "C DATA", "S 354 go"]


def hello(*offers: str) -> list[str]:
    """Greet, and offer these keywords."""
    return [*HELLO[:2], "S 250-mx", *(f"S 250-{offer}" for offer in offers[:-1]), f"S 250 {offers[-1]}"]


# Rule -> a conversation whose last line breaks it.  "C: " and "S: " lines get CRLF, "C=" and "S=" are exact.
BREACHES: dict[str, list[str]] = {
    "out-of-sequence": [*HELLO, "C DATA"],
    "unknown-verb": [*HELLO, "C XYZZY"],
    "arguments-unreadable": [*HELLO, "C MAIL FROM:a@b.test"],
    "path-syntax": [*HELLO, "C MAIL FROM:<a b@c>"],
    "space-before-path": [*HELLO, "C MAIL FROM: <a@b.test>"],
    "parameter-syntax": [*hello("SIZE"), "C MAIL FROM:<a@b.test> SIZE=big"],
    "parameter-not-offered": [*HELLO, "C MAIL FROM:<a@b.test> SIZE=5"],
    "verb-not-offered": [*HELLO, "C STARTTLS"],
    "size-exceeded": [*hello("SIZE 1000"), "C MAIL FROM:<a@b.test> SIZE=1001"],
    "command-line-too-long": [*HELLO, "C NOOP " + "x" * 506],
    "command-bare-lf": [*HELLO, "C=NOOP\n"],
    "command-bare-cr": [*HELLO, "C NOOP a\rb"],
    "command-control": [*HELLO, "C NOOP a\0b"],
    "command-8bit": [*HELLO, "C NOOP \xe9"],
    "auth-in-clear": [*HELLO, "C AUTH PLAIN AGEAYg=="],
    "pipelining-not-offered": [*HELLO, "C NOOP", "C NOOP"],
    "not-last-of-group": [*hello("PIPELINING"), "C NOOP", "C NOOP"],
    "content-bare-line-end": [*CONTENT, "C=a\nb\r\n"],
    "content-line-too-long": [*CONTENT, "C " + "x" * 999],
    "content-8bit": [*CONTENT, "C \xe9"],
    "reply-unreadable": ["S hello there"],
    "end-inside-reply": ["S 220-mx", "S="],
    "code-out-of-range": ["S 299 mx"],
    "code-unlisted": ["S 250 mx"],
    "code-changes": ["S 220-mx", "S 221 mx"],
    "enhanced-class-mismatch": [*HELLO, "C NOOP", "S 250 5.0.0 ok"],
    "enhanced-code-misplaced": ["S 220 mx", "C EHLO client", "S 250 2.0.0 mx"],
    "reply-bare-lf": ["S=220 mx\n"],
    "reply-bare-cr": ["S 220 m\rx"],
    "reply-control": ["S 220 m\x1bx"],
    "reply-line-too-long": ["S 220 " + "x" * 507],
    "reply-no-text": ["S 220"],
    "reply-8bit": ["S 220 m\xe9x"],
    "unsolicited-reply": [*HELLO, "S 250 ok"],
    "greeting-no-domain": ["S 220 "],
    "auth-offered-in-clear": ["S 220 mx", "C EHLO client", "S 250-mx", "S 250 AUTH LOGIN"],
    "starttls-inside-tls": ["S 220 mx", "TLS", "C EHLO client", "S 250-mx", "S 250 STARTTLS"],
    "octets-before-tls": [*hello("STARTTLS"), "C STARTTLS", "S 220 go", "S 250 evil"],
    "challenge-not-base64": [*hello("AUTH CRAM-MD5"), "C AUTH CRAM-MD5", "S 334 who are you?"],
    "closed-unanswered": [*HELLO, "C NOOP", "S="],
}


def play(lines: list[str]) -> list[list[str]]:
    """Play a conversation; give the rules broken at each line."""
    connection = Connection()
    broken = []
    for line in lines:
        side, octets = line[:2], octets_of(line[2:])
        if side in ("C ", "S "):
            octets += b"\r\n"
        if line == "TLS":
            connection.tls_established()
        elif side[0] == "C":
            connection.send_octets(octets)
        else:
            connection.receive_data(octets)
        events: list[Event] = list(iter(connection.next_event, None))
        broken.append([f.rule.rule_id for event in events for f in getattr(event, "findings", ())])
    return broken


@pytest.mark.parametrize("rule_id", RULES)
def test_octets_break_each_rule(rule_id: str) -> None:
    """The rule is broken by the last line, and by none before it."""
    *before, last = play(BREACHES[rule_id])
    assert rule_id in last
    assert not any(rule_id in earlier for earlier in before)


def test_each_rule_has_somebody_who_looks() -> None:
    """Every rule is reported by exactly one judge, or by the connection itself."""
    judges = [*COMMAND_JUDGES, *REPLY_JUDGES, *BY_CONTENT_JUDGE, *BY_CONNECTION]
    assert sorted(judges) == sorted(RULES)
    assert set(BREACHES) == set(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_well_formed(rule: Rule) -> None:
    """A rule's id is in small letters and hyphens, its sentence has no full stop, its source names an RFC."""
    assert re.fullmatch(r"[a-z0-9-]+", rule.rule_id)
    assert rule.sentence[-1] not in ".:"
    assert rule.source.startswith("RFC ")
    assert isinstance(rule.severity, Severity)


def test_a_finding_as_text() -> None:
    """A finding is its rule's sentence, and what was seen."""
    rule = RULES["size-exceeded"]
    assert str(Finding(rule)) == rule.sentence
    assert str(Finding(rule, "5 octets")) == f"{rule.sentence}: 5 octets"


QUIET = [
    [
        *hello("SMTPUTF8", "8BITMIME"),
        "C MAIL FROM:<\xc3\xa9@b.test> SMTPUTF8",
        "S 250 ok",
        "C RCPT TO:<\xc3\xa9@b.test>",
    ],
    [*hello("BINARYMIME", "CHUNKING"), "C MAIL FROM:<a@b.test> BODY=BINARYMIME"],
    [*hello("SIZE 0"), "C MAIL FROM:<a@b.test> SIZE=99999999999"],
    [*hello("SIZE"), "C MAIL FROM:<a@b.test> SIZE=99999999999"],
    [*hello("HELP"), "C HELP", "S 214-a", "S 214 b", "C VRFY a", "S 252 b", "C EXPN a", "S 250 b"],
    [*hello("XYZZY"), "C XYZZY plugh", "S 250 nothing happens"],
    [*CONTENT, "C " + "x" * 998, "C .." + "x" * 997, "C .", "S 250 ok"],
    [
        "S 220 mx",
        "TLS",
        "C EHLO client",
        "S 250-mx",
        "S 250 AUTH PLAIN LOGIN",
        "C AUTH PLAIN AGEAYg==",
        "S 235 2.7.0 ok",
    ],
    ["S 220 mx", "C HELO client", "S 250 mx", "C MAIL FROM:<a@b.test>", "S 250 2.1.0 ok"],
    [*HELLO, "C NOOP", "S 421 4.3.2 bye"],
    [*HELLO, "C NOOP", "S 250-2.0.0 a", "S 250 2.0.0 b"],
    [*HELLO, "C QUIT", "S 221 bye", "S="],
]


@pytest.mark.parametrize("lines", QUIET, ids=range(len(QUIET)))
def test_what_is_right_is_silent(lines: list[str]) -> None:
    """A conversation that keeps the rules has no findings."""
    assert play(lines) == [[]] * len(lines)


@pytest.mark.parametrize(
    ("lines", "detail"),
    [
        ([*HELLO, "C DATA"], "DATA in state ready, where EHLO, HELO, LHLO, MAIL"),
        ([*CONTENT[:-1], "S 250 what?", "C NOOP", "S 250-a", "S 250-b\x01", "S 250 c"], "line 2 of 3"),
        ([*hello("SIZE 10"), "C MAIL FROM:<a@b.test> SIZE=11"], "11 octets declared, 10 allowed"),
        (["S 220-a", "S 250-b", "S 220 c"], "220, 250"),
        ([*HELLO, "C NOOP", "C NOOP"], "NOOP is still unanswered"),
        ([*HELLO, "C "], "(empty line)"),
    ],
)
def test_details_say_what_was_seen(lines: list[str], detail: str) -> None:
    """A finding's detail lets the reader find the place."""
    connection = Connection()
    for line in lines:
        (connection.send_octets if line[0] == "C" else connection.receive_data)(octets_of(line[2:]) + b"\r\n")
    *_, last = iter(connection.next_event, None)
    assert any(finding.detail.startswith(detail) for finding in getattr(last, "findings", ()))


LINES = [
    b"250 ok\r\n", b"250-more\r\n", b"250\r\n", b"250 \r\n", b"250-\r\n", b"250 bare\n", b"250 c\rr\r\n",
    b"250 \x1b\r\n", b"250 \xe9\r\n", b"250 5.0.0 x\r\n", b"250 2.0.0 x\r\n", b"450 x\r\n", b"650 x\r\n",
    b"what\r\n", b"250 part", b"250 " + b"x" * 506 + b"\r\n", b"250 " + b"x" * 507 + b"\r\n", b"290 x\r\n",
    b"250\tx\r\n", b"250 \t x\r\n", b"554 5.7.1 x\r\n", b"354 4.0.0 x\r\n",
]  # fmt: skip


@pytest.mark.parametrize("first", [line for line in LINES if line.endswith(b"\n")])
@pytest.mark.parametrize("last", LINES)
def test_clean_replies_are_seen_to_be_clean(first: bytes, last: bytes) -> None:
    """The short cut for replies whose octets are in order finds what all judges together find."""
    for reply in (Reply.from_lines(last), Reply.from_lines(first, last), Reply(621, (first, last))):
        seen = ReplySeen(reply, "NOOP", Facts())
        details = ((rule_id, judge(seen)) for rule_id, judge in REPLY_JUDGES.items())
        one_by_one = [(rule_id, detail) for rule_id, detail in details if detail is not None]
        assert [(finding.rule.rule_id, finding.detail) for finding in judge_reply(seen)] == one_by_one


def test_the_content_judge_looks_for_no_bare_line_ends_after_repair() -> None:
    """Where line ends were repaired that check is left out, the others are not."""
    judge = ContentJudge(Facts(), repaired=True)
    assert [finding.rule.rule_id for finding in judge.judge(b"\xff\n")] == ["content-8bit"]
