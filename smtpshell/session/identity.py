"""What a client calls itself in EHLO: its full name, or an address literal where it has none (RFC 5321 4.1.4)."""

from __future__ import annotations

import socket

__all__ = ["own_name"]


def own_name() -> str:
    """Give this host's full name, or the loopback address as a literal where it has only a short one.

    No name is looked up: a hello must not wait for DNS.
    """
    name = socket.gethostname()
    return name if "." in name.strip(".") else "[127.0.0.1]"
