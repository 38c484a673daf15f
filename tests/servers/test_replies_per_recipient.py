"""One reply for each recipient: PRDR as Exim does it, LMTP as Dovecot does, live and replayed."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.protocol.commands import Content
from smtpshell.protocol.events import Event, ReplyReceived
from smtpshell.session.session import Session
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.replay import replay
from smtpshell.transcript.syntax import read
from tests.servers.real_servers import RealServer

MESSAGE = b"Subject: one reply each\r\n\r\nHello.\r\n"
DATA = [b"DATA\r\n", MESSAGE + b".\r\n"]
BDAT = [b"BDAT %d LAST\r\n%b" % (len(MESSAGE), MESSAGE)]


# Who is accepted, and refused once the content is there: by an ACL, by a quota.
REFUSED = {"exim": "other@example.test", "dovecot": "full@example.test"}


def envelope(server: RealServer, parameters: str = "") -> bytes:
    """Name two recipients in one group, of whom the second is refused after the content."""
    recipients = (server.valid_recipient, REFUSED[server.name])
    lines = ["MAIL FROM:<>" + parameters, *(f"RCPT TO:<{recipient}>" for recipient in recipients)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def answers(session: Session, steps: list[bytes]) -> list[tuple[str | None, int]]:
    """Take the steps, then QUIT; give (recipient, code) for each reply to what came last before it."""
    seen: list[tuple[str | None, int]] = []

    def note(event: Event, _: float) -> None:
        if isinstance(event, ReplyReceived):
            recipient = event.command.recipient if isinstance(event.command, Content) else None
            seen.append((recipient, event.reply.code))

    for step in steps[:-1]:
        session.send_octets(step)
        session.wait_for_replies()
    session.observers.append(note)
    session.send_octets(steps[-1])
    session.wait_for_replies()
    session.observers.remove(note)
    assert session.quit().code == 221
    return seen


@pytest.mark.parametrize("content", [DATA, BDAT], ids=["DATA", "BDAT"])
def test_prdr(exim: RealServer, content: list[bytes], tmp_path: Path) -> None:
    """353, then each recipient's own reply, then the one of all; the transcript replays the same."""
    url = f"smtp://{exim.host}:{exim.smtp_port}"
    file = tmp_path / "prdr.smtp"
    with Recorder(file) as recorder, Session.connect(url, observers=[recorder]) as session:
        session.wait_for_replies()
        session.ehlo("client.example.test")
        given = answers(session, [envelope(exim, " PRDR"), *content])
    assert given == [(None, 353), (exim.valid_recipient, 250), (REFUSED["exim"], 550), (None, 250)]
    result = replay(read(file), lambda: Session.connect(url))
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.exit_status is ExitStatus.EXPECTED


def test_prdr_content_replies(exim: RealServer) -> None:
    """content_reply() waits for all that 353 announces."""
    with Session.connect(f"smtp://{exim.host}:{exim.smtp_port}") as session:
        session.wait_for_replies()
        session.ehlo("client.example.test")
        session.send_octets(envelope(exim, " PRDR") + b"DATA\r\n")
        session.wait_for_replies()
        session.send_content(MESSAGE)
        session.end_content()
        assert [reply.code for reply in session.content_reply()] == [353, 250, 550, 250]
        assert session.connection.facts.forward_paths == ()


@pytest.mark.parametrize("content", [DATA, BDAT], ids=["DATA", "BDAT"])
def test_lmtp(dovecot: RealServer, content: list[bytes], tmp_path: Path) -> None:
    """Two recipients, two replies, in their order; the transcript replays the same."""
    url = f"lmtp://{dovecot.host}:{dovecot.lmtp_port}"
    file = tmp_path / "lmtp.smtp"
    with Recorder(file) as recorder, Session.connect(url, observers=[recorder]) as session:
        session.wait_for_replies()
        session.lhlo("client.example.test")
        given = answers(session, [envelope(dovecot), *content])
    # The reply to BDAT LAST itself is the first recipient's (RFC 2033 4.3).
    first = dovecot.valid_recipient if content is DATA else None
    assert given == [(first, 250), (REFUSED["dovecot"], 552)]
    result = replay(read(file), lambda: Session.connect(url))
    assert [str(mismatch) for mismatch in result.mismatches] == []
