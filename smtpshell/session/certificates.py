"""What a peer's certificates say, and whether they prove a name: reading and judging a chain.

Certificates come as DER, the peer's own first, as tls.py got them.  Whatever cannot be read becomes a clause
that says so, never an exception: a debugger must be able to talk to a server whose certificate is wrong.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import ipaddress
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["CertificateSummary", "Unreadable", "channel_binding", "problem_of", "summaries"]


class Unreadable(ValueError):
    """A certificate cannot be read; the message is a clause that says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSummary:
    """What one certificate says.

    ``key`` is the kind and size of the public key, ``signature`` the algorithm its issuer signed with,
    ``fingerprint`` SHA-256 of the whole in hexadecimal.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: datetime.datetime
    not_after: datetime.datetime
    key: str
    signature: str
    fingerprint: str

    @property
    def description(self) -> str:
        """One line: whose it is, its key, how long it holds, its fingerprint."""
        return f"{self.subject}, {self.key}, valid to {self.not_after:%Y-%m-%d}, SHA-256 {self.fingerprint}"

    def lines(self) -> list[str]:
        """Give all it says, one thing a line."""
        lines = [f"subject {self.subject}", f"issuer {self.issuer}"]
        if self.names:
            lines.append("names " + ", ".join(self.names))
        return [
            *lines,
            f"valid from {self.not_before:%Y-%m-%d} to {self.not_after:%Y-%m-%d}",
            f"key {self.key}, signed with {self.signature}",
            f"SHA-256 {self.fingerprint}",
        ]


_SIGNATURES: Final[Mapping[str, str]] = {
    "1.2.840.113549.1.1.4": "RSA MD5",  # RFC 8017 A.2.4, with the next six
    "1.2.840.113549.1.1.5": "RSA SHA-1",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    "1.2.840.113549.1.1.11": "RSA SHA-256",
    "1.2.840.113549.1.1.12": "RSA SHA-384",
    "1.2.840.113549.1.1.13": "RSA SHA-512",
    "1.2.840.113549.1.1.14": "RSA SHA-224",
    "1.2.840.10045.4.1": "ECDSA SHA-1",  # RFC 3279 2.2.3
    "1.2.840.10045.4.3.1": "ECDSA SHA-224",  # RFC 5758 3.2, with the next three
    "1.2.840.10045.4.3.2": "ECDSA SHA-256",
    "1.2.840.10045.4.3.3": "ECDSA SHA-384",
    "1.2.840.10045.4.3.4": "ECDSA SHA-512",
    "1.3.101.112": "Ed25519",  # RFC 8410 3, with the next
    "1.3.101.113": "Ed448",
    "2.16.840.1.101.3.4.3.17": "ML-DSA-44",  # RFC 9881 2, with the next two
    "2.16.840.1.101.3.4.3.18": "ML-DSA-65",
    "2.16.840.1.101.3.4.3.19": "ML-DSA-87",
}
"""Object identifier of a signature algorithm -> its name; any other is shown as its identifier."""

_WEAK: Final = frozenset({"md5", "sha1"})
"""Hashes that a channel binding replaces by SHA-256 (RFC 5929 4.1)."""


def summaries(chain: Iterable[bytes]) -> tuple[CertificateSummary, ...]:
    """Read each certificate of a chain.  Raises Unreadable."""
    return tuple(_summary(certificate) for certificate in _loaded(chain))


def problem_of(chain: Sequence[bytes], name: str, authorities: Callable[[], Iterable[bytes]]) -> str:
    """Say in one clause why the chain does not prove the name, or "" where it does.

    ``authorities`` gives the trusted ones as DER; it is asked only where all else is right.  Raises Unreadable.
    """
    certificates = _loaded(chain)
    own = certificates[0]
    names = _names(own)
    now = datetime.datetime.now(datetime.UTC)
    if now > own.not_valid_after_utc:
        return f"the certificate expired on {own.not_valid_after_utc:%Y-%m-%d}"
    if now < own.not_valid_before_utc:
        return f"the certificate is not valid before {own.not_valid_before_utc:%Y-%m-%d}"
    if not _covers(names, name):
        return f"the certificate is for {', '.join(names) or 'no name'}, not for {name or 'an unnamed host'}"
    return _path_problem(certificates, name, _readable(authorities()))


def channel_binding(der: bytes) -> tuple[str, bytes] | None:
    """Give ("tls-server-end-point", data) for a server's own certificate (RFC 5929 4.1), for SCRAM's -PLUS.

    None where that is not defined: the signature has no one hash (Ed25519), or cannot be read.
    """
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        (certificate,) = _loaded([der])
        used = certificate.signature_hash_algorithm
    except (Unreadable, UnsupportedAlgorithm):
        return None
    if used is None:
        return None
    name = "sha256" if used.name in _WEAK else used.name.replace("sha3-", "sha3_")
    return "tls-server-end-point", hashlib.new(name, der).digest()


def _loaded(chain: Iterable[bytes]) -> list[Certificate]:
    from cryptography import x509

    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except (ValueError, x509.InvalidVersion) as error:
        raise Unreadable(f"the certificate cannot be read: {error}") from error


def _summary(certificate: Certificate) -> CertificateSummary:
    from cryptography.hazmat.primitives import hashes

    oid = certificate.signature_algorithm_oid.dotted_string
    return CertificateSummary(
        subject=certificate.subject.rfc4514_string() or "(empty)",
        issuer=certificate.issuer.rfc4514_string() or "(empty)",
        names=_names(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        key=_key(certificate),
        signature=_SIGNATURES.get(oid, oid),
        fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
    )


def _key(certificate: Certificate) -> str:
    """Name the public key's kind and size in bits."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    try:
        key = certificate.public_key()
    except (UnsupportedAlgorithm, ValueError):
        return f"of an unknown kind ({certificate.public_key_algorithm_oid.dotted_string})"
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.curve.name} {key.key_size} bits"
    # The others have one size each, and it is in their name.
    return type(key).__name__.lstrip("_").removesuffix("PublicKey")


