"""Comparing transcripts: aligned by what the client said, then line by line, what always differs aside."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.transcript.compare import compare
from smtpshell.transcript.syntax import parse

BEFORE = """smtp-transcript: 1

-- connected to 127.0.0.1:2525
[0.004] S: 220 mx.example.test ESMTP
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 PIPELINING
C: MAIL FROM:<a@example.test>
C: RCPT TO:<b@example.test>
C: NOOP
C: DATA
S: 250 2.1.0 Ok
S: 250 2.1.5 Ok
S: 250 2.0.0 Ok
S: 354 go
C: Date: Tue, 24 Nov 2026 09:30:00 +0000
C: .
S: 250 2.0.0 Ok: queued as 4XyZ12AbC
C: QUIT
S: 221 2.0.0 Bye
-- closed by server
"""

# what is replaced, by what -> (kind, command, lines that differ as "A's number:B's number")
CASES: list[tuple[dict[str, str], list[tuple[str, str, list[str]]]]] = [
    ({}, []),
    (
        {
            "[0.004] S: 220 mx.": "[7.004] S: 220 mx2.",
            "4XyZ12AbC": "4XyZ99999",
            "24 Nov 2026 09:30:00": "25 Nov 2026 10:31:01",
            "127.0.0.1:2525": "127.0.0.1:9",
        },
        [],
    ),
    ({"S: 250 2.1.5 Ok": "S: 550 5.1.1 no"}, [("changed", "RCPT TO:<b@example.test>", ["13:13"])]),
    ({"RCPT TO:<b@": "RCPT TO:<c@"}, [("changed", "RCPT TO:<b@example.test>", ["9:9"])]),
    ({"C: NOOP\n": "", "S: 250 2.0.0 Ok\n": ""}, [("only in A", "NOOP", ["10:-", "14:-"])]),
    (
        {"S: 250 PIPELINING": "S: 250-PIPELINING\nS: 250 DSN"},
        [("changed", "EHLO client.example.test", ["7:7", "-:8"])],
    ),
    ({"-- closed by server\n": ""}, [("changed", "QUIT", ["21:-"])]),
    ({"C: QUIT": "C: VRFY x\nS: 252 ok\nC: QUIT"}, [("only in B", "VRFY x", ["-:19", "-:20"])]),
]


@pytest.mark.parametrize(("changes", "expected"), CASES, ids=range(len(CASES)))
def test_what_differs_is_found(changes: dict[str, str], expected: list[tuple[str, str, list[str]]]) -> None:
    """Each change is one turn, with the line numbers of both files."""
    after = BEFORE
    for old, new in changes.items():
        assert old in after
        after = after.replace(old, new)
    found = [
        (
            str(pair.kind),
            pair.command,
            [
                f"{line.a[0] if line.a else '-'}:{line.b[0] if line.b else '-'}"
                for line in pair.lines
                if line.kind != "equal"
            ],
        )
        for pair in compare(parse(BEFORE), parse(after))
        if pair.kind != "equal"
    ]
    assert found == expected


def test_all_turns_are_there_in_order() -> None:
    """What is the same is given too."""
    pairs = compare(parse(BEFORE), parse(BEFORE))
    assert [pair.command.partition(" ")[0] for pair in pairs] == [
        "",
        "EHLO",
        "MAIL",
        "RCPT",
        "NOOP",
        "DATA",
        "QUIT",
    ]


def test_pipelined_or_not_is_the_same() -> None:
    """Commands are compared with their own replies, however they were grouped."""
    grouped = "S: 220 mx\nC: MAIL FROM:<>\nC: NOOP\nS: 250 one\nS: 250 two\n"
    alone = "S: 220 mx\nC: MAIL FROM:<>\nS: 250 one\nC: NOOP\nS: 250 two\n"
    pairs = compare(*(parse(f"smtp-transcript: 1\n\n{text}") for text in (grouped, alone)))
    assert {str(pair.kind) for pair in pairs} == {"equal"}


def test_the_subcommand_shows_and_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines of each file are marked with their place; the exit status tells whether there are any."""
    a, b = tmp_path / "a.smtp", tmp_path / "b.smtp"
    a.write_text(BEFORE)
    b.write_text(BEFORE.replace("S: 250 2.1.5 Ok", r"S= 550 5.1.1 \x1b[2Jno\r\n"))
    assert main(["compare", str(a), str(a)]) == 0
    assert capsys.readouterr().out.endswith("= QUIT\n7 exchanges compared, all the same\n")
    assert main(["compare", str(a), str(b)]) == 1
    out = capsys.readouterr().out
    assert f"- S: 250 2.1.5 Ok  ({a}:13)\n+ S= 550 5.1.1 " in out
    assert "\x1b" not in out
    assert out.endswith("7 exchanges compared, 1 different\n")
    assert main(["compare", str(a), str(b), "--json"]) == 1
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [item["kind"] for item in objects[:-1]].count("changed") == 1
    assert (objects[-1]["event"], objects[-1]["different"]) == ("compared", 1)
    a.write_text("nothing")
    assert main(["compare", str(a), str(b)]) == 2
    assert f"{a}:1:1: expected" in capsys.readouterr().err
