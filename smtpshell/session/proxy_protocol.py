"""The PROXY protocol's header: what a proxy says before anything else about the client behind it.

Only the octets are made here; ConnectOptions.proxy_header has them sent before the greeting and before TLS.
Servers take it where they were told to expect it (Postfix smtpd_upstream_proxy_protocol, Dovecot haproxy=yes,
Exim hosts_proxy); sections below are those of HAProxy's doc/proxy-protocol.txt.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from smtpshell.errors import UsageError

__all__ = ["ProxiedConnection", "version_1", "version_2"]

_SIGNATURE: Final = b"\r\n\r\n\0\r\nQUIT\n"  # section 2.2
_VERSION: Final = 0x20  # section 2.2: the high half of octet 13
_LOCAL, _PROXY = 0x00, 0x01  # the low half: the command
_STREAM: Final = 0x01  # the low half of octet 14: the transport

_UNIX_SIZE: Final = 108
"""Octets that each path fills in version 2, padded with NUL (section 2.2)."""

_MOST: Final = 0xFFFF
"""The highest port, and the most octets a length of two octets can announce."""


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of address: its word in version 1 ("" where it has none), its number in version 2."""

    name: str
    word: str
    number: int


IPV4: Final = Family("IPv4", "TCP4", 0x10)
IPV6: Final = Family("IPv6", "TCP6", 0x20)
UNIX: Final = Family("unix", "", 0x30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxiedConnection:
    """The connection that the proxy says it passes on: client to proxy.

    Both ends are IPv4 addresses, both IPv6, or both paths of unix sockets (from the root, without ports).
    """

    source: str
    source_port: int = 0
    destination: str
    destination_port: int = 0

    @property
    def family(self) -> Family:
        """The family of both ends.  Raises UsageError where they differ or cannot be read."""
        source, destination = _family(self.source), _family(self.destination)
        if source is not destination:
            raise UsageError(
                f"a PROXY header cannot join {source.name} {self.source} to {destination.name} {self.destination}",
                hint="give two addresses of one family",
            )
        return source

    def ports(self) -> tuple[int, int]:
        """Give the ports of source and destination.  Raises UsageError for one that does not exist."""
        for port in (self.source_port, self.destination_port):
            if not 0 <= port <= _MOST:
                raise UsageError(f"there is no port {port}", hint=f"give one of 0 to {_MOST}")
        return self.source_port, self.destination_port


def version_1(connection: ProxiedConnection | None) -> bytes:
    r"""Encode the line of version 1 (section 2.1); None says UNKNOWN, which some servers refuse.

    Raises UsageError for unix sockets, which version 1 has no word for, and for what cannot be read.
    """
    if connection is None:
        return b"PROXY UNKNOWN\r\n"
    family = connection.family
    if not family.word:
        raise UsageError(
            f"version 1 of the PROXY header has no {family.name} addresses", hint="use version 2, or UNKNOWN"
        )
    ends = [str(ipaddress.ip_address(end)) for end in (connection.source, connection.destination)]
    fields = ["PROXY", family.word, *ends, *map(str, connection.ports())]
    return " ".join(fields).encode("ascii") + b"\r\n"


def version_2(
    connection: ProxiedConnection | None, *, local: bool = False, extra: Iterable[tuple[int, bytes]] = ()
) -> bytes:
    """Encode the octets of version 2 (section 2.2); None leaves the family unspecified.

    ``local`` says that the proxy itself is the client, as in a health check: the server then ignores the
    addresses.  ``extra`` are type-length-value fields: (type 0 to 255, value).  Raises UsageError.
    """
    command = _VERSION | (_LOCAL if local else _PROXY)
    family, body = 0x00, b""
    if connection is not None:
        family = connection.family.number | _STREAM
        body = _addresses(connection)
    for kind, value in extra:
        if not 0 <= kind <= 0xFF or len(value) > _MOST:
            raise UsageError(f"a field of type {kind} with {len(value)} octets does not fit into a PROXY header")
        body += bytes([kind]) + len(value).to_bytes(2, "big") + value
    if len(body) > _MOST:
        raise UsageError(f"{len(body)} octets do not fit into a PROXY header", hint="leave fields out")
    return _SIGNATURE + bytes([command, family]) + len(body).to_bytes(2, "big") + body


def _addresses(connection: ProxiedConnection) -> bytes:
    """Encode both ends: the addresses, then the ports where there are any."""
    ends = (connection.source, connection.destination)
    if connection.family is not UNIX:
        packed = b"".join(ipaddress.ip_address(end).packed for end in ends)
        return packed + b"".join(port.to_bytes(2, "big") for port in connection.ports())
    paths = [end.encode("utf-8", "surrogateescape") for end in ends]
    for path in paths:
        if len(path) > _UNIX_SIZE:
            raise UsageError(f"a unix socket's path has at most {_UNIX_SIZE} octets in a PROXY header")
    return b"".join(path.ljust(_UNIX_SIZE, b"\0") for path in paths)


def _family(end: str) -> Family:
    if end.startswith("/"):
        return UNIX
    try:
        address = ipaddress.ip_address(end)
    except ValueError:
        raise UsageError(
            f"{end!r} is no address for a PROXY header",
            hint="give an IPv4 or IPv6 address, or a path from the root",
        ) from None
    if getattr(address, "scope_id", None):
        raise UsageError(f"a PROXY header has no room for the zone of {end}", hint="leave out the part from %")
    return IPV4 if address.version == 4 else IPV6
