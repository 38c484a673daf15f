"""What TlsSettings ask for, over real sockets: versions, ciphers, names, client certificates, resumed sessions."""

from __future__ import annotations

import hashlib
import ssl
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from smtpshell.errors import ExitStatus, TlsError
from smtpshell.session.listener import Conversation, Listener
from smtpshell.session.session import Session
from smtpshell.session.timeouts import Timeouts
from smtpshell.session.tls import Resumption, TlsReport, TlsSettings
from tests.servers.real_servers import RealServer

NAME = "mail.example.test"
V = ssl.TLSVersion
Tune = Callable[[ssl.SSLContext], None]


@dataclass(frozen=True)
class Pki:
    """An authority, one below it that signs for servers, and files: what to trust, what clients show."""

    root: trustme.CA
    middle: trustme.CA
    folder: Path

    def file(self, name: str) -> str:
        """Give the path of a file.

        There are ca.pem, client.pem (certificate and key), certificate.pem, key.pem, other.pem (of a stranger)
        and locked.pem (a key with a passphrase).
        """
        return str(self.folder / name)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """Make the authorities and the files."""
    folder = tmp_path_factory.mktemp("pki")
    root = trustme.CA(organization_name="Root")
    client = root.issue_cert("client@example.test")
    root.cert_pem.write_to_path(str(folder / "ca.pem"))
    client.private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
    client.cert_chain_pems[0].write_to_path(str(folder / "certificate.pem"))
    client.private_key_pem.write_to_path(str(folder / "key.pem"))
    other = trustme.CA().issue_cert("client@example.test")
    other.private_key_and_cert_chain_pem.write_to_path(str(folder / "other.pem"))
    (folder / "locked.pem").write_text(LOCKED_KEY)
    return Pki(root, root.create_child_ca(), folder)


class Server:
    """A listener that shakes hands in a tuned context, greets, and takes leave; it keeps what it saw."""

    def __init__(self, pki: Pki, tune: Tune = lambda context: None) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pki.middle.issue_cert(NAME).configure_cert(self.context)
        pki.root.configure_trust(self.context)
        self.context.sni_callback = lambda inside, name, context: self.names.append(name)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # some tests want the old versions
            tune(self.context)
        self.names: list[str | None] = []
        self.listener = Listener(self.handle)

    def handle(self, conversation: Conversation) -> None:
        """Serve one connection."""
        conversation.start_tls(self.context)
        conversation.send(b"220 mx\r\n")
        if conversation.receive():
            conversation.send(b"221 bye\r\n")

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.close()

    def reach(self, settings: TlsSettings) -> TlsReport:
        """Connect, read the greeting, say QUIT; give the report."""
        with Session.connect(f"smtps://{self.listener.where}", tls=settings, timeouts=Timeouts(5.0)) as session:
            session.wait_for_replies()
            assert session.quit().code == 221
            assert session.tls_report is not None
            return session.tls_report

    def refuse(self, settings: TlsSettings) -> str:
        """Connect in vain; give the one line that says why, which is exit 4."""
        with pytest.raises(TlsError) as caught:
            self.reach(settings)
        assert caught.value.exit_status is ExitStatus.TLS
        assert "\n" not in str(caught.value)
        return str(caught.value)


