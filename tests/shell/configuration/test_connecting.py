"""Where connections lead, what they begin with, what TLS proved; logging in where that matters."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpshell.errors import UsageError
from smtpshell.practice import PracticeServer
from smtpshell.practice.certificate import make_certificate
from smtpshell.session.proxy_protocol import ProxiedConnection, version_1, version_2
from smtpshell.shell.configuration.connecting import proxy_header, source
from smtpshell.shell.configuration.settings import Settings
from tests.servers.real_servers import RealServer, wait_for_message
from tests.session.dns_responder import answered
from tests.session.scripted import Peer, served
from tests.shell.support import Shell

PROXIED = ProxiedConnection(source="192.0.2.1", source_port=4000, destination="192.0.2.2", destination_port=25)


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("", b""),
        ("v1 unknown", version_1(None)),
        ("v2 unknown", version_2(None)),
        ("V2 LOCAL", version_2(None, local=True)),
        ("v1 192.0.2.1:4000 192.0.2.2:25", version_1(PROXIED)),
        ("v2 192.0.2.1:4000 192.0.2.2:25", version_2(PROXIED)),
        ("v1 ::1 [::2]:25", b"PROXY TCP6 ::1 ::2 0 25\r\n"),
    ],
)
def test_proxy_headers(text: str, octets: bytes) -> None:
    """A header is written as version, source, destination."""
    assert proxy_header(text) == octets


@pytest.mark.parametrize("text", ["v1", "v3 a b", "v1 a b", "v1 127.0.0.1 ::1", "v1 [::1 ::2", "v1 local"])
def test_no_proxy_headers(text: str) -> None:
    """What makes none is refused."""
    with pytest.raises(UsageError):
        proxy_header(text)


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("127.0.0.1", ("127.0.0.1", 0)),
        ("127.0.0.1:25", ("127.0.0.1", 25)),
        ("::1", ("::1", 0)),
        ("[::1]:25", ("::1", 25)),
        ("[::1]", ("::1", 0)),
    ],
)
def test_source(text: str, pair: tuple[str, int]) -> None:
    """An address may have a port behind it."""
    assert source(text) == pair


@pytest.fixture
def practice() -> Iterator[PracticeServer]:
    """Run a practice server that begins with TLS."""
    with PracticeServer(implicit_tls=True) as server:
        yield server


def test_resumed(practice: PracticeServer) -> None:
    """A second connection resumes the first one's TLS session, and says so."""
    shell = Shell()
    said = shell.say(f"/connect {practice.url}", "/close")
    assert "resumed" not in said
    said = shell.say(f"/connect {practice.url}", "/certificate")
    assert "  resumed: the server did not send its certificates again\n" in said
    assert ", a resumed session\n" in said
    shell.close()


def test_certificate(practice: PracticeServer) -> None:
    """/certificate shows the chain: names, dates, key, fingerprint, and in a sentence what it proves."""
    shell = Shell()
    assert "there is no connection" in shell.say("/certificate")
    said = shell.say(f"/connect {practice.url} --verify --ca-file {practice.ca_file()}", "/certificate")
    assert "certificate valid for 127.0.0.1\n" in said
    for part in (
        "TLSv1.3 ",
        "certificate 1 of ",
        "  subject CN=",
        "  names ",
        "  valid from ",
        "  key ",
        "  SHA-256 ",
    ):
        assert part in said
    shell.close()


def test_no_certificate(shell: Shell) -> None:
    """Without TLS there is none."""
    assert "there is no TLS; /starttls begins it" in shell.say("/certificate")


def test_tls_limits(practice: PracticeServer) -> None:
    """The limits given to /connect hold, and stay."""
    shell = Shell()
    said = shell.say(f"/connect {practice.url} --tls-max 1.2 --tls-ciphers ECDHE+AESGCM")
    assert "-- tls TLSv1.2 ECDHE-" in said
    assert shell.say("/set tls-max").split()[:2] == ["tls-max", "TLSv1.2"]
    assert "-- tls TLSv1.3 " in shell.say(f"/connect {practice.url} --tls-max 1.3")
    assert shell.say("/set tls-max").split()[:2] == ["tls-max", "TLSv1.3"]
    assert "cannot use the client certificate gone.pem" in shell.say(
        "/drop", f"/connect {practice.url} --tls-cert gone.pem"
    )
    shell.close()


def test_exchangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """mx: says which of the exchangers took the connection."""

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.wait_for_close()

    zone = {
        "example.test MX": ("10 gone.test.", "20 here.test."),
        "here.test A": ("127.0.0.1",),
        "gone.test TXT": ('"no address"',),
    }
    with answered(zone) as nameserver, served(serve) as where:
        monkeypatch.setenv("SMTPSHELL_NAMESERVER", nameserver)
        shell = Shell()
        shell.open(f"mx:example.test:{where.rpartition(':')[2]}")
        shell.wait()
        assert shell.text.startswith("here.test takes mail for example.test\n-- connected to here.test:")
        shell.close()


