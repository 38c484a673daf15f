"""What DNS says about a domain: which hosts take its mail, and their addresses.

The only module that knows dnspython, which is loaded with the first question.  Whoever connects to a host by
its own name asks the system instead (tcp.py); the way of mail is DNS alone, so no hosts file is looked at here.
"""

from __future__ import annotations

import os
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from smtpshell.errors import ConnectError, UsageError
from smtpshell.session.endpoint import to_ascii

if TYPE_CHECKING:
    from dns.resolver import Resolver

__all__ = ["NAMESERVER_VARIABLE", "Exchanger", "addresses", "mail_exchangers", "make_resolver"]

NAMESERVER_VARIABLE: Final = "SMTPSHELL_NAMESERVER"
"""The environment variable that names the nameserver to ask where no other is given."""

LIFETIME: Final = 10.0
"""Seconds for one question, repeats included.  Ours: libc's resolver takes 10 by default (5 seconds, twice)."""

_NAMESERVER = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<v4>[0-9.]+))(?::(?P<port>[0-9]{1,5}))?|(?P<bare>[0-9A-Fa-f:.]+)"
)

# family of ConnectOptions -> the types to ask for, in order
_ADDRESS_TYPES: Final[Mapping[str, tuple[str, ...]]] = {"any": ("AAAA", "A"), "4": ("A",), "6": ("AAAA",)}


@dataclass(frozen=True, slots=True)
class Exchanger:
    """One host that takes a domain's mail; a lower ``preference`` is tried first.

    ``implicit`` means that no MX record says so: the domain itself is tried (RFC 5321 5.1).
    """

    preference: int
    host: str
    implicit: bool = False


def make_resolver(nameserver: str = "", *, lifetime: float = LIFETIME) -> Resolver:
    """Make a resolver that asks ``nameserver``, else the one in the environment, else the system's.

    ``lifetime`` is in seconds, for each question.  Raises UsageError, ConnectError.
    """
    from dns import resolver

    nameserver = nameserver or os.environ.get(NAMESERVER_VARIABLE, "")
    try:
        made = resolver.Resolver(configure=not nameserver)
    except resolver.NoResolverConfiguration as error:
        raise ConnectError(
            "no nameserver is set up on this machine", hint=f"name one in {NAMESERVER_VARIABLE}"
        ) from error
    if nameserver:
        found = _NAMESERVER.fullmatch(nameserver)
        port = int(found["port"] or 53) if found else 0
        try:
            if found is None or not 0 < port < 65536:
                raise ValueError(nameserver)
            made.nameservers, made.port = [found["v6"] or found["v4"] or found["bare"]], port
        except ValueError:
            raise UsageError(
                f"{nameserver!r} is no nameserver", hint="give an address, as in 192.0.2.53 or 127.0.0.1:5353"
            ) from None
    made.lifetime = lifetime
    return made


def mail_exchangers(domain: str, *, resolver: Resolver | None = None, shuffle: bool = True) -> list[Exchanger]:
    """List the hosts that take a domain's mail, in the order to try them (RFC 5321 5.1).

    Hosts of equal preference come in random order, or without ``shuffle`` in that of their names.  Without MX
    records the domain itself is the only one.  Raises ConnectError where the domain does not exist, takes no
    mail (RFC 7505) or no answer can be had, UsageError where it is no domain.
    """
    name = to_ascii(domain)
    records = _lookup(name, "MX", resolver or make_resolver())
    if not records:
        return [Exchanger(0, name, implicit=True)]
    found = [Exchanger(record.preference, record.exchange.to_text(omit_final_dot=True)) for record in records]
    hosts = [exchanger for exchanger in found if exchanger.host != "."]
    if not hosts:
        raise ConnectError(
            f"{domain} takes no mail: its only MX is the null MX (RFC 7505)", hint="is the domain spelt right?"
        )
    hosts.sort(key=lambda exchanger: exchanger.host)
    if shuffle:
        random.shuffle(hosts)
    return sorted(hosts, key=lambda exchanger: exchanger.preference)


def addresses(host: str, *, resolver: Resolver | None = None, family: str = "any") -> list[str]:
    """List the addresses of a host, IPv6 first; ``family`` is one of options.FAMILIES.

    Raises ConnectError where there is none.
    """
    asked = resolver or make_resolver()
    types = _ADDRESS_TYPES[family]
    found = [record.address for kind in types for record in _lookup(to_ascii(host), kind, asked)]
    if not found:
        raise ConnectError(f"{host} has no address ({' or '.join(types)} record)", hint="its DNS is at fault")
    return found


def _lookup(name: str, kind: str, resolver: Resolver) -> list[Any]:
    """Ask for the records of one type, dnspython's own; a name that has none gives an empty list."""
    from dns.resolver import NoAnswer

    with _mapped_failures(name):
        try:
            return list(resolver.resolve(f"{name}.", kind))
        except NoAnswer:
            return []


@contextmanager
def _mapped_failures(name: str) -> Iterator[None]:
    """Turn what dnspython raises into one line that says what to do."""
    from dns import exception, resolver

    try:
        yield
    except resolver.NXDOMAIN as error:
        raise ConnectError(f"there is no domain {name}", hint="is it spelt right?") from error
    except resolver.NoNameservers as error:
        raise ConnectError(
            f"no nameserver could answer for {name} ({_outcomes(error)})", hint="the domain's DNS may be broken"
        ) from error
    except exception.Timeout as error:
        raise ConnectError(
            f"no nameserver answered about {name} in time", hint=f"try another one in {NAMESERVER_VARIABLE}"
        ) from error
    except OSError as error:
        raise ConnectError(f"cannot ask about {name}: {error.strerror}", hint="look at the network") from error
    except exception.DNSException as error:
        raise UsageError(f"{name!r} is no domain name: {error}", hint="is it spelt right?") from error


def _outcomes(error: Exception) -> str:
    """Say what each nameserver answered, as in "SERVFAIL"; where it is only a broken answer, that."""
    errors = getattr(error, "kwargs", {}).get("errors") or ()
    return ", ".join(dict.fromkeys(str(answer) for _, _, _, answer, _ in errors)) or "no reason given"
