"""A failing mail is imported from what the client printed, and served back to it: the fault appears again."""

from __future__ import annotations

import smtplib

import pytest

from smtpshell.practice import PracticeServer
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.model import Line, Transcript
from smtpshell.transcript.scripted_server import ScriptedServer
from tests.transcript.importers.test_tools import ENVELOPE, MESSAGE, curled

FAULT = {"nobody@example.test": (550, b"5.1.1 No mailbox <nobody@example.test> here")}


def delivered(port: int, debugged: str) -> dict[str, tuple[int, bytes]]:
    """Send by smtplib, its debug output on; give the recipients that were refused."""
    with smtplib.SMTP("127.0.0.1", port, "client.example.test", timeout=10) as client:
        client.set_debuglevel(2 if debugged == "with times" else 1)
        return client.sendmail(ENVELOPE[0], ENVELOPE[1:], MESSAGE)


@pytest.mark.parametrize("debugged", ["with times", "without"])
def test_smtplib(capfd: pytest.CaptureFixture[str], debugged: str) -> None:
    """Python's smtplib meets the same refusal."""
    with PracticeServer() as practice:
        assert delivered(practice.port, debugged) == FAULT
    (made,) = import_log(capfd.readouterr().err.encode())
    with ScriptedServer(made) as server:
        assert delivered(server.port, debugged) == FAULT


def test_curl() -> None:
    """A refused sender ends curl -v with the same status, and with the same lines."""
    with PracticeServer() as practice:
        (made,) = import_log(curled(practice, "-v", "-s", "--mail-rcpt", "nobody@example.test"))
    with ScriptedServer(made) as server:
        (again,) = import_log(curled(server, "-v", "-s", "--mail-rcpt", "nobody@example.test"))
    assert "550 5.1.1 No mailbox <nobody@example.test> here" in wire(again)
    assert wire(again) == wire(made)


def test_phpmailer_like() -> None:
    """What PHPMailer prints of a refused login is refused to any client."""
    log = """\
2026-11-24 09:30:00 SERVER -> CLIENT: 220 mx.example.test ESMTP
2026-11-24 09:30:00 CLIENT -> SERVER: EHLO client.example.test
2026-11-24 09:30:00 SERVER -> CLIENT: 250-mx.example.test
                                      250 AUTH LOGIN
2026-11-24 09:30:00 CLIENT -> SERVER: AUTH LOGIN
2026-11-24 09:30:00 SERVER -> CLIENT: 334 VXNlcm5hbWU6
2026-11-24 09:30:00 CLIENT -> SERVER: [credentials hidden]
2026-11-24 09:30:00 SERVER -> CLIENT: 334 UGFzc3dvcmQ6
2026-11-24 09:30:00 CLIENT -> SERVER: [credentials hidden]
2026-11-24 09:30:00 SERVER -> CLIENT: 535 5.7.8 Error: authentication failed
2026-11-24 09:30:00 CLIENT -> SERVER: QUIT
2026-11-24 09:30:00 SERVER -> CLIENT: 221 2.0.0 Bye
"""
    (made,) = import_log(log.encode())
    with (
        ScriptedServer(made) as server,
        smtplib.SMTP("127.0.0.1", server.port, "client.example.test") as client,
        pytest.raises(smtplib.SMTPAuthenticationError) as refused,
    ):
        client.login("student", "first-lesson", initial_response_ok=False)
    assert (refused.value.smtp_code, refused.value.smtp_error) == (535, b"5.7.8 Error: authentication failed")


def wire(transcript: Transcript) -> list[str]:
    """List the lines of the wire."""
    return [entry.text for entry in transcript.entries if isinstance(entry, Line)]