def versions(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> Tune:
    """Limit the server's versions; the old ones want weak signatures."""

    def tune(context: ssl.SSLContext) -> None:
        context.minimum_version, context.maximum_version = lowest, highest
        if lowest < V.TLSv1_2:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")

    return tune


AGREED = [
    (None, None, V.TLSv1_2, V.TLSv1_3, "TLSv1.3"),
    (None, None, V.TLSv1_2, V.TLSv1_2, "TLSv1.2"),
    (None, "TLSv1.2", V.TLSv1_2, V.TLSv1_3, "TLSv1.2"),
    ("TLSv1.3", None, V.TLSv1_2, V.TLSv1_3, "TLSv1.3"),
    ("TLSv1.3", "TLSv1.3", V.TLSv1_2, V.TLSv1_3, "TLSv1.3"),
    (None, "TLSv1.1", V.TLSv1, V.TLSv1_3, "TLSv1.1"),
    ("TLSv1", None, V.TLSv1, V.TLSv1, "TLSv1"),
    ("TLSv1", "TLSv1.2", V.TLSv1, V.TLSv1_1, "TLSv1.1"),
]


@pytest.mark.parametrize(("lowest", "highest", "server_lowest", "server_highest", "agreed"), AGREED)
def test_versions(
    pki: Pki,
    lowest: str | None,
    highest: str | None,
    server_lowest: ssl.TLSVersion,
    server_highest: ssl.TLSVersion,
    agreed: str,
) -> None:
    """The highest version that both sides allow is spoken, one below TLS 1.2 only where it was asked for."""
    with Server(pki, versions(server_lowest, server_highest)) as server:
        report = server.reach(TlsSettings(minimum_version=lowest, maximum_version=highest))
    assert report.version == agreed


@pytest.mark.parametrize(
    ("settings", "server_version"),
    [
        (TlsSettings(minimum_version="TLSv1.3"), V.TLSv1_2),
        (TlsSettings(maximum_version="TLSv1.2"), V.TLSv1_3),
        (TlsSettings(), V.TLSv1_1),
    ],
)
def test_no_version_in_common(pki: Pki, settings: TlsSettings, server_version: ssl.TLSVersion) -> None:
    """Where no version is allowed on both sides, the server's alert is named, and what to try."""
    with Server(pki, versions(server_version, server_version)) as server:
        said = server.refuse(settings)
    assert said == (
        f"TLS handshake with {server.listener.where}: the server sent the alert protocol version (70); "
        "the server refuses these TLS versions; try others with --tls-min, --tls-max"
    )


def test_a_server_that_answers_with_an_older_version(pki: Pki) -> None:
    """A server that picks a version below the lowest allowed is said to be too old."""
    with Server(pki, versions(V.TLSv1, V.TLSv1)) as server:
        said = server.refuse(TlsSettings(minimum_version="TLSv1.1", maximum_version="TLSv1.1"))
    assert "unsupported protocol; the server speaks only TLS versions that were not asked for" in said


def ciphers(names: str) -> Tune:
    """Limit the server to TLS 1.2 and these ciphers."""

    def tune(context: ssl.SSLContext) -> None:
        context.maximum_version = V.TLSv1_2
        context.set_ciphers(names)

    return tune


def test_ciphers(pki: Pki) -> None:
    """One of the ciphers that were asked for is used."""
    wanted = "ECDHE-ECDSA-AES128-GCM-SHA256"
    with Server(pki, ciphers("DEFAULT")) as server:
        assert server.reach(TlsSettings(ciphers=wanted)).cipher == wanted


def test_no_cipher_in_common(pki: Pki) -> None:
    """Where the ciphers have nothing in common, the server's alert is named, and what it may mean."""
    with Server(pki, ciphers("ECDHE-ECDSA-AES256-GCM-SHA384")) as server:
        said = server.refuse(TlsSettings(ciphers="ECDHE-ECDSA-AES128-GCM-SHA256"))
    assert said == (
        f"TLS handshake with {server.listener.where}: the server sent the alert handshake failure (40); "
        "no version or cipher in common, or a client certificate is wanted"
    )


# A P-256 key of nobody's, encrypted with a passphrase nobody needs to know.
LOCKED_KEY = """\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiKHuh9CStN9AICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEECpv6hfgE2ClZgGepHeah+AEgZDQ
HGSf2Bux9frv8kZ9qbMjkEh86E+uxwn3cJQrAvyqnCG07bdxY7MXGt/oQzLZujgg
07bJI79JieYrHsPGbd2LSuk/6pqhGX9h4+qOCQZfDW4HmVeiUifnJpvA22KpPbG/
3vELdF788wjpXR/AfOe9kbHL/yt5djpyJdw/OF4JfDqP/YOcSC87a5SFp7RFbyM=
-----END ENCRYPTED PRIVATE KEY-----
"""

UNUSABLE: list[tuple[dict[str, str], str]] = [
    (
        {"minimum_version": "SSLv3"},
        "there is no TLS version 'SSLv3'; use one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3",
    ),
    (
        {"minimum_version": "TLSv1.3", "maximum_version": "TLSv1.2"},
        "no TLS version is from TLSv1.3 up and TLSv1.2 down; swap the two",
    ),
    ({"ciphers": "ROT13"}, "cannot use the ciphers ROT13: No cipher can be selected; "),
    (
        {"certificate_file": "missing.pem"},
        "cannot use the client certificate missing.pem: No such file or directory; ",
    ),
    ({"certificate_file": "ca.pem"}, "cannot use the client certificate ca.pem: PEM lib; give PEM files "),
    (
        {"certificate_file": "client.pem", "key_file": "other.pem"},
        "cannot use the client certificate client.pem: key values mismatch; ",
    ),
    (
        {"certificate_file": "client.pem", "key_file": "locked.pem"},
        "cannot use the client certificate client.pem: ",
    ),
]


@pytest.mark.parametrize(("settings", "message"), UNUSABLE)
def test_unusable_settings(
    pki: Pki, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], message: str
) -> None:
    """What OpenSSL cannot use is named before anything is said to the server, without asking for a passphrase."""
    monkeypatch.chdir(pki.folder)
    with Server(pki) as server:
        assert server.refuse(TlsSettings(**settings)).startswith(message)  # type: ignore[arg-type]  # all text
    assert server.names == []


