"""TLS over real sockets: implicit and by STARTTLS, verified and not, with certificates right and wrong."""

from __future__ import annotations

import contextlib
import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smtpshell.errors import ConnectionLost, ExitStatus, TimedOut, TlsError
from smtpshell.protocol.events import Closed, Event, TlsStarted
from smtpshell.protocol.states import State
from smtpshell.session.session import Session
from smtpshell.session.timeouts import Timeouts
from smtpshell.session.tls import TlsSettings
from tests.session.scripted import Peer, Script, served

YEAR = datetime.timedelta(days=365)


@dataclass(frozen=True)
class Authority:
    """An authority, and its certificate as a file to trust."""

    ca: trustme.CA
    file: str

    def context(self, *names: str, not_before: datetime.datetime | None = None, days: int = 30) -> ssl.SSLContext:
        """Give a server's context with a certificate for these names."""
        not_after = (not_before or datetime.datetime.now(datetime.UTC)) + datetime.timedelta(days=days)
        certificate = self.ca.issue_cert(*names, not_before=not_before, not_after=not_after)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Make an authority."""
    ca = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    ca.cert_pem.write_to_path(str(file))
    return Authority(ca, str(file))


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """Make a server's context whose certificate nobody but itself has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self made")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - YEAR)
        .not_valid_after(now + YEAR)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("self") / "pair.pem"
    unprotected = serialization.NoEncryption()
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unprotected)
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def inside(context: ssl.SSLContext) -> Script:
    """Shake hands first, then greet and take leave."""

    def script(peer: Peer) -> None:
        peer.start_tls(context)
        peer.say("220 mx\r\n")
        peer.answer("221 bye")

    return script


def refused(context: ssl.SSLContext) -> Script:
    """Try to shake hands with a client that will not."""

    def script(peer: Peer) -> None:
        with contextlib.suppress(ssl.SSLError, ConnectionError):
            peer.start_tls(context)
            peer.line()

    return script


def opened(where: str, settings: TlsSettings, scheme: str = "smtps") -> Session:
    """Open a session with a short limit."""
    return Session.connect(f"{scheme}://{where}", tls=settings, timeouts=Timeouts(5.0))


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("names", [["127.0.0.1"], ["other.test", "127.0.0.1"]])
def test_a_valid_certificate(authority: Authority, names: list[str], verify: bool) -> None:
    """A certificate for the address, by a trusted authority, is verified, asked for or not."""
    with served(inside(authority.context(*names))) as where:
        session = opened(where, TlsSettings(ca_file=authority.file, verify=verify))
        report = session.tls_report
        assert report is not None
        assert report.verified
        assert report.problem == ""
        assert report.description.startswith("TLSv1.3 ")
        assert report.description.endswith(" verified=yes")
        assert report.names == tuple(names)
        assert "certificate valid for 127.0.0.1" in report.summary()
        assert session.connection.facts.tls
        assert session.wait_for_replies() is not None
        assert session.quit().code == 221
        session.close()


@pytest.mark.parametrize("pattern", ["mail.example.test", "*.example.test"])
def test_a_certificate_for_the_name_that_is_asked_for(authority: Authority, pattern: str) -> None:
    """The name to look for may be given; a star stands for one label."""
    with served(inside(authority.context(pattern))) as where:
        settings = TlsSettings(ca_file=authority.file, server_name="mail.example.test")
        with opened(where, settings) as session:
            assert session.tls_report is not None
            assert session.tls_report.verified, session.tls_report.problem
            assert session.quit().code == 221


def test_a_certificate_for_another_name(authority: Authority) -> None:
    """Without verify the session goes on, and the report says for whom the certificate is."""
    with served(inside(authority.context("other.test"))) as where:
        session = opened(where, TlsSettings(ca_file=authority.file))
        report = session.tls_report
        assert report is not None
        assert not report.verified
        assert report.problem == "the certificate is for other.test, not for 127.0.0.1"
        assert "NOT VERIFIED: " + report.problem in report.summary()
        assert report.description.endswith(" verified=no")
        assert session.quit().code == 221
        session.close()


