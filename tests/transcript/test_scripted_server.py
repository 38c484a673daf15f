"""Transcripts served on a port, to clients nobody here wrote: the recorded fault appears again."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import ExitStatus, UsageError
from smtpshell.practice.contexts import ServerTls
from smtpshell.session.session import Session
from smtpshell.transcript.recorder import Recorder
from smtpshell.transcript.replay import replay
from smtpshell.transcript.scripted_server import ScriptedServer, Verdict
from smtpshell.transcript.syntax import parse, read

HELLO = "S: 220 mx.example.test\nC: EHLO me\nS: 250 mx.example.test\n"
MAIL = "C: MAIL FROM:<a@example.test>\nS: 250 2.1.0 Ok\nC: RCPT TO:<b@example.test>\nS: 250 2.1.5 Ok\n"
DATA = "C: DATA\nS: 354 go\nC: Subject: hi\nC: .\n"
MESSAGE = "Subject: another\r\n\r\n.\r\n"


@pytest.fixture(scope="module")
def tls() -> ServerTls:
    """Make one certificate for all."""
    return ServerTls()


def served(text: str, **options: object) -> ScriptedServer:
    """Make a server of a transcript's body."""
    return ScriptedServer(parse(f"smtp-transcript: 1\n\n{text}", "bug.smtp"), **options)  # type: ignore[arg-type]


def delivered(server: ScriptedServer) -> None:
    """Send a message with Python's own client."""
    with smtplib.SMTP(server.host, server.port, timeout=10) as client:
        client.sendmail("a@example.test", ["b@example.test"], MESSAGE)


def verdicts(server: ScriptedServer) -> list[str]:
    """Give each verdict, without the port the client had."""
    return [str(verdict).replace(verdict.peer, "?") for verdict in server.verdicts]


