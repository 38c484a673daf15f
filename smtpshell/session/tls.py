"""The client's TLS: the handshake, and an honest report of what it proved.

Verification is separate from encryption on purpose.  A debugger must be able to talk to a server whose
certificate is wrong, but may never leave that unsaid: without ``verify`` the handshake goes on whatever the
certificate is, and the report says what is wrong with it.  With ``verify`` OpenSSL itself refuses.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smtpshell.errors import ConnectionLost, TlsError
from smtpshell.session.transport import mapped_errors

if TYPE_CHECKING:
    import socket

    from cryptography.x509 import Certificate

__all__ = ["NOT_READY", "TlsReport", "TlsSettings", "client_handshake", "mapped_tls_errors"]

NOT_READY: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
"""Raised by a socket inside TLS that has nothing to give yet."""

_GONE: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError)


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSettings:
    """How to do TLS.  ``ca_file`` is a PEM file trusted instead of the system's authorities.

    ``server_name`` replaces the name that is asked for (SNI) and looked for in the certificate.
    """

    verify: bool = False
    ca_file: str | None = None
    server_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReport:
    """What a handshake agreed on and what the peer's certificate says.

    ``problem`` is "" where the certificate is valid for ``server_name``, else one clause saying why not.
    ``fingerprint`` is SHA-256 in hexadecimal; ``chain`` are the certificates as DER, the peer's own first.
    """

    version: str
    cipher: str
    server_name: str
    problem: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    not_before: datetime.datetime | None = None
    not_after: datetime.datetime | None = None
    fingerprint: str = ""
    chain: tuple[bytes, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether the certificate is valid, trusted, and for the name that was asked for."""
        return not self.problem

    @property
    def description(self) -> str:
        """One line: version, cipher, whether the certificate was verified."""
        return f"{self.version} {self.cipher} verified={'yes' if self.verified else 'no'}"

    def summary(self) -> list[str]:
        """Give the lines a person wants to see after a handshake."""
        verdict = f"certificate valid for {self.server_name}" if self.verified else f"NOT VERIFIED: {self.problem}"
        lines = [f"{self.version} {self.cipher}", verdict, f"subject {self.subject}", f"issuer {self.issuer}"]
        if self.names:
            lines.append("names " + ", ".join(self.names))
        if self.not_before and self.not_after:
            lines.append(f"valid from {self.not_before:%Y-%m-%d} to {self.not_after:%Y-%m-%d}")
        lines.append(f"SHA-256 {self.fingerprint}")
        return lines


# OpenSSL's reason -> what to try; the reason itself is shown as well.
_HINTS: Final = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS here; use smtp:// and STARTTLS",
    "UNSUPPORTED_PROTOCOL": "the server speaks only TLS versions that are too old",
    "TLSV1_ALERT_PROTOCOL_VERSION": "the server refuses these TLS versions",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "no version or cipher in common, or a client certificate is wanted",
    "CERTIFICATE_VERIFY_FAILED": "name the right authority with --ca-file, or go on without --verify",
    "UNEXPECTED_EOF_WHILE_READING": "the server hung up instead of a handshake; its log may say why",
}


@contextmanager
def mapped_tls_errors(what: str, *, handshake: bool = False) -> Iterator[None]:
    """Turn ssl.SSLError raised inside into TlsError, and every other OSError as mapped_errors() does.

    A peer that goes away is no TlsError, except where the handshake is all there is to say about it.
    """
    with mapped_errors(what):
        try:
            yield
        except ssl.SSLError as error:
            if isinstance(error, NOT_READY):
                raise
            if isinstance(error, _GONE) and not handshake:
                raise ConnectionLost(
                    f"{what}: the peer has closed", hint="the server's log may say why"
                ) from error
            reason = getattr(error, "verify_message", "") or (error.reason or str(error)).replace("_", " ").lower()
            hint = _HINTS.get(error.reason or "", "try openssl s_client for the whole handshake")
            raise TlsError(f"{what}: {reason}", hint=hint) from error


def client_handshake(
    connected: socket.socket, settings: TlsSettings, server_name: str, peer: str
) -> tuple[socket.socket, TlsReport]:
    """Do the handshake on a connected socket; give the socket to use from now on, and the report.

    Raises TlsError, TimedOut, ConnectionLost.
    """
    name = settings.server_name or server_name
    with mapped_tls_errors(f"TLS handshake with {peer}", handshake=True):
        try:
            context = ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(
                f"cannot read the authorities in {settings.ca_file}: {error}", hint="give a PEM file"
            ) from error
        if not settings.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            # A debugger meets old servers: what is encrypted badly is said, not refused.
            context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            wrapped = context.wrap_socket(connected, server_hostname=name or None)
        except ValueError as error:  # no name to verify, or one that cannot be one
            raise TlsError(
                f"TLS handshake with {peer}: {name!r} is no name to look for in a certificate",
                hint="name the server with --tls-name",
            ) from error
    chain = _peer_chain(wrapped)
    return wrapped, _report(wrapped, chain, name, context)


