"""Connections through a SOCKS 4, SOCKS 5 (RFC 1928) or HTTP proxy, by the library python-socks.

The name of the server is looked up by the proxy: whoever needs one may not see the server's network at all.
"""

from __future__ import annotations

import re
import socket
from typing import Final

from smtpshell.errors import ConnectError, UsageError

__all__ = ["SCHEMES", "check", "connect_through"]

SCHEMES: Final = ("socks5", "socks4", "http")
"""The kinds of proxy, as their URLs begin."""

_URL: Final = re.compile(rf"(?:{'|'.join(SCHEMES)})://(?:\[[0-9a-fA-F:.]+\]|[^\s:/@\[\]]+):([0-9]{{1,5}})/?")


def check(proxy: str) -> None:
    """Raise UsageError unless this is the URL of a proxy, without credentials: those show in the process list."""
    found = _URL.fullmatch(proxy)
    if found is None or not 0 < int(found[1]) < 65536:
        raise UsageError(f"{proxy!r} is no proxy", hint="write socks5://HOST:PORT (or socks4://, http://)")


def connect_through(proxy: str, host: str, port: int, seconds: float) -> socket.socket:
    """Have the proxy connect to a host, a name or an address; give the socket.

    Raises UsageError where the library is missing, ConnectError for what the proxy says, OSError for the way
    to it.
    """
    try:
        from python_socks import ProxyError, ProxyTimeoutError
        from python_socks.sync import Proxy
    except ImportError:
        raise UsageError(
            "proxies are reached by python-socks, which is not there",
            hint="install it: pip install 'smtpshell[socks]'",
        ) from None

    # By name where there is one: this host may know nothing of the server's network.
    try:
        connected: socket.socket = Proxy.from_url(proxy, rdns=True).connect(host, port, timeout=seconds)
    except ProxyTimeoutError:
        raise TimeoutError from None
    except ProxyError as error:
        raise ConnectError(
            f"cannot connect to {host} port {port} through {proxy}: {error}", hint="the proxy's log may say why"
        ) from None
    return connected
