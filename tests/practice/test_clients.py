"""Clients nobody here wrote deliver through the practice server; what arrives is compared octet for octet."""

from __future__ import annotations

import asyncio
import os
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiosmtplib
import pytest

from smtpshell.practice import USERS, PracticeServer
from smtpshell.practice.mailboxes import DeliveredMessage
from tests.servers.real_servers import do_without

SENDER, RECIPIENT = "anna@example.org", "student@example.test"
USER = USERS[0]
CONTENT = "\r\n".join(
    [
        "From: Anna <anna@example.org>",
        "To: Sam Student <student@example.test>",
        "Subject: octet for octet",
        "Date: Tue, 24 Nov 2026 12:00:00 +0000",
        "Message-ID: <1@example.org>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        "",
        ".",
        "..",
        ".a line that begins with a dot",
        "Ünïcödé: учитель",
        "",
        "x" * 990,
        "the end",
        "",
    ]
).encode()


@dataclass(frozen=True, slots=True)
class Job:
    """One delivery to do: to this server, in this folder, with STARTTLS and a login where ``secure``."""

    server: PracticeServer
    folder: Path
    secure: bool

    @property
    def port(self) -> str:
        """The server's port, for a command line."""
        return str(self.server.port)

    def content_file(self, line_end: bytes, content: bytes = CONTENT) -> str:
        """Write the content to a file, with the line ends a client wants; give its path."""
        path = self.folder / "message"
        path.write_bytes(content.replace(b"\r\n", line_end))
        return str(path)


def with_smtplib(job: Job) -> None:
    """Python's own client."""
    with smtplib.SMTP("localhost", job.server.port) as client:
        if job.secure:
            client.starttls(context=ssl.create_default_context(cafile=job.server.ca_file()))
            client.login(USER.name, USER.password)
        assert client.sendmail(SENDER, [RECIPIENT], CONTENT, mail_options=["BODY=8BITMIME"]) == {}


def with_aiosmtplib(job: Job) -> None:
    """The asyncio client of PyPI."""
    refused, answer = asyncio.run(
        aiosmtplib.send(
            CONTENT,
            sender=SENDER,
            recipients=[RECIPIENT],
            hostname="localhost",
            port=job.server.port,
            start_tls=job.secure,
            cert_bundle=job.server.ca_file() if job.secure else None,
            username=USER.name if job.secure else None,
            password=USER.password if job.secure else None,
        )
    )
    assert refused == {}
    assert "kept" in answer


