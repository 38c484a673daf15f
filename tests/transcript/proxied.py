"""A proxy for tests: in front of any server, recording to a folder, with what it told."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from smtpshell.practice.certificate import Certificate, make_certificate
from smtpshell.session.session import Session
from smtpshell.session.tls_server import ServerContext, server_context
from smtpshell.transcript.model import Line, Transcript
from smtpshell.transcript.proxied import Proxied
from smtpshell.transcript.proxy import Proxy, Records
from smtpshell.transcript.syntax import read


@cache
def certificate() -> Certificate:
    """Make one certificate for all tests."""
    return make_certificate()


def context() -> ServerContext:
    """Give a context that shows it."""
    return server_context(certificate().chain_pem, certificate().key_pem)


@dataclass(slots=True, kw_only=True)
class Running:
    """A running proxy, and where its recordings are."""

    folder: Path
    proxy: Proxy
    told: queue.SimpleQueue[Proxied] = field(default_factory=queue.SimpleQueue)
    problems: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Where to connect."""
        return self.proxy.host

    @property
    def port(self) -> int:
        """Where to connect."""
        return self.proxy.port

    def ca_file(self) -> str:
        """Write whom clients must trust."""
        path = self.folder.parent / "proxy-ca.pem"
        path.write_bytes(certificate().ca_pem)
        return str(path)

    def ended(self) -> tuple[Proxied, Transcript]:
        """Wait for a conversation's end; give what came of it and its recording, which must be whole."""
        proxied = self.told.get(timeout=20)
        transcript = read(proxied.path)
        assert not transcript.repair
        return proxied, transcript


@contextmanager
def proxying(url: str, folder: Path, **options: Any) -> Iterator[Running]:
    """Run a proxy in front of a server."""
    told: queue.SimpleQueue[Proxied] = queue.SimpleQueue()
    problems: list[str] = []
    with Proxy(
        lambda: Session.connect(url),
        Records(f"{folder}/kept/"),
        tls_context_factory=context,
        on_end=told.put,
        on_problem=problems.append,
        **options,
    ) as proxy:
        yield Running(folder=folder / "kept", proxy=proxy, told=told, problems=problems)


def text_of(transcript: Transcript) -> str:
    """Give the file's text."""
    return Path(transcript.path).read_text()


def said(transcript: Transcript, side: str) -> bytes:
    """Give all octets of a side."""
    lines = [entry for entry in transcript.entries if isinstance(entry, Line) and entry.side == side]
    return b"".join(line.octets({"auth": b"${auth}"}) for line in lines)