def test_an_expired_certificate(authority: Authority) -> None:
    """A certificate out of its time is said to be, with the date."""
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    context = authority.context("127.0.0.1", not_before=start)
    with served(inside(context)) as where, opened(where, TlsSettings(ca_file=authority.file)) as session:
        assert session.tls_report is not None
        assert session.tls_report.problem == "the certificate expired on 2020-01-31"
        assert "valid from 2020-01-01 to 2020-01-31" in session.tls_report.summary()
        session.quit()


def test_a_certificate_of_the_future(authority: Authority) -> None:
    """A certificate that is not valid yet is said to be, with the date."""
    start = datetime.datetime.now(datetime.UTC) + YEAR
    context = authority.context("127.0.0.1", not_before=start)
    with served(inside(context)) as where, opened(where, TlsSettings(ca_file=authority.file)) as session:
        assert session.tls_report is not None
        assert session.tls_report.problem == f"the certificate is not valid before {start:%Y-%m-%d}"
        session.quit()


def test_a_self_signed_certificate(authority: Authority, self_signed: ssl.SSLContext) -> None:
    """A certificate that only signs itself proves nothing, and that is said."""
    with served(inside(self_signed)) as where:
        settings = TlsSettings(ca_file=authority.file, server_name="localhost")
        with opened(where, settings) as session:
            assert session.tls_report is not None
            assert session.tls_report.problem == "the certificate is self-signed and not among the trusted ones"
            assert session.tls_report.subject == session.tls_report.issuer == "CN=self made"
            session.quit()


def test_a_certificate_by_an_unknown_authority(authority: Authority) -> None:
    """An authority that is not trusted here is named."""
    stranger = Authority(trustme.CA(organization_name="Strangers"), "")
    with served(inside(stranger.context("127.0.0.1"))) as where:
        for_us = TlsSettings(ca_file=authority.file)
        with opened(where, for_us) as session:
            assert session.tls_report is not None
            assert session.tls_report.problem.startswith("no trusted authority stands behind it (issuer ")
            assert "Strangers" in session.tls_report.problem
            session.quit()


WRONG = [
    ("other.test", None, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ("127.0.0.1", datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC), "certificate has expired"),
]


@pytest.mark.parametrize(("name", "start", "reason"), WRONG)
def test_verify_refuses(authority: Authority, name: str, start: datetime.datetime | None, reason: str) -> None:
    """With verify a wrong certificate ends it, exit 4, in one line that says why and what to do."""
    with served(refused(authority.context(name, not_before=start))) as where:
        with pytest.raises(TlsError) as caught:
            opened(where, TlsSettings(ca_file=authority.file, verify=True))
        assert caught.value.exit_status is ExitStatus.TLS
        assert str(caught.value).startswith(f"TLS handshake with {where}: {reason}")
        assert "without --verify" in str(caught.value)
        assert "\n" not in str(caught.value)


def test_verify_refuses_self_signed(self_signed: ssl.SSLContext, authority: Authority) -> None:
    """With verify a certificate that signs itself ends it."""
    settings = TlsSettings(ca_file=authority.file, verify=True, server_name="localhost")
    with served(refused(self_signed)) as where, pytest.raises(TlsError, match="self-signed certificate"):
        opened(where, settings)


def test_verify_needs_a_name(authority: Authority, tmp_path: Path) -> None:
    """Where there is no name to look for, or one that cannot be one, verify says so instead of guessing."""
    with served(refused(authority.context("localhost"))) as where:
        settings = TlsSettings(ca_file=authority.file, verify=True, server_name=".bad")
        with pytest.raises(TlsError, match=r"'\.bad' is no name to look for in a certificate; name the server"):
            opened(where, settings)


@pytest.mark.parametrize("text", [None, "no certificate at all\n"])
def test_authorities_that_cannot_be_read(tmp_path: Path, text: str | None) -> None:
    """A file that is missing, or is no certificate, is named before anything is said to the server."""
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with (
        served(lambda peer: None) as where,
        pytest.raises(TlsError, match=r"cannot read the authorities in .*ca\.pem"),
    ):
        opened(where, TlsSettings(ca_file=str(file)))


