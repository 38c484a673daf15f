"""The real servers are what the other tests take them for, seen by a client nobody here wrote: smtplib."""

from __future__ import annotations

import smtplib
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from tests.servers.real_servers import RealServer, wait_for_message

if TYPE_CHECKING:
    from tests.servers.aiosmtpd_server import AiosmtpdServer

# server -> where it takes mail, the client for it, keywords its EHLO reply must hold before TLS
DOORS = {
    "postfix": ("smtp_port", smtplib.SMTP, {"pipelining", "starttls", "chunking", "dsn", "xclient"}),
    "exim": ("smtp_port", smtplib.SMTP, {"pipelining", "starttls", "chunking", "auth", "prdr"}),
    "dovecot": ("lmtp_port", smtplib.LMTP, {"pipelining", "starttls", "chunking", "enhancedstatuscodes"}),
}


def trusting(server: RealServer) -> ssl.SSLContext:
    """Trust the server's own test CA and nothing else."""
    return ssl.create_default_context(cafile=server.ca_file)


def test_greets_upgrades_and_delivers(real_server: RealServer) -> None:
    """Greeting, EHLO, STARTTLS against the server's own CA, one message that arrives."""
    port, client, keywords = DOORS[real_server.name]
    with client(real_server.host, getattr(real_server, port), timeout=10) as smtp:
        assert smtp.ehlo("client.example.test")[0] == 250
        assert keywords <= smtp.esmtp_features.keys()
        assert smtp.starttls(context=trusting(real_server))[0] == 220
        subject = f"by STARTTLS to {real_server.name}"
        message = f"Subject: {subject}\r\n\r\nHello.\r\n"
        assert smtp.sendmail("sender@example.test", [real_server.valid_recipient], message) == {}
    assert b"Hello." in wait_for_message(real_server.mailbox_dir, subject.encode())


def test_submission_wants_a_password(real_server: RealServer) -> None:
    """On the submission port a right password passes after STARTTLS and a wrong one is refused."""
    with smtplib.SMTP(real_server.host, real_server.submission_port, timeout=10) as smtp:
        smtp.starttls(context=trusting(real_server))
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            smtp.login(real_server.user, "not the password")
        assert refused.value.smtp_code == 535
        assert smtp.login(real_server.user, real_server.password)[0] == 235


def test_implicit_tls_verifies(real_server: RealServer) -> None:
    """The smtps port speaks TLS from its first octet, with a certificate for localhost."""
    with smtplib.SMTP_SSL("localhost", real_server.smtps_port, context=trusting(real_server), timeout=10) as smtp:
        assert smtp.noop()[0] == 250


def test_unknown_user_is_refused(real_server: RealServer) -> None:
    """A recipient that does not exist gets 550 from each of them."""
    port, client, _ = DOORS[real_server.name]
    with client(real_server.host, getattr(real_server, port), timeout=10) as smtp:
        smtp.ehlo("client.example.test")
        smtp.mail("sender@example.test")
        assert smtp.rcpt("nobody@example.test")[0] == 550


def test_dovecot_relays_what_was_submitted(dovecot: RealServer) -> None:
    """What Dovecot's submission server takes ends in the sink's folder, whatever the domain."""
    assert dovecot.relay_dir is not None
    with smtplib.SMTP(dovecot.host, dovecot.submission_port, timeout=10) as smtp:
        smtp.starttls(context=trusting(dovecot))
        smtp.login(dovecot.user, dovecot.password)
        smtp.sendmail(dovecot.user, ["someone@elsewhere.test"], "Subject: relayed\r\n\r\n.dot\r\n")
    kept = wait_for_message(dovecot.relay_dir, b"Subject: relayed")
    assert kept.startswith(b"MAIL FROM:<tester@example.test>")
    assert kept.endswith(b"\r\n\r\n.dot\r\n")


def test_dovecot_lmtp_socket(dovecot: RealServer) -> None:
    """The unix socket greets like the TCP port does."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(10)
        link.connect(str(dovecot.lmtp_socket))
        assert link.recv(512).startswith(b"220 ")


def test_aiosmtpd_keeps_the_message(aiosmtpd_server: AiosmtpdServer) -> None:
    """What smtplib sends to aiosmtpd lies in its mailbox, octet for octet."""
    with smtplib.SMTP(aiosmtpd_server.host, aiosmtpd_server.port, timeout=10) as smtp:
        assert smtp.sendmail("a@example.test", ["b@example.test"], "Subject: hi\r\n\r\n.dot\r\n") == {}
    (envelope,) = aiosmtpd_server.mailbox
    assert envelope.rcpt_tos == ["b@example.test"]
    assert envelope.content == b"Subject: hi\r\n\r\n.dot\r\n"