def _names(certificate: Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    except (ValueError, x509.DuplicateExtension) as error:
        raise Unreadable(f"the certificate cannot be read: {error}") from error
    dns = extension.get_values_for_type(x509.DNSName)
    addresses = extension.get_values_for_type(x509.IPAddress)
    return (*dns, *map(str, addresses))


def _path_problem(certificates: list[Certificate], name: str, trusted: list[Certificate]) -> str:
    """Say why no trusted authority stands behind the chain, or ""."""
    from cryptography import x509
    from cryptography.x509 import verification

    if not trusted:
        return "no authorities are known on this machine"
    own = certificates[0]
    name = name.rstrip(".")
    subject = x509.IPAddress(ipaddress.ip_address(name)) if _is_address(name) else x509.DNSName(name)
    # Private authorities are made in all manners: only what the verifier insists on is asked for.
    permissive, agnostic = verification.ExtensionPolicy.permit_all(), verification.Criticality.AGNOSTIC
    authority = permissive.require_present(x509.BasicConstraints, agnostic, None)
    server = permissive.require_present(x509.SubjectAlternativeName, agnostic, None)
    builder = (
        verification.PolicyBuilder()
        .store(verification.Store(trusted))
        .extension_policies(ca_policy=authority, ee_policy=server)
    )
    try:
        builder.build_server_verifier(subject).verify(own, certificates[1:])
    except ValueError:
        return f"{name} is no name that a certificate can prove"
    except verification.VerificationError:
        if own.issuer == own.subject:
            return "the certificate is self-signed and not among the trusted ones"
        return f"no trusted authority stands behind it (issuer {own.issuer.rfc4514_string()})"
    return ""


def _readable(authorities: Iterable[bytes]) -> list[Certificate]:
    """Read the trusted authorities; some in system stores are older than the rules and cannot be read."""
    found = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for der in authorities:
            with contextlib.suppress(Unreadable):
                found += _loaded([der])
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
