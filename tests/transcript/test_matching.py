"""How much of a reply must be the same, level by level, and what is said where it is not."""

from __future__ import annotations

import pytest

from smtpshell.protocol.replies import Reply
from smtpshell.transcript.matching import Level, difference, fold
from smtpshell.transcript.model import Line
from smtpshell.transcript.steps import ExpectedReply, Group, Happening, steps
from smtpshell.transcript.syntax import parse


def lines(text: str) -> list[Line]:
    """Read the lines of a transcript's body."""
    entries = parse(f"smtp-transcript: 1\n\n{text}\n").entries
    return [entry for entry in entries if isinstance(entry, Line)]


def reply(text: str) -> Reply:
    """Make a reply of lines separated by a vertical bar."""
    return Reply.from_lines(*(f"{line}\r\n".encode() for line in text.split("|")))


EHLO = "S: 250-mx\nS: 250-SIZE 10\nS: 250 HELP"
MATCHES = [
    ("S: 250 ok", "250 fine", Level.CODE, ""),
    ("S: 250 ok", "251 fine", Level.CLASS, ""),
    ("S: 250 ok", "251 fine", Level.CODE, "code differs: 250 expected, 251 came"),
    ("S: 250 ok", "550 no", Level.CLASS, "class differs: 2yz expected, 550 came"),
    ("S: 250 ok", "garbage", Level.CODE, "code differs: 250 expected, an unreadable line came"),
    ("S: 250 ok", "250 fine", Level.TEXT, "the line differs: S: 250 ok expected"),
    ("S: 250 Ok: queued as 4XyZ12ab", "250 Ok: queued as 9AbC34", Level.TEXT, ""),
    ("S: 250 2.1.0 ok", "250 2.1.5 ok", Level.TEXT, "the line differs: S: 250 2.1.0 ok expected"),
    ("S: 250 ok 1", "250 ok 1", Level.EXACT, ""),
    ("S: 250 ok 1", "250 ok 2", Level.EXACT, "the line differs: S: 250 ok 1 expected"),
    (EHLO, "250 mx", Level.CODE, ""),
    (EHLO, "250-mx|250-SIZE 9|250 HELP", Level.TEXT, ""),
    (EHLO, "250-mx|250 HELP", Level.TEXT, "number of lines differs: 3 expected, 2 came"),
    ("S: 250-mx\nS* 250-SIZE *\nS...", "250-mx|250-DSN|250-SIZE 9|250 HELP", Level.CODE, ""),
    ("S: 250-mx\nS* 250-SIZE *\nS...", "250-mx|250 HELP", Level.CODE, "no line is as expected: S* 250-SIZE *"),
    ("S: 250-mx\nS: 250 HELP\nS* 250-SIZE *", "250-mx|250-SIZE 9|250-A|250 HELP", Level.EXACT, "number of lines"),
    ("S~ 25[01] .*", "251 fine", Level.EXACT, ""),
    ("S~ 25[01]", "251 fine", Level.CODE, "the line differs: S~ 25[01] expected"),
    ("S* 250 [*] ?", "250 [x] y", Level.CODE, ""),
    ("S* 250 [*]", "250 x", Level.CODE, "the line differs: S* 250 [*] expected"),
    ("S= 250 ok\\r\\n", "250 ok", Level.CLASS, ""),
    ("S= 250 ok\\n", "250 ok", Level.CLASS, "the line differs: S= 250 ok\\n expected"),
    ("S= 250-a\\r\\n250 \nS: b", "250-a|250 b", Level.CLASS, ""),
    ("S...", "250-a|250 b", Level.CODE, ""),
    ("S: 250-a\nS...", "250-a|250-b|250 c", Level.EXACT, ""),
    ("S: 250-a\nS...\nS: 250 c", "250-a|250 c", Level.EXACT, ""),
    ("S* 250-b\nS* 250-a\nS...", "250-a|250-b|250 c", Level.CODE, "the lines came in another order"),
    ("S* 250-a\nS* 250 b", "250-a|250-x|250 b", Level.CODE, "number of lines differs: 2 expected, 3 came"),
]


@pytest.mark.parametrize(("expected", "came", "level", "said"), MATCHES, ids=range(len(MATCHES)))
def test_replies_are_compared(expected: str, came: str, level: Level, said: str) -> None:
    """A reply fits, or one clause says how it differs."""
    found = difference(lines(expected), reply(came), level)
    assert found == said or (said and found.startswith(said))


FOLDED = [
    ("220 mx.example.test ESMTP", "220 <host> ESMTP"),
    ("250 2.1.5 Ok 12", "250 2.1.5 Ok <number>"),
    ("250-SIZE 10485760", "250-SIZE <number>"),
    ("250 mx.example.test Hello c.example [127.0.0.1]", "250 <host> Hello <host> <host>"),
    ("250 OK id=1qABcd-0001Ab-Xy", "250 OK id=<id>"),
    ("250 2.0.0 Ok: queued as 4F2A91C0", "250 2.0.0 Ok: queued as <id>"),
    ("220 mx Wed, 25 Nov 2026 09:30:00 +0000", "220 mx <time>"),
    ("450 try at 09:31:07", "450 try at <time>"),
    ("250 8BITMIME", "250 8BITMIME"),
    ("550 5.1.1 <nobody@example.test> unknown", "550 5.1.1 <nobody@<host>> unknown"),
    ("235 you are ${auth}", "235 you are <secret>"),
    ("250 ok", "250 ok"),
]


@pytest.mark.parametrize(("text", "folded"), FOLDED)
def test_what_may_differ_is_folded(text: str, folded: str) -> None:
    """Hosts, ids, times and numbers are folded; the codes and the words stay."""
    assert fold(text) == folded


STEPS = [
    ("C: A\n# prose\nC: B\n-- finding x: y\nC: C", "CCC"),
    ("C: A\n-- pause 1\nC: B", "C!C"),
    ("S: 250-a\nS: 250 b\nS: 250 c", "2 1"),
    ("S: 250-a\n[0.1] S: 250 b\nC: X\nS: 250 c", "2C1"),
    ("S: 250-a\nS...\nS: 250 b\nS: 250 c", "3 1"),
    ("S* 250*\nS...\nS: 250 ok", "2 1"),
    ("S~ 250-.*\nS~ 250 .*\nS* 250 *", "2 1"),
    ("S~ 250\\-a\nS: 250 b", "2"),
    ("S= 250 o\nS= k\\r\\n\nS: 250 b", "2 1"),
    ("S= 250-a\\r\\n250 b\\r\\n\nS: 250 c", "1 1"),
    ("S: garbage\nS: 250 a", "1 1"),
    ("S: 250-a\nS: garbage\nS: 250 b", "3"),
    ("C: DATA\nS: 354 go\n-- content octets=3 file=x\nC: .\nS: 250 ok", "C1CC1"),
    ("S: 220 go\n-- tls\nC: EHLO c", "1!C"),
]


@pytest.mark.parametrize(("text", "shape"), STEPS, ids=range(len(STEPS)))
def test_lines_are_grouped(text: str, shape: str) -> None:
    """C is a client's line, a number the lines of a reply, ! something that happens; writes are not cut."""
    found = ""
    for step in steps(parse(f"smtp-transcript: 1\n\n{text}\n")):
        if isinstance(step, Group):
            assert not found.endswith("C")
            found += "C" * len(step.lines)
        elif isinstance(step, ExpectedReply):
            found += (" " if found[-1:].isdigit() else "") + str(len(step.lines))
        else:
            assert isinstance(step, Happening)
            found += "!"
    assert found == shape
