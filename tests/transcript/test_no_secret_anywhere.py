"""No secret of any kind in anything that is written or shown: screen, JSON, recording, proxy, import, exports."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from smtpshell.cli import main
from smtpshell.report import html_report
from smtpshell.session.session import Session
from smtpshell.transcript.exporters import EXPORTERS
from smtpshell.transcript.exporters.redacting import redacted
from smtpshell.transcript.importers import import_log
from smtpshell.transcript.scripted_server import ScriptedServer
from smtpshell.transcript.syntax import parse, read, write
from tests.transcript.proxied import proxying


def b64(text: str) -> str:
    """Write text in base64."""
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True, slots=True)
class Case:
    """What is typed (answers in base64), what the server says to it, and the words nobody may see again."""

    typed: tuple[str, ...]
    replies: tuple[str, ...]
    planted: tuple[str, ...]


PASSWORD, TOKEN, COOKIE, PROOF = "planted-Pass1", "ya29.planted", "planted-Cookie", "cGxhbnRlZC1Qcm9vZg=="
DIGEST = "0123456789abcdef0123456789abcdef"
SCRAM_FIRST, SCRAM_FINAL = b64("n,,n=user,r=nonce"), b64(f"c=biws,r=nonceserver,p={PROOF}")
CASES = {
    "plain": Case(
        (f"AUTH PLAIN {b64(chr(0) + 'user' + chr(0) + PASSWORD)}",),
        (f"535 5.7.8 {PASSWORD} is no password",),
        (PASSWORD, b64(PASSWORD), b64(f"\0user\0{PASSWORD}")),
    ),
    "login": Case(
        ("AUTH LOGIN", b64("user"), b64(PASSWORD)),
        (f"334 {b64('Username:')}", f"334 {b64('Password:')}", f"535 5.7.8 no: {b64(PASSWORD)}"),
        (PASSWORD, b64(PASSWORD)),
    ),
    "scram": Case(
        (f"AUTH SCRAM-SHA-256 {SCRAM_FIRST}", SCRAM_FINAL),
        (f"334 {b64('r=nonceserver,s=c2FsdA==,i=4096')}", f"535 5.7.8 wrong proof {PROOF}, it was {SCRAM_FINAL}"),
        (PROOF, SCRAM_FINAL),
    ),
    "cram-md5": Case(
        ("AUTH CRAM-MD5", b64(f"user {DIGEST}")),
        (f"334 {b64('<1@mx>')}", f"535 5.7.8 {DIGEST} is wrong"),
        (DIGEST, b64(f"user {DIGEST}")),
    ),
    "digest-md5": Case(
        ("AUTH DIGEST-MD5", b64(f'username="user",response={DIGEST},qop=auth')),
        (f"334 {b64('realm=mx,nonce=n')}", f"535 5.7.8 {DIGEST} is wrong"),
        (DIGEST,),
    ),
    "bearer": Case(
        (f"AUTH XOAUTH2 {b64(f'user=user{chr(1)}auth=Bearer {TOKEN}{chr(1)}{chr(1)}')}", ""),
        (f"334 {b64('status 400')}", f"535 5.7.8 {TOKEN} has expired"),
        (TOKEN, b64(TOKEN)),
    ),
    "cookie": Case(
        (f"XCLIENT NAME=client.example.test SESSION={COOKIE} ADDR=192.0.2.1 FORWARD={b64(COOKIE)}",),
        (f"550 5.7.1 the session {COOKIE} is unknown",),
        (COOKIE, b64(COOKIE)),
    ),
}


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    """One kind of secret after the other."""
    return CASES[request.param]


@pytest.fixture
def server(case: Case) -> Iterator[str]:
    """Serve what answers it, whatever the client says; give the URL."""
    said = "".join(f"C: {line}\nS: {reply}\n" for line, reply in zip(case.typed, case.replies, strict=True))
    text = (
        f"smtp-transcript: 1\n\nS: 220 mx\nC: EHLO me\nS: 250-mx\nS: 250 AUTH PLAIN\n{said}C: QUIT\nS: 221 bye\n"
    )
    with ScriptedServer(parse(text)) as scripted:
        yield scripted.url


def lines(case: Case) -> list[str]:
    """Give the arguments that type it."""
    typed = ("/set auth raw", "EHLO me", *case.typed, "/findings", "QUIT")
    return [word for line in typed for word in ("-c", line)]


def test_recorded_shown_and_exported(
    case: Case, server: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Typed at a server: neither the screen, nor the recording, nor anything made of that shows a planted word."""
    recording = tmp_path / "kept.smtp"
    assert main([server, "--record", str(recording), *lines(case)]) in (0, 1)
    transcript = read(recording)
    shown = [*capfd.readouterr(), recording.read_text(), html_report(transcript)]
    shown += [exporter.export(redacted(transcript)) for exporter in EXPORTERS.values()]
    assert "535" in shown[0] or "550" in shown[0]
    assert "${auth}" in recording.read_text()
    for word in case.planted:
        assert [text for text in shown if word in text] == []


def test_json(case: Case, server: str, capfd: pytest.CaptureFixture[str]) -> None:
    """JSON Lines have none either."""
    assert main([server, "--json", *lines(case)]) in (0, 1)
    shown = "".join(capfd.readouterr())
    assert '"code": 5' in shown
    assert [word for word in case.planted if word in shown] == []


def test_proxied(case: Case, server: str, tmp_path: Path) -> None:
    """Between a client and a server nothing is kept of it."""
    with proxying(server, tmp_path) as running:
        with Session.connect(f"{running.host}:{running.port}") as session:
            for line in ("EHLO me", *case.typed, "QUIT"):
                session.wait_for_replies()
                session.send_octets(f"{line}\r\n".encode())
            session.wait_for_replies()
        proxied, transcript = running.ended()
    shown = write(transcript) + str(proxied)
    assert "${auth}" in shown
    assert [word for word in case.planted if word in shown] == []


def test_imported(case: Case) -> None:
    """A log that shows it all becomes a transcript that does not."""
    said = "".join(f"C: {line}\nS: {reply}\n" for line, reply in zip(case.typed, case.replies, strict=True))
    log = f"S: 220 mx\nC: EHLO me\nS: 250-mx\nS: 250 AUTH PLAIN\n{said}C: QUIT\nS: 221 bye\n"
    (transcript,) = import_log(log.encode(), kind="dialogue")
    assert "${auth}" in write(transcript)
    assert [word for word in case.planted if word in write(transcript)] == []
