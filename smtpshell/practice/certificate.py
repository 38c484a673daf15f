"""The practice server's certificate: made by an authority of its own that nobody else trusts.

Made when it is first needed, in memory; a few milliseconds, and 0.1 s to load what makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smtpshell.practice.replies import HOST_NAME

__all__ = ["NAMES", "Certificate", "make_certificate"]

NAMES: Final = (HOST_NAME, "localhost", "127.0.0.1", "::1")
"""Whom the certificate names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """PEM octets: the server's chain, its key, and the authority to trust."""

    chain_pem: bytes
    key_pem: bytes
    ca_pem: bytes


def make_certificate(*names: str) -> Certificate:
    """Make an authority and a certificate for NAMES and these names besides."""
    import trustme

    authority = trustme.CA(organization_name="smtpshell practice")
    own = authority.issue_cert(*NAMES, *names, common_name=HOST_NAME)
    return Certificate(
        chain_pem=b"".join(blob.bytes() for blob in own.cert_chain_pems),
        key_pem=own.private_key_pem.bytes(),
        ca_pem=authority.cert_pem.bytes(),
    )
