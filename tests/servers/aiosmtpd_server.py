"""aiosmtpd from PyPI, run in a thread on a port the system chooses; as a fixture, or as a block with options."""

from __future__ import annotations

import asyncio
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True, kw_only=True)
class AiosmtpdServer:
    """A running server and what was delivered to it, oldest first; ``options`` are those of aiosmtpd's SMTP."""

    host: str = "127.0.0.1"
    port: int = 0
    mailbox: list[Envelope] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=lambda: {"enable_SMTPUTF8": True})

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep the message; aiosmtpd calls this when its content has ended."""
        self.mailbox.append(envelope)
        return "250 2.0.0 Kept"

    async def run(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Serve until stop is set; ready is set once the port is known."""
        loop = asyncio.get_running_loop()
        listener = await loop.create_server(lambda: SMTP(self, **self.options), self.host, 0)
        self.port = listener.sockets[0].getsockname()[1]
        ready.set()
        async with listener:
            await stop.wait()


@contextmanager
def serving(server: AiosmtpdServer) -> Iterator[None]:
    """Run this server for the length of a block."""
    ready, stop = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_until_complete, args=[server.run(ready, stop)], name="aiosmtpd")
    thread.start()
    try:
        assert ready.wait(10), "aiosmtpd did not start within 10 s"
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


@pytest.fixture
def aiosmtpd_server() -> Iterator[AiosmtpdServer]:
    """Run aiosmtpd with an empty mailbox, for the length of one test."""
    server = AiosmtpdServer()
    with serving(server):
        yield server
