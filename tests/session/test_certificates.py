"""Certificates read and judged: kinds of keys and signatures, names, channel bindings, what cannot be read."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.x509.oid import NameOID
from scramp.core import CBindData

from smtpshell.session.certificates import Unreadable, channel_binding, problem_of, summaries

START = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2120, 1, 1, tzinfo=datetime.UTC)


def made(key: Any, algorithm: Any, *, names: tuple[str, ...] = (), **how: Any) -> bytes:
    """Make a self-signed certificate; give it as DER."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "self made")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(END)
    )
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(list(map(x509.DNSName, names))), critical=False
        )
    return builder.sign(key, algorithm, **how).public_bytes(serialization.Encoding.DER)


def rsa_key() -> Any:
    """Make an RSA key."""
    return rsa.generate_private_key(65537, 2048)


def p384() -> Any:
    """Make a key on a curve."""
    return ec.generate_private_key(ec.SECP384R1())


PSS = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)}

KINDS: list[tuple[Callable[[], Any], Any, dict[str, Any], str, str, str]] = [
    (rsa_key, hashes.SHA256(), {}, "RSA 2048 bits", "RSA SHA-256", "sha256"),
    (rsa_key, hashes.SHA512(), {}, "RSA 2048 bits", "RSA SHA-512", "sha512"),
    (rsa_key, hashes.SHA256(), PSS, "RSA 2048 bits", "RSASSA-PSS", "sha256"),
    (p384, hashes.SHA384(), {}, "EC secp384r1 384 bits", "ECDSA SHA-384", "sha384"),
    (p384, hashes.SHA3_256(), {}, "EC secp384r1 384 bits", "2.16.840.1.101.3.4.3.10", "sha3_256"),
    (ed25519.Ed25519PrivateKey.generate, None, {}, "Ed25519", "Ed25519", ""),
    (ed448.Ed448PrivateKey.generate, None, {}, "Ed448", "Ed448", ""),
]


@pytest.mark.parametrize(("key", "algorithm", "how", "said", "signature", "binding"), KINDS)
def test_keys_and_signatures(
    key: Callable[[], Any], algorithm: Any, how: dict[str, Any], said: str, signature: str, binding: str
) -> None:
    """The key's kind and size and the signature are named; the binding hashes as the signature does, if at all."""
    der = made(key(), algorithm, **how)
    (summary,) = summaries([der])
    assert (summary.key, summary.signature) == (said, signature)
    expected = ("tls-server-end-point", hashlib.new(binding, der).digest()) if binding else None
    assert channel_binding(der) == expected


def test_bindings_against_an_oracle() -> None:
    """Computed by scramp, the binding is the same."""
    for key, algorithm, how, _, _, _ in KINDS[:4]:
        der = made(key(), algorithm, **how)
        assert channel_binding(der) == ("tls-server-end-point", bytes(CBindData.from_der(der)))


def test_a_weak_hash_is_replaced_in_the_binding() -> None:
    """A certificate signed with SHA-1 is bound by SHA-256 (RFC 5929 4.1)."""
    der = made(rsa_key(), hashes.SHA256())
    # No library signs with SHA-1 any more; the algorithm's name stands twice in a certificate.
    weak = der.replace(bytes.fromhex("06092a864886f70d01010b"), bytes.fromhex("06092a864886f70d010105"))
    assert summaries([weak])[0].signature == "RSA SHA-1"
    assert channel_binding(weak) == ("tls-server-end-point", hashlib.sha256(weak).digest())


def test_a_summary() -> None:
    """All a certificate says is there, as data, in lines, and in one line."""
    der = made(p384(), hashes.SHA256(), names=("a.test", "*.b.test"))
    (summary,) = summaries([der])
    fingerprint = hashlib.sha256(der).hexdigest()
    assert summary.lines() == [
        "subject CN=self made",
        "issuer CN=self made",
        "names a.test, *.b.test",
        "valid from 2020-01-01 to 2120-01-01",
        "key EC secp384r1 384 bits, signed with ECDSA SHA-256",
        f"SHA-256 {fingerprint}",
    ]
    assert summary.description == (
        f"CN=self made, EC secp384r1 384 bits, valid to 2120-01-01, SHA-256 {fingerprint}"
    )


@pytest.mark.parametrize(
    ("names", "wanted", "problem"),
    [
        (("a.test",), "a.test", ""),
        (("a.test",), "A.Test.", ""),
        (("*.a.test",), "x.a.test", ""),
        (("*.a.test",), "a.test", "the certificate is for *.a.test, not for a.test"),
        (("*.a.test",), "x.y.a.test", "the certificate is for *.a.test, not for x.y.a.test"),
        (("192.0.2.1", "2001:db8::1"), "2001:db8::1", ""),
        (("a.test",), "", "the certificate is for a.test, not for an unnamed host"),
    ],
)
def test_names(names: tuple[str, ...], wanted: str, problem: str) -> None:
    """A name is covered by itself, whatever its case, or by a star for its first label."""
    authority = trustme.CA()
    chain = [pem_to_der(blob.bytes()) for blob in authority.issue_cert(*names).cert_chain_pems]
    assert problem_of(chain, wanted, lambda: [pem_to_der(authority.cert_pem.bytes())]) == problem


def test_no_authorities() -> None:
    """Where nobody is trusted, that is the problem."""
    chain = [pem_to_der(trustme.CA().issue_cert("a.test").cert_chain_pems[0].bytes())]
    assert problem_of(chain, "a.test", list) == "no authorities are known on this machine"


def test_authorities_that_cannot_be_read_are_passed_over() -> None:
    """One broken authority in a store does not hide the others."""
    authority = trustme.CA()
    chain = [pem_to_der(authority.issue_cert("a.test").cert_chain_pems[0].bytes())]
    assert problem_of(chain, "a.test", lambda: [b"\x30\x00", pem_to_der(authority.cert_pem.bytes())]) == ""


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"no certificate"])
def test_what_cannot_be_read(der: bytes) -> None:
    """Octets that are no certificate are said to be none, and bind nothing."""
    with pytest.raises(Unreadable, match=r"^the certificate cannot be read: "):
        summaries([der])
    assert channel_binding(der) is None


def pem_to_der(pem: bytes) -> bytes:
    """Give the certificate as DER."""
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)
