"""How to connect, apart from where to: the own address, the family, the nameserver, what is said first.

The options of TLS are TlsSettings of tls.py.
"""

from __future__ import annotations

from dataclasses import dataclass

from smtpshell.errors import UsageError

__all__ = ["FAMILIES", "ConnectOptions"]

FAMILIES = ("any", "4", "6")
"""Which addresses of a name are tried: all, only IPv4, only IPv6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectOptions:
    """What a connection is made with.  Raises UsageError for a family or port that does not exist.

    ``source_address`` is one of this host's, "" for any; it also settles the family.  ``source_port`` 0 lets
    the system choose.  ``proxy_header`` goes out before all else, TLS included (proxy_protocol.py).
    ``nameserver`` ("192.0.2.53", "127.0.0.1:5353", "[::1]:5353") answers what is asked about ``mx:`` only;
    without it SMTPSHELL_NAMESERVER does, and then the system's.  ``through`` is the URL of a proxy (socks.py).
    """

    source_address: str = ""
    source_port: int = 0
    family: str = "any"
    proxy_header: bytes = b""
    nameserver: str = ""
    through: str = ""

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise UsageError(f"{self.family!r} is no family of addresses", hint=f"use {', '.join(FAMILIES)}")
        if not 0 <= self.source_port < 65536:
            raise UsageError(f"there is no port {self.source_port}", hint="give one of 1 to 65535")
        if self.source_address and self.family != "any" and self.family != self._source_family:
            raise UsageError(
                f"the source address {self.source_address} is not of IPv{self.family}",
                hint="leave out one of the two",
            )
        if self.through:
            from smtpshell.session import socks

            socks.check(self.through)
            if self.source_address or self.source_port or self.family != "any":
                raise UsageError(
                    "the proxy chooses the addresses itself", hint="leave out source and family, or the proxy"
                )

    @property
    def wanted_family(self) -> str:
        """The family to try: the given one, else that of the source address, else any."""
        return self._source_family if self.source_address else self.family

    @property
    def _source_family(self) -> str:
        return "6" if ":" in self.source_address else "4"
