"""Turns: each command with its own reply, its content, its answers, and what happened."""

from __future__ import annotations

from smtpshell.transcript.syntax import parse
from smtpshell.transcript.turns import only, turns

CONVERSATION = r"""smtp-transcript: 1
title: All kinds of turns

-- connected to 127.0.0.1:2525
S: 220 mx
C: EHLO c
S: 250-mx
S: 250 PIPELINING
C: STARTTLS
S: 220 go
-- tls TLSv1.3 x verified=no
C: AUTH PLAIN
S: 334 Z28=
C: ${auth}
S: 235 ok
# Three commands in one write.
C: MAIL FROM:<a@b>
C: RCPT TO:<c@d>
C: DATA
S: 250 ok
S: 550 no
S: 354 go
C: Subject: x
C: .
S: 250 ok
C: MAIL FROM:<a@b>
C: BDAT 6
C: QUIT
C: BDAT 3 LAST
C= a\nb
S: 250 one
S: 250 two
S: 250 three
C: QUIT
S: 221 bye
-- closed by server
"""

TURNS = [
    (["-- connected to 127.0.0.1:2525", "S: 220 mx"], 0),
    (["C: EHLO c", "S: 250-mx", "S: 250 PIPELINING"], 0),
    (["C: STARTTLS", "S: 220 go", "-- tls TLSv1.3 x verified=no"], 0),
    (["C: AUTH PLAIN", "S: 334 Z28=", "C: ${auth}", "S: 235 ok"], 0),
    (["C: MAIL FROM:<a@b>", "S: 250 ok"], 0),
    (["C: RCPT TO:<c@d>", "S: 550 no"], 0),
    (["C: DATA", "S: 354 go", "C: Subject: x", "C: .", "S: 250 ok"], 2),
    (["C: MAIL FROM:<a@b>", "S: 250 one"], 0),
    (["C: BDAT 6", "C: QUIT", "S: 250 two"], 1),
    (["C: BDAT 3 LAST", r"C= a\nb", "S: 250 three"], 1),
    (["C: QUIT", "S: 221 bye", "-- closed by server"], 0),
]


def test_each_command_has_what_belongs_to_it() -> None:
    """Pipelined commands are turns of their own; content, chunks, answers and handshakes are parts of one."""
    transcript = parse(CONVERSATION)
    found = [
        ([str(transcript.entries[index]) for index in sorted(turn.entries)], len(turn.content))
        for turn in turns(transcript)
    ]
    assert found == TURNS


def test_a_transcript_may_be_cut_to_some_entries() -> None:
    """Header and order stay."""
    transcript = parse(CONVERSATION)
    mail = turns(transcript)[4]
    cut = only(transcript, mail.entries)
    assert cut.header == transcript.header
    assert [str(entry) for entry in cut.entries] == ["C: MAIL FROM:<a@b>", "S: 250 ok"]