def test_a_plain_server_where_tls_was_expected() -> None:
    """A server that greets in the clear on a TLS port gives one clear line."""

    def greet(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        with contextlib.suppress(ConnectionError):
            peer.line()

    with served(greet) as where:
        with pytest.raises(TlsError) as caught:
            opened(where, TlsSettings())
        expected = "wrong version number; the server does not speak TLS here; use smtp:// and STARTTLS"
        assert str(caught.value) == f"TLS handshake with {where}: {expected}"


def test_a_server_that_hangs_up_in_the_handshake() -> None:
    """A server that goes away instead of shaking hands is a TlsError or a lost connection, never a traceback."""
    with (
        served(lambda peer: None) as where,
        pytest.raises((TlsError, ConnectionLost), match=r"^TLS handshake with "),
    ):
        opened(where, TlsSettings())


def test_a_silent_server_in_the_handshake() -> None:
    """A server that says nothing ends the handshake in time."""

    def say_nothing(peer: Peer) -> None:
        peer.wait_for_close()

    with served(say_nothing) as where, pytest.raises(TimedOut):
        Session.connect(f"smtps://{where}", timeouts=Timeouts(0.1))


def starttls(context: ssl.SSLContext, injected: str = "") -> Script:
    """Offer STARTTLS, say what may be injected behind the 220, and go on inside TLS."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("250-mx\r\n250 STARTTLS")
        peer.line()
        peer.say("220 go\r\n" + injected)
        peer.start_tls(context)
        peer.answer("250-mx\r\n250 AUTH PLAIN", "221 bye")

    return script


def test_starttls(authority: Authority) -> None:
    """STARTTLS shakes hands, forgets what was offered, and goes on inside TLS."""
    seen: list[Event] = []
    script, settings = starttls(authority.context("127.0.0.1")), TlsSettings(ca_file=authority.file)
    with served(script) as where, opened(where, settings, "smtp") as session:
        session.observers.append(lambda event, seconds: seen.append(event))
        session.ehlo("client")
        assert session.starttls().code == 220
        assert session.tls_report is not None
        assert session.tls_report.verified
        assert session.connection.state is State.GREETED
        assert session.connection.facts.capabilities is None
        session.ehlo("client")
        assert session.connection.facts.offers("AUTH")
        session.quit()
    assert [event.description for event in seen if isinstance(event, TlsStarted)] == [
        session.tls_report.description
    ]
    assert isinstance(seen[-1], Closed)


def test_starttls_refused(authority: Authority) -> None:
    """Where STARTTLS is refused there is no handshake, and the session goes on in the clear."""

    def script(peer: Peer) -> None:
        peer.say("220 mx\r\n")
        peer.answer("454 not now", "250 ok")

    with served(script) as where, opened(where, TlsSettings(), "smtp") as session:
        assert session.starttls().code == 454
        assert session.tls_report is None
        assert session.noop().code == 250


def test_poll_never_blocks_inside_tls(authority: Authority) -> None:
    """Polling gives what is there, all that TLS holds back included, and otherwise nothing, at once."""
    long_reply = "".join(f"250-{number:05} {'x' * 60}\r\n" for number in range(1000)) + "250 end\r\n"

    def script(peer: Peer) -> None:
        peer.start_tls(authority.context("127.0.0.1"))
        peer.line()
        peer.say("220 mx\r\n" + long_reply)
        peer.line()
        peer.say("421 bye\r\n")

    with served(script) as where, opened(where, TlsSettings()) as session:
        assert session.poll() == []
        session.send_octets(b"NOOP\r\n")
        assert session.wait_for_replies() is not None
        session.send_octets(b"NOOP\r\n")
        assert session.wait_for_replies() is not None
        while not session.closed:
            session.receive()
        assert session.poll() == []


def test_the_end_without_a_goodbye_inside_tls(authority: Authority) -> None:
    """A server that hangs up inside TLS without close_notify has closed, and is no traceback."""

    def script(peer: Peer) -> None:
        peer.start_tls(authority.context("127.0.0.1"))
        peer.say("220 mx\r\n")
        peer.line()

    with served(script) as where, opened(where, TlsSettings()) as session:
        session.wait_for_replies()
        with pytest.raises(ConnectionLost):
            session.noop()
        assert session.closed
