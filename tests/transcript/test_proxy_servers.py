"""The proxy between smtplib and real servers: Postfix, Exim, Dovecot; what is recorded replays against them."""

from __future__ import annotations

import base64
import smtplib
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.replay import replay
from tests.servers.real_servers import RealServer, wait_for_message
from tests.transcript.proxied import Running, proxying, said, text_of

BODY = b"\r\n.\r\n..\r\n.a line that began with a dot\r\n\xc3\xbc\r\nthe end\r\n"


def delivered(client: smtplib.SMTP, server: RealServer, subject: str) -> None:
    """Send a message, and see that its content has arrived octet for octet."""
    content = f"Subject: {subject}\r\n".encode() + BODY
    assert client.sendmail(server.user, [server.valid_recipient], content, mail_options=["BODY=8BITMIME"]) == {}
    kept = wait_for_message(server.mailbox_dir, subject.encode())
    assert kept.replace(b"\r\n", b"\n").endswith(BODY.replace(b"\r\n", b"\n"))


def concluded(running: Running, server: RealServer, url: str) -> str:
    """Replay what was recorded, and see that it has no secret; give it."""
    proxied, transcript = running.ended()
    assert proxied.problem is None
    assert proxied.messages == 1
    text = text_of(transcript)
    initial = base64.b64encode(f"\0{server.user}\0{server.password}".encode()).decode()
    for secret in (server.password, base64.b64encode(server.password.encode()).decode(), initial):
        assert secret not in text
    credentials = Credentials(user=server.user, password=server.password)
    result = replay(transcript, lambda: Session.connect(url), credentials=credentials)
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.exit_status is ExitStatus.EXPECTED
    return text


@pytest.mark.parametrize("name", ["postfix", "exim"])
def test_submission_with_a_login(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    """STARTTLS and AUTH go through."""
    server: RealServer = request.getfixturevalue(name)
    url = f"smtp://{server.host}:{server.submission_port}"
    with proxying(url, tmp_path) as running:
        with smtplib.SMTP(running.host, running.port, timeout=20) as client:
            client.starttls()
            client.login(server.user, server.password)
            delivered(client, server, f"proxied to {name}")
        text = concluded(running, server, url)
    assert "-- tls TLSv1." in text
    assert "${auth}" in text


@pytest.mark.parametrize("name", ["postfix", "exim"])
def test_smtps_behind_a_plain_port(request: pytest.FixtureRequest, tmp_path: Path, name: str) -> None:
    """TLS from the start is the proxy's affair alone."""
    server: RealServer = request.getfixturevalue(name)
    url = f"smtps://{server.host}:{server.smtps_port}"
    with proxying(url, tmp_path) as running:
        with smtplib.SMTP(running.host, running.port, timeout=20) as client:
            client.login(server.user, server.password)
            delivered(client, server, f"by smtps to {name}")
        concluded(running, server, url)


def test_lmtp_by_a_unix_socket(dovecot: RealServer, tmp_path: Path) -> None:
    """LMTP over TCP before, over a socket behind."""
    url = f"lmtp+unix://{dovecot.lmtp_socket}"
    with proxying(url, tmp_path) as running:
        with smtplib.LMTP(running.host, running.port, timeout=20) as client:
            delivered(client, dovecot, "proxied by LMTP")
        text = concluded(running, dovecot, url)
    assert f"-- connected to {dovecot.lmtp_socket}\n" in text


def test_the_second_greeting_of_xclient(postfix: RealServer, tmp_path: Path) -> None:
    """Postfix greets again after XCLIENT; both greetings are recorded, and the replay goes through both."""
    url = f"smtp://{postfix.host}:{postfix.smtp_port}"
    with proxying(url, tmp_path) as running:
        with smtplib.SMTP(running.host, running.port, timeout=20) as client:
            client.ehlo("client.example.test")
            assert client.docmd("XCLIENT ADDR=192.0.2.1")[0] == 220
            client.ehlo("client.example.test")
        _, transcript = running.ended()
        result = replay(transcript, lambda: Session.connect(url))
    assert said(transcript, "S").count(b"220 ") == 2
    assert result.exit_status is ExitStatus.EXPECTED


def test_chunks_in_one_write(postfix: RealServer, tmp_path: Path) -> None:
    """Pipelined commands and chunks pass in one piece, and are recorded as one group."""
    url = f"smtp://{postfix.host}:{postfix.smtp_port}"
    content = b"Subject: proxied in chunks\r\n" + BODY
    envelope = f"MAIL FROM:<{postfix.user}> BODY=8BITMIME\r\nRCPT TO:<{postfix.valid_recipient}>\r\n".encode()
    group = envelope + b"BDAT %d\r\n%bBDAT 0 LAST\r\n" % (len(content), content)
    with proxying(url, tmp_path) as running:
        with smtplib.SMTP(running.host, running.port, timeout=20) as client:
            client.ehlo("client.example.test")
            client.send(group)
            assert [client.getreply()[0] for _ in range(4)] == [250] * 4
        wait_for_message(postfix.mailbox_dir, b"proxied in chunks")
        _, transcript = running.ended()
        result = replay(transcript, lambda: Session.connect(url))
    assert group in said(transcript, "C")
    assert result.exit_status is ExitStatus.EXPECTED
