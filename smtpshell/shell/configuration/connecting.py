"""What the settings mean for a connection: TLS, whence it comes, what a proxy would say first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from smtpshell.errors import UsageError
from smtpshell.session.options import ConnectOptions

if TYPE_CHECKING:
    from smtpshell.session.proxy_protocol import ProxiedConnection
    from smtpshell.session.tls import Resumption, TlsSettings
    from smtpshell.shell.configuration.settings import Settings

__all__ = ["connect_options", "proxy_header", "source", "tls_is_set", "tls_settings"]

# An IPv6 address with a port stands in brackets (RFC 3986 3.2.2); one without may do without.
_ADDRESS: Final = re.compile(r"(?:\[(?P<v6>[^\[\]\s]+)\]|(?P<plain>[^\s:]+))(?::(?P<port>[0-9]{1,5}))?")

_ABOUT_TLS: Final = ("ca_file", "tls_name", "tls_cert", "tls_key", "tls_min", "tls_max", "tls_ciphers")


def tls_settings(settings: Settings, resumption: Resumption) -> TlsSettings:
    """Give what the settings say about TLS; sessions are resumed from the same memory."""
    from smtpshell.session.tls import TlsSettings

    return TlsSettings(
        verify=settings.verify,
        ca_file=settings.ca_file or None,
        server_name=settings.tls_name or None,
        certificate_file=settings.tls_cert or None,
        key_file=settings.tls_key or None,
        minimum_version=settings.tls_min or None,
        maximum_version=settings.tls_max or None,
        ciphers=settings.tls_ciphers or None,
        resumption=resumption,
    )


def tls_is_set(settings: Settings) -> bool:
    """Whether the settings say anything about TLS."""
    return settings.verify or any(getattr(settings, name) for name in _ABOUT_TLS)


def connect_options(settings: Settings) -> ConnectOptions:
    """Give what the settings say about making a connection.  Raises UsageError."""
    address, port = source(settings.source) if settings.source else ("", 0)
    return ConnectOptions(
        source_address=address,
        source_port=port,
        family=settings.family,
        through=settings.through,
        proxy_header=proxy_header(settings.proxy_header) if settings.proxy_header.strip() else b"",
    )


def source(text: str) -> tuple[str, int]:
    """Read ADDRESS, ADDRESS:PORT, [IPV6]:PORT; port 0 is any.  Raises ValueError."""
    if not text or (text.count(":") > 1 and not text.startswith("[")):
        return text, 0
    found = _ADDRESS.fullmatch(text)
    if not found or int(found["port"] or 0) > 65535:
        raise ValueError("ADDRESS or ADDRESS:PORT, such as 192.0.2.1:4000 or [2001:db8::1]:4000")
    return found["v6"] or found["plain"], int(found["port"] or 0)


def proxy_header(text: str) -> bytes:
    """Make the header of "v1 SOURCE DESTINATION" or "v2 ...", each with or without :PORT; b"" of "".

    "v1 unknown" and "v2 unknown" name no addresses, "v2 local" is a proxy's own health check.  Raises UsageError.
    """
    from smtpshell.session.proxy_protocol import version_1, version_2

    match text.lower().split():
        case []:
            return b""
        case ["v1", "unknown"]:
            return version_1(None)
        case ["v2", "unknown"]:
            return version_2(None)
        case ["v2", "local"]:
            return version_2(None, local=True)
        case ["v1" | "v2" as version, _, _]:
            return (version_1 if version == "v1" else version_2)(_proxied(*text.split()[1:]))
        case _:
            raise UsageError(
                f"{text!r} makes no PROXY header",
                hint="write v1 or v2, then the addresses of source and destination",
            )


def _proxied(source_text: str, destination_text: str) -> ProxiedConnection:
    from smtpshell.session.proxy_protocol import ProxiedConnection

    try:
        (client, client_port), (proxy, proxy_port) = source(source_text), source(destination_text)
    except ValueError as error:
        raise UsageError(f"a PROXY header needs {error}") from None
    return ProxiedConnection(
        source=client, source_port=client_port, destination=proxy, destination_port=proxy_port
    )