def test_channel_binding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where SCRAM with channel binding is offered it is bound to the server's certificate (RFC 5929 4)."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", "x")
    made = make_certificate()
    (tmp_path / "chain.pem").write_bytes(made.chain_pem)
    (tmp_path / "key.pem").write_bytes(made.key_pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "chain.pem", tmp_path / "key.pem")
    heard: list[bytes] = []

    def serve(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250-mx\r\n250 STARTTLS", "220 go")
        peer.start_tls(context)
        peer.answer("250-mx\r\n250 AUTH SCRAM-SHA-256 SCRAM-SHA-256-PLUS")
        heard.append(peer.line())
        peer.say("535 no\r\n")
        peer.wait_for_close()

    with served(serve) as where:
        shell = Shell()
        shell.open(where)
        assert "there is none it could bind to; /starttls first" in shell.say("/auth SCRAM-SHA-256-PLUS me")
        assert "535 no" in shell.say("/starttls", "/auth student")
        shell.close()
    _, mechanism, initial = heard[0].split()
    assert mechanism == b"SCRAM-SHA-256-PLUS"
    assert base64.b64decode(initial).startswith(b"p=tls-server-end-point,,n=student,r=")


# ---------------------------------------------------------------- real servers


@pytest.fixture
def logged() -> Iterator[Shell]:
    """Give a shell that echoes, for real servers."""
    shell = Shell(Settings(timeout=20.0, echo=True))
    yield shell
    shell.close()


def test_proxied_through_postfix(postfix: RealServer, logged: Shell) -> None:
    """Postfix takes the header, and writes the proxied client into the message."""
    logged.say(f'/connect 127.0.0.1:{postfix.proxied_port} --proxy-header "v2 192.0.2.77:4000 127.0.0.1:25"')
    said = logged.say(
        f"/send --from {postfix.user} --to {postfix.valid_recipient} --subject 'from far away' --pipeline"
    )
    assert "accepted for 1 of 1" in said
    assert b"192.0.2.77" in wait_for_message(postfix.mailbox_dir, b"from far away")


@pytest.mark.parametrize("options", ["--pipeline", "--chunk 1k", "--chunk 1k --pipeline", "--exact"])
def test_real_servers_take_what_is_sent(
    postfix: RealServer, exim: RealServer, logged: Shell, tmp_path: Path, options: str
) -> None:
    """Postfix and Exim deliver a file as it was, however it went, and one recipient of two is told."""
    for server in (postfix, exim):
        mark = f"file {options} {server.name}".encode()
        (tmp_path / "m").write_bytes(
            b"Subject: %s\r\n\r\n.\r\n..x\r\n%s\r\n" % (mark, b"y" * 900) + b"z\r\n" * 900
        )
        logged.open(f"127.0.0.1:{server.smtp_port}")
        said = logged.say(
            f"/send {tmp_path / 'm'} --from {server.user} --to {server.valid_recipient} "
            f"--to nobody@example.test {options}"
        )
        assert "accepted for 1 of 2" in said
        assert "<nobody@example.test> 550" in said
        kept = wait_for_message(server.mailbox_dir, mark).replace(b"\r\n", b"\n")
        assert b"\n\n.\n..x\n" in kept
        logged.say("/close")


def test_lmtp_of_dovecot(dovecot: RealServer, logged: Shell) -> None:
    """Dovecot's LMTP answers for each recipient."""
    logged.open(f"lmtp+unix://{dovecot.lmtp_socket}")
    said = logged.say(
        f"/send --from a@example.test --to {dovecot.valid_recipient} --to nobody@example.test --subject lmtp"
    )
    assert "accepted for 1 of 2" in said


STRONGEST = {"postfix": "SCRAM-SHA-256", "exim": "CRAM-MD5", "dovecot": "SCRAM-SHA-256"}
"""Server -> the strongest that it offers inside TLS, as tests/servers/ sets it up."""


def test_strongest_mechanisms(real_server: RealServer, logged: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """/auth uses the strongest each server offers inside TLS; its only word is the user."""
    monkeypatch.setenv("SMTPSHELL_PASSWORD", real_server.password)
    logged.open(f"127.0.0.1:{real_server.submission_port}")
    said = logged.say("/starttls", f"/auth {real_server.user}")
    assert "S: 235 " in said
    assert f"C: AUTH {STRONGEST[real_server.name]} " in said.replace("\n", " ")


def test_token(dovecot: RealServer, logged: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """XOAUTH2 and OAUTHBEARER take the token of the environment."""
    monkeypatch.setenv("SMTPSHELL_TOKEN", dovecot.oauth_token)
    for mechanism in ("XOAUTH2", "OAUTHBEARER"):
        logged.open(f"127.0.0.1:{dovecot.submission_port}")
        assert "S: 235 " in logged.say("/starttls", f"/auth {mechanism} {dovecot.user}")
        logged.say("/close")
