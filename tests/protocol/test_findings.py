"""Findings: each rule has somebody who looks for a breach, and octets that break it."""

from __future__ import annotations

import re

import pytest

from smtpshell.protocol.command_parser import parse
from smtpshell.protocol.connection import Connection
from smtpshell.protocol.events import Event, Greeted
from smtpshell.protocol.extensions import Capabilities
from smtpshell.protocol.facts import Facts
from smtpshell.protocol.findings import RULES, Finding, Rule, Severity
from smtpshell.protocol.judges import (
    COMMAND_JUDGES,
    CONTENT_RULES,
    REPLY_JUDGES,
    CommandSeen,
    ContentJudge,
    ReplySeen,
    judge_command,
    judge_reply,
)
from smtpshell.protocol.replies import Reply
from smtpshell.protocol.states import State
from tests.playbook import octets_of

# What no judge of commands or replies reports: the Connection itself does, with judge_end.
BY_CONNECTION = {"octets-before-tls", "closed-unanswered", "closed-without-goodbye"}

HELLO = ["S 220 mx.example.test", "C EHLO client.example.test", "S 250 mx.example.test"]
MAIL = [*HELLO, "C MAIL FROM:<a@b.test>", "S 250 ok"]
RCPT = [*MAIL, "C RCPT TO:<a@b.test>", "S 250 ok"]
CONTENT = [*RCPT, "C DATA", "S 354 go"]
LMTP = ["S 220 mx.example.test", "C LHLO client.example.test", "S 250 mx.example.test"]
TLS = ["C STARTTLS", "S 220 go", "TLS"]
LABEL = "x" * 63


def hello(*offers: str) -> list[str]:
    """Greet, and offer these keywords."""
    return [*HELLO[:2], *offer(*offers)]


def offer(*offers: str) -> list[str]:
    """Answer a hello with these keywords."""
    return ["S 250-mx.example.test", *(f"S 250-{word}" for word in offers[:-1]), f"S 250 {offers[-1]}"]


def content(*lines: str, offers: str = "SIZE 100000", parameters: str = "") -> list[str]:
    """Go on to the content, with these offers and parameters of MAIL; then these lines."""
    mail = ["C MAIL FROM:<a@b.test>" + parameters, "S 250 ok", "C RCPT TO:<a@b.test>", "S 250 ok"]
    return [*hello(*offers.split("; ")), *mail, "C DATA", "S 354 go", *lines]


