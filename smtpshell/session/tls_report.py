"""What a TLS handshake agreed on and what the peer's certificates say and prove, as data and as lines to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from smtpshell.session import certificates

if TYPE_CHECKING:
    import datetime

    from smtpshell.session.certificates import CertificateSummary

__all__ = ["TlsReport"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsReport:
    """What a handshake agreed on and what the peer's certificates say.

    ``problem`` is "" where the certificate is valid for ``server_name``, else one clause saying why not.
    ``certificates`` are read from ``chain`` (DER), the peer's own first; none where one cannot be read.
    ``seconds`` is how long the handshake took.
    """

    version: str
    cipher: str
    server_name: str
    problem: str
    certificates: tuple[CertificateSummary, ...] = ()
    chain: tuple[bytes, ...] = ()
    resumed: bool = False
    seconds: float = 0.0

    @property
    def verified(self) -> bool:
        """Whether the certificate is valid, trusted, and for the name that was asked for."""
        return not self.problem

    @property
    def verdict(self) -> str:
        """What was proved, in one sentence."""
        return f"certificate valid for {self.server_name}" if self.verified else f"NOT VERIFIED: {self.problem}"

    @property
    def description(self) -> str:
        """One line: version, cipher, whether the certificate was verified."""
        return f"{self.version} {self.cipher} verified={'yes' if self.verified else 'no'}"

    @property
    def subject(self) -> str:
        """Whose the peer's own certificate is."""
        return self.certificates[0].subject if self.certificates else ""

    @property
    def issuer(self) -> str:
        """Who signed the peer's own certificate."""
        return self.certificates[0].issuer if self.certificates else ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names and addresses the peer's own certificate is for."""
        return self.certificates[0].names if self.certificates else ()

    @property
    def not_before(self) -> datetime.datetime | None:
        """From when on the peer's own certificate is valid."""
        return self.certificates[0].not_before if self.certificates else None

    @property
    def not_after(self) -> datetime.datetime | None:
        """Until when the peer's own certificate is valid."""
        return self.certificates[0].not_after if self.certificates else None

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the peer's own certificate, in hexadecimal."""
        return self.certificates[0].fingerprint if self.certificates else ""

    @property
    def channel_binding(self) -> tuple[str, bytes] | None:
        """What binds SCRAM's -PLUS to this channel: ("tls-server-end-point", data), see certificates.py.

        That is the only type: tls-exporter (RFC 9266) is out of reach of Python's ssl, and tls-unique is not
        defined for TLS 1.3.
        """
        return certificates.channel_binding(self.chain[0]) if self.chain else None

    def summary(self) -> list[str]:
        """Give the lines a person wants to see after a handshake."""
        lines = [f"{self.version} {self.cipher}{', resumed' if self.resumed else ''}", self.verdict]
        for own in self.certificates[:1]:
            lines += own.lines()
        return lines + [f"then {certificate.description}" for certificate in self.certificates[1:]]