def _peer_chain(wrapped: ssl.SSLSocket) -> tuple[bytes, ...]:
    """Give the certificates the server sent, as DER; its own alone where Python cannot say more.

    Public from Python 3.13 on; before that the same call is there under a private name.
    """
    if hasattr(wrapped, "get_unverified_chain"):
        return tuple(wrapped.get_unverified_chain())
    private = getattr(getattr(wrapped, "_sslobj", None), "get_unverified_chain", None)
    if private is not None:
        der = 2  # _ssl.ENCODING_DER
        return tuple(bytes(certificate.public_bytes(der)) for certificate in private() or ())
    own = wrapped.getpeercert(binary_form=True)
    return (own,) if own else ()


def _report(wrapped: ssl.SSLSocket, chain: tuple[bytes, ...], name: str, context: ssl.SSLContext) -> TlsReport:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    version, cipher = wrapped.version() or "TLS", (wrapped.cipher() or ("no cipher", "", 0))[0]
    if not chain:
        return TlsReport(
            version=version, cipher=cipher, server_name=name, problem="the server showed no certificate"
        )
    try:
        certificates = [x509.load_der_x509_certificate(der) for der in chain]
        own = certificates[0]
        names = _names(own)
        return TlsReport(
            version=version,
            cipher=cipher,
            server_name=name,
            # With verify OpenSSL has looked at all of it, or there would be no connection.
            problem="" if context.check_hostname else _problem(certificates, names, name, context),
            subject=own.subject.rfc4514_string() or "(empty)",
            issuer=own.issuer.rfc4514_string() or "(empty)",
            names=names,
            not_before=own.not_valid_before_utc,
            not_after=own.not_valid_after_utc,
            fingerprint=own.fingerprint(hashes.SHA256()).hex(),
            chain=chain,
        )
    except (ValueError, x509.InvalidVersion, x509.DuplicateExtension) as error:
        problem = f"the certificate cannot be read: {error}"
        return TlsReport(version=version, cipher=cipher, server_name=name, problem=problem, chain=chain)


def _names(certificate: Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    dns = extension.get_values_for_type(x509.DNSName)
    addresses = extension.get_values_for_type(x509.IPAddress)
    return (*dns, *map(str, addresses))


def _problem(certificates: list[Certificate], names: tuple[str, ...], name: str, context: ssl.SSLContext) -> str:
    """Say in one clause why the chain does not prove the name, or "" where it does."""
    from cryptography import x509
    from cryptography.x509 import verification

    now = datetime.datetime.now(datetime.UTC)
    own = certificates[0]
    if now > own.not_valid_after_utc:
        return f"the certificate expired on {own.not_valid_after_utc:%Y-%m-%d}"
    if now < own.not_valid_before_utc:
        return f"the certificate is not valid before {own.not_valid_before_utc:%Y-%m-%d}"
    if not _covers(names, name):
        return f"the certificate is for {', '.join(names) or 'no name'}, not for {name or 'an unnamed host'}"
    trusted = _authorities(context)
    if not trusted:
        return "no authorities are known on this machine"
    subject = x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)
    permissive = verification.ExtensionPolicy.permit_all()
    verifier = (
        verification.PolicyBuilder()
        .store(verification.Store(trusted))
        .extension_policies(ca_policy=permissive, ee_policy=permissive)
        .build_server_verifier(subject)
    )
    try:
        verifier.verify(own, certificates[1:])
    except verification.VerificationError:
        if own.issuer == own.subject:
            return "the certificate is self-signed and not among the trusted ones"
        return f"no trusted authority stands behind it (issuer {own.issuer.rfc4514_string()})"
    return ""


def _authorities(context: ssl.SSLContext) -> list[Certificate]:
    """Give the trusted authorities; some in system stores are older than the rules and cannot be read."""
    from cryptography import x509

    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for der in context.get_ca_certs(binary_form=True):
            with contextlib.suppress(ValueError):
                found.append(x509.load_der_x509_certificate(der))
    return found


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _covers(names: tuple[str, ...], wanted: str) -> bool:
    """Whether one of a certificate's names covers the wanted one; a star stands for one label (RFC 9525 6.3)."""
    wanted = wanted.lower().rstrip(".")
    _, _, parent = wanted.partition(".")
    return bool(wanted) and any(
        name.lower() == wanted or (name.startswith("*.") and parent == name[2:].lower()) for name in names
    )