# Rule -> a conversation whose last line breaks it.  "C " and "S " lines get CRLF, "C=" and "S=" are exact.
BREACHES: dict[str, list[str]] = {
    "command-after-goodbye": [*HELLO, "C QUIT", "S 221 mx.example.test", "C NOOP"],
    "mail-inside-transaction": [*RCPT, "C MAIL FROM:<a@b.test>"],
    "data-after-bdat": [*hello("CHUNKING"), *RCPT[3:], "C BDAT 1", "C=a", "S 250 ok", "C DATA"],
    "bdat-after-last": [*hello("CHUNKING"), *RCPT[3:], "C BDAT 1 LAST", "C=a", "S 250 ok", "C BDAT 0 LAST"],
    "auth-in-transaction": [*hello("AUTH EXTERNAL"), *MAIL[3:], "C AUTH EXTERNAL ="],
    "no-hello-after-tls": [*hello("STARTTLS"), *TLS, "C MAIL FROM:<a@b.test>"],
    "out-of-sequence": [*HELLO, "C DATA"],
    "before-greeting": ["C EHLO client.example.test"],
    "pipelining-not-offered": [*HELLO, "C RSET", "C RSET"],
    "not-last-of-group": [*hello("PIPELINING"), "C NOOP", "C NOOP"],
    "unknown-verb": [*HELLO, "C XYZZY"],
    "argument-missing": [*HELLO, "C VRFY"],
    "argument-not-allowed": [*HELLO, "C RSET all"],
    "arguments-unreadable": [*HELLO, "C MAIL FROM:a@b.test"],
    "verb-not-offered": [*HELLO, "C STARTTLS"],
    "verb-obsolete": [*hello("SOML"), "C SOML FROM:<a@b.test>"],
    "starttls-again": [*hello("STARTTLS"), *TLS, *hello("STARTTLS")[1:], "C STARTTLS"],
    "binarymime-by-data": content(offers="BINARYMIME; CHUNKING", parameters=" BODY=BINARYMIME")[:-1],
    "hello-no-domain": [HELLO[0], "C EHLO my_host.example.test"],
    "hello-bare-address": [HELLO[0], "C EHLO 192.0.2.1"],
    "hello-unqualified": [HELLO[0], "C EHLO localhost"],
    "helo-address-literal": [HELLO[0], "C HELO [192.0.2.1]"],
    "hello-to-lmtp": [*LMTP, "C EHLO client.example.test"],
    "path-syntax": [*HELLO, "C MAIL FROM:<a b@c>"],
    "space-before-path": [*HELLO, "C MAIL FROM: <a@b.test>"],
    "null-forward-path": [*MAIL, "C RCPT TO:<>"],
    "bare-postmaster-sends": [*HELLO, "C MAIL FROM:<Postmaster>"],
    "path-8bit": [*MAIL, "C RCPT TO:<\xc3\xa9@b.test>"],
    "local-part-too-long": [*HELLO, f"C MAIL FROM:<{'x' * 65}@b.test>"],
    "domain-too-long": [*HELLO, f"C MAIL FROM:<a@{'.'.join([LABEL] * 4)}.x>"],
    "path-too-long": [*HELLO, f"C MAIL FROM:<abc@{'.'.join([LABEL] * 3)}.{'x' * 60}>"],
    "source-route": [*MAIL, "C RCPT TO:<@relay.test:a@b.test>"],
    "address-literal": [*MAIL, "C RCPT TO:<a@[192.0.2.1]>"],
    "recipients-many": [*MAIL, *["C RCPT TO:<a@b.test>", "S 250 ok"] * 100, "C RCPT TO:<a@b.test>"],
    "recipients-over-limit": [*hello("LIMITS MAILMAX=5 RCPTMAX=1"), *RCPT[3:], "C RCPT TO:<c@b.test>"],
    "parameter-syntax": [*hello("SIZE"), "C MAIL FROM:<a@b.test> SIZE=big"],
    "parameter-twice": [*hello("SIZE"), "C MAIL FROM:<a@b.test> SIZE=5 size=6"],
    "parameter-misplaced": [*hello("DSN"), "C MAIL FROM:<a@b.test> NOTIFY=NEVER"],
    "parameter-not-offered": [*HELLO, "C MAIL FROM:<a@b.test> SIZE=5"],
    "size-exceeded": [*hello("SIZE 100000"), "C MAIL FROM:<a@b.test> SIZE=100001"],
    "notify-never-combined": [*hello("DSN"), *MAIL[3:], "C RCPT TO:<a@b.test> NOTIFY=NEVER,FAILURE"],
    "requiretls-in-clear": [*HELLO, "C MAIL FROM:<a@b.test> REQUIRETLS"],
    "auth-in-clear": [*HELLO, "C AUTH PLAIN AGEAYg=="],
    "auth-again": [*hello("AUTH EXTERNAL"), "C AUTH EXTERNAL =", "S 235 ok", "C AUTH EXTERNAL ="],
    "mechanism-not-offered": [*hello("AUTH CRAM-MD5"), "C AUTH XOAUTH2"],
    "initial-response-early": [*hello("AUTH CRAM-MD5"), "C AUTH CRAM-MD5 AGEAYg=="],
    "initial-response-too-long": [*hello("AUTH XOAUTH2"), "C AUTH XOAUTH2 " + "x" * 500],
    "response-not-base64": [*hello("AUTH CRAM-MD5"), "C AUTH CRAM-MD5", "S 334 AAAA", "C my password"],
    "command-line-too-long": [*HELLO, "C NOOP " + "x" * 506],
    "command-bare-lf": [*HELLO, "C=NOOP\n"],
    "command-bare-cr": [*HELLO, "C NOOP a\rb"],
    "command-control": [*HELLO, "C NOOP a\0b"],
    "command-8bit": [*HELLO, "C NOOP \xe9"],
    "command-trailing-space": [*HELLO, "C NOOP "],
    "content-bare-line-end": [*CONTENT, "C=a\nb\r\n"],
    "content-lookalike": [*CONTENT, "C=a\r\n.\n"],
    "content-line-too-long": [*CONTENT, "C " + "x" * 999],
    "content-nul": [*CONTENT, "C a\0b"],
    "content-8bit": [*CONTENT, "C \xe9"],
    "content-over-declared": content("C 12345678", "C 9", parameters=" SIZE=10"),
    "content-over-limit": content("C 123", "C 4", offers="SIZE 5"),
    "unsolicited-reply": [*HELLO, "S 250 ok"],
    "reply-after-goodbye": [*HELLO, "C QUIT", "S 221 mx.example.test", "S 250 ok"],
    "end-inside-reply": ["S 220-mx", "S="],
    "code-unlisted": ["S 250 mx"],
    "accepted-out-of-sequence": [*HELLO, "C RCPT TO:<a@b.test>", "S 250 ok"],
    "lmtp-content-unaddressed": [*LMTP, *MAIL[3:], "C DATA", "S 354 go"],
    "lmtp-accepts-hello": [*LMTP, "C EHLO client.example.test", "S 250 mx.example.test"],
    "enhanced-code-missing": [*hello("ENHANCEDSTATUSCODES"), "C NOOP", "S 250 ok"],
    "enhanced-code-misplaced": [*HELLO[:2], "S 250 2.0.0 mx.example.test"],
    "enhanced-code-unknown": [*HELLO, "C NOOP", "S 250 2.9.0 ok"],
    "greeting-no-domain": ["S 220 "],
    "greeting-several-lines": ["S 220-mx.example.test", "S 220 welcome"],
    "goodbye-no-domain": [*HELLO, "C QUIT", "S 221 Closing, good night"],
    "forward-path-missing": [*MAIL, "C RCPT TO:<a@b.test>", "S 551 not here, try elsewhere"],
    "vrfy-no-mailbox": [*HELLO, "C VRFY teacher", "S 250 she lives here"],
    "recipients-552": [*MAIL, "C RCPT TO:<a@b.test>", "S 552 5.5.3 enough"],
    "challenge-not-base64": [*hello("AUTH CRAM-MD5"), "C AUTH CRAM-MD5", "S 334 who are you?"],
    "replies-unasked": [*CONTENT, "C .", "S 353 for each"],
    "hello-reply-no-domain": [*HELLO[:2], "S 250 Hello, how are you?"],
    "helo-offers": [HELLO[0], "C HELO client.example.test", *offer("PIPELINING")],
    "keyword-syntax": hello("PIPE_CONNECT"),
    "keyword-twice": hello("SIZE 100000", "size 100000"),
    "keyword-parameter": hello("PIPELINING 100"),
    "size-syntax": hello("SIZE unlimited"),
    "size-too-small": hello("SIZE 1000"),
    "auth-no-mechanism": hello("AUTH"),
    "auth-offered-in-clear": hello("AUTH LOGIN"),
    "requiretls-offered-in-clear": hello("REQUIRETLS"),
    "starttls-inside-tls": [HELLO[0], "TLS", *hello("STARTTLS")[1:]],
    "offers-lost-in-tls": [*hello("STARTTLS", "DSN"), *TLS, *hello("HELP")[1:]],
    "offers-gained-in-tls": [*hello("STARTTLS"), *TLS, *hello("AUTH PLAIN")[1:]],
    "binarymime-alone": hello("BINARYMIME"),
    "smtputf8-alone": hello("SMTPUTF8"),
    "reply-unreadable": ["S hello there"],
    "code-preliminary": [*HELLO, "C NOOP", "S 150 wait"],
    "code-out-of-range": ["S 299 mx"],
    "code-changes": ["S 220-mx", "S 221 mx"],
    "enhanced-class-mismatch": [*HELLO, "C NOOP", "S 250 5.0.0 ok"],
    "reply-bare-lf": ["S=220 mx\n"],
    "reply-bare-cr": ["S 220 m\rx"],
    "reply-control": ["S 220 m\x1bx"],
    "reply-line-too-long": ["S 220 " + "x" * 507],
    "reply-tab": ["S 220\tmx.example.test"],
    "reply-no-text": ["S 220"],
    "reply-8bit": ["S 220 m\xe9x"],
    "octets-before-tls": [*hello("STARTTLS"), *TLS[:2], "S 250 evil"],
    "closed-unanswered": [*HELLO, "C NOOP", "S="],
    "closed-without-goodbye": [*HELLO, "S="],
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
    judges = [*COMMAND_JUDGES, *REPLY_JUDGES, *CONTENT_RULES, *BY_CONNECTION]
    assert sorted(judges) == sorted(RULES)
    assert list(BREACHES) == list(RULES)
    assert len(RULES) >= 60


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_rules_are_well_formed(rule: Rule) -> None:
    """A rule's id is in small letters and hyphens, its sentence has no full stop, its source names a document."""
    assert re.fullmatch(r"[a-z0-9-]+", rule.rule_id)
    assert rule.sentence[-1] not in ".:"
    assert rule.source.startswith(("RFC ", "draft-"))
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
        "C EHLO client.example.test",
        "S 250-mx",
        "S 250 AUTH PLAIN LOGIN",
        "C AUTH PLAIN AGEAYg==",
        "S 235 2.7.0 ok",
    ],
    ["S 220 mx", "C HELO client.example.test", "S 250 mx", "C MAIL FROM:<a@b.test>", "S 250 2.1.0 ok"],
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