# what a client must live through again: the rest of the conversation, what smtplib raises then
FAULTS = {
    "a refused recipient": (
        MAIL.replace("250 2.1.5 Ok", "550 5.1.1 No such mailbox") + "C: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
        smtplib.SMTPRecipientsRefused,
        "No such mailbox",
    ),
    "a refused content": (
        MAIL + DATA + "S: 554 5.7.1 Smells of spam\nC: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye\n",
        smtplib.SMTPDataError,
        "Smells of spam",
    ),
    "a server that leaves": (
        MAIL + "C: DATA\n-- closed by server\n",
        smtplib.SMTPServerDisconnected,
        "Connection unexpectedly closed",
    ),
    "a server that resets": (
        MAIL + "C: DATA\n-- reset by server\n",
        smtplib.SMTPServerDisconnected,
        "Connection reset by peer",
    ),
    "a reply cut short": (
        MAIL + "C: DATA\nS= 354\n-- closed by server\n",
        smtplib.SMTPException,
        "354|unexpectedly closed",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_appears_again_in_smtplib(name: str) -> None:
    """Python's client fails as it did when the transcript was made, and did nothing else."""
    body, error, message = FAULTS[name]
    with served(HELLO + body) as server, pytest.raises(error, match=message):
        delivered(server)
    assert verdicts(server)[0].endswith("said, all as recorded")


@pytest.mark.parametrize("name", FAULTS)
def test_the_fault_appears_again_in_curl(name: str, tmp_path: Path) -> None:
    """So does curl."""
    tmp_path.joinpath("message").write_text(MESSAGE)
    # curl says QUIT at once, and has parameters and a name of its own.
    body = FAULTS[name][0].replace("C: RSET\nS: 250 ok\n", "")
    with served(HELLO + body) as server:
        command = ["curl", "-sS", "--max-time", "10", "--url", server.url, "--mail-from", "a@example.test"]
        done = subprocess.run(
            [*command, "--mail-rcpt", "b@example.test", "--upload-file", "message"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert done.returncode in (55, 56, 8), done.stderr  # send error, receive error, weird reply
    assert verdicts(server)[0].endswith("said, all as recorded"), done.stderr


def test_a_message_goes_through_octet_by_octet() -> None:
    """A reply that is cut into octets, and one that is late, are read like any other."""
    body = MAIL + DATA + "-- pause 0.01\n-- cut\nS: 250 2.0.0 kept\nC: QUIT\n-- cut\nS: 221 bye\n"
    with served(HELLO + body) as server:
        delivered(server)
    assert verdicts(server) == ["connection 1 from ?: 6 said, all as recorded"]


def test_several_clients_at_once() -> None:
    """Each plays the transcript from its start, and gets a verdict of its own."""
    told: list[Verdict] = []
    body = MAIL + DATA + "S: 250 kept\nC: QUIT\nS: 221 bye\n"
    with served(HELLO + body, on_verdict=told.append) as server:
        clients = [threading.Thread(target=delivered, args=[server]) for _ in range(8)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
    assert sorted(verdict.number for verdict in told) == list(range(1, 9))
    assert server.deviations == []


def test_connections_are_played_in_turn() -> None:
    """A transcript of two connections, refused and then accepted, is served as such."""
    again = HELLO + MAIL.replace("250 2.1.5 Ok", "451 4.7.1 Later") + "C: RSET\nS: 250 ok\nC: QUIT\nS: 221 bye\n"
    then = HELLO + MAIL + DATA + "S: 250 kept\nC: QUIT\nS: 221 bye\n"
    with served(f"-- connected to a:25\n{again}-- connected to a:25\n{then}") as server:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            delivered(server)
        delivered(server)
    assert server.deviations == []


SECURE = """\
S: 220 mx
C: EHLO me
S: 250-mx
S: 250 STARTTLS
C: STARTTLS
S: 220 go
-- tls TLSv1.3
C: EHLO me
S: 250-mx
S: 250 AUTH PLAIN
C: AUTH PLAIN ${auth}
S: 535 5.7.8 No
C: QUIT
S: 221 bye
"""


def test_starttls(tls: ServerTls) -> None:
    """A client that verifies goes on inside TLS, and its password is nowhere to be seen."""
    trusted = ssl.create_default_context(cadata=tls.ca_pem.decode())
    with (
        served(SECURE, tls_context_factory=tls.context) as server,
        smtplib.SMTP("localhost", server.port, timeout=10) as client,
    ):
        client.starttls(context=trusted)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("user", "planted-secret")
    assert verdicts(server) == ["connection 1 from ?: 5 said, all as recorded"]


def test_implicit_tls(tls: ServerTls) -> None:
    """TLS from the first octet, asked for or recorded."""
    trusted = ssl.create_default_context(cadata=tls.ca_pem.decode())
    body = HELLO + "C: QUIT\nS: 221 bye\n"
    asked = served(body, tls="implicit", tls_context_factory=tls.context)
    recorded = served(f"-- tls TLSv1.3\n{body}", tls_context_factory=tls.context)
    for server in (asked, recorded):
        with server, smtplib.SMTP_SSL("localhost", server.port, context=trusted, timeout=10) as client:
            client.ehlo()
        assert server.url.startswith("smtps://")
        assert server.deviations == []
    with served(f"-- tls TLSv1.3\n{body}", tls="no") as server:
        assert server.url.startswith("smtp://")
        with smtplib.SMTP("localhost", server.port, timeout=10) as client:
            client.ehlo()
    assert server.deviations == []


def test_a_handshake_that_fails_is_a_problem(tls: ServerTls) -> None:
    """A client that does not trust the certificate is told of, not waited for."""
    with served(HELLO, tls="implicit", tls_context_factory=tls.context) as server:
        with (
            pytest.raises(ssl.SSLError),
            smtplib.SMTP_SSL("localhost", server.port, context=ssl.create_default_context()),
        ):
            pass
        assert server.wait(10)
    (verdict,) = server.verdicts
    assert verdict.exit_status is ExitStatus.NEGATIVE
    assert verdict.problem.startswith("TLS handshake")


def test_tls_wants_a_certificate_and_consent() -> None:
    """What cannot be done is said before anybody connects."""
    with pytest.raises(UsageError, match="TLS needs a certificate"):
        served(SECURE)
    with pytest.raises(UsageError, match="TLS begins in this transcript"):
        served(SECURE, tls="no")


def test_lmtp() -> None:
    """An LMTP transcript has an LMTP address."""
    body = HELLO.replace("EHLO", "LHLO") + "C: QUIT\nS: 221 bye\n"
    with served(body) as server:
        assert server.url.startswith("lmtp://")
        with smtplib.LMTP(server.host, server.port) as client:
            client.ehlo()
    assert server.deviations == []


def test_a_client_left_open_is_ended() -> None:
    """close() does not wait long for a client that says nothing, and says what it did not say."""
    server = served(HELLO).start()
    with socket.create_connection((server.host, server.port)) as client:
        assert client.recv(100) == b"220 mx.example.test\r\n"
        server.close()
    assert verdicts(server)[0].split("\n") == [
        "connection 1 from ?: 0 said, 1 deviation",
        "bug.smtp:4: the client left early",
        "  expected C: EHLO me",
        "  got      (the server was stopped)",
    ]


@pytest.fixture
def recorders() -> Iterator[list[Recorder]]:
    """Close what recordings a test has opened."""
    opened: list[Recorder] = []
    yield opened
    for recorder in opened:
        recorder.close()


def test_a_recording_of_what_is_served_serves_the_same(tmp_path: Path, recorders: list[Recorder]) -> None:
    """Served, replayed and recorded, a transcript's server says the same octets."""
    text = HELLO + MAIL + DATA + "S: 250-kept\nS: 250 as 4711\nC: QUIT\nS: 221 bye\n-- closed by server\n"

    def connect() -> Session:
        recorders.append(Recorder(tmp_path / f"{len(recorders)}.smtp"))
        return Session.connect(server.url, observers=[recorders[-1]])

    with served(text, match="exact") as server:
        assert replay(parse(f"smtp-transcript: 1\n\n{text}"), connect, match="exact").mismatches == ()
    assert server.deviations == []
    with ScriptedServer(read(recorders[0].path), match="exact") as server:
        assert replay(parse(f"smtp-transcript: 1\n\n{text}"), connect, match="exact").mismatches == ()
    assert server.deviations == []
