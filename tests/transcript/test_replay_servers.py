"""A recording made against one real server, replayed against it and against another."""

from __future__ import annotations

from pathlib import Path

from smtpshell.errors import ExitStatus
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.model import Transcript
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.replay import replay
from smtpshell.transcript.replay_result import ReplayResult
from smtpshell.transcript.syntax import read
from tests.servers.real_servers import RealServer

GROUPS = [
    "EHLO client.example.test",
    "MAIL FROM:<tester@example.test>\r\nRCPT TO:<nobody@example.test>\r\nRCPT TO:<{recipient}>\r\nDATA",
    "Subject: recorded\r\n\r\n..a line that began with a dot\r\n.",
    "VRFY nobody@example.test",
    "EXPN nobody@example.test",
    "RSET",
    "QUIT",
]


def recorded(server: RealServer, file: Path) -> Transcript:
    """Record a conversation in two TLS worlds: STARTTLS, then a message with one recipient refused."""
    with Recorder(file) as recorder, Session.connect(f"smtp://{server.host}:{server.smtp_port}") as session:
        session.observers.append(recorder)
        session.wait_for_replies()
        session.ehlo("client.example.test")
        session.starttls()
        for group in GROUPS:
            session.send_octets(f"{group.format(recipient=server.valid_recipient)}\r\n".encode())
            session.wait_for_replies()
    return read(file)


def replayed(transcript: Transcript, server: RealServer) -> ReplayResult:
    """Replay it against a server's SMTP port."""
    url = f"smtp://{server.host}:{server.smtp_port}"
    credentials = Credentials(user=server.user, password=server.password)
    return replay(transcript, lambda: Session.connect(url), credentials=credentials)


def test_postfix_repeats_itself(postfix: RealServer, tmp_path: Path) -> None:
    """The same server gives the same codes, and the exit status says so."""
    result = replayed(recorded(postfix, tmp_path / "a.smtp"), postfix)
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.exit_status is ExitStatus.EXPECTED


def test_exim_differs_honestly(postfix: RealServer, exim: RealServer, tmp_path: Path) -> None:
    """Another server differs where it is another: EXPN, which Postfix does not know; nothing is derailed."""
    result = replayed(recorded(postfix, tmp_path / "a.smtp"), exim)
    assert [mismatch.command for mismatch in result.mismatches] == ["EXPN nobody@example.test"]
    assert result.problem is None
    assert result.exit_status is ExitStatus.NEGATIVE