@pytest.mark.parametrize("verb", ["NOOP", "CONNECT", "EHLO", "RCPT", "DATA", "VRFY", "BDAT LAST", ""])
def test_replies_are_judged_in_whole_by_the_tables_asked(verb: str) -> None:
    """Which judges are asked depends on the reply; those that are not would have found nothing."""
    facts = Facts()
    facts.capabilities = Capabilities.from_reply_texts(["mx", "ENHANCEDSTATUSCODES"])
    for first in (line for line in LINES if line.endswith(b"\n")):
        for last in LINES:
            for reply in (Reply.from_lines(last), Reply.from_lines(first, last), Reply(621, (first, last))):
                seen = ReplySeen(reply, verb, facts, State.READY)
                details = ((rule_id, judge(seen)) for rule_id, judge in REPLY_JUDGES.items())
                one_by_one = [(rule_id, detail) for rule_id, detail in details if detail is not None]
                assert [(finding.rule.rule_id, finding.detail) for finding in judge_reply(seen)] == one_by_one


COMMAND_LINES = {line[2:] for lines in BREACHES.values() for line in lines if line[0] == "C" and len(line) > 3}


@pytest.mark.parametrize("state", State)
def test_commands_are_judged_in_whole_by_the_tables_asked(state: State) -> None:
    """Which judges are asked depends on the command; those that are not would have found nothing."""
    for facts in (Facts(), Facts(capabilities=Capabilities.from_reply_texts(["mx", "PIPELINING"]), tls=True)):
        for octets in (octets_of(line) + end for line in COMMAND_LINES for end in (b"\r\n", b"\n", b" \r\n")):
            for unanswered in ("", "CONNECT", "MAIL", "QUIT"):
                seen = CommandSeen(octets, parse(octets), state, facts, unanswered)
                details = ((rule_id, judge(seen)) for rule_id, judge in COMMAND_JUDGES.items())
                one_by_one = [(rule_id, detail) for rule_id, detail in details if detail is not None]
                assert [(finding.rule.rule_id, finding.detail) for finding in judge_command(seen)] == one_by_one


def test_the_content_judge_looks_for_no_bare_line_ends_after_repair() -> None:
    """Where line ends were repaired that check is left out, the others are not."""
    judge = ContentJudge(Facts(), repaired=True)
    assert [finding.rule.rule_id for finding in judge.judge(b"\xff\n")] == ["content-8bit"]


def test_codes_of_a_hostile_reply_are_told_in_part() -> None:
    """However many codes one reply has, a few say it."""
    connection = Connection()
    connection.receive_data(b"".join(b"%d-mx\r\n" % code for code in range(220, 250)) + b"250 mx\r\n")
    event = connection.next_event()
    assert isinstance(event, Greeted)
    details = [finding.detail for finding in event.findings if finding.rule.rule_id == "code-changes"]
    assert details == ["220, 221, 222, 223, 224, ..."]
