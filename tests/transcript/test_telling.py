"""Transcripts retold in turns: what belongs together, what is found, and what may not be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.transcript.exporters.redacting import redacted
from smtpshell.transcript.exporters.telling import printable, tell
from smtpshell.transcript.redaction import Secrets
from smtpshell.transcript.syntax import parse, read, write
from tests.transcript.hostile import SECRETS, with_secrets

SAMPLES = sorted((Path(__file__).parent.parent.parent / "transcripts").glob("*.smtp"))

SHOWN = [
    ("plain ünïcode\tand a tab", "plain ünïcode\tand a tab"),
    ("\x1b[31m\x07\x9b", "\\x1b[31m\\x07\\x9b"),
    ("\u202eevil\u2066", "\\u202eevil\\u2066"),
    ("\ufeff\u200b\u2028\u00ad", "\\ufeff\\u200b\\u2028\\xad"),
    ("\U000e0041", "\\U000e0041"),
]


@pytest.mark.parametrize(("text", "shown"), SHOWN)
def test_nothing_is_obeyed_or_hidden(text: str, shown: str) -> None:
    """Controls, bidi controls, and what has no width are spelt out."""
    assert printable(text) == shown


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_line_of_a_sample_is_told_once(path: Path) -> None:
    """The turns hold all entries in their order, but for recorded findings that the core makes itself."""
    transcript = read(path)
    told = [entry for turn in tell(transcript) for entry in turn.entries]
    assert told == [entry for entry in transcript.entries if not str(entry).startswith("-- finding")]


def test_what_a_recorder_wrote_is_left_as_it_is() -> None:
    """Nothing changes where ``${auth}`` stands already."""
    transcript = read(next(path for path in SAMPLES if path.stem == "starttls-then-auth-plain"))
    assert redacted(transcript) == transcript


def test_credentials_in_clear_are_taken_out() -> None:
    """Initial responses and answers go, in halves too, and so does what quotes them, in any encoding."""
    text = write(redacted(with_secrets()))
    assert [secret for secret in SECRETS if secret in text] == []
    assert SECRETS[9][:10] not in text
    assert "C: AUTH PLAIN ${auth}\nS: 535 5.7.8 ${auth} is wrong, ${auth} too\n" in text
    assert "AUTH LOGIN" in text
    assert parse(text) == redacted(with_secrets())


def test_secrets_known_before_are_taken_out() -> None:
    """What the shell has learned elsewhere does not pass."""
    secrets = Secrets()
    secrets.remember("hunter2")
    transcript = parse('smtp-transcript: 1\n\nC: NOOP hunter2\n-- discarded "\\x1bhunter2"\n')
    assert "hunter2" not in write(redacted(transcript, secrets))


PIPELINED = """smtp-transcript: 1

S: 220 mx.example.test
C: EHLO client.example.test
S: 250-mx.example.test
S: 250 PIPELINING
C: MAIL FROM:<a@example.test>
C: RCPT TO:<${to}>
C: DATA
S: 250 Ok
S~ 55\\d .*
S: 354 go on
C: Subject: x
C:
C: .
S: 250 Ok
S: 250 not asked for
C= QU
C= IT\\r\\n
S: 221 Bye
"""


def test_a_reply_knows_what_it_answers() -> None:
    """Replies to a group are paired in order; the greeting and what nobody asked for answer nothing."""
    turns = tell(parse(PIPELINED))
    answered = [
        (turn.texts[-1], turn.answers.texts[0] if turn.answers else "") for turn in turns if turn.side == "S"
    ]
    assert answered == [
        ("220 mx.example.test", ""),
        ("250 PIPELINING", "EHLO client.example.test"),
        ("250 Ok", "MAIL FROM:<a@example.test>"),
        ("55\\d .*", "RCPT TO:<${to}>"),
        ("354 go on", "DATA"),
        ("250 Ok", "Subject: x"),
        ("250 not asked for", ""),
        ("221 Bye", "QU"),
    ]


def test_findings_stand_where_they_belong() -> None:
    """Each turn has the core's findings about it; a line with a value not yet given is not judged."""
    found = {
        turn.texts[0]: [finding.rule.rule_id for finding in turn.findings]
        for turn in tell(parse(PIPELINED))
        if turn.findings
    }
    assert found["250 not asked for"] == ["unsolicited-reply"]
    assert "RCPT TO:<${to}>" not in found


def test_content_kept_elsewhere_is_passed_over() -> None:
    """Its reply still answers the content, for DATA and for a chunk."""
    turns = tell(
        parse(
            "smtp-transcript: 1\n\nS: 220 mx.example.test\nC: EHLO c.example.test\nS: 250-mx.example.test\n"
            "S: 250 CHUNKING\nC: MAIL FROM:<a@example.test>\nS: 250 Ok\nC: RCPT TO:<b@example.test>\nS: 250 Ok\n"
            "C: BDAT 100001 LAST\n-- content octets=100001\nS: 250 Ok\nC: QUIT\nS: 221 Bye\n"
        )
    )
    assert [turn.kind for turn in turns][-5:] == ["command", "content", "reply", "command", "reply"]
    assert [turn.answers.texts[0] for turn in turns[-3:] if turn.answers] == ["BDAT 100001 LAST", "QUIT"]
    assert all("unsolicited" not in finding.rule.rule_id for turn in turns for finding in turn.findings)