@pytest.mark.parametrize(
    ("settings", "asked"),
    [
        (TlsSettings(server_name=NAME), NAME),
        (TlsSettings(server_name="Bücher.example.test."), "xn--bcher-kva.example.test"),
        (TlsSettings(), None),
    ],
)
def test_the_name_that_is_asked_for(pki: Pki, settings: TlsSettings, asked: str | None) -> None:
    """The server sees the name that was given, in A-labels, and none where only an address is known."""
    with Server(pki) as server:
        server.reach(settings)
    assert server.names == [asked]


def demanding(highest: ssl.TLSVersion) -> Tune:
    """Demand a client certificate of a trusted authority."""

    def tune(context: ssl.SSLContext) -> None:
        context.maximum_version = highest
        context.verify_mode = ssl.CERT_REQUIRED

    return tune


@pytest.mark.parametrize("highest", [V.TLSv1_2, V.TLSv1_3])
def test_a_client_certificate(pki: Pki, highest: ssl.TLSVersion) -> None:
    """A client certificate is shown where the server wants one, its key in the same file or in another."""
    with Server(pki, demanding(highest)) as server:
        server.reach(TlsSettings(certificate_file=pki.file("client.pem")))
        server.reach(TlsSettings(certificate_file=pki.file("certificate.pem"), key_file=pki.file("key.pem")))


REFUSED_NONE = "no version or cipher in common, or a client certificate is wanted"
REFUSED_OTHER = "the server does not trust who signed the client certificate"
WANTED = "the server wants a client certificate; show one with --tls-cert"


@pytest.mark.parametrize(
    ("highest", "shown", "alert", "hint"),
    [
        (V.TLSv1_2, None, "handshake failure (40)", REFUSED_NONE),
        (V.TLSv1_3, None, "certificate required (116)", WANTED),
        (V.TLSv1_2, "other.pem", "unknown ca (48)", REFUSED_OTHER),
        (V.TLSv1_3, "other.pem", "unknown ca (48)", REFUSED_OTHER),
    ],
)
def test_without_the_client_certificate_that_is_wanted(
    pki: Pki, highest: ssl.TLSVersion, shown: str | None, alert: str, hint: str
) -> None:
    """Without it, or with a stranger's, the alert says so; TLS 1.3 sends it only when the client is done."""
    with Server(pki, demanding(highest)) as server:
        settings = TlsSettings(certificate_file=pki.file(shown) if shown else None)
        assert server.refuse(settings).endswith(f": the server sent the alert {alert}; {hint}")


@pytest.mark.parametrize("verify", [True, False])
def test_the_chain(pki: Pki, verify: bool) -> None:
    """The report shows each certificate that was sent, the server's own with all its details."""
    with Server(pki) as server:
        report = server.reach(TlsSettings(ca_file=pki.file("ca.pem"), server_name=NAME, verify=verify))
    own, middle = report.certificates
    assert own.names == report.names == (NAME,)
    assert own.issuer == report.issuer == middle.subject
    assert "O=Root" in middle.issuer
    assert [certificate.fingerprint for certificate in report.certificates] == [
        hashlib.sha256(der).hexdigest() for der in report.chain
    ]
    assert report.verdict == f"certificate valid for {NAME}"
    assert report.summary() == [
        f"{report.version} {report.cipher}",
        report.verdict,
        *own.lines(),
        f"then {middle.description}",
    ]
    assert "key EC secp256r1 256 bits, signed with ECDSA SHA-256" in report.summary()


