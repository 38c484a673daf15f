"""From a bug report to its reproduction: a client's own log, imported and served back, shows the fault again."""

from __future__ import annotations

import contextlib
import io
import smtplib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smtpshell.practice import PracticeServer
from smtpshell.practice.contexts import ServerTls
from smtpshell.protocol.sasl import Credentials
from smtpshell.session.session import Session
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.model import Line
from smtpshell.transcript.replay import replay
from smtpshell.transcript.scripted_server import ScriptedServer
from smtpshell.transcript.syntax import parse, read, write

MESSAGE = "Subject: does not arrive\r\n\r\nhello\r\n.\r\n"


def with_smtplib(host: str, port: int, rcpt: str, folder: Path) -> tuple[str, str]:
    """Send with Python's client; give its log and what it came to."""
    log, outcome = io.StringIO(), "delivered"
    with contextlib.redirect_stderr(log), smtplib.SMTP(timeout=10) as client:
        client.set_debuglevel(1)
        client.connect(host, port)
        try:
            client.sendmail("anna@example.org", [rcpt], MESSAGE)
        except smtplib.SMTPException as error:
            outcome = repr(error)
    return log.getvalue(), outcome


def with_curl(host: str, port: int, rcpt: str, folder: Path) -> tuple[str, str]:
    """Send with curl; give its log and what it came to."""
    folder.joinpath("message").write_text(MESSAGE)
    command = ["curl", "-sSv", "--max-time", "10", "--url", f"smtp://{host}:{port}", "--upload-file", "message"]
    command += ["--mail-from", "anna@example.org", "--mail-rcpt", rcpt]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    failure = [line for line in done.stderr.splitlines() if line.startswith("curl: ")]
    return done.stderr, f"{done.returncode} {failure}"


CLIENTS = {"smtplib": with_smtplib, "curl": with_curl}


@pytest.mark.parametrize("rcpt", ["nobody@example.test", "picky@example.test", "full@example.test"])
@pytest.mark.parametrize("client", CLIENTS)
def test_what_failed_fails_again(client: str, rcpt: str, tmp_path: Path) -> None:
    """The client's log becomes a transcript; its server, played to the same client, makes it fail likewise."""
    send: Callable[[str, int, str, Path], tuple[str, str]] = CLIENTS[client]
    with PracticeServer() as practice:
        log, outcome = send(practice.host, practice.port, rcpt, tmp_path)
    (imported,) = import_log(log.encode(), f"{client}.log")
    transcript = parse(write(imported), "imported.smtp")
    with ScriptedServer(transcript) as server:
        _, again = send(server.host, server.port, rcpt, tmp_path)
    assert again == outcome
    assert outcome not in ("delivered", "0 []")
    assert list(map(str, server.deviations)) == []


SAMPLES = Path(__file__).parents[2] / "transcripts"
PHPMAILER = Path(__file__).parent / "importers" / "samples" / "phpmailer.log"


@pytest.fixture(scope="module")
def tls() -> ServerTls:
    """Make one certificate for all."""
    return ServerTls()


def test_phpmailer(tls: ServerTls) -> None:
    """What PHPMailer printed is served to a client that says the same."""
    (transcript,) = import_log(PHPMAILER.read_bytes(), "phpmailer.log")
    with ScriptedServer(transcript, tls_context_factory=tls.context) as server:
        credentials = Credentials(user="u", password="planted-secret")
        result = replay(transcript, lambda: Session.connect(server.url), credentials=credentials)
    assert list(map(str, result.mismatches)) == []
    assert list(map(str, server.deviations)) == []


def servable() -> list[Path]:
    """List the samples without a pattern on the server's side."""
    found = sorted(SAMPLES.glob("*.smtp"))
    exact = [
        all(line.is_exact for line in read(path).entries if isinstance(line, Line) and line.side == "S")
        for path in found
    ]
    return [path for path, is_exact in zip(found, exact, strict=True) if is_exact]


@pytest.mark.parametrize("sample", servable(), ids=lambda path: path.stem)
def test_samples_are_served_to_the_octet(sample: Path, tls: ServerTls) -> None:
    """Each sample, played and replayed against itself, is the same on both sides, octet for octet."""
    transcript = read(sample)
    credentials = Credentials(user="u", password="planted-secret", token="planted-secret")
    with ScriptedServer(transcript, match="exact", tls_context_factory=tls.context) as server:
        result = replay(transcript, lambda: Session.connect(server.url), match="exact", credentials=credentials)
    assert list(map(str, result.mismatches)) == []
    assert list(map(str, server.deviations)) == []
    assert "planted-secret" not in "".join(map(str, server.verdicts))
