"""Why a TLS handshake failed, in words: the alerts a peer can send, OpenSSL's own reasons, and what to try."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ALERTS", "REASONS", "Alert", "explained"]


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: its number on the wire, and what to try when the peer sends it."""

    number: int
    hint: str


_CERTIFICATE: Final = "the server does not like the client certificate; show another with --tls-cert, or none"
_OURS: Final = "the server could not follow the handshake; try other versions or ciphers, and read its log"
_SERVER: Final = "the fault is the server's; its log may say more"

ALERTS: Final[Mapping[str, Alert]] = {
    # RFC 8446 6 and, for those of old versions only, RFC 5246 7.2; OpenSSL's spelling of the names.
    "UNEXPECTED_MESSAGE": Alert(10, _OURS),
    "BAD_RECORD_MAC": Alert(20, _OURS),
    "DECRYPTION_FAILED": Alert(21, _OURS),
    "RECORD_OVERFLOW": Alert(22, _OURS),
    "DECOMPRESSION_FAILURE": Alert(30, _OURS),
    "HANDSHAKE_FAILURE": Alert(40, "no version or cipher in common, or a client certificate is wanted"),
    "NO_CERTIFICATE": Alert(41, "the server wants a client certificate; show one with --tls-cert"),
    "BAD_CERTIFICATE": Alert(42, _CERTIFICATE),
    "UNSUPPORTED_CERTIFICATE": Alert(43, _CERTIFICATE),
    "CERTIFICATE_REVOKED": Alert(44, _CERTIFICATE),
    "CERTIFICATE_EXPIRED": Alert(45, "the client certificate has expired, or a clock is wrong"),
    "CERTIFICATE_UNKNOWN": Alert(46, _CERTIFICATE),
    "ILLEGAL_PARAMETER": Alert(47, _OURS),
    "UNKNOWN_CA": Alert(48, "the server does not trust who signed the client certificate"),
    "ACCESS_DENIED": Alert(49, "the server knows the client certificate and refuses it"),
    "DECODE_ERROR": Alert(50, _OURS),
    "DECRYPT_ERROR": Alert(51, "the client certificate's key is not the certificate's, or the server is broken"),
    "EXPORT_RESTRICTION": Alert(60, _OURS),
    "PROTOCOL_VERSION": Alert(70, "the server refuses these TLS versions; try others with --tls-min, --tls-max"),
    "INSUFFICIENT_SECURITY": Alert(71, "the server wants stronger ciphers; leave out --tls-ciphers"),
    "INTERNAL_ERROR": Alert(80, _SERVER),
    "INAPPROPRIATE_FALLBACK": Alert(86, "the server speaks a newer version; raise --tls-max"),
    "USER_CANCELLED": Alert(90, _SERVER),
    "NO_RENEGOTIATION": Alert(100, _SERVER),
    "MISSING_EXTENSION": Alert(109, _OURS),
    "UNSUPPORTED_EXTENSION": Alert(110, _OURS),
    "CERTIFICATE_UNOBTAINABLE": Alert(111, _CERTIFICATE),
    "UNRECOGNIZED_NAME": Alert(112, "the server has no such name; ask for another with --tls-name"),
    "BAD_CERTIFICATE_STATUS_RESPONSE": Alert(113, _OURS),
    "BAD_CERTIFICATE_HASH_VALUE": Alert(114, _CERTIFICATE),
    "UNKNOWN_PSK_IDENTITY": Alert(115, "the server has forgotten the session; connect without resuming it"),
    "CERTIFICATE_REQUIRED": Alert(116, "the server wants a client certificate; show one with --tls-cert"),
    "NO_APPLICATION_PROTOCOL": Alert(120, _SERVER),
}
"""OpenSSL's name of an alert -> its number and what to try."""

REASONS: Final[Mapping[str, str]] = {
    "WRONG_VERSION_NUMBER": "the server does not speak TLS here; use smtp:// and STARTTLS",
    "PACKET_LENGTH_TOO_LONG": "the server does not speak TLS here; use smtp:// and STARTTLS",
    "RECORD_LAYER_FAILURE": "the server does not speak TLS here; use smtp:// and STARTTLS",
    "HTTP_REQUEST": "that is a web server",
    "UNSUPPORTED_PROTOCOL": "the server speaks only TLS versions that were not asked for; try --tls-min TLSv1",
    "NO_PROTOCOLS_AVAILABLE": "OpenSSL on this machine allows none of these versions",
    "NO_CIPHERS_AVAILABLE": "these ciphers and these versions exclude each other",
    "NO_CIPHER_MATCH": "no cipher of that name is known; `openssl ciphers` lists them",
    "CERTIFICATE_VERIFY_FAILED": "name the right authority with --ca-file, or go on without --verify",
    "UNEXPECTED_EOF_WHILE_READING": "the server hung up instead of a handshake; its log may say why",
    "DH_KEY_TOO_SMALL": "the server's key exchange is too weak here; try --tls-ciphers DEFAULT@SECLEVEL=0",
    "EE_KEY_TOO_SMALL": "the server's key is too weak here; try --tls-ciphers DEFAULT@SECLEVEL=0",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED": "the server is older than RFC 5746, which OpenSSL 3 refuses",
}
"""OpenSSL's own reason -> what to try; the reason itself is shown as well."""

_ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13)_(?:ALERT_)?(?P<name>[A-Z_]+)")  # OpenSSL's include/openssl/sslerr.h


def explained(reason: str) -> tuple[str, str]:
    """Say an OpenSSL reason in words, and what to try; "" is a reason OpenSSL did not name."""
    found = _ALERT.fullmatch(reason)
    alert = ALERTS.get(found["name"]) if found else None
    if found and alert:
        name = found["name"].replace("_", " ").lower()
        return f"the server sent the alert {name} ({alert.number})", alert.hint
    words = reason.replace("_", " ").lower() or "OpenSSL gives no reason"
    return words, REASONS.get(reason, "try openssl s_client for the whole handshake")