def test_the_channel_binding(pki: Pki) -> None:
    """SCRAM is bound to the server's own certificate (RFC 5929 4.1)."""
    with Server(pki) as server:
        report = server.reach(TlsSettings())
    assert report.channel_binding == ("tls-server-end-point", hashlib.sha256(report.chain[0]).digest())


@pytest.mark.parametrize("verify", [True, False])
@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_resumption(pki: Pki, version: str, verify: bool) -> None:
    """A later connection resumes the session of an earlier one, and its certificate is judged just the same."""
    settings = TlsSettings(
        ca_file=pki.file("ca.pem"),
        server_name=NAME,
        verify=verify,
        minimum_version=version,
        maximum_version=version,
        resumption=Resumption(),
    )
    with Server(pki) as server:
        reports = [server.reach(settings) for _ in range(3)]
        apart = server.reach(
            TlsSettings(server_name=NAME, maximum_version=version, resumption=settings.resumption)
        )
    assert [report.resumed for report in reports] == [False, True, True]
    assert [report.version for report in reports] == [version] * 3
    assert reports[1].summary()[0] == f"{version} {reports[1].cipher}, resumed"
    assert {report.chain for report in reports} == {reports[0].chain}
    assert [report.verdict for report in reports] == [f"certificate valid for {NAME}"] * 3
    assert not apart.resumed, "other settings prove other things, and so need a handshake of their own"


def test_a_server_that_forgets(pki: Pki) -> None:
    """A server that does not resume gets a whole handshake again."""

    def forget(context: ssl.SSLContext) -> None:
        context.options |= ssl.OP_NO_TICKET
        context.maximum_version = V.TLSv1_2

    settings = TlsSettings(resumption=Resumption())
    with Server(pki, forget) as one:
        assert not one.reach(settings).resumed
        one.context = Server(pki, forget).context
        assert not one.reach(settings).resumed


@pytest.mark.parametrize(("reply", "inside"), [("503 5.5.1 once is enough", True), ("220 again", False)])
def test_starttls_twice(pki: Pki, reply: str, inside: bool) -> None:
    """A second STARTTLS is answered by the server as it likes; TLS inside TLS alone is not possible here."""

    def talk(conversation: Conversation) -> None:
        conversation.start_tls(server.context)
        conversation.send(b"220 mx\r\n")
        while conversation.receive():
            conversation.send(reply.encode() + b"\r\n")

    with (
        Server(pki) as server,
        Listener(talk) as listener,
        Session.connect(f"smtps://{listener.where}", timeouts=Timeouts(5.0)) as session,
    ):
        session.wait_for_replies()
        if inside:
            assert str(session.starttls().code) == reply[:3]
            assert session.noop().code == 503
        else:
            with pytest.raises(TlsError, match="there is TLS already; TLS inside TLS is not possible here"):
                session.starttls()
            assert session.closed


# As their scripts set them up, which leaves resumption to each server's defaults.
RESUMES = {"postfix": True, "exim": False, "dovecot": False}


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_real_servers_resume(real_server: RealServer, version: str) -> None:
    """Each server speaks the version that was asked for, and resumes where it is set up to."""
    settings = TlsSettings(
        verify=True,
        ca_file=str(real_server.ca_file),
        server_name="localhost",
        minimum_version=version,
        maximum_version=version,
        resumption=Resumption(),
    )
    reports = []
    for _ in range(2):
        where = f"smtps://{real_server.host}:{real_server.smtps_port}"
        with Session.connect(where, tls=settings, timeouts=Timeouts(10.0)) as session:
            assert session.ehlo("client.example.test").code == 250
            session.quit()
            assert session.tls_report is not None
            reports.append(session.tls_report)
    assert [report.resumed for report in reports] == [False, RESUMES[real_server.name]]
    assert [report.version for report in reports] == [version] * 2
    assert all(report.verified for report in reports)
