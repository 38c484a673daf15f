"""JSON Lines: one object an event, with the documented fields and no secret."""

from __future__ import annotations

import json

import pytest

from smtpshell.errors import ConnectError
from smtpshell.protocol.commands import Auth, AuthResponse, Noop
from smtpshell.protocol.events import (
    Closed,
    CommandSent,
    ContentSent,
    ContinuationRequested,
    Discarded,
    Event,
    Greeted,
    ReplyReceived,
    TlsStarted,
    TlsWanted,
    Wanted,
)
from smtpshell.protocol.findings import RULES, Finding
from smtpshell.protocol.replies import Reply
from smtpshell.shell.batch.json_lines import JsonLines
from smtpshell.shell.outcome import Outcome
from smtpshell.transcript.redaction import Secrets

REPLY = Reply.from_lines(b"250-2.1.0 a\r\n", b"250 2.1.0 \x1b\xe9 \xc3\xa9\r\n")
TABLE: list[tuple[Event, dict[str, object] | None]] = [
    (
        CommandSent(octets=b"NOOP x\r\n", command=Noop("x")),
        {"event": "command", "line": "NOOP x", "verb": "NOOP"},
    ),
    (
        CommandSent(octets=b"AUTH PLAIN AGEAYg==\r\n", command=Auth("PLAIN", "AGEAYg=="), secret=(11, 19)),
        {"event": "command", "line": "AUTH PLAIN ${auth}", "verb": "AUTH"},
    ),
    (
        CommandSent(octets=b"AGEAYg==\r\n", command=AuthResponse("AGEAYg=="), secret=(0, 8)),
        {"event": "command", "line": "${auth}", "verb": "AUTH-RESPONSE"},
    ),
    (
        ContentSent(octets=b"x\r\n.\r\n", ended=True),
        {"event": "content", "octets": 6, "ended": True, "chunk": False},
    ),
    (
        Greeted(reply=Reply.from_lines(b"220 hi\r\n")),
        {"event": "greeting", "code": 220, "enhanced": None, "lines": ["220 hi"]},
    ),
    (
        ReplyReceived(reply=REPLY, command=Noop("")),
        {
            "event": "reply",
            "code": 250,
            "enhanced": "2.1.0",
            "lines": ["250-2.1.0 a", "250 2.1.0 \x1b\\xe9 é"],
            "to": "NOOP",
        },
    ),
    (
        ReplyReceived(reply=Reply.from_lines(b"no\r\n"), command=None),
        {"event": "reply", "code": 600, "enhanced": None, "lines": ["no"], "to": None},
    ),
    (
        ContinuationRequested(wanted=Wanted.AUTH_RESPONSE, challenge="AA=="),
        {"event": "continue", "wanted": "auth-response", "challenge": "AA=="},
    ),
    (TlsStarted(description="TLSv1.3"), {"event": "tls", "description": "TLSv1.3"}),
    (TlsWanted(), None),
    (Discarded(octets=b"250 evil\r\n"), {"event": "discarded", "octets": 10}),
    (Closed(unanswered=(Noop(""),)), {"event": "closed", "by": "server", "unanswered": ["NOOP"]}),
]


@pytest.mark.parametrize(("event", "expected"), TABLE, ids=range(len(TABLE)))
def test_event(event: Event, expected: dict[str, object] | None) -> None:
    """Each event has its documented fields; the line itself is printable ASCII."""
    written: list[str] = []
    JsonLines(written.append, Secrets()).event(event, 1.25)
    if expected is None:
        assert written == []
        return
    (line,) = written
    assert line.endswith("}\n")
    assert line[:-1].isascii()
    assert line[:-1].isprintable()
    assert json.loads(line) == {"seconds": 1.25, **expected}


def test_findings_and_secrets() -> None:
    """Findings are part of their event; a secret is hidden wherever it stands."""
    written: list[str] = []
    secrets = Secrets()
    secrets.remember("hunter22")
    lines = JsonLines(written.append, secrets)
    finding = Finding(RULES["reply-control"], "hunter22")
    reply = Reply.from_lines(b"535 not hunter22\r\n")
    lines.event(ReplyReceived(reply=reply, command=None, findings=(finding,)), 0)
    said = json.loads(written[0])
    assert said["lines"] == ["535 not ${auth}"]
    assert said["findings"] == [
        {
            "id": "reply-control",
            "severity": "warning",
            "sentence": f"{RULES['reply-control'].sentence}: ${{auth}}",
            "source": RULES["reply-control"].source,
        }
    ]


def test_errors_and_outcomes() -> None:
    """An error names the exit status it leads to; an outcome without data is silent."""
    written: list[str] = []
    lines = JsonLines(written.append, Secrets())
    lines.error(ConnectError("cannot", hint="try"))
    lines.outcome(Outcome(fragments=[("", "x\n")]))
    lines.outcome(Outcome(fragments=[], data={"event": "explanation"}))
    assert [json.loads(line) for line in written] == [
        {"event": "error", "message": "cannot", "hint": "try", "status": 3},
        {"event": "explanation"},
    ]
