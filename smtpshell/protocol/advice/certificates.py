"""Why a certificate proves nothing: what usually causes it, and what to try.

The words are ours where the shell looked itself, and OpenSSL's where it refused (--verify).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["CERTIFICATE_PROBLEMS", "CertificateProblem", "certificate_problem"]


@dataclass(frozen=True, slots=True)
class CertificateProblem(Advice):
    """One problem: the ``pattern`` that its words match, in any case, and what it means."""

    name: str = ""
    pattern: str = ""
    meaning: str = ""


CERTIFICATE_PROBLEMS: Final = (
    CertificateProblem(
        "a renewal that failed, or one whose certificate the server has not loaded yet; a clock that is wrong",
        "/certificate shows the dates; have the server renew and reload; check the clock here",
        "RFC 5280 4.1.2.5",
        "expired",
        r"certificate (?:has )?expired",
        "its time is over",
    ),
    CertificateProblem(
        "a certificate made for later, or a clock here that is behind",
        "check the clock here; /certificate shows the dates",
        "RFC 5280 4.1.2.5",
        "not yet valid",
        r"not yet valid|not valid before",
        "its time has not begun",
    ),
    CertificateProblem(
        "a name that the certificate was not made for: an address, an alias, the domain instead of the mail host",
        "connect by one of the names it has, or ask for it with --tls-name; /certificate lists them",
        "RFC 9525 6",
        "wrong name",
        r"certificate is for .*not for|hostname mismatch|ip address mismatch|not valid for",
        "it belongs to another name",
    ),
    CertificateProblem(
        "a server that was set up with a certificate of its own, as installers make",
        "compare the fingerprint by another way, then trust it with --ca-file; or get one from an authority",
        "RFC 5280 6",
        "self-signed",
        r"self[- ]signed certificate(?! in)|certificate is self-signed",
        "nobody but itself vouches for it",
    ),
    CertificateProblem(
        "a chain that ends in an authority this machine does not trust: a company's own, or one that inspects TLS",
        "give that authority's certificate with --ca-file, if you trust it",
        "RFC 5280 6",
        "untrusted authority",
        r"self[- ]signed certificate in|no trusted authority|untrusted|unknown ca",
        "whoever signed it is not trusted here",
    ),
    CertificateProblem(
        "a server that sends its own certificate and not the intermediate one",
        "have the server send the whole chain (fullchain.pem); browsers hide this fault, mail servers do not",
        "RFC 8446 4.4.2",
        "incomplete chain",
        r"unable to (?:get (?:local )?issuer|verify the first)",
        "a link between it and the authority is missing",
    ),
    CertificateProblem(
        "a chain that was withdrawn by its authority",
        "have the server get another one",
        "RFC 5280 5",
        "revoked",
        r"revoked",
        "its authority has taken it back",
    ),
    CertificateProblem(
        "an old certificate: SHA-1, MD5, or a short key",
        "have the server get another; OpenSSL's SECLEVEL decides",
        "OpenSSL: SSL_CTX_set_security_level",
        "too weak",
        r"(?:md|key) too (?:weak|small)",
        "its signature or key is too weak",
    ),
    CertificateProblem(
        "a certificate of version 1 or without subjectAltName; a test certificate",
        "make one with subjectAltName",
        "RFC 9525 6",
        "no name in it",
        r"for no name|no name that a certificate can prove",
        "no name can be compared",
    ),
    CertificateProblem(
        "a container or a small system without the package of authorities",
        "install ca-certificates, or give --ca-file",
        "",
        "no authorities",
        r"no authorities are known",
        "nothing on this machine says whom to trust",
    ),
    CertificateProblem(
        "an anonymous cipher, or a resumed session whose certificate was not kept",
        "connect anew",
        "RFC 8446 4.4.2",
        "no certificate",
        r"showed no certificate",
        "there was none to look at",
    ),
    CertificateProblem(
        "a damaged or very odd certificate",
        "openssl x509 may say more",
        "RFC 5280 4",
        "unreadable",
        r"certificate cannot be read",
        "it cannot be read",
    ),
)
"""The problems, the more particular ones first."""


def certificate_problem(words: str) -> CertificateProblem | None:
    """Give what is known about the words of a problem, or its name; None for others."""
    for problem in CERTIFICATE_PROBLEMS:
        if words.lower() == problem.name or re.search(problem.pattern, words, re.IGNORECASE):
            return problem
    return None
