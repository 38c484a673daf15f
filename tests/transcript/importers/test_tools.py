"""Real tools talk to a real server; what they print is imported and, where they show enough, said again."""

from __future__ import annotations

import base64
import logging
import shutil
import smtplib
import ssl
import subprocess
from collections.abc import Iterator

import pytest

from smtpshell.errors import ExitStatus
from smtpshell.practice import USERS, PracticeServer
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.model import EventLine, Line, Transcript
from smtpshell.transcript.replay import replay
from smtpshell.transcript.scripted_server import ScriptedServer
from smtpshell.transcript.syntax import parse, write
from tests.servers.aiosmtpd_server import AiosmtpdServer

USER = USERS[0]
CREDENTIALS = Credentials(user=USER.name, password=USER.password)
MESSAGE = b'Subject: hi\r\n\r\n.dot\r\n250 it\'s "no" reply\r\n'
ENVELOPE = ("anna@example.org", "student@example.test", "nobody@example.test")
SECRETS = (USER.password, base64.b64encode(USER.password.encode()).decode())


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server."""
    with PracticeServer() as server:
        yield server


def printed(*command: str, octets: bytes = b"") -> bytes:
    """Run a program that may fail and give all it prints; skip where it is not installed."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    both = subprocess.run(command, input=octets, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=30)
    return both.stdout


def imported(log: bytes) -> Transcript:
    """Import a log of one connection; it reads back, and holds no credential."""
    (made,) = import_log(log, "log")
    text = write(made)
    assert parse(text) == made
    assert [secret for secret in SECRETS if secret in text] == []
    return made


def lines(transcript: Transcript, side: str = "C") -> list[str]:
    """List one side's lines."""
    return [entry.text for entry in transcript.entries if isinstance(entry, Line) and entry.side == side]


def assert_replays(transcript: Transcript, server: PracticeServer, **values: str) -> None:
    """Say it again to the server: every reply has the code that the log shows."""
    result = replay(transcript, lambda: Session.connect(server.url), credentials=CREDENTIALS, values=values)
    assert [str(mismatch) for mismatch in result.mismatches] == []
    assert result.exit_status is ExitStatus.EXPECTED


SWAKS = {
    "plain": [],
    "TLS and LOGIN": ["--tls", "--auth", "LOGIN", "-au", USER.name, "-ap", USER.password],
    "PLAIN, decoded": ["--auth", "PLAIN", "-au", USER.name, "-ap", USER.password, "--auth-plaintext"],
    "pipelined": ["--pipeline"],
    "without its own remarks": ["--hide-informational"],
    "a refused login": ["--auth", "LOGIN", "-au", USER.name, "-ap", USER.password + "x", "-tls"],
}


@pytest.mark.parametrize("case", SWAKS)
def test_swaks(practice: PracticeServer, case: str) -> None:
    """All that swaks says is there, content included."""
    log = printed(
        *("swaks", "--server", f"{practice.host}:{practice.port}", "--helo", "client.example.test"),
        *("--from", ENVELOPE[0], "--to", ",".join(ENVELOPE[1:]), "--data", MESSAGE.decode()),
        *SWAKS[case],
    )
    made = imported(log)
    if case == "a refused login":
        assert lines(made, "S")[-2].startswith("535")
        return
    assert {"..dot", '250 it\'s "no" reply', "RCPT TO:<nobody@example.test>"} <= set(lines(made))
    assert_replays(made, practice)


@pytest.mark.parametrize("when", ["before connecting", "after connecting", "with times"])
@pytest.mark.parametrize("tls", [False, True], ids=["in the clear", "with STARTTLS"])
def test_smtplib(practice: PracticeServer, capfd: pytest.CaptureFixture[str], when: str, tls: bool) -> None:
    """Python's smtplib: every octet, whichever debug level, and whenever it was set."""
    client = smtplib.SMTP(local_hostname="client.example.test", timeout=10)
    client._host = "localhost"  # type: ignore[attr-defined]  # what its constructor does with a host
    client.set_debuglevel(0 if when == "after connecting" else 2 if when == "with times" else 1)
    with client:
        client.connect(practice.host, practice.port)
        client.set_debuglevel(2 if when == "with times" else 1)
        if tls:
            client.starttls(context=ssl.create_default_context(cafile=practice.ca_file()))
        client.login(USER.name, USER.password, initial_response_ok=when == "with times")
        assert client.sendmail(ENVELOPE[0], ENVELOPE[1:], MESSAGE).keys() == {"nobody@example.test"}
    made = imported(capfd.readouterr().err.encode())
    assert {"..dot", '250 it\'s "no" reply'} <= set(lines(made))
    assert (EventLine("tls") in made.entries) is tls
    assert_replays(made, practice)