def run(*arguments: str, stdin: str = os.devnull) -> None:
    """Run a client that is a program; it must end well.  Skips, or fails, where there is none."""
    if shutil.which(arguments[0]) is None:
        do_without(f"{arguments[0]} is not installed: apt-get install {arguments[0]}")
    with Path(stdin).open("rb") as source:
        done = subprocess.run(arguments, stdin=source, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def with_swaks(job: Job) -> None:
    """The Perl client; it makes CR LF, adds dots, and always ends the last line itself."""
    security = ["--tls", "--tls-verify", "--tls-ca-path", job.server.ca_file()] if job.secure else []
    login = ["--auth", "LOGIN", "--auth-user", USER.name, "--auth-password", USER.password] if job.secure else []
    message = job.content_file(b"\n", CONTENT.removesuffix(b"\r\n"))
    where = ["--server", "localhost", "--port", job.port, "--from", SENDER, "--to", RECIPIENT]
    run("swaks", *where, *security, *login, "--data", "-", stdin=message)


def with_msmtp(job: Job) -> None:
    """The sendmail replacement."""
    where = ["--file=/dev/null", "--host=localhost", f"--port={job.port}", f"--from={SENDER}"]
    as_is = ["--set-from-header=off", "--set-date-header=off", "--set-msgid-header=off"]
    secure = [
        "--tls=on",
        "--tls-starttls=on",
        f"--tls-trust-file={job.server.ca_file()}",
        "--auth=cram-md5",
        f"--user={USER.name}",
        f"--passwordeval=echo '{USER.password}'",
    ]
    message = job.content_file(b"\n")
    run("msmtp", *where, *as_is, *(secure if job.secure else []), RECIPIENT, stdin=message)


def with_curl(job: Job) -> None:
    """The client that speaks everything; it sends a file as it is."""
    secure = ["--ssl-reqd", "--cacert", job.server.ca_file(), "--user", f"{USER.name}:{USER.password}"]
    mechanism = ["--login-options", "AUTH=PLAIN"] if job.secure else []
    where = [f"smtp://localhost:{job.port}/client.example.org", "--mail-from", SENDER, "--mail-rcpt", RECIPIENT]
    message = job.content_file(b"\r\n")
    run("curl", "-sS", *where, *(secure if job.secure else []), *mechanism, "--upload-file", message)


CLIENTS: dict[str, Callable[[Job], None]] = {
    "smtplib": with_smtplib,
    "aiosmtplib": with_aiosmtplib,
    "swaks": with_swaks,
    "msmtp": with_msmtp,
    "curl": with_curl,
}


@pytest.fixture
def server() -> Iterator[PracticeServer]:
    """Run a practice server for one test."""
    with PracticeServer() as server:
        yield server


def only_message(server: PracticeServer) -> DeliveredMessage:
    """Give the only message that the recipient got."""
    (message,) = server.mailboxes.mailbox(RECIPIENT).messages
    return message


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "STARTTLS and AUTH"])
@pytest.mark.parametrize("client", CLIENTS)
def test_delivery(server: PracticeServer, tmp_path: Path, client: str, secure: bool) -> None:
    """Each client delivers, in clear and inside TLS with a login; content and envelope arrive as sent."""
    CLIENTS[client](Job(server, tmp_path, secure))
    message = only_message(server)
    assert message.content == CONTENT
    assert (message.reverse_path, message.forward_path) == (SENDER, RECIPIENT)
    assert (message.tls, message.user) == (secure, USER.name if secure else "")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("initial", [False, True], ids=["asked for it", "with the command"])
def test_each_mechanism_with_smtplib(server: PracticeServer, mechanism: str, initial: bool) -> None:
    """A login succeeds by each mechanism, with an initial response where the mechanism allows one."""
    with smtplib.SMTP(server.host, server.port) as client:
        client.ehlo()
        client.user, client.password = USERS[1].name, USERS[1].password
        method = getattr(client, f"auth_{mechanism.lower().replace('-', '_')}")
        code, _ = client.auth(mechanism, method, initial_response_ok=initial)
        assert code == 235


def test_wrong_password_with_smtplib(server: PracticeServer) -> None:
    """A wrong password is refused with 535 by every mechanism smtplib tries."""
    with (
        smtplib.SMTP(server.host, server.port) as client,
        pytest.raises(smtplib.SMTPAuthenticationError) as refused,
    ):
        client.login("student", "wrong")
    assert refused.value.smtp_code == 535


def test_utf8_addresses_with_smtplib(server: PracticeServer) -> None:
    """A message reaches a mailbox beyond ASCII with SMTPUTF8."""
    with smtplib.SMTP(server.host, server.port) as client:
        client.ehlo()
        client.sendmail(
            "анна@example.org", ["учитель@example.test"], CONTENT, mail_options=["SMTPUTF8", "BODY=8BITMIME"]
        )
    (message,) = server.mailboxes.mailbox("учитель").messages
    assert (message.reverse_path, message.content) == ("анна@example.org", CONTENT)


def test_refusals_with_smtplib(server: PracticeServer) -> None:
    """The recipients refused are those that should be, and the rest get the message."""
    paths = [f"{name}@example.test" for name in ("student", "nobody", "full", "moved", "graduate")]
    with smtplib.SMTP(server.host, server.port) as client:
        refused = client.sendmail(SENDER, [*paths, "x@example.org"], CONTENT)
    assert {path: code for path, (code, _) in refused.items()} == {
        "nobody@example.test": 550,
        "full@example.test": 452,
        "moved@example.test": 551,
        "x@example.org": 550,
    }
    assert only_message(server).content == CONTENT
