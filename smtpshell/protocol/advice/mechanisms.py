"""SASL mechanisms: what each is, what usually goes wrong, what to try; also those that we do not speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from smtpshell.protocol.advice import Advice

__all__ = ["MECHANISM_ADVICE", "MechanismAdvice"]


@dataclass(frozen=True, slots=True)
class MechanismAdvice(Advice):
    """Advice about a mechanism, and what it is."""

    meaning: str = ""


_SCRAM: Final = "proves the password without sending it, and the server proves that it knows it too"
_BOUND: Final = "a certificate without a hash to bind to, or a proxy that ends TLS"

_ROWS: Final[Mapping[str, MechanismAdvice]] = {
    "PLAIN": MechanismAdvice(
        "a name with or without its domain; NUL octets forgotten in base64 made by hand",
        "inside TLS: AUTH PLAIN, then type name and password; base64 of NUL name NUL password",
        "RFC 4616",
        "name and password in one message, for use inside TLS",
    ),
    "LOGIN": MechanismAdvice(
        "an initial response where the server speaks first; accounts that need an app password",
        "PLAIN where it is offered: it is the standard",
        "draft-murchison-sasl-login",
        "name and password, each asked for; never standardised, and everywhere",
    ),
    "CRAM-MD5": MechanismAdvice(
        "a server that keeps only hashes of passwords cannot check it",
        "PLAIN inside TLS",
        "RFC 2195",
        "a keyed MD5 of a challenge; the password does not go over the wire, and the server must keep it readable",
    ),
    "DIGEST-MD5": MechanismAdvice(
        "a realm that does not fit, quoting that differs",
        "SCRAM, or PLAIN inside TLS",
        "RFC 2831, historic by RFC 6331",
        "a challenge and response with MD5, given up as too complicated",
    ),
    "SCRAM-SHA-1": MechanismAdvice(
        "an account made before the server had it", "log in once by PLAIN inside TLS", "RFC 5802", _SCRAM
    ),
    "SCRAM-SHA-256": MechanismAdvice(
        "an account made before the server had it", "log in once by PLAIN inside TLS", "RFC 7677", _SCRAM
    ),
    "SCRAM-SHA-1-PLUS": MechanismAdvice(
        _BOUND, "the same without -PLUS", "RFC 5802 6", f"{_SCRAM}; bound to the TLS channel"
    ),
    "SCRAM-SHA-256-PLUS": MechanismAdvice(
        _BOUND, "the same without -PLUS", "RFC 7677", f"{_SCRAM}; bound to the TLS channel"
    ),
    "OAUTHBEARER": MechanismAdvice(
        "a token that has expired, or was given for another scope; the 334 after it says why, in JSON",
        "fetch a fresh token; SMTPSHELL_TOKEN, then /auth OAUTHBEARER",
        "RFC 7628",
        "an OAuth 2.0 token instead of a password",
    ),
    "XOAUTH2": MechanismAdvice(
        "a token that has expired, or without the scope for SMTP; the 334 after it says why, in JSON",
        "fetch a fresh token; SMTPSHELL_TOKEN, then /auth XOAUTH2",
        "Google XOAUTH2",
        "an OAuth 2.0 token instead of a password, as Google and Microsoft had it first",
    ),
    "EXTERNAL": MechanismAdvice(
        "no client certificate was shown, or one that the server cannot match to an account",
        "/set tls-cert FILE before /starttls",
        "RFC 4422 A",
        "who you are is proved elsewhere, by a client certificate",
    ),
    "ANONYMOUS": MechanismAdvice(
        "a server that offers it for testing only", "any trace will do", "RFC 4505", "a login of nobody"
    ),
    # Those that we do not speak.
    "GSSAPI": MechanismAdvice(
        "no Kerberos ticket, or a host name that the ticket is not for",
        "not spoken here; swaks and msmtp speak it",
        "RFC 4752",
        "Kerberos",
    ),
    "GSS-SPNEGO": MechanismAdvice(
        "no Kerberos ticket", "not spoken here", "Microsoft MS-SPNG", "Kerberos or NTLM, negotiated"
    ),
    "NTLM": MechanismAdvice(
        "a domain that does not fit; turned off in newer Windows",
        "not spoken here; swaks speaks it",
        "Microsoft MS-SMTPNTLM",
        "Windows' challenge and response",
    ),
    "SCRAM-SHA-512": MechanismAdvice(
        "few clients have it", "not spoken here; SCRAM-SHA-256 beside it is", "registry of SASL mechanisms", _SCRAM
    ),
    "OTP": MechanismAdvice(
        "a list of passwords that is used up", "not spoken here", "RFC 2444", "a password for each login"
    ),
}

MECHANISM_ADVICE: Final[Mapping[str, MechanismAdvice]] = _ROWS
"""Mechanism -> what it is, what usually goes wrong, what to try."""