@pytest.mark.parametrize(
    "options", [[], ["--ssl-reqd", "-k"], ["--user", f"{USER.name}:{USER.password}"]], ids=str
)
@pytest.mark.parametrize("silent", [["-s"], []], ids=["silent", "with a progress meter"])
def test_curl(practice: PracticeServer, options: list[str], silent: list[str]) -> None:
    """The content that curl -v never shows is a value, given at replay."""
    made = imported(curled(practice, "-v", *silent, *options))
    assert "${content}" in lines(made)
    assert_replays(made, practice, content="Subject: hi")


@pytest.mark.parametrize(
    "options", [[], ["--ssl-reqd", "-k"], ["--user", f"{USER.name}:{USER.password}"]], ids=str
)
def test_curl_trace(practice: PracticeServer, options: list[str]) -> None:
    """Lines that curl --trace-ascii cuts at 64 octets are whole again, and the content is there."""
    made = imported(curled(practice, "-s", "--trace-ascii", "-", *options))
    sent = lines(made)
    assert sent[sent.index("Subject: hi") :][:5] == ["Subject: hi", "", "..dot", "x" * 150, "."]
    assert_replays(made, practice)


def curled(server: PracticeServer | ScriptedServer, *options: str) -> bytes:
    """Send a message by curl and give what it prints."""
    return printed(
        *("curl", "--url", f"smtp://{server.host}:{server.port}/client.example.test", "-T", "-"),
        *("--mail-from", ENVELOPE[0], "--mail-rcpt", ENVELOPE[1], *options),
        octets=b"Subject: hi\r\n\r\n.dot\r\n" + b"x" * 150 + b"\r\n",
    )


@pytest.mark.parametrize("tls", ["on", "off"])
def test_msmtp(practice: PracticeServer, tls: str) -> None:
    """The settings that msmtp prints hold a command with the password, which does not survive."""
    log = printed(
        *("msmtp", "--debug", f"--host={practice.host}", f"--port={practice.port}", f"--from={ENVELOPE[0]}"),
        *(f"--tls={tls}", "--tls-certcheck=off", "--auth=plain", f"--user={USER.name}"),
        *(f"--passwordeval=echo {USER.password}", "--domain=client.example.test", ENVELOPE[1]),
        octets=MESSAGE.replace(b"\r\n", b"\n"),
    )
    made = imported(log)
    assert "..dot" in lines(made)
    assert_replays(made, practice)


def test_openssl(practice: PracticeServer) -> None:
    """From openssl s_client behind a pipe comes the server's side alone, session tickets left out."""
    log = printed(
        *(
            "openssl",
            "s_client",
            "-starttls",
            "smtp",
            "-connect",
            f"{practice.host}:{practice.port}",
            "-crlf",
            "-ign_eof",
        ),
        octets=b"EHLO client.example.test\nMAIL FROM:<anna@example.org>\nQUIT\n",
    )
    made = imported(log)
    assert lines(made) == []
    assert [line[:4] for line in lines(made, "S")][-3:] == ["250 ", "250 ", "221 "]
    (tls,) = [entry for entry in made.entries if isinstance(entry, EventLine) and entry.name == "tls"]
    assert tls.argument.startswith("TLSv1.3 ")


def test_aiosmtpd(aiosmtpd_server: AiosmtpdServer, caplog: pytest.LogCaptureFixture) -> None:
    """Two clients at once in aiosmtpd's own log are told apart by their ports."""
    caplog.set_level(logging.DEBUG, "mail.log")
    with smtplib.SMTP("127.0.0.1", aiosmtpd_server.port, "one.example.test") as one:
        with smtplib.SMTP("127.0.0.1", aiosmtpd_server.port, "two.example.test") as two:
            two.sendmail(ENVELOPE[0], ENVELOPE[1], MESSAGE)
        one.ehlo()
    logged = "".join(f"{record.name} {record.levelname} {record.getMessage()}\n" for record in caplog.records)
    first, second = import_log(logged.encode())
    assert lines(first) == ["ehlo one.example.test", "QUIT"]
    assert lines(second)[-6:] == ["Subject: hi", "", "..dot", '250 it\'s "no" reply', ".", "QUIT"]
    assert [parse(write(made)) for made in (first, second)] == [first, second]
