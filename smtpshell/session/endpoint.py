"""Where to connect: a URL, or what people type instead of one, made into an Endpoint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from smtpshell.errors import UsageError

__all__ = ["SCHEMES", "Endpoint", "Scheme", "to_ascii"]


@dataclass(frozen=True, slots=True)
class Scheme:
    """What a URL's scheme stands for: the port where none is given, TLS from the start, LMTP, a unix socket.

    With ``exchangers`` the host is a domain, whose mail exchangers are meant.
    """

    port: int
    implicit_tls: bool = False
    lmtp: bool = False
    unix: bool = False
    exchangers: bool = False
    source: str = ""


SCHEMES: Final[Mapping[str, Scheme]] = {
    "smtp": Scheme(25, source="RFC 5321 4.5.4.2"),
    "smtps": Scheme(465, implicit_tls=True, source="RFC 8314 3.3"),
    "submission": Scheme(587, source="RFC 6409 3.1"),
    "submissions": Scheme(465, implicit_tls=True, source="RFC 8314 3.3"),
    # RFC 2033 5 forbids port 25 and names none; 24 is what Dovecot and Cyrus use.
    "lmtp": Scheme(24, lmtp=True, source="RFC 2033 5"),
    "smtp+unix": Scheme(0, unix=True),
    "lmtp+unix": Scheme(0, lmtp=True, unix=True),
    "mx": Scheme(25, exchangers=True, source="RFC 5321 5.1"),
}
"""Scheme -> what it stands for."""

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z+]*)://(?P<rest>.*)", re.DOTALL)
# "mx:25" is the host mx and its port; mx: before anything else asks for a domain's mail exchangers.
_MX = re.compile(r"(?P<scheme>mx):(?![0-9]+/?$)(?P<rest>.+)", re.DOTALL | re.IGNORECASE)
# A host in brackets may hold colons (an IPv6 address, RFC 3986 3.2.2).
_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.%A-Za-z]+)\]|(?P<host>[^\s:/\[\]@]+))(?::(?P<port>[0-9]{1,5}))?/?"
)
_IPV4 = re.compile(r"[0-9]+(?:\.[0-9]+){3}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One place to connect to: a host and port, or the path of a unix socket.

    With the scheme mx the host is a domain, and its mail exchangers are the places to connect to.  ``written`` is
    the text it was made of, "" for none; it makes no difference.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""
    written: str = field(default="", compare=False, repr=False)

    @property
    def implicit_tls(self) -> bool:
        """Whether TLS comes before the greeting."""
        return SCHEMES[self.scheme].implicit_tls

    @property
    def lmtp(self) -> bool:
        """Whether LMTP is spoken there (LHLO instead of EHLO)."""
        return SCHEMES[self.scheme].lmtp

    @property
    def exchangers(self) -> bool:
        """Whether the host is a domain, whose mail exchangers are meant."""
        return SCHEMES[self.scheme].exchangers

    @property
    def url(self) -> str:
        """The endpoint written as a URL, the port always shown."""
        if self.path:
            return f"{self.scheme}://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}:{'' if self.exchangers else '//'}{host}:{self.port}"

    def __str__(self) -> str:
        return self.url

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read a URL, HOST:PORT, HOST, mx:DOMAIN, mx:DOMAIN:PORT, or the path of a unix socket.

        Raises UsageError with the span of what cannot be read.  Credentials in a URL are refused: they
        would show in the process list.
        """
        found = _URL.fullmatch(text) or _MX.fullmatch(text)
        scheme = found["scheme"].lower() if found else "smtp+unix" if text.startswith("/") else "smtp"
        rest = found["rest"] if found else text
        start = len(text) - len(rest)
        if scheme not in SCHEMES:
            raise UsageError(
                f"{scheme}:// is no scheme that is known here",
                hint="use one of " + ", ".join(f"{name}://" for name in SCHEMES),
                line=text,
                span=(0, len(scheme)),
            )
        if SCHEMES[scheme].unix:
            if not rest.startswith("/"):
                raise UsageError(
                    "a unix socket wants a path from the root",
                    hint=f"for example {scheme}:///run/dovecot/lmtp",
                    line=text,
                    span=(start, len(text)),
                )
            return cls(scheme, path=rest, written=text)
        if "@" in rest:
            raise UsageError(
                "credentials do not belong into a URL, the process list would show them",
                hint="leave them out and use /auth",
                line=text,
                span=(start, text.rindex("@") + 1),
            )
        authority = _AUTHORITY.fullmatch(rest)
        port = int(authority["port"] or SCHEMES[scheme].port) if authority else 0
        if authority is None or not 0 < port < 65536:
            raise UsageError(
                f"cannot read {rest!r} as a host and port",
                hint="write HOST, HOST:PORT, [IPV6]:PORT or a URL such as smtp://mail.example.test:25",
                line=text,
                span=(start, len(text)),
            )
        host = authority["v6"] or authority["host"]
        if SCHEMES[scheme].exchangers and (authority["v6"] or _IPV4.fullmatch(host)):
            raise UsageError(
                f"mx: wants a domain, and {host} is an address",
                hint=f"connect to it with smtp://{rest}",
                line=text,
                span=(start, len(text)),
            )
        return cls(scheme, host, port, written=text)


def to_ascii(domain: str) -> str:
    """Write a domain as DNS and certificates know it: U-labels become A-labels (RFC 5891), a final dot goes.

    Raises UsageError for labels that IDNA 2008 does not allow.
    """
    domain = domain.rstrip(".")
    if domain.isascii():
        return domain
    import idna

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise UsageError(f"{domain} is no domain name: {error}", hint="is it spelt right?") from error
