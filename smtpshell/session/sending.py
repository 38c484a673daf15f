"""Big writes that cannot deadlock: what the server says meanwhile is taken, so that it goes on reading.

A server may stop reading until its replies are taken; a client that only writes would then wait for ever, as
RFC 2920 3.1 warns.
"""

from __future__ import annotations

from collections.abc import Callable
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from smtpshell.session.transport import Transport

__all__ = ["ONE_WRITE", "SLICE", "send_and_take"]

ONE_WRITE: Final = 65536
"""Octets sent at once where no reply is due: half of what Linux receives for a program that does not read."""

SLICE: Final = 4096
"""Octets sent at once: a socket that can be written to has room for as much; and so little holds up nobody."""


def send_and_take(
    transport: Transport, octets: bytes, seconds: float | None, take: Callable[[bytes], object]
) -> None:
    """Send all the octets, and give ``take`` whatever comes meanwhile, b"" where the server closes.

    ``seconds`` limit each wait, and must be the transport's own limit.  Raises TimedOut, ConnectionLost.
    """
    with DefaultSelector() as selector:
        selector.register(transport.fileno(), EVENT_READ | EVENT_WRITE)
        at = 0
        while at < len(octets):
            # Where nothing happens in time, send() is the one to say so.
            ready = next((mask for _, mask in selector.select(seconds)), EVENT_WRITE)
            if ready & EVENT_READ and (came := transport.receive_ready()) is not None:
                take(came)
                if not came:
                    selector.modify(transport.fileno(), EVENT_WRITE)
            if ready & EVENT_WRITE:
                transport.send(octets[at : at + SLICE])
                at += SLICE
